"""Run in flytekit's environment: reads what we lower by flytekit's own models, and writes it again.

One JSON object a line in, `{"kind": ..., "data": hex}`, one out: `{"data": hex, "told": ...}`.
"""

import json
import sys
from typing import Any

from flyteidl.admin import launch_plan_pb2, task_pb2, workflow_pb2
from flytekit.models.admin.workflow import WorkflowSpec
from flytekit.models.launch_plan import LaunchPlan
from flytekit.models.task import TaskSpec
from flytekit.remote.entities import FlyteTask

READERS = {
    "task": (task_pb2.TaskSpec, TaskSpec),
    "workflow": (workflow_pb2.WorkflowSpec, WorkflowSpec),
    "launch plan": (launch_plan_pb2.LaunchPlan, LaunchPlan),
}


def told(kind: str, model: Any) -> list[Any]:
    """A few facts, as flytekit's own objects know them."""
    if kind == "task":
        task = FlyteTask.promote_from_model(model.template)
        return [task.name, sorted(task.interface.inputs), sorted(task.interface.outputs)]
    if kind == "workflow":
        return [
            model.template.id.name,
            [node.id for node in model.template.nodes],
            [each.id.name for each in model.sub_workflows],
        ]
    return [model.id.name, model.spec.workflow_id.name, sorted(model.spec.default_inputs.parameters)]


for line in sys.stdin:
    asked = json.loads(line)
    message_class, model_class = READERS[asked["kind"]]
    model = model_class.from_flyte_idl(message_class.FromString(bytes.fromhex(asked["data"])))
    data = model.to_flyte_idl().SerializeToString(deterministic=True)
    print(json.dumps({"data": data.hex(), "told": told(asked["kind"], model)}))
