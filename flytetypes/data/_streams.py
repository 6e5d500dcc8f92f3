"""Open files as values: `typing.TextIO` and `typing.BinaryIO`, one object each; flytekit has their types.

What is written is what an open file has left, from its position on, while it is read; the position of one that can be
sought is then what it was. What is read is an open file too, of which nothing is fetched before it is read. Text is
UTF-8, and the ends of its lines stay as they are.
"""

from __future__ import annotations

import codecs
import io
import typing
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.data._iterators import Turn, there_once, used_up_in_struct
from flytetypes.errors import ConversionError, told
from flytetypes.storage import PART_BYTES, ObjectStore, Written, open_reader
from flytetypes.types import Converter, Inbox, Outbox, PlainCodec, Registry, TypeTransformer
from flytetypes.types._boxes import checked_uri
from flytetypes.types._file_values import BLOB_LEVELS, blob_type, blob_uri, file_name, fill_blob
from flytetypes.types._names import BINARY_IO, BINARY_IO_FORMAT, TEXT_IO, TEXT_IO_FORMAT

if TYPE_CHECKING:
    from flytetypes.types import TypeEngine


_BUFFER_BYTES: Final = 64 << 10


class LazyReader(io.RawIOBase):
    """An object as a file that is opened when it is first used.

    Attributes:
        name: Its URI.
        is_used: Whether it has been opened.
    """

    mode = "rb"

    def __init__(self, store: ObjectStore, uri: str) -> None:
        super().__init__()
        self.name = uri
        self._store = store
        self._opened: BinaryIO | None = None

    @property
    def is_used(self) -> bool:
        return self._opened is not None or self.closed

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count: int = self._file().readinto(buffer)  # type: ignore[attr-defined]  # every buffered reader has it
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file().seek(offset, whence)

    def tell(self) -> int:
        return 0 if self._opened is None else self._opened.tell()

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
        super().close()

    def _file(self) -> BinaryIO:
        if self.closed:
            raise ValueError(f"the file of `{self.name}` is closed")
        if self._opened is None:
            self._opened = open_reader(self._store, self.name)
        return self._opened


class StreamTransformer(TypeTransformer[Any]):
    """Binary files."""

    name = BINARY_IO
    format = BINARY_IO_FORMAT
    suffix = ".bin"
    kind = "a file that is open for reading bytes"

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """A blob."""
        expected = f"the file of a `{annotation.source}`"

        def encode(value: Any, into: idl.Literal, out: Outbox) -> None:
            self.check(value)
            uri = _kept(value)
            if uri is None:
                turn = out.once(value, Turn)
                uri = out.promise(Written(lambda sink: self._write(sink, value, turn)), file_name(self.suffix))
            fill_blob(into, self.format, uri)

        def decode(literal: idl.Literal, inbox: Inbox) -> Any:
            uri = checked_uri(blob_uri(inbox.open(literal), expected))
            return self.opened(io.BufferedReader(LazyReader(inbox.store or engine.store, uri), _BUFFER_BYTES))

        return Converter(
            annotation,
            self.name,
            literal_type=blob_type(self.format),
            encode=encode,
            decode=decode,
            engine=engine,
            classes=(),
            levels=BLOB_LEVELS,
            offloads=lambda _: iter(()),
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:  # noqa: ARG002
        """None: what is in a struct is read more than once."""
        raise used_up_in_struct(annotation)

    def guess(self, literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:  # noqa: ARG002
        """The annotation, for exactly the type."""
        return self.annotation() if literal_type == blob_type(self.format) else None

    def annotation(self) -> Any:
        """What is annotated."""
        return typing.BinaryIO

    def check(self, value: Any) -> None:
        """Raise `ConversionError` for what is no open file of the kind."""
        if not _is_open(value) or _is_text(value):
            raise ConversionError(self.kind, value, reason=_why_not(value))

    def opened(self, file: io.BufferedReader) -> Any:
        """What is read."""
        return file

    def write_rest(self, sink: BinaryIO, value: Any) -> None:
        """Write what a file has left."""
        while part := value.read(PART_BYTES):
            sink.write(part)

    def _write(self, sink: BinaryIO, value: Any, turn: Turn) -> None:
        with turn.taken() as is_first:
            try:
                start = _position(value)
                if start is None and not is_first:
                    raise there_once(value)
                self.write_rest(sink, value)
                if start is not None:
                    value.seek(start)
            except ConversionError:
                raise
            except UnicodeEncodeError:
                raise ConversionError("text that UTF-8 can carry", value, reason="it has lone surrogates") from None
            except (ValueError, TypeError) as error:  # closed meanwhile, or of no encoding that fits
                raise ConversionError(f"{self.kind} that can be read", value, reason=told(error)) from error


class TextTransformer(StreamTransformer):
    """Text files."""

    name = TEXT_IO
    format = TEXT_IO_FORMAT
    suffix = ".txt"
    kind = "a file that is open for reading text"

    def annotation(self) -> Any:
        """What is annotated."""
        return typing.TextIO

    def check(self, value: Any) -> None:
        """Raise `ConversionError` for what is no open file of the kind."""
        if not _is_open(value) or not _is_text(value):
            raise ConversionError(self.kind, value, reason=_why_not(value))

    def opened(self, file: io.BufferedReader) -> Any:
        """What is read."""
        return io.TextIOWrapper(file, encoding="utf-8", newline="")

    def write_rest(self, sink: BinaryIO, value: Any) -> None:
        """Write what a file has left, in UTF-8."""
        encode = codecs.getincrementalencoder("utf-8")().encode
        while part := value.read(PART_BYTES):
            sink.write(encode(part))


def _is_open(value: Any) -> bool:
    if not callable(getattr(value, "read", None)) or getattr(value, "closed", False):
        return False
    readable = getattr(value, "readable", None)
    return not callable(readable) or bool(readable())


def _is_text(value: Any) -> bool:
    """Whether reading gives text; wrappers of files are of no class that says so."""
    if isinstance(value, (io.RawIOBase, io.BufferedIOBase)):
        return False
    return isinstance(value, io.TextIOBase) or hasattr(value, "encoding")


def _why_not(value: Any) -> str | None:
    if getattr(value, "closed", False) is True:
        return "it is closed"
    if callable(getattr(value, "read", None)) and not _is_open(value):
        return "it is open for writing only"
    if not _is_open(value):
        return None
    return "reading it gives text" if _is_text(value) else "reading it gives bytes"


def _position(value: Any) -> int | None:
    """Where a file is; None for one that cannot go back there."""
    seekable = getattr(value, "seekable", None)
    if not callable(seekable) or not seekable():
        return None
    try:
        position: int = value.tell()
    except OSError:  # text that is being iterated over
        return None
    return position


def _kept(value: Any) -> str | None:
    """The URI that a file was read from, if nothing of it has been used."""
    raw = getattr(getattr(value, "buffer", value), "raw", None)
    return raw.name if isinstance(raw, LazyReader) and not raw.is_used else None


def register(registry: Registry) -> None:
    """The two of `typing`; a value may be of any class that does what they say."""
    registry.register(TextTransformer(), typing.TextIO, subclasses=False)
    registry.register(StreamTransformer(), typing.BinaryIO, subclasses=False)
