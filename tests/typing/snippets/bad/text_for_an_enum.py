"""The value of a member where the member is taken."""

import enum

from flytetypes import task, workflow


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


@task
def paint(colour: Colour) -> int:
    return colour.value


@workflow
def flow() -> int:
    return paint(colour="green")  # wrong: wrong-constant
