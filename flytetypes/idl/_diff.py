"""What differs between two types or two values, line by line: for people, and for tests that fail.

Whether one type can flow into another is a different question, which `castable` answers.
"""

import json
import reprlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct

from flytetypes.idl._generated.literals_pb2 import Literal
from flytetypes.idl._generated.types_pb2 import LiteralType
from flytetypes.idl._render import render_literal, render_type
from flytetypes.idl._struct import read_struct
from flytetypes.idl._text import go_text


def diff_types(before: LiteralType, after: LiteralType) -> list[str]:
    """One line for each difference, with its path through the fields of the messages; none when both are equal.

    >>> integers, strings = LiteralType(), LiteralType()
    >>> integers.collection_type.simple, strings.collection_type.simple = 1, 3
    >>> diff_types(integers, strings)
    ['collection_type: int -> str']

    A difference at the root has no path: `int -> str`. What only one of the two has is `absent` from the other.
    """
    return list(_messages("", before, after))


def diff_literals(before: Literal, after: Literal) -> list[str]:
    """As `diff_types`, for two values: `collection.literals[2].scalar.primitive.integer: 1 -> 2`."""
    return list(_messages("", before, after))


def _messages(path: str, before: Message, after: Message) -> Iterator[str]:
    other_kind = _kind(before) != _kind(after)
    if other_kind:  # then what is inside has nothing to do with each other
        yield _line(path, _text(before), _text(after))
    fields: dict[int, FieldDescriptor] = {}
    values: dict[int, list[Any]] = {}
    for side, message in enumerate((before, after)):
        for descriptor, value in message.ListFields():
            fields[descriptor.number] = descriptor
            pair = values.setdefault(descriptor.number, [_empty_like(value)] * 2)
            pair[side] = _named(value, descriptor)
    for number, descriptor in sorted(fields.items()):
        if not (other_kind and descriptor.containing_oneof is not None):
            yield from _values(f"{path}.{descriptor.name}" if path else descriptor.name, *values[number])


def _kind(message: Message) -> object:
    """Which member is set of the oneofs that decide how a type or value reads; None for other messages."""
    match message:
        case LiteralType():
            return message.WhichOneof("type"), message.simple
        case Literal():
            scalar = message.scalar
            return message.WhichOneof("value"), scalar.WhichOneof("value"), scalar.primitive.WhichOneof("value")
        case _:
            return None


def _empty_like(value: Any) -> Any:
    """What stands for a field that is not set: for a map or a repeated field it is nothing but an empty one."""
    if isinstance(value, Message | str | bytes):
        return ABSENT
    return {} if isinstance(value, Mapping) else () if isinstance(value, Sequence) else ABSENT


def _named(value: Any, descriptor: FieldDescriptor) -> Any:
    """The value of a field; that of an enum by its name, if the number has one."""
    if descriptor.enum_type is None:
        return value
    named = descriptor.enum_type.values_by_number.get(value)
    return value if named is None else _Name(named.name)


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()


class _Name(str):
    """A string that is shown without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _values(path: str, before: Any, after: Any) -> Iterator[str]:
    """The differences between two values of a field, two items of one, or two parts of a Struct's tree."""
    match before, after:
        case Struct(), Struct():
            yield from _values(path, read_struct(before), read_struct(after))
        case Message(), Message():  # before mappings: some messages are one to Python as well
            yield from _messages(path, before, after)
        case Mapping(), Mapping():
            for key in sorted({*before, *after}):
                step = f"{path}[{json.dumps(key, ensure_ascii=False)}]"
                yield from _values(step, before.get(key, ABSENT), after.get(key, ABSENT))
        case (str() | bytes(), _) | (_, str() | bytes()):  # before sequences
            yield from _scalars(path, before, after)
        case Sequence(), Sequence():
            for index, items in enumerate(zip_longest(before, after, fillvalue=ABSENT)):
                yield from _values(f"{path}[{index}]", *items)
        case _:
            yield from _scalars(path, before, after)


def _scalars(path: str, before: Any, after: Any) -> Iterator[str]:
    if repr(before) != repr(after):  # unlike `!=` this tells True from 1.0, and not NaN from NaN
        yield _line(path, _text(before), _text(after))


def _text(value: Any) -> str:
    match value:
        case LiteralType():
            return render_type(value)
        case Literal():
            return render_literal(value)
        case Struct():
            return reprlib.repr(read_struct(value))
        case Message():
            return f"{{{go_text(value)}}}"
        case _:
            return reprlib.repr(value)


def _line(path: str, before: str, after: str) -> str:
    change = f"{before} -> {after}"
    return f"{path}: {change}" if path else change
