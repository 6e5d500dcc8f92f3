"""flytekit's own reader takes what we lower, and loses nothing of it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from environments import run
from flytetypes import idl
from flytetypes.compiler import Registrable, lower
from random_workflows import SETTINGS, drawn, fixed_plan, plan, scheduled_plan

pytestmark = pytest.mark.interop

HERE = Path(__file__).parent
CLASSES: dict[str, Any] = {"task": idl.TaskSpec, "workflow": idl.WorkflowSpec, "launch plan": idl.LaunchPlan}


@cache
def ours() -> list[Registrable]:
    """Of a hundred random workflows and some launch plans, each once."""
    registrables = lower([*(drawn(seed) for seed in range(100)), plan, fixed_plan, scheduled_plan], SETTINGS)
    return list({(each.kind, each.name): each for each in registrables}.values())


@cache
def theirs() -> list[dict[str, Any]]:
    lines = [
        json.dumps({"kind": each.kind, "data": each.message.SerializeToString(deterministic=True).hex()})
        for each in ours()
    ]
    return [
        json.loads(line) for line in run("flytekit", HERE / "flytekit_compiled.py", stdin="\n".join(lines)).splitlines()
    ]


def without_empty(tree: Any) -> Any:
    """flytekit's models leave empty messages out, or put them in, as it happens: they mean the same."""
    if isinstance(tree, dict):
        pruned = {key: without_empty(value) for key, value in tree.items()}
        return {key: value for key, value in pruned.items() if value not in ({}, [], None)}
    return [without_empty(item) for item in tree] if isinstance(tree, list) else tree


def as_flytekit_reads(message: Any) -> Any:
    """What its model of an array node loses: bound inputs, and whether there is a limit to the parallelism."""
    kept = type(message)()
    kept.CopyFrom(message)
    if isinstance(message, idl.WorkflowSpec):
        for node in [*kept.template.nodes, *(node for each in kept.sub_workflows for node in each.nodes)]:
            if node.HasField("array_node"):
                del node.array_node.bound_inputs[:]
                node.array_node.parallelism = node.array_node.parallelism
    return idl.to_json(kept)


@pytest.mark.parametrize("kind", CLASSES)
def test_flytekit_reads_what_we_lower_and_writes_the_same(kind: str) -> None:
    compared = 0
    for each, answer in zip(ours(), theirs(), strict=True):
        if each.kind == kind:
            read = CLASSES[kind].FromString(bytes.fromhex(answer["data"]))
            assert without_empty(idl.to_json(read)) == without_empty(as_flytekit_reads(each.message)), each.name
            compared += 1
    assert compared > 2


def test_flytekit_knows_the_names() -> None:
    for each, answer in zip(ours(), theirs(), strict=True):
        assert answer["told"][0] == each.name
        if each.kind == "workflow":
            assert answer["told"][1] == [node.id for node in each.message.template.nodes]
            assert answer["told"][2] == [below.id.name for below in each.message.sub_workflows]
