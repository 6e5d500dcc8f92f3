"""Literals compared without the order of the entries in msgpack maps: a LiteralType does not tell the order of fields.

Just enough of protobuf's and msgpack's wire formats to find those maps; everything else is compared byte by byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# Fields of Literal, Scalar, Binary and Union in flyteidl/core/literals.proto.
_SCALAR, _COLLECTION, _MAP = range(1, 4)
_BINARY, _UNION = 3, 9
_VALUE, _TAG = 1, 2
_ENTRY_VALUE = 2

_FIXED_BYTES = {1: 8, 5: 4}

# Bytes of a msgpack value after its first one, by that one; then how many bytes hold the length of what has one.
_LEAVES = {
    **dict.fromkeys((0xC0, 0xC2, 0xC3), 0),
    **dict.fromkeys((0xCC, 0xD0), 1),
    **dict.fromkeys((0xCD, 0xD1, 0xD4), 2),
    **dict.fromkeys((0xCA, 0xCE, 0xD2), 4),
    **dict.fromkeys((0xCB, 0xCF, 0xD3), 8),
    **dict(zip((0xD5, 0xD6, 0xD7, 0xD8), (3, 5, 9, 17), strict=True)),
}
_BYTES = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
_EXTENSIONS = {0xC7: 1, 0xC8: 2, 0xC9: 4}
_ARRAYS = {0xDC: 2, 0xDD: 4}
_MAPS = {0xDE: 2, 0xDF: 4}


def same_literals(one: str, other: str) -> bool:
    """Whether two literals in hex differ in nothing but the order of entries; False for what cannot be read."""
    try:
        return _literal(bytes.fromhex(one)) == _literal(bytes.fromhex(other))
    except (ValueError, LookupError, TypeError, RecursionError):
        return False


def _literal(data: bytes) -> list[Any]:
    found: list[Any] = []
    for number, value in _fields(data):
        if number == _SCALAR:
            found.append(_scalar(value))
        elif number == _COLLECTION:
            found.append([_literal(item) for _, item in _fields(value)])
        elif number == _MAP:
            found.append([_entry(entry) for _, entry in _fields(value)])
        else:
            found.append((number, value))
    return found


def _entry(data: bytes) -> list[Any]:
    return [_literal(value) if number == _ENTRY_VALUE else value for number, value in _fields(data)]


def _scalar(data: bytes) -> list[Any]:
    found: list[Any] = []
    for number, value in _fields(data):
        parts = list(_fields(value)) if number in (_BINARY, _UNION) else []
        if number == _BINARY and (_TAG, b"msgpack") in parts:
            found.append([_tree(part) if field == _VALUE else part for field, part in parts])
        elif number == _UNION:
            found.append([_literal(part) if field == _VALUE else part for field, part in parts])
        else:
            found.append((number, value))
    return found


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Number and value of each field: an integer, or the bytes of anything else."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        match key & 7:
            case 0:
                value, at = _varint(data, at)
                yield key >> 3, value
            case 2:
                size, at = _varint(data, at)
                if at + size > len(data):
                    raise ValueError("cut off")
                yield key >> 3, data[at : at + size]
                at += size
            case wire_type if wire_type in _FIXED_BYTES:
                end = at + _FIXED_BYTES[wire_type]
                yield key >> 3, data[at:end]
                at = end
            case wire_type:
                raise ValueError(f"wire type {wire_type}")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _tree(data: bytes) -> Any:
    tree, at = _node(data, 0)
    if at != len(data):
        raise ValueError("bytes are left over")
    return tree


def _node(data: bytes, at: int) -> tuple[Any, int]:
    """One msgpack value, and where it ends: leaves are their bytes, maps are in one order."""
    first, start = data[at], at
    at += 1
    if first in _MAPS or first >> 4 == 0x8:
        count, at = _count(data, at, _MAPS.get(first), first & 0x0F)
        entries = []
        for _ in range(count):
            key, at = _node(data, at)
            value, at = _node(data, at)
            entries.append((key, value))
        return ("map", sorted(entries, key=repr)), at
    if first in _ARRAYS or first >> 4 == 0x9:
        count, at = _count(data, at, _ARRAYS.get(first), first & 0x0F)
        items = []
        for _ in range(count):
            item, at = _node(data, at)
            items.append(item)
        return ("array", items), at
    if first in _BYTES or first >> 5 == 0b101:
        size, at = _count(data, at, _BYTES.get(first), first & 0x1F)
    elif first in _EXTENSIONS:
        size, at = _count(data, at, _EXTENSIONS[first], 0)
        size += 1
    else:
        size = 0 if first < 0x80 or first >= 0xE0 else _LEAVES[first]
    if at + size > len(data):
        raise ValueError("cut off")
    return data[start : at + size], at + size


def _count(data: bytes, at: int, size: int | None, short: int) -> tuple[int, int]:
    return (short, at) if size is None else (int.from_bytes(data[at : at + size], "big"), at + size)
