"""Objects as files: read where they are, written while they come, or as a path on this machine."""

from __future__ import annotations

import atexit
import io
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeVar, cast

from typing_extensions import Buffer

from flytetypes.errors import AccessDenied, StorageError
from flytetypes.storage._io_thread import CLEARING_SECONDS
from flytetypes.storage._layout import basename
from flytetypes.storage._local import LocalStore, path_of
from flytetypes.storage._local_files import unfinished_beside
from flytetypes.storage._router import StoreRouter
from flytetypes.storage._store import PART_BYTES, ObjectInfo, ObjectStore, VersionedRanges

if TYPE_CHECKING:
    import queue

B = TypeVar("B", bound=Buffer)

_FIRST_READ_BYTES: Final = 64 << 10
_WAITING_PARTS: Final = 2
_SMALL_WRITE_BYTES: Final = 64 << 10
# Threads of obstore that still hold a part when Python ends make the process abort; 0.05 was enough in all of 30 tries.
_LETTING_GO_SECONDS: Final = 0.1


def local_path(store: ObjectStore, uri: str) -> str | None:
    """The path of an object that is a file on this machine; None for others."""
    return str(path_of(uri)) if isinstance(routed(store, uri), LocalStore) else None


def range_of(store: ObjectStore, info: ObjectInfo, start: int, length: int) -> bytes:
    """A part of an object that `stat` told of.

    Raises:
        StorageError: As `get_range`; and when the object has been replaced since, where the store can tell.
    """
    store = routed(store, info.uri)
    if isinstance(store, VersionedRanges):
        part = store.get_range_of(info, start, length)
    else:
        part = store.get_range(info.uri, start, length)
    return _whole(info, start, length, part)


async def range_of_async(store: ObjectStore, info: ObjectInfo, start: int, length: int) -> Buffer:
    """As `range_of`, in what the engine has it in."""
    store = routed(store, info.uri)
    if isinstance(store, VersionedRanges):
        return _whole(info, start, length, await store.get_range_of_async(info, start, length))
    return _whole(info, start, length, await store.get_range_async(info.uri, start, length))


def routed(store: ObjectStore, uri: str) -> ObjectStore:
    """The store that a router has for a URI; another store itself."""
    while isinstance(store, StoreRouter):
        store = store.store(uri)
    return store


def _whole(info: ObjectInfo, start: int, length: int, part: B) -> B:
    got = memoryview(part).nbytes
    if got != length:
        raise StorageError(
            f"`{info.uri}` was cut short: expected {length} bytes from {start} on, got {got}. It was replaced "
            "while it was read, or the connection ended early: read it again",
            uri=info.uri,
            transient=True,
        )
    return part


def open_reader(store: ObjectStore, uri: str) -> BinaryIO:
    """An object as a binary file to read, from any position: only what is read is fetched, and a little ahead of it.

    Raises:
        StorageError: When there is no such object; while reading, when fetching fails.
    """
    path = local_path(store, uri)
    if path is not None:
        store.stat(uri)  # says what is wrong with it, if anything is
        return open(path, "rb")  # noqa: PTH123 - the caller closes it
    return cast("BinaryIO", io.BufferedReader(_Reader(store, uri), _FIRST_READ_BYTES))


def open_writer(store: ObjectStore, uri: str) -> Writer:
    """An object as a binary file to write, from its begin to its end.

    What is written is uploaded meanwhile. The object is there when the file is closed without an error, and not at all
    when a `with` block is left by an exception.

    Raises:
        StorageError: While writing or closing, when the upload fails.
    """
    return Writer(store, uri)


@contextmanager
def local_copy(store: ObjectStore, uri: str) -> Iterator[str]:
    """A path on this machine where an object can be read in the block: its own, or that of a temporary copy."""
    path = local_path(store, uri)
    if path is not None:
        store.stat(uri)
        yield path
        return
    import tempfile  # dear to import, and an engine that stores nothing does not need it

    with tempfile.TemporaryDirectory(prefix="flytetypes-") as directory:
        copy = os.path.join(directory, basename(uri).replace("\0", "") or "object")  # noqa: PTH118
        store.get_file(uri, copy)
        yield copy


