"""s3fs used directly."""

import os
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import s3fs

from measure import Job
from stored_jobs import job as stored_job

PACKAGES = ("s3fs", "aiobotocore", "pandas", "pyarrow")


class Direct:
    """What the documentation of s3fs has, with everything as it comes."""

    def __init__(self) -> None:
        self._files = s3fs.S3FileSystem(
            endpoint_url=os.environ["FLYTE_AWS_ENDPOINT"],
            key=os.environ["FLYTE_AWS_ACCESS_KEY_ID"],
            secret=os.environ["FLYTE_AWS_SECRET_ACCESS_KEY"],
            use_listings_cache=False,
        )

    def upload_file(self, path: str, uri: str) -> None:
        self._files.put_file(path, uri)

    def download_file(self, uri: str, path: str) -> str:
        self._files.get_file(uri, path)
        return path

    def upload_directory(self, path: str, uri: str) -> None:
        self._files.put(f"{path}/", uri, recursive=True)

    def download_directory(self, uri: str, path: str) -> str:
        self._files.get(f"{uri}/", path, recursive=True)
        return path

    def write_table(self, frame: Any, uri: str) -> None:
        pq.write_table(frame, f"{uri}/00000", filesystem=self._files)

    def read_table(self, uri: str) -> Any:
        return pq.read_table(f"{uri}/00000", filesystem=self._files)

    def write_pandas(self, frame: pd.DataFrame, uri: str) -> None:
        frame.to_parquet(f"{uri.removeprefix('s3://')}/00000", filesystem=self._files)

    def read_pandas(self, uri: str) -> Any:
        return pd.read_parquet(f"{uri.removeprefix('s3://')}/00000", filesystem=self._files)


def job(operation: str, sample: str, size: int) -> Job:
    """What measures an operation on a sample."""
    return stored_job(Direct(), operation, sample, size)
