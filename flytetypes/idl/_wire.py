"""Protobuf's wire by hand: the few pieces that literals are made of, for code that writes and reads bytes directly.

Everything here knows one layout only, the *canonical* one that protobuf itself writes: fields in the order of their
numbers, each once, lengths in as few bytes as possible. Readers answer None for any other layout, and for bytes that
are cut short; the caller then parses the message, which accepts all layouts and explains what is wrong with bad ones.

A tag is a field's number and wire type as they stand in front of it: number * 8 + 2 for a length-delimited field
(https://protobuf.dev/programming-guides/encoding/).
"""

from typing import TypeVar

Buffer = TypeVar("Buffer", bytes, memoryview)

COLLECTION = b"\x12"
"""The tag of `Literal.collection`."""
MAP = b"\x1a"
"""The tag of `Literal.map`."""

_ONE_BYTE = tuple(bytes((n,)) for n in range(0x80))
_ITEM_TAG = 0x0A  # LiteralCollection.literals, LiteralMap.literals, and `key` of a map's entry: all field 1
_SCALAR_TAG = 0x0A  # Literal.scalar
_UNION_TAG = 0x4A  # Scalar.union
_VALUE_TAG = 0x12  # Union.type, and `value` of a map's entry: field 2


def varint(number: int) -> bytes:
    r"""A number of 0 to 2**64 - 1 in protobuf's base 128, the low seven bits first: one to ten bytes.

    >>> varint(300)
    b'\xac\x02'
    """
    if number < 0x80:
        return _ONE_BYTE[number]
    low = bytearray()
    while number >= 0x80:
        low.append(number & 0x7F | 0x80)
        number >>= 7
    low.append(number)
    return bytes(low)


def length_prefixed(tag: bytes, body: bytes | bytearray | memoryview) -> bytes:
    r"""A length-delimited field: tag, length, body.

    >>> length_prefixed(COLLECTION, b"abc")
    b'\x12\x03abc'
    """
    return b"".join((tag, varint(len(body)), body))


def read_varint(data: bytes | memoryview, position: int) -> tuple[int, int] | None:
    """The number that starts at `position`, and the position behind it.

    None when it is cut short, longer than it needs to be, or does not fit into 64 bits.
    """
    number = shift = 0
    for index in range(position, min(position + 10, len(data))):
        byte = data[index]
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            minimal = byte or index == position
            return (number, index + 1) if minimal and number < 1 << 64 else None
        shift += 7
    return None


def unwrap(data: bytes | memoryview, tag: bytes) -> memoryview | None:
    """The body of the one length-delimited field with this tag that `data` is; None if it is anything else."""
    if data[: len(tag)] != tag:
        return None
    length = read_varint(data, len(tag))
    if length is None or length[1] + length[0] != len(data):
        return None
    return memoryview(data)[length[1] :]


def split_union(data: bytes) -> tuple[bytes, bytes] | None:
    """The serialised value and type in a serialised Literal that is nothing but a union; None for any other."""
    size = len(data)
    try:
        if size < 0x80:  # a shortcut: then every length is one byte
            value_end = 6 + data[5]
            lengths = (size - 2, size - 4, value_end - 6, size - value_end - 2)
            if (data[1], data[3], data[5], data[value_end + 1]) == lengths and (
                data[0] == _SCALAR_TAG
                and data[2] == _UNION_TAG
                and data[4] == _ITEM_TAG
                and data[value_end] == _VALUE_TAG
            ):
                return data[6:value_end], data[value_end + 2 :]
            return None
    except IndexError:
        return None
    scalar = _field(data, 0, _SCALAR_TAG)
    union = None if scalar is None else _field(data, scalar[0], _UNION_TAG)
    value = None if union is None else _field(data, union[0], _ITEM_TAG)
    literal_type = None if value is None else _field(data, value[1], _VALUE_TAG)
    if scalar is None or union is None or value is None or literal_type is None:
        return None
    if not size == scalar[1] == union[1] == literal_type[1]:
        return None
    return data[slice(*value)], data[slice(*literal_type)]


def split_repeated(data: bytes | memoryview) -> list[memoryview] | None:
    """The serialised elements of a LiteralCollection's body (`flyteidl/core/literals.proto`), uncopied.

    None when the body holds anything else than elements. The elements themselves are not looked at.
    """
    view = memoryview(data)
    elements = []
    position, end = 0, len(data)
    while position < end:
        field = _field(data, position, _ITEM_TAG)
        if field is None:
            return None
        start, position = field
        elements.append(view[start:position])
    return elements


def split_map(data: bytes | memoryview) -> list[tuple[str, memoryview]] | None:
    """The entries of a LiteralMap's body, as they come: the key, and the serialised literal, uncopied.

    None when the body holds anything else than entries of a key followed by a value, or a key is not UTF-8. The order
    is that of the wire, and a key may come again: then the last one counts, as for protobuf. The literals themselves
    are not looked at.
    """
    cut = cut_map(memoryview(data))
    return None if cut is None else list(zip(cut[0], map(_without_length, cut[1]), strict=True))


def cut_map(data: Buffer) -> tuple[list[str], list[Buffer]] | None:
    """`split_map` in two columns: the keys, and the serialised literals with their lengths in front.

    The second column is made of slices of `data`: copies of bytes, and views of a memoryview.
    """
    keys: list[str] = []
    sized_literals: list[Buffer] = []
    position, end = 0, len(data)
    try:
        while position < end:
            stop = position + 2 + data[position + 1]
            key_end = position + 4 + data[position + 3]
            if (
                # Lengths of one byte each: what nearly all entries of a large map have.
                data[position] == _ITEM_TAG
                and data[position + 1] < 0x80
                and stop <= end
                and data[position + 2] == _ITEM_TAG
                and data[position + 3] < 0x80
                and data[key_end] == _VALUE_TAG
                and data[key_end + 1] < 0x80
                and stop == key_end + 2 + data[key_end + 1]
            ):
                key_start = position + 4
            else:
                entry = _field(data, position, _ITEM_TAG)
                key = None if entry is None else _field(data, entry[0], _ITEM_TAG)
                value = None if key is None else _field(data, key[1], _VALUE_TAG)
                if entry is None or key is None or value is None or value[1] != entry[1]:
                    return None
                (key_start, key_end), stop = key, entry[1]
            keys.append(str(data[key_start:key_end], "utf-8"))
            sized_literals.append(data[key_end + 1 : stop])
            position = stop
    except (IndexError, UnicodeDecodeError):
        return None
    return keys, sized_literals


def _without_length(sized: memoryview) -> memoryview:
    start = 0
    while sized[start] >= 0x80:
        start += 1
    return sized[start + 1 :]


def _field(data: bytes | memoryview, position: int, tag: int) -> tuple[int, int] | None:
    """Start and end of the body of the length-delimited field that starts here; None if there is none with this tag."""
    try:
        if data[position] != tag:
            return None
        size = data[position + 1]
    except IndexError:
        return None
    start = position + 2
    if size >= 0x80:  # the seldom case; the other one is the inner loop of reading a map
        length = read_varint(data, position + 1)
        if length is None:
            return None
        size, start = length
    end = start + size
    return (start, end) if end <= len(data) else None
