"""An output may be a constant beside promises."""

from flytetypes import task, workflow


@task
def one() -> int:
    return 1


@workflow
def flow() -> tuple[int, str, list[float]]:
    return one(), "constant", [1.0, 2.5]
