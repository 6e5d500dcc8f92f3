"""The other half of a store: async verbs from plain ones, and plain verbs from async ones."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flytetypes.storage._io_thread import run_sync
from flytetypes.storage._store import ObjectStore, Uris

P = ParamSpec("P")
R = TypeVar("R")


class SyncFirst(ObjectStore, ABC):
    """An `ObjectStore` for code that blocks: write the plain verbs, and the async ones run them in threads."""

    @abstractmethod
    def get(self, uri: str) -> bytes: ...

    @abstractmethod
    def put(self, uri: str, data: bytes) -> None: ...

    @abstractmethod
    def exists(self, uri: str) -> bool: ...

    @abstractmethod
    def delete(self, uri: str) -> None: ...

    @abstractmethod
    def list(self, prefix: str) -> Uris: ...

    async def get_async(self, uri: str) -> bytes:
        return await self._run(self.get, uri)

    async def put_async(self, uri: str, data: bytes) -> None:
        await self._run(self.put, uri, data)

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
    async def exists_async(self, uri: str) -> bool: ...

    @abstractmethod
    async def delete_async(self, uri: str) -> None: ...

    @abstractmethod
    async def list_async(self, prefix: str) -> Uris: ...

    def get(self, uri: str) -> bytes:
        return run_sync(self.get_async(uri))

    def put(self, uri: str, data: bytes) -> None:
        run_sync(self.put_async(uri, data))

    def exists(self, uri: str) -> bool:
        return run_sync(self.exists_async(uri))

    def delete(self, uri: str) -> None:
        run_sync(self.delete_async(uri))

    def list(self, prefix: str) -> Uris:
        return run_sync(self.list_async(prefix))
