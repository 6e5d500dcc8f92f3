"""`FlyteFile`: a file, on this machine or in a store, that moves when it is opened or downloaded."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from types import TracebackType
from typing import IO, Any, BinaryIO, Generic, Self, cast

from typing_extensions import TypeVar

from flytetypes.data._handle import (
    PATH_SCHEMA,
    Handle,
    download_target,
    local_place,
    model_field_of,
    of_format,
)
from flytetypes.storage import (
    LocalFile,
    LocalStore,
    Writer,
    Written,
    basename,
    check_digest,
    digest_in,
    digest_of_bytes,
    download_verified,
    open_reader,
    open_writer,
)

# Defaults, so that `FlyteFile` alone says enough.
F = TypeVar("F", default=Any)


class FlyteFile(Handle, os.PathLike[str], Generic[F]):
    """A file.

    `FlyteFile["csv"]` is the class of those of a format. Nothing moves until the file is opened or downloaded; passed
    on, one that came from elsewhere keeps its URI.

    Args:
        path: Where it is: a path on this machine, or a URI.
        remote_path: Where a file of this machine is to be uploaded; by default to a random place below the prefix of
            the engine. False leaves it where it is.
        metadata: Notes of the user's, which go into the literal.
    """

    __module__ = "flytetypes.data"  # where users find it, and what is written of it

    kind = "file"

    def __init__(
        self,
        path: str | os.PathLike[str],
        remote_path: str | bool | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(path.uri if isinstance(path, FlyteFile) else path, remote_path)
        self.metadata = dict(metadata or {})

    def __class_getitem__(cls, written: Any) -> Any:
        return of_format(FlyteFile, written)

    @classmethod
    def family(cls) -> type[Handle]:
        """`FlyteFile`."""
        return FlyteFile

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """A field of a model."""
        metadata = {"anyOf": [{"type": "object", "additionalProperties": {"type": "string"}}, {"type": "null"}]}
        return model_field_of(cls, {"path": PATH_SCHEMA, "metadata": {**metadata, "default": None}})

    def source_at(self, path: str) -> LocalFile:
        """One file."""
        return LocalFile(path)

    def copied(self) -> Written:
        """Its content, read from where it is."""

        def write(file: BinaryIO) -> None:
            for part in self.store.get_stream(self.uri):
                file.write(part)

        return Written(write)

    @classmethod
    def new_remote_file(cls, name: str | None = None, alt: str | None = None) -> Self:
        """A file to be written, below where the running task, or else this process, puts new objects.

        Args:
            name: Its name there; a random one by default.
            alt: A URI to take the place of that prefix.
        """
        return cls._new(name, alt)

    @property
    def remote_path(self) -> str | bool | None:
        """Where it is to be uploaded, as it was given."""
        return self.upload_to

    def open(
        self,
        mode: str = "r",
        *,
        encoding: str | None = "utf-8",
        errors: str | None = None,
        newline: str | None = None,
    ) -> IO[Any]:
        """Open it where it is: reading fetches what is read, from any position; writing uploads meanwhile.

        As a `with` block that is left by an exception, writing leaves nothing, or what was there before.

        Args:
            mode: `r` or `w`, and `b` for bytes.
            encoding: Of texts.
            errors: As of the built-in `open`.
            newline: As of the built-in `open`.

        Raises:
            StorageError: When it cannot be read or written.
            ValueError: For another mode: objects in a store are not added to.
        """
        kind = mode.replace("b", "").replace("t", "")
        if kind not in ("r", "w") or len(set(mode)) != len(mode) or {"b", "t"} <= set(mode):
            raise ValueError(f"a file is opened with `r`, `rb`, `w` or `wb`, got {mode!r}")
        uri = self.uri if self.is_remote else local_place(self.uri)
        if kind == "r":
            here = self._downloaded
            binary: Any = open_reader(self.store, uri) if here is None else open_reader(LocalStore(), here)
            return binary if "b" in mode else io.TextIOWrapper(binary, encoding, errors, newline)
        self._downloaded = self._digest = None
        writer = open_writer(self.store, uri)
        return cast("IO[Any]", writer) if "b" in mode else _TextWriter(writer, encoding, errors, newline)

    def download(self) -> str:
        """Have it on this machine, if it is not; its path here. `os.fspath` and so `open(file)` do the same.

        What is downloaded stays until the process ends, and is verified where its digest is known.

        Raises:
            StorageError: When it cannot be read, or is not what was uploaded.
        """
        if not self.is_remote:
            path = local_place(self.uri)
            self.store.stat(path)  # says what is wrong with it, if anything is
            return path
        if self._downloaded is None:
            target = download_target(basename(self.uri) or "file")
            os.makedirs(os.path.dirname(target))  # noqa: PTH103, PTH120
            expected = self._digest or digest_in(self.uri)
            if expected is None:
                self.store.get_file(self.uri, target)
            else:
                download_verified(self.store, self.uri, target, expected)
            self._downloaded = target
        return self._downloaded

    def read_bytes(self) -> bytes:
        """The whole content, verified where its digest is known."""
        with self.open("rb") as file:
            data: bytes = file.read()
        expected = self._digest or digest_in(self.uri)
        if expected is not None:
            check_digest(self.uri, expected, digest_of_bytes(data))
        return data

    def read_text(self, encoding: str = "utf-8") -> str:
        """The whole content as text."""
        return self.read_bytes().decode(encoding)

    def exists(self) -> bool:
        """Whether it is there."""
        return self.store.exists(self.uri)

    def size(self) -> int:
        """How long it is, in bytes; raises `StorageError` when it is not there."""
        return self.store.stat(self.uri).size_bytes


class _TextWriter(io.TextIOWrapper):
    """Text on its way up; a block that fails gives it up, and so does forgetting it."""

    def __init__(self, writer: Writer, encoding: str | None, errors: str | None, newline: str | None) -> None:
        self._writer = writer
        super().__init__(cast("IO[bytes]", writer), encoding, errors, newline)

    def __del__(self) -> None:
        self._writer.forget()  # closing it would say that it is complete

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            self._writer.abort()
        self.close()
