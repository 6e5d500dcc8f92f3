"""Many objects at a time: concurrent, bounded, all or an error."""

import asyncio
from typing import Any

import pytest

from flytetypes.errors import StorageError
from flytetypes.storage import MemoryStore, download, download_async, upload, upload_async


class SlowStore(MemoryStore):
    """A memory that takes a moment, and notes how busy it is; `broken` URIs fail."""

    def __init__(self, *broken: str) -> None:
        super().__init__()
        self.broken = broken
        self.begun: list[str] = []
        self.busy = self.most_busy = 0

    async def _wait(self, uri: str) -> None:
        self.begun.append(uri)
        self.busy += 1
        self.most_busy = max(self.busy, self.most_busy)
        try:
            await asyncio.sleep(0.001)
            if uri in self.broken:
                raise StorageError(f"cannot move `{uri}`", uri=uri)
            await asyncio.sleep(0.001)
        finally:
            self.busy -= 1

    async def get_async(self, uri: str) -> bytes:
        await self._wait(uri)
        return await super().get_async(uri)

    async def put_async(self, uri: str, data: bytes) -> None:
        await self._wait(uri)
        await super().put_async(uri, data)


def items(count: int) -> dict[str, bytes]:
    return {f"memory://b/{n:03}": bytes([n]) for n in range(count)}


@pytest.mark.parametrize("limit", [1, 7, 32])
def test_no_more_than_the_limit_move_at_the_same_time(limit: Any) -> None:
    store = SlowStore()
    upload(store, items(50), limit=limit)
    assert store.most_busy == limit
    store.most_busy = 0
    assert download(store, items(50), limit=limit) == items(50)
    assert store.most_busy == limit
    assert store.busy == 0


def test_repeats_are_read_once_and_the_order_is_kept() -> None:
    store = SlowStore()
    upload(store, items(3))
    store.begun.clear()
    uris = ["memory://b/002", "memory://b/000", "memory://b/002"]
    assert list(download(store, iter(uris))) == ["memory://b/002", "memory://b/000"]
    assert sorted(store.begun) == ["memory://b/000", "memory://b/002"]


def test_a_failed_download_names_the_uri_and_stops_the_rest() -> None:
    store = SlowStore("memory://b/010")
    for uri, data in items(100).items():
        store.put(uri, data)
    with pytest.raises(StorageError) as caught:
        download(store, items(100), limit=4)
    assert caught.value.uri == "memory://b/010"
    assert str(caught.value) == "cannot move `memory://b/010`"
    assert caught.value.__context__ is None
    assert len(store.begun) < 20
    assert store.busy == 0


def test_a_failed_upload_names_the_uri_and_stops_the_rest() -> None:
    store = SlowStore("memory://b/010")
    with pytest.raises(StorageError) as caught:
        upload(store, items(100), limit=4)
    assert caught.value.uri == "memory://b/010"
    assert not store.exists("memory://b/099")


def test_downloads_are_bounded_in_bytes() -> None:
    store = MemoryStore()
    upload(store, {"memory://b/a": b"x" * 600, "memory://b/b": b"x" * 600})
    assert len(download(store, ["memory://b/a"], max_bytes=600)) == 1
    with pytest.raises(StorageError) as caught:
        download(store, ["memory://b/a", "memory://b/b"], limit=1, max_bytes=1_199)
    assert str(caught.value) == "downloading `memory://b/b` goes beyond the limit of 1,199 bytes"


def test_plain_transfers_work_under_a_running_loop() -> None:
    async def notebook() -> dict[str, bytes]:
        store = SlowStore()
        upload(store, items(5))
        return download(store, items(5))

    assert asyncio.run(notebook()) == items(5)


def test_async_twins_do_the_same() -> None:
    async def use() -> dict[str, bytes]:
        store = SlowStore()
        await upload_async(store, items(5))
        return await download_async(store, items(5), max_bytes=5)

    assert asyncio.run(use()) == items(5)


def test_a_cancelled_transfer_is_cancelled() -> None:
    store = SlowStore()

    async def use() -> None:
        task = asyncio.create_task(upload_async(store, items(100), limit=2))
        await asyncio.sleep(0.005)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(use())
    assert store.busy == 0


def test_nothing_to_move_is_no_error_and_a_limit_of_none_is() -> None:
    assert download(MemoryStore(), []) == {}
    upload(MemoryStore(), {})
    with pytest.raises(ValueError, match=r"^the limit of transfers at the same time is at least 1, got 0$"):
        download(MemoryStore(), [], limit=0)
