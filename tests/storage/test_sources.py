"""What is uploaded: bytes, files, directories, and what functions write; all of it or an error, and nothing half."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from flytetypes.errors import SourceError, StorageError
from flytetypes.storage import (
    LocalDirectory,
    LocalFile,
    LocalStore,
    MemoryStore,
    ObjectStore,
    Progress,
    Saved,
    Stored,
    StoreRouter,
    Written,
    download_directory,
    download_files,
    download_verified,
    local_copy,
    open_reader,
    open_writer,
    report_transfers,
    show_transfers,
    upload,
)
from servers.clouds import Cloud

LARGE = os.urandom(1 << 20) * 20


@pytest.fixture(params=["memory", "local", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[ObjectStore, str]:
    if request.param == "memory":
        return MemoryStore(), "memory://sources"
    if request.param == "local":
        return LocalStore(), str(tmp_path / "store")
    cloud: Cloud = request.getfixturevalue("s3_server")
    return StoreRouter(config=cloud.config), cloud.root()


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def save_large(path: str) -> None:
    Path(path).write_bytes(LARGE)


def write_large(file: BinaryIO) -> None:
    for start in range(0, len(LARGE), 100_000):
        assert file.tell() == start
        file.write(LARGE[start : start + 100_000])


def test_every_source_goes_up_with_its_digest(place: tuple[ObjectStore, str], tmp_path: Path) -> None:
    store, root = place
    (tmp_path / "large").write_bytes(LARGE)
    sources: dict[str, Any] = {
        f"{root}/bytes": LARGE,
        f"{root}/file": LocalFile(str(tmp_path / "large")),
        f"{root}/written": Written(write_large),
        f"{root}/saved": Saved(save_large, "value.bin"),
        f"{root}/small": b"small",
    }
    stored = upload(store, sources, digests=sources)
    assert list(stored) == list(sources)
    for uri, done in stored.items():
        data = store.get(uri)
        assert data == (b"small" if uri.endswith("small") else LARGE)
        assert done == Stored(uri, len(data), digest(data))
    assert upload(store, {f"{root}/again": b"1"}) == {f"{root}/again": Stored(f"{root}/again", 1)}
    assert store.list(root) == sorted([*sources, f"{root}/again"])


def test_a_directory_goes_up_file_by_file_and_comes_back(place: tuple[ObjectStore, str], tmp_path: Path) -> None:
    store, root = place
    names = ["a", "b/c", "b/d e%20", "ü/f"]
    for name in names:
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_text(name)
    (tmp_path / "in" / "empty").mkdir()
    (done,) = upload(store, {f"{root}/f": LocalDirectory(str(tmp_path / "in"))}, digests=[f"{root}/f"]).values()
    lines = b"".join(f"{digest(n.encode())} {len(n.encode())} {n}\n".encode() for n in names)
    assert done == Stored(f"{root}/f", sum(len(name.encode()) for name in names), digest(lines))
    assert download_directory(store, f"{root}/f", str(tmp_path / "out")) == names
    assert {name: (tmp_path / "out" / name).read_text() for name in names} == {name: name for name in names}


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (LocalFile("/missing"), "No such file or directory"),
        (LocalDirectory("/missing"), "No such file or directory"),
        (LocalFile("/"), "it is a directory, not a file"),
    ],
    ids=str,
)
def test_a_source_that_is_not_there_is_found_before_anything_moves(
    place: tuple[ObjectStore, str], source: Any, reason: str
) -> None:
    store, root = place
    with pytest.raises(SourceError) as caught:
        upload(store, {**{f"{root}/{n}": b"x" for n in range(50)}, f"{root}/bad": source})
    assert caught.value.uri == f"{root}/bad"
    assert str(caught.value).startswith(f"what was to be stored at `{root}/bad` could not be read or made: ")
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.__cause__.strerror == reason
    assert store.list(root) == []


def fail_after(*sizes: int) -> Callable[[Any], None]:
    def write(target: Any) -> None:
        with Path(target).open("wb") if isinstance(target, str) else target as file:
            for size in sizes:
                file.write(b"x" * size)
            raise LookupError("mine")

    return write


@pytest.mark.parametrize("size", [0, 10, 30 << 20])
@pytest.mark.parametrize("kind", [Written, lambda save: Saved(save, "x")], ids=["written", "saved"])
def test_a_function_that_fails_leaves_nothing(place: tuple[ObjectStore, str], kind: Any, size: int) -> None:
    store, root = place
    before = threading.active_count()
    with pytest.raises(SourceError) as caught:
        upload(store, {f"{root}/bad": kind(fail_after(size))})
    assert isinstance(caught.value.__cause__, LookupError)
    assert store.list(root) == []
    if isinstance(store, LocalStore):
        assert not list(Path(root).rglob("*"))
    assert threading.active_count() <= before + 1  # the I/O thread


class FullStore(MemoryStore):
    """Takes a few bytes of a stream, and no more."""

    def put_stream(self, uri: str, chunks: Iterable[bytes]) -> None:
        for _ in chunks:
            raise StorageError(f"cannot write `{uri}`: full", uri=uri)


def test_a_store_that_is_full_ends_who_writes() -> None:
    def write_on_and_on(file: BinaryIO) -> None:
        while True:
            file.write(b"x" * (1 << 20))

    with pytest.raises(StorageError, match=r"^cannot write `memory://full/a`: full$"):
        upload(FullStore(), {"memory://full/a": Written(write_on_and_on)})


def test_a_writer_is_whole_or_nothing(place: tuple[ObjectStore, str]) -> None:
    store, root = place
    with open_writer(store, f"{root}/a") as file:
        file.write(LARGE)
        file.write(b"end")
        assert not store.exists(f"{root}/a")
    assert store.get(f"{root}/a") == LARGE + b"end"
    abandoned = open_writer(store, f"{root}/b")
    abandoned.write(LARGE)
    del abandoned
    with open_writer(store, f"{root}/c"):
        pass
    assert store.get(f"{root}/c") == b""
    assert store.list(root) == [f"{root}/a", f"{root}/c"]
    with pytest.raises(ValueError, match="is closed"):
        file.write(b"more")


def test_a_reader_goes_anywhere(place: tuple[ObjectStore, str]) -> None:
    store, root = place
    store.put(f"{root}/a", LARGE)
    with open_reader(store, f"{root}/a") as file:
        for start, length in ((0, 5), (5, 5), (15 << 20, 100), (3, 70_000), (len(LARGE) - 3, 10), (len(LARGE) + 5, 10)):
            file.seek(start)
            assert file.read(length) == LARGE[start : start + length]
        file.seek(0)
        assert file.read() == LARGE
        with pytest.raises((ValueError, OSError)):
            file.seek(-1)
        with pytest.raises(io.UnsupportedOperation):
            file.write(b"")
    with pytest.raises(StorageError):
        open_reader(store, f"{root}/missing")


def test_a_local_copy_is_gone_afterwards(place: tuple[ObjectStore, str]) -> None:
    store, root = place
    store.put(f"{root}/name.txt", b"content")
    with local_copy(store, f"{root}/name.txt") as path:
        assert Path(path).read_bytes() == b"content"
        assert Path(path).name == "name.txt"
    assert Path(path).exists() == isinstance(store, LocalStore)


def test_downloads_replace_files_and_leave_what_is_complete(place: tuple[ObjectStore, str], tmp_path: Path) -> None:
    store, root = place
    upload(store, {f"{root}/{name}": name.encode() for name in "abc"})
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a").write_text("older, and longer")
    download_files(store, {f"{root}/{name}": str(tmp_path / "out" / name) for name in "abc"})
    assert {file.name: file.read_text() for file in (tmp_path / "out").iterdir()} == {"a": "a", "b": "b", "c": "c"}
    with pytest.raises(StorageError):
        download_files(store, {f"{root}/missing": str(tmp_path / "out" / "d")})
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["a", "b", "c"]


@pytest.mark.parametrize("size", [0, 5, 1 << 20, len(LARGE)])
def test_a_verified_download_is_the_content_or_nothing(
    place: tuple[ObjectStore, str], tmp_path: Path, size: int
) -> None:
    store, root = place
    store.put(f"{root}/a", LARGE[:size])
    download_verified(store, f"{root}/a", str(tmp_path / "copy"), digest(LARGE[:size]))
    assert (tmp_path / "copy").read_bytes() == LARGE[:size]
    with pytest.raises(StorageError) as caught:
        download_verified(store, f"{root}/a", str(tmp_path / "other"), digest(b"other"))
    assert str(caught.value) == (
        f"`{root}/a` was changed or damaged: expected content of the digest {digest(b'other')}, got "
        f"{digest(LARGE[:size])}. Write it anew"
    )
    assert {path.name for path in tmp_path.iterdir()} - {"store"} == {"copy"}


def test_a_file_that_comes_in_short_reads_is_stored_whole(
    place: tuple[ObjectStore, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, root = place
    (tmp_path / "file").write_bytes(LARGE[:5000])
    read = os.read
    monkeypatch.setattr(os, "read", lambda descriptor, size: read(descriptor, min(size, 1000)))
    (done,) = upload(store, {f"{root}/a": LocalFile(str(tmp_path / "file"))}, digests=[f"{root}/a"]).values()
    monkeypatch.undo()
    assert done == Stored(f"{root}/a", 5000, digest(LARGE[:5000]))
    assert store.get(f"{root}/a") == LARGE[:5000]


def test_a_store_that_adds_to_another_keeps_what_it_adds(s3_server: Cloud, tmp_path: Path) -> None:
    class Adding:
        def __init__(self, inner: ObjectStore) -> None:
            self.inner = inner
            self.puts = 0

        def __getattr__(self, name: str) -> Any:
            return getattr(self.inner, name)

        async def put_async(self, uri: str, data: bytes) -> None:
            self.puts += 1
            await self.inner.put_async(uri, data)

    adding: Any = Adding(StoreRouter(config=s3_server.config).store("s3://bucket"))
    (tmp_path / "file").write_bytes(b"content")
    upload(adding, {f"{s3_server.root()}/a": LocalFile(str(tmp_path / "file"))})
    assert adding.puts == 1


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("content")

    def replace(file: BinaryIO) -> None:
        path.unlink()
        os.mkfifo(path)

    with pytest.raises(SourceError) as caught:
        upload(MemoryStore(), {"memory://p/a": Written(replace), "memory://p/b": LocalFile(str(path))}, limit=1)
    assert str(caught.value) == (
        "what was to be stored at `memory://p/b` could not be read or made: OSError: [Errno 22] it is no file, but "
        f"something that may have no end: '{path}'"
    )


def test_progress_is_reported(place: tuple[ObjectStore, str], tmp_path: Path) -> None:
    store, root = place
    (tmp_path / "large").write_bytes(LARGE)
    reports: list[Progress] = []
    with report_transfers(reports.append):
        upload(store, {f"{root}/a": LocalFile(str(tmp_path / "large")), f"{root}/b": b"1234"})
        assert reports[-1] == Progress(len(LARGE) + 4, len(LARGE) + 4, 2, 2)
        download_files(store, {f"{root}/a": str(tmp_path / "back")})
    assert reports[-1] == Progress(2 * len(LARGE) + 4, 2 * len(LARGE) + 4, 3, 3)
    assert [one.done_bytes for one in reports] == sorted(one.done_bytes for one in reports)
    count = len(reports)
    upload(store, {f"{root}/c": b""})
    assert len(reports) == count


def test_a_bar_is_shown_on_a_terminal_only(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with show_transfers():
        upload(MemoryStore(), {"memory://bar/a": b"1"})
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with show_transfers():
        upload(MemoryStore(), {"memory://bar/a": b"1"})
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "1 of 1 objects" in shown.err
