"""The type that the backend infers for a literal."""

import json
from pathlib import Path
from typing import Any

import pytest

from flytetypes import idl
from flytetypes.types._infer import literal_type_of

GOLDEN = Path(__file__).parents[1] / "golden"
ROWS = json.loads((GOLDEN / "types-vectors.json").read_text())["infer_type"]


def literal_of(tree: dict[str, Any]) -> idl.Literal:
    return idl.from_json(idl.Literal, tree)


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_golden(row: dict[str, Any]) -> None:
    inferred = literal_type_of(literal_of(row["literal"]))
    assert (None if inferred is None else idl.to_json(inferred)) == row["inferred_type"]


def integer(value: int = 1) -> dict[str, Any]:
    return {"scalar": {"primitive": {"integer": value}}}


def text(value: str = "a") -> dict[str, Any]:
    return {"scalar": {"primitive": {"stringValue": value}}}


def collection(*items: dict[str, Any]) -> dict[str, Any]:
    return {"collection": {"literals": list(items)}}


def test_an_element_without_a_type_leaves_a_hole_in_the_type() -> None:
    assert literal_type_of(literal_of(collection({}))) == idl.from_json(idl.LiteralType, {"collectionType": {}})


def test_variants_lifted_out_of_nested_lists_are_repeated() -> None:
    inferred = literal_type_of(
        literal_of(collection(collection(integer(), text()), collection({"scalar": {"noneType": {}}}, text())))
    )
    assert inferred is not None
    variants = [idl.SimpleType.Name(v.simple) for v in inferred.collection_type.collection_type.union_type.variants]
    assert variants == ["INTEGER", "STRING", "NONE", "STRING"]


def test_variants_are_sorted_by_their_text_not_by_their_number() -> None:
    literals = [integer(), {"scalar": {"primitive": {"boolean": True}}}, {"collection": {"literals": [integer()]}}]
    inferred = literal_type_of(literal_of(collection(*literals)))
    assert inferred is not None
    assert [idl.to_json(variant) for variant in inferred.collection_type.union_type.variants] == [
        {"collectionType": {"simple": "INTEGER"}},
        {"simple": "BOOLEAN"},
        {"simple": "INTEGER"},
    ]


def test_the_type_is_not_part_of_the_literal() -> None:
    literal = literal_of({"offloadedMetadata": {"uri": "s3://b/k", "inferredType": {"simple": "INTEGER"}}})
    inferred = literal_type_of(literal)
    assert inferred is not None
    inferred.simple = idl.SimpleType.FLOAT
    assert literal.offloaded_metadata.inferred_type.simple == idl.SimpleType.INTEGER
