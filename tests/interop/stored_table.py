# mypy: disable-error-code="assignment, type-arg"
"""Annotations whose values are in a store, and functions with large results, for flytekit and for us: both import this.

No postponed annotations, as in `values_table`.
"""

import io
import os
import typing
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, BinaryIO, NamedTuple, Optional, TextIO, Union

import numpy as np
import PIL.Image
import pydantic
from sklearn.base import BaseEstimator
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

try:
    from flytekit import kwtypes
    from flytekit.core.hash import HashMethod
    from flytekit.types.directory import FlyteDirectory
    from flytekit.types.file import CSVFile, FileExt, FlyteFile
    from flytekit.types.iterator import JSON

    PICKLED_ANY, PICKLED_SET = Any, set
except ImportError:
    from flytetypes.data import JSON, CSVFile, FileExt, FlyteDirectory, FlyteFile
    from flytetypes.types import HashMethod, Pickled, kwtypes

    PICKLED_ANY, PICKLED_SET = Pickled[Any], Pickled[set]

TEXT = "id,name\n1,Zürich\n"
PLAIN, SPACE, PERCENT, UNICODE, PACKED = "data.csv", "a b.txt", "x%20y.txt", "zürich-€.txt", "data.csv.gz"
EMPTY = "empty"
DIRECTORY = "directory"
BELOW = {"a.txt": "1", "b/c.txt": "22", "b/d/e f.csv": "333", "ü %41+#.txt": "4"}


class Places(NamedTuple):
    """Where a row finds what it is made of.

    Attributes:
        directory: On this machine: what `fill` writes.
        prefix: Where new objects go; ends with a slash.
    """

    directory: Path
    prefix: str

    def path(self, name: str = PLAIN) -> str:
        """The path of one of them."""
        return str(self.directory / name)


def fill(directory: Path) -> None:
    """Write the files that rows are made of."""
    named = dict.fromkeys((PLAIN, SPACE, PERCENT, UNICODE, PACKED), TEXT)
    for name, text in {**named, EMPTY: "", **{f"{DIRECTORY}/{name}": text for name, text in BELOW.items()}}.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(text.encode())


@dataclass
class Report:
    table: FlyteFile
    typed: CSVFile
    pages: list[FlyteFile] = field(default_factory=list)
    by_name: dict[str, FlyteFile] = field(default_factory=dict)
    cover: Optional[FlyteFile] = None
    directory: Optional[FlyteDirectory] = None


@dataclass
class Shelf:
    reports: list[Report]
    count: int = 1


class Model(pydantic.BaseModel):
    table: FlyteFile
    pages: list[FlyteFile] = []
    directory: Optional[FlyteDirectory] = None


@dataclass
class Size:
    width: int
    unit: str = "cm"


# --- what is shown of a value that was read ---------------------------------------------------------------------------


def shown(value: Any) -> Any:
    """A value with the content of its files, as JSON has it."""
    match value:
        case FlyteFile():
            path = Path(os.fspath(value))
            metadata = {k: v for k, v in (value.metadata or {}).items() if not k.startswith("flytetypes.")}
            return shown_file(path.name, path.read_bytes().decode(), metadata)
        case FlyteDirectory():
            root = Path(os.fspath(value))
            return {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}
        case np.ndarray():
            return [str(value.dtype), list(value.shape), bool(value.flags.f_contiguous), repr(value.tolist())]
        case PIL.Image.Image():
            return [value.mode, *value.size, value.tobytes().hex()]
        case BaseEstimator():
            return [type(value).__name__, round(float(value.predict([[2.0]])[0]), 6)]
        case pydantic.BaseModel():
            return {name: shown(getattr(value, name)) for name in type(value).model_fields}
        case _ if is_dataclass(value):
            return {field.name: shown(getattr(value, field.name)) for field in fields(value)}
        case dict():
            return {key: shown(item) for key, item in value.items()}
        case None | bool() | int() | float() | str() | bytes():
            return value.decode() if isinstance(value, bytes) else value
        case _ if hasattr(value, "read"):
            with value:
                return shown(value.read())
        case _:
            return [shown(item) for item in value]


def shown_file(name: str = PLAIN, text: str = TEXT, metadata: Any = ()) -> dict[str, Any]:
    """What is shown of a file."""
    return {"name": name, "text": text, "metadata": dict(metadata)}


