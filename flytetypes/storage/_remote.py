"""What stores over a network have in common: names, retries, errors that name the URI, and large objects in parts.

An engine writes the requests and says what its errors mean; this is everything around them.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Generator, Iterable
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeVar
from weakref import WeakKeyDictionary

from typing_extensions import Buffer

from flytetypes._record import Record
from flytetypes._redact import redact, shown
from flytetypes.errors import ObjectNotFound, StorageError
from flytetypes.storage._copies import copy_of
from flytetypes.storage._io_thread import run_sync
from flytetypes.storage._retry import RetryPolicy
from flytetypes.storage._store import PART_BYTES, ObjectInfo, Uris
from flytetypes.storage._twins import AsyncFirst

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")

FIRST_BYTES: Final = 1 << 20
"""What is asked for before the size is known: most objects are smaller, and are one request."""

PARTS_IN_FLIGHT: Final = 4
"""How many parts of large objects one loop moves at a time: 32 MiB."""

_PARTS_SENT: Final = 3  # of one object: botocore holds each about four times (110 MB with five, measured)

_STRETCH_BYTES: Final = 32 << 20
"""How much of a large file is read in turn, by one request where the engine streams; `PARTS_IN_FLIGHT` at a time."""

_HASHED_BYTES: Final = 1 << 20

_READ_AHEAD: Final = 2

_LARGEST_COPY_BYTES: Final = 5 << 30  # with one request of S3 (API reference, CopyObject)

MOST_PARTS: Final = 10_000
"""Of an object in S3 (user guide, multipart upload limits)."""


class Failure(Record):
    """What an engine's exception means.

    Attributes:
        reason: Why it failed, in a few words, without the URI.
        kind: The error to raise.
        transient: Whether trying again may help.
        advice: What to look at.
    """

    reason: str
    kind: type[StorageError] = StorageError
    transient: bool = False
    advice: str = ""


class Beginning(Record):
    """The first bytes of an object, at most `FIRST_BYTES`, and what is known of the whole."""

    data: Buffer
    info: ObjectInfo


class Location(Record):
    """What a URI names: `s3://bucket/key`."""

    uri: str
    scheme: str
    bucket: str
    key: str


class RemoteStore(AsyncFirst):
    """An `ObjectStore` of what an engine can do with one request, or with one upload in parts.

    Args:
        retry: How transient failures are tried again.
        secrets: What must not stand in an error.
    """

    def __init__(self, *, retry: RetryPolicy | None = None, secrets: tuple[str, ...] = ()) -> None:
        self._retry = retry or RetryPolicy()
        # For an upload in parts, each of which has been tried again already.
        self._once_more = RetryPolicy(min(1, self._retry.retries), self._retry.backoff_seconds)
        self._secrets = secrets
        self._slots: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

    # --- what an engine writes --------------------------------------------------------------------------------------

    @abstractmethod
    def _failure(self, error: Exception, at: Location) -> Failure | None:
        """What an exception means; None for one that is not the engine's."""

    @abstractmethod
    async def _read_range(self, at: Location, start: int, length: int, version: str | None) -> Buffer:
        """Bytes of the object, at least one of which is there; of just this version where the engine can ask so."""

    @abstractmethod
    async def _info(self, at: Location) -> ObjectInfo:
        """What is known of the object."""

    @abstractmethod
    async def _write(self, at: Location, data: bytes) -> None:
        """Write an object with one request."""

    @abstractmethod
    async def _write_parts(self, at: Location, parts: AsyncIterator[bytes]) -> None:
        """Write an object of parts of `PART_BYTES` or more, the last one aside; nothing when iterating raises."""

    @abstractmethod
    async def _remove(self, at: Location) -> None:
        """Remove the object; an engine's error for a missing one is let pass."""

    @abstractmethod
    async def _duplicate(self, source: Location, target: Location) -> None:
        """Copy an object in the store."""

    @abstractmethod
    async def _keys_below(self, at: Location) -> list[str]:
        """The keys of all objects that begin with `at.key`, which is empty or ends with `/`."""

    async def _begin(self, at: Location) -> Beginning:
        """The first bytes of the object; with one request where the engine can."""
        info = await self._info(at)
        length = min(FIRST_BYTES, info.size_bytes)
        return Beginning(await self._read_range(at, 0, length, info.version) if length else b"", info)

    async def _write_file(self, at: Location, path: str, size_bytes: int) -> None:
        """Write an object of a large file."""
        await self._write_parts(at, _file_parts(path, part_bytes_for(size_bytes)))

    def _locate(self, uri: str) -> Location:
        """The bucket and the key of a URI, as they stand there: nothing is decoded."""
        scheme, _, rest = uri.partition("://")
        bucket, _, key = rest.partition("/")
        if not bucket:
            raise StorageError(f"`{shown(uri)}` names no bucket: expected `{scheme}://bucket/key`", uri=uri)
        return Location(uri, scheme.lower(), bucket, key)

    # --- verbs ------------------------------------------------------------------------------------------------------

    async def get_async(self, uri: str) -> bytes:
        at = self._object_at(uri)
        begun = await self._tried("read", at, self._begin)
        ranges = _ranges(len(memoryview(begun.data)), begun.info.size_bytes)
        if not ranges:
            return bytes(begun.data)
        parts: list[Buffer] = [begun.data, *[b""] * len(ranges)]

        async def read(number: int) -> None:
            parts[number] = await self._part(at, begun.info, *ranges[number - 1])

        await all_of(read, range(1, len(parts)))
        return b"".join(parts)

    async def get_range_async(self, uri: str, start: int, length: int) -> bytes:
        at = self._object_at(uri)

        async def read(at: Location) -> bytes:
            try:
                return bytes(await self._read_range(at, start, length, None)) if length > 0 else b""
            except Exception as error:
                # What servers say of a range beyond the end differs; what they say of the size does not.
                failure = self._failure(error, at)
                if failure is None or failure.transient or failure.kind is not StorageError:
                    raise
                if (await self._info(at)).size_bytes > start:
                    raise
                return b""

        if length <= 0:
            await self.stat_async(uri)
        return await self._tried("read", at, read)

    def get_range_of(self, info: ObjectInfo, start: int, length: int) -> bytes:
        """A part of just this version of the object, where the engine can ask so."""
        return bytes(run_sync(self.get_range_of_async(info, start, length)))

    async def get_range_of_async(self, info: ObjectInfo, start: int, length: int) -> Buffer:
        """As `get_range_of`, without a copy."""
        return await self._part(self._object_at(info.uri), info, start, length)

    async def get_stream_async(self, uri: str) -> AsyncGenerator[bytes]:
        import asyncio

        at = self._object_at(uri)
        begun = await self._tried("read", at, self._begin)
        for start in range(0, len(memoryview(begun.data)), PART_BYTES):  # one, unless the server knows no ranges
            yield bytes(memoryview(begun.data)[start : start + PART_BYTES])
        ahead: list[asyncio.Task[Buffer]] = []
        ranges = _ranges(len(memoryview(begun.data)), begun.info.size_bytes)
        try:
            for start, length in ranges:
                ahead.append(asyncio.create_task(self._part(at, begun.info, start, length)))
                if len(ahead) > _READ_AHEAD:
                    yield bytes(await ahead.pop(0))
            while ahead:
                yield bytes(await ahead.pop(0))
        finally:
            await _cancel(ahead)

    async def get_file_async(self, uri: str, path: str) -> None:
        at = self._object_at(uri)
        begun = await self._tried("read", at, self._begin)
        with copy_of(uri, path) as file:
            await self._fill(file, at, begun)

    async def get_hashed_file_async(self, uri: str, path: str, check: Callable[[str], None]) -> None:
        """As `HashedFiles` has it: hashed in order, behind what is being written."""
        import hashlib

        at = self._object_at(uri)
        begun = await self._tried("read", at, self._begin)
        sha256 = hashlib.sha256()
        hashing = Lock()
        with copy_of(uri, path) as file:
            written = open(file.name, "rb", buffering=0)  # noqa: PTH123, SIM115 - opening does not wait

            def take(size_bytes: int) -> None:
                buffer = memoryview(bytearray(min(size_bytes, _HASHED_BYTES)))
                with hashing:
                    while size_bytes > 0 and (read := written.readinto(buffer[:size_bytes])):
                        sha256.update(buffer[:read])
                        size_bytes -= read

            try:
                await self._fill(file, at, begun, take)
            finally:
                with hashing:  # a thread that is left alone does not read the next file that has this number
                    written.close()
            check(f"sha256:{sha256.hexdigest()}")

    async def put_async(self, uri: str, data: bytes) -> None:
        at = self._object_at(uri, new=True)
        if len(data) <= 2 * PART_BYTES:
            await self._tried("write", at, lambda at: self._write(at, data))
        else:
            await self._tried("write", at, lambda at: self._write_parts(at, slices(data)), by=self._once_more)

    async def put_stream_async(self, uri: str, chunks: AsyncIterable[bytes]) -> None:
        at = self._object_at(uri, new=True)
        parts = _parts(chunks)
        begun = [part async for part in _first_of(2, parts)]
        if len(begun) < 2:  # short enough to be tried again
            data = b"".join(begun)
            await self._tried("write", at, lambda at: self._write(at, data))
            return
        outside = _Outside(_chained(begun, parts))
        try:
            await self._write_parts(at, outside)
        except Exception as error:  # noqa: BLE001 - an engine's, which says what it means
            if outside.raised is not None:
                raise outside.raised from None  # what the caller's iterator raised is the caller's
            raise self._told(error, "write", at) from None

    async def put_file_async(self, uri: str, path: str) -> None:
        at = self._object_at(uri, new=True)
        size = os.stat(path).st_size  # noqa: PTH116 - one look
        if size <= 2 * PART_BYTES:
            with open(path, "rb") as file:  # noqa: PTH123 - small
                data = file.read()
            await self._tried("write", at, lambda at: self._write(at, data))
        else:
            await self._tried("write", at, lambda at: self._write_file(at, path, size), by=self._once_more)

    async def copy_async(self, source: str, target: str) -> None:
        here, there = self._object_at(source), self._object_at(target, new=True)
        size = (await self.stat_async(source)).size_bytes
        # Of such a name some servers take the end for a version, however it is quoted (versitygw 1.8.0).
        if size > _LARGEST_COPY_BYTES or "?versionId=" in here.key:
            await self.put_stream_async(target, self.get_stream_async(source))
        else:
            await self._tried("copy", here, lambda at: self._duplicate(at, there))

    async def stat_async(self, uri: str) -> ObjectInfo:
        return await self._tried("look at", self._object_at(uri), self._info)

    async def delete_async(self, uri: str) -> None:
        try:
            await self._tried("delete", self._object_at(uri), self._remove)
        except ObjectNotFound:
            return  # as good as deleted

    async def list_async(self, prefix: str) -> Uris:
        at = self._locate(prefix.rstrip("/"))
        below = Location(at.uri, at.scheme, at.bucket, f"{at.key}/" if at.key else "")
        keys = await self._tried("list", below, self._keys_below)
        return sorted(f"{at.uri}/{key[len(below.key) :]}" for key in keys if not key.endswith("/"))

    # --- around them ------------------------------------------------------------------------------------------------

    def _object_at(self, uri: str, *, new: bool = False) -> Location:
        """Where an object is, or is to be."""
        at = self._locate(uri)
        if new and {".", ".."} & set(at.key.split("/")):
            reason = "servers and directories disagree about `.` and `..` as a whole part of a name"
            raise StorageError(f"cannot write `{shown(uri)}`: {reason}", uri=uri)
        if at.key and not at.key.endswith("/"):
            return at
        if new:
            raise StorageError(f"cannot write `{shown(uri)}`: it names no object, but what holds some", uri=uri)
        raise ObjectNotFound(f"there is no object at `{shown(uri)}`: it names what holds objects", uri=uri)

    async def _tried(
        self, verb: str, at: Location, attempt: Callable[[Location], Awaitable[T]], *, by: RetryPolicy | None = None
    ) -> T:
        async def tried() -> T:
            try:
                return await attempt(at)
            except Exception as error:  # noqa: BLE001 - an engine's, which says what it means
                raise self._told(error, verb, at) from None

        return await (by or self._retry).run(tried)

    def _told(self, error: Exception, verb: str, at: Location) -> Exception:
        """The error to raise for one of the engine; others as they are."""
        if isinstance(error, StorageError):
            return error
        failure = self._failure(error, at)
        if failure is None:
            return error
        reason = redact(failure.reason, self._secrets)
        uri = shown(at.uri)
        if failure.kind is ObjectNotFound:
            message = f"there is no object at `{uri}`{f': {reason}' if reason else ''}"
        else:
            message = f"cannot {verb} `{uri}`: {reason}"
        if failure.advice:
            message = f"{message}. {failure.advice}"
        return failure.kind(message, uri=at.uri, transient=failure.transient)

    def _slot(self) -> asyncio.Semaphore:
        """What one part of a large object waits for."""
        import asyncio

        return self._slots.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(PARTS_IN_FLIGHT))

    async def _part(self, at: Location, info: ObjectInfo, start: int, length: int) -> Buffer:
        """A part of an object of which this is known, as long as it has to be."""

        async def read(at: Location) -> Buffer:
            part = await self._read_range(at, start, length, info.version)
            got = len(memoryview(part))
            if got != length:
                raise _cut_short(at, start, length, got)
            return part

        return await self._tried("read", at, read)

    async def _fill(
        self, file: BinaryIO, at: Location, begun: Beginning, take: Callable[[int], None] | None = None
    ) -> None:
        """Write the object: its beginning, and then a few stretches at the same time, each in its place.

        Args:
            file: Where to.
            at: The object.
            begun: Its beginning.
            take: Called in a thread when all is written up to so many bytes further.
        """
        import asyncio

        file.write(begun.data)
        file.flush()
        start, end = len(memoryview(begun.data)), begun.info.size_bytes
        # Not larger than needed for all of the slots to have one.
        length = min(_STRETCH_BYTES, max(PART_BYTES, -(-(end - start) // PARTS_IN_FLIGHT)))

        async def copy(first: int) -> int:
            async with self._slot():  # in their order
                last = min(first + length, end)
                # A thread that is left alone writes to a descriptor of its own, not to the next file of this number.
                stretch = Stretch(at, begun.info, first, last, os.dup(file.fileno()))
                try:
                    await self._retry.run(lambda: self._copied(stretch))
                finally:
                    stretch.abandon()
                return last - first

        async def follow(take: Callable[[int], None]) -> None:
            await asyncio.to_thread(take, start)
            for task in tasks:
                await asyncio.to_thread(take, await asyncio.shield(task))

        tasks = [asyncio.create_task(copy(first)) for first in range(start, end, length)]
        following = [asyncio.create_task(follow(take))] if take is not None else []
        try:
            await asyncio.gather(*tasks, *following)
        finally:
            await _cancel([*tasks, *following])

    async def _copied(self, stretch: Stretch) -> None:
        try:
            await self._copy(stretch)
        except Exception as error:  # noqa: BLE001 - an engine's, which says what it means
            raise self._told(error, "read", stretch.at) from None
        if stretch.position < stretch.end:
            raise _cut_short(stretch.at, stretch.position, stretch.end - stretch.position, 0)

    async def _copy(self, stretch: Stretch) -> None:
        """Read a stretch of the object, from where it stands, and write it."""
        import asyncio

        while stretch.position < stretch.end:
            length = min(PART_BYTES // 2, stretch.end - stretch.position)
            part = await self._part(stretch.at, stretch.info, stretch.position, length)
            await asyncio.to_thread(stretch.write, part)


class Stretch:
    """A part of a large object on its way to a file; what was written is not read again."""

    def __init__(self, at: Location, info: ObjectInfo, start: int, end: int, descriptor: int) -> None:
        self.at = at
        self.info = info
        self.position = start
        self.end = end
        self._descriptor = descriptor
        self._lock = Lock()
        self._abandoned = False

    def write(self, data: Buffer) -> None:
        """Write what comes next.

        Raises:
            OSError: Of the disk, or because nobody waits for this any more.
        """
        with self._lock:
            if self._abandoned:
                raise OSError("abandoned")
            view = memoryview(data)
            while view:
                written = os.pwrite(self._descriptor, view, self.position)
                view = view[written:]
                self.position += written

    def abandon(self) -> None:
        """Nothing more is written. Waits for what is being written."""
        with self._lock:
            if not self._abandoned:
                self._abandoned = True
                os.close(self._descriptor)


class _Outside:
    """An iterator of the caller's, noting what it raises: that is nothing of the engine's."""

    def __init__(self, parts: AsyncIterator[bytes]) -> None:
        self._parts = parts
        self.raised: Exception | None = None

    def __aiter__(self) -> _Outside:
        return self

    def __anext__(self) -> _Step:
        return _Step(self)

    async def next_part(self) -> bytes:
        """The next part of the caller's."""
        try:
            return await anext(self._parts)
        except StopAsyncIteration:
            raise
        except Exception as error:
            self.raised = error
            raise


class _Step:
    """One step, begun when it is awaited: what cancels obstore leaves the last step as it was."""

    def __init__(self, outside: _Outside) -> None:
        self._outside = outside

    def __await__(self) -> Generator[Any, None, bytes]:
        return self._outside.next_part().__await__()


def part_bytes_for(size_bytes: int, *, at_least: int = PART_BYTES) -> int:
    """How long the parts of an object are, so that there are not too many."""
    return max(at_least, -(-size_bytes // (MOST_PARTS - 1)))


async def upload_parts(
    parts: AsyncIterator[bytes], upload: Callable[[int, bytes], Awaitable[T]], *, limit: int = _PARTS_SENT
) -> list[T]:
    """Upload parts as they come, a few at a time; at the first failure the others are cancelled.

    Args:
        parts: What to upload.
        upload: Uploads one part: number from 1, content.
        limit: How many at the same time.

    Returns:
        What the uploads returned, in order.
    """
    import asyncio

    slots = asyncio.Semaphore(limit)
    tasks: list[asyncio.Task[T]] = []

    async def one(number: int, part: bytes) -> T:
        try:
            return await upload(number, part)
        finally:
            slots.release()

    try:
        async for part in parts:
            await slots.acquire()
            tasks.append(asyncio.create_task(one(len(tasks) + 1, part)))
            del part
            for task in tasks:
                if task.done():
                    task.result()  # raises at once
        return list(await asyncio.gather(*tasks))
    finally:
        await _cancel(tasks)


async def all_of(verb: Callable[[T], Awaitable[None]], items: Iterable[T]) -> None:
    """Await the verb for each item, a few at a time; at the first failure the others are cancelled."""
    import asyncio

    waiting = list(items)[::-1]

    async def work() -> None:
        while waiting:
            await verb(waiting.pop())

    tasks = [asyncio.create_task(work()) for _ in range(min(PARTS_IN_FLIGHT, len(waiting)))]
    try:
        await asyncio.gather(*tasks)
    finally:
        await _cancel(tasks)


async def _cancel(tasks: list[Any]) -> None:
    """Cancel what still runs, and wait until it has ended."""
    import asyncio

    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _ranges(start: int, end: int) -> list[tuple[int, int]]:
    """Start and length of the parts from here to there."""
    return [(at, min(PART_BYTES, end - at)) for at in range(start, end, PART_BYTES)]


def _cut_short(at: Location, start: int, expected: int, got: int) -> StorageError:
    return StorageError(
        f"`{shown(at.uri)}` was cut short: expected {expected:,} bytes from {start:,} on, got {got:,}",
        uri=at.uri,
        transient=True,
    )


async def _parts(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in parts of `PART_BYTES`, the last one aside."""
    held: list[bytes] = []
    size = 0
    async for chunk in chunks:
        if not held and len(chunk) == PART_BYTES:
            yield chunk  # as it is: a copy is as long again
            continue
        rest = memoryview(chunk)
        while size + len(rest) >= PART_BYTES:
            taken = PART_BYTES - size
            yield b"".join([*held, rest[:taken]])
            rest, held, size = rest[taken:], [], 0
        if rest:
            held.append(bytes(rest))
            size += len(rest)
    if held:
        yield b"".join(held)


async def _first_of(count: int, parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    for _ in range(count):
        part = await anext(parts, None)
        if part is None:
            return
        yield part


async def _chained(first: list[bytes], rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    while first:
        yield first.pop(0)
    async for part in rest:
        yield part


async def slices(data: bytes) -> AsyncIterator[bytes]:
    """Bytes as parts, not too many."""
    view = memoryview(data)
    size = part_bytes_for(len(data))
    for start in range(0, len(data), size):
        yield bytes(view[start : start + size])


async def _file_parts(path: str, size_bytes: int) -> AsyncIterator[bytes]:
    import asyncio

    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - opening does not wait
        while part := await asyncio.to_thread(file.read, size_bytes):
            yield part
