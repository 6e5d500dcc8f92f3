"""A workflow has no such method."""

from flytetypes import Workflow, task


@task
def doubled(n: int) -> int:
    return 2 * n


flow = Workflow("bad.imperative-method-that-is-not-there")
flow.add_node(doubled, n=3)  # wrong: AttributeError
