"""The law: `to_python(to_literal(v))` equals `v` and has its class, all the way down, for every built-in type."""

from __future__ import annotations

import copy

from hypothesis import given, note

from flytetypes import idl
from flytetypes.storage import MemoryStore, StoreRouter
from flytetypes.types import TypeEngine
from same import same
from strategies import Case, cases

ENGINE = TypeEngine(store=StoreRouter({"memory": MemoryStore()}), prefix="memory://law/objects")


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
