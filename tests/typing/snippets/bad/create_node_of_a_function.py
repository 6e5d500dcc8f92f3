"""A node runs an entity, and not any function."""

from flytetypes import create_node, workflow


def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(n: int) -> None:
    create_node(doubled, n=n)  # wrong: bad-option
