"""An `@eager` in a workflow gets another type."""

from flytetypes import eager, workflow


@eager
async def decide(n: int) -> int:
    return n + 1


@workflow
def flow(text: str) -> None:
    decide(n=text)  # wrong: type-mismatch
