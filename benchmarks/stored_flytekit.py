"""flytekit 1.16 with data in a store, through the calls that its own tasks make."""

from typing import Any

import pandas as pd
import pyarrow as pa
from flytekit import FlyteContextManager
from flytekit.core.data_persistence import FileAccessProvider
from flytekit.core.type_engine import TypeEngine
from flytekit.types.directory import FlyteDirectory
from flytekit.types.file import FlyteFile

from measure import Job
from stored_jobs import ROOT
from stored_jobs import job as stored_job

PACKAGES = ("flytekit", "s3fs", "pandas", "pyarrow")


class Tasks:
    """What a task does with its outputs and inputs."""

    def __init__(self) -> None:
        context = FlyteContextManager.current_context()
        access = FileAccessProvider("sandbox", f"{ROOT}/outputs")
        self._context = context.with_file_access(access).build()
        FlyteContextManager.push_context(self._context)

    def upload_file(self, path: str, uri: str) -> None:
        self._to_literal(FlyteFile(path), FlyteFile)

    def download_file(self, uri: str, path: str) -> str:
        return self._downloaded(uri, FlyteFile)

    def upload_directory(self, path: str, uri: str) -> None:
        self._to_literal(FlyteDirectory(path), FlyteDirectory)

    def download_directory(self, uri: str, path: str) -> str:
        return self._downloaded(uri, FlyteDirectory)

    def write_table(self, frame: pa.Table, uri: str) -> None:
        self._to_literal(frame, pa.Table)

    def read_table(self, uri: str) -> Any:
        return self._read(uri, pa.Table)

    def write_pandas(self, frame: pd.DataFrame, uri: str) -> None:
        self._to_literal(frame, pd.DataFrame)

    def read_pandas(self, uri: str) -> Any:
        return self._read(uri, pd.DataFrame)

    def _to_literal(self, value: Any, annotation: Any) -> Any:
        return TypeEngine.to_literal(self._context, value, annotation, TypeEngine.to_literal_type(annotation))

    def _downloaded(self, uri: str, annotation: Any) -> str:
        literal = self._to_literal(annotation(uri), annotation)
        value = TypeEngine.to_python_value(self._context, literal, annotation)
        return str(value.download())

    def _read(self, uri: str, annotation: Any) -> Any:
        from flytekit.types.structured import StructuredDataset

        literal = self._to_literal(StructuredDataset(uri=uri, file_format="parquet"), StructuredDataset)
        return TypeEngine.to_python_value(self._context, literal, annotation)


def job(operation: str, sample: str, size: int) -> Job:
    """What measures an operation on a sample."""
    return stored_job(Tasks(), operation, sample, size)
