"""Objects in this process's memory: for tests, and for values that need no disk."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable
from threading import Lock
from typing import ParamSpec, TypeVar

from flytetypes.errors import ObjectNotFound, StorageError
from flytetypes.storage._store import ObjectInfo, Uris
from flytetypes.storage._twins import SyncFirst

P = ParamSpec("P")
R = TypeVar("R")

SCHEME = "memory://"


class MemoryStore(SyncFirst):
    """Objects under `memory://bucket/key`, as long as the store lives. Two stores share nothing."""

    def __init__(self) -> None:
        self._objects: dict[str, tuple[bytes, int]] = {}
        self._puts = 0
        self._lock = Lock()

    def get(self, uri: str) -> bytes:
        return self._object(uri)[0]

    def put(self, uri: str, data: bytes) -> None:
        with self._lock:
            self._puts += 1
            self._objects[_checked(uri)] = bytes(data), self._puts

    def copy(self, source: str, target: str) -> None:
        self.put(target, self.get(source))

    def stat(self, uri: str) -> ObjectInfo:
        data, put = self._object(uri)
        return ObjectInfo(uri, len(data), str(put))

    def get_range_of(self, info: ObjectInfo, start: int, length: int) -> bytes:
        """A part of the object as it was when `stat` told of it."""
        return self._unless_replaced(info, self.get_range(info.uri, start, length))

    async def get_range_of_async(self, info: ObjectInfo, start: int, length: int) -> bytes:
        """As `get_range_of`."""
        return self._unless_replaced(info, await self.get_range_async(info.uri, start, length))

    def _unless_replaced(self, info: ObjectInfo, part: bytes) -> bytes:
        if self.stat(info.uri).version != info.version:
            reason = "it was replaced while it was read: read it again"
            raise StorageError(f"cannot read `{info.uri}`: {reason}", uri=info.uri)
        return part

    def delete(self, uri: str) -> None:
        with self._lock:
            self._objects.pop(_checked(uri), None)

    def list(self, prefix: str) -> Uris:
        below = f"{_checked(prefix).rstrip('/')}/"
        with self._lock:
            return sorted(uri for uri in self._objects if uri.startswith(below))

    async def get_stream_async(self, uri: str) -> AsyncIterator[bytes]:
        for part in self.get_stream(uri):
            yield part

    async def put_stream_async(self, uri: str, chunks: AsyncIterable[bytes]) -> None:
        self.put(uri, b"".join([chunk async for chunk in chunks]))

    def _object(self, uri: str) -> tuple[bytes, int]:
        with self._lock:
            found = self._objects.get(_checked(uri))
        if found is None:
            raise ObjectNotFound(f"there is no object at `{uri}`", uri=uri)
        return found

    async def _run(self, verb: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return verb(*args, **kwargs)  # never waits, so no thread


def _checked(uri: str) -> str:
    if not uri.startswith(SCHEME):
        raise StorageError(f"a memory store has objects at `memory://bucket/key`, got `{uri}`", uri=uri)
    return uri
