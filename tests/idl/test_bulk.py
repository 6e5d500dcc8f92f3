"""Bulk bytes are protobuf's bytes: written to the last one, and read exactly or not at all."""

import os
import random
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flytetypes.idl import DecodeError, Literal, LiteralCollection, LiteralMap, _bulk_integers
from flytetypes.idl._bulk import BOOLEANS, FLOATS, INTEGERS, STRINGS, BulkCodec
from flytetypes.idl._bulk_integers import sorted_integers
from flytetypes.idl._wire import COLLECTION, length_prefixed

int64 = st.integers(-(2**63), 2**63 - 1) | st.integers(0, 62).map(lambda bit: 1 << bit) | st.integers(-3, 300)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.builds(
    str.__mul__, st.sampled_from(["a", "é", "漢"]), st.integers(30, 130) | st.just(6_000)
)


@dataclass(frozen=True)
class Kind:
    """A codec, with the field of Primitive that it is for and values to try it on."""

    field: str
    codec: BulkCodec[Any]
    values: st.SearchStrategy[Any]

    def collection(self, values: list[Any]) -> LiteralCollection:
        message = LiteralCollection()
        for value in values:
            setattr(message.literals.add().scalar.primitive, self.field, value)
        return message

    def map(self, values: dict[str, Any]) -> LiteralMap:
        message = LiteralMap()
        for key, value in values.items():
            setattr(message.literals[key].scalar.primitive, self.field, value)
        return message

    def value(self, literal: Literal) -> Any:
        """What the literal holds, if it is of this kind and nothing else; else raises LookupError."""
        primitive = literal.scalar.primitive
        value = getattr(primitive, self.field)
        plain = Literal()
        setattr(plain.scalar.primitive, self.field, value)
        if plain.SerializeToString() != literal.SerializeToString():
            raise LookupError
        return value


