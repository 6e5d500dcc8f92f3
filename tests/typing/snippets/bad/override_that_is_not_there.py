"""An option that no call has."""

from flytetypes import create_node, task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(n: int) -> None:
    create_node(doubled, n=n).with_overrides(priority=3)  # wrong: bad-option
