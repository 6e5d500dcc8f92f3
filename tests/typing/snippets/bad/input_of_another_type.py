"""The input that a gate waits for does not fit what takes it."""

from flytetypes import task, wait_for_input, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow() -> int:
    return doubled(n=wait_for_input("n", expected_type=str))  # wrong: type-mismatch
