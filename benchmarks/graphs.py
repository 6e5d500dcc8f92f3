"""Workflows to compile, the same for every implementation: its decorators and tasks come in."""

from collections.abc import Callable
from itertools import count
from typing import Any

_numbers = count()


def fresh_workflow(workflow: Callable[..., Any], add_one: Any, total: Any, shape: str, size: int) -> Any:
    """A workflow that was never compiled.

    Args:
        workflow: The decorator.
        add_one: A task `(x: int) -> int`.
        total: A task `(xs: list[int]) -> int`.
        shape: `deep`: each call takes what the one before gave; `wide`: all take the input, and one takes all that they
            give; `edges`: one call takes the input many times.
        size: How many calls; for `edges` how many times.
    """

    def deep(x: int) -> int:
        for _ in range(size):
            x = add_one(x=x)
        return x

    def wide(x: int) -> int:
        result: int = total(xs=[add_one(x=x) for _ in range(size - 1)])
        return result

    def edges(x: int) -> int:
        result: int = total(xs=[x] * size)
        return result

    function = {"deep": deep, "wide": wide, "edges": edges}[shape]
    function.__name__ = function.__qualname__ = f"{shape}_{next(_numbers)}"
    return workflow(function)
