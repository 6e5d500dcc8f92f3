"""Files on this machine: whole or not at all, and in chunks."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

_UNFINISHED: Final = re.compile(r"\.flytetypes-[0-9a-f]{16}\.unfinished")


def unfinished_beside(path: str) -> str:
    """A path in the same directory for what is not finished yet."""
    return os.path.join(os.path.dirname(path), f".flytetypes-{os.urandom(8).hex()}.unfinished")  # noqa: PTH118, PTH120


def is_unfinished(name: str) -> bool:
    """Whether a file or directory of this name is being written."""
    return _UNFINISHED.fullmatch(name) is not None


@contextmanager
def whole_file(path: str) -> Iterator[BinaryIO]:
    """A file to write, which appears under its name when the block ends, in place of an older one; else not at all.

    Its directory has to exist. It is not forced to the disk (fsync).
    """
    unfinished = unfinished_beside(path)
    try:
        with open(unfinished, "xb") as file:  # noqa: PTH123 - pathlib is dear to import
            yield file
        os.replace(unfinished, path)  # noqa: PTH105
    except BaseException:
        if os.path.lexists(unfinished):
            os.unlink(unfinished)  # noqa: PTH108
        raise


def file_chunks(path: str, size_bytes: int) -> Iterator[bytes]:
    """The content of a file, in chunks."""
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123
        while chunk := file.read(size_bytes):
            yield chunk
