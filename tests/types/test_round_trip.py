"""More laws for drawn annotations and values, next to those of `test_laws`: older forms, types, other processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from hypothesis import assume, given, note, settings

from flytetypes import idl
from flytetypes.errors import ConversionError
from flytetypes.testing import same
from flytetypes.types import Outbox, TypeEngine, castable, literal_type_of
from strategies import ENGINE, Case, Kind, cases, kinds, shallow_kinds, struct_kinds

many = settings(max_examples=max(400, settings().max_examples))


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
