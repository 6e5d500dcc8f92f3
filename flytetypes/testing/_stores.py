# ruff: noqa: S101 - the asserts are what this module is for
"""What every `ObjectStore` has to do, as tests.

class TestS3Store(StoreSuite):
    def make_store(self) -> ObjectStore:
        return S3Store(endpoint=...)

    def make_root(self, tmp_path: Path) -> str:
        return f"s3://tests/{uuid4()}"
"""

import asyncio
import itertools
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

import pytest

from flytetypes.errors import ObjectNotFound, StorageError
from flytetypes.storage import PART_BYTES, ObjectInfo, ObjectStore, download, upload

AWKWARD_NAMES = [
    *("with space", "ünï", "100%25", "100%", "a+b", "plus?query", "hash#mark", "a:b", ".hidden", "a..b", "...", "~x"),
    *("st*r", "[x]", "{y}", "a&b=c;d,e", "quo'te\"s", "back\\slash", "@at", "$(x)", "日本語", "🙂", "x" * 200),
    *(unicodedata.normalize("NFC", "é"), unicodedata.normalize("NFD", "é"), "x?versionId=1", "x.gz", "a b/c d/e%2Ff"),
]

_SIZES = [0, 1, 3_000_000]
_MEGABYTE = bytes(range(256)) * 4096


