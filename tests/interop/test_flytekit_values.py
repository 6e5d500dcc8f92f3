"""Values and interfaces between us and flytekit 1.16, in its own environment: it reads ours, we read its.

Where they differ is told in `flytekit-differences.json`, each with the rule of ours that it follows; an
entry that is not needed any more fails.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from environments import run
from extensions import without_extensions
from flytetypes import idl
from flytetypes.interface import Interface
from flytetypes.testing import same
from flytetypes.types import Outbox, TypeEngine
from values_table import FUNCTIONS, ROWS

pytestmark = pytest.mark.interop

HERE = Path(__file__).parent
ENGINE = TypeEngine()
DIFFERENCES: dict[str, dict[str, str]] = json.loads((HERE / "flytekit-differences.json").read_text())
IDS = [f"{ENGINE.converter(row.annotation).source} {row.value!r}"[:70] for row in ROWS]
OLD = [
    index
    for index, row in enumerate(ROWS)
    if ENGINE.to_literal(row.value, row.annotation).scalar.WhichOneof("value") == "binary"
]

every_row = pytest.mark.parametrize("index", range(len(ROWS)), ids=IDS)
every_struct = pytest.mark.parametrize("index", OLD, ids=[IDS[index] for index in OLD])


def ours(index: int, *, old_format: bool = False) -> bytes:
    row = ROWS[index]
    return ENGINE.converter(row.annotation).write(row.value, Outbox(old_format=old_format))


@cache
def flytekit() -> dict[str, Any]:
    """Everything that is asked of flytekit; answers by kind."""
    plan: dict[tuple[str, int], dict[str, Any]] = {}
    for index in range(len(ROWS)):
        plan["encode", index] = {"row": index}
        plan["decode", index] = {"row": index, "literal": ours(index).hex()}
    for index in range(len(FUNCTIONS)):
        plan["interface", index] = {"function": index}
    old: dict[tuple[str, int], dict[str, Any]] = {}
    for index in OLD:
        old["encode old", index] = {"row": index}
        old["decode old", index] = {"row": index, "literal": ours(index, old_format=True).hex()}
    # In a process of its own: flytekit keeps the literals that it wrote, whatever the format.
    return {**answered(plan), **answered(old, FLYTE_USE_OLD_DC_FORMAT="true")}


def answered(plan: dict[tuple[str, int], dict[str, Any]], **variables: str) -> dict[str, Any]:
    steps = json.dumps(list(plan.values()))
    variables["PYTHONPATH"] = os.pathsep.join([str(HERE.parent), str(HERE.parents[1])])
    answers = json.loads(run("flytekit", HERE / "flytekit_values.py", stdin=steps, variables=variables))
    return {f"{kind} {index}": answer for (kind, index), answer in zip(plan, answers, strict=True)}


def differs(index: int, what: str) -> bool:
    """Whether the row is known to differ in this; then it must."""
    return what in DIFFERENCES.get(IDS[index], {})


@every_row
def test_types_have_the_same_bytes(index: int) -> None:
    answer = flytekit()[f"encode {index}"]
    literal_type = ENGINE.literal_type(ROWS[index].annotation).SerializeToString(deterministic=True).hex()
    assert (answer.get("type") != literal_type) == differs(index, "type"), answer


@every_row
def test_values_have_the_same_bytes(index: int) -> None:
    answer = flytekit()[f"encode {index}"]
    assert (answer.get("literal") != without_extensions(ours(index)).hex()) == differs(index, "literal"), answer


@every_row
def test_flytekit_reads_what_we_write(index: int) -> None:
    answer = flytekit()[f"decode {index}"]
    assert answer.get("same", False) != differs(index, "read by flytekit"), answer


@every_row
def test_we_read_what_flytekit_writes(index: int) -> None:
    answer = flytekit()[f"encode {index}"]
    row = ROWS[index]
    if "literal" not in answer:
        assert differs(index, "literal"), answer
        return
    back = ENGINE.from_bytes(bytes.fromhex(answer["literal"]), row.annotation)
    assert same(back, row.plain) != differs(index, "read by us"), back


@every_struct
def test_the_old_format_has_the_same_bytes(index: int) -> None:
    answer = flytekit()[f"encode old {index}"]
    assert (answer.get("literal") != without_extensions(ours(index, old_format=True)).hex()) == differs(
        index, "old literal"
    ), answer


@every_struct
def test_flytekit_reads_our_old_format(index: int) -> None:
    answer = flytekit()[f"decode old {index}"]
    assert answer.get("same", False) != differs(index, "old, read by flytekit"), answer


@every_struct
def test_we_read_flytekits_old_format(index: int) -> None:
    answer = flytekit()[f"encode old {index}"]
    if "literal" not in answer:
        assert differs(index, "old literal"), answer
        return
    row = ROWS[index]
    back = ENGINE.from_bytes(bytes.fromhex(answer["literal"]), row.annotation)
    assert same(back, row.old) != differs(index, "old, read by us"), back


@pytest.mark.parametrize("index", range(len(FUNCTIONS)), ids=[function.__name__ for function in FUNCTIONS])
def test_interfaces_have_the_same_bytes(index: int) -> None:
    answer = flytekit()[f"interface {index}"]
    function: Any = FUNCTIONS[index]
    interface = Interface.of(function, ENGINE)
    typed, parameters = interface.to_idl(), interface.to_parameters()
    assert idl.to_json(typed) == idl.to_json(idl.TypedInterface.FromString(bytes.fromhex(answer["interface"])))
    assert typed.SerializeToString(deterministic=True).hex() == answer["interface"]
    assert parameters.SerializeToString(deterministic=True).hex() == answer["parameters"]


def test_every_difference_is_of_a_row_and_has_a_rule() -> None:
    assert set(DIFFERENCES) <= set(IDS)
    assert all(entry.get("rule") and len(entry) > 1 for entry in DIFFERENCES.values())
