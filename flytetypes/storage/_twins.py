"""The other half of a store: async verbs from plain ones, and plain verbs from async ones.

Both bases give every verb but five a form that uses those five. A store that can do better writes the verb itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from flytetypes.errors import ObjectNotFound, StorageError
from flytetypes.storage._copies import copy_of
from flytetypes.storage._io_thread import in_own_thread, run_sync
from flytetypes.storage._local_files import file_chunks
from flytetypes.storage._store import PART_BYTES, ObjectInfo, ObjectStore, Uris

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future

P = ParamSpec("P")
R = TypeVar("R")

_END = object()


class SyncFirst(ObjectStore, ABC):
    """An `ObjectStore` for code that blocks: write the plain verbs, and the async ones run them in threads."""

    @abstractmethod
    def get(self, uri: str) -> bytes: ...

    @abstractmethod
    def put(self, uri: str, data: bytes) -> None: ...

    @abstractmethod
    def stat(self, uri: str) -> ObjectInfo: ...

    @abstractmethod
    def delete(self, uri: str) -> None: ...

    @abstractmethod
    def list(self, prefix: str) -> Uris: ...

    def get_range(self, uri: str, start: int, length: int) -> bytes:
        return self.get(uri)[start : start + length]

    def get_stream(self, uri: str) -> Iterator[bytes]:
        size = self.stat(uri).size_bytes
        for start in range(0, size, PART_BYTES):
            yield _whole_part(uri, start, min(PART_BYTES, size - start), self.get_range(uri, start, PART_BYTES))

    def get_file(self, uri: str, path: str) -> None:
        with copy_of(uri, path) as file:
            for part in self.get_stream(uri):
                file.write(part)

    def put_stream(self, uri: str, chunks: Iterable[bytes]) -> None:
        self.put(uri, b"".join(chunks))

    def put_file(self, uri: str, path: str) -> None:
        self.put_stream(uri, file_chunks(path, PART_BYTES))

    def copy(self, source: str, target: str) -> None:
        self.put_stream(target, self.get_stream(source))

    def exists(self, uri: str) -> bool:
        try:
            self.stat(uri)
        except ObjectNotFound:
            return False
        return True

    async def get_async(self, uri: str) -> bytes:
        return await self._run(self.get, uri)

    async def get_range_async(self, uri: str, start: int, length: int) -> bytes:
        return await self._run(self.get_range, uri, start, length)

    async def get_stream_async(self, uri: str) -> AsyncIterator[bytes]:
        parts = self.get_stream(uri)
        while (part := await self._run(next, parts, None)) is not None:
            yield part

    async def get_file_async(self, uri: str, path: str) -> None:
        await self._run(self.get_file, uri, path)

    async def put_async(self, uri: str, data: bytes) -> None:
        await self._run(self.put, uri, data)

    async def put_stream_async(self, uri: str, chunks: AsyncIterable[bytes]) -> None:
        """As `put_stream`: a thread writes what this loop iterates."""
        import asyncio

        pulled = _Pulled(aiter(chunks), asyncio.get_running_loop())
        writing = asyncio.ensure_future(in_own_thread(lambda: self.put_stream(uri, pulled)))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            pulled.abandon()  # the thread has to end too, so that nothing is written afterwards
            await asyncio.wait([writing])
            raise

    async def put_file_async(self, uri: str, path: str) -> None:
        await self._run(self.put_file, uri, path)

    async def copy_async(self, source: str, target: str) -> None:
        await self._run(self.copy, source, target)

    async def stat_async(self, uri: str) -> ObjectInfo:
        return await self._run(self.stat, uri)

    async def exists_async(self, uri: str) -> bool:
        return await self._run(self.exists, uri)

    async def delete_async(self, uri: str) -> None:
        await self._run(self.delete, uri)

    async def list_async(self, prefix: str) -> Uris:
        return await self._run(self.list, prefix)

    async def _run(self, verb: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a plain verb without holding up the loop; a store whose verbs never wait calls it directly."""
        import asyncio

        return await asyncio.to_thread(verb, *args, **kwargs)


