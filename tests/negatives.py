"""Small workflows on the wire, most of them broken on purpose, with the verdict of Flyte's own compiler: recorded rows."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from flytetypes import idl
from flytetypes.compiler import LaunchPlanTemplate

VECTORS = json.loads((Path(__file__).parent / "golden" / "compile-vectors.json").read_text(encoding="utf-8"))
FIXTURE = VECTORS["backend_negatives_fixture"]
ROWS: list[dict[str, Any]] = VECTORS["backend_negatives"]
NAMES = [row["name"] for row in ROWS]

# What is changed in the task `t` where the name of a row says that it is broken.
SPOILED: dict[str, dict[str, Any]] = {
    "task without image": {"container": {"args": ["a"]}},
    "task without command and args": {"container": {"image": "i"}},
    "task pod container name upper case": {
        "k8s_pod": {"pod_spec": {"containers": [{"name": "Upper", "image": "i"}]}},
    },
    "task without target": {},
}


class Supplied:
    """A workflow, and what it is compiled with."""

    def __init__(self, row: dict[str, Any]) -> None:
        tasks = {task["id"]["name"]: task for task in FIXTURE["tasks"]}
        if row["name"] in SPOILED:
            whole = deepcopy(tasks["t"])
            del whole["container"]
            tasks["t"] = {**whole, **SPOILED[row["name"]]}
        assert set(row["sub_workflows_supplied"]) <= {"sub"}
        assert set(row["launch_plans_supplied"]) <= {"lp"}
        self.template = idl.from_json(idl.WorkflowTemplate, row["workflow_template"])
        self.tasks = [idl.from_json(idl.TaskTemplate, tasks[name]) for name in row["tasks_supplied"]]
        sub = FIXTURE["sub_workflow"]
        self.sub_workflows = [idl.from_json(idl.WorkflowTemplate, sub) for _ in row["sub_workflows_supplied"]]
        plan = FIXTURE["launch_plan"]
        self.launch_plans = [
            LaunchPlanTemplate(
                idl.from_json(idl.Identifier, plan["ID"]),
                idl.from_json(idl.ParameterMap, plan["Inputs"]),
                idl.from_json(idl.VariableMap, plan["Outputs"]),
            )
            for _ in row["launch_plans_supplied"]
        ]
