"""Many objects at a time: concurrent, bounded, and all of them or an error."""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias, TypeVar, cast

from flytetypes.errors import SourceError, StorageError
from flytetypes.storage._copies import copy_of
from flytetypes.storage._files import Writer, local_path, routed, saving
from flytetypes.storage._io_thread import CLEARING_SECONDS, in_own_thread, run_sync
from flytetypes.storage._layout import join, relative_name
from flytetypes.storage._local_files import file_chunks
from flytetypes.storage._progress import SILENT, Meter, current_meter
from flytetypes.storage._sources import LocalDirectory, LocalFile, Saved, Source, Stored, Written
from flytetypes.storage._store import PART_BYTES, ObjectStore, SmallObjects

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")

Stopped: TypeAlias = Callable[[], bool]
"""Whether nobody waits any more for what a thread does."""

LIMIT: Final = 32
"""How many objects are moved at the same time, unless the caller says so."""

_STREAMS: Final = 3  # each holds a few parts of PART_BYTES

_ENDING_SECONDS: Final = 0.5
"""How long a small transfer that runs is waited for when nobody wants it any more."""

_READ_FLAGS: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

_SMALL_BYTES: Final = 1 << 20
"""Up to here a file is read at once and moved by a thread, where the store has a quicker way for those."""


def upload(
    store: ObjectStore, items: Mapping[str, Source], *, limit: int = LIMIT, digests: Collection[str] = ()
) -> dict[str, Stored]:
    """Write objects.

    Args:
        store: Where to.
        items: URI to content.
        limit: How many are written at the same time.
        digests: The URIs among them whose content is hashed while it passes by.

    Returns:
        URI to what is there now.

    Raises:
        StorageError: For the first object that could not be written; `error.uri` names it. Those that were written
            before it stay, since what they replaced is gone; those that were not yet begun are not written.
        SourceError: When a source could not be read, or what makes it failed.
    """
    return run_sync(upload_async(store, items, limit=limit, digests=digests))


async def upload_async(
    store: ObjectStore, items: Mapping[str, Source], *, limit: int = LIMIT, digests: Collection[str] = ()
) -> dict[str, Stored]:
    """As `upload`."""
    uploads = _Uploads(store, current_meter())
    quick = _quick(store, items, limit)
    stored: dict[str, Stored] = {}
    directories: dict[str, list[str]] = {}
    objects: dict[str, tuple[str, Source]] = {}
    for uri, source in items.items():
        if isinstance(source, LocalDirectory):
            names = await _in_thread(_of(uri, partial(files_below, source.path)))
            directories[uri] = names
            for name in names:
                objects[join(uri, name)] = uri, LocalFile(os.path.join(source.path, name))  # noqa: PTH118 - awaited
        else:
            objects[uri] = uri, source

    async def put(uri: str) -> None:
        owner, source = objects[uri]
        stored[uri] = await uploads.put(uri, source, owner in digests)

    def put_small(uri: str, _: Stopped) -> bool:
        owner, source = objects[uri]
        found = uploads.put_small(quick[owner], uri, cast("LocalFile", source).path, owner in digests)
        if found is not None:
            stored[uri] = found
        return found is not None

    small: list[str] = []
    others: list[str] = []
    for uri, (owner, source) in objects.items():
        size = uploads.expect(uri, source)
        is_small = isinstance(source, LocalFile) and size <= _SMALL_BYTES and owner in quick
        (small if is_small else others).append(uri)
    others += await _each_in_threads(put_small, small, limit)
    await each(put, others, limit)
    for uri, names in directories.items():
        stored[uri] = _directory_of(uri, {name: stored[join(uri, name)] for name in names}, hashed=uri in digests)
    return {uri: stored[uri] for uri in items}


