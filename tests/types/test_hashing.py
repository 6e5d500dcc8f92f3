"""The backend's hashes, flytekit's, and our content hash."""

import base64
import json
import math
import struct
from pathlib import Path
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flytetypes import idl
from flytetypes.types._hashing import (
    canonical_bytes,
    content_hash,
    inputs_hash,
    interface_hash,
    message_hash,
    offload_hash,
)

GOLDEN = Path(__file__).parents[1] / "golden"
ROWS = json.loads((GOLDEN / "types-vectors.json").read_text())["hash"]


def rows(field: str) -> pytest.MarkDecorator:
    chosen = [row for row in ROWS if field in row]
    return pytest.mark.parametrize("row", chosen, ids=[row["id"] for row in chosen])


@rows("literal")
def test_golden_literal(row: dict[str, Any]) -> None:
    literal = idl.from_json(idl.Literal, row["literal"])
    digest = message_hash(literal)
    assert base64.b64encode(digest).decode() == row["backend_pbhash_std_base64"]
    assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == row["backend_pbhash_rawurl_base64"]
    assert offload_hash(literal) == row["flytekit_offload_hash"]


@rows("literal_map")
def test_golden_inputs(row: dict[str, Any]) -> None:
    inputs = idl.from_json(idl.LiteralMap, row["literal_map"])
    assert inputs_hash(inputs, row["ignored_inputs"]) == row["backend_inputs_hash"]
    assert f"flyte_cached-{inputs_hash(inputs, row['ignored_inputs'])}" == row["backend_artifact_tag"]


@rows("variable_map")
def test_golden_interface(row: dict[str, Any]) -> None:
    digest = interface_hash(idl.from_json(idl.VariableMap, row["variable_map"]))
    assert (digest, digest[:8]) == (row["backend_hash"], row["first_8"])


def test_metadata_of_a_list_does_not_count_among_inputs_and_that_of_a_scalar_does() -> None:
    def hashed(literal: idl.Literal) -> str:
        return inputs_hash(idl.LiteralMap(literals={"x": literal}))

    for literal, counts in ((listed(integer(1)), False), (integer(1), True)):
        before = hashed(literal)
        literal.metadata["k"] = "v"
        assert (hashed(literal) != before) is counts


# The content hash


def integer(value: int) -> idl.Literal:
    literal = idl.Literal()
    literal.scalar.primitive.integer = value
    return literal


def floating(value: float) -> idl.Literal:
    literal = idl.Literal()
    literal.scalar.primitive.float_value = value
    return literal


def text(value: str) -> idl.Literal:
    literal = idl.Literal()
    literal.scalar.primitive.string_value = value
    return literal


def listed(*items: idl.Literal) -> idl.Literal:
    return idl.Literal(collection=idl.LiteralCollection(literals=items))


def binary(value: bytes, tag: str = "msgpack") -> idl.Literal:
    literal = idl.Literal()
    literal.scalar.binary.value = value
    literal.scalar.binary.tag = tag
    return literal


def packed(value: object) -> idl.Literal:
    return binary(msgpack.packb(value))


def union(tag: str, value: idl.Literal) -> idl.Literal:
    literal = idl.Literal()
    literal.scalar.union.value.CopyFrom(value)
    literal.scalar.union.type.simple = idl.SimpleType.INTEGER
    literal.scalar.union.type.structure.tag = tag
    return literal


def test_the_documented_example_of_an_integer() -> None:
    assert canonical_bytes(integer(1)).hex() == "4900000000000000080000000000000001"
    assert content_hash(integer(1)) == "ft1:cf598bc5bc6c8cede8800cc6f1b017b26e8fd55682ec4f07909a53026a726a28"


def test_the_documented_example_of_a_struct() -> None:
    literal = packed({"b": [True, None], "a": 0.5})
    literal.metadata["k"] = "v"
    assert (
        canonical_bytes(literal).hex()
        == bytes.fromhex(
            """
        40 0000000000000070
          4d 000000000000004a
            5a 0000000000000041
              53 0000000000000001 61
              46 0000000000000008 3fe0000000000000
              53 0000000000000001 62
              41 0000000000000013
                42 0000000000000001 01
                4e 0000000000000000
          5a 0000000000000014
            53 0000000000000001 6b
            53 0000000000000001 76
        """
        ).hex()
    )
    assert content_hash(literal) == "ft1:4bb0536bb8afa6d231446ac389cf8b59a60d64fa0b32f6b45a1075b2eaac557f"


def test_the_documented_examples_are_in_the_documentation() -> None:
    pages = "".join(page.read_text() for page in (Path(__file__).parents[2] / "docs").glob("extensions*.md"))
    assert content_hash(integer(1)) in pages
    assert "ft1:4bb0536bb8afa6d231446ac389cf8b59a60d64fa0b32f6b45a1075b2eaac557f" in pages


def hashed_by_user(value: str) -> idl.Literal:
    literal = integer(7)
    literal.hash = value
    return literal


def with_metadata(literal: idl.Literal, **metadata: str) -> idl.Literal:
    literal.metadata.update(metadata)
    return literal


def generic(tree: dict[str, Any]) -> idl.Literal:
    literal = idl.Literal()
    idl.fill_struct(literal.scalar.generic, tree)
    return literal


def blob(uri: str, *, multipart: bool = False) -> idl.Literal:
    literal = idl.Literal()
    literal.scalar.blob.uri = uri
    kind = idl.BlobType.MULTIPART if multipart else idl.BlobType.SINGLE
    literal.scalar.blob.metadata.type.dimensionality = kind
    return literal


