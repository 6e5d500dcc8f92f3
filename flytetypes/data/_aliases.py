"""The formats that have names, as users of Flyte know them, and the ending of a file's name as an annotation."""

from __future__ import annotations

from typing import Literal, TypeAlias

from flytetypes._record import Record
from flytetypes.data._directory import FlyteDirectory
from flytetypes.data._file import FlyteFile


class FileExt(Record):
    """A format for the brackets of a file, where a type is wanted: `FlyteFile[Annotated[str, FileExt("csv")]]`.

    Attributes:
        extension: The ending of the file's name.
    """

    __module__ = "flytetypes.data"  # where users find it, and what is written of it

    extension: str

    def __str__(self) -> str:
        return self.extension


CSVFile: TypeAlias = FlyteFile[Literal["csv"]]
HDF5EncodedFile: TypeAlias = FlyteFile[Literal["hdf5"]]
HTMLPage: TypeAlias = FlyteFile[Literal["html"]]
JPEGImageFile: TypeAlias = FlyteFile[Literal["jpeg"]]
JSONLFile: TypeAlias = FlyteFile[Literal["jsonl"]]
JoblibSerializedFile: TypeAlias = FlyteFile[Literal["joblib"]]
ONNXFile: TypeAlias = FlyteFile[Literal["onnx"]]
PDFFile: TypeAlias = FlyteFile[Literal["pdf"]]
PNGImageFile: TypeAlias = FlyteFile[Literal["png"]]
PythonNotebook: TypeAlias = FlyteFile[Literal["ipynb"]]
PythonPickledFile: TypeAlias = FlyteFile[Literal["python_pickle"]]
SVGImageFile: TypeAlias = FlyteFile[Literal["svg"]]
TFRecordFile: TypeAlias = FlyteFile[Literal["tfrecord"]]

TFRecordsDirectory: TypeAlias = FlyteDirectory[Literal["tfrecords_dir"]]
TensorboardLogs: TypeAlias = FlyteDirectory[Literal["tensorboard"]]