def _content(size_bytes: int) -> bytes:
    return bytes(range(256)) * (size_bytes // 256) + b"\xff" * (size_bytes % 256)


class ReadOnlyStoreSuite:
    """Tests for a store that is only read; subclass it in a test file, under a name that begins with `Test`."""

    def make_store(self) -> ObjectStore:
        """The store to test: called once for each test."""
        raise NotImplementedError

    def make_root(self, tmp_path: Path) -> str:  # noqa: ARG002 - for stores on disk
        """A URI, without a `/` at its end, below which nothing is yet."""
        return f"memory://store-suite/{uuid4()}"

    def fill(self, store: ObjectStore, uri: str, data: bytes) -> None:
        """Make an object to be read; in a way of its own where the store cannot write."""
        store.put(uri, data)

    @pytest.fixture
    def store(self) -> ObjectStore:
        return self.make_store()

    @pytest.fixture
    def root(self, tmp_path: Path) -> str:
        return self.make_root(tmp_path)

    def test_it_is_an_object_store(self, store: ObjectStore) -> None:
        assert isinstance(store, ObjectStore)

    @pytest.mark.parametrize("size_bytes", _SIZES)
    def test_what_is_there_is_got(self, store: ObjectStore, root: str, size_bytes: int) -> None:
        data = _content(size_bytes)
        self.fill(store, f"{root}/deep/down/object", data)
        back = store.get(f"{root}/deep/down/object")
        assert back == data
        assert type(back) is bytes

    @pytest.mark.parametrize("verb", ["get", "get_range", "get_stream", "get_file", "stat"])
    def test_a_missing_object_is_an_error_that_names_the_uri(
        self, store: ObjectStore, root: str, tmp_path: Path, verb: str
    ) -> None:
        uri = f"{root}/missing"
        verbs: dict[str, Callable[[], object]] = {
            "get": lambda: store.get(uri),
            "get_range": lambda: store.get_range(uri, 0, 1),
            "get_stream": lambda: list(store.get_stream(uri)),
            "get_file": lambda: store.get_file(uri, str(tmp_path / "copy")),
            "stat": lambda: store.stat(uri),
        }
        with pytest.raises(ObjectNotFound) as caught:
            verbs[verb]()
        assert caught.value.uri == uri
        assert f"`{uri}`" in str(caught.value)
        assert not caught.value.transient
        assert isinstance(caught.value, FileNotFoundError)
        assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == []

    def test_an_object_exists_and_what_leads_to_it_does_not(self, store: ObjectStore, root: str) -> None:
        self.fill(store, f"{root}/directory/a", b"")
        assert store.exists(f"{root}/directory/a")
        assert not store.exists(f"{root}/directory/b")
        assert not store.exists(f"{root}/directory/a/b")

    @pytest.mark.parametrize(
        ("start", "length"), [(0, 3), (2, 5), (0, 10), (7, 3), (7, 100), (9, 1), (10, 1), (11, 5), (1000, 1000), (4, 0)]
    )
    def test_a_range_is_what_there_is_of_it(self, store: ObjectStore, root: str, start: int, length: int) -> None:
        self.fill(store, f"{root}/a", b"0123456789")
        part = store.get_range(f"{root}/a", start, length)
        assert part == b"0123456789"[start : start + length]
        assert type(part) is bytes

    def test_an_empty_object_has_empty_ranges_and_streams(self, store: ObjectStore, root: str, tmp_path: Path) -> None:
        self.fill(store, f"{root}/a", b"")
        assert store.get(f"{root}/a") == b""
        assert store.get_range(f"{root}/a", 0, 10) == b""
        assert b"".join(store.get_stream(f"{root}/a")) == b""
        assert store.stat(f"{root}/a").size_bytes == 0
        store.get_file(f"{root}/a", str(tmp_path / "copy"))
        assert (tmp_path / "copy").read_bytes() == b""

    def test_ranges_of_a_large_object(self, store: ObjectStore, root: str) -> None:
        data = _content(3_000_000)
        self.fill(store, f"{root}/a", data)
        for start, length in ((0, 1), (1_048_575, 2), (2_999_990, 100), (1_000_000, 2_000_000)):
            assert store.get_range(f"{root}/a", start, length) == data[start : start + length]

    @pytest.mark.parametrize("size_bytes", [1, 1 << 20, (1 << 20) + 1, 2 * PART_BYTES + 12_345])
    def test_a_stream_is_the_object_in_parts(
        self, store: ObjectStore, root: str, tmp_path: Path, size_bytes: int
    ) -> None:
        data = _content(size_bytes)
        self.fill(store, f"{root}/a", data)
        parts = list(store.get_stream(f"{root}/a"))
        assert b"".join(parts) == data
        assert {type(part) for part in parts} == {bytes}
        assert max(map(len, parts)) <= PART_BYTES
        store.get_file(f"{root}/a", str(tmp_path / "copy"))
        assert (tmp_path / "copy").read_bytes() == data

    def test_a_stream_may_be_left_early(self, store: ObjectStore, root: str) -> None:
        self.fill(store, f"{root}/a", _content(3 * PART_BYTES))
        stream = store.get_stream(f"{root}/a")
        assert next(stream)[:3] == b"\0\1\2"
        del stream

    def test_a_file_is_replaced_whole(self, store: ObjectStore, root: str, tmp_path: Path) -> None:
        self.fill(store, f"{root}/a", b"new")
        (tmp_path / "file").write_bytes(b"older, and longer")
        store.get_file(f"{root}/a", str(tmp_path / "file"))
        assert (tmp_path / "file").read_bytes() == b"new"
        with pytest.raises(StorageError):
            store.get_file(f"{root}/a", str(tmp_path / "no directory" / "file"))
        assert not (tmp_path / "no directory").exists()

    def test_a_stat_tells_uri_and_size(self, store: ObjectStore, root: str) -> None:
        self.fill(store, f"{root}/a", b"12345")
        info = store.stat(f"{root}/a")
        assert type(info) is ObjectInfo
        assert (info.uri, info.size_bytes) == (f"{root}/a", 5)
        assert info == store.stat(f"{root}/a")

    def test_async_reading_verbs_do_the_same(self, store: ObjectStore, root: str, tmp_path: Path) -> None:
        data = _content(PART_BYTES + 3)
        self.fill(store, f"{root}/a", data)

        async def read() -> None:
            assert await store.get_async(f"{root}/a") == data
            assert await store.get_range_async(f"{root}/a", 1, 2) == b"\1\2"
            assert b"".join([part async for part in store.get_stream_async(f"{root}/a")]) == data
            await store.get_file_async(f"{root}/a", str(tmp_path / "copy"))
            assert (tmp_path / "copy").read_bytes() == data
            assert (await store.stat_async(f"{root}/a")).size_bytes == len(data)
            assert await store.exists_async(f"{root}/a")
            assert not await store.exists_async(f"{root}/b")
            with pytest.raises(ObjectNotFound) as caught:
                await store.get_async(f"{root}/b")
            assert caught.value.uri == f"{root}/b"

        asyncio.run(read())
        asyncio.run(read())  # a loop that ended leaves the store as it was

    def test_plain_reading_verbs_work_under_a_running_loop(self, store: ObjectStore, root: str) -> None:
        self.fill(store, f"{root}/a", b"12345")

        async def notebook() -> tuple[bytes, bytes]:
            return store.get(f"{root}/a"), b"".join(store.get_stream(f"{root}/a"))

        assert asyncio.run(notebook()) == (b"12345", b"12345")

    def test_many_threads_and_loops_read_at_a_time(self, store: ObjectStore, root: str) -> None:
        self.fill(store, f"{root}/a", b"12345")

        async def read() -> list[bytes]:
            return await asyncio.gather(*(store.get_async(f"{root}/a") for _ in range(8)))

        with ThreadPoolExecutor(8) as threads:
            plain = [threads.submit(store.get, f"{root}/a") for _ in range(16)]
            loops = [threads.submit(asyncio.run, read()) for _ in range(4)]
        assert [one.result() for one in plain] == [b"12345"] * 16
        assert [one.result() for one in loops] == [[b"12345"] * 8] * 4


class StoreSuite(ReadOnlyStoreSuite):
    """Tests for a store; subclass it in a test file, under a name that begins with `Test`.

    Attributes:
        streams: Whether `put_stream` takes an object of any size in constant memory. What derives from `SyncFirst` or
            `AsyncFirst` and does not write the verb itself joins the chunks.
        awkward_names: Names that the store has to take as they are.
    """

    streams: ClassVar[bool] = True
    awkward_names: ClassVar[list[str]] = AWKWARD_NAMES

    @pytest.mark.parametrize("size_bytes", _SIZES)
    def test_what_is_put_is_got(self, store: ObjectStore, root: str, size_bytes: int) -> None:
        data = _content(size_bytes)
        store.put(f"{root}/deep/down/object", data)
        assert store.get(f"{root}/deep/down/object") == data

    def test_a_large_object_is_put_whole(self, store: ObjectStore, root: str) -> None:
        data = _content(2 * PART_BYTES + 1_000_001)
        store.put(f"{root}/a", data)
        assert store.stat(f"{root}/a").size_bytes == len(data)
        assert store.get(f"{root}/a") == data

    def test_a_name_is_taken_as_it_is(self, store: ObjectStore, root: str) -> None:
        names = self.awkward_names
        for number, name in enumerate(names):
            store.put(f"{root}/{name}", b"%d" % number)
        for number, name in enumerate(names):
            uri = f"{root}/{name}"
            assert store.get(uri) == b"%d" % number, name
            assert store.exists(uri), name
            assert store.get_range(uri, 0, 1) == b"%d" % (number // 10 or number % 10), name
        assert store.list(root) == sorted(f"{root}/{name}" for name in names)
        for name in names:
            store.copy(f"{root}/{name}", f"{root}/copy of {name}")
            store.put_stream(f"{root}/stream of {name}", iter([b"x", b"y"]))
        assert store.get(f"{root}/copy of {names[3]}") == b"3"
        assert store.get(f"{root}/stream of {names[3]}") == b"xy"
        assert len(store.list(root)) == 3 * len(names)
        for uri in store.list(root):
            store.delete(uri)
        assert store.list(root) == []

    @pytest.mark.parametrize("character", ["*", "?", "[0-9]"])
    def test_a_name_is_no_pattern(self, store: ObjectStore, root: str, character: str) -> None:
        store.put(f"{root}/a1", b"1")
        with pytest.raises(ObjectNotFound):
            store.get(f"{root}/a{character}")
        assert not store.exists(f"{root}/a{character}")
        assert store.list(f"{root}/{character}") == []
        store.delete(f"{root}/a{character}")
        assert store.get(f"{root}/a1") == b"1"

    def test_a_name_that_is_far_too_long_is_an_error_or_taken(self, store: ObjectStore, root: str) -> None:
        uri = f"{root}/{'y' * 5000}"
        refused = None
        try:
            store.put(uri, b"x")
        except StorageError as error:
            refused = error
        if refused is None:
            assert store.get(uri) == b"x"
        else:
            assert refused.uri == uri
            assert not refused.transient

    def test_the_last_put_counts(self, store: ObjectStore, root: str) -> None:
        store.put(f"{root}/a", b"first, and longer")
        store.put(f"{root}/a", b"second")
        assert store.get(f"{root}/a") == b"second"

    def test_a_directory_is_no_object(self, store: ObjectStore, root: str) -> None:
        store.put(f"{root}/directory/a", b"")
        assert not store.exists(f"{root}/directory")
        with pytest.raises(ObjectNotFound):
            store.get(f"{root}/directory")

    def test_a_deleted_object_is_gone_and_can_be_deleted_again(self, store: ObjectStore, root: str) -> None:
        store.put(f"{root}/a", b"a")
        store.put(f"{root}/b", b"b")
        store.delete(f"{root}/a")
        store.delete(f"{root}/a")
        assert not store.exists(f"{root}/a")
        assert store.list(root) == [f"{root}/b"]

    def test_a_list_holds_what_lies_below_sorted(self, store: ObjectStore, root: str) -> None:
        for name in ("run/b", "run/a/2", "run/a/1", "run/a-", "run2/x", "other"):
            store.put(f"{root}/{name}", b"")
        below = [f"{root}/run/{name}" for name in ("a-", "a/1", "a/2", "b")]
        assert store.list(f"{root}/run") == below
        assert store.list(f"{root}/run/") == below
        assert store.list(f"{root}/run/a") == below[1:3]
        assert store.list(f"{root}/nothing") == []
        assert store.list(f"{root}/other") == []

    def test_a_list_sees_what_others_did_meanwhile(self, store: ObjectStore, root: str) -> None:
        assert store.list(root) == []
        assert not store.exists(f"{root}/a")
        self.make_other_store(store).put(f"{root}/a", b"")
        assert store.list(root) == [f"{root}/a"]
        assert store.exists(f"{root}/a")
        self.make_other_store(store).delete(f"{root}/a")
        assert store.list(root) == []

    def make_other_store(self, store: ObjectStore) -> ObjectStore:
        """Another store for the same objects, as another process has it; itself where there can be none."""
        return store

    def test_the_version_changes_with_the_content(self, store: ObjectStore, root: str) -> None:
        store.put(f"{root}/a", b"one")
        first = store.stat(f"{root}/a").version
        store.put(f"{root}/a", b"two")
        assert first is None or store.stat(f"{root}/a").version != first

    def test_a_copy_has_the_content_and_the_original_stays(self, store: ObjectStore, root: str) -> None:
        store.put(f"{root}/a", b"12345")
        store.put(f"{root}/deep/copy", b"older, and longer")
        store.copy(f"{root}/a", f"{root}/deep/copy")
        assert store.get(f"{root}/deep/copy") == store.get(f"{root}/a") == b"12345"
        with pytest.raises(ObjectNotFound) as caught:
            store.copy(f"{root}/missing", f"{root}/another")
        assert caught.value.uri == f"{root}/missing"
        assert not store.exists(f"{root}/another")

    @pytest.mark.parametrize("size_bytes", [0, 5, PART_BYTES, 3 * PART_BYTES + 7])
    def test_a_file_goes_up_and_comes_back(
        self, store: ObjectStore, root: str, tmp_path: Path, size_bytes: int
    ) -> None:
        (tmp_path / "file").write_bytes(_content(size_bytes))
        store.put_file(f"{root}/deep/file", str(tmp_path / "file"))
        assert store.stat(f"{root}/deep/file").size_bytes == size_bytes
        store.get_file(f"{root}/deep/file", str(tmp_path / "back"))
        assert (tmp_path / "back").read_bytes() == _content(size_bytes)
        left = {path.name for path in tmp_path.iterdir() if path.is_file()}
        assert left == {"file", "back"}

    def test_a_file_that_is_not_there_is_not_put(self, store: ObjectStore, root: str, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            store.put_file(f"{root}/a", str(tmp_path / "missing"))
        assert not store.exists(f"{root}/a")

    @pytest.mark.parametrize(
        "chunks", [[], [b""], [b"a"], [b"a", b"", b"b"], [_MEGABYTE] * 17, [b"x" * PART_BYTES] * 2]
    )
    def test_a_stream_is_put_in_order(self, store: ObjectStore, root: str, chunks: list[bytes]) -> None:
        store.put_stream(f"{root}/a", iter(chunks))
        assert store.get(f"{root}/a") == b"".join(chunks)

    def test_a_large_stream_passes_by_in_constant_memory(self, store: ObjectStore, root: str) -> None:
        if not self.streams:
            pytest.skip("this store joins the chunks")
        _Chunk.alive = _Chunk.most = 0

        def chunks() -> Iterator[bytes]:
            for number in range(128):
                yield _Chunk(bytes([number]) * (1 << 19))

        store.put_stream(f"{root}/a", chunks())
        assert store.stat(f"{root}/a").size_bytes == 128 << 19
        assert _Chunk.most << 19 <= 3 * PART_BYTES
        numbers = itertools.count()
        for part in store.get_stream(f"{root}/a"):
            assert len(part) <= PART_BYTES
            for start in range(0, len(part), 1 << 19):
                assert part[start : start + (1 << 19)] == bytes([next(numbers)]) * (1 << 19)
        assert next(numbers) == 128

    @pytest.mark.parametrize("count", [0, 1, 40])
    def test_a_stream_that_fails_leaves_nothing(self, store: ObjectStore, root: str, count: int) -> None:
        def chunks() -> Iterator[bytes]:
            for _ in range(count):
                yield _MEGABYTE
            raise LookupError("the caller's own")

        with pytest.raises(LookupError, match="the caller's own"):
            store.put_stream(f"{root}/new", chunks())
        store.put(f"{root}/old", b"old")
        with pytest.raises(LookupError, match="the caller's own"):
            store.put_stream(f"{root}/old", chunks())
        assert store.list(root) == [f"{root}/old"]
        assert store.get(f"{root}/old") == b"old"

    def test_async_verbs_do_the_same(self, store: ObjectStore, root: str, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"file")

        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(20):
                await asyncio.sleep(0)
                yield _MEGABYTE

        async def failing() -> AsyncIterator[bytes]:
            async for chunk in chunks():
                yield chunk
            raise LookupError("the caller's own")

        async def use() -> None:
            await store.put_async(f"{root}/a", b"1")
            await store.put_async(f"{root}/b", b"2")
            assert await store.get_async(f"{root}/a") == b"1"
            await store.delete_async(f"{root}/a")
            assert not await store.exists_async(f"{root}/a")
            assert await store.exists_async(f"{root}/b")
            assert await store.list_async(root) == [f"{root}/b"]
            await store.copy_async(f"{root}/b", f"{root}/a")
            await store.put_file_async(f"{root}/file", str(tmp_path / "file"))
            await store.put_stream_async(f"{root}/stream", chunks())
            with pytest.raises(LookupError, match="the caller's own"):
                await store.put_stream_async(f"{root}/failing", failing())
            assert await store.list_async(root) == [f"{root}/{name}" for name in ("a", "b", "file", "stream")]
            assert await store.get_async(f"{root}/file") == b"file"
            assert await store.get_async(f"{root}/stream") == _MEGABYTE * 20
            for name in ("a", "b", "file", "stream"):
                await store.delete_async(f"{root}/{name}")
            with pytest.raises(StorageError) as caught:
                await store.get_async(f"{root}/a")
            assert caught.value.uri == f"{root}/a"

        asyncio.run(use())
        asyncio.run(use())  # a loop that ended leaves the store as it was
        asyncio.run(store.put_async(f"{root}/a", b"3"))
        assert store.get(f"{root}/a") == b"3"

    def test_plain_verbs_work_under_a_running_loop(self, store: ObjectStore, root: str) -> None:
        async def use() -> bytes:
            store.put(f"{root}/a", b"1")
            store.put_stream(f"{root}/a", iter([b"1", b"2"]))
            return store.get(f"{root}/a")

        assert asyncio.run(use()) == b"12"

    def test_a_reader_sees_one_whole_object_while_others_write(self, store: ObjectStore, root: str) -> None:
        contents = [bytes([n]) * 200_000 for n in range(8)]
        store.put(f"{root}/a", contents[0])
        with ThreadPoolExecutor(8) as threads:
            writes = [threads.submit(store.put, f"{root}/a", data) for data in contents * 3]
            reads = [threads.submit(store.get, f"{root}/a") for _ in range(20)]
        assert [write.result() for write in writes] == [None] * 24
        assert {read.result() for read in reads} <= set(contents)
        assert store.list(root) == [f"{root}/a"]

    def test_a_cancelled_write_leaves_nothing(self, store: ObjectStore, root: str) -> None:
        begun = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield _MEGABYTE
                begun.set()
                await asyncio.sleep(0.001)

        async def use(put: Awaitable[None]) -> None:
            task = asyncio.ensure_future(put)
            await begun.wait()
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(use(store.put_stream_async(f"{root}/a", endless())))
        assert store.list(root) == []

    def test_many_objects_go_up_and_come_down(self, store: ObjectStore, root: str) -> None:
        items = {f"{root}/{n}": str(n).encode() for n in range(100)}
        upload(store, items)
        assert download(store, items) == items


class _Chunk(bytes):
    """Bytes that count how many of them are alive."""

    alive: ClassVar[int] = 0
    most: ClassVar[int] = 0

    def __init__(self, *_: object) -> None:
        _Chunk.alive += 1
        _Chunk.most = max(_Chunk.most, _Chunk.alive)

    def __del__(self) -> None:
        _Chunk.alive -= 1
