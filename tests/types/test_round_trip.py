"""The law: `to_python(to_literal(v))` equals `v` and has its class, all the way down, for every built-in type."""

from __future__ import annotations

import copy
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hypothesis import assume, given, note, settings
from hypothesis import strategies as st

from flytetypes import idl
from flytetypes.errors import ConversionError
from flytetypes.storage import MemoryStore, StoreRouter
from flytetypes.types import Outbox, TypeEngine, castable, literal_type_of
from same import same
from strategies import Case, Kind, cases, kinds, shallow_kinds, struct_kinds

ENGINE = TypeEngine(store=StoreRouter({"memory": MemoryStore()}), prefix="memory://law/objects")
many = settings(max_examples=max(400, settings().max_examples))


@many
@given(cases())
def test_what_comes_back_is_what_went_in(case: Case) -> None:
    converter = ENGINE.converter(case.annotation)
    before = copy.deepcopy(case.value)
    literal = converter.to_literal(case.value)
    data = converter.to_bytes(case.value)
    note(idl.render_literal(literal))
    assert same(case.value, before), "encoding changed the value"
    # Both faces, and each one's output read by the other.
    assert same(converter.to_python(literal), case.value)
    assert same(converter.from_bytes(data), case.value)
    assert same(converter.to_python(idl.Literal.FromString(data)), case.value)
    assert same(converter.from_bytes(literal.SerializeToString()), case.value)


@many
@given(cases())
def test_both_faces_write_the_same_bytes_every_time(case: Case) -> None:
    converter = ENGINE.converter(case.annotation)
    if converter.offloads is not None:
        return  # the names of what it uploads are random
    data = converter.to_bytes(case.value)
    assert converter.to_literal(case.value).SerializeToString(deterministic=True) == data
    assert converter.to_bytes(copy.deepcopy(case.value)) == data
    assert converter.to_bytes(converter.from_bytes(data)) == data


@many
@given(cases(struct_kinds()))
def test_the_old_format_keeps_values_as_well(case: Case) -> None:
    converter = ENGINE.converter(case.annotation)
    literal = idl.Literal()
    try:
        converter.encode(case.value, literal, Outbox(old_format=True))
    except ConversionError as error:
        assume(error.expected != "keys that stay apart as JSON")  # such as 1 and "1"
        raise
    note(idl.render_literal(literal))
    assert literal.scalar.WhichOneof("value") == "generic"
    data = converter.write(case.value, Outbox(old_format=True))
    assert data == literal.SerializeToString(deterministic=True)
    assert same(converter.to_python(literal), case.value)
    assert same(converter.from_bytes(data), case.value)


@many
@given(cases(shallow_kinds()))
def test_a_literal_may_flow_where_its_type_is_declared(case: Case) -> None:
    """By the backend's own check of constants: the type that it infers is castable to the declared one.

    Not of deep ones: of a list of dicts, some of them empty, it infers a union that is castable to nothing.
    """
    converter = ENGINE.converter(case.annotation)
    inferred = literal_type_of(converter.to_literal(case.value))
    assert inferred is not None
    verdict = castable(inferred, converter.literal_type)
    assert verdict, str(verdict)


@given(kinds())
def test_a_type_is_the_same_in_every_engine(kind: Kind) -> None:
    other = TypeEngine().literal_type(kind.annotation)
    assert other.SerializeToString(deterministic=True) == ENGINE.literal_type(kind.annotation).SerializeToString(
        deterministic=True
    )


@settings(max_examples=25)
@given(st.data())
def test_threads_share_an_engine_from_its_first_use_on(data: st.DataObject) -> None:
    engine = TypeEngine(store=StoreRouter({"memory": MemoryStore()}), prefix="memory://threads/objects")
    drawn = [data.draw(cases()) for _ in range(6)]

    def convert(shift: int) -> None:
        for index in range(len(drawn)):
            annotation, value = drawn[(index + shift) % len(drawn)]
            assert same(engine.to_python(engine.to_literal(value, annotation), annotation), value)
            assert same(engine.from_bytes(engine.to_bytes(value, annotation), annotation), value)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(convert, range(8)))


def test_sets_have_the_same_bytes_in_every_process() -> None:
    """The order of a set's text depends on the process; what is written must not."""
    program = Path(__file__).with_name("write_a_set.py")
    written = {
        subprocess.run(
            [sys.executable, program], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(written) == 1
