"""The constraints inside `Annotated`, as strategies use them: to draw within them, and to filter what that leaves.

None of the packages that they come from is imported: they are known by the names of their attributes.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Iterable
from typing import Any


class Limits:
    """The constraints in an annotation: those of annotated-types, and what pydantic and msgspec have alike."""

    def __init__(self, extras: Iterable[Any]) -> None:
        self.bounds: dict[str, Any] = {}
        self.pattern: str | None = None
        self.predicates: list[Callable[[Any], bool]] = []
        for extra in _constraints(extras):
            for name in ("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length"):
                bound = getattr(extra, name, None)
                if bound is not None:
                    # Of several lower bounds the highest holds, of several upper ones the lowest.
                    merge = max if name in ("gt", "ge", "min_length") else min
                    self.bounds[name] = merge(bound, self.bounds[name]) if name in self.bounds else bound
            self.pattern = getattr(extra, "pattern", None) or self.pattern
            match type(extra).__name__:
                case "Predicate":
                    self.predicates.append(extra.func)
                case "Not":
                    self.predicates.append(functools.partial(_is_not, extra.func))
                case "Timezone":
                    self.predicates.append(functools.partial(_is_in_zone, extra.tz))

    @property
    def any(self) -> bool:
        return bool(self.bounds or self.pattern or self.predicates)

    def accept(self, value: Any) -> bool:
        if value is None:  # where it is allowed, nothing is asked
            return True
        checks: dict[str, Callable[[Any], bool]] = {
            "gt": lambda bound: value > bound,
            "ge": lambda bound: value >= bound,
            "lt": lambda bound: value < bound,
            "le": lambda bound: value <= bound,
            "multiple_of": lambda bound: value % bound == 0,
            "min_length": lambda bound: len(value) >= bound,
            "max_length": lambda bound: len(value) <= bound,
        }
        return (
            all(checks[name](bound) for name, bound in self.bounds.items())
            and (self.pattern is None or re.search(self.pattern, value) is not None)
            and all(predicate(value) for predicate in self.predicates)
        )

    def span(self, lowest: Any = None, highest: Any = None) -> tuple[Any, Any]:
        """The lowest and the highest value, ends included."""
        lower = [bound for bound in (lowest, self.bounds.get("gt"), self.bounds.get("ge")) if bound is not None]
        upper = [bound for bound in (highest, self.bounds.get("lt"), self.bounds.get("le")) if bound is not None]
        return max(lower, default=None), min(upper, default=None)

    def lengths(self, usual: int) -> tuple[int, int]:
        shortest = self.bounds.get("min_length", 0)
        return shortest, min(self.bounds.get("max_length", math.inf), max(shortest + 1, usual))


def _constraints(extras: Iterable[Any]) -> Iterable[Any]:
    for extra in extras:
        if type(extra).__module__.partition(".")[0] in ("annotated_types", "pydantic", "msgspec"):
            yield extra
            if type(extra).__name__ == "FieldInfo":  # pydantic's `Field(gt=0)` holds those of annotated-types
                yield from _constraints(extra.metadata)


def _is_not(predicate: Callable[[Any], bool], value: Any) -> bool:
    return not predicate(value)


def _is_in_zone(zone: Any, value: Any) -> bool:
    if zone is None or zone is Ellipsis:
        return (value.tzinfo is None) == (zone is None)
    return bool(value.tzinfo == zone or getattr(value.tzinfo, "key", None) == zone)
