"""The store for a URI, by its scheme."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from flytetypes._exports import lazy_names
from flytetypes._redact import shown
from flytetypes.errors import StorageError
from flytetypes.storage._local import LocalStore
from flytetypes.storage._memory import MemoryStore
from flytetypes.storage._store import ObjectInfo, ObjectStore, Uris

if TYPE_CHECKING:
    from flytetypes.storage._config import StorageConfig

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)  # RFC 3986, section 3.1

# Most programs have no store but their disk, and need none of this.
_load = lazy_names(
    __name__,
    {
        "flytetypes.storage._config": ("StorageConfig",),
        "flytetypes.storage._open": ("family_of", "open_store"),
    },
)


class StoreRouter(ObjectStore):
    """An `ObjectStore` that passes each verb on to the store of the URI's scheme; a path without one is a `file`.

    Args:
        stores: Scheme to store, and no other schemes. By default there are `file`, a `memory` of this router's own,
            and whatever else obstore and fsspec know, which is opened when it is first needed.
        config: For the stores that are opened; by default `StorageConfig.load()`, when the first one is.
    """

    def __init__(self, stores: Mapping[str, ObjectStore] | None = None, *, config: StorageConfig | None = None) -> None:
        self._opens = stores is None
        self._stores = dict(stores) if stores is not None else {"file": LocalStore(), "memory": MemoryStore()}
        self._opened: dict[tuple[int, str], ObjectStore] = {}
        self._config = config
        self._lock = Lock()

    def store(self, uri: str) -> ObjectStore:
        """The store that has this URI; `StorageError` for a scheme that no store is for."""
        scheme = scheme_of(uri)
        store = self._stores.get(scheme)
        if store is not None:
            return store
        if self._opens:
            return self._open(scheme)
        supported = ", ".join(f"`{name}`" for name in sorted(self._stores))
        raise StorageError(f"no store for `{scheme}` of `{shown(uri)}`; there are stores for {supported}", uri=uri)

    def _open(self, scheme: str) -> ObjectStore:
        family = _load("family_of")(scheme)
        key = os.getpid(), family  # in a process that was forked another engine may be the right one
        with self._lock:
            store = self._opened.get(key)
            if store is None:
                if self._config is None:
                    self._config = _load("StorageConfig").load()
                store = self._opened[key] = _load("open_store")(family, self._config)
            return store

    def get(self, uri: str) -> bytes:
        return self.store(uri).get(uri)

    def get_range(self, uri: str, start: int, length: int) -> bytes:
        return self.store(uri).get_range(uri, start, length)

    def get_stream(self, uri: str) -> Iterator[bytes]:
        return self.store(uri).get_stream(uri)

    def get_file(self, uri: str, path: str) -> None:
        self.store(uri).get_file(uri, path)

    def put(self, uri: str, data: bytes) -> None:
        self.store(uri).put(uri, data)

    def put_stream(self, uri: str, chunks: Iterable[bytes]) -> None:
        self.store(uri).put_stream(uri, chunks)

    def put_file(self, uri: str, path: str) -> None:
        self.store(uri).put_file(uri, path)

    def copy(self, source: str, target: str) -> None:
        there = self.store(target)
        if self.store(source) is there:
            there.copy(source, target)
        else:
            there.put_stream(target, self.get_stream(source))

    def stat(self, uri: str) -> ObjectInfo:
        return self.store(uri).stat(uri)

    def exists(self, uri: str) -> bool:
        return self.store(uri).exists(uri)

    def delete(self, uri: str) -> None:
        self.store(uri).delete(uri)

    def list(self, prefix: str) -> Uris:
        return self.store(prefix).list(prefix)

    async def get_async(self, uri: str) -> bytes:
        return await self.store(uri).get_async(uri)

    async def get_range_async(self, uri: str, start: int, length: int) -> bytes:
        return await self.store(uri).get_range_async(uri, start, length)

    def get_stream_async(self, uri: str) -> AsyncIterator[bytes]:
        return self.store(uri).get_stream_async(uri)

    async def get_file_async(self, uri: str, path: str) -> None:
        await self.store(uri).get_file_async(uri, path)

    async def put_async(self, uri: str, data: bytes) -> None:
        await self.store(uri).put_async(uri, data)

    async def put_stream_async(self, uri: str, chunks: AsyncIterable[bytes]) -> None:
        await self.store(uri).put_stream_async(uri, chunks)

    async def put_file_async(self, uri: str, path: str) -> None:
        await self.store(uri).put_file_async(uri, path)

    async def copy_async(self, source: str, target: str) -> None:
        there = self.store(target)
        if self.store(source) is there:
            await there.copy_async(source, target)
        else:
            await there.put_stream_async(target, self.get_stream_async(source))

    async def stat_async(self, uri: str) -> ObjectInfo:
        return await self.store(uri).stat_async(uri)

    async def exists_async(self, uri: str) -> bool:
        return await self.store(uri).exists_async(uri)

    async def delete_async(self, uri: str) -> None:
        await self.store(uri).delete_async(uri)

    async def list_async(self, prefix: str) -> Uris:
        return await self.store(prefix).list_async(prefix)


def scheme_of(uri: str) -> str:
    """The scheme of a URI in lower case; `file` for a path."""
    match = _SCHEME.match(uri)
    return match[1].lower() if match else "file"


@cache
def default_store() -> StoreRouter:
    """The router that is used where no store is named: one for the process, with one memory."""
    return StoreRouter()
