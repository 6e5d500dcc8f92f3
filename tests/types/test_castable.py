"""Which types feed which: the rows that Flyte's compiler answered, and what our refusals say."""

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flytetypes import idl
from flytetypes.types._castable import Verdict, castable
from flytetypes.types._castable_schema import schema_refusal

GOLDEN = Path(__file__).parents[1] / "golden"
ROWS = json.loads((GOLDEN / "castable-vectors.json").read_text())["rows"]
SCHEMAS = json.loads((GOLDEN / "castable-schema-vectors.json").read_text())
SCHEMA_ROWS = [(f"{part}-{i}", row) for part in ("small", "rows") for i, row in enumerate(SCHEMAS[part])]


def of(**json_fields: Any) -> idl.LiteralType:
    return idl.from_json(idl.LiteralType, json_fields)


def struct_of(schema: dict[str, Any]) -> idl.LiteralType:
    literal_type = idl.LiteralType(simple=idl.SimpleType.STRUCT)
    idl.fill_struct(literal_type.metadata, schema)
    return literal_type


def union_of(*variants: idl.LiteralType) -> idl.LiteralType:
    return idl.LiteralType(union_type=idl.UnionType(variants=variants))


INTEGER = of(simple="INTEGER")
FLOAT = of(simple="FLOAT")
STRING = of(simple="STRING")
NONE = of(simple="NONE")


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_golden(row: dict[str, Any]) -> None:
    verdict = castable(of(**row["upstream"]), of(**row["downstream"]))
    assert verdict == row["castable"]
    assert bool(verdict.reason) is not row["castable"]


@pytest.mark.parametrize("row", [row for _, row in SCHEMA_ROWS], ids=[name for name, _ in SCHEMA_ROWS])
def test_golden_schema(row: dict[str, Any]) -> None:
    verdict = castable(struct_of(row["upstream"]), struct_of(row["downstream"]))
    assert verdict == (row["castable"] is True)
    assert ("would crash" in verdict.reason) is (row["castable"] == "crash")


@pytest.mark.parametrize(
    ("upstream", "downstream", "reason"),
    [
        (INTEGER, FLOAT, "`int` is not `float`"),
        (
            of(collectionType={"simple": "FLOAT"}),
            of(collectionType={"simple": "INTEGER"}),
            "element type: `float` is not `int`",
        ),
        (
            of(mapValueType={"collectionType": {"simple": "FLOAT"}}),
            of(mapValueType={"collectionType": {"simple": "INTEGER"}}),
            "value type: element type: `float` is not `int`",
        ),
        (of(simple="STRING", structure={"tag": "a"}), STRING, "it is tagged `a`, and no tag is wanted"),
        (
            of(simple="STRING", structure={"tag": "a"}),
            of(simple="STRING", structure={"tag": "b"}),
            "it is tagged `a`, and `b` is wanted",
        ),
        (of(blob={"format": "csv"}), of(blob={"format": "CSV"}), "file format `csv` is not `CSV`"),
        (
            of(enumType={"values": ["x", "y"]}),
            of(enumType={"values": ["y", "x"]}),
            "the values of the enums differ, or their order: `enum['x', 'y']` is not `enum['y', 'x']`",
        ),
        (FLOAT, union_of(INTEGER, STRING), "union: no variant of `union[int, str]` accepts `float`"),
        (
            STRING,
            union_of(STRING, of(enumType={"values": ["x"]})),
            "union: both `str` and `enum['x']` accept `str`, exactly one variant must",
        ),
        (
            union_of(INTEGER, FLOAT),
            union_of(INTEGER, STRING),
            "variant `float`: no variant of `union[int, str]` accepts it",
        ),
        (union_of(INTEGER), FLOAT, "the only variant of `union[int]`: `int` is not `float`"),
        (
            of(structuredDatasetType={"columns": [{"name": "a", "literalType": {"simple": "INTEGER"}}]}),
            of(structuredDatasetType={"columns": [{"name": "b", "literalType": {"simple": "INTEGER"}}]}),
            "column `b` is missing upstream",
        ),
        (
            of(structuredDatasetType={"columns": [{"name": "a", "literalType": {"simple": "INTEGER"}}]}),
            of(schema={"columns": [{"name": "a", "type": "FLOAT"}]}),
            "column `a`: `int` is not `float`",
        ),
        (
            of(structuredDatasetType={"format": "csv"}),
            of(schema={}),
            "dataset format `csv` is not `parquet`, the only one of a schema",
        ),
        (
            struct_of({"title": "A", "properties": {"x": {"items": {"type": "integer"}, "type": "array"}}}),
            struct_of({"title": "B", "properties": {"x": {"items": {"type": "number"}, "type": "array"}}}),
            "`struct A` does not fit `struct B`: type `integer` is not `number`, at `x[]`",
        ),
        (
            struct_of({"title": "A", "properties": {"x": {"format": "path", "type": "string"}}}),
            struct_of({"title": "B"}),
            (
                "`struct A` does not fit `struct B`: the upstream schema cannot be read by the backend, "
                'so only an equal one would fit: `format` cannot be "path"'
            ),
        ),
        (
            struct_of({"type": "string"}),
            struct_of({"type": "string", "pattern": "a"}),
            "Flyte's backend would crash on this comparison: `pattern` stands downstream only",
        ),
    ],
)
def test_a_refusal_says_which_rule_and_where(
    upstream: idl.LiteralType, downstream: idl.LiteralType, reason: str
) -> None:
    assert castable(upstream, downstream).reason == reason


