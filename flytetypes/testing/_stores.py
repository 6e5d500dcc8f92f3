# ruff: noqa: S101 - the asserts are what this module is for
"""What every `ObjectStore` has to do, as tests.

class TestS3Store(StoreSuite):
    def make_store(self) -> ObjectStore:
        return S3Store(endpoint=...)

    def make_root(self, tmp_path: Path) -> str:
        return f"s3://tests/{uuid4()}"
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from flytetypes.errors import StorageError
from flytetypes.storage import ObjectStore, download, upload

AWKWARD_NAMES = ["with space", "ünï", "100%25", "a+b", "plus?query", "hash#mark", "a:b", ".hidden", "x" * 200]


class StoreSuite:
    """Tests for a store; subclass it in a test file, under a name that begins with `Test`."""

    def make_store(self) -> ObjectStore:
        """The store to test: called once for each test."""
        raise NotImplementedError

    def make_root(self, tmp_path: Path) -> str:  # noqa: ARG002 - for stores on disk
        """A URI, without a `/` at its end, below which nothing is yet and the test may write."""
        return f"memory://store-suite/{uuid4()}"

    @pytest.fixture
    def store(self) -> ObjectStore:
        return self.make_store()

    @pytest.fixture
    def root(self, tmp_path: Path) -> str:
        return self.make_root(tmp_path)

    def test_it_is_an_object_store(self, store: ObjectStore) -> None:
        assert isinstance(store, ObjectStore)

    @pytest.mark.parametrize("size_bytes", [0, 1, 3_000_000])
    def test_what_is_put_is_got(self, store: ObjectStore, root: str, size_bytes: int) -> None:
        data = bytes(range(256)) * (size_bytes // 256) + b"\xff" * (size_bytes % 256)
        store.put(f"{root}/deep/down/object", data)
        back = store.get(f"{root}/deep/down/object")
        assert back == data
        assert type(back) is bytes

    @pytest.mark.parametrize("name", AWKWARD_NAMES)
    def test_a_name_is_taken_as_it_is(self, store: ObjectStore, root: str, name: str) -> None:
        store.put(f"{root}/{name}", name.encode())
        assert store.get(f"{root}/{name}") == name.encode()
        assert store.exists(f"{root}/{name}")
        assert store.list(root) == [f"{root}/{name}"]

    def test_the_last_put_counts(self, store: ObjectStore, root: str) -> None:
        store.put(f"{root}/a", b"first, and longer")
        store.put(f"{root}/a", b"second")
        assert store.get(f"{root}/a") == b"second"

    def test_getting_nothing_is_an_error_that_names_the_uri(self, store: ObjectStore, root: str) -> None:
        with pytest.raises(StorageError) as caught:
            store.get(f"{root}/missing")
        assert caught.value.uri == f"{root}/missing"
        assert f"`{root}/missing`" in str(caught.value)

    def test_an_object_exists_and_what_leads_to_it_does_not(self, store: ObjectStore, root: str) -> None:
        store.put(f"{root}/folder/a", b"")
        assert store.exists(f"{root}/folder/a")
        assert not store.exists(f"{root}/folder")
        assert not store.exists(f"{root}/folder/b")
        assert not store.exists(f"{root}/folder/a/b")

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

    def test_async_verbs_do_the_same(self, store: ObjectStore, root: str) -> None:
        async def use() -> None:
            await store.put_async(f"{root}/a", b"1")
            await store.put_async(f"{root}/b", b"2")
            assert await store.get_async(f"{root}/a") == b"1"
            await store.delete_async(f"{root}/a")
            assert not await store.exists_async(f"{root}/a")
            assert await store.exists_async(f"{root}/b")
            assert await store.list_async(root) == [f"{root}/b"]
            with pytest.raises(StorageError) as caught:
                await store.get_async(f"{root}/a")
            assert caught.value.uri == f"{root}/a"

        asyncio.run(use())
        asyncio.run(store.put_async(f"{root}/a", b"3"))  # a loop that ended leaves the store as it was
        assert store.get(f"{root}/a") == b"3"

    def test_plain_verbs_work_under_a_running_loop(self, store: ObjectStore, root: str) -> None:
        async def use() -> bytes:
            store.put(f"{root}/a", b"1")
            return store.get(f"{root}/a")

        assert asyncio.run(use()) == b"1"

    def test_a_reader_sees_one_whole_object_while_others_write(self, store: ObjectStore, root: str) -> None:
        contents = [bytes([n]) * 200_000 for n in range(8)]
        store.put(f"{root}/a", contents[0])
        with ThreadPoolExecutor(8) as threads:
            writes = [threads.submit(store.put, f"{root}/a", data) for data in contents * 3]
            reads = [threads.submit(store.get, f"{root}/a") for _ in range(20)]
        assert [write.result() for write in writes] == [None] * 24
        assert {read.result() for read in reads} <= set(contents)
        assert store.list(root) == [f"{root}/a"]

    def test_many_objects_go_up_and_come_down(self, store: ObjectStore, root: str) -> None:
        items = {f"{root}/{n}": str(n).encode() for n in range(100)}
        upload(store, items)
        assert download(store, items) == items