def download(
    store: ObjectStore, uris: Iterable[str], *, limit: int = LIMIT, max_bytes: int | None = None
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
    store: ObjectStore, uris: Iterable[str], *, limit: int = LIMIT, max_bytes: int | None = None
) -> dict[str, bytes]:
    """As `download`."""
    contents = dict.fromkeys(uris, b"")
    meter = current_meter()
    meter.add(total_objects=len(contents))
    total = 0

    async def get(uri: str) -> None:
        nonlocal total
        data = await store.get_async(uri)
        total += len(data)
        if max_bytes is not None and total > max_bytes:
            raise StorageError(f"downloading `{uri}` goes beyond the limit of {max_bytes:,} bytes", uri=uri)
        contents[uri] = data
        meter.add(done_bytes=len(data), total_bytes=len(data), done_objects=1)

    await each(get, list(contents), limit)
    return contents


def download_files(store: ObjectStore, items: Mapping[str, str], *, limit: int = LIMIT) -> None:
    """Write objects to files on this machine; each appears whole, in place of an older one. Directories are made.

    Args:
        store: Where from.
        items: URI to path.
        limit: How many are read at the same time.

    Raises:
        StorageError: For the first object that could not be read, or file that could not be written; files that are
            complete stay.
    """
    run_sync(download_files_async(store, items, limit=limit))


async def download_files_async(store: ObjectStore, items: Mapping[str, str], *, limit: int = LIMIT) -> None:
    """As `download_files`."""
    meter = current_meter()
    meter.add(total_objects=len(items))
    for directory in dict.fromkeys(os.path.dirname(path) for path in items.values()):  # noqa: PTH120
        os.makedirs(directory or ".", exist_ok=True)  # noqa: PTH103

    def count(uri: str) -> None:
        size = os.path.getsize(items[uri])  # noqa: PTH202
        meter.add(done_bytes=size, total_bytes=size, done_objects=1)

    async def get(uri: str) -> None:
        await store.get_file_async(uri, items[uri])
        count(uri)

    # Threads that make files in one directory at the same time wait for one another: a fifth slower, measured.
    writing = Lock()

    def get_small(uri: str, stopped: Stopped) -> bool:
        content = quick[uri].get_small(uri)
        if content is None:
            return False
        with writing:
            if stopped():
                return True
            with copy_of(uri, items[uri]) as file:
                file.write(content)
        count(uri)
        return True

    quick = _quick(store, items, limit)
    others = [uri for uri in items if uri not in quick]
    others += await _each_in_threads(get_small, quick, limit)
    await each(get, others, limit)


def download_directory(store: ObjectStore, prefix: str, path: str, *, limit: int = LIMIT) -> list[str]:
    """Write every object below a prefix to a file below a directory on this machine.

    Returns:
        The names of the files, relative to the directory, sorted; none where nothing is below the prefix.

    Raises:
        StorageError: As `download_files`; and before anything is written when the name of an object would lead out of
            the directory.
    """
    return run_sync(download_directory_async(store, prefix, path, limit=limit))


async def download_directory_async(store: ObjectStore, prefix: str, path: str, *, limit: int = LIMIT) -> list[str]:
    """As `download_directory`."""
    names = {uri: relative_name(prefix, uri) for uri in await store.list_async(prefix)}
    items = {uri: os.path.join(path, name) for uri, name in names.items()}  # noqa: PTH118
    os.makedirs(path, exist_ok=True)  # noqa: PTH103
    await download_files_async(store, items, limit=limit)
    return sorted(names.values())


def digest_of(store: ObjectStore, uri: str) -> str:
    """The digest of an object, read as a stream."""
    import hashlib

    digest = hashlib.sha256()
    for part in store.get_stream(uri):
        digest.update(part)
    return f"sha256:{digest.hexdigest()}"