# --- values -----------------------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """An annotation and a value of it.

    Attributes:
        make: The value, made anew for each use: some are used up.
        content: What is shown of it when it was read.
    """

    annotation: Any
    make: Callable[[Places], Any]
    content: Any


def of_file(annotation: Any, make: Callable[[str], Any], name: str = PLAIN) -> Row:
    """A file, made of its path."""
    return Row(annotation, lambda places: make(places.path(name)), shown_file(name))


def of_directory(annotation: Any, make: Callable[[str], Any]) -> Row:
    """The directory, made of its path."""
    return Row(annotation, lambda places: make(places.path(DIRECTORY)), BELOW)


def of_array(array: Any, annotation: Any = np.ndarray) -> Row:
    """An array."""
    return Row(annotation, lambda _: array, shown(array))


def of_image(image: PIL.Image.Image) -> Row:
    """An image."""
    return Row(PIL.Image.Image, lambda _: image, shown(image))


def of_estimator(annotation: Any, estimator: Any) -> Row:
    """An estimator, fitted to a line."""
    fitted = estimator.fit([[0.0], [1.0]], [1.0, 3.0])
    return Row(annotation, lambda _: fitted, [type(fitted).__name__, 5.0])


def report(places: Places) -> Report:
    """Files wherever a class has them."""
    return Report(
        FlyteFile(places.path()),
        CSVFile(places.path()),
        [FlyteFile(places.path()), FlyteFile(places.path(UNICODE))],
        {"a": FlyteFile(places.path())},
        FlyteFile(places.path()),
        FlyteDirectory(places.path(DIRECTORY)),
    )


def small_report(places: Places) -> Report:
    """Only what is required, and with metadata."""
    return Report(FlyteFile(places.path(), metadata={"k": "v"}), CSVFile(places.path()))


def model(places: Places) -> Model:
    """The same of pydantic."""
    pages = [FlyteFile(places.path(UNICODE))]
    return Model(table=FlyteFile(places.path()), pages=pages, directory=FlyteDirectory(places.path(DIRECTORY)))


REPORT = {
    "table": shown_file(),
    "typed": shown_file(),
    "pages": [shown_file(), shown_file(UNICODE)],
    "by_name": {"a": shown_file()},
    "cover": shown_file(),
    "directory": BELOW,
}
WITH_METADATA = shown_file(metadata={"k": "v"})
SMALL_REPORT = {**REPORT, "table": WITH_METADATA, "pages": [], "by_name": {}, "cover": None, "directory": None}
DOCUMENTS: list[Any] = [{"a": [1, 2.5, None, "ü\n"]}, [True], "x", 5]

TXT_FILE: Any = FlyteFile["txt"]

ROWS = {
    "text": of_file(FlyteFile, str),
    "path": of_file(FlyteFile, Path),
    "handle": of_file(FlyteFile, FlyteFile),
    "empty": Row(FlyteFile, lambda places: FlyteFile(places.path(EMPTY)), shown_file(EMPTY, "")),
    "format": of_file(FlyteFile["csv"], FlyteFile),
    "format with a dot": of_file(FlyteFile[" .csv"], FlyteFile),
    "format of two parts": of_file(FlyteFile[Annotated[str, FileExt("csv.gz")]], FlyteFile, PACKED),
    "alias": of_file(CSVFile, CSVFile),
    "metadata": Row(FlyteFile, lambda places: FlyteFile(places.path(), metadata={"k": "v"}), WITH_METADATA),
    "stays": of_file(FlyteFile, lambda path: FlyteFile(path, remote_path=False)),
    "space": of_file(FlyteFile, FlyteFile, SPACE),
    "percent": of_file(FlyteFile, FlyteFile, PERCENT),
    "unicode": of_file(FlyteFile, FlyteFile, UNICODE),
    "gz": of_file(FlyteFile, FlyteFile, PACKED),
    "os.PathLike": of_file(os.PathLike, Path),
    "to a place": Row(
        FlyteFile,
        lambda places: FlyteFile(places.path(), remote_path=f"{places.prefix}chosen/data.csv"),
        shown_file(),
    ),
    "list": Row(
        list[FlyteFile],
        lambda places: [places.path(), FlyteFile(places.path(SPACE))],
        [shown_file(), shown_file(SPACE)],
    ),
    "dict": Row(dict[str, CSVFile], lambda places: {"a": places.path()}, {"a": shown_file()}),
    "Optional": of_file(Optional[FlyteFile], FlyteFile),
    "Optional, None": Row(Optional[FlyteFile], lambda _: None, None),
    "Union": of_file(Union[int, FlyteFile], FlyteFile),
    "Union of formats": of_file(Union[TXT_FILE, CSVFile], CSVFile),
    "Union of both": of_directory(Union[FlyteFile, FlyteDirectory], FlyteDirectory),
    "dataclass": Row(Report, report, REPORT),
    "dataclass with metadata": Row(Report, small_report, SMALL_REPORT),
    "dataclass below": Row(Shelf, lambda places: Shelf([report(places)]), {"reports": [REPORT], "count": 1}),
    "dataclasses": Row(list[Report], lambda places: [report(places)], [REPORT]),
    "model": Row(Model, model, {"table": shown_file(), "pages": [shown_file(UNICODE)], "directory": BELOW}),
    "directory by text": of_directory(FlyteDirectory, str),
    "directory by path": of_directory(FlyteDirectory, Path),
    "directory": of_directory(FlyteDirectory, FlyteDirectory),
    "directory of a format": of_directory(FlyteDirectory["x"], FlyteDirectory),
    "directory stays": of_directory(FlyteDirectory, lambda path: FlyteDirectory(path, remote_directory=False)),
    "directory to a place": Row(
        FlyteDirectory,
        lambda places: FlyteDirectory(places.path(DIRECTORY), remote_directory=f"{places.prefix}chosen/directory"),
        BELOW,
    ),
    "directories": Row(list[FlyteDirectory], lambda places: [places.path(DIRECTORY)], [BELOW]),
    "array": of_array(np.arange(6, dtype=np.int32).reshape(2, 3)),
    "array of floats": of_array(np.array([1.5, -0.0, 1e300])),
    "array of no dimension": of_array(np.array(3.5)),
    "array by columns": of_array(np.asfortranarray(np.arange(6.0).reshape(2, 3))),
    "array of text": of_array(np.array(["a", "ü"])),
    "array of times": of_array(np.array(["2024-06-01", "NaT"], dtype="datetime64[s]")),
    "array of records": of_array(np.array([(1, 2.5), (3, 4.5)], dtype=[("x", "<i4"), ("y", "<f8")])),
    "array of objects": of_array(
        np.array([{"a": 1}, None, "x"], object), Annotated[np.ndarray, kwtypes(allow_pickle=True)]
    ),
    "array, mapped": of_array(np.arange(3), Annotated[np.ndarray, kwtypes(mmap_mode="r")]),
    "arrays": Row(list[np.ndarray], lambda _: [np.arange(2)], [shown(np.arange(2))]),
    "image": of_image(PIL.Image.linear_gradient("L").resize((3, 2))),
    "image of colours": of_image(PIL.Image.new("RGBA", (2, 1), (1, 2, 3, 4))),
    "estimator": of_estimator(LinearRegression, LinearRegression()),
    "estimator of any class": of_estimator(BaseEstimator, LinearRegression()),
    "pipeline": of_estimator(Pipeline, make_pipeline(StandardScaler(), LinearRegression())),
    "Iterator[int]": Row(typing.Iterator[int], lambda _: iter([1, 2, 3]), [1, 2, 3]),
    "Iterator[FlyteFile]": Row(
        typing.Iterator[FlyteFile], lambda places: iter([FlyteFile(places.path())]), [shown_file()]
    ),
    "Iterator[JSON]": Row(typing.Iterator[JSON], lambda _: iter(DOCUMENTS), DOCUMENTS),
    "Iterator[JSON], empty": Row(typing.Iterator[JSON], lambda _: iter(()), []),
    "TextIO": Row(TextIO, lambda _: io.StringIO(TEXT), TEXT),
    "BinaryIO": Row(BinaryIO, lambda _: io.BytesIO(TEXT.encode()), TEXT),
    "Any": Row(PICKLED_ANY, lambda _: {"a": (1, 2)}, {"a": [1, 2]}),
    "set": Row(PICKLED_SET, lambda _: {1, 2}, [1, 2]),
}


# --- results that are stored whole ------------------------------------------------------------------------------------


def integers() -> list[int]:
    return list(range(1_000))


def texts() -> dict[str, list[str]]:
    return {"ü": ["a", "\u20ac\U0001d11e"], "": []}


def floats() -> list[float]:
    return [0.1, 1e300, -0.0, 5.0]


def sizes() -> list[Size]:
    return [Size(1), Size(2, "m")]


def optional() -> Optional[int]:
    return 5


def untyped() -> dict:
    return {"a": [1, 2.5, {"b": None}]}


def own_hash() -> Annotated[list[int], HashMethod(lambda value: f"{len(value)} of them")]:
    return [1, 2]


def several() -> tuple[int, list[str]]:
    return 1, ["a"]


def returned(function: Callable[[], Any]) -> Any:
    """The annotation of a function's result, or of its first one."""
    annotation = typing.get_type_hints(function, include_extras=True)["return"]
    return annotation.__args__[0] if typing.get_origin(annotation) is tuple else annotation


FUNCTIONS = [integers, texts, floats, sizes, optional, untyped, own_hash, several]
