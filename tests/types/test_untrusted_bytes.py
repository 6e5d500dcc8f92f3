"""Decoding bytes from anywhere ends in a value or in a `ConversionError`, and reaches nothing that they name.

But where the bytes say that a literal was offloaded: then the store is asked, and has no such object.
"""

# mypy: disable-error-code="type-arg"
from __future__ import annotations

import datetime as dt
import fractions
import ipaddress
import json
import subprocess
import sys
import tracemalloc
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgpack
import pytest

from flytetypes import idl
from flytetypes.errors import ConversionError, StorageError
from flytetypes.storage import LocalStore, StoreRouter
from flytetypes.types import TypeEngine
from untrusted import ENGINE, Everything, Model, decoded

PARTS = 10  # so that test workers share them
MAX_RESIDENT_BYTES = 100_000_000


@pytest.mark.fuzz
@pytest.mark.parametrize("part", range(PARTS))
def test_decoding_reaches_nothing_and_ends_in_a_value_or_a_conversion_error(part: int, fuzzing: bool) -> None:
    count = (2_000_000 if fuzzing else 200_000) // PARTS
    program = Path(__file__).with_name("decode_untrusted.py")
    command: list[str | Path] = [sys.executable, program, str(part * count), str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["events"] == {}  # nothing was executed, imported or opened
    assert sum(report["outcomes"].values()) == count
    assert report["outcomes"].keys() == {"value", "ConversionError", "StorageError"}  # the last where a store is asked
    assert report["resident"] < MAX_RESIDENT_BYTES


def literal_of(tree: Any) -> idl.Literal:
    literal = idl.Literal()
    literal.scalar.binary.value = msgpack.packb(tree)
    literal.scalar.binary.tag = "msgpack"
    return literal


@pytest.mark.parametrize("text", ["1e999999999", "1E-999999999", f"0.{'9' * 5000}", "9" * 5000, f"1/{'9' * 5000}"])
def test_a_fraction_that_is_larger_than_its_text_is_refused(text: str) -> None:
    with pytest.raises(ConversionError, match="expected `Fraction`, got `str` '"):
        ENGINE.to_python(literal_of(text), fractions.Fraction)


def test_a_fraction_that_could_not_be_read_again_is_not_written() -> None:
    with pytest.raises(ConversionError, match=r"expected `Fraction`, .* \(Exceeds the limit \(4300 digits\)"):
        ENGINE.to_literal(fractions.Fraction(10**5000), fractions.Fraction)


@pytest.mark.parametrize(
    ("annotation", "tree"),
    [
        (range, {"start": -1e300, "stop": 1e300, "step": 1}),
        (Decimal, "1e999999999"),
        (ipaddress.IPv4Network, "0.0.0.0/0"),
        (ipaddress.IPv6Network, "::/0"),
    ],
    ids=str,
)
def test_what_stands_for_much_takes_no_memory(annotation: Any, tree: Any) -> None:
    literal = literal_of(tree)
    ENGINE.to_python(literal, annotation)
    tracemalloc.start()
    try:
        ENGINE.to_python(literal, annotation)
        assert tracemalloc.get_traced_memory()[1] < 50_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["/etc/passwd", "../../../etc/passwd", "Etc/../UTC", "Nowhere", "\0", "", "Europe"])
def test_a_zone_that_the_database_has_not_is_passed_over(name: str) -> None:
    literal = idl.Literal()
    literal.scalar.primitive.datetime.seconds = 5
    literal.metadata["flytetypes.zone"] = name
    assert ENGINE.to_python(literal, dt.datetime).tzinfo is dt.UTC


@pytest.mark.parametrize(
    "annotation", [dict, list[dict], dict[str, dict], dict[int, Any], Everything, int | dict, Model]
)
@pytest.mark.parametrize("opening", [b"\x91", b"\x81\xa1a"])
@pytest.mark.parametrize("depth", [400, 900, 100_000])
def test_deep_trees_are_values_or_refused(annotation: Any, opening: bytes, depth: int) -> None:
    literal = idl.Literal()
    literal.scalar.binary.value = opening * depth + b"\x00"
    literal.scalar.binary.tag = "msgpack"
    for hints in ("", '{"$": "tuple"}'):
        literal.metadata["flytetypes.hints"] = hints
        decoded(ENGINE.to_python, literal, annotation)


def test_lengths_that_are_not_there_take_no_memory() -> None:
    for claim in (b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff"):
        literal = idl.Literal()
        literal.scalar.binary.value = claim
        literal.scalar.binary.tag = "msgpack"
        with pytest.raises(ConversionError, match="expected one whole value in msgpack, got 5 bytes"):
            ENGINE.to_python(literal, dict)


def test_a_device_is_no_object() -> None:
    literal = idl.Literal()
    literal.offloaded_metadata.uri = "/dev/zero"
    engine = TypeEngine(store=StoreRouter({"file": LocalStore()}))
    with pytest.raises(StorageError, match="there is no file at `/dev/zero`, but something else"):
        engine.to_python(literal, int)
