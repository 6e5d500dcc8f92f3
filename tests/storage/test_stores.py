"""Our stores do what every store does, and what is special to each."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from flytetypes.errors import ObjectNotFound, StorageError
from flytetypes.storage import (
    AsyncFirst,
    LocalStore,
    MemoryStore,
    ObjectInfo,
    ObjectStore,
    StoreRouter,
    SyncFirst,
    default_store,
)
from flytetypes.storage._store import Uris
from flytetypes.testing import StoreSuite


class TestMemoryStore(StoreSuite):
    streams = False

    def make_store(self) -> ObjectStore:
        return MemoryStore()

    def test_two_stores_share_nothing(self, store: ObjectStore, root: str) -> None:
        store.put(f"{root}/a", b"")
        assert not MemoryStore().exists(f"{root}/a")

    def test_a_change_to_the_buffer_that_was_put_changes_nothing(self, store: ObjectStore, root: str) -> None:
        buffer = bytearray(b"before")
        store.put(f"{root}/a", buffer)  # type: ignore[arg-type]  # as careless callers do
        buffer[:] = b"after!"
        assert store.get(f"{root}/a") == b"before"

    def test_a_uri_of_another_scheme_is_refused(self, store: ObjectStore) -> None:
        with pytest.raises(StorageError) as caught:
            store.put("s3://bucket/key", b"")
        assert str(caught.value) == "a memory store has objects at `memory://bucket/key`, got `s3://bucket/key`"


class TestLocalStore(StoreSuite):
    def make_store(self) -> ObjectStore:
        return LocalStore()

    def make_root(self, tmp_path: Path) -> str:
        return str(tmp_path / "root")


class TestLocalStoreByUri(TestLocalStore):
    def make_root(self, tmp_path: Path) -> str:
        return f"file://{tmp_path}/root"


class TestRouter(StoreSuite):
    streams = False  # it is the memory's

    def make_store(self) -> ObjectStore:
        return StoreRouter()


class Five:
    """What somebody's client can do."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def get(self, uri: str) -> bytes:
        if uri not in self.objects:
            raise ObjectNotFound(f"there is nothing at `{uri}`", uri=uri)
        return self.objects[uri]

    def put(self, uri: str, data: bytes) -> None:
        self.objects[uri] = data

    def stat(self, uri: str) -> ObjectInfo:
        return ObjectInfo(uri, len(self.get(uri)))

    def delete(self, uri: str) -> None:
        self.objects.pop(uri, None)

    def list(self, prefix: str) -> Uris:
        return sorted(uri for uri in self.objects if uri.startswith(f"{prefix.rstrip('/')}/"))


class TestSyncFirst(StoreSuite):
    """A store that is written with the five plain verbs."""

    streams = False

    def make_store(self) -> ObjectStore:
        class Minimal(Five, SyncFirst):
            pass

        return Minimal()


class TestAsyncFirst(StoreSuite):
    """A store that is written with the five async verbs."""

    streams = False

    def make_store(self) -> ObjectStore:
        class Minimal(AsyncFirst):
            def __init__(self) -> None:
                self.inner = Five()

            async def get_async(self, uri: str) -> bytes:
                await asyncio.sleep(0)
                return self.inner.get(uri)

            async def put_async(self, uri: str, data: bytes) -> None:
                await asyncio.sleep(0)
                self.inner.put(uri, data)

            async def stat_async(self, uri: str) -> ObjectInfo:
                return self.inner.stat(uri)

            async def delete_async(self, uri: str) -> None:
                self.inner.delete(uri)

            async def list_async(self, prefix: str) -> Uris:
                return self.inner.list(prefix)

        return Minimal()


def test_a_path_and_its_uri_are_one_object(tmp_path: Any) -> None:
    store = LocalStore()
    store.put(f"file://{tmp_path}/a/b", b"x")
    assert store.get(f"{tmp_path}/a/b") == b"x"
    assert store.list(f"file://{tmp_path}") == [f"file://{tmp_path}/a/b"]
    assert store.list(str(tmp_path)) == [f"{tmp_path}/a/b"]


def test_an_object_below_a_file_cannot_be_written(tmp_path: Any) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError) as caught:
        LocalStore().put(f"{tmp_path}/file/directory/a", b"")
    assert str(caught.value) == f"cannot write `{tmp_path}/file/directory/a`: Not a directory"
    assert caught.value.uri == f"{tmp_path}/file/directory/a"


def test_a_failed_put_leaves_nothing_behind(tmp_path: Any) -> None:
    (tmp_path / "directory").mkdir()
    with pytest.raises(StorageError):
        LocalStore().put(f"{tmp_path}/directory", b"data")
    assert [path.name for path in tmp_path.iterdir()] == ["directory"]


def test_a_directory_is_no_object(tmp_path: Any) -> None:
    with pytest.raises(ObjectNotFound) as caught:
        LocalStore().get(str(tmp_path))
    assert str(caught.value) == f"there is no file at `{tmp_path}`, but a directory"
    with pytest.raises(StorageError):
        LocalStore().put("/", b"")
    assert not LocalStore().exists(str(tmp_path))


def test_an_unfinished_object_is_not_listed(tmp_path: Any) -> None:
    (tmp_path / ".flytetypes-0123456789abcdef.unfinished").write_bytes(b"half")
    assert LocalStore().list(str(tmp_path)) == []


def test_a_path_with_a_null_character_is_a_storage_error() -> None:
    for verb in (LocalStore().get, LocalStore().delete):
        with pytest.raises(StorageError, match="null"):
            verb("/tmp/a\0b")
    with pytest.raises(StorageError, match="null"):
        LocalStore().put("/tmp/a\0b", b"")
    assert not LocalStore().exists("/tmp/a\0b")


def test_an_object_has_the_permissions_of_any_file_of_this_user(tmp_path: Any) -> None:
    (tmp_path / "plain").write_bytes(b"")
    LocalStore().put(f"{tmp_path}/object", b"")
    assert (tmp_path / "object").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_the_scheme_picks_the_store() -> None:
    local, memory = LocalStore(), MemoryStore()
    router = StoreRouter({"file": local, "memory": memory})
    assert router.store("/tmp/x") is router.store("file:///tmp/x") is router.store("x:y/z") is local
    assert router.store("memory://b/k") is memory


def test_an_unknown_scheme_is_an_error_that_says_which_are_known() -> None:
    with pytest.raises(StorageError) as caught:
        StoreRouter({"file": LocalStore(), "memory": MemoryStore()}).get("s3://bucket/key")
    assert str(caught.value) == "no store for `s3` of `s3://bucket/key`; there are stores for `file`, `memory`"
    assert caught.value.uri == "s3://bucket/key"


def test_the_default_store_is_one_for_the_process() -> None:
    assert default_store() is default_store()


def test_importing_storage_does_not_load_asyncio() -> None:
    script = "import sys, flytetypes.storage; assert not {'asyncio', 'fsspec', 'concurrent.futures'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)
