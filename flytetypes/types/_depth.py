"""How deep literals may nest: what protobuf's parsers read, they must be able to write, and no more.

The parsers refuse 100 messages inside one another (google.protobuf, the default recursion limit of every language). A
list adds two around its elements, a dict three around its values, and a primitive at the end is three.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flytetypes import idl
from flytetypes.errors import ConversionError, key_step
from flytetypes.types._boxes import Outbox

LIST_LEVELS: Final = 2
DICT_LEVELS: Final = 3
LEAF_LEVELS: Final = 3
# The outermost message is not inside another one.
MAX_LEVELS: Final = 100 + 1

Encode = Callable[[Any, idl.Literal, Outbox], None]


def too_deep(levels: int | None) -> bool:
    """Whether the largest literal of a type nests deeper than parsers read."""
    return levels is not None and levels > MAX_LEVELS


def limited(encode: Encode, levels: int | None) -> Encode:
    """An `encode` that refuses the values whose literal no parser would read; itself where there are none."""
    if not too_deep(levels):
        return encode

    def encode_limited(value: Any, into: idl.Literal, out: Outbox) -> None:
        _refuse_deeper(value, MAX_LEVELS)
        encode(value, into, out)

    return encode_limited


def _refuse_deeper(value: Any, levels: int) -> None:
    if type(value) is list:
        items: Any = enumerate(value)
        levels -= LIST_LEVELS
    elif type(value) is dict:
        items = value.items()
        levels -= DICT_LEVELS
    else:
        if levels < LEAF_LEVELS:
            raise ConversionError(
                "a value that protobuf's parsers can read: 49 lists deep at most", got="one that is deeper"
            )
        return
    for key, item in items:
        try:
            _refuse_deeper(item, levels)
        except ConversionError as error:
            raise error.within(key if type(value) is list else key_step(key))  # noqa: B904 - the same error
