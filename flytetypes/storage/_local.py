"""Files on this machine as objects."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from flytetypes.errors import StorageError
from flytetypes.storage._store import Uris
from flytetypes.storage._twins import SyncFirst

if TYPE_CHECKING:
    from pathlib import Path

SCHEME = "file://"
_UNFINISHED = ".flytetypes-"


class LocalStore(SyncFirst):
    """Objects are files, by path or by `file://` URI; what follows the scheme is a path as it is, not percent-encoded.

    Folders are made as they are needed. An object is written under another name in its folder and then renamed, so
    that nobody sees half of it; it is not forced to the disk (fsync). What names begin with `.flytetypes-` are such
    unfinished files, and not listed.
    """

    def get(self, uri: str) -> bytes:
        try:
            path = _path(uri)
            # A device or a pipe may have no end, and URIs come with the data, which comes from anywhere.
            if path.exists() and not (path.is_file() or path.is_dir()):
                raise StorageError(f"there is no file at `{uri}`, but something else", uri=uri)
            return path.read_bytes()
        except FileNotFoundError as error:
            raise StorageError(f"there is no file at `{uri}`", uri=uri) from error
        except (OSError, ValueError) as error:
            raise _failed("read", uri, error) from error

    def put(self, uri: str, data: bytes) -> None:
        path = _path(uri)
        unfinished = path.with_name(_UNFINISHED + os.urandom(8).hex()) if path.name else path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                unfinished.write_bytes(data)
                unfinished.replace(path)
            except BaseException:
                unfinished.unlink(missing_ok=True)
                raise
        except (OSError, ValueError) as error:
            raise _failed("write", uri, error) from error

    def exists(self, uri: str) -> bool:
        return _path(uri).is_file()

    def delete(self, uri: str) -> None:
        try:
            _path(uri).unlink(missing_ok=True)
        except (OSError, ValueError) as error:
            raise _failed("delete", uri, error) from error

    def list(self, prefix: str) -> Uris:
        root = _path(prefix)
        below = [
            _path(os.path.join(folder, name)).relative_to(root).as_posix()  # noqa: PTH118
            for folder, _, names in os.walk(root)
            for name in names
            if not name.startswith(_UNFINISHED)
        ]
        return sorted(f"{prefix.rstrip('/')}/{name}" for name in below)


def _path(uri: str) -> Path:
    from pathlib import Path  # dear to import, and an engine that stores nothing does not need it

    return Path(uri.removeprefix(SCHEME))


def _failed(verb: str, uri: str, error: OSError | ValueError) -> StorageError:
    # ValueError: a path with a null character.
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return StorageError(f"cannot {verb} `{uri}`: {reason}", uri=uri)
