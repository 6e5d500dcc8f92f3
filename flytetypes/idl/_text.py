"""A message as the text that Go's `String()` gives it: what the backend sorts by and shows in its errors."""

import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def go_text(message: Message) -> str:
    """The one-line text format of protobuf-go: `collection_type:{simple:FLOAT}`.

    Fields are in the order of the .proto file, map entries in that of their keys. Go puts one space or two between
    fields, whichever it is for a whole build; here it is always one.
    """
    fields = sorted(message.ListFields(), key=lambda item: item[0].index)
    return " ".join(text for descriptor, value in fields for text in _field(descriptor, value))


def _field(descriptor: FieldDescriptor, value: Any) -> Iterator[str]:
    name = descriptor.name
    # Messages first: a Struct is a mapping to Python as well, a ListValue a sequence.
    if isinstance(value, Message):
        yield f"{name}:{_single(descriptor, value)}"
    elif isinstance(value, Mapping):
        for key in sorted(value):
            yield f"{name}:{{key:{_scalar(key)} value:{_single(descriptor, value[key])}}}"
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        for item in value:
            yield f"{name}:{_single(descriptor, item)}"
    else:
        yield f"{name}:{_single(descriptor, value)}"


def _single(descriptor: FieldDescriptor, value: Any) -> str:
    if isinstance(value, Message):
        return f"{{{go_text(value)}}}"
    if descriptor.enum_type is not None:
        named = descriptor.enum_type.values_by_number.get(value)
        return str(value) if named is None else named.name
    return _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{"".join(map(_escaped, value))}"'
    if isinstance(value, bytes):
        return _scalar(value.decode("latin-1"))
    return _float(value) if isinstance(value, float) else str(value)


def _float(value: float) -> str:
    """As Go's `%g`: the fewest digits that say it, with an exponent below 1e-4 and from 1e6 on."""
    if not math.isfinite(value):
        return str(value)
    digits, exponent = Decimal(repr(value)).normalize().as_tuple()[1:]
    leading = len(digits) - 1 + int(exponent) if value else 0
    if leading < -4 or leading >= 6:
        return f"{value:.{len(digits) - 1}e}"
    return f"{value:.{max(0, -int(exponent))}f}"


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character < " " or character == "\x7f":
        return f"\\x{ord(character):02x}"
    return f"\\u{ord(character):04x}" if "\x80" <= character <= "\x9f" else character
