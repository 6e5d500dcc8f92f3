"""Files that are open when something else happens: they are forgotten, replaced, interrupted, or the process forks."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flytetypes import FlyteFile, TypeEngine
from flytetypes.data import FlyteDirectory
from flytetypes.data._frame_files import StoredFile
from flytetypes.errors import ObjectNotFound, StorageError
from flytetypes.storage import (
    PART_BYTES,
    LocalStore,
    MemoryStore,
    ObjectStore,
    ObstoreStore,
    Progress,
    S3fsStore,
    StoreRouter,
    download,
    open_reader,
    open_writer,
    report_transfers,
    upload,
)
from servers.clouds import Cloud
from servers.stores import uploads_pending

LARGE = 20 << 20
SIZES = [0, 1, 1000, (64 << 10) - 1, 64 << 10, 1 << 20, PART_BYTES - 1, PART_BYTES, 2 * PART_BYTES + 5]


@pytest.fixture(params=["memory", "local", "obstore", "s3fs"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[ObjectStore, str]:
    if request.param == "memory":
        return MemoryStore(), "memory://open"
    if request.param == "local":
        return LocalStore(), str(tmp_path / "store")
    cloud: Cloud = request.getfixturevalue("s3_server")
    engine: Any = ObstoreStore if request.param == "obstore" else S3fsStore
    return engine(config=cloud.config), cloud.root()


def run(program: str, environment: dict[str, str], *args: str) -> str:
    """What a program prints that ends in time."""
    variables = {**os.environ, **environment, "FLYTECTL_CONFIG": "/dev/null"}
    command = [sys.executable, "-c", program, *args]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def soon(is_so: Callable[[], bool]) -> bool:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if is_so():
            return True
        time.sleep(0.02)
    return is_so()


# --- written in pieces ------------------------------------------------------------------------------------------------


class ChunkStore(MemoryStore):
    """Notes how long the parts are that come."""

    def put_stream(self, uri: str, chunks: Iterable[bytes]) -> None:
        kept = list(chunks)
        assert all(type(chunk) is bytes for chunk in kept)
        self.lengths = list(map(len, kept))
        super().put_stream(uri, kept)


@given(
    st.lists(st.tuples(st.sampled_from(["bytes", "view", "reused"]), st.sampled_from(SIZES)), max_size=12),
    st.integers(0, 255),
)
def test_pieces_of_any_length_are_one_content_in_parts(pieces: list[tuple[str, int]], first: int) -> None:
    store, written = ChunkStore(), []
    with open_writer(store, "memory://pieces/a") as file:
        for number, (kind, size) in enumerate(pieces):
            content = bytes([(first + number) % 256]) * size
            written.append(content)
            if kind == "reused":
                buffer = bytearray(content)
                assert file.write(buffer) == size
                buffer[:] = b"!" * size  # whoever writes may use it again
            else:
                assert file.write(content if kind == "bytes" else memoryview(content)) == size
        assert file.tell() == sum(map(len, written))
    whole = b"".join(written)
    assert store.get("memory://pieces/a") == whole
    assert store.lengths == [min(PART_BYTES, len(whole) - at) for at in range(0, len(whole), PART_BYTES)]


def test_what_was_written_before_an_interruption_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    file = open_writer(store, "memory://pieces/b")
    send = file._upload.send

    def interrupted(part: bytes) -> None:
        monkeypatch.setattr(file._upload, "send", send)
        raise KeyboardInterrupt

    file.write(b"1" * (PART_BYTES - 1))
    monkeypatch.setattr(file._upload, "send", interrupted)
    with pytest.raises(KeyboardInterrupt):
        file.write(b"2")
    file.write(b"3")
    file.close()
    assert store.get("memory://pieces/b") == b"1" * (PART_BYTES - 1) + b"23"


# --- forgotten --------------------------------------------------------------------------------------------------------


def names_in(directory: str) -> list[str]:
    return [path.name for path in Path(directory).iterdir()] if Path(directory).is_dir() else []


@pytest.mark.parametrize("mode", ["wb", "w"])
@pytest.mark.parametrize("parts", [1, 3])
def test_a_file_that_is_forgotten_leaves_nothing(place: tuple[ObjectStore, str], mode: str, parts: int) -> None:
    store, root = place
    file = TypeEngine(store=store, prefix=root).to_python(
        TypeEngine(store=store, prefix=root).to_literal(FlyteFile(f"{root}/x", remote_path=False), FlyteFile), FlyteFile
    )
    writer = file.open(mode)
    for _ in range(parts):
        writer.write(b"half" * (1 << 20) if mode == "wb" else "half" * (1 << 20))
    del writer
    gc.collect()
    assert soon(lambda: not store.exists(f"{root}/x") and names_in(root) == [])
    time.sleep(0.2)
    assert not store.exists(f"{root}/x")
    assert names_in(root) == []


FORGETS = """
import sys
from flytetypes import FlyteFile
mode, uri, parts, how = sys.argv[1:]
writer = FlyteFile(uri).open(mode)
for _ in range(int(parts)):
    writer.write("half" * (1 << 20) if mode == "w" else b"half" * (1 << 20))
