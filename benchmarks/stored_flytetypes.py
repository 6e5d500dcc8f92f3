"""flytetypes with data in a store: what a task does with its outputs and inputs."""

import hashlib
import os
import socket
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import pyarrow as pa

from flytetypes import FlyteDirectory, FlyteFile, StructuredDataset, TypeEngine, storage, task, workflow
from measure import Job, Measured
from stored_jobs import FILE, ROOT
from stored_jobs import job as stored_job

PACKAGES = ("flytetypes", "obstore", "pandas", "pyarrow")


class Tasks:
    """Encoding uploads, and hashes what passes by; a download is verified where the digest is known."""

    def __init__(self, *, digest: str | None = None) -> None:
        self._engine = TypeEngine(prefix=f"{ROOT}/outputs")
        self._digest = digest

    def upload_file(self, path: str, uri: str) -> None:
        self._engine.to_literal(FlyteFile(path), FlyteFile)

    def upload_plain_file(self, path: str, uri: str) -> None:
        storage.upload(self._engine.store, {uri: storage.LocalFile(path)})

    def download_file(self, uri: str, path: str) -> str:
        literal = self._engine.to_literal(FlyteFile.at(uri, digest=self._digest), FlyteFile)
        return self._engine.to_python(literal, FlyteFile).download()

    def download_plain_file(self, uri: str, path: str) -> str:
        return self.download_file(uri, path)

    def upload_directory(self, path: str, uri: str) -> None:
        self._engine.to_literal(FlyteDirectory(path), FlyteDirectory)

    def download_directory(self, uri: str, path: str) -> str:
        literal = self._engine.to_literal(FlyteDirectory(uri), FlyteDirectory)
        return self._engine.to_python(literal, FlyteDirectory).download()

    def write_table(self, frame: pa.Table, uri: str) -> None:
        self._engine.to_literal(frame, pa.Table)

    def read_table(self, uri: str) -> Any:
        return self._read(uri, pa.Table)

    def write_pandas(self, frame: pd.DataFrame, uri: str) -> None:
        self._engine.to_literal(frame, pd.DataFrame)

    def read_pandas(self, uri: str) -> Any:
        return self._read(uri, pd.DataFrame)

    def _read(self, uri: str, annotation: Any) -> Any:
        dataset = StructuredDataset(uri=uri, file_format="parquet")
        return self._engine.to_python(self._engine.to_literal(dataset, StructuredDataset), annotation)


def job(operation: str, sample: str, size: int) -> Job:
    """What measures an operation on a sample."""
    if operation == "stored reference":
        return Measured(_passing_on())
    digest = None
    if "download" in operation and sample == "file":
        with Path(FILE).open("rb") as file:
            digest = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    return stored_job(Tasks(digest=digest), operation, sample, size)


# --- a reference ------------------------------------------------------------------------------------------------------


@task
def pass_on(file: FlyteFile) -> FlyteFile:
    return file


@workflow
def five_tasks(file: FlyteFile) -> FlyteFile:
    return pass_on(file=pass_on(file=pass_on(file=pass_on(file=pass_on(file=file)))))


def _passing_on() -> Callable[[], float]:
    """What counts the bytes between here and the server while a reference passes through the tasks."""
    relay = Relay(os.environ["FLYTE_AWS_ENDPOINT"])
    os.environ["FLYTE_AWS_ENDPOINT"] = relay.endpoint
    file: FlyteFile[Any] = FlyteFile(f"{ROOT}/{FILE}")
    assert file.exists()
    assert relay.passed, "the relay is not in between"

    def moved() -> float:
        before = relay.passed
        result = five_tasks(file=file)
        assert result.uri == file.uri
        return relay.passed - before

    return moved


class Relay:
    """A port of this machine from which everything goes to a server and back, and is counted."""

    def __init__(self, endpoint: str) -> None:
        at = urlsplit(endpoint)
        self.passed = 0
        self._server = at.hostname, at.port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            client, _ = self._listener.accept()
            server = socket.create_connection(self._server)
            for source, target in ((client, server), (server, client)):
                Thread(target=self._pass, args=(source, target), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        while data := source.recv(1 << 16):
            self.passed += len(data)
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
