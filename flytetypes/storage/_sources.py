"""What is uploaded: bytes, or where they come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO, TypeAlias

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


class HeldObject(Record):
    """What an object in a store would hold, kept in memory instead.

    Attributes:
        content: What readers in this process make their values of. Nobody changes it.
        size_bytes: How much memory that takes.
        write: Writes the object after all; like `Written.write`, but may be called again.
    """

    content: Any
    size_bytes: int
    write: Callable[[BinaryIO], object]


class Written(Record):
    """What a function writes, while it writes it.

    Attributes:
        write: Called once, in a thread, with a binary file that can be written and told the position of, not sought.
        check: Called before that, with the store and the URI; what it raises keeps the object from being written.
        hold: Called in place of both where the object may stay in memory for a while, with the bytes that it may take;
            raises what `write` would. What it gives shares nothing with the source that anybody may change. None for
            what has to be written, now or always.
    """

    write: Callable[[BinaryIO], object]
    check: Callable[[ObjectStore, str], object] | None = None
    hold: Callable[[int], HeldObject | None] | None = None


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