if how == "deleted":
    del writer
"""


@pytest.mark.parametrize("how", ["deleted", "kept"])
@pytest.mark.parametrize("mode", ["w", "wb"])
@pytest.mark.parametrize("engine", ["obstore", "fsspec", "local"])
def test_a_process_ends_with_a_file_that_is_open(
    engine: str, mode: str, how: str, s3_server: Cloud, tmp_path: Path
) -> None:
    root = str(tmp_path / "store") if engine == "local" else s3_server.root()
    environment = s3_server.environment if engine == "local" else {"FLYTETYPES_STORAGE_ENGINE": engine}
    for parts in ("1", "8"):
        run(FORGETS, {**s3_server.environment, **environment}, mode, f"{root}/x", parts, how)
    assert names_in(root) == []
    if engine != "local":
        assert not ObstoreStore(s3_server.config).exists(f"{root}/x")
    if engine == "fsspec":  # of obstore a part that was under way may stay, as S3 says of AbortMultipartUpload
        assert uploads_pending(s3_server, root) == {}


# --- replaced ---------------------------------------------------------------------------------------------------------


def test_an_object_that_is_replaced_while_it_is_open_is_an_error(place: tuple[ObjectStore, str]) -> None:
    store, root = place
    if isinstance(store, LocalStore):
        pytest.skip("what is open on a disk stays what it was")
    store.put(f"{root}/x", b"a" * LARGE)
    with open_reader(store, f"{root}/x") as file:
        assert file.read(10) == b"a" * 10
        store.put(f"{root}/x", b"b" * LARGE)
        with pytest.raises(StorageError, match="was replaced while it was read"):
            file.read()


def test_a_dataset_that_is_replaced_while_it_is_read_is_an_error(place: tuple[ObjectStore, str]) -> None:
    store, root = place
    if isinstance(store, LocalStore):
        pytest.skip("what is open on a disk stays what it was")
    store.put(f"{root}/x", b"a" * LARGE)
    file = StoredFile(store, f"{root}/x").open(whole=False)
    assert file.read(10) == b"a" * 10
    store.put(f"{root}/x", b"b" * LARGE)
    with pytest.raises(StorageError, match="was replaced while it was read"):
        file.fetch([(10, 100)])
    with pytest.raises(StorageError, match="was replaced while it was read"):
        file.read(10)


def test_a_file_of_a_disk_stays_what_it_was_when_it_was_opened(tmp_path: Path) -> None:
    store = LocalStore()
    store.put(f"{tmp_path}/x", b"a" * LARGE)
    with open_reader(store, f"{tmp_path}/x") as file:
        store.put(f"{tmp_path}/x", b"b" * LARGE)
        assert file.read() == b"a" * LARGE


def test_an_object_that_is_replaced_behind_a_router_is_an_error(s3_server: Cloud) -> None:
    store, uri = StoreRouter(config=s3_server.config), f"{s3_server.root()}/x"
    store.put(uri, b"a" * LARGE)
    with open_reader(store, uri) as file:
        store.put(uri, b"b" * LARGE)
        with pytest.raises(StorageError, match="was replaced while it was read"):
            file.read()


# --- interrupted ------------------------------------------------------------------------------------------------------

INTERRUPTED = """
import os, signal, sys, threading, time
from flytetypes.storage import LocalFile, LocalStore, Written, upload, report_transfers
kind, source, target = sys.argv[1:]
def write(file):
    for _ in range(400):
        file.write(bytes(1 << 20))
        time.sleep(0.01)
