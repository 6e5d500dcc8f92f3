"""Files on this machine as objects."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from flytetypes.errors import AccessDenied, ObjectNotFound, StorageError
from flytetypes.storage._copies import copy_of
from flytetypes.storage._local_files import file_chunks, is_unfinished, whole_file
from flytetypes.storage._store import PART_BYTES, ObjectInfo, Uris
from flytetypes.storage._twins import SyncFirst

if TYPE_CHECKING:
    from pathlib import Path

SCHEME = "file://"


class LocalStore(SyncFirst):
    """Objects are files, by path or by `file://` URI; what follows the scheme is a path as it is, not percent-encoded.

    Directories are made as they are needed. An object is written under another name in its directory and then renamed,
    so that nobody sees half of it; it is not forced to the disk (fsync). Names like `.flytetypes-<16 hex>.unfinished`
    are of such files, and not listed.
    """

    def get(self, uri: str) -> bytes:
        with _reading(uri) as path:
            return path.read_bytes()

    def get_range(self, uri: str, start: int, length: int) -> bytes:
        with _reading(uri) as path, path.open("rb", buffering=0) as file:
            file.seek(start)
            return file.read(length)

    def get_stream(self, uri: str) -> Iterator[bytes]:
        with _reading(uri) as path:
            yield from file_chunks(str(path), PART_BYTES)

    def get_file(self, uri: str, path: str) -> None:
        with _reading(uri) as source, source.open("rb") as content, copy_of(uri, path) as file:
            _copy_content(content, file)

    def put(self, uri: str, data: bytes) -> None:
        with _writing(uri) as file:
            file.write(data)

    def put_stream(self, uri: str, chunks: Iterable[bytes]) -> None:
        with _writing(uri) as file:
            for chunk in chunks:
                file.write(chunk)

    def put_file(self, uri: str, path: str) -> None:
        with open(path, "rb") as content, _writing(uri) as file:  # noqa: PTH123
            _copy_content(content, file)

    def copy(self, source: str, target: str) -> None:
        with _reading(source) as path:
            self.put_file(target, str(path))

    def stat(self, uri: str) -> ObjectInfo:
        with _reading(uri) as path:
            status = path.stat()
            if path.is_dir():
                raise IsADirectoryError
            return ObjectInfo(uri, status.st_size, f"{status.st_mtime_ns}-{status.st_ino}")

    def exists(self, uri: str) -> bool:
        return path_of(uri).is_file()

    def delete(self, uri: str) -> None:
        try:
            path_of(uri).unlink(missing_ok=True)
        except (OSError, ValueError) as error:
            raise _failed("delete", uri, error) from error

    def list(self, prefix: str) -> Uris:
        root = path_of(prefix)
        below: Uris = []
        for directory, directories, names in os.walk(root):
            directories[:] = [name for name in directories if not is_unfinished(name)]
            paths = (path_of(os.path.join(directory, name)) for name in names if not is_unfinished(name))  # noqa: PTH118
            below += [path.relative_to(root).as_posix() for path in paths]
        return sorted(f"{prefix.rstrip('/')}/{name}" for name in below)


def path_of(uri: str) -> Path:
    """The path that a URI of this store names."""
    from pathlib import Path  # dear to import, and an engine that stores nothing does not need it

    return Path(uri.removeprefix(SCHEME))


@contextmanager
def _reading(uri: str) -> Iterator[Path]:
    """The path of an object to be read in the block; what that raises becomes an error with the URI."""
    try:
        path = path_of(uri)
        # A device or a pipe may have no end, and URIs come with the data, which comes from anywhere.
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise StorageError(f"there is no file at `{uri}`, but something else", uri=uri)
        yield path
    except StorageError:
        raise
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ObjectNotFound(f"there is no file at `{uri}`", uri=uri) from error
    except IsADirectoryError as error:
        raise ObjectNotFound(f"there is no file at `{uri}`, but a directory", uri=uri) from error
    except (OSError, ValueError) as error:
        raise _failed("read", uri, error) from error


@contextmanager
def _writing(uri: str) -> Iterator[BinaryIO]:
    """The file of an object to be written in the block; it appears when that ends."""
    raised: BaseException | None = None
    try:
        path = path_of(uri)
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(str(path)) as file:
            try:
                yield file
            except OSError as error:
                # Of the file itself: a full disk. Or of what is written to it, which has a place of its own.
                raised = error
                raise
    except StorageError:
        raise
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error is raised and not _is_of_disk(error):
            raise
        raise _failed("write", uri, error) from error


def _is_of_disk(error: OSError) -> bool:
    import errno

    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def _copy_content(source: BinaryIO, target: BinaryIO) -> None:
    import shutil

    shutil.copyfileobj(source, target, PART_BYTES)


def _failed(verb: str, uri: str, error: OSError | ValueError) -> StorageError:
    # ValueError: a path with a null character.
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    kind = AccessDenied if isinstance(error, PermissionError) else StorageError
    return kind(f"cannot {verb} `{uri}`: {reason}", uri=uri)
