"""Which branch of a conditional is taken, from the literals that its conditions compare."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final

from flytetypes import idl
from flytetypes.authoring import Branch, Comparison, Condition, Node, Reference, Value
from flytetypes.errors import NoBranchError

_OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def taken(branch: Branch, literal_of: Callable[[Reference], bytes]) -> Node | None:
    """The body whose condition is the first to hold; None when none does and nothing else is to run.

    Args:
        branch: The conditional.
        literal_of: The serialised literal of a reference.

    Raises:
        NoBranchError: When none holds and it is to fail then.
    """
    for case in branch.cases:
        if _holds(case.condition, literal_of):
            return case.node
    if isinstance(branch.otherwise, str):
        raise NoBranchError(branch.otherwise)
    return branch.otherwise


def _holds(condition: Condition, literal_of: Callable[[Reference], bytes]) -> bool:
    if not isinstance(condition, Comparison):
        sides = _holds(condition.left, literal_of), _holds(condition.right, literal_of)
        return all(sides) if condition.operator == "and" else any(sides)
    left, right = (_side(side, literal_of) for side in (condition.left, condition.right))
    return _OPERATORS[condition.operator](left, right)


def _side(side: Reference | Value, literal_of: Callable[[Reference], bytes]) -> Any:
    if isinstance(side, Value):
        value = side.value.value if isinstance(side.value, Enum) else side.value
        return _in_utc(value) if isinstance(value, datetime) else value
    return _plain(idl.Literal.FromString(literal_of(side)))


def _plain(literal: idl.Literal) -> Any:
    """What a literal of a primitive holds; None for none."""
    scalar = literal.scalar
    if scalar.WhichOneof("value") == "union":
        return _plain(scalar.union.value)
    return idl.read_primitive(scalar.primitive)


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
