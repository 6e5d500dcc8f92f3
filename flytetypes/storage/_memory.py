"""Objects in this process's memory: for tests, and for values that need no disk."""

from collections.abc import Callable
from threading import Lock
from typing import ParamSpec, TypeVar

from flytetypes.errors import StorageError
from flytetypes.storage._store import Uris
from flytetypes.storage._twins import SyncFirst

P = ParamSpec("P")
R = TypeVar("R")

SCHEME = "memory://"


class MemoryStore(SyncFirst):
    """Objects under `memory://bucket/key`, as long as the store lives. Two stores share nothing."""

    def __init__(self) -> None:
        self._objects: dict[str, bytes] = {}
        self._lock = Lock()

    def get(self, uri: str) -> bytes:
        with self._lock:
            data = self._objects.get(_checked(uri))
        if data is None:
            raise StorageError(f"there is no object at `{uri}`", uri=uri)
        return data

    def put(self, uri: str, data: bytes) -> None:
        with self._lock:
            self._objects[_checked(uri)] = bytes(data)

    def exists(self, uri: str) -> bool:
        with self._lock:
            return _checked(uri) in self._objects

    def delete(self, uri: str) -> None:
        with self._lock:
            self._objects.pop(_checked(uri), None)

    def list(self, prefix: str) -> Uris:
        below = f"{_checked(prefix).rstrip('/')}/"
        with self._lock:
            return sorted(uri for uri in self._objects if uri.startswith(below))

    async def _run(self, verb: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return verb(*args, **kwargs)  # never waits, so no thread


def _checked(uri: str) -> str:
    if not uri.startswith(SCHEME):
        raise StorageError(f"a memory store has objects at `memory://bucket/key`, got `{uri}`", uri=uri)
    return uri
