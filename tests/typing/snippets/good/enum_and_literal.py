"""Enum members and the values of a `Literal`."""

import enum
from typing import Literal

from flytetypes import task, workflow


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@task
def paint(colour: Colour, mode: Literal["fast", "fine"] = "fast") -> Colour:
    return colour


@workflow
def flow(colour: Colour = Colour.RED) -> Colour:
    return paint(colour=paint(colour=colour, mode="fine"), mode="fast")
