"""`FlyteDirectory`: a directory, here or in a store, whose files are read one by one or downloaded together."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from typing import Any, Generic, Self

from typing_extensions import TypeVar

from flytetypes.data._file import FlyteFile
from flytetypes.data._handle import (
    PATH_SCHEMA,
    Handle,
    download_target,
    local_place,
    model_field_of,
    name_below,
    of_format,
)
from flytetypes.errors import ObjectNotFound
from flytetypes.storage import (
    EMPTY_DIGEST,
    LocalDirectory,
    basename,
    check_digest,
    digest_in,
    digest_of_directory,
    download_directory,
    join,
    relative_name,
)

F = TypeVar("F", default=Any)


class FlyteDirectory(Handle, os.PathLike[str], Generic[F]):
    """A directory: all files below a path or a URI.

    `FlyteDirectory["x"]` is the class of those of a format. Nothing moves until a file of it is opened or all are
    downloaded; passed on, one that came from elsewhere keeps its URI.

    Args:
        path: Where it is: a path on this machine, or a URI.
        remote_directory: Where a directory of this machine is to be uploaded; by default to a random place below the
            prefix of the engine. False leaves it where it is.
    """

    __module__ = "flytetypes.data"  # where users find it, and what is written of it

    kind = "directory"

    def __init__(self, path: str | os.PathLike[str], remote_directory: str | bool | None = None) -> None:
        super().__init__(path.uri if isinstance(path, FlyteDirectory) else path, remote_directory)

    def __class_getitem__(cls, written: Any) -> Any:
        return of_format(FlyteDirectory, written)

    @classmethod
    def family(cls) -> type[Handle]:
        """`FlyteDirectory`."""
        return FlyteDirectory

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """A field of a model."""
        return model_field_of(cls, {"path": PATH_SCHEMA})

    def source_at(self, path: str) -> LocalDirectory:
        """All files below it."""
        return LocalDirectory(path)

    @classmethod
    def new_remote(cls, stem: str | None = None, alt: str | None = None) -> Self:
        """A directory to be filled, below where the running task, or else this process, puts new objects.

        Args:
            stem: Its name there; a random one by default.
            alt: A URI to take the place of that prefix.
        """
        return cls._new(stem, alt)

    @property
    def remote_directory(self) -> str | bool | None:
        """Where it is to be uploaded, as it was given."""
        return self.upload_to

    def __truediv__(self, name: str) -> FlyteFile[Any]:
        """One file of it, by its name from here: `directory / "a/b.csv"`; nothing is read."""
        return self._file(name_below(name))

    def joinpath(self, *names: str) -> FlyteFile[Any]:
        """As `/`, of several names one below the other."""
        return self / "/".join(names)

    new_file = __truediv__

    def new_dir(self, name: str) -> Self:
        """A directory in it, by its name from here."""
        below = type(self).at(join(self.uri, name_below(name)), self._store)
        below.stays = self.stays or self.is_remote
        return below

    def names(self) -> list[str]:
        """The names of all files in it, at any depth, relative to it, sorted.

        Raises:
            StorageError: When the store cannot tell, or has an object whose name is no path.
        """
        root = self._root if self.is_remote else self._here()
        return [relative_name(root, uri) for uri in self.store.list(root)]

    def files(self) -> Iterator[FlyteFile[Any]]:
        """All files in it, at any depth; none is read."""
        return map(self._file, self.names())

    def iterdir(self) -> Iterator[FlyteFile[Any] | Self]:
        """The files and directories just below it; nothing is read."""
        for name in dict.fromkeys(name.partition("/")[0] + "/" * ("/" in name) for name in self.names()):
            yield self.new_dir(name[:-1]) if name.endswith("/") else self._file(name)

    def glob(self, pattern: str) -> Iterator[FlyteFile[Any]]:
        """The files whose names from here fit a pattern: `*` and `?` within one part, `**` for any parts, `[abc]`."""
        matches = re.compile(_of_pattern(pattern)).fullmatch
        return (self._file(name) for name in self.names() if matches(name))

    @classmethod
    def listdir(cls, directory: FlyteDirectory[Any]) -> list[Any]:
        """`iterdir` of a directory, as a list."""
        return list(directory.iterdir())

    def crawl(self) -> Iterator[tuple[str, str]]:
        """The place of the directory and the name of a file below it, for all of its files."""
        return ((self._root, name) for name in self.names())

    def download(self) -> str:
        """Have all of it on this machine, if it is not; its path here. `os.fspath` does the same.

        What is downloaded stays until the process ends.

        Raises:
            StorageError: When something cannot be read, there is nothing below the URI, or an object there has a name
                that would lead out of the directory.
        """
        if not self.is_remote:
            return self._here()
        if self._downloaded is None:
            target = download_target(basename(self.uri) or "directory")
            expected = self._digest or digest_in(self.uri)
            try:
                if not download_directory(self.store, self.uri, target) and expected != EMPTY_DIGEST:
                    raise self._missing()
                if expected is not None:
                    check_digest(self.uri, expected, digest_of_directory(target))
            except BaseException:
                shutil.rmtree(target, ignore_errors=True)
                raise
            self._downloaded = target
        return self._downloaded

    def _here(self) -> str:
        path = local_place(self.uri)
        if not os.path.isdir(path):  # noqa: PTH112
            raise self._missing()
        return path

    def _missing(self) -> ObjectNotFound:
        reason = "but a file: annotate a FlyteFile" if self.store.exists(self._root) else "and nothing below it"
        return ObjectNotFound(f"there is no directory at `{self.uri}`, {reason}", uri=self.uri)

    def exists(self) -> bool:
        """Whether there is anything in it."""
        return bool(self.store.list(self._root))

    def size(self) -> int:
        """How long its files are together, in bytes."""
        return sum(self.store.stat(uri).size_bytes for uri in self.store.list(self._root))

    @property
    def _root(self) -> str:
        """Where its files are."""
        return self.uri if self.is_remote else local_place(self.uri)

    def _file(self, name: str) -> FlyteFile[Any]:
        here = None if self._downloaded is None else os.path.join(self._downloaded, name)  # noqa: PTH118
        if here is not None and not os.path.isfile(here):  # noqa: PTH113
            here = None
        file: FlyteFile[Any] = FlyteFile.at(join(self._root, name), self._store, downloaded=here)
        file.stays = self.stays or self.is_remote
        return file


def _of_pattern(pattern: str) -> str:
    """A pattern of names as a regular expression."""
    found = ""
    position = 0
    while position < len(pattern):
        rest = pattern[position:]
        if rest.startswith("**/"):
            found, position = found + "(?:[^/]+/)*", position + 3
        elif rest.startswith("**"):
            found, position = found + ".*", position + 2
        elif rest[0] == "*":
            found, position = found + "[^/]*", position + 1
        elif rest[0] == "?":
            found, position = found + "[^/]", position + 1
        elif (chars := re.match(r"\[(!?)([^/\]]+)\]", rest)) is not None:
            found += f"[{'^' if chars[1] else ''}{re.escape(chars[2]).replace(chr(92) + '-', '-')}]"
            position += len(chars[0])
        else:
            found, position = found + re.escape(rest[0]), position + 1
    return found
