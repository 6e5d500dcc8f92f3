"""A node runs an entity, and not any function."""

from flytetypes import Workflow


def doubled(n: int) -> int:
    return 2 * n


flow = Workflow("bad.imperative-call-of-a-function")
flow.add_workflow_input("n", int)
flow.add_entity(doubled, n=flow.inputs["n"])  # wrong: OptionError