def test_a_verdict_is_a_bool_to_whoever_asks() -> None:
    yes, no = castable(INTEGER, INTEGER), castable(INTEGER, FLOAT)
    assert yes
    assert not no
    assert (yes == True, no == False, yes == no, hash(yes)) == (True, True, False, hash(True))  # noqa: E712
    assert (yes.castable, no.castable, yes.reason) == (True, False, "")
    assert (repr(yes), repr(no)) == ("Verdict(castable)", "Verdict(not castable: `int` is not `float`)")


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda verdict: pickle.loads(pickle.dumps(verdict))])
def test_a_verdict_survives_copying(clone: Any) -> None:
    assert clone(castable(INTEGER, FLOAT)).reason == "`int` is not `float`"


def test_a_crash_in_one_variant_refuses_the_whole_union() -> None:
    crashing, fitting = struct_of({"type": "string", "pattern": "a"}), struct_of({"type": "string", "title": "T"})
    plain = struct_of({"type": "string"})
    assert castable(plain, fitting)
    assert "would crash" in castable(plain, union_of(crashing, fitting)).reason
    # The backend stops at the first variant that fits, so it never gets to the one it would crash on.
    assert castable(union_of(plain, plain), union_of(fitting, crashing))


@pytest.mark.parametrize(
    ("upstream", "downstream"),
    [
        ({"$ref": "#"}, {"type": "string"}),
        (
            {
                "definitions": {"A": {"$ref": "#/definitions/B"}, "B": {"$ref": "#/definitions/A"}},
                "$ref": "#/definitions/A",
            },
            {},
        ),
        ({"type": ["string", "null"]}, {"type": ["string", "null"], "enum": ["a", None]}),
        ({"const": [1]}, {"const": [2]}),
        ({"type": "number", "multipleOf": 1}, {"type": "number", "multipleOf": 0.5}),
    ],
)
def test_what_the_backend_dies_of_is_refused(upstream: dict[str, Any], downstream: dict[str, Any]) -> None:
    assert "would crash" in castable(struct_of(upstream), struct_of(downstream or {"title": "T"})).reason


