"""Types and values as one line that a person reads."""

from typing import Any

import pytest

from flytetypes import idl
from flytetypes.idl import LiteralType
from flytetypes.idl._render import SHOWN_CHARACTERS, render_literal, render_type


def parse(tree: Any) -> LiteralType:
    return idl.from_json(LiteralType, tree)


INT, STR, NONE = {"simple": "INTEGER"}, {"simple": "STRING"}, {"simple": "NONE"}


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        ({}, "nothing"),
        (NONE, "None"),
        (INT, "int"),
        ({"simple": "FLOAT"}, "float"),
        (STR, "str"),
        ({"simple": "BOOLEAN"}, "bool"),
        ({"simple": "DATETIME"}, "datetime"),
        ({"simple": "DURATION"}, "timedelta"),
        ({"simple": "BINARY"}, "bytes"),
        ({"simple": "ERROR"}, "error"),
        ({"simple": 99}, "simple 99"),
        ({"simple": "STRUCT"}, "dict"),
        ({"simple": "STRUCT", "metadata": {"type": "object"}}, "dict"),
        ({"simple": "STRUCT", "metadata": {"title": "Inner"}}, "struct Inner"),
        ({"simple": "STRUCT", "metadata": {"$ref": "#/$defs/Node"}}, "struct Node"),
        ({"collectionType": {"collectionType": INT}}, "list[list[int]]"),
        ({"mapValueType": {"simple": "FLOAT"}}, "dict[str, float]"),
        ({"unionType": {"variants": [INT, NONE]}}, "union[int, None]"),
        ({"unionType": {}}, "union[]"),
        ({"enumType": {"values": ["a", "it's"]}}, """enum['a', "it's"]"""),
        ({"blob": {}}, "file"),
        ({"blob": {"format": "csv"}}, "file(csv)"),
        ({"blob": {"dimensionality": "MULTIPART"}}, "directory"),
        ({"blob": {"format": "x", "dimensionality": "MULTIPART"}}, "directory(x)"),
        ({"blob": {"format": "two\nlines"}}, "file(two lines)"),
        ({"structuredDatasetType": {}}, "dataset"),
        ({"structuredDatasetType": {"format": "parquet"}}, "dataset(parquet)"),
        ({"structuredDatasetType": {"columns": [{"name": "a", "literalType": INT}]}}, "dataset(a: int)"),
        (
            {
                "structuredDatasetType": {
                    "format": "parquet",
                    "columns": [{"name": "a", "literalType": INT}, {"name": "b", "literalType": STR}],
                }
            },
            "dataset(parquet; a: int, b: str)",
        ),
        ({"schema": {}}, "schema()"),
        ({"schema": {"columns": [{"name": "a"}, {"name": "b", "type": "DATETIME"}]}}, "schema(a: int, b: datetime)"),
    ],
)
def test_a_type_reads_as_this(tree: Any, text: Any) -> None:
    assert render_type(parse(tree)) == text


def test_a_long_type_is_shortened() -> None:
    text = render_type(parse({"enumType": {"values": [str(n) for n in range(100_000)]}}))
    assert text.startswith("enum['0', '1', '2', ")
    assert text.endswith("...")
    assert len(text) == SHOWN_CHARACTERS


def test_what_is_not_shown_costs_nothing() -> None:
    wide = LiteralType()
    wide.union_type.variants.extend([LiteralType(simple="INTEGER")] * 200)
    for _ in range(3):
        outer = LiteralType()
        outer.union_type.variants.extend([wide] * 20)
        wide = outer
    assert len(render_type(wide)) == SHOWN_CHARACTERS  # 1,600,000 variants


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        ({}, "nothing"),
        ({"scalar": {}}, "nothing"),
        ({"scalar": {"noneType": {}}}, "None"),
        ({"scalar": {"primitive": {}}}, "nothing"),
        ({"scalar": {"primitive": {"integer": "-3"}}}, "-3"),
        ({"scalar": {"primitive": {"floatValue": "NaN"}}}, "nan"),
        ({"scalar": {"primitive": {"stringValue": "a\nb"}}}, r"'a\nb'"),
        ({"scalar": {"primitive": {"boolean": False}}}, "False"),
        ({"scalar": {"primitive": {"datetime": "2024-02-29T12:00:00.5Z"}}}, "2024-02-29T12:00:00.500Z"),
        ({"scalar": {"primitive": {"duration": "-1.5s"}}}, "-1.500s"),
        ({"scalar": {"binary": {"value": "AAECAw==", "tag": "msgpack"}}}, "binary(msgpack, 4 bytes)"),
        ({"scalar": {"binary": {}}}, "binary(0 bytes)"),
        ({"scalar": {"blob": {"uri": "s3://b/k", "metadata": {"type": {"format": "csv"}}}}}, "file(csv) s3://b/k"),
        ({"scalar": {"structuredDataset": {"uri": "s3://b/k"}}}, "dataset s3://b/k"),
        ({"scalar": {"schema": {"uri": "s3://b/k"}}}, "schema s3://b/k"),
        ({"scalar": {"generic": {"a": [1, None]}}}, "struct {'a': [1.0, None]}"),
        ({"scalar": {"error": {"message": "bad"}}}, "error('bad')"),
        ({"scalar": {"union": {"value": {"scalar": {"noneType": {}}}}}}, "None"),
        ({"collection": {}}, "[]"),
        ({"collection": {"literals": [{"scalar": {"noneType": {}}}, {"map": {}}]}}, "[None, {}]"),
        ({"collection": {"literals": [{"collection": {}}] * 1_005}}, "[[], [], [], [], [], ... 1,000 more]"),
        ({"map": {"literals": {"b": {"map": {}}, "a": {"collection": {}}}}}, "{'a': [], 'b': {}}"),
        ({"offloadedMetadata": {"uri": "s3://b/k", "sizeBytes": "12345"}}, "offloaded(12,345 bytes) s3://b/k"),
    ],
)
def test_a_value_reads_as_this(tree: Any, text: Any) -> None:
    assert render_literal(idl.from_json(idl.Literal, tree)) == text


def test_a_duration_beyond_what_json_can_say_is_shown_in_seconds() -> None:
    literal = idl.Literal()
    literal.scalar.primitive.duration.seconds = 86_399_999_913_600
    assert render_literal(literal) == "86399999913600s 0ns"


def test_a_deep_value_is_shortened() -> None:
    literal = idl.Literal()
    literal.scalar.primitive.integer = 1
    for _ in range(30):
        outer = idl.Literal()
        outer.collection.literals.extend([literal])
        literal = outer
    for _ in range(4):
        outer = idl.Literal()
        outer.collection.literals.extend([literal] * 10)
        literal = outer
    assert len(render_literal(literal)) == SHOWN_CHARACTERS