@contextmanager
def saving(store: ObjectStore, uri: str, name: str) -> Iterator[str]:
    """A path on this machine whose file becomes an object when the block ends."""
    import shutil
    import tempfile

    target = local_path(store, uri)
    if target is None:
        with tempfile.TemporaryDirectory(prefix="flytetypes-") as directory:
            path = os.path.join(directory, name)  # noqa: PTH118
            yield path
            store.put_file(uri, path)
        return
    # Beside the target, so that the file is renamed and not copied.
    parent = os.path.dirname(target)  # noqa: PTH120
    unfinished = unfinished_beside(target)
    with _failing(uri):  # the directory may be a file
        os.makedirs(parent, exist_ok=True)  # noqa: PTH103
        os.mkdir(unfinished)  # noqa: PTH102
    try:
        path = os.path.join(unfinished, name)  # noqa: PTH118
        yield path
        with _failing(uri):  # there may be a directory
            os.replace(path, target)  # noqa: PTH105
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


@contextmanager
def _failing(uri: str) -> Iterator[None]:
    """What the disk refuses in the block as a `StorageError`."""
    try:
        yield
    except OSError as error:
        kind = AccessDenied if isinstance(error, PermissionError) else StorageError
        raise kind(f"cannot write `{uri}`: {error.strerror or error}", uri=uri) from error


class ObjectFile(io.RawIOBase):
    """An object as a raw file to read, that has a position; a subclass fetches what is read (`readinto`).

    Args:
        store: Where it is.
        info: What `stat` told of it.
    """

    def __init__(self, store: ObjectStore, info: ObjectInfo) -> None:
        super().__init__()
        self._store = store
        self._info = info
        self._position = 0

    @property
    def name(self) -> str:
        """Its URI."""
        return self._info.uri

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return self._info.size_bytes

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position, beyond the end too; raises `ValueError` before the begin."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError(f"a position in a file is at least 0, got {base + offset}")
        self._position = base + offset
        return self._position


class _Reader(ObjectFile):
    """Ranged reads. Reading on and on fetches more at a time; a jump begins small again."""

    def __init__(self, store: ObjectStore, uri: str) -> None:
        super().__init__(store, store.stat(uri))
        self._block = b""
        self._block_start = 0
        self._ahead = _FIRST_READ_BYTES

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self.size - self._position)
        if wanted <= 0:
            return 0
        offset = self._position - self._block_start
        if not 0 <= offset < len(self._block):
            self._fetch(wanted)
            offset = 0
        piece = memoryview(self._block)[offset : offset + wanted]
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def _fetch(self, wanted: int) -> None:
        goes_on = self._position == self._block_start + len(self._block)
        self._ahead = min(self._ahead * 2, PART_BYTES) if goes_on else _FIRST_READ_BYTES
        length = min(max(wanted, self._ahead), self.size - self._position)
        block = range_of(self._store, self._info, self._position, length)
        self._block, self._block_start = block, self._position


