"""What type checkers see of files, directories and datasets: read by mypy and by pyright, never run.

Each line with an `ignore` must be an error: an ignore that is not needed is one itself.
"""

from typing import Literal, TypeVar, assert_type

from flytetypes import FlyteDirectory, FlyteFile, LazyList, StructuredDataset, TypeEngine, idl
from flytetypes.data import CSVFile

F = TypeVar("F")


def files(table: FlyteFile[Literal["csv"]], named: CSVFile, any_file: FlyteFile) -> FlyteFile:
    assert_type(table.read_text(), str)
    assert_type(named.download(), str)
    FlyteFile(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    return any_file if any_file.exists() else FlyteFile("s3://bucket/key", metadata={"a": "b"})


def directories(directory: FlyteDirectory) -> list[str]:
    assert_type((directory / "a").read_bytes(), bytes)
    return [file.uri for file in directory.glob("**/*.csv")]


def datasets(dataset: StructuredDataset, frame: type[F]) -> F:
    assert_type(dataset.open(frame).all(), F)
    return dataset.open(frame).all()


def lists(engine: TypeEngine, numbers: LazyList[int]) -> None:
    assert_type(numbers[0], int)
    assert_type(numbers[1:], list[int])
    assert_type(engine.to_python(idl.Literal(), FlyteFile), FlyteFile)
