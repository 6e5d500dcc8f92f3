"""Scenarios: conditionals."""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from typing import Any, Final

from flytetypes import conditional, task, workflow
from flytetypes.errors import NoBranchError
from flytetypes.testing._marks import mark, meet
from flytetypes.testing._scenarios import ANYTHING, Fails, Scenario


class Speed(enum.Enum):
    """How fast."""

    FAST = "fast"
    SLOW = "slow"


@task
def left(folder: str) -> str:
    mark(folder, "left")
    return "left"


@task
def right(folder: str) -> str:
    mark(folder, "right")
    return "right"


@task
def other(folder: str) -> str:
    mark(folder, "other")
    return "other"


@task
def quiet(folder: str) -> None:
    mark(folder, "quiet")


@task
def increment(n: int) -> int:
    return n + 1


@task
def maybe(n: int) -> int | None:
    return n or None


@task
def is_even(n: int) -> bool:
    return n % 2 == 0


@task
def boom(folder: str) -> str:
    mark(folder, "boom")
    raise ValueError("the branch failed")


@task
def text_of(text: str | None) -> str:
    return repr(text)


@task
def shout(text: str) -> str:
    return text.upper()


@task
def met(folder: str) -> str:
    meet(folder, "branches", 2)
    return "met"


@workflow
def equal(folder: str, n: int) -> str:
    return conditional("eq").if_(n == 1).then(left(folder=folder)).else_().then(right(folder=folder))


@workflow
def unequal(folder: str, n: int) -> str:
    return conditional("ne").if_(n != 1).then(left(folder=folder)).else_().then(right(folder=folder))


@workflow
def less(folder: str, x: float) -> str:
    return conditional("lt").if_(x < 1.0).then(left(folder=folder)).else_().then(right(folder=folder))


@workflow
def at_most(folder: str, x: float) -> str:
    return conditional("le").if_(x <= 1.0).then(left(folder=folder)).else_().then(right(folder=folder))


@workflow
def more(folder: str, x: float) -> str:
    return conditional("gt").if_(x > 1.0).then(left(folder=folder)).else_().then(right(folder=folder))


@workflow
def at_least(folder: str, x: float) -> str:
    return conditional("ge").if_(x >= 1.0).then(left(folder=folder)).else_().then(right(folder=folder))


@workflow
def both(folder: str, a: int, b: int) -> str:
    return conditional("and").if_((a > 0) & (b > 0)).then(left(folder=folder)).else_().then(right(folder=folder))


@workflow
def either(folder: str, a: int, b: int) -> str:
    return conditional("or").if_((a > 0) | (b > 0)).then(left(folder=folder)).else_().then(right(folder=folder))


@workflow
def combined(folder: str, a: int, b: int) -> str:
    return (
        conditional("joined")
        .if_(((a > 0) & (b > 0)) | (a == b))
        .then(left(folder=folder))
        .else_()
        .then(right(folder=folder))
    )


@workflow
def two_promises(folder: str, n: int) -> str:
    one, two = increment(n=n), increment(n=1)
    return conditional("promises").if_(one == two).then(left(folder=folder)).else_().then(right(folder=folder))


@workflow
def of_a_text(folder: str, text: str) -> str:
    return conditional("text").if_(text == "yes").then(left(folder=folder)).else_().then(right(folder=folder))


@workflow
def of_an_enum(folder: str, speed: Speed) -> str:
    return conditional("enum").if_(speed == Speed.FAST).then(left(folder=folder)).else_().then(right(folder=folder))


@workflow
def of_a_moment(folder: str, moment: datetime) -> str:
    then = datetime(2024, 1, 1, tzinfo=UTC)
    return conditional("moment").if_(moment < then).then(left(folder=folder)).else_().then(right(folder=folder))


@workflow
def if_true(folder: str, n: int) -> str:
    even: Any = is_even(n=n)
    return conditional("true").if_(even.is_true()).then(left(folder=folder)).else_().then(right(folder=folder))


@workflow
def if_false(folder: str, n: int) -> str:
    even: Any = is_even(n=n)
    return conditional("false").if_(even.is_false()).then(left(folder=folder)).else_().then(right(folder=folder))