class Writer(io.RawIOBase):
    """A binary file whose content is uploaded while it is written. As a `with` block it is whole, or nothing.

    One that is forgotten, or open when the process ends, is given up: nobody said that it is complete.

    Args:
        store: Where to.
        uri: What.
        watch: Is shown each part before it is uploaded, in a thread of its own.
    """

    def __init__(self, store: ObjectStore, uri: str, watch: Callable[[bytes], object] = len) -> None:
        super().__init__()
        self._uri = uri
        self._position = 0
        self._held: list[memoryview] = []
        self._held_bytes = 0
        self._small = bytearray()
        self._upload = _Upload(store, uri, watch)  # knows nothing of this file, so that it can be forgotten

    @property
    def name(self) -> str:
        """Its URI."""
        return self._uri

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def write(self, data: Any) -> int:
        """Take bytes on their way; raises what went wrong with those before."""
        if self.closed:
            raise ValueError(f"the file for `{self._uri}` is closed")
        view = memoryview(data).cast("B")
        self._position += len(view)
        # What never changes is kept as it is, unless it keeps much more from being freed.
        lasts = isinstance(view.obj, bytes) and 2 * len(view) >= len(view.obj)
        rest = view if lasts or len(view) < _SMALL_WRITE_BYTES else memoryview(bytes(view))
        while self._held_bytes + len(rest) >= PART_BYTES:  # parts as long as stores upload them
            taken = PART_BYTES - self._held_bytes
            self._hold(rest[:taken])
            self._send()
            rest = rest[taken:]
        # Of what was cut only the rest is kept.
        self._hold(rest if len(rest) == len(view) else memoryview(bytes(rest)))
        return len(view)

    def _hold(self, data: memoryview) -> None:
        """Keep what is large as it is, for one copy less; of what is small many are copied together."""
        self._held_bytes += len(data)
        if len(data) < _SMALL_WRITE_BYTES:
            self._small += data
            return
        if self._small:
            self._held.append(memoryview(bytes(self._small)))
            self._small.clear()
        self._held.append(data)

    def _send(self) -> None:
        """Upload what is held."""
        self._upload.send(b"".join([*self._held, self._small]))
        self._held.clear()
        self._small.clear()
        self._held_bytes = 0

    def close(self) -> None:
        """Finish the object; raises what went wrong on its way."""
        if self.closed:
            return
        try:
            if self._held_bytes:
                self._send()
            self._upload.end()
        except BaseException:
            self._upload.give_up()  # interrupted
            raise
        finally:
            super().close()

    def abort(self) -> None:
        """Give up: there will be no object."""
        self.forget()
        self._upload.wait()

    def forget(self) -> None:
        """As `abort`, without waiting for what has begun to be cleared away."""
        if not self.closed:
            super().close()
            self._upload.give_up()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def __del__(self) -> None:
        if hasattr(self, "_upload"):
            self.forget()


class _Upload:
    """A thread that uploads the parts that it is sent."""

    def __init__(self, store: ObjectStore, uri: str, watch: Callable[[bytes], object]) -> None:
        import queue

        self._uri = uri
        self._watch = watch
        # A simple queue takes things even from a finalizer that runs while this thread is in the middle of it.
        self._parts: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._places = threading.Semaphore(_WAITING_PARTS)
        self._given_up = False
        self._failure: BaseException | None = None
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(store,), name="flytetypes-writer", daemon=True)
        _uploads.add(self)
        self._thread.start()

    def send(self, part: bytes) -> None:
        """Hand on a part, when there is room for it; raises what went wrong with those before."""
        while not self._places.acquire(timeout=0.1):
            if self._done.is_set():
                break
        if self._done.is_set():
            self.end()
        self._parts.put(part)

    def end(self) -> None:
        """Wait until all is uploaded; raises what went wrong."""
        self._parts.put(None)
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def give_up(self) -> None:
        """Have the upload fail; waits for nothing."""
        self._given_up = True
        self._parts.put(None)

    def wait(self, seconds: float | None = None) -> None:
        """Wait for its end."""
        self._thread.join(seconds)

    def _run(self, store: ObjectStore) -> None:
        try:
            store.put_stream(self._uri, self._chunks())
        except _AbortedError:
            pass
        except BaseException as error:  # noqa: BLE001 - raised again where the file is written
            self._failure = error
        finally:
            self._done.set()
            _uploads.discard(self)

    def _chunks(self) -> Iterator[bytes]:
        while (part := self._parts.get()) is not None and not self._given_up:
            self._places.release()
            self._watch(part)
            yield part
        if self._given_up:
            raise _AbortedError


class _AbortedError(Exception):
    """The writer gave up."""


_uploads: Final[set[_Upload]] = set()


@atexit.register
def _give_up_uploads() -> None:
    """Nobody closes any more what is open now; what has begun of it is cleared away while there is time."""
    open_uploads = list(_uploads)
    for upload in open_uploads:
        upload.give_up()
    end = time.monotonic() + CLEARING_SECONDS
    for upload in open_uploads:
        upload.wait(max(0.0, end - time.monotonic()))
    if open_uploads:
        time.sleep(_LETTING_GO_SECONDS)