@pytest.fixture(params=["numpy", "plain"], autouse=True, scope="module")
def implementation(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test runs with each of the two implementations for integers, whatever the length."""
    if request.param == "numpy":
        pytest.importorskip("numpy")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_bulk_integers, "_worth_numpy", lambda _: request.param == "numpy")
        yield


kinds = pytest.mark.parametrize(
    "kind",
    [
        pytest.param(Kind("integer", INTEGERS, int64), id="integers"),
        pytest.param(Kind("float_value", FLOATS, st.floats(width=64)), id="floats"),
        pytest.param(Kind("string_value", STRINGS, texts), id="strings"),
        pytest.param(Kind("boolean", BOOLEANS, st.booleans()), id="booleans"),
    ],
)


def exact(value: Any) -> Any:
    """A stand-in that is equal only for the same class and bits: NaN equals itself, 0.0 is not -0.0, True is not 1."""
    return struct.pack("<d", value) if isinstance(value, float) else (type(value), value)


@kinds
@settings(deadline=None)
@given(data=st.data())
def test_a_list_is_written_as_protobuf_writes_it_and_read_back(kind: Any, data: Any) -> None:
    values = data.draw(st.lists(kind.values, max_size=40))
    body = kind.codec.write_list(values)
    assert body == kind.collection(values).SerializeToString(deterministic=True)
    assert list(map(exact, kind.codec.read_list(body))) == list(map(exact, values))
    assert list(map(exact, kind.codec.read_list(memoryview(body)))) == list(map(exact, values))


@kinds
@settings(deadline=None)
@given(data=st.data())
def test_a_map_is_written_as_protobuf_writes_it_and_read_back(kind: Any, data: Any) -> None:
    values = data.draw(st.dictionaries(texts, kind.values, max_size=20))
    body = kind.codec.write_map(values)
    assert body == kind.map(values).SerializeToString(deterministic=True)
    back = kind.codec.read_map(body)
    assert {key: exact(value) for key, value in back.items()} == {key: exact(value) for key, value in values.items()}


def test_a_key_and_the_longer_ones_that_begin_with_it_stand_where_protobuf_puts_them() -> None:
    values = dict.fromkeys(["b", "a", "", "ab", "a\0", "a\U0010ffff", "é", "abc", "\uffff", "\U0001f600"], True)
    kind = Kind("boolean", BOOLEANS, st.booleans())
    assert BOOLEANS.write_map(values) == kind.map(values).SerializeToString(deterministic=True)


def test_the_order_is_that_of_the_runtime_without_its_extension_too() -> None:
    script = """
from flytetypes.idl import LiteralMap
from flytetypes.idl._bulk import BOOLEANS
body = BOOLEANS.write_map({"ab": True, "a": False})
assert LiteralMap.FromString(body).SerializeToString(deterministic=True) == body
"""
    for runtime in ("upb", "python"):
        environment = {**os.environ, "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": runtime}
        subprocess.run([sys.executable, "-c", script], check=True, env=environment)


@kinds
def test_nothing_is_nothing(kind: Any) -> None:
    assert kind.codec.write_list([]) == kind.codec.write_map({}) == b""
    assert kind.codec.read_list(b"") == []
    assert kind.codec.read_map(b"") == {}


def test_integers_of_every_length_stand_side_by_side() -> None:
    edges = [sign * (1 << bit) + offset for bit in range(64) for sign in (1, -1) for offset in (-1, 0, 1)]
    values = [value for value in edges if -(2**63) <= value < 2**63]
    random.Random(7).shuffle(values)
    body = INTEGERS.write_list(values)
    assert body == Kind("integer", INTEGERS, int64).collection(values).SerializeToString()
    assert INTEGERS.read_list(body) == values
    for start in range(len(values)):
        for end in (start + 1, start + 2):
            part = INTEGERS.write_list(values[start:end])
            assert INTEGERS.read_list(part) == values[start:end]


def test_strings_of_every_length_around_where_a_length_needs_another_byte() -> None:
    for size in [*range(110, 135), *range(16_360, 16_390)]:
        body = STRINGS.write_list(["x" * size, "y"])
        assert body == Kind("string_value", STRINGS, texts).collection(["x" * size, "y"]).SerializeToString()
        assert STRINGS.read_list(body) == ["x" * size, "y"]


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 2**80])
def test_an_integer_beyond_64_bits_is_refused(value: Any) -> None:
    with pytest.raises(OverflowError):
        INTEGERS.write_list([0, value])
    with pytest.raises(OverflowError):
        INTEGERS.write_map({"a": value})


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        STRINGS.write_list(["fine", "\ud800"])
    with pytest.raises(UnicodeEncodeError):
        BOOLEANS.write_map({"\ud800": True})


def test_a_key_that_repeats_counts_last() -> None:
    body = INTEGERS.write_map({"k": 1, "l": 2}) + INTEGERS.write_map({"k": 3})
    assert INTEGERS.read_map(body) == {"k": 3, "l": 2}
    assert LiteralMap.FromString(body).literals["k"].scalar.primitive.integer == 3


@pytest.mark.parametrize(
    "varint",
    [
        pytest.param("8000", id="a zero in two bytes"),
        pytest.param("8100", id="a one in two bytes"),
        pytest.param("ff" * 8 + "00", id="nine bytes that end in zero"),
        pytest.param("ff" * 9 + "00", id="ten bytes that end in zero"),
        pytest.param("ff" * 9 + "02", id="66 bits"),
        pytest.param("ff" * 9 + "7f", id="70 bits"),
        pytest.param("80" * 10 + "01", id="eleven bytes"),
        pytest.param("80", id="cut short"),
        pytest.param("0101", id="two varints"),
        pytest.param("", id="nothing"),
    ],
)
def test_an_integer_in_another_form_is_left_to_the_message(varint: Any) -> None:
    odd = b"\x08" + bytes.fromhex(varint)
    for tag in (b"\n", b"\n", b"\n"):
        odd = length_prefixed(tag, odd)
    fine = INTEGERS.write_list([1])
    for body in (odd, fine + odd, odd + fine, fine * 2 + odd + fine * 2):
        assert INTEGERS.read_list(body) is None


def test_a_boolean_in_another_form_is_left_to_the_message() -> None:
    assert BOOLEANS.read_list(BOOLEANS.write_list([True])[:-1] + b"\2") is None


def test_an_element_that_says_more_is_left_to_the_message() -> None:
    literal = Literal(hash="h")
    literal.scalar.primitive.integer = 1
    assert INTEGERS.read_list(LiteralCollection(literals=[literal]).SerializeToString()) is None
    assert INTEGERS.read_map(LiteralMap(literals={"k": literal}).SerializeToString()) is None


@kinds
def test_another_kind_is_left_to_the_message(kind: Any) -> None:
    bodies = {"i": INTEGERS.write_list([1]), "f": FLOATS.write_list([1.0]), "s": STRINGS.write_list(["1"])}
    bodies["b"] = BOOLEANS.write_list([True])
    assert sum(kind.codec.read_list(body) is not None for body in bodies.values()) == 1
    assert kind.codec.read_list(b"".join(bodies.values())) is None


def test_an_element_inside_the_payload_of_another_is_not_mistaken() -> None:
    inner = INTEGERS.write_list([1])
    assert INTEGERS.read_list(STRINGS.write_list([inner.decode()])) is None
    assert STRINGS.read_list(STRINGS.write_list([inner.decode()])) == [inner.decode()]


def damaged(body: bytes, generator: random.Random) -> bytes:
    """The bytes with one to three of them replaced, inserted, removed, swapped or repeated."""
    data = bytearray(body)
    for _ in range(generator.randrange(1, 4)):
        at = generator.randrange(len(data) + 1)
        match generator.randrange(6):
            case 0:
                data[at : at + 1] = generator.randbytes(1)
            case 1:
                data[at:at] = generator.randbytes(generator.randrange(1, 4))
            case 2:
                del data[at : at + generator.randrange(1, 12)]
            case 3:
                data[at : at + 1] = bytes((generator.choice(b"\0\1\2\x08\n\x0b\r\x11\x12\x1a\x20\x7f\x80\xff"),))
            case 4:
                other = generator.randrange(len(data) + 1)
                data[at:at] = data[other : other + generator.randrange(16)]
            case _:
                del data[at:]
    return bytes(data)


@kinds
def test_damaged_lists_and_maps_read_as_the_message_or_not_at_all(kind: Any) -> None:
    generator = random.Random(f"{kind.field} 2024")
    draws: dict[str, Callable[[], Any]] = {
        "integer": lambda: generator.randrange(-(2**63), 2**63) >> generator.randrange(64),
        "float_value": generator.random,
        "string_value": lambda: "aé\n\x08"[generator.randrange(4)] * generator.randrange(140),
        "boolean": lambda: generator.random() < 0.5,
    }
    lists = [[draws[kind.field]() for _ in range(generator.randrange(1, 6))] for _ in range(50)]
    agreed = 0
    for turn in range(20_000):
        values = generator.choice(lists)
        if turn % 2:
            agreed += agrees_on_map(kind, damaged(kind.codec.write_map(dict(zip("abcdef", values))), generator))  # noqa: B905
        else:
            agreed += agrees_on_list(kind, damaged(kind.codec.write_list(values), generator))
    assert agreed > 200  # some damage is done to the values alone, or to nothing


def agrees_on_list(kind: Kind, body: bytes) -> bool:
    """Whether both readers understand the bytes; fails when they understand them differently."""
    read = kind.codec.read_list(body)
    try:
        message = LiteralCollection.FromString(body)
        expected = [kind.value(literal) for literal in message.literals]
    except (DecodeError, LookupError):
        assert read is None
        return False
    if message.SerializeToString() == body and kind.collection(expected).SerializeToString() == body:
        assert read is not None, "canonical bytes are read"
    if read is not None:
        assert list(map(exact, read)) == list(map(exact, expected))
    return read is not None


def agrees_on_map(kind: Kind, body: bytes) -> bool:
    read = kind.codec.read_map(body)
    try:
        message = LiteralMap.FromString(body)
        expected = {key: kind.value(literal) for key, literal in message.literals.items()}
    except (DecodeError, LookupError):
        assert read is None
        return False
    if kind.map(expected).SerializeToString(deterministic=True) == body:
        assert read is not None, "canonical bytes are read"
    if read is not None:
        assert {key: exact(value) for key, value in read.items()} == {k: exact(v) for k, v in expected.items()}
    return read is not None


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=64))
def test_any_bytes_at_all_read_as_the_message_or_not_at_all(body: Any) -> None:
    for kind in (Kind("integer", INTEGERS, int64), Kind("string_value", STRINGS, texts)):
        agrees_on_list(kind, body)
        agrees_on_map(kind, body)


def test_a_whole_literal_is_the_body_under_its_tag() -> None:
    literal = Literal.FromString(length_prefixed(COLLECTION, INTEGERS.write_list([1, 2])))
    assert [item.scalar.primitive.integer for item in literal.collection.literals] == [1, 2]


def test_numpy_is_loaded_for_long_lists_only_and_not_needed() -> None:
    script = """
import sys
from flytetypes.idl._bulk import INTEGERS
from flytetypes.idl import _bulk_integers
assert INTEGERS.read_list(INTEGERS.write_list([1] * 20_000)) == [1] * 20_000
assert "numpy" not in sys.modules
if sys.argv[1] == "without":
    sys.modules["numpy"] = None
values = list(range(_bulk_integers.NUMPY_LOAD_FROM))
body = INTEGERS.write_list(values)
assert INTEGERS.read_list(body) == values
assert bool(sys.modules.get("numpy")) == (sys.argv[1] == "with")
"""
    for mode in ("with", "without"):
        subprocess.run([sys.executable, "-c", script, mode], check=True)


@given(st.lists(st.integers() | st.integers(-(2**63), 2**63 - 1)))
def test_integers_are_sorted_as_python_does(values: list[int]) -> None:
    many = values * (1 + 1_000 // max(len(values), 1))
    assert sorted_integers(many) == sorted(many)
    assert {type(value) for value in sorted_integers(many)} <= {int}
