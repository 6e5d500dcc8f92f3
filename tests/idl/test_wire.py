"""Wire pieces by hand agree with protobuf, or say that they do not know."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flytetypes import idl
from flytetypes.idl import Literal, LiteralCollection, LiteralMap, Scalar, Timestamp
from flytetypes.idl._generated.bulk_pb2 import PackedNumbers
from flytetypes.idl._wire import (
    COLLECTION,
    MAP,
    length_prefixed,
    read_varint,
    split_map,
    split_repeated,
    split_union,
    unwrap,
    varint,
)

uint64 = st.integers(0, 2**64 - 1) | st.integers(0, 63).map(lambda bit: 2**bit) | st.integers(0, 300)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.integers(120, 20_000).map("é".__mul__)


def some_literal(text: str) -> Literal:
    literal = Literal()
    literal.scalar.primitive.string_value = text
    return literal


@settings(deadline=None)
@given(uint64)
def test_a_varint_is_what_protobuf_writes(number: Any) -> None:
    signed = number - 2**64 if number >= 2**63 else number
    assert length_prefixed(b"\n", varint(number)) == PackedNumbers(integers=[signed]).SerializeToString()


@settings(deadline=None)
@given(uint64, st.binary(max_size=3), st.binary(max_size=3))
def test_a_varint_is_read_where_it_starts(number: Any, before: Any, after: Any) -> None:
    data = before + varint(number) + after
    assert read_varint(data, len(before)) == (number, len(data) - len(after))
    assert read_varint(memoryview(data), len(before)) == (number, len(data) - len(after))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("", id="nothing"),
        pytest.param("80", id="cut short"),
        pytest.param("8000", id="a zero in two bytes"),
        pytest.param("ac8200", id="longer than needed"),
        pytest.param("ff" * 9 + "02", id="66 bits"),
        pytest.param("80" * 10 + "01", id="eleven bytes"),
    ],
)
def test_a_number_that_protobuf_would_not_write_is_no_varint(data: Any) -> None:
    assert read_varint(bytes.fromhex(data), 0) is None


@settings(deadline=None)
@given(st.lists(texts))
def test_a_collection_splits_into_its_literals(strings: Any) -> None:
    literals = [some_literal(text) for text in strings]
    body = LiteralCollection(literals=literals).SerializeToString()
    assert [*map(bytes, split_repeated(body) or [])] == [literal.SerializeToString() for literal in literals]
    assert b"".join(length_prefixed(b"\n", literal.SerializeToString()) for literal in literals) == body


@settings(deadline=None)
@given(st.dictionaries(texts, texts))
def test_a_map_splits_into_its_keys_and_literals(strings: Any) -> None:
    literals = {key: some_literal(text) for key, text in strings.items()}
    body = LiteralMap(literals=literals).SerializeToString(deterministic=True)
    assert sorted((key, bytes(literal)) for key, literal in split_map(body) or []) == [
        (key, literals[key].SerializeToString()) for key in sorted(literals)
    ]


def test_a_key_that_repeats_is_split_as_often_as_it_comes() -> None:
    first, second = (some_literal(text).SerializeToString() for text in "ab")
    body = b"".join(length_prefixed(b"\n", b"\n\x01k" + length_prefixed(b"\x12", one)) for one in (first, second))
    assert [(key, bytes(literal)) for key, literal in split_map(body) or []] == [("k", first), ("k", second)]
    assert LiteralMap.FromString(body).literals["k"] == Literal.FromString(second)


@settings(deadline=None)
@given(texts)
def test_unwrapping_undoes_length_prefixed(text: Any) -> None:
    body = text.encode()
    assert unwrap(length_prefixed(MAP, body), MAP) == body
    assert unwrap(length_prefixed(MAP, body), COLLECTION) is None
    assert unwrap(length_prefixed(MAP, body) + b"\0", MAP) is None
    assert unwrap(length_prefixed(MAP, body)[:-1], MAP) is None


def test_the_tags_are_those_of_literal() -> None:
    body = LiteralCollection(literals=[some_literal("x")])
    assert Literal(collection=body).SerializeToString() == length_prefixed(COLLECTION, body.SerializeToString())
    assert Literal(map=LiteralMap()).SerializeToString() == length_prefixed(MAP, b"")


def test_what_is_split_is_not_copied() -> None:
    body = LiteralCollection(literals=[some_literal("x")]).SerializeToString()
    (element,) = split_repeated(body)
    assert element.obj is body


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param("", id="empty"),
        pytest.param("0a016b", id="no value"),
        pytest.param("1200", id="no key"),
        pytest.param("12000a016b", id="value before key"),
        pytest.param("0a016b12001200", id="two values"),
        pytest.param("0a016b120018 01", id="a field of another number"),
        pytest.param("0a01ff1200", id="a key that is not UTF-8"),
        pytest.param("0a03eda0801200", id="a key that is a surrogate"),
        pytest.param("0a81006b1200", id="a length longer than needed"),
        pytest.param("0a7f6b1200", id="a key beyond the end"),
        pytest.param("0a016b1205", id="a value beyond the end"),
    ],
)
def test_an_entry_in_any_other_layout_is_not_split(entry: Any) -> None:
    assert split_map(length_prefixed(b"\n", bytes.fromhex(entry))) is None


def test_damaged_bytes_are_split_as_protobuf_would_or_not_at_all() -> None:
    generator = random.Random(20_240)
    bodies = [
        LiteralMap(literals={str(n) * n: some_literal("x" * n * n) for n in range(size)}).SerializeToString(
            deterministic=True
        )
        for size in (1, 2, 5, 16)
    ]
    split = 0
    for _ in range(20_000):
        body = bytearray(generator.choice(bodies))
        for _ in range(generator.randrange(1, 3)):
            start = generator.randrange(len(body))
            body[start : start + generator.randrange(3)] = generator.randbytes(generator.randrange(3)) or b"\n"
        data = bytes(body)
        entries, elements = split_map(data), split_repeated(data)
        if elements is not None:
            assert b"".join(length_prefixed(b"\n", element) for element in elements) == data
        if entries is not None:
            split += 1
            assert elements is not None
            rebuilt = (b"\n" + varint(len(k.encode())) + k.encode() + length_prefixed(b"\x12", v) for k, v in entries)
            assert b"".join(length_prefixed(b"\n", entry) for entry in rebuilt) == data
    assert split > 1_000  # the damage is often in a literal, which is not looked at


def test_a_scalar_is_not_taken_for_a_map() -> None:
    instant = Scalar()
    instant.primitive.datetime.CopyFrom(Timestamp(seconds=1))
    assert split_map(Literal(scalar=instant).SerializeToString()) is None


@given(st.integers(), texts, st.sampled_from(["", "hash"]), st.data())
def test_a_union_is_split_as_protobuf_parses_it(number: int, tag: str, digest: str, data: st.DataObject) -> None:
    literal = idl.Literal(hash=digest)
    literal.scalar.union.value.scalar.primitive.integer = number % 2**63
    literal.scalar.union.type.simple = idl.SimpleType.INTEGER
    literal.scalar.union.type.structure.tag = tag
    written = literal.SerializeToString(deterministic=True)
    split = split_union(written)
    if digest:
        assert split is None
    else:
        union = literal.scalar.union
        assert split == (union.value.SerializeToString(), union.type.SerializeToString())
    spoiled = bytearray(written)
    spoiled[data.draw(st.integers(0, len(written) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(spoiled)[: data.draw(st.integers(0, len(written)))]
    split = split_union(cut)
    if split is not None:
        value, literal_type = split
        rebuilt = idl.length_prefixed(b"\n", value) + idl.length_prefixed(b"\x12", literal_type)
        assert idl.length_prefixed(b"\n", idl.length_prefixed(b"\x4a", rebuilt)) == cut
