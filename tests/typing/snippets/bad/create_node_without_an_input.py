"""A call without what it needs: `create_node` takes any inputs for checkers."""

from flytetypes import create_node, task, workflow


@task
def added(a: int, b: int) -> int:
    return a + b


@workflow
def flow(a: int) -> None:
    create_node(added, a=a)  # wrong: missing-input
