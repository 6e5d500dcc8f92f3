"""Conditions: which comparisons have a meaning, and what Flyte's backend makes of those.

Its operands are primitives of one type, and constants keep their type. What means the same in other types is brought to
that: a whole number for a float, a fraction for an integer.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from flytetypes import idl
from flytetypes._record import Record
from flytetypes.authoring import Comparison, Value

_ORDERED = frozenset({"<", "<=", ">", ">="})
_SIMPLE = {
    idl.SimpleType.INTEGER: int,
    idl.SimpleType.FLOAT: float,
    idl.SimpleType.STRING: str,
    idl.SimpleType.BOOLEAN: bool,
    idl.SimpleType.DATETIME: datetime,
    idl.SimpleType.DURATION: timedelta,
}


class Misfit(Record):
    """Why a comparison is refused.

    Attributes:
        message: What is wrong with it.
        fix: How to mend it.
        runs_here: Whether it has a meaning, and only a Flyte backend does not take it.
    """

    message: str
    fix: str
    runs_here: bool


def misfit_of(comparison: Comparison, left: idl.LiteralType, right: idl.LiteralType | None) -> Misfit | None:
    """What is wrong with a comparison.

    Args:
        comparison: A reference on the left.
        left: The type of its left side, of the part that its path leads to.
        right: As much of its right side; None for a constant.
    """
    operator = comparison.operator
    if right is not None:
        return _of_references(comparison, left, right)
    assert isinstance(comparison.right, Value)  # noqa: S101 - no type, so a constant
    value = comparison.right.value
    shown = f"`{comparison}`"
    if value is None:
        if operator in _ORDERED:
            return Misfit(f"{shown} orders None", "compare with `is_none()`", runs_here=False)
        return Misfit(
            f"{shown}: no Flyte backend compares with None",
            "let a task give a bool that says whether it is None, and use `is_true()`",
            runs_here=True,
        )
    kind = left.WhichOneof("type")
    if kind == "enum_type":
        return _of_enum(comparison, left, value)
    if kind == "union_type":
        return _of_union(comparison, left, value)
    if kind == "simple" and left.simple in _SIMPLE and left != idl.LiteralType(simple=left.simple):
        return Misfit(
            f"{shown}: no Flyte backend compares a `{idl.render_type(left)}`, which is more than a primitive there",
            "let a task compare it and give a bool, and use `is_true()`",
            runs_here=lowered(operator, value, left.simple) is not None,
        )
    if kind != "simple" or left.simple not in _SIMPLE:
        return Misfit(
            f"{shown} compares a `{idl.render_type(left)}`",
            "compare numbers, strings, bools, datetimes or timedeltas: let a task make one of it",
            runs_here=False,
        )
    if left.simple == idl.SimpleType.BOOLEAN and operator in _ORDERED:
        return Misfit(f"{shown} orders a bool", "use `is_true()` or `is_false()`", runs_here=False)
    if lowered(operator, value, left.simple) is None:
        return Misfit(
            f"{shown} compares a `{idl.render_type(left)}` with `{type(value).__name__}` {value!r}",
            f"compare it with a `{idl.render_type(left)}`",
            runs_here=False,
        )
    if not _is_whole(value) and left.simple in (idl.SimpleType.DATETIME, idl.SimpleType.DURATION):
        return Misfit(
            f"{shown}: a Flyte backend compares whole seconds only", "compare with whole seconds", runs_here=True
        )
    return None


def _of_references(comparison: Comparison, left: idl.LiteralType, right: idl.LiteralType) -> Misfit | None:
    shown = f"`{comparison}`"
    texts = idl.render_type(left), idl.render_type(right)
    plain = {
        kind: each.WhichOneof("type") == "simple" and each.simple in _SIMPLE
        for kind, each in (("l", left), ("r", right))
    }
    if all(plain.values()):
        if left.simple == right.simple and left == right == idl.LiteralType(simple=left.simple):
            if left.simple == idl.SimpleType.BOOLEAN and comparison.operator in _ORDERED:
                return Misfit(f"{shown} orders bools", "use `is_true()` and `is_false()`", runs_here=False)
            return None
        numbers = {idl.SimpleType.INTEGER, idl.SimpleType.FLOAT}
        return Misfit(
            f"{shown} compares a `{texts[0]}` with a `{texts[1]}`",
            "let a task make both of one type",
            runs_here={left.simple, right.simple} <= numbers,
        )
    comparable = all(
        is_plain or each.WhichOneof("type") in ("enum_type", "union_type")
        for is_plain, each in zip(plain.values(), (left, right), strict=True)
    )
    return Misfit(
        f"{shown} compares a `{texts[0]}` with a `{texts[1]}`: a Flyte backend compares primitives of one type",
        "let a task compare them and give a bool, and use `is_true()`",
        runs_here=comparable and comparison.operator not in _ORDERED,
    )


def _of_enum(comparison: Comparison, left: idl.LiteralType, value: Any) -> Misfit | None:
    text = value.value if isinstance(value, Enum) else value
    if text not in list(left.enum_type.values) or comparison.operator in _ORDERED:
        names = ", ".join(map(repr, left.enum_type.values))
        return Misfit(
            f"`{comparison}` compares one of {names} with {value!r}",
            f"compare by `==` with one of {names}",
            runs_here=False,
        )
    return Misfit(
        f"`{comparison}`: no Flyte backend compares enums",
        "let a task compare it and give a bool, and use `is_true()`",
        runs_here=True,
    )


def _of_union(comparison: Comparison, left: idl.LiteralType, value: Any) -> Misfit | None:
    variants = [
        variant for variant in left.union_type.variants if variant.WhichOneof("type") in ("simple", "enum_type")
    ]
    fits = any(
        variant.WhichOneof("type") == "enum_type" or lowered(comparison.operator, value, variant.simple) is not None
        for variant in variants
    )
    return Misfit(
        f"`{comparison}`: no Flyte backend compares a `{idl.render_type(left)}`",
        "let a task compare it and give a bool, and use `is_true()`",
        runs_here=fits and comparison.operator not in _ORDERED,
    )


def lowered(operator: str, value: Any, simple: Any) -> tuple[str, Any] | None:
    """The operator and the constant of a type that mean the same as these; None where there are none.

    `n > 1.5` is `n > 1` for an integer; `x > 1` is `x > 1.0` for a float.
    """
    if simple == idl.SimpleType.FLOAT and type(value) is int:
        as_float = float(value) if abs(value) < 2**1000 else math.inf
        return (operator, as_float) if as_float == value else None
    if simple == idl.SimpleType.INTEGER and type(value) is float and math.isfinite(value):
        if value.is_integer():
            value = int(value)
        elif operator in (">", "<="):
            value = math.floor(value)
        elif operator in ("<", ">="):
            value = math.ceil(value)
        else:
            return None  # never equal
    if simple == idl.SimpleType.STRING and isinstance(value, Enum):
        value = value.value
    wanted = _SIMPLE.get(simple)
    if wanted is None or not isinstance(value, wanted) or isinstance(value, bool) != (wanted is bool):
        return None
    if type(value) is int and not -(2**63) <= value < 2**63:
        return None
    return operator, value


def _is_whole(value: Any) -> bool:
    if isinstance(value, (datetime, timedelta)):
        return (value.microseconds if isinstance(value, timedelta) else value.microsecond) == 0
    return True
