"""The copy of an object on this machine: whole or not at all, and what goes wrong with it is not the object's fault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from flytetypes._redact import shown
from flytetypes.errors import AccessDenied, StorageError
from flytetypes.storage._local_files import whole_file


@contextmanager
def copy_of(uri: str, path: str) -> Iterator[BinaryIO]:
    """A file to write what an object holds, which appears at the path when the block ends; its directory has to exist.

    Raises:
        StorageError: When this machine cannot write it: no directory, no permission, a full disk.
    """
    try:
        with whole_file(path) as file:
            yield file
    except StorageError:
        raise
    except OSError as error:
        kind = AccessDenied if isinstance(error, PermissionError) else StorageError
        reason = error.strerror or str(error)
        raise kind(f"cannot write `{path}`, a copy of `{shown(uri)}`: {reason}", uri=uri) from error
