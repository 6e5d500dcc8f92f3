"""Differences between types and values: each on a line, with its path, and none where there is none."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flytetypes.idl import Literal, LiteralMap, LiteralType, from_json
from flytetypes.idl._diff import diff_literals, diff_types
from flytetypes.idl._fingerprint import fingerprint

INT, STR = {"simple": "INTEGER"}, {"simple": "STRING"}
COLUMNS = [{"name": "a", "literalType": INT}]


def struct(**metadata: Any) -> dict[str, Any]:
    return {"simple": "STRUCT", "metadata": metadata}


def fields(**types: Any) -> dict[str, Any]:
    return {"simple": "STRUCT", "structure": {"dataclassType": types}}


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (INT, INT, []),
        (INT, STR, ["int -> str"]),
        ({}, {"simple": "NONE"}, ["nothing -> None"]),
        ({"collectionType": INT}, {"collectionType": STR}, ["collection_type: int -> str"]),
        ({"collectionType": INT}, {"mapValueType": INT}, ["list[int] -> dict[str, int]"]),
        ({"mapValueType": {"blob": {}}}, {"mapValueType": INT}, ["map_value_type: file -> int"]),
        ({"blob": {"format": "csv"}}, {"blob": {}}, ["blob.format: 'csv' -> absent"]),
        ({"blob": {}}, {"blob": {"dimensionality": "MULTIPART"}}, ["blob.dimensionality: absent -> MULTIPART"]),
        (
            {"unionType": {"variants": [INT, STR]}},
            {"unionType": {"variants": [{**INT, "structure": {"tag": "int"}}]}},
            [
                "union_type.variants[0].structure: absent -> {tag:\"int\"}",
                "union_type.variants[1]: str -> absent",
            ],
        ),
        ({"enumType": {"values": ["a"]}}, {"enumType": {}}, ["enum_type.values[0]: 'a' -> absent"]),
        (
            {"enumType": {"values": ["a", "b"]}},
            {"enumType": {"values": ["b", "b", "c"]}},
            ["enum_type.values[0]: 'a' -> 'b'", "enum_type.values[2]: absent -> 'c'"],
        ),
        (
            {"structuredDatasetType": {"columns": COLUMNS, "externalSchemaBytes": "YQ=="}},
            {"structuredDatasetType": {"columns": [{"name": "b", "literalType": STR}], "externalSchemaBytes": "Yg=="}},
            [
                "structured_dataset_type.columns[0].name: 'a' -> 'b'",
                "structured_dataset_type.columns[0].literal_type: int -> str",
                "structured_dataset_type.external_schema_bytes: b'a' -> b'b'",
            ],
        ),
        (
            {"schema": {"columns": [{"name": "a", "type": "FLOAT"}]}},
            {"schema": {"columns": [{"name": "a", "type": "STRING"}]}},
            ["schema.columns[0].type: FLOAT -> STRING"],
        ),
        (
            struct(properties={"a": {"type": "integer"}}, required=["a"]),
            struct(properties={"a": {"type": "string"}, "é b": {}}, required=[]),
            [
                'metadata["properties"]["a"]["type"]: \'integer\' -> \'string\'',
                'metadata["properties"]["é b"]: absent -> {}',
                "metadata[\"required\"][0]: 'a' -> absent",
            ],
        ),
        (struct(default=True), struct(default=1), ['metadata["default"]: True -> 1.0']),
        (struct(), {"simple": "STRUCT"}, ["metadata: {} -> absent"]),
        (struct(a=[]), struct(), ['metadata["a"]: [] -> absent']),
        (fields(a=INT), fields(a=STR, b=INT), [
            'structure.dataclass_type["a"]: int -> str',
            'structure.dataclass_type["b"]: absent -> int',
        ]),
        (
            {**INT, "annotation": {"annotations": {"a": 1}}},
            {**STR, "annotation": {"annotations": {"a": 2}}},
            ["int -> str", 'annotation.annotations["a"]: 1.0 -> 2.0'],
        ),
    ],
)  # fmt: skip
def test_these_types_differ_in_these_lines(before: Any, after: Any, lines: Any) -> None:
    assert diff_types(from_json(LiteralType, before), from_json(LiteralType, after)) == lines


def number(value: int) -> dict[str, Any]:
    return {"scalar": {"primitive": {"integer": str(value)}}}


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (number(0), number(0), []),
        (number(0), {"scalar": {"primitive": {"boolean": False}}}, ["0 -> False"]),
        (number(1), {"collection": {}}, ["1 -> []"]),
        (
            {"collection": {"literals": [number(1), number(2)]}},
            {"collection": {"literals": [number(1), number(3)]}},
            ["collection.literals[1].scalar.primitive.integer: 2 -> 3"],
        ),
        ({"map": {"literals": {"a": number(1)}}}, {"map": {}}, ['map.literals["a"]: 1 -> absent']),
        ({**number(1), "hash": "x"}, number(1), ["hash: 'x' -> absent"]),
        (
            {"scalar": {"union": {"value": number(1), "type": INT}}},
            {"scalar": {"union": {"value": number(1), "type": STR}}},
            ["scalar.union.type: int -> str"],
        ),
    ],
)
def test_these_values_differ_in_these_lines(before: Any, after: Any, lines: Any) -> None:
    assert diff_literals(from_json(Literal, before), from_json(Literal, after)) == lines


trees = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "x"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)
types = st.recursive(
    st.builds(dict)
    | st.fixed_dictionaries({"simple": st.integers(0, 9)}, optional={"metadata": st.fixed_dictionaries({"a": trees})})
    | st.fixed_dictionaries({"blob": st.fixed_dictionaries({}, optional={"format": st.sampled_from(["", "csv"])})})
    | st.fixed_dictionaries({"enumType": st.fixed_dictionaries({"values": st.lists(st.sampled_from("ab"))})}),
    lambda inner: (
        st.fixed_dictionaries({"collectionType": inner})
        | st.fixed_dictionaries({"unionType": st.fixed_dictionaries({"variants": st.lists(inner, max_size=3)})})
        | st.fixed_dictionaries(
            {"simple": st.just(9), "structure": st.builds(lambda t: {"dataclassType": {"f": t}}, inner)}
        )
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(types, types)
def test_there_are_no_lines_just_when_the_types_are_equal(before: Any, after: Any) -> None:
    one, other = from_json(LiteralType, before), from_json(LiteralType, after)
    assert (diff_types(one, other) == []) == (fingerprint(one) == fingerprint(other))
    assert diff_types(one, one) == []
    assert len(diff_types(one, other)) == len(diff_types(other, one))


def test_a_fingerprint_does_not_depend_on_how_the_message_came_about() -> None:
    keys = [f"key {n}" for n in range(100)]
    forwards, backwards = LiteralMap(), LiteralMap()
    for key in keys:
        forwards.literals[key].scalar.primitive.string_value = key
    for key in reversed(keys):
        backwards.literals[key].scalar.primitive.string_value = key
    assert fingerprint(forwards) == fingerprint(backwards) == fingerprint(LiteralMap.FromString(fingerprint(forwards)))
