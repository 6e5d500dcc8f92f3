"""The store for a URI, by its scheme."""

import re
from collections.abc import Mapping
from functools import cache

from flytetypes.errors import StorageError
from flytetypes.storage._local import LocalStore
from flytetypes.storage._memory import MemoryStore
from flytetypes.storage._store import ObjectStore, Uris

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)  # RFC 3986, section 3.1


class StoreRouter(ObjectStore):
    """An `ObjectStore` that passes each verb on to the store of the URI's scheme; a path without one is a `file`.

    Args:
        stores: Scheme to store, in place of the default: `file`, and a `memory` of this router's own.
    """

    def __init__(self, stores: Mapping[str, ObjectStore] | None = None) -> None:
        self._stores = dict(stores) if stores is not None else {"file": LocalStore(), "memory": MemoryStore()}

    def store(self, uri: str) -> ObjectStore:
        """The store that has this URI; `StorageError` for a scheme that no store is for."""
        match = _SCHEME.match(uri)
        scheme = match[1].lower() if match else "file"
        store = self._stores.get(scheme)
        if store is None:
            supported = ", ".join(f"`{name}`" for name in sorted(self._stores))
            raise StorageError(f"no store for `{scheme}` of `{uri}`; there are stores for {supported}", uri=uri)
        return store

    def get(self, uri: str) -> bytes:
        return self.store(uri).get(uri)

    def put(self, uri: str, data: bytes) -> None:
        self.store(uri).put(uri, data)

    def exists(self, uri: str) -> bool:
        return self.store(uri).exists(uri)

    def delete(self, uri: str) -> None:
        self.store(uri).delete(uri)

    def list(self, prefix: str) -> Uris:
        return self.store(prefix).list(prefix)

    async def get_async(self, uri: str) -> bytes:
        return await self.store(uri).get_async(uri)

    async def put_async(self, uri: str, data: bytes) -> None:
        await self.store(uri).put_async(uri, data)

    async def exists_async(self, uri: str) -> bool:
        return await self.store(uri).exists_async(uri)

    async def delete_async(self, uri: str) -> None:
        await self.store(uri).delete_async(uri)

    async def list_async(self, prefix: str) -> Uris:
        return await self.store(prefix).list_async(prefix)


@cache
def default_store() -> StoreRouter:
    """The router that is used where no store is named: one for the process, with one memory."""
    return StoreRouter()
