"""What an annotation is compiled to: one class that explains the rest.

A `Converter` knows the LiteralType of its annotation, fills a literal from a value and reads a value from a literal.
Both are pure: no I/O, no global state. It has two faces. The *message* face works on `idl.Literal`; the *bytes* face
goes straight to the wire and back, which for a list of a million numbers is a hundred times faster; where a transformer
does not give one, the bytes face goes through the message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes._record import Record
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.storage import ObjectStore
from flytetypes.types._boxes import Fetch, Inbox, NotFetched, Outbox
from flytetypes.types._depth import MAX_LEVELS

if TYPE_CHECKING:
    from flytetypes.types._plain import PlainCodec

T = TypeVar("T")


class Bulk(Record, Generic[T]):
    """How lists and dicts of one primitive are converted at once."""

    cls: type[T]
    """The exact class of the values."""
    accept: Callable[[Any], T]
    """A value itself, or the equal one of the exact class; raises `ConversionError`."""
    codec: idl.BulkCodec[T]
    """The same on the wire."""


class Conversions(Protocol):
    """The engine, as a converter sees it: who moves bytes when conversion promised or needs some."""

    store: ObjectStore

    @property
    def prefix(self) -> str: ...
    def encode_and_store(self, converter: Converter[Any], value: Any) -> idl.Literal: ...
    def fetch_and_decode(self, converter: Converter[Any], literal: idl.Literal) -> Any: ...


class Converter(Generic[T]):
    """One annotation, compiled. Never changed once it is published, and freely shared between threads.

    Attributes:
        annotation: What it was compiled from.
        transformer: The name of the transformer that compiled it.
        tag: What a union writes beside its values; of a form the name of what it is on the wire, so that readers who
            know no forms know it too.
        encode: Fill an empty literal from a value; raises `ConversionError`.
        decode: The value in a literal; raises `ConversionError`, or `NotFetched` to ask for an object.
        write: The value as the bytes of a Literal.
        read: The value from the bytes of a Literal.
        classes: The exact classes of its values; a union looks a value up by them.
        plain: Its form inside a struct; None when it has none.
        bulk: For primitives: how lists and dicts of them are converted at once.
        levels: How deep the messages of its largest literal nest; None when that depends on the value.
        offloads: What decoding a literal of it will read, as URIs and fetches; None means that it is always inline,
            and its values too: no I/O, ever. What it cannot know of, inside recursive classes, is found when it is met.
        reads_later: Whether its values read an offloaded literal themselves, so that decoding does not.
        runs_code: Whether decoding runs code from the data (a pickle).
        unmodified: The same without what `Annotated` added (a hash, an annotation of the type).
        parts: Label and converter of what it consists of, for `explain` and `flytetypes show`.
    """

    __slots__ = (
        "_is_recursive",
        "_literal_type",
        "_type_of",
        "annotation",
        "bulk",
        "classes",
        "decode",
        "encode",
        "engine",
        "levels",
        "offloads",
        "parts",
        "plain",
        "read",
        "reads_later",
        "runs_code",
        "tag",
        "transformer",
        "unmodified",
        "write",
    )

    def __init__(
        self,
        annotation: Annotation,
        transformer: str,
        *,
        literal_type: idl.LiteralType | Callable[[Typing], idl.LiteralType],
        encode: Callable[[T, idl.Literal, Outbox], None],
        decode: Callable[[idl.Literal, Inbox], T],
        engine: Conversions,
        classes: Iterable[type] = (),
        plain: PlainCodec[T] | None = None,
        write: Callable[[T, Outbox], bytes] | None = None,
        read: Callable[[bytes, Inbox], T] | None = None,
        bulk: Bulk[T] | None = None,
        levels: int | None = 3,
        offloads: Callable[[idl.Literal], Iterator[str | Fetch]] | None = None,
        reads_later: bool = False,
        runs_code: bool = False,
        parts: tuple[tuple[str, Converter[Any] | PlainCodec[Any]], ...] = (),
        unmodified: Converter[T] | None = None,
        tag: str | None = None,
    ) -> None:
        self.annotation = annotation
        self.transformer = transformer
        self.tag = transformer if tag is None else tag
        self._type_of = literal_type
        self._literal_type: idl.LiteralType | None = None
        self._is_recursive = False
        self.encode = encode
        self.decode = decode
        self.engine = engine
        self.classes = tuple(classes)
        self.plain = plain
        self.bulk = bulk
        self.levels = levels
        self.offloads = offloads
        self.reads_later = reads_later
        self.runs_code = runs_code
        self.parts = parts
        self.unmodified = unmodified or self
        self.write = write or self._write_through_message
        self.read = read or self._read_through_message

    def but(self, **changes: Any) -> Converter[Any]:
        """Another converter that differs in what is given, by the names of the arguments.

        Where a function of the message face changes, the bytes face goes through the message unless it is given too.
        `bulk`, which goes past all of them, is only kept where none of them changes.
        """
        kept = {name: getattr(self, name) for name in _KEPT}
        functions = {name: getattr(self, name) for name in ("encode", "decode")}
        functions["write"] = None if "encode" in changes else self.write
        functions["read"] = None if "decode" in changes else self.read
        kept["bulk"] = self.bulk if functions.keys().isdisjoint(changes) else None
        return Converter(**{"literal_type": self.type_within, **kept, **functions, **changes})

    @property
    def source(self) -> str:
        """The annotation as errors show it."""
        return self.annotation.source

    @property
    def literal_type(self) -> idl.LiteralType:
        """The type on the wire; shared, do not change it."""
        if self._literal_type is None:
            typing = Typing()
            literal_type = self.type_within(typing)
            if idl.message_levels(literal_type) > MAX_LEVELS:
                raise AnnotationError(f"`{self.source}` nests deeper than protobuf's parsers can read")
            self._is_recursive = typing.cut_short
            self._literal_type = literal_type
        return self._literal_type

    def type_within(self, typing: Typing) -> idl.LiteralType:
        """The type on the wire as a part of a larger one, which may contain itself."""
        if isinstance(self._type_of, idl.LiteralType):
            return self._type_of
        # What is known already may be told otherwise inside a class that it contains.
        if self._literal_type is not None and not (self._is_recursive and typing.open):
            return self._literal_type
        return self._type_of(typing)

    def to_literal(self, value: T) -> idl.Literal:
        """Convert a value; what it promised to the store has been uploaded when this returns.

        Raises:
            ConversionError: When the value does not fit; nothing was uploaded.
            StorageError: When an upload failed.
        """
        if self.offloads is None:
            literal, out = idl.Literal(), Outbox()
            self.encode(value, literal, out)
            if not out.promises:
                return literal
        return self.engine.encode_and_store(self, value)

    def to_python(self, literal: idl.Literal) -> T:
        """The value in a literal; what it refers to is downloaded first.

        Raises:
            ConversionError: When the literal is not one of this type.
            StorageError: When a download failed.
        """
        try:
            if self.offloads is None:
                return self.decode(literal, Inbox(store=self.engine.store))
        except NotFetched:  # the literal, or one inside it, was offloaded
            pass
        except Exception:
            check_literal(literal)
            raise
        value: T = self.engine.fetch_and_decode(self, literal)
        return value

    def to_bytes(self, value: T) -> bytes:
        """The serialised Literal of a value, deterministic; raises like `to_literal`."""
        if self.offloads is None:
            out = Outbox()
            data = self.write(value, out)
            if not out.promises:
                return data
        return self.engine.encode_and_store(self, value).SerializeToString(deterministic=True)

    def from_bytes(self, data: bytes) -> T:
        """The value in a serialised Literal; raises like `to_python`, also for bytes that are no Literal."""
        try:
            if self.offloads is None:
                return self.read(data, Inbox(store=self.engine.store))
        except NotFetched:
            pass
        except Exception:
            _check_bytes(data)
            raise
        return self.to_python(parse_literal(data))

    def _write_through_message(self, value: T, out: Outbox) -> bytes:
        literal = idl.Literal()
        self.encode(value, literal, out)
        return literal.SerializeToString(deterministic=True)

    def _read_through_message(self, data: bytes, inbox: Inbox) -> T:
        return self.decode(parse_literal(data), inbox)

    def __repr__(self) -> str:
        return f"<Converter of {self.source} by {self.transformer}>"


# What `but` takes over as it is; not `unmodified`, which is of a type that may be another one now.
_KEPT = (
    *("annotation", "transformer", "engine", "classes", "plain", "levels", "offloads", "reads_later", "runs_code"),
    *("parts", "tag"),
)


class Typing:
    """One LiteralType in the making.

    Attributes:
        open: The classes that are being told, by the keys of their annotations.
        cut_short: Whether one was met inside itself: the type is a tree, so there it is told without its fields.
    """

    __slots__ = ("cut_short", "open")

    def __init__(self) -> None:
        self.open: set[object] = set()
        self.cut_short = False

    def tell(self, key: object, fields: Callable[[], None]) -> None:
        """Have the fields of a class told, unless this is inside of it."""
        if key in self.open:
            self.cut_short = True
            return
        self.open.add(key)
        try:
            fields()
        finally:
            self.open.discard(key)


def parse_literal(data: bytes) -> idl.Literal:
    """A literal from its bytes; raises `ConversionError` for bytes that are none."""
    try:
        return idl.Literal.FromString(data)
    except idl.DecodeError:
        raise ConversionError("a serialised Literal", got=f"{len(data)} bytes that are cut off or no Literal") from None
    except TypeError:
        _check_bytes(data)
        raise


def check_literal(literal: object) -> None:
    """Raise for what is no Literal; asked where something failed, so that what is one pays nothing for it."""
    if type(literal).__name__ != "Literal":  # not by its class: there may be other bindings of the same message
        raise ConversionError("a `Literal`", literal) from None


def _check_bytes(data: object) -> None:
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise ConversionError("`bytes` of a Literal", data) from None
