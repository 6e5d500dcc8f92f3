"""Flyte's compiler says of each recorded workflow template what is recorded: it is fit to judge the templates that we make."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from flyte_compiler import (
    LaunchPlan,
    Verdict,
    WorkflowQuestion,
    build,
    compile_workflow,
    compile_workflows,
    needs_go,
)
from flytetypes import idl
from negatives import FIXTURE, NAMES, ROWS, SPOILED, VECTORS, Supplied

pytestmark = [pytest.mark.interop, needs_go]

# Not the one whose tasks and launch plans are other people's: they are recorded nowhere.
CASES: list[dict[str, Any]] = [
    case for case in VECTORS["cases"] if case["backend_compiler"] and case["id"] != "reference_entities"
]


@pytest.fixture(scope="module")
def compiler() -> Path:
    return build()


def data_of(message_class: type[idl.Message], tree: dict[str, Any]) -> bytes:
    return data(idl.from_json(message_class, tree))


def data(message: idl.Message) -> bytes:
    return message.SerializeToString(deterministic=True)


def question_of(row: dict[str, Any]) -> WorkflowQuestion:
    supplied = Supplied(row)
    return WorkflowQuestion(
        data(supplied.template),
        [data(each) for each in supplied.sub_workflows],
        [data(each) for each in supplied.tasks],
        [LaunchPlan(data(each.id), data(each.inputs), data(each.outputs)) for each in supplied.launch_plans],
    )


@cache
def verdicts() -> list[Verdict]:
    return compile_workflows(build(), [question_of(row) for row in ROWS])


@pytest.mark.parametrize("index", range(len(ROWS)), ids=NAMES)
def test_the_verdict_is_the_recorded_one(index: int) -> None:
    row, verdict = ROWS[index], verdicts()[index]
    assert not verdict.crashed
    assert ("accepted" if verdict.accepted else "rejected") == row["result"], verdict.errors
    assert verdict.codes == row["codes"]
    assert verdict.task_codes == row["task_codes"]
    assert (verdict.closure is not None) == verdict.accepted


def test_rows_of_broken_tasks_are_all_known() -> None:
    assert set(SPOILED) == {name for name in NAMES if name.startswith("task ")}


def records_of(case: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """What a case registers of one kind."""
    return [record for record in case["registrables"] if record["message"].endswith(f".{kind}")]


def plan_of(record: dict[str, Any], workflows: dict[str, dict[str, Any]]) -> LaunchPlan:
    spec = record["spec"]
    return LaunchPlan(
        data_of(idl.Identifier, record["id"]),
        data_of(idl.ParameterMap, spec["default_inputs"]),
        data_of(idl.VariableMap, workflows[spec["workflow_id"]["name"]]["template"]["interface"]["outputs"]),
        data_of(idl.LiteralMap, spec["fixed_inputs"]),
    )


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_what_flytekit_makes_is_judged_as_recorded(case: dict[str, Any], compiler: Path) -> None:
    """With what was registered before it; a workflow comes with the workflows that it calls."""
    workflows = {record["name"]: record["spec"] for record in records_of(case, "WorkflowSpec")}
    tasks = [data_of(idl.TaskTemplate, record["spec"]["template"]) for record in records_of(case, "TaskSpec")]
    plans = [plan_of(record, workflows) for record in records_of(case, "LaunchPlanSpec")]
    for name, recorded in case["backend_compiler"].items():
        spec = workflows[name]
        below = [data_of(idl.WorkflowTemplate, each) for each in spec.get("sub_workflows", ())]
        verdict = compile_workflow(compiler, data_of(idl.WorkflowTemplate, spec["template"]), below, tasks, plans)
        assert ("accepted" if verdict.accepted else verdict.codes) == recorded, verdict.errors


def test_a_closure_has_the_workflow_with_its_start_and_end(compiler: Path) -> None:
    [verdict] = compile_workflows(compiler, [question_of(ROWS[NAMES.index("subworkflow ok")])])
    assert verdict.closure is not None
    closure = idl.CompiledWorkflowClosure.FromString(verdict.closure)
    assert [node.id for node in closure.primary.template.nodes] == ["start-node", "end-node", "n0"]
    assert [each.template.id.name for each in closure.sub_workflows] == ["sub"]
    assert [each.template.id.name for each in closure.tasks] == [each["id"]["name"] for each in FIXTURE["tasks"]]


def test_a_fixed_input_of_a_launch_plan_cannot_be_bound(compiler: Path) -> None:
    question = question_of(ROWS[NAMES.index("launch plan ok, default omitted")])
    fixed = data_of(idl.LiteralMap, {"literals": {"a": {"scalar": {"primitive": {"integer": "1"}}}}})
    [verdict] = compile_workflows(
        compiler, [replace(question, launch_plans=[replace(plan, fixed=fixed) for plan in question.launch_plans])]
    )
    assert verdict.codes == ["VariableNameNotFound"]
    assert verdict.errors == [
        "Code: VariableNameNotFound, Node Id: n0, Description: Variable [a] not found on node [n0]."
    ]


def test_a_crash_of_the_compiler_ends_no_other_question(compiler: Path) -> None:
    baseline = question_of(ROWS[NAMES.index("baseline ok")])
    panics = deepcopy(ROWS[NAMES.index("baseline ok")])
    panics["workflow_template"]["nodes"][0]["inputs"][0]["binding"] = {"scalar": {}}
    calls_itself = deepcopy(FIXTURE["sub_workflow"])
    calls_itself["nodes"][0] = {"id": "n0", "workflow_node": {"sub_workflow_ref": calls_itself["id"]}}
    endless = data_of(idl.WorkflowTemplate, calls_itself)
    asked = [question_of(panics), baseline, WorkflowQuestion(endless, [endless], baseline.tasks), baseline]
    verdicts = compile_workflows(compiler, asked)
    assert [verdict.crashed for verdict in verdicts] == [True, False, True, False]
    assert [verdict.accepted for verdict in verdicts] == [False, True, False, True]