@pytest.mark.parametrize(
    ("pattern", "readable"),
    [
        (r"^[a-z]+$", True),
        (r"(?i)a{2,3}?|[^]\]-z[:alpha:]]", True),
        (r"(?P<name>\d+)\.\x41\01", True),
        (r"(?!a)b", False),  # what pydantic writes for a Decimal
        (r"(?<=a)b", False),
        (r"(a)\1", False),
        (r"a**", False),
        (r"*a", False),
        (r"a{2,1}", False),
        (r"a{1001}", False),
        (r"a{,2}", True),
        (r"[z-a]", False),
        (r"[a", False),
        (r"(a", False),
        (r"a)", False),
        (r"\Z", False),
    ],
)
def test_a_pattern_that_go_cannot_compile_makes_a_schema_unreadable(pattern: str, readable: bool) -> None:
    have = struct_of({"type": "string", "pattern": pattern})
    want = struct_of({"type": "string"})
    assert castable(have, want) == readable


def test_what_no_reference_reaches_may_be_unreadable() -> None:
    unread = {"Broken": {"format": "path"}}
    have = {"title": "A", "$defs": unread, "properties": {"x": {"type": "integer"}}}
    assert castable(struct_of(have), struct_of({"title": "B"}))
    # The meta-schema of draft-07 knows `definitions`, and reads it all.
    assert not castable(struct_of({**have, "definitions": unread}), struct_of({"title": "B"}))


def test_a_schema_with_a_number_that_json_lacks_fits_nothing() -> None:
    endless = struct_of({"maximum": float("inf")})
    assert schema_refusal(endless.metadata, endless.metadata) is not None


def test_shared_definitions_are_compared_once() -> None:
    # Each level refers to the next one twice: 2^60 comparisons without a table.
    levels = {
        f"L{i}": {"properties": {side: {"$ref": f"#/definitions/L{i + 1}"} for side in ("left", "right")}}
        for i in range(60)
    }
    schema = {"$ref": "#/definitions/L0", "definitions": {**levels, "L60": {"type": "integer"}}}
    assert castable(struct_of(schema), struct_of({**schema, "title": "changed"}))


JSON_SCHEMAS = st.fixed_dictionaries(
    {
        "type": st.just("object"),
        "properties": st.dictionaries(st.text(max_size=3), st.just({"type": "integer"}), max_size=3),
    },
    optional={"title": st.text(max_size=3)},
)
LEAVES = st.one_of(
    st.sampled_from(list(idl.SimpleType.values())).map(
        lambda number: idl.LiteralType(simple=idl.SimpleType.Name(number))
    ),
    JSON_SCHEMAS.map(struct_of),
    st.lists(st.text(max_size=3), max_size=3).map(lambda values: of(enumType={"values": values})),
    st.text(max_size=3).map(lambda text: of(blob={"format": text})),
    st.text(max_size=3).map(lambda text: of(structuredDatasetType={"format": text})),
    st.text(max_size=3).map(lambda tag: of(simple="STRING", structure={"tag": tag})),
)
TYPES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(lambda item: idl.LiteralType(collection_type=item)),
        inner.map(lambda item: idl.LiteralType(map_value_type=item)),
        # A union feeds itself: each of its variants needs one that accepts it, and not exactly one.
        st.lists(inner, max_size=3).map(lambda variants: union_of(*variants)),
    ),
    max_leaves=8,
)


@given(TYPES)
def test_a_type_feeds_itself(literal_type: idl.LiteralType) -> None:
    assert castable(literal_type, copy.deepcopy(literal_type))


@given(TYPES, TYPES)
def test_an_answer_is_always_given_and_a_refusal_always_explained(
    first: idl.LiteralType, second: idl.LiteralType
) -> None:
    verdict = castable(first, second)
    assert isinstance(verdict, Verdict)
    assert bool(verdict) != bool(verdict.reason)


@given(TYPES)
def test_an_empty_list_feeds_every_list(literal_type: idl.LiteralType) -> None:
    assert castable(idl.LiteralType(collection_type=NONE), idl.LiteralType(collection_type=literal_type))
