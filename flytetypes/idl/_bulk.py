"""Lists and dicts of one primitive, straight to wire bytes and back, without a message for each element.

`INTEGERS.write_list([1, 2])` is byte for byte what protobuf writes for the LiteralCollection, and
`INTEGERS.write_map({"a": 1})` what it writes deterministically for the LiteralMap. Writing believes what it is given:
whether each value has exactly the class is the caller's question. Reading believes nothing: bytes in any other layout
than the canonical one (see `_wire`), or of anything else than these values, are answered with None, and then the
message is the judge.

    >>> FLOATS.read_list(INTEGERS.write_list([1, 2])) is None
    True

What is written and read here is the *body*; a whole Literal is `length_prefixed(COLLECTION, body)`.
"""

import sys
from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable, Iterable
from functools import cache
from typing import Final, Generic, TypeVar

from flytetypes.idl._bulk_integers import integer_elements, read_integers, write_integers
from flytetypes.idl._generated.literals_pb2 import Literal, LiteralMap
from flytetypes.idl._wire import cut_map, read_varint, unwrap, varint

T = TypeVar("T")


class BulkCodec(ABC, Generic[T]):
    """Lists and dicts of one primitive of `flyteidl/core/literals.proto, Primitive`. Stateless; see the four below."""

    @abstractmethod
    def write_list(self, values: list[T]) -> bytes:
        """The body of a LiteralCollection.

        Args:
            values: Each of exactly the codec's class.

        Raises:
            OverflowError: For an integer outside of int64.
            UnicodeEncodeError: For a string with a lone surrogate.
        """

    @abstractmethod
    def read_list(self, body: bytes | memoryview) -> list[T] | None:
        """The values in the body of a LiteralCollection; None if it is not exactly as `write_list` writes it."""

    def write_map(self, values: dict[str, T]) -> bytes:
        """The body of a LiteralMap, entries in the order in which protobuf puts them; raises as `write_list` does."""
        keys = sorted_keys(values)
        body = bytearray()
        for key, element in zip(keys, self._elements([values[key] for key in keys]), strict=True):
            name = key.encode()
            name_size = varint(len(name))
            # An element is tag, length, literal; the `value` of an entry is the same under another tag.
            size = varint(1 + len(name_size) + len(name) + len(element))
            body += b"\n%b\n%b%b\x12" % (size, name_size, name)
            body += element[1:]
        return bytes(body)

    def read_map(self, body: bytes | memoryview) -> dict[str, T] | None:
        """The values in the body of a LiteralMap, in its order; None if its entries are not as `write_map` writes them.

        Entries may come in any order, since other writers do not sort; if a key repeats, the last one counts.
        """
        cut = cut_map(bytes(body))
        if cut is None:
            return None
        keys, sized_literals = cut
        if not keys:
            return {}
        values = self.read_list(b"\n" + b"\n".join(sized_literals))
        return None if values is None else dict(zip(keys, values, strict=True))

    @abstractmethod
    def _elements(self, values: Iterable[T]) -> list[bytes]:
        """What `write_list` writes, cut into elements."""


def sorted_keys(keys: Iterable[str]) -> list[str]:
    """The keys of a map in the order in which protobuf serialises them deterministically."""
    return sorted(keys, key=_map_order())


@cache
def _map_order() -> Callable[[str], bytes] | None:
    """How protobuf sorts the keys of a map when it serialises deterministically, as a `key` for `sorted`.

    Always by UTF-8 bytes, which is how Python sorts strings, save for a key that longer ones begin with: protobuf for
    Go, and for Python without its C extension, put it in front of those; the C extension (upb) puts it behind. The same
    value must give the same bytes here as through a message, so the runtime is asked.
    """
    probe = LiteralMap(literals={"a": Literal(), "ab": Literal()}).SerializeToString(deterministic=True)
    return None if probe.index(b"\n\1a") < probe.index(b"\n\2ab") else _longer_first


def _longer_first(key: str) -> bytes:
    return key.encode() + b"\xff"  # above all bytes of UTF-8


class _Integers(BulkCodec[int]):
    def write_list(self, values: list[int]) -> bytes:
        return write_integers(values)

    def read_list(self, body: bytes | memoryview) -> list[int] | None:
        return read_integers(bytes(body))

    def _elements(self, values: Iterable[int]) -> list[bytes]:
        return integer_elements(values)


