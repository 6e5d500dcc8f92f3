"""A text that is not among those of the `Literal`."""

from typing import Literal

from flytetypes import task, workflow


@task
def paint(mode: Literal["fast", "fine"]) -> str:
    return mode


@workflow
def flow() -> str:
    return paint(mode="slow")  # wrong: wrong-constant
