"""obstore used directly."""

import asyncio
import io
import os
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import obstore
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from obstore.store import S3Store

from measure import Job
from stored_jobs import ROOT
from stored_jobs import job as stored_job

PACKAGES = ("obstore", "pandas", "pyarrow")

AT_A_TIME = 32


class Direct:
    """One call for a large object, as many as may be on their way for small ones; bytes in memory for frames."""

    def __init__(self) -> None:
        self._store = S3Store(
            ROOT.removeprefix("s3://"),
            endpoint=os.environ["FLYTE_AWS_ENDPOINT"],
            access_key_id=os.environ["FLYTE_AWS_ACCESS_KEY_ID"],
            secret_access_key=os.environ["FLYTE_AWS_SECRET_ACCESS_KEY"],
            client_options={"allow_http": True},
        )

    def upload_file(self, path: str, uri: str) -> None:
        obstore.put(self._store, _key(uri), Path(path))

    def download_file(self, uri: str, path: str) -> str:
        with open(path, "wb") as file:  # noqa: PTH123 - as the other libraries have it
            for chunk in obstore.get(self._store, _key(uri)).stream():
                file.write(chunk)
        return path

    def upload_directory(self, path: str, uri: str) -> None:
        async def put(file: Path) -> None:
            await obstore.put_async(self._store, f"{_key(uri)}/{file.relative_to(path)}", file)

        asyncio.run(_each(put, (file for file in Path(path).rglob("*") if file.is_file())))

    def download_directory(self, uri: str, path: str) -> str:
        async def get(meta: Any) -> None:
            target = Path(path, meta["path"].removeprefix(f"{_key(uri)}/"))
            target.parent.mkdir(parents=True, exist_ok=True)
            found = await obstore.get_async(self._store, meta["path"])
            target.write_bytes(await found.bytes_async())

        asyncio.run(_each(get, (meta for batch in obstore.list(self._store, _key(uri)) for meta in batch)))
        return path

    def write_table(self, frame: Any, uri: str) -> None:
        sink = pa.BufferOutputStream()
        pq.write_table(frame, sink)
        obstore.put(self._store, f"{_key(uri)}/00000", sink.getvalue().to_pybytes())

    def read_table(self, uri: str) -> Any:
        return pq.read_table(self._bytes(uri))

    def write_pandas(self, frame: pd.DataFrame, uri: str) -> None:
        obstore.put(self._store, f"{_key(uri)}/00000", frame.to_parquet())

    def read_pandas(self, uri: str) -> Any:
        return pd.read_parquet(self._bytes(uri))

    def _bytes(self, uri: str) -> Any:
        return io.BytesIO(obstore.get(self._store, f"{_key(uri)}/00000").bytes())


async def _each(verb: Callable[[Any], Awaitable[None]], items: Iterable[Any]) -> None:
    slots = asyncio.Semaphore(AT_A_TIME)

    async def one(item: Any) -> None:
        async with slots:
            await verb(item)

    await asyncio.gather(*map(one, items))


def _key(uri: str) -> str:
    return uri.removeprefix(f"{ROOT}/")


def job(operation: str, sample: str, size: int) -> Job:
    """What measures an operation on a sample."""
    return stored_job(Direct(), operation, sample, size)