class _FixedSize(BulkCodec[T], ABC):
    """Elements that all have the same header and the same size: written and read by slices with a step."""

    header: bytes
    """All of an element but its payload."""
    payload_size: int

    @abstractmethod
    def _pack(self, values: Iterable[T]) -> bytes:
        """The payloads, one behind the other."""

    @abstractmethod
    def _unpack(self, payloads: bytes) -> list[T] | None: ...

    def write_list(self, values: list[T]) -> bytes:
        payloads = self._pack(values)
        step = len(self.header) + self.payload_size
        body = bytearray(self.header + bytes(self.payload_size)) * len(values)
        for index in range(self.payload_size):
            body[len(self.header) + index :: step] = payloads[index :: self.payload_size]
        return bytes(body)

    def read_list(self, body: bytes | memoryview) -> list[T] | None:
        body = bytes(body)
        step = len(self.header) + self.payload_size
        count, rest = divmod(len(body), step)
        if rest or any(body[index::step].count(octet) != count for index, octet in enumerate(self.header)):
            return None
        payloads = bytearray(count * self.payload_size)
        for index in range(self.payload_size):
            payloads[index :: self.payload_size] = body[len(self.header) + index :: step]
        return self._unpack(bytes(payloads))

    def _elements(self, values: Iterable[T]) -> list[bytes]:
        payloads = self._pack(values)
        size = self.payload_size
        return [self.header + payloads[start : start + size] for start in range(0, len(payloads), size)]


class _Floats(_FixedSize[float]):
    header = bytes.fromhex("0a0d 0a0b 0a09 11")  # float_value: double, eight bytes, little-endian
    payload_size = 8

    def _pack(self, values: Iterable[float]) -> bytes:
        numbers = array("d", values)
        if sys.byteorder == "big":
            numbers.byteswap()
        return numbers.tobytes()

    def _unpack(self, payloads: bytes) -> list[float]:
        numbers = array("d", payloads)
        if sys.byteorder == "big":
            numbers.byteswap()
        return numbers.tolist()


class _Booleans(_FixedSize[bool]):
    header = bytes.fromhex("0a06 0a04 0a02 20")  # boolean: bool, a varint of 0 or 1
    payload_size = 1

    def _pack(self, values: Iterable[bool]) -> bytes:
        return bytes(values)

    def _unpack(self, payloads: bytes) -> list[bool] | None:
        # Other varints are true as well, in a layout that nobody writes.
        return None if payloads.translate(None, b"\0\1") else list(map(bool, payloads))


def _string_header(size: int) -> bytes:
    """All of an element in front of a string of `size` bytes of UTF-8."""
    header = b""
    for tag in (b"\x1a", b"\n", b"\n", b"\n"):  # string_value, primitive, scalar, literals; from the inside out
        header = tag + varint(size + len(header)) + header
    return header


_NOT_SHORT = 122  # below this many bytes all four lengths of the header are single bytes
_SHORT_STRINGS = tuple(map(_string_header, range(_NOT_SHORT)))
_SHORT_HEADER_SIZE = 8


class _Strings(BulkCodec[str]):
    def write_list(self, values: list[str]) -> bytes:
        return b"".join(self._elements(values))

    def read_list(self, body: bytes | memoryview) -> list[str] | None:
        body = bytes(body)
        values = []
        position, end = 0, len(body)
        try:
            while position < end:
                size = body[position + 7] if position + 7 < end else _NOT_SHORT
                if size < _NOT_SHORT and body.startswith(_SHORT_STRINGS[size], position):
                    start = position + _SHORT_HEADER_SIZE
                    position = start + size
                    if position > end:
                        return None
                    values.append(body[start:position].decode())
                else:
                    found = _long_string(body, position)
                    if found is None:
                        return None
                    value, position = found
                    values.append(value)
        except UnicodeDecodeError:
            return None
        return values

    def _elements(self, values: Iterable[str]) -> list[bytes]:
        return [
            (_SHORT_STRINGS[len(text)] if len(text) < _NOT_SHORT else _string_header(len(text))) + text
            for text in map(str.encode, values)
        ]


def _long_string(body: bytes, position: int) -> tuple[str, int] | None:
    """The string in the element that starts here, whatever its length, and the position behind it."""
    length = read_varint(body, position + 1)
    if body[position] != 0x0A or length is None or sum(length) > len(body):
        return None
    end = sum(length)
    inner: memoryview | None = memoryview(body)[length[1] : end]
    for tag in (b"\n", b"\n", b"\x1a"):
        if inner is None:
            return None
        inner = unwrap(inner, tag)
    return None if inner is None else (str(inner, "utf-8"), end)


INTEGERS: Final[BulkCodec[int]] = _Integers()
"""`Primitive.integer: int64`, for values of exactly `int`."""

FLOATS: Final[BulkCodec[float]] = _Floats()
"""`Primitive.float_value: double`, for values of exactly `float`; every NaN keeps its bits."""

STRINGS: Final[BulkCodec[str]] = _Strings()
"""`Primitive.string_value: string`, for values of exactly `str`."""

BOOLEANS: Final[BulkCodec[bool]] = _Booleans()
"""`Primitive.boolean: bool`, for values of exactly `bool`."""
