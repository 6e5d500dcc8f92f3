"""`google.protobuf.Struct` from and to plain Python trees.

A Struct has one kind of number: integers become doubles on the way in and stay doubles on the way out.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.struct_pb2 import NullValue, Struct, Value

NULL = NullValue.Value("NULL_VALUE")


def fill_struct(into: Struct, tree: Mapping[str, Any]) -> None:
    """Write a JSON-like mapping into a Struct, in place.

    An empty mapping marks the Struct as present. Raises `TypeError` for what JSON has no form for.
    """
    into.SetInParent()
    fields = into.fields
    for key, value in tree.items():
        _fill_value(fields[key], value)


def read_struct(struct: Struct) -> dict[str, Any]:
    """The tree in a Struct: dicts, lists, strings, floats, booleans and None."""
    return {key: read_value(value) for key, value in struct.fields.items()}


def read_value(value: Value) -> Any:
    """One value of a Struct; a Value with nothing set reads as None."""
    match value.WhichOneof("kind"):
        case "string_value":
            return value.string_value
        case "number_value":
            return value.number_value
        case "bool_value":
            return value.bool_value
        case "struct_value":
            return read_struct(value.struct_value)
        case "list_value":
            return [read_value(item) for item in value.list_value.values]
        case _:
            return None


def _fill_value(into: Value, value: Any) -> None:
    # `bool` before numbers: True is an int in Python and not one in JSON.
    if value is None:
        into.null_value = NULL
    elif isinstance(value, bool):
        into.bool_value = value
    elif isinstance(value, (int, float)):
        into.number_value = float(value)
    elif isinstance(value, str):
        into.string_value = value
    elif isinstance(value, Mapping):
        fill_struct(into.struct_value, value)
    elif isinstance(value, Sequence):
        into.list_value.SetInParent()
        items = into.list_value.values
        for item in value:
            _fill_value(items.add(), item)
    else:
        raise TypeError(f"a Struct holds JSON values, got `{type(value).__name__}`")
