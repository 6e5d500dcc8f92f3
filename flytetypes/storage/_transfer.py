"""Many objects at a time: concurrent, bounded, and all of them or an error."""

from collections.abc import Awaitable, Callable, Iterable, Mapping

from flytetypes.errors import StorageError
from flytetypes.storage._io_thread import run_sync
from flytetypes.storage._store import ObjectStore


def upload(store: ObjectStore, items: Mapping[str, bytes], *, limit: int = 32) -> None:
    """Write objects.

    Args:
        store: Where to.
        items: URI to content.
        limit: How many are written at the same time.

    Raises:
        StorageError: For the first object that could not be written; `error.uri` names it. Those that were written
            before it stay, since what they replaced is gone; those that were not yet begun are not written.
    """
    run_sync(upload_async(store, items, limit=limit))


async def upload_async(store: ObjectStore, items: Mapping[str, bytes], *, limit: int = 32) -> None:
    """As `upload`."""

    async def put(uri: str) -> None:
        await store.put_async(uri, items[uri])

    await _each(put, items, limit)


def download(
    store: ObjectStore, uris: Iterable[str], *, limit: int = 32, max_bytes: int | None = None
) -> dict[str, bytes]:
    """Read objects.

    Args:
        store: Where from.
        uris: Repeats are read once.
        limit: How many are read at the same time.
        max_bytes: How many bytes all objects together may have; None for no bound.

    Returns:
        URI to content, in the order of `uris`.

    Raises:
        StorageError: For the first object that could not be read, or that went beyond `max_bytes`; `error.uri` names
            it. Nothing is kept of the others.
    """
    return run_sync(download_async(store, uris, limit=limit, max_bytes=max_bytes))


async def download_async(
    store: ObjectStore, uris: Iterable[str], *, limit: int = 32, max_bytes: int | None = None
) -> dict[str, bytes]:
    """As `download`."""
    contents = dict.fromkeys(uris, b"")
    total = 0

    async def get(uri: str) -> None:
        nonlocal total
        data = await store.get_async(uri)
        total += len(data)
        if max_bytes is not None and total > max_bytes:
            raise StorageError(f"downloading `{uri}` goes beyond the limit of {max_bytes:,} bytes", uri=uri)
        contents[uri] = data

    await _each(get, list(contents), limit)
    return contents


async def _each(verb: Callable[[str], Awaitable[None]], uris: Iterable[str], limit: int) -> None:
    """Await the verb for each URI, `limit` at a time; at the first failure cancel the rest and raise it."""
    import asyncio

    if limit < 1:
        raise ValueError(f"the limit of transfers at the same time is at least 1, got {limit}")
    waiting = list(uris)[::-1]

    async def work() -> None:
        while waiting:
            await verb(waiting.pop())

    first: BaseException | None = None
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(limit, len(waiting))):
                group.create_task(work())
    except BaseExceptionGroup as failed:
        first = failed.exceptions[0]
    if first is not None:  # raised out here, so that the group is not its context
        raise first