def files_below(directory: str) -> list[str]:
    """The names of all files below a directory, relative to it, sorted.

    Raises:
        OSError: When it is no directory, or holds what is neither a file nor a directory: what a link leads to may lie
            anywhere, and a pipe has no end.
    """
    if not os.path.isdir(directory):  # noqa: PTH112
        reason = "it is a file, not a directory" if os.path.exists(directory) else os.strerror(errno.ENOENT)  # noqa: PTH110
        raise OSError(errno.ENOTDIR, reason, directory)
    names: list[str] = []
    for below, directories, files in os.walk(directory):
        for name in [*directories, *files]:
            path = os.path.join(below, name)  # noqa: PTH118
            mode = os.lstat(path).st_mode
            if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                kind = "a symbolic link" if stat.S_ISLNK(mode) else "neither a file nor a directory"
                reason = f"it is {kind}, and only files are stored: put there what it stands for, or remove it"
                raise OSError(errno.EINVAL, reason, path)
        inner = os.path.relpath(below, directory)
        names.extend(files if inner == os.curdir else (os.path.join(inner, name) for name in files))  # noqa: PTH118
    return sorted(name.replace(os.sep, "/") for name in names)


class _Uploads:
    """The uploads of one call: how each kind of source is moved."""

    def __init__(self, store: ObjectStore, meter: Meter) -> None:
        import asyncio

        self._store = store
        self._meter = meter
        self._streams = asyncio.Semaphore(_STREAMS)

    def expect(self, uri: str, source: Source) -> int:
        """Count what is to be moved.

        Returns:
            How many bytes it has; 0 where that is not known.

        Raises:
            SourceError: Before anything is moved, for a file that is not there.
        """
        size = len(source) if isinstance(source, bytes) else 0
        if isinstance(source, LocalFile):
            size = _of(uri, lambda: _regular_size(source.path))()
        self._meter.add(total_objects=1, total_bytes=size)
        return size

    async def put(self, uri: str, source: Source, hashed: bool) -> Stored:
        passing = _Passing(self._meter, hashed=hashed)
        match source:
            case bytes():
                await self._put_bytes(uri, source, passing)
            case LocalFile(path=path):
                await self._put_file(uri, path, passing)
            case Written():
                async with self._streams:
                    await _until_given_up(lambda: _write(self._store, uri, source, passing), passing)
            case Saved():
                async with self._streams:
                    await _until_given_up(lambda: _save(self._store, uri, source, passing), passing)
            case LocalDirectory():
                raise TypeError("a directory is many objects")
        self._meter.add(done_objects=1)
        return Stored(uri, passing.size_bytes, passing.digest)

    def put_small(self, store: SmallObjects, uri: str, path: str, hashed: bool) -> Stored | None:
        """Write what was a small file when it was looked at; None for one that has grown since."""
        passing = _Passing(SILENT, hashed=hashed)
        content = _of(uri, lambda: _small_content(path, passing))()
        if content is None:
            return None
        store.put_small(uri, content)
        self._meter.add(done_bytes=len(content), done_objects=1)
        return Stored(uri, passing.size_bytes, passing.digest)

    async def _put_bytes(self, uri: str, data: bytes, passing: _Passing) -> None:
        if passing.hashed and len(data) > PART_BYTES:
            await _in_thread(lambda: passing.count(data))
        else:
            passing.count(data)
        await self._store.put_async(uri, data)

    async def _put_file(self, uri: str, path: str, passing: _Passing) -> None:
        data = await _in_thread(_of(uri, lambda: _small_content(path, passing)))
        if data is not None:
            await self._store.put_async(uri, data)
            return
        async with self._streams:
            if local_path(self._store, uri) is not None:
                chunks = passing.through(_chunks_of(uri, path))
                await _until_given_up(lambda: self._store.put_stream(uri, chunks), passing)
            else:
                await self._store.put_stream_async(uri, _async(passing.through(_chunks_of(uri, path))))


