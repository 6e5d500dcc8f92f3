"""pyarrow used directly, with its own client of S3."""

import os
from typing import Any

import pandas as pd
import pyarrow.fs as pafs
import pyarrow.parquet as pq

from measure import Job
from stored_jobs import job as stored_job

PACKAGES = ("pyarrow", "pandas")


class Direct:
    """What its documentation has, with everything as it comes."""

    def __init__(self) -> None:
        self._files = pafs.S3FileSystem(
            access_key=os.environ["FLYTE_AWS_ACCESS_KEY_ID"],
            secret_key=os.environ["FLYTE_AWS_SECRET_ACCESS_KEY"],
            endpoint_override=os.environ["FLYTE_AWS_ENDPOINT"],
            region="us-east-1",
        )
        self._here = pafs.LocalFileSystem()

    def upload_file(self, path: str, uri: str) -> None:
        pafs.copy_files(path, _key(uri), self._here, self._files)

    def download_file(self, uri: str, path: str) -> str:
        pafs.copy_files(_key(uri), path, self._files, self._here)
        return path

    def upload_directory(self, path: str, uri: str) -> None:
        pafs.copy_files(path, _key(uri), self._here, self._files)

    def download_directory(self, uri: str, path: str) -> str:
        pafs.copy_files(_key(uri), path, self._files, self._here)
        return path

    def write_table(self, frame: Any, uri: str) -> None:
        pq.write_table(frame, f"{_key(uri)}/00000", filesystem=self._files)

    def read_table(self, uri: str) -> Any:
        return pq.read_table(f"{_key(uri)}/00000", filesystem=self._files)

    def write_pandas(self, frame: pd.DataFrame, uri: str) -> None:
        frame.to_parquet(f"{_key(uri)}/00000", filesystem=self._files)

    def read_pandas(self, uri: str) -> Any:
        return pd.read_parquet(f"{_key(uri)}/00000", filesystem=self._files)


def _key(uri: str) -> str:
    return uri.removeprefix("s3://")


def job(operation: str, sample: str, size: int) -> Job:
    """What measures an operation on a sample."""
    return stored_job(Direct(), operation, sample, size)
