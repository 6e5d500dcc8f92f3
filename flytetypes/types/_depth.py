"""How deep literals may nest: what protobuf's parsers read, they must be able to write, and no more.

The parsers refuse 100 messages inside one another (google.protobuf, the default recursion limit of every language). A
list adds two around its elements, a dict three around its values, and a number at the end is three.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from flytetypes import idl
from flytetypes.errors import ConversionError, key_step
from flytetypes.types._boxes import Outbox

LIST_LEVELS: Final = 2
DICT_LEVELS: Final = 3
UNION_LEVELS: Final = 3
# The outermost message is not inside another one.
MAX_LEVELS: Final = 100 + 1

Encode = Callable[[Any, idl.Literal, Outbox], None]


def too_deep(levels: int | None) -> bool:
    """Whether a literal of a type may nest deeper than parsers read; None stands for any depth."""
    return levels is None or levels > MAX_LEVELS


def limited(encode: Encode, levels: int | None) -> Encode:
    """An `encode` that refuses the values whose literal no parser would read; itself where there are none."""
    if not too_deep(levels):
        return encode

    def encode_limited(value: Any, into: idl.Literal, out: Outbox) -> None:
        encode(value, into, out)
        _refuse_deeper(into, MAX_LEVELS)

    return encode_limited


def _refuse_deeper(literal: idl.Literal, levels: int) -> None:
    """Raise for the first part of a literal that nests deeper than so many levels, with its path."""
    items: Iterable[tuple[Any, idl.Literal]]
    match literal.WhichOneof("value"):
        case "collection":
            items, inside = enumerate(literal.collection.literals), levels - LIST_LEVELS
        case "map":
            items, inside = literal.map.literals.items(), levels - DICT_LEVELS
        case "scalar" if literal.scalar.WhichOneof("value") == "union":
            union = literal.scalar.union
            if idl.message_levels(union.type) > levels - UNION_LEVELS:
                raise _deeper()
            _refuse_deeper(union.value, levels - UNION_LEVELS)
            return
        case _:
            if idl.message_levels(literal) > levels:
                raise _deeper()
            return
    if inside < 0:
        raise _deeper()
    for key, item in items:
        try:
            _refuse_deeper(item, inside)
        except ConversionError as error:
            raise error.within(key if type(key) is int else key_step(key))  # noqa: B904 - the same error


def _deeper() -> ConversionError:
    return ConversionError("a value that protobuf's parsers can read: 49 lists deep at most", got="one that is deeper")
