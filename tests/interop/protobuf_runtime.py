"""Use `flytetypes.idl` with whatever protobuf runtime is installed; prints its version, or fails.

PYTHONPATH=<repository> python -W error protobuf_runtime.py
"""

from __future__ import annotations

import random
import sys
from typing import Any

import google.protobuf

from exchange import again, descriptors, own
from flytetypes import idl
from flytetypes.idl._bulk import BOOLEANS, FLOATS, INTEGERS, STRINGS
from flytetypes.idl._diff import diff_literals, diff_types
from flytetypes.idl._fingerprint import fingerprint
from flytetypes.idl._render import render_literal, render_type


def every_message_is_filled_written_and_read() -> None:
    for descriptor in descriptors("flytetypes.idl._generated").values():
        for data in own(descriptor):
            assert again(descriptor, data) == data


def types_and_values_are_shown_and_compared() -> None:
    literal_type = idl.from_json(idl.LiteralType, {"mapValueType": {"simple": "STRUCT", "metadata": {"title": "A"}}})
    assert render_type(literal_type) == "dict[str, struct A]"
    assert diff_types(literal_type, idl.LiteralType(simple=idl.SimpleType.NONE)) == ["dict[str, struct A] -> None"]
    literal = idl.Literal()
    literal.map.literals["a"].scalar.primitive.boolean = False
    assert render_literal(literal) == "{'a': False}"
    other = idl.Literal.FromString(fingerprint(literal))
    other.map.literals["a"].scalar.primitive.boolean = True
    assert diff_literals(literal, other) == ['map.literals["a"].scalar.primitive.boolean: False -> True']
    assert idl.from_json(idl.Literal, idl.to_json(other)) == other


def bulk_is_what_the_messages_are() -> None:
    generator = random.Random(1)
    integers = [generator.randrange(-(2**63), 2**63) >> generator.randrange(64) for _ in range(5_000)]
    kinds: list[tuple[Any, str, list[Any]]] = [
        (INTEGERS, "integer", integers),
        (FLOATS, "float_value", [number / 7 for number in integers]),
        (STRINGS, "string_value", ["ü" * (abs(number) % 200) for number in integers]),
        (BOOLEANS, "boolean", [number % 2 == 0 for number in integers]),
    ]
    for codec, field, values in kinds:
        items, mapping = idl.LiteralCollection(), idl.LiteralMap()
        named = {"k" * (n % 100) + str(n): value for n, value in enumerate(values)}
        for value in values:
            setattr(items.literals.add().scalar.primitive, field, value)
        for key, value in named.items():
            setattr(mapping.literals[key].scalar.primitive, field, value)
        body, map_body = items.SerializeToString(), mapping.SerializeToString(deterministic=True)
        assert codec.write_list(values) == body
        assert codec.read_list(body) == values
        assert codec.write_map(named) == map_body
        assert codec.read_map(map_body) == named


if __name__ == "__main__":
    every_message_is_filled_written_and_read()
    types_and_values_are_shown_and_compared()
    bulk_is_what_the_messages_are()
    sys.stdout.write(google.protobuf.__version__)