@workflow
def if_none(folder: str, n: int) -> str:
    found: Any = maybe(n=n)
    return conditional("none").if_(found.is_none()).then(left(folder=folder)).else_().then(right(folder=folder))


@workflow
def three_ways(folder: str, n: int) -> str:
    return (
        conditional("three")
        .if_(n < 0)
        .then(left(folder=folder))
        .elif_(n == 0)
        .then(right(folder=folder))
        .else_()
        .then(other(folder=folder))
    )


@workflow
def two_hold(folder: str, n: int) -> str:
    return (
        conditional("first wins")
        .if_(n > 0)
        .then(left(folder=folder))
        .elif_(n > 1)
        .then(right(folder=folder))
        .else_()
        .then(other(folder=folder))
    )


@workflow
def or_fail(folder: str, n: int) -> str:
    return (
        conditional("fails")
        .if_(n > 0)
        .then(left(folder=folder))
        .elif_(n < 0)
        .then(right(folder=folder))
        .else_()
        .fail("zero is neither")
    )


@workflow
def left_out(folder: str, n: int) -> None:
    conditional("left out").if_(n > 0).then(quiet(folder=folder))


@workflow
def nested(folder: str, a: int, b: int) -> str:
    return (
        conditional("outside")
        .if_(a > 0)
        .then(
            conditional("inside").if_(b > 0).then(left(folder=folder)).else_().then(right(folder=folder)),
        )
        .else_()
        .then(other(folder=folder))
    )


@workflow
def nested_fail(folder: str, a: int, b: int) -> str:
    return (
        conditional("outside")
        .if_(a > 0)
        .then(conditional("inside").if_(b > 0).then(left(folder=folder)).else_().fail("inside of it"))
        .else_()
        .then(other(folder=folder))
    )


@workflow
def pair(folder: str) -> str:
    return shout(text=left(folder=folder))


@workflow
def branch_of_a_workflow(folder: str, n: int) -> str:
    return conditional("workflow").if_(n > 0).then(pair(folder=folder)).else_().then(right(folder=folder))


@workflow
def used_later(folder: str, n: int) -> str:
    found = conditional("used").if_(n > 0).then(left(folder=folder)).else_().then(right(folder=folder))
    return shout(text=found)


@workflow
def failing_branch(folder: str, n: int) -> str:
    return conditional("failing").if_(n > 0).then(boom(folder=folder)).else_().then(right(folder=folder))


@workflow
def needs_a_task_before(folder: str, n: int) -> str:
    more_of_it = increment(n=n)
    return conditional("needs").if_(more_of_it > 1).then(left(folder=folder)).else_().then(right(folder=folder))


@workflow
def branches_meet(folder: str) -> tuple[str, str]:
    one, two = increment(n=1), increment(n=1)
    return (
        conditional("one").if_(one == 2).then(met(folder=folder)).else_().then(left(folder=folder)),
        conditional("two").if_(two == 2).then(met(folder=folder)).else_().then(left(folder=folder)),
    )


@task
def marked_increment(folder: str, n: int) -> int:
    mark(folder, "argument")
    return n + 1


@task
def worded(n: int) -> str:
    return str(n)


@workflow
def argument_of_a_branch(folder: str, n: int) -> str:
    argument = marked_increment(folder=folder, n=n)
    return conditional("argument").if_(n > 0).then(worded(n=argument)).else_().then(right(folder=folder))


def _taken(name: str, entity: Any, inputs: dict[str, Any], expected: str) -> Scenario:
    """One of left, right and other runs, and no other."""
    skipped = [each for each in ("left", "right", "other") if each != expected]
    return Scenario(
        name,
        entity,
        inputs,
        gives=expected,
        marks={expected: 1},
        ends={expected: ["succeeded"], **{each: [] for each in skipped}},
    )


