"""What a store can do. Whoever writes one proves it with `flytetypes.testing.StoreSuite`."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from typing import Final, Protocol, TypeAlias, runtime_checkable

from typing_extensions import Buffer

from flytetypes._record import Record

PART_BYTES: Final = 8 << 20
"""How much is held of an object that passes by in parts."""


class ObjectInfo(Record):
    """What a store says of an object without reading it.

    Attributes:
        uri: Where it is.
        size_bytes: How long it is.
        version: A text that changes whenever the content does (an entity tag, a time of change); None when the store
            has none.
    """

    uri: str
    size_bytes: int
    version: str | None = None


Uris: TypeAlias = list[str]
"""`list[str]`, for classes in which `list` is a verb."""


@runtime_checkable
class VersionedRanges(Protocol):
    """A store that can read a part of just one version of an object; others need not."""

    def get_range_of(self, info: ObjectInfo, start: int, length: int) -> bytes:
        """As `get_range`, all of it; `StorageError` when the object is not the one any more that `stat` told of."""
        ...

    async def get_range_of_async(self, info: ObjectInfo, start: int, length: int) -> Buffer:
        """As `get_range_of`, in what the engine has it in."""
        ...


@runtime_checkable
class HashedFiles(Protocol):
    """A store that can hash what it writes to a file while it comes; others need not."""

    async def get_hashed_file_async(self, uri: str, path: str, check: Callable[[str], None]) -> None:
        """As `get_file_async`, of an object whose digest, `sha256:` and hex digits, passes the check.

        Args:
            uri: The object.
            path: The file.
            check: Raises for a digest that is not the right one: there is no file then.
        """
        ...


@runtime_checkable
class SmallObjects(Protocol):
    """A store that moves small objects quicker in threads that wait than on a loop; others need not.

    Both verbs try once: what fails and may pass, the caller tries in the usual way.
    """

    def put_small(self, uri: str, data: bytes) -> None:
        """As `put`, of what is small."""
        ...

    def get_small(self, uri: str) -> Buffer | None:
        """As `get`; None for an object that is not small."""
        ...


@runtime_checkable
class ObjectStore(Protocol):
    """Objects of bytes by absolute URI (`s3://bucket/key`, `/tmp/x`), as object stores have them: no directories.

    A store may be used by many threads and loops at a time. Every verb raises `StorageError`, with the URI that it was
    asked for, when the store cannot do it: `ObjectNotFound` when there is no such object, `AccessDenied` when it may
    not be touched. What is written appears whole or not at all. To write a store, derive from `SyncFirst` or
    `AsyncFirst` and write five verbs; the others have forms that use those.
    """

    def get(self, uri: str) -> bytes:
        """The object."""
        ...

    def get_range(self, uri: str, start: int, length: int) -> bytes:
        """`length` bytes of the object from `start` on; fewer where it ends before, none beyond its end."""
        ...

    def get_stream(self, uri: str) -> Iterator[bytes]:
        """The object in parts, in order; raises at the first part when there is none."""
        ...

    def get_file(self, uri: str, path: str) -> None:
        """Write the object to a file on this machine, in place of an older one; its directory exists."""
        ...

    def put(self, uri: str, data: bytes) -> None:
        """Write an object, in place of an older one. Nobody ever reads half of it."""
        ...

    def put_stream(self, uri: str, chunks: Iterable[bytes]) -> None:
        """Write an object of the chunks, in order, none of which is kept. When iterating raises, nothing is written."""
        ...

    def put_file(self, uri: str, path: str) -> None:
        """Write an object of what a file on this machine holds."""
        ...

    def copy(self, source: str, target: str) -> None:
        """Write an object of what another one of this store holds, in the store itself where it can."""
        ...

    def stat(self, uri: str) -> ObjectInfo:
        """What is known of the object."""
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

    async def get_range_async(self, uri: str, start: int, length: int) -> bytes:
        """As `get_range`."""
        ...

    def get_stream_async(self, uri: str) -> AsyncIterator[bytes]:
        """As `get_stream`."""
        ...

    async def get_file_async(self, uri: str, path: str) -> None:
        """As `get_file`."""
        ...

    async def put_async(self, uri: str, data: bytes) -> None:
        """As `put`."""
        ...

    async def put_stream_async(self, uri: str, chunks: AsyncIterable[bytes]) -> None:
        """As `put_stream`."""
        ...

    async def put_file_async(self, uri: str, path: str) -> None:
        """As `put_file`."""
        ...

    async def copy_async(self, source: str, target: str) -> None:
        """As `copy`."""
        ...

    async def stat_async(self, uri: str) -> ObjectInfo:
        """As `stat`."""
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
