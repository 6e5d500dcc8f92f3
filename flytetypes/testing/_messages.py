"""Hypothesis strategies for protobuf messages: any generated class, by its descriptor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from flytetypes import idl

_TEXT: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_DEEPEST: Final = 2


def message_values(cls: type[idl.Message], depth: int = 0) -> SearchStrategy[Any]:
    """Messages of a class that have a canonical JSON form and equal themselves, so without NaN.

    Args:
        cls: The generated class.
        depth: How many messages are around it; deep ones have no messages inside.
    """
    descriptor = cls.DESCRIPTOR
    special = _WELL_KNOWN.get(descriptor.full_name)
    if special is not None:
        return special.map(lambda tree: idl.from_json(cls, tree))
    fields = {field.name: _field_values(cls, field, depth) for field in descriptor.fields}
    drawn = {name: values for name, values in fields.items() if values is not None}
    return st.fixed_dictionaries({}, optional=drawn).map(lambda values: cls(**values))


def _field_values(cls: type[idl.Message], field: Any, depth: int) -> SearchStrategy[Any] | None:
    """The values of a field; None for one that is left out."""
    message = field.message_type
    if message is None:
        single = _single_values(field)
        return st.lists(single, max_size=2) if _is_repeated(field) else single
    if message.full_name in _LEFT_OUT or (depth >= _DEEPEST and message.full_name not in _WELL_KNOWN):
        return None
    if message.GetOptions().map_entry:
        key, value = message.fields_by_name["key"], message.fields_by_name["value"]
        values = _field_values(cls, value, depth)
        return None if values is None else st.dictionaries(_single_values(key), values, max_size=2)
    inner = message_values(message._concrete_class, depth + 1)  # noqa: SLF001 - every runtime has it
    return st.lists(inner, max_size=2) if _is_repeated(field) else inner


def _is_repeated(field: Any) -> bool:
    known = getattr(field, "is_repeated", None)  # newer runtimes; `label` warns there
    return bool(field.label == field.LABEL_REPEATED if known is None else known)


def _single_values(field: Any) -> SearchStrategy[Any]:
    if field.cpp_type == field.CPPTYPE_ENUM:
        return st.sampled_from([value.number for value in field.enum_type.values])
    if field.type == field.TYPE_BYTES:
        return st.binary(max_size=8)
    by_class: dict[int, Callable[[], SearchStrategy[Any]]] = {
        field.CPPTYPE_INT32: lambda: st.integers(-(2**31), 2**31 - 1),
        field.CPPTYPE_INT64: lambda: st.integers(-(2**63), 2**63 - 1),
        field.CPPTYPE_UINT32: lambda: st.integers(0, 2**32 - 1),
        field.CPPTYPE_UINT64: lambda: st.integers(0, 2**64 - 1),
        field.CPPTYPE_BOOL: st.booleans,
        field.CPPTYPE_FLOAT: lambda: st.floats(width=32, allow_nan=False),
        field.CPPTYPE_DOUBLE: lambda: st.floats(allow_nan=False),
        field.CPPTYPE_STRING: lambda: _TEXT,
    }
    return by_class[field.cpp_type]()


def _seconds(values: SearchStrategy[int]) -> SearchStrategy[str]:
    return values.map(lambda seconds: f"{seconds}s")


_FINITE: Final = st.floats(allow_nan=False, allow_infinity=False)
_JSON: Final[SearchStrategy[Any]] = st.recursive(
    st.none() | st.booleans() | _FINITE | _TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXT, inner, max_size=2),
    max_leaves=4,
)
# Those whose JSON is not an object of their fields, as that JSON.
_WELL_KNOWN: Final[dict[str, SearchStrategy[Any]]] = {
    "google.protobuf.Struct": st.dictionaries(_TEXT, _JSON, max_size=3),
    "google.protobuf.ListValue": st.lists(_JSON, max_size=3),
    "google.protobuf.Value": _JSON,
    "google.protobuf.Timestamp": st.datetimes().map(lambda when: f"{when.isoformat()}Z"),
    "google.protobuf.Duration": _seconds(st.integers(-(10**11), 10**11)),
}
# `Any` needs to know other classes, and a FieldMask other fields.
_LEFT_OUT: Final = frozenset({"google.protobuf.Any", "google.protobuf.FieldMask"})