SCENARIOS: Final = (
    _taken("`==` holds", equal, {"n": 1}, "left"),
    _taken("`==` does not hold", equal, {"n": 2}, "right"),
    _taken("`!=` holds", unequal, {"n": 2}, "left"),
    _taken("`!=` does not hold", unequal, {"n": 1}, "right"),
    _taken("`<` holds", less, {"x": 0.5}, "left"),
    _taken("`<` does not hold", less, {"x": 1.0}, "right"),
    _taken("`<=` holds", at_most, {"x": 1.0}, "left"),
    _taken("`<=` does not hold", at_most, {"x": 1.5}, "right"),
    _taken("`>` holds", more, {"x": 1.5}, "left"),
    _taken("`>` does not hold", more, {"x": 1.0}, "right"),
    _taken("`>=` holds", at_least, {"x": 1}, "left"),
    _taken("`>=` does not hold", at_least, {"x": 0.5}, "right"),
    _taken("`&` holds", both, {"a": 1, "b": 1}, "left"),
    _taken("`&` does not hold", both, {"a": 1, "b": 0}, "right"),
    _taken("`|` holds", either, {"a": 0, "b": 1}, "left"),
    _taken("`|` does not hold", either, {"a": 0, "b": 0}, "right"),
    _taken("`&` in `|`", combined, {"a": -1, "b": -1}, "left"),
    _taken("`&` in `|`, which does not hold", combined, {"a": 1, "b": -1}, "right"),
    _taken("two promises are compared", two_promises, {"n": 1}, "left"),
    _taken("two promises that differ", two_promises, {"n": 2}, "right"),
    _taken("a text is compared", of_a_text, {"text": "yes"}, "left"),
    _taken("an enum is compared", of_an_enum, {"speed": Speed.FAST}, "left"),
    _taken("an enum that differs", of_an_enum, {"speed": Speed.SLOW}, "right"),
    _taken("a moment is compared", of_a_moment, {"moment": datetime(2023, 1, 1, tzinfo=UTC)}, "left"),
    _taken("a condition that is true", if_true, {"n": 2}, "left"),
    _taken("a condition that is false", if_false, {"n": 3}, "left"),
    _taken("the first of three branches", three_ways, {"n": -1}, "left"),
    _taken("the second of three branches", three_ways, {"n": 0}, "right"),
    _taken("the last of three branches", three_ways, {"n": 1}, "other"),
    _taken("the first condition that holds wins", two_hold, {"n": 5}, "left"),
    _taken("a conditional in a conditional", nested, {"a": 1, "b": 1}, "left"),
    _taken("the other branch of one inside", nested, {"a": 1, "b": 0}, "right"),
    _taken("a conditional inside is left out", nested, {"a": 0, "b": 1}, "other"),
    _taken("a condition on a result", needs_a_task_before, {"n": 1}, "left"),
    _taken("a branch before one that fails", or_fail, {"n": 1}, "left"),
    Scenario(
        "no condition holds, and it is to fail",
        or_fail,
        {"n": 0},
        fails=Fails(NoBranchError, "zero is neither", "UserProvidedError"),
        marks={},
        ends={"fails": ["failed"], "left": [], "right": []},
    ),
    Scenario(
        "it is to fail inside of a branch",
        nested_fail,
        {"a": 1, "b": 0},
        fails=Fails(NoBranchError, "inside of it", "UserProvidedError"),
        marks={},
    ),
    Scenario(
        "no condition holds, and nothing is to run",
        left_out,
        {"n": 0},
        gives=None,
        marks={},
        ends={"quiet": [], "left out": ["succeeded"]},
    ),
    Scenario("the one condition holds", left_out, {"n": 1}, gives=None, marks={"quiet": 1}),
    Scenario("a workflow as a branch", branch_of_a_workflow, {"n": 1}, gives="LEFT", marks={"left": 1}),
    Scenario(
        "a workflow as a branch that is not taken", branch_of_a_workflow, {"n": 0}, gives="right", ends={"pair": []}
    ),
    Scenario("the result of a conditional is used", used_later, {"n": 0}, gives="RIGHT"),
    Scenario(
        "a branch that fails",
        failing_branch,
        {"n": 1},
        fails=Fails(ValueError, "the branch failed"),
        marks={"boom": 1},
        ends={"boom": ["failed"], "failing": ["failed"], "right": []},
    ),
    Scenario(
        "what a branch needs runs before the conditional",
        argument_of_a_branch,
        {"n": 0},
        gives="right",
        marks={"argument": 1, "right": 1},
        ends={"worded": []},
    ),
    Scenario("branches of two conditionals overlap", branches_meet, gives=ANYTHING, ends={"met": ["succeeded"] * 2}),
)