def test_different_values_have_different_hashes() -> None:
    none, boolean, moment, span = idl.Literal(), idl.Literal(), idl.Literal(), idl.Literal()
    none.scalar.none_type.SetInParent()
    boolean.scalar.primitive.boolean = True
    moment.scalar.primitive.datetime.seconds = 1
    span.scalar.primitive.duration.seconds = 1
    values = [
        idl.Literal(), none, boolean, moment, span, integer(1), floating(1.0), floating(0.0), floating(-0.0),
        text("1"), text(""), listed(), listed(integer(1)), listed(listed(integer(1))), listed(text("ab"), text("c")),
        listed(text("a"), text("bc")), idl.Literal(map=idl.LiteralMap()),
        idl.Literal(map=idl.LiteralMap(literals={"a": integer(1)})),
        idl.Literal(map=idl.LiteralMap(literals={"a": text("1")})), union("int", integer(1)), union("x", integer(1)),
        packed(1), packed(1.0), packed(True), packed("1"), packed(b"1"), packed([1]), packed({}), packed({"a": 1}),
        packed({1: "a"}), packed({b"a": 1}), packed(None), packed(2**63), packed(-1),
        packed(msgpack.ExtType(5, b"1")), packed(msgpack.Timestamp(1)), binary(b"\xc1"), binary(b"\x01\x01"),
        binary(b""), binary(b"\x01", tag="cbor"), generic({}), generic({"a": 1}), generic({"a": None}),
        generic({"a": "1"}), generic({"a": [1, {}]}), blob("s3://b/k"), blob("s3://b/l"),
        blob("s3://b/k", multipart=True), with_metadata(integer(1), a="b"), with_metadata(integer(1), a="", b=""),
        hashed_by_user("1"), hashed_by_user("2"),
    ]  # fmt: skip
    assert len({content_hash(value) for value in values}) == len(values)


def test_how_a_value_is_laid_out_does_not_matter() -> None:
    as_float32 = b"\xca" + struct.pack(">f", 0.5)
    as_int16 = b"\xd1\x00\x01"
    assert content_hash(binary(as_float32)) == content_hash(packed(0.5))
    assert content_hash(binary(as_int16)) == content_hash(packed(1))
    assert content_hash(packed({"b": {"y": 1, "x": 2}, "a": 1})) == content_hash(
        packed({"a": 1, "b": {"x": 2, "y": 1}})
    )
    assert content_hash(floating(math.nan)) == content_hash(
        floating(struct.unpack(">d", b"\xff\xf8" + b"\x00" * 5 + b"\x01")[0])
    )


def test_keys_that_python_takes_for_one_are_kept_apart() -> None:
    integer_key, float_key = b"\x01", b"\xcb" + struct.pack(">d", 1.0)
    both = binary(b"\x82" + integer_key + b"\xa1a" + float_key + b"\xa1b")
    swapped = binary(b"\x82" + integer_key + b"\xa1b" + float_key + b"\xa1a")
    assert content_hash(both) != content_hash(swapped)


def test_a_users_hash_takes_the_place_of_value_and_metadata() -> None:
    plain = idl.Literal(hash="h")
    assert content_hash(with_metadata(hashed_by_user("h"), a="b")) == content_hash(plain)
    assert canonical_bytes(plain).hex() == "48000000000000000168"


def test_an_offloaded_literal_counts_by_its_hash_or_is_refused() -> None:
    literal = idl.Literal(offloaded_metadata=idl.LiteralOffloadedMetadata(uri="s3://b/k"))
    with pytest.raises(ValueError, match=r"^the literal is offloaded to s3://b/k and has no hash$"):
        content_hash(listed(literal))
    literal.hash = "h"
    assert content_hash(literal) == content_hash(idl.Literal(hash="h"))


def test_depth_of_nesting_is_no_obstacle() -> None:
    assert content_hash(binary(b"\x91" * 900 + b"\x01")) != content_hash(binary(b"\x91" * 901 + b"\x01"))


TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=4)
    | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def identity(tree: Any) -> Any:
    """Equal for equal trees only: classes count, NaN equals itself, and the order of keys does not count."""
    if isinstance(tree, dict):
        return "dict", frozenset((key, identity(value)) for key, value in tree.items())
    if isinstance(tree, list):
        return "list", tuple(map(identity, tree))
    return type(tree).__name__, repr(tree)


def reordered(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: reordered(tree[key]) for key in reversed(tree)}
    return [reordered(item) for item in tree] if isinstance(tree, list) else tree


@given(TREES, TREES)
def test_trees_share_a_hash_exactly_when_they_are_equal(first: Any, second: Any) -> None:
    assert (content_hash(packed(first)) == content_hash(packed(second))) == (identity(first) == identity(second))
    assert content_hash(packed(first)) == content_hash(packed(reordered(first)))


def nodes(data: bytes) -> list[tuple[bytes, bytes]]:
    """Take a sequence of nodes apart; fails on anything left over."""
    found = []
    while data:
        tag, (length,), data = data[:1], struct.unpack(">Q", data[1:9]), data[9:]
        assert len(data) >= length
        found.append((tag, data[:length]))
        data = data[length:]
    return found


@given(TREES)
def test_canonical_bytes_can_be_taken_apart_again(tree: Any) -> None:
    def check(data: bytes) -> None:
        for tag, payload in nodes(data):
            if tag in b"AZMQ":
                check(payload)

    check(canonical_bytes(packed(tree)))