def report(progress):
    if progress.done_bytes and not interrupted.is_set():
        interrupted.set()
        os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.01)
interrupted = threading.Event()
try:
    with report_transfers(report):
        upload(LocalStore(), {target: LocalFile(source) if kind == "file" else Written(write)})
except KeyboardInterrupt:
    print(os.listdir(os.path.dirname(target)), flush=True)
"""


@pytest.mark.parametrize("kind", ["file", "written"])
def test_an_upload_that_is_interrupted_leaves_nothing(kind: str, tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    with (tmp_path / "source").open("wb") as source:
        source.truncate(512 << 20)
    assert run(INTERRUPTED, {}, kind, str(tmp_path / "source"), str(tmp_path / "target" / "x")) == "[]\n"


# --- forked -----------------------------------------------------------------------------------------------------------

FORKS = """
import os, sys
from flytetypes.errors import StorageError
from flytetypes.storage import StoreRouter
uri = sys.argv[1]
store = StoreRouter()
store.put(uri, b"parent")
sys.stdout.flush()
child = os.fork()
if child == 0:
    try:
        print(store.get(uri).decode(), flush=True)
    except StorageError as error:
        print(error, flush=True)
    os._exit(0)
os.waitpid(child, 0)
"""


@pytest.mark.parametrize("engine", ["auto", "fsspec"])
def test_a_process_that_was_forked_reads_by_fsspec(engine: str, s3_server: Cloud) -> None:
    variables = {**s3_server.environment, "FLYTETYPES_STORAGE_ENGINE": engine}
    assert run(FORKS, variables, f"{s3_server.root()}/x") == "parent\n"


def test_obstore_in_a_process_that_was_forked_is_an_error(s3_server: Cloud) -> None:
    uri = f"{s3_server.root()}/x"
    assert run(FORKS, {**s3_server.environment, "FLYTETYPES_STORAGE_ENGINE": "obstore"}, uri) == (
        f"cannot use `{uri}`: obstore cannot be used in a process forked from one that has used it: start processes by "
        "`spawn`, or set FLYTETYPES_STORAGE_ENGINE=fsspec\n"
    )


# --- told -------------------------------------------------------------------------------------------------------------


def test_a_report_that_raises_is_raised_once_after_the_transfers() -> None:
    store, calls = MemoryStore(), []

    def report(progress: Progress) -> None:
        calls.append(progress)
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"), report_transfers(report):
        upload(store, {"memory://b/x": b"x", "memory://b/y": b"y"})
    assert store.get("memory://b/y") == b"y"
    assert len(calls) == 1


def test_a_report_that_raises_does_not_hide_the_failure_of_the_block() -> None:
    def report(progress: Progress) -> None:
        raise LookupError("mine")

    with pytest.raises(ObjectNotFound), report_transfers(report):
        download(MemoryStore(), ["memory://b/x"])


@pytest.mark.parametrize("engine", [ObstoreStore, S3fsStore])
def test_a_bucket_that_is_missing_is_told(engine: Any, s3_server: Cloud) -> None:
    with pytest.raises(ObjectNotFound) as caught:
        engine(config=s3_server.config).get("s3://no-such-bucket/x")
    assert str(caught.value) == "there is no object at `s3://no-such-bucket/x`: there is no bucket `no-such-bucket`"


# --- names ------------------------------------------------------------------------------------------------------------


def test_a_name_almost_like_that_of_an_unfinished_file_is_kept(tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    (tmp_path / "directory" / ".flytetypes-x").write_text("v")
    engine = TypeEngine(prefix=str(tmp_path / "store"))
    there = engine.to_python(engine.to_literal(tmp_path / "directory", FlyteDirectory), FlyteDirectory)
    assert names_in(there.download()) == [".flytetypes-x"]
    assert LocalStore().list(there.uri) == [f"{there.uri}/.flytetypes-x"]


def test_what_is_unfinished_is_not_listed(tmp_path: Path) -> None:
    store = LocalStore()
    with open_writer(store, f"{tmp_path}/x") as file:
        file.write(b"half" * (4 << 20))
        assert soon(lambda: names_in(str(tmp_path)) != [])
        assert store.list(str(tmp_path)) == []
    assert store.list(str(tmp_path)) == [f"{tmp_path}/x"]
