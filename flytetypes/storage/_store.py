"""What a store can do. Whoever writes one proves it with `flytetypes.testing.StoreSuite`."""

from typing import Protocol, TypeAlias, runtime_checkable

Uris: TypeAlias = list[str]
"""`list[str]`, for classes in which `list` is a verb."""


@runtime_checkable
class ObjectStore(Protocol):
    """Whole objects of bytes by absolute URI (`s3://bucket/key`, `/tmp/x`), as object stores have them: no folders.

    A store may be used by many threads and loops at a time. Every verb raises `StorageError`, with the URI that it was
    asked for, when the store cannot do it. To write one, derive from `SyncFirst` or `AsyncFirst` and write five verbs.
    """

    def get(self, uri: str) -> bytes:
        """The object; `StorageError` when there is none."""
        ...

    def put(self, uri: str, data: bytes) -> None:
        """Write an object, in place of an older one. Nobody ever reads half of it."""
        ...

    def exists(self, uri: str) -> bool:
        """Whether there is an object at just this URI."""
        ...

    def delete(self, uri: str) -> None:
        """Remove an object. When there is none it is as good as removed: no error."""
        ...

    def list(self, prefix: str) -> Uris:
        """The URIs of all objects below this one, at any depth, sorted.

        The prefix counts as if it ended with one `/`: below `s3://b/run` is `s3://b/run/x`, and not `s3://b/run2`. The
        URIs begin with the prefix as it was given. None below it: an empty list.
        """
        ...

    async def get_async(self, uri: str) -> bytes:
        """As `get`."""
        ...

    async def put_async(self, uri: str, data: bytes) -> None:
        """As `put`."""
        ...

    async def exists_async(self, uri: str) -> bool:
        """As `exists`."""
        ...

    async def delete_async(self, uri: str) -> None:
        """As `delete`."""
        ...

    async def list_async(self, prefix: str) -> Uris:
        """As `list`."""
        ...
