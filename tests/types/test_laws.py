"""The laws, for an annotation that is drawn together with a value: nested, of every constructor that there is.

`SHARDS` times `EXAMPLES` are the 20,000 examples of a run; the shards are spread over the workers of pytest. Fuzzing
takes more.
"""

from __future__ import annotations

import copy
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, seed, settings
from hypothesis import strategies as st

from flytetypes import idl
from flytetypes.storage import MemoryStore, StoreRouter
from flytetypes.testing import same
from flytetypes.types import Converter, TypeEngine
from strategies import (
    ENGINE,
    IN_STRUCTS,
    NAMES,
    NOT_IN_STRUCTS,
    NOT_ON_THE_WIRE,
    ON_THE_WIRE,
    PENDING,
    Case,
    cases,
    kinds,
)

SHARDS = 20
EXAMPLES = 1_000
THREADS = 8


def each(shard: int, drawn: st.SearchStrategy[Any], law: Any, examples: int = EXAMPLES) -> None:
    """Check a law for this shard's examples: with derandomised ones too each shard has its own."""

    @settings(
        max_examples=examples * max(1, settings().max_examples // 1_000),  # more when fuzzing
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(drawn)
    def holds(case: Any) -> None:
        law(case)

    (seed(shard)(holds) if settings().derandomize else holds)()


# --- values -----------------------------------------------------------------------------------------------------------


def check_values(case: Case) -> None:
    converter = ENGINE.converter(case.annotation)
    before = copy.deepcopy(case.value)
    literal = converter.to_literal(case.value)
    data = converter.to_bytes(case.value)
    note(idl.render_literal(literal))
    assert same(case.value, before), "encoding changed the value"
    # Both faces, and each one's output read by the other.
    back = converter.from_bytes(data)
    assert same(back, case.value)
    assert same(converter.to_python(literal), case.value)
    assert same(converter.to_python(idl.Literal.FromString(data)), case.value)
    assert same(converter.from_bytes(literal.SerializeToString()), case.value)
    if converter.offloads is None:
        assert literal.SerializeToString(deterministic=True) == data
        assert converter.to_bytes(before) == data, "an equal value has other bytes"
        assert converter.to_bytes(back) == data, "what came back has other bytes"
    check_guess(converter, literal)


@pytest.mark.hypothesis  # so that `make fuzz` takes it, though `given` is inside
@pytest.mark.parametrize("shard", range(SHARDS))
def test_values_keep_what_they_are(shard: int) -> None:
    """Round trip and classes, the same bytes every time, no change of the value, and a guess that reads it."""
    each(shard, cases(), check_values)


def check_guess(converter: Converter[Any], literal: idl.Literal) -> None:
    guessed = ENGINE.guess(converter.literal_type)
    assert ENGINE.literal_type(guessed) == converter.literal_type, f"the guess is {guessed}"
    if not lacks_schema(converter.literal_type):
        ENGINE.to_python(literal, guessed)


def lacks_schema(literal_type: idl.LiteralType) -> bool:
    """Whether a part of a type is a struct without a schema: classes share such a type, and a guess may be of another."""
    parts = [literal_type.collection_type, literal_type.map_value_type, *literal_type.union_type.variants]
    kind = literal_type.WhichOneof("type")
    if kind == "simple":
        return literal_type.simple == idl.SimpleType.STRUCT and not literal_type.HasField("metadata")
    return kind in ("collection_type", "map_value_type", "union_type") and any(
        lacks_schema(part) for part in parts if part.WhichOneof("type") is not None
    )


def test_a_run_has_twenty_thousand_examples_and_sixty_constructors() -> None:
    assert SHARDS * EXAMPLES >= 20_000
    drawn: Counter[str] = Counter()

    # The annotations only, and of a part of the examples: enough to meet every constructor.
    each(0, kinds(), lambda kind: drawn.update(kind.names), examples=3_000)
    assert len(drawn) >= 60
    assert sorted({*ON_THE_WIRE, *IN_STRUCTS} - drawn.keys()) == []


# --- what there is ----------------------------------------------------------------------------------------------------


def test_every_constructor_is_supported_but_those_that_are_known_not_to_be() -> None:
    """One that fails here is new, and drawn from now on: take it out of PENDING, or of the set next to it."""
    assert {name for name in NAMES if name not in ON_THE_WIRE and name not in IN_STRUCTS} == PENDING
    assert {name for name in IN_STRUCTS if name not in ON_THE_WIRE} == NOT_ON_THE_WIRE
    assert {name for name in ON_THE_WIRE if name not in IN_STRUCTS} == NOT_IN_STRUCTS


# --- threads ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def restless() -> Any:
    """Threads take turns ten times as often as they would: what can go wrong between two of them does."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(usual / 10)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.hypothesis
@pytest.mark.usefixtures("restless")
@pytest.mark.parametrize("shard", range(4))
def test_eight_threads_share_an_engine_from_its_first_use_on(shard: int) -> None:
    def law(drawn: tuple[Case, ...]) -> None:
        engine = TypeEngine(store=StoreRouter({"memory": MemoryStore()}), prefix="memory://threads/objects")
        together = Barrier(THREADS)

        def convert(thread: int) -> list[Converter[Any]]:
            used = []
            together.wait(60)
            for index in range(len(drawn)):
                annotation, value, _ = drawn[(index + thread) % len(drawn)]
                assert same(engine.to_python(engine.to_literal(value, annotation), annotation), value)
                assert same(engine.from_bytes(engine.to_bytes(value, annotation), annotation), value)
                used.append(engine.converter(annotation))
            return sorted(used, key=id)

        with ThreadPoolExecutor(THREADS) as threads:
            first, *others = threads.map(convert, range(THREADS))
        assert others == [first] * (THREADS - 1), "something was compiled more than once"

    each(shard, st.tuples(*[cases()] * 6), law, examples=25)
