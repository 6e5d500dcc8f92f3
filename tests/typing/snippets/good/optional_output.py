"""What may be None goes where None may go."""

from flytetypes import task, workflow


@task
def found(values: list[int], wanted: int) -> int | None:
    return wanted if wanted in values else None


@task
def or_zero(n: int | None) -> int:
    return n or 0


@workflow
def flow(values: list[int]) -> tuple[int, int | None]:
    return or_zero(n=found(values=values, wanted=3)), found(values=values, wanted=4)
