"""Structs: any value with a plain codec as one msgpack tree in a literal; what dataclasses, dicts and models share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.errors import ConversionError
from flytetypes.types._boxes import Fetch, Inbox, Outbox
from flytetypes.types._converter import Converter, Typing, parse_literal
from flytetypes.types._plain import Dumping, Loading, PlainCodec
from flytetypes.types._tree import load_tree, pack, read_tree, unpack, write_tree

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

T = TypeVar("T")

# Literal, Scalar, Binary; in the old format the depth depends on the value, and protobuf itself refuses.
_LEVELS = 3
_SCALAR = b"\n"  # Literal.scalar
_BINARY = b"\x1a"  # Scalar.binary
_VALUE = b"\n"  # Binary.value
_TAG = b"\x12\x07msgpack"  # Binary.tag


def _header(size: int) -> bytes:
    """What stands before `size` bytes of msgpack in a serialised Literal, while every length is one byte."""
    tail = len(_TAG)
    lengths = (size + tail + 4, size + tail + 2, size)
    return b"".join(tag + bytes((length,)) for tag, length in zip((_SCALAR, _BINARY, _VALUE), lengths, strict=True))


_HEADERS = tuple(map(_header, range(0x80 - len(_TAG) - 4)))
_HEADER_SIZE = 6


def _wrapped(packed: bytes) -> bytes:
    """Msgpack bytes as a serialised Literal."""
    if len(packed) < len(_HEADERS):
        return b"".join((_HEADERS[len(packed)], packed, _TAG))
    binary = idl.length_prefixed(_VALUE, packed) + _TAG
    return idl.length_prefixed(_SCALAR, idl.length_prefixed(_BINARY, binary))


def _unwrapped(data: bytes) -> bytes | None:
    """The msgpack bytes in a serialised Literal that is exactly as `_wrapped` writes it; None for any other."""
    if not data.endswith(_TAG):
        return None
    size = len(data) - _HEADER_SIZE - len(_TAG)
    if 0 <= size < len(_HEADERS):
        return data[_HEADER_SIZE : -len(_TAG)] if data.startswith(_HEADERS[size]) else None
    scalar = idl.unwrap(data, _SCALAR)
    binary = None if scalar is None else idl.unwrap(scalar, _BINARY)
    value = None if binary is None else idl.unwrap(binary[: -len(_TAG)], _VALUE)
    return None if value is None else bytes(value)


def struct_converter(
    annotation: Annotation,
    transformer: str,
    codec: PlainCodec[T],
    literal_type: Callable[[Typing], idl.LiteralType],
    engine: TypeEngine,
    *,
    is_dict: bool = False,
    tag: str | None = None,
) -> Converter[T]:
    """The converter of an annotation whose values travel as one tree.

    Args:
        annotation: What is compiled.
        transformer: Name of the transformer that compiles it.
        codec: Value to tree and back.
        literal_type: The type on the wire.
        engine: Who compiles.
        is_dict: Whether the old format marks it as a dict.
        tag: As of `Converter`.
    """
    dump = codec.dump
    expected = f"`{annotation.source}`"

    def encode(value: T, into: idl.Literal, out: Outbox) -> None:
        dumping = Dumping(out)
        write_tree(dump_safely(value, dumping), dumping, into, is_dict=is_dict)

    def decode(literal: idl.Literal, inbox: Inbox) -> T:
        tree, loading = read_tree(inbox.open(literal), inbox, expected)
        return load_tree(codec, tree, loading)

    def write(value: T, out: Outbox) -> bytes:
        dumping = Dumping(out)
        tree = dump_safely(value, dumping)
        if dumping.hints or dumping.to_json:
            literal = idl.Literal()
            write_tree(tree, dumping, literal, is_dict=is_dict)
            return literal.SerializeToString(deterministic=True)
        return _wrapped(pack(tree))

    def read(data: bytes, inbox: Inbox) -> T:
        packed = _unwrapped(data)
        if packed is None:
            return decode(parse_literal(data), inbox)
        return load_tree(codec, unpack(packed), Loading(inbox))

    def dump_safely(value: T, dumping: Dumping) -> Any:
        try:
            return dump(value, dumping)
        except RecursionError:
            raise ConversionError(expected, got="a value that contains itself, or is nested too deep") from None

    return Converter(
        annotation,
        transformer,
        literal_type=literal_type,
        encode=encode,
        decode=decode,
        write=write,
        read=read,
        engine=engine,
        classes=codec.classes,
        plain=codec,
        levels=_LEVELS,
        offloads=_fetched_when_met if codec.stored else None,
        runs_code=codec.runs_code,
        parts=codec.parts,
        tag=tag,
    )


def _fetched_when_met(_: idl.Literal) -> Iterator[str | Fetch]:
    """What is inside a tree asks for itself."""
    return iter(())
