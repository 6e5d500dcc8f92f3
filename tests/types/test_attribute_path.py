"""Steps into values, resolved as the backend does."""

import json
from pathlib import Path
from typing import Any

import msgpack
import pytest

from flytetypes import idl
from flytetypes.errors import AttributePathError
from flytetypes.types._attribute_path import resolve_path

GOLDEN = Path(__file__).parents[1] / "golden"
ROWS = json.loads((GOLDEN / "types-vectors.json").read_text())["attr_path"]


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_golden(row: dict[str, Any]) -> None:
    literal = idl.from_json(idl.Literal, row["literal"])
    if "error" in row["backend"]:
        with pytest.raises(AttributePathError):
            resolve_path(literal, row["path"])
    else:
        assert resolve_path(literal, row["path"]) == idl.from_json(idl.Literal, row["backend"]["literal"])


def packed(value: object, tag: str = "msgpack") -> idl.Literal:
    literal = idl.Literal()
    literal.scalar.binary.value = msgpack.packb(value)
    literal.scalar.binary.tag = tag
    return literal


def generic(tree: dict[str, Any]) -> idl.Literal:
    literal = idl.Literal()
    idl.fill_struct(literal.scalar.generic, tree)
    return literal


def listed(*items: idl.Literal) -> idl.Literal:
    return idl.Literal(collection=idl.LiteralCollection(literals=items))


def offloaded(uri: str) -> idl.Literal:
    return idl.Literal(offloaded_metadata=idl.LiteralOffloadedMetadata(uri=uri))


@pytest.mark.parametrize(
    ("literal", "path", "message"),
    [
        (packed({"a": {"b": 1}}), ["a", "c"], """expected a key of {'b'}, got 'c' - at `$["a"]["c"]`"""),
        (
            packed({str(i): i for i in range(9)}),
            ["x"],
            """expected a key of {'0', '1', '2', '3', '4', ...}, got 'x' - at `$["x"]`""",
        ),
        (packed({"a": [1, 2]}), ["a", 2], """expected a position from 0 to 1, got 2 - at `$["a"][2]`"""),
        (packed({"a": [1, 2]}), ["a", -1], """expected a position from 0 to 1, got -1 - at `$["a"][-1]`"""),
        (packed({"a": []}), ["a", 0], """expected a list that is not empty, got 0 - at `$["a"][0]`"""),
        (packed({"a": [1]}), ["a", "0"], """expected a position in a list, got '0' - at `$["a"]["0"]`"""),
        (packed({1: "x"}), [1], "expected a key that is a string, got 1 - at `$[1]`"),
        (packed({1: "x"}), ["1"], """expected a key of {1}, got '1' - at `$["1"]`"""),
        (packed({"a": 1}), ["a", "b"], """expected a list or a map to step into, got `int` - at `$["a"]`"""),
        (packed({"a": 1}, tag="cbor"), ["a"], "expected msgpack, got a binary tagged `cbor` - at `$`"),
        (
            packed({"a": 2**63}),
            ["a"],
            """expected an integer of 64 bits with sign, got 9223372036854775808 - at `$["a"]`""",
        ),
        (listed(packed(1)), [1], "expected a position from 0 to 0, got 1 - at `$[1]`"),
        (generic({"a": [1]}), ["a", 1], """expected a position from 0 to 0, got 1 - at `$["a"][1]`"""),
        (offloaded("s3://b/k"), ["a"], "expected a value that is at hand, got one offloaded to s3://b/k - at `$`"),
    ],
)
def test_a_step_that_leads_nowhere_says_what_was_expected_and_where(
    literal: idl.Literal, path: list[str | int], message: str
) -> None:
    with pytest.raises(AttributePathError) as caught:
        resolve_path(literal, path)
    assert str(caught.value) == message


def test_bytes_that_are_not_msgpack() -> None:
    literal = packed(1)
    literal.scalar.binary.value = b"\x92\x01"
    with pytest.raises(AttributePathError) as caught:
        resolve_path(literal, ["a"])
    assert str(caught.value) == "expected msgpack, got bytes that are not - at `$`"


def test_an_empty_path_is_the_literal_itself() -> None:
    literal = packed(1)
    assert resolve_path(literal, []) is literal


def test_a_struct_that_holds_one_number_becomes_a_primitive_at_the_end_of_a_list() -> None:
    assert resolve_path(listed(packed(5)), [0]).scalar.primitive.integer == 5


def test_a_key_into_a_list_of_literals_is_its_first_element() -> None:
    assert resolve_path(listed(packed("first"), packed("second")), ["x"]).scalar.primitive.string_value == "first"


def test_offloaded_literals_are_fetched_on_the_way() -> None:
    stored = {"s3://b/outer": listed(offloaded("s3://b/inner")), "s3://b/inner": packed({"a": 1})}
    resolved = resolve_path(offloaded("s3://b/outer"), [0, "a"], fetch=stored.__getitem__)
    assert resolved.scalar.primitive.integer == 1


def test_a_literal_that_is_offloaded_twice_is_refused() -> None:
    with pytest.raises(AttributePathError, match="offloaded again"):
        resolve_path(offloaded("s3://b/a"), ["a"], fetch=lambda _: offloaded("s3://b/b"))


def test_a_null_inside_a_struct_is_a_literal_without_a_value() -> None:
    assert resolve_path(generic({"a": [None, {"b": True}]}), ["a"]) == listed(idl.Literal(), generic({"b": True}))


def test_the_literal_is_not_changed() -> None:
    literal = listed(packed({"a": [1]}))
    before = literal.SerializeToString(deterministic=True)
    resolve_path(literal, [0, "a", 0])
    assert literal.SerializeToString(deterministic=True) == before