class AsyncFirst(ObjectStore, ABC):
    """An `ObjectStore` for async clients: write the async verbs; the plain ones run them on the I/O thread.

    There is one I/O thread with one loop in a process, so a client that belongs to a loop can be kept for the plain
    verbs; one that callers await on loops of their own has to be kept for each loop.
    """

    @abstractmethod
    async def get_async(self, uri: str) -> bytes: ...

    @abstractmethod
    async def put_async(self, uri: str, data: bytes) -> None: ...

    @abstractmethod
    async def stat_async(self, uri: str) -> ObjectInfo: ...

    @abstractmethod
    async def delete_async(self, uri: str) -> None: ...

    @abstractmethod
    async def list_async(self, prefix: str) -> Uris: ...

    async def get_range_async(self, uri: str, start: int, length: int) -> bytes:
        return (await self.get_async(uri))[start : start + length]

    async def get_stream_async(self, uri: str) -> AsyncIterator[bytes]:
        size = (await self.stat_async(uri)).size_bytes
        for start in range(0, size, PART_BYTES):
            part = await self.get_range_async(uri, start, PART_BYTES)
            yield _whole_part(uri, start, min(PART_BYTES, size - start), part)

    async def get_file_async(self, uri: str, path: str) -> None:
        with copy_of(uri, path) as file:
            async for part in self.get_stream_async(uri):
                file.write(part)

    async def put_stream_async(self, uri: str, chunks: AsyncIterable[bytes]) -> None:
        await self.put_async(uri, b"".join([chunk async for chunk in chunks]))

    async def put_file_async(self, uri: str, path: str) -> None:
        await self.put_stream_async(uri, _in_thread(file_chunks(path, PART_BYTES)))

    async def copy_async(self, source: str, target: str) -> None:
        await self.put_stream_async(target, self.get_stream_async(source))

    async def exists_async(self, uri: str) -> bool:
        try:
            await self.stat_async(uri)
        except ObjectNotFound:
            return False
        return True

    def get(self, uri: str) -> bytes:
        return run_sync(self.get_async(uri))

    def get_range(self, uri: str, start: int, length: int) -> bytes:
        return run_sync(self.get_range_async(uri, start, length))

    def get_stream(self, uri: str) -> Iterator[bytes]:
        parts = self.get_stream_async(uri)
        try:
            while (part := run_sync(_next_or_none(parts))) is not None:
                yield part
        finally:
            if isinstance(parts, AsyncGenerator):  # left early: what it holds is given back now, not some time
                run_sync(parts.aclose())

    def get_file(self, uri: str, path: str) -> None:
        run_sync(self.get_file_async(uri, path))

    def put(self, uri: str, data: bytes) -> None:
        run_sync(self.put_async(uri, data))

    def put_stream(self, uri: str, chunks: Iterable[bytes]) -> None:
        run_sync(self.put_stream_async(uri, _in_thread(chunks)))

    def put_file(self, uri: str, path: str) -> None:
        run_sync(self.put_file_async(uri, path))

    def copy(self, source: str, target: str) -> None:
        run_sync(self.copy_async(source, target))

    def stat(self, uri: str) -> ObjectInfo:
        return run_sync(self.stat_async(uri))

    def exists(self, uri: str) -> bool:
        return run_sync(self.exists_async(uri))

    def delete(self, uri: str) -> None:
        run_sync(self.delete_async(uri))

    def list(self, prefix: str) -> Uris:
        return run_sync(self.list_async(prefix))


class _Pulled:
    """For a thread, the chunks that a loop iterates."""

    def __init__(self, chunks: AsyncIterator[bytes], loop: asyncio.AbstractEventLoop) -> None:
        self._chunks = chunks
        self._loop = loop
        self._next: Future[object] | None = None
        self._abandoned = False

    def __iter__(self) -> _Pulled:
        return self

    def __next__(self) -> bytes:
        import asyncio

        self._next = asyncio.run_coroutine_threadsafe(_next_or_end(self._chunks), self._loop)
        if self._abandoned:
            self._next.cancel()
        chunk = self._next.result()
        if chunk is _END:
            raise StopIteration
        return chunk  # type: ignore[return-value]  # not the end

    def abandon(self) -> None:
        """Make the thread's next step fail, and the one that it waits for."""
        self._abandoned = True
        if self._next is not None:
            self._next.cancel()


async def _in_thread(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    """What blocks while it iterates, for a loop. Not in a thread that the end of the process would wait for."""
    iterator = iter(chunks)
    while (chunk := await in_own_thread(lambda: next(iterator, None))) is not None:
        yield chunk


async def _next_or_end(iterator: AsyncIterator[bytes]) -> object:
    return await anext(iterator, _END)


async def _next_or_none(iterator: AsyncIterator[bytes]) -> bytes | None:
    return await anext(iterator, None)


def _whole_part(uri: str, start: int, expected: int, part: bytes) -> bytes:
    """A part, as long as it has to be."""
    if len(part) != expected:
        raise StorageError(
            f"`{uri}` was cut short: expected {expected} bytes from {start} on, got {len(part)}. It was replaced while "
            "it was read, or the connection ended early: read it again",
            uri=uri,
            transient=True,
        )
    return part
