"""What we accept for a Flyte backend, Flyte's own compiler accepts; what it would refuse, we refuse."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from bad_workflows import BAD
from flyte_compiler import LaunchPlan, Verdict, WorkflowQuestion, build, compile_workflows, needs_go
from flytetypes import idl
from flytetypes.compiler import check_template, compiled_closure
from negatives import ROWS
from random_workflows import OnTheWire, drawn, lowered_unchecked, on_the_wire, spoiled

pytestmark = [pytest.mark.interop, needs_go]

COUNT = 500


def data(message: idl.Message) -> bytes:
    return message.SerializeToString(deterministic=True)


def question(whole: OnTheWire) -> WorkflowQuestion:
    return WorkflowQuestion(
        data(whole.template),
        [data(each) for each in whole.sub_workflows],
        [data(each) for each in whole.tasks],
        [
            LaunchPlan(data(each.id), data(each.inputs), data(each.outputs), data(each.fixed or idl.LiteralMap()))
            for each in whole.launch_plans
        ],
    )


@dataclass
class Drawn:
    seed: int
    whole: OnTheWire
    spoiled: str | None
    verdict: Verdict


@cache
def random_graphs() -> list[Drawn]:
    """Half of them spoiled in one place, on the wire."""
    graphs: list[tuple[int, OnTheWire, str | None]] = []
    for seed in range(COUNT):
        whole = on_the_wire(drawn(seed))
        graphs.append((seed, whole, spoiled(whole, seed) if seed % 2 else None))
    verdicts = compile_workflows(build(), [question(whole) for _, whole, _ in graphs])
    return [Drawn(*graph, verdict) for graph, verdict in zip(graphs, verdicts, strict=True)]


def test_random_graphs_have_every_kind_of_node() -> None:
    kinds = {node.WhichOneof("target") for each in random_graphs() for node in each.whole.template.nodes}
    assert kinds == {"task_node", "workflow_node", "branch_node", "gate_node", "array_node"}
    assert sum(each.spoiled is not None for each in random_graphs()) == COUNT // 2
    assert len({each.spoiled for each in random_graphs()}) > 15


def test_random_graphs_that_we_accept_are_accepted() -> None:
    refused = {
        each.seed: each.verdict.errors for each in random_graphs() if not each.spoiled and not each.verdict.accepted
    }
    assert refused == {}


def test_random_graphs_have_the_same_verdict_from_both() -> None:
    differing: dict[Any, Any] = {}
    for each in random_graphs():
        whole = each.whole
        found = check_template(
            whole.template,
            tasks=whole.tasks,
            sub_workflows=whole.sub_workflows,
            launch_plans=whole.launch_plans,
        )
        errors = [str(problem) for problem in found if problem.is_error]
        if each.verdict.crashed or each.verdict.accepted == bool(errors):
            differing[each.seed, each.spoiled] = (each.verdict.errors, errors)
    assert differing == {}


@cache
def verdicts_of_bad() -> dict[str, Verdict]:
    """Of the wrong workflows, lowered without asking us; those that cannot even be lowered are not there."""
    wholes = {name: lowered_unchecked(wrong.make()) for name, wrong in BAD.items()}
    able = {name: whole for name, whole in wholes.items() if whole is not None}
    return dict(zip(able, compile_workflows(build(), [question(whole) for whole in able.values()]), strict=True))


@pytest.mark.parametrize("name", BAD)
def test_flytes_compiler_refuses_what_is_said_to_be_refused(name: str) -> None:
    verdict = verdicts_of_bad().get(name)
    if BAD[name].refused_by_flyte:
        assert verdict is None or not verdict.accepted
    else:
        assert verdict is None or verdict.accepted, verdict.errors


def test_the_corpus_of_bad_graphs_is_large() -> None:
    refused = [name for name, verdict in verdicts_of_bad().items() if not verdict.accepted]
    assert len(refused) + sum(row["result"] == "rejected" for row in ROWS) >= 60


def test_closures_are_those_of_flytes_compiler() -> None:
    """Of all that are accepted: the start and the end, the connections, the new names in branches."""
    compared = 0
    for each in random_graphs():
        if each.verdict.closure is not None:
            whole = each.whole
            ours = compiled_closure(whole.template, whole.sub_workflows, whole.tasks)
            theirs = idl.CompiledWorkflowClosure.FromString(each.verdict.closure)
            assert idl.to_json(ours) == idl.to_json(theirs), each.seed
            assert data(ours) == data(theirs)
            compared += 1
    assert compared > COUNT // 2