class _Passing:
    """The bytes of one object as they pass by: counted, reported, and hashed where that is asked for."""

    def __init__(self, meter: Meter, *, hashed: bool) -> None:
        self._meter = meter
        self._digest: Any = None
        self.hashed = hashed
        self.size_bytes = 0
        self._given_up = False
        if hashed:
            import hashlib

            self._digest = hashlib.sha256()

    @property
    def digest(self) -> str | None:
        return f"sha256:{self._digest.hexdigest()}" if self.hashed else None

    def give_up(self) -> None:
        """Have whoever moves the next bytes stop: nobody waits for them any more."""
        self._given_up = True

    def go_on(self, _: object = None) -> None:
        if self._given_up:
            raise _GivenUpError

    def count(self, data: Any) -> None:
        self.go_on()
        if self.hashed:
            self._digest.update(data)
        self.size_bytes += len(data)
        self._meter.add(done_bytes=len(data))

    def through(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.count(chunk)
            yield chunk


class _GivenUpError(BaseException):
    """A transfer was interrupted. Of no kind that those who write a value might catch."""


class _OpenFile(io.RawIOBase):
    """A file to write. Closing it closes nothing else.

    Args:
        file: Where it is written.
        uri: What it will be.
        count: Is shown what passes by.
    """

    def __init__(self, file: Any, uri: str, count: Callable[[Any], object]) -> None:
        super().__init__()
        self._uri = uri
        self._file = file
        self._count = count
        self._position = 0

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        self._count(view)
        try:
            written: int = self._file.write(view)
        except StorageError:
            raise
        except OSError as error:  # a full disk
            raise StorageError(f"cannot write `{self._uri}`: {error.strerror or error}", uri=self._uri) from error
        self._position += written
        return written

    def tell(self) -> int:
        return self._position

    def writable(self) -> bool:
        return True


def _write(store: ObjectStore, uri: str, source: Written, passing: _Passing) -> None:
    """Have a function write an object."""
    write, check = source.write, source.check
    if check is not None:
        _of(uri, lambda: check(store, uri))()
    if local_path(store, uri) is not None:

        def save(path: str) -> None:
            with open(path, "wb") as file:  # noqa: PTH123
                write(cast("BinaryIO", _OpenFile(file, uri, passing.count)))

        with saving(store, uri, "written") as path:
            _of(uri, lambda: save(path))()
        return
    # Hashed by the thread that uploads, so that the one that writes can go on.
    with Writer(store, uri, passing.count) as file:
        _of(uri, lambda: write(cast("BinaryIO", _OpenFile(file, uri, passing.go_on))))()


def _save(store: ObjectStore, uri: str, source: Saved, passing: _Passing) -> None:
    """Have a function save an object."""
    with saving(store, uri, source.name) as path:
        _of(uri, lambda: source.save(path))()
        for _ in passing.through(_chunks_of(uri, path)) if passing.hashed else ():
            pass
        if not passing.hashed:
            passing.size_bytes = _of(uri, lambda: _regular_size(path))()


def _chunks_of(uri: str, path: str) -> Iterator[bytes]:
    try:
        yield from file_chunks(path, PART_BYTES)
    except OSError as error:
        raise SourceError(uri, error) from error


def _small_content(path: str, passing: _Passing) -> bytes | None:
    """What a file holds, counted; None for a large one. One call, since changing threads takes as long as reading."""
    # Without waiting for a pipe, which may have taken the place of the file.
    descriptor = os.open(path, _READ_FLAGS)
    try:
        size = _size_of(os.fstat(descriptor), path)
        if size > PART_BYTES:
            return None
        data = os.read(descriptor, size + 1)
        while len(data) < size and (more := os.read(descriptor, size + 1 - len(data))):
            data += more
    finally:
        os.close(descriptor)
    if len(data) > size:
        return None  # it has grown, and may go on
    passing.count(data)
    return data


def _regular_size(path: str) -> int:
    return _size_of(os.stat(path), path)  # noqa: PTH116


def _size_of(status: os.stat_result, path: str) -> int:
    if stat.S_ISDIR(status.st_mode):
        raise OSError(errno.EISDIR, "it is a directory, not a file", path)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is no file, but something that may have no end", path)
    return status.st_size


def _directory_of(uri: str, files: Mapping[str, Stored], *, hashed: bool) -> Stored:
    size = sum(file.size_bytes for file in files.values())
    if not hashed:
        return Stored(uri, size)
    import hashlib

    digest = hashlib.sha256()
    for name, file in sorted(files.items()):
        digest.update(f"{file.digest} {len(name.encode())} {name}\n".encode())
    return Stored(uri, size, f"sha256:{digest.hexdigest()}")


def _of(uri: str, read: Callable[[], T]) -> Callable[[], T]:
    """A function whose failures are those of the source, not of the store."""

    def reading() -> T:
        try:
            return read()
        except (StorageError, SourceError):
            raise
        except Exception as error:
            raise SourceError(uri, error) from error

    return reading


async def _until_given_up(function: Callable[[], T], passing: _Passing) -> T:
    """What a function returns that moves bytes in a thread. Cancelled, it ends at the next bytes and clears away."""
    import asyncio

    moving = asyncio.ensure_future(in_own_thread(function))
    try:
        return await asyncio.shield(moving)
    except asyncio.CancelledError:
        passing.give_up()
        await asyncio.wait([moving], timeout=CLEARING_SECONDS)
        if moving.done() and not moving.cancelled():
            moving.exception()  # heard
        raise


async def _in_thread(function: Callable[[], T]) -> T:
    import asyncio

    return await asyncio.to_thread(function)


async def _async(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """What is read from a disk and hashed, one part ahead of who takes it."""
    import asyncio

    ahead: asyncio.Task[bytes | None] = asyncio.create_task(asyncio.to_thread(next, chunks, None))
    try:
        while (chunk := await ahead) is not None:
            ahead = asyncio.create_task(asyncio.to_thread(next, chunks, None))
            yield chunk
    finally:
        if not ahead.done():
            await asyncio.wait([ahead])


def _quick(store: ObjectStore, uris: Iterable[str], limit: int) -> dict[str, SmallObjects]:
    """The stores that have a quicker way for small objects, by URI; none where one is to follow the other."""
    if limit < 2:
        return {}
    found = {uri: routed(store, uri) for uri in uris}
    # By their classes: what passes on what it lacks has other verbs of its own.
    return {uri: cast("SmallObjects", there) for uri, there in found.items() if issubclass(type(there), SmallObjects)}


async def _each_in_threads(verb: Callable[[Any, Stopped], bool], items: Iterable[Any], limit: int) -> list[Any]:
    """Call the verb for each item, in `limit` threads.

    At the first failure, or when the wait is cancelled, no other is begun, and what runs is left to itself after a
    short while: it asks `Stopped` before it leaves anything behind on this machine.

    Returns:
        The items for which the verb said False, or failed with what may pass: those are for the usual way.

    Raises:
        Exception: The first other one that the verb raised.
    """
    import asyncio

    waiting = list(items)[::-1]
    left: list[Any] = []
    stopped = False

    def work() -> None:
        while True:
            try:
                item = waiting.pop()
            except IndexError:
                return
            try:
                if verb(item, lambda: stopped):
                    continue
            except BaseException as error:
                if not (isinstance(error, StorageError) and error.transient):
                    waiting.clear()
                    raise
            left.append(item)

    workers = [asyncio.ensure_future(in_own_thread(work)) for _ in range(min(limit, len(waiting)))]
    for worker in workers:
        worker.add_done_callback(_heard)
    try:
        for next_to_end in asyncio.as_completed(workers):
            await next_to_end
    except BaseException:
        stopped = True
        waiting.clear()
        await asyncio.wait(workers, timeout=_ENDING_SECONDS)
        raise
    return left


def _heard(task: asyncio.Future[Any]) -> None:
    """Have nothing logged of what nobody waits for."""
    if not task.cancelled():
        task.exception()


async def each(verb: Callable[[Any], Awaitable[None]], items: Iterable[Any], limit: int) -> None:
    """Await the verb for each item, `limit` at a time; at the first failure cancel the rest and raise it."""
    import asyncio

    if limit < 1:
        raise ValueError(f"the limit of transfers at the same time is at least 1, got {limit}")
    waiting = list(items)[::-1]

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
