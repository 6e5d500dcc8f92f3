"""A workflow that is built step by step."""

from flytetypes import Workflow, task


@task
def doubled(n: int) -> int:
    return 2 * n


@task
def clean(n: int) -> None: ...


flow = Workflow("imperative.flow")
flow.add_workflow_input("n", int, 3)
node = flow.add_entity(doubled, n=flow.inputs["n"])
last = flow.add_entity(clean, n=node.outputs["o0"])
node >> last
flow.add_workflow_output("o0", node.outputs["o0"])
flow.add_workflow_output("both", [node.o0, flow.inputs["n"]], list[int])
flow.add_on_failure_handler(clean)
