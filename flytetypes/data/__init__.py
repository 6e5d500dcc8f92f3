"""Values that stay in the store: handles of files, directories and the like, which move when they are opened."""

from flytetypes.data._aliases import (
    CSVFile,
    FileExt,
    HDF5EncodedFile,
    HTMLPage,
    JoblibSerializedFile,
    JPEGImageFile,
    JSONLFile,
    ONNXFile,
    PDFFile,
    PNGImageFile,
    PythonNotebook,
    PythonPickledFile,
    SVGImageFile,
    TensorboardLogs,
    TFRecordFile,
    TFRecordsDirectory,
)
from flytetypes.data._dataset import OpenDataset, StructuredDataset
from flytetypes.data._dataset_transformer import register_frame, register_frame_reader, register_frame_writer
from flytetypes.data._directory import FlyteDirectory
from flytetypes.data._file import FlyteFile
from flytetypes.data._frames import FrameAdapter, StoredFrame
from flytetypes.data._handle import Handle
from flytetypes.data._iterators import SizedAsyncIterator, SizedIterator
from flytetypes.data._json_lines import JSON
from flytetypes.data._lazy_list import LazyList
from flytetypes.data._register import register
from flytetypes.data._schema import FlyteSchema

__all__ = [
    "JSON",
    "CSVFile",
    "FileExt",
    "FlyteDirectory",
    "FlyteFile",
    "FlyteSchema",
    "FrameAdapter",
    "HDF5EncodedFile",
    "HTMLPage",
    "Handle",
    "JPEGImageFile",
    "JSONLFile",
    "JoblibSerializedFile",
    "LazyList",
    "ONNXFile",
    "OpenDataset",
    "PDFFile",
    "PNGImageFile",
    "PythonNotebook",
    "PythonPickledFile",
    "SVGImageFile",
    "SizedAsyncIterator",
    "SizedIterator",
    "StoredFrame",
    "StructuredDataset",
    "TFRecordFile",
    "TFRecordsDirectory",
    "TensorboardLogs",
    "register",
    "register_frame",
    "register_frame_reader",
    "register_frame_writer",
]
