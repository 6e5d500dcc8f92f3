"""What is uploaded: bytes, or where they come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, TypeAlias

from flytetypes._record import Record
from flytetypes.storage._store import ObjectStore


class LocalFile(Record):
    """What a file on this machine holds when it is uploaded.

    Attributes:
        path: The file.
    """

    path: str


class LocalDirectory(Record):
    """Every file below a directory on this machine, each under the directory's URI and its path in there.

    Attributes:
        path: The directory.
    """

    path: str


class Written(Record):
    """What a function writes, while it writes it.

    Attributes:
        write: Called once, in a thread, with a binary file that can be written and told the position of, not sought.
        check: Called before that, with the store and the URI; what it raises keeps the object from being written.
    """

    write: Callable[[BinaryIO], object]
    check: Callable[[ObjectStore, str], object] | None = None


class Saved(Record):
    """What a function saves as a file on this machine; the file is temporary.

    Attributes:
        save: Called once, in a thread, with the path of the file.
        name: The last part of that path.
    """

    save: Callable[[str], object]
    name: str


Source: TypeAlias = bytes | LocalFile | LocalDirectory | Written | Saved


class Stored(Record):
    """What became of a source.

    Attributes:
        uri: Where it is now.
        size_bytes: How long it is; of a directory, all files together.
        digest: `sha256:` and the hex digits of its content; of a directory, of the names and digests of its files
            (`docs/extensions.md`). None where it was not asked for.
    """

    uri: str
    size_bytes: int
    digest: str | None = None
