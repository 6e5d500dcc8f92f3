"""Conditionals: which branch runs, what a branch may be, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, NamedTuple, Optional

import pytest

from flytetypes import (
    FlyteTypesError,
    LaunchPlan,
    WorkflowError,
    conditional,
    dynamic,
    map_task,
    node_of,
    task,
    workflow,
)
from flytetypes.authoring import Branch, Comparison, Conjunction, Reference, Value
from refusals import codes, quietly, refusal

RUNS: list[str] = []


@pytest.fixture(autouse=True)
def _fresh() -> None:
    RUNS.clear()


class Colour(Enum):
    RED = "red"
    GREEN = "green"


class Out(NamedTuple):
    number: int
    text: str


@task
def double(n: int) -> int:
    RUNS.append("double")
    return n * 2


@task
def negate(n: int) -> int:
    RUNS.append("negate")
    return -n


@task
def zero() -> int:
    RUNS.append("zero")
    return 0


@task
def text_of(n: int) -> str:
    RUNS.append("text_of")
    return str(n)


@task
def is_even(n: int) -> bool:
    RUNS.append("is_even")
    return n % 2 == 0


@task
def note(text: str) -> None:
    RUNS.append(text)


@task
def both(n: int) -> Out:
    RUNS.append("both")
    return Out(n, str(n))


@task
def maybe(n: int) -> int | None:
    RUNS.append("maybe")
    return n if n > 0 else None


@workflow
def sign(n: int) -> int:
    return conditional("sign").if_(n > 0).then(double(n=n)).elif_(n < 0).then(negate(n=n)).else_().then(zero())


# --- which branch runs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "result", "ran"), [(3, 6, "double"), (-3, 3, "negate"), (0, 0, "zero")])
def test_only_the_branch_that_is_taken_runs(n: int, result: int, ran: str) -> None:
    assert sign(n=n) == result
    assert [ran] == RUNS


def test_a_conditional_is_one_node() -> None:
    (node,) = sign.graph.nodes
    branch: Any = node.target
    assert (node.id, type(branch), branch.name, list(branch.interface.outputs)) == ("n0", Branch, "sign", ["o0"])
    assert [case.condition for case in branch.cases] == [
        Comparison(">", Reference(None, "n"), Value(0)),
        Comparison("<", Reference(None, "n"), Value(0)),
    ]
    assert [body.target for body in branch.bodies] == [double, negate, zero]


def test_the_last_branch_can_fail() -> None:
    @workflow
    def positive(n: int) -> int:
        return conditional("positive").if_(n > 0).then(double(n=n)).else_().fail("not positive")

    assert positive(n=1) == 2
    with pytest.raises(FlyteTypesError) as caught:
        positive(n=0)
    assert str(caught.value) == "not positive"
    assert caught.value.__notes__[0].startswith(
        f"in node n0 of workflow `{positive.name}`, called at test_conditional.py:"
    )
    assert RUNS == ["double"]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (lambda n, x, s, b, d, t: n == 3, True),
        (lambda n, x, s, b, d, t: n != 3, False),
        (lambda n, x, s, b, d, t: n < 4, True),
        (lambda n, x, s, b, d, t: n <= 2, False),
        (lambda n, x, s, b, d, t: n >= 3, True),
        (lambda n, x, s, b, d, t: 2 < n, True),  # noqa: SIM300 - a constant on the left is what it is about
        (lambda n, x, s, b, d, t: 3 == n, True),  # noqa: SIM300
        (lambda n, x, s, b, d, t: n > 2.5, True),
        (lambda n, x, s, b, d, t: n < 3.5, True),
        (lambda n, x, s, b, d, t: n == 3.0, True),
        (lambda n, x, s, b, d, t: x > 1, True),
        (lambda n, x, s, b, d, t: x == 1.5, True),
        (lambda n, x, s, b, d, t: s == "abc", True),
        (lambda n, x, s, b, d, t: s < "b", True),
        (lambda n, x, s, b, d, t: s != "abc", False),
        (lambda n, x, s, b, d, t: b.is_true(), True),
        (lambda n, x, s, b, d, t: b.is_false(), False),
        (lambda n, x, s, b, d, t: b == True, True),  # noqa: E712
        (lambda n, x, s, b, d, t: b != False, True),  # noqa: E712
        (lambda n, x, s, b, d, t: d > datetime(2024, 1, 1), True),
        (lambda n, x, s, b, d, t: d == datetime(2024, 6, 1, tzinfo=UTC), True),
        (lambda n, x, s, b, d, t: t < timedelta(minutes=2), True),
        (lambda n, x, s, b, d, t: n == n, True),
        (lambda n, x, s, b, d, t: n < n, False),
        (lambda n, x, s, b, d, t: (n > 1) & (x > 1.0), True),
        (lambda n, x, s, b, d, t: (n > 5) & (x > 1.0), False),
        (lambda n, x, s, b, d, t: (n > 5) | (x > 1.0), True),
        (lambda n, x, s, b, d, t: (n > 5) | (x > 2.0), False),
        (lambda n, x, s, b, d, t: (n > 1) & (x > 1.0) & (s == "x"), False),
        (lambda n, x, s, b, d, t: (n > 5) & (x > 1.0) | b.is_true(), True),
        (lambda n, x, s, b, d, t: (n > 1) & ((x > 2.0) | b.is_true()), True),
    ],
)
def test_conditions_mean_what_python_means(condition: Any, holds: bool) -> None:
    @workflow
    def chosen(n: int, x: float, s: str, b: bool, d: datetime, t: timedelta) -> int:
        return conditional("c").if_(condition(n, x, s, b, d, t)).then(double(n=1)).else_().then(zero())

    result = chosen(n=3, x=1.5, s="abc", b=True, d=datetime(2024, 6, 1, tzinfo=UTC), t=timedelta(seconds=90))
    assert result == (2 if holds else 0)
    assert codes(chosen, "flyte") in ([], ["not-loadable"])


def test_the_result_of_a_task_in_a_condition() -> None:
    @workflow
    def parity(n: int) -> str:
        even = is_even(n=n)
        return conditional("parity").if_(even.is_true()).then(text_of(n=n)).else_().then(text_of(n=0))  # type: ignore[attr-defined]

    assert (parity(n=4), parity(n=5)) == ("4", "0")
    assert RUNS == ["is_even", "text_of"] * 2


def test_a_call_in_a_condition_is_a_node_before_the_conditional() -> None:
    @workflow
    def parity(n: int) -> int:
        return (
            conditional("parity")
            .if_(is_even(n=n).is_true())  # type: ignore[attr-defined]
            .then(double(n=n))
            .elif_(double(n=n) > 6)
            .then(negate(n=n))
            .else_()
            .then(zero())
        )

    assert [node.id for node in parity.graph.nodes] == ["n0", "n1", "n2"]
    assert [node.target for node in parity.graph.nodes[:2]] == [is_even, double]
    assert (parity(n=2), parity(n=5), parity(n=1)) == (4, -5, 0)


def test_two_promises_are_compared() -> None:
    @workflow
    def larger(a: int, b: int) -> int:
        return conditional("larger").if_(a > b).then(double(n=a)).else_().then(double(n=b))

    assert (larger(a=1, b=2), larger(a=5, b=2)) == (4, 10)


def test_what_stands_around_a_conditional_runs_once() -> None:
    @workflow
    def around(n: int) -> int:
        first = double(n=n)
        chosen = conditional("c").if_(first > 4).then(negate(n=first)).else_().then(double(n=first))
        return double(n=chosen)

    assert around(n=1) == 8
    assert RUNS == ["double", "double", "double"]
    assert around(n=3) == -12


def test_nested_conditionals_run_one_branch() -> None:
    @workflow
    def nested(n: int) -> int:
        return (
            conditional("outer")
            .if_(n > 0)
            .then(conditional("inner").if_(n > 10).then(double(n=n)).else_().then(negate(n=n)))
            .else_()
            .then(zero())
        )

    assert [nested(n=n) for n in (11, 5, -1)] == [22, -5, 0]
    assert RUNS == ["double", "negate", "zero"]
    outer: Any = nested.graph.nodes[0].target
    assert [type(body.target) for body in outer.bodies] == [Branch, type(zero)]


def test_a_nested_conditional_without_an_else() -> None:
    @workflow
    def nested(n: int) -> None:
        (
            conditional("outer")
            .if_(n > 0)
            .then(conditional("inner").if_(n > 10).then(note(text="large")))
            .else_()
            .then(note(text="negative"))
        )

    for n in (11, 5, -1):
        quietly(nested, n=n) if not RUNS else nested(n=n)
    assert RUNS == ["large", "negative"]


def test_a_branch_may_be_a_workflow_a_launch_plan_a_map_or_a_dynamic() -> None:
    @workflow
    def inner(n: int) -> list[int]:
        return map_task(double)(n=[n, n])

    @dynamic
    def repeated(n: int) -> list[int]:
        return [double(n=n) for _ in range(n)]

    plan = LaunchPlan.create("test_conditional.plan", inner, fixed_inputs={"n": 7})

    @workflow
    def chosen(n: int) -> list[int]:
        return (
            conditional("kinds")
            .if_(n == 0)
            .then(inner(n=n))
            .elif_(n == 1)
            .then(plan())
            .elif_(n == 2)
            .then(map_task(double)(n=[n]))
            .else_()
            .then(repeated(n=n))
        )

    assert [chosen(n=n) for n in range(4)] == [[0, 0], [14, 14], [4], [6, 6, 6]]


def test_a_conditional_in_a_dynamic() -> None:
    @dynamic
    def chosen(n: int) -> int:
        doubled = double(n=n)
        return conditional("c").if_(doubled > 4).then(negate(n=doubled)).else_().then(zero())

    assert (chosen(n=1), chosen(n=3)) == (0, -6)


def test_a_comparison_of_values_in_a_dynamic_is_plain_python() -> None:
    @dynamic
    def chosen(n: int) -> int:
        return double(n=n) if n > 1 else zero()

    assert (chosen(n=1), chosen(n=3)) == (0, 6)
    assert RUNS == ["zero", "double"]


# --- outputs ----------------------------------------------------------------------------------------------------------


def test_branches_with_several_outputs_give_all_that_they_share() -> None:
    @workflow
    def chosen(n: int) -> tuple[int, str]:
        number, text = conditional("c").if_(n > 0).then(both(n=n)).else_().then(both(n=0))
        return double(n=number), text

    assert chosen(n=4) == (8, "4")


def test_one_output_of_a_call_is_what_a_branch_gives() -> None:
    @task
    def number_only(n: int) -> NamedTuple("Number", [("number", int)]):
        return (n,)

    @workflow
    def chosen(n: int) -> int:
        result = conditional("c").if_(n > 0).then(both(n=n).number).else_().then(number_only(n=0).number)
        return double(n=result)

    assert (chosen(n=4), chosen(n=-4)) == (8, 0)


def test_a_branch_that_gives_nothing_makes_the_conditional_give_nothing() -> None:
    @workflow
    def chosen(n: int) -> None:
        result = conditional("c").if_(n > 0).then(both(n=n)).else_().then(note(text="none"))  # type: ignore[arg-type]
        assert repr(result) == "NodeHandle(n0)"

    assert chosen(n=0) is None
    assert RUNS == ["none"]


def test_branches_of_different_types_are_refused() -> None:
    @workflow
    def broken(n: int) -> int:
        return conditional("c").if_(n > 0).then(double(n=n)).else_().then(text_of(n=n))  # type: ignore[arg-type]

    assert refusal(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[branch-outputs] here: the branches of `c` give `o0` with different types\n"
        "    at        `o0`\n"
        "    expected  `int`, as `double(n: int) -> int` gives\n"
        "    got       `str`, as `text_of(n: int) -> str` gives\n"
        "    fix       let all branches give one type"
    )


# --- without an else --------------------------------------------------------------------------------------------------


def test_without_an_else_nothing_runs_when_no_condition_holds() -> None:
    @workflow
    def quiet(n: int) -> None:
        conditional("c").if_(n > 0).then(note(text="positive")).elif_(n < 0).then(note(text="negative"))

    quietly(quiet, n=0)
    assert RUNS == []
    quiet(n=-1)
    assert RUNS == ["negative"]


def test_without_an_else_optional_outputs_are_none() -> None:
    @task
    def shown(n: Optional[int]) -> str:
        return repr(n)

    @workflow
    def chosen(n: int) -> tuple[str, int | None]:
        found = conditional("c").if_(n > 0).then(maybe(n=n))
        return shown(n=found), found

    assert quietly(chosen, n=0) == ("None", None)
    assert chosen(n=5) == ("5", 5)


def test_without_an_else_other_outputs_are_refused() -> None:
    @workflow
    def broken(n: int) -> int:
        return double(n=conditional("c").if_(n > 0).then(double(n=n)).finished())

    assert refusal(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[branch-outputs] here: `n` uses the conditional `c`, which gives nothing when no condition holds\n"
        "    at        `n`\n"
        "    to        `double(n: int) -> int`\n"
        "    fix       end it with `.else_()`, or make its outputs Optional"
    )


def test_without_an_else_it_is_refused_for_a_backend() -> None:
    @workflow
    def quiet(n: int) -> None:
        conditional("c").if_(n > 0).then(note(text="positive"))

    assert codes(quiet) == ["local-only"]
    assert codes(quiet, "flyte")[0] == "local-only"


def test_an_open_conditional_is_a_node_where_it_began_not_where_it_is_used() -> None:
    @workflow
    def late(n: int) -> int | None:
        found = conditional("a").if_(n > 0).then(maybe(n=n))
        return conditional("b").if_(n > 5).then(passed(n=found)).else_().then(maybe(n=9))

    assert quietly(late, n=6) == 6
    assert late(n=1) == 9
    assert [type(node.target) for node in late.graph.nodes] == [Branch, Branch]


@task
def passed(n: Optional[int]) -> int | None:
    return n


def test_an_open_conditional_takes_its_place_in_an_order() -> None:
    @workflow
    def ordered(n: int) -> None:
        last = note(text="last")
        found = conditional("c").if_(n > 0).then(note(text="first"))
        node_of(found) >> node_of(last)

    quietly(ordered, n=1)
    assert RUNS == ["first", "last"]


def test_outputs_of_an_open_conditional_unpack() -> None:
    @task
    def pair(n: int) -> tuple[int | None, str | None]:
        return n, str(n)

    @workflow
    def chosen(n: int) -> tuple[str | None, int | None]:
        number, text = conditional("c").if_(n > 0).then(pair(n=n))
        return text, number

    assert quietly(chosen, n=1) == ("1", 1)
    assert chosen(n=0) == (None, None)


# --- what only a local run can compare --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "result"),
    [(3, 6), (0, 0)],
)
def test_an_operand_that_is_none(n: int, result: int) -> None:
    @workflow
    def chosen(n: int) -> int:
        found = maybe(n=n)
        return conditional("c").if_(found.is_none()).then(zero()).else_().then(double(n=n))  # type: ignore[union-attr]

    assert quietly(chosen, n=n) == result


def test_a_part_of_a_value_in_a_condition() -> None:
    @task
    def table() -> dict[str, int]:
        return {"a": 5}

    @workflow
    def chosen(key: str) -> int:
        return conditional("c").if_(table()["a"] > 3).then(double(n=1)).else_().then(zero())

    assert quietly(chosen, key="a") == 2


def test_an_enum_in_a_condition() -> None:
    @workflow
    def chosen(colour: Colour) -> int:
        return conditional("c").if_(colour == Colour.RED).then(double(n=1)).else_().then(zero())

    assert quietly(chosen, colour=Colour.RED) == 2
    assert chosen(colour=Colour.GREEN) == 0


# --- what is refused --------------------------------------------------------------------------------------------------


def written(write: Any) -> Any:
    """A workflow whose body is one expression of `n`."""

    @workflow
    def broken(n: int, x: float, s: str, b: bool) -> None:
        write(n, x, s, b)

    return broken


WRONG: list[tuple[str, Any, Any]] = [
    (
        "two calls in a branch",
        lambda n, *_: conditional("c").if_(n > 0).then(double(n=double(n=n))).else_().then(zero()),
        (
            "workflow `broken` has one problem; no task has run\n"
            "  error[branch-body] here: a branch of `c` has 2 calls, and takes exactly one\n"
            "    fix       call what it needs before the conditional, or make the branch a workflow of its own"
        ),
    ),
    (
        "no call in a branch",
        lambda n, *_: conditional("c").if_(n > 0).then(n).else_().then(zero()),
        (
            "workflow `broken` has one problem; no task has run\n"
            "  error[branch-body] here: a branch of `c` has no calls, and takes exactly one\n"
            "    fix       call it inside of `.then(...)`"
        ),
    ),
    (
        "a value in a branch",
        lambda n, *_: conditional("c").if_(n > 0).then(3).else_().then(zero()),
        (
            "workflow `broken` has one problem; no task has run\n"
            "  error[branch-body] here: a branch is `int` 3, and no call\n"
            "    fix       call what it needs before the conditional, or make the branch a workflow of its own"
        ),
    ),
    (
        "nothing in a branch",
        lambda n, *_: conditional("c").if_(n > 0).then(None).else_().then(zero()),  # type: ignore[arg-type]
        (
            "workflow `broken` has one problem; no task has run\n"
            "  error[branch-body] here: a branch is `None`, and no call\n"
            "    fix       call what it needs before the conditional, or make the branch a workflow of its own"
        ),
    ),
    (
        "a part in a branch",
        lambda n, *_: conditional("c").if_(n > 0).then(double(n=n).real).else_().then(zero()),
        (
            "workflow `broken` has one problem; no task has run\n"
            "  error[branch-body] here: a branch gives `Promise(n0.o0.real)`, a part of what its call gives\n"
            "    fix       call what it needs before the conditional, or make the branch a workflow of its own"
        ),
    ),
    (
        "fail before the end",
        lambda n, *_: conditional("c").if_(n > 0).fail("no").else_().then(zero()),  # type: ignore[arg-type]
        (
            "workflow `broken` has one problem; no task has run\n"
            "  error[branch-body] here: `.fail('no')` stands before the last branch\n"
            "    fix       fail behind `else_()`"
        ),
    ),
    (
        "no then",
        lambda n, *_: conditional("c").if_(n > 0),
        (
            "workflow `broken` has one problem; no task has run\n"
            "  error[branch-body] here: the conditional `c` ends without `.then(...)`\n"
            "    fix       say what to call"
        ),
    ),
    (
        "no then behind else",
        lambda n, *_: conditional("c").if_(n > 0).then(zero()).else_(),
        (
            "workflow `broken` has one problem; no task has run\n"
            "  error[branch-body] here: the conditional `c` ends without `.then(...)`\n"
            "    fix       say what to call"
        ),
    ),
    (
        "no branch",
        lambda n, *_: conditional("c"),
        (
            "workflow `broken` has one problem; no task has run\n"
            "  error[branch-body] here: the conditional `c` has no branch\n"
            "    fix       write `.if_(...).then(...)`"
        ),
    ),
    (
        "an ordered bool",
        lambda n, x, s, b: conditional("c").if_(b > True).then(zero()).else_().then(zero()),
        (
            "workflow `broken` has one problem; no task has run\n"
            "  error[condition] here: `b > True` orders a bool\n"
            "    fix       use `is_true()` or `is_false()`"
        ),
    ),
    (
        "a text and a number",
        lambda n, x, s, b: conditional("c").if_(s == 3).then(zero()).else_().then(zero()),
        (
            "workflow `broken` has one problem; no task has run\n"
            "  error[condition] here: `s == 3` compares a `str` with `int` 3\n"
            "    fix       compare it with a `str`"
        ),
    ),
    (
        "a number and a text",
        lambda n, x, s, b: conditional("c").if_(n == "3").then(zero()).else_().then(zero()),
        (
            "workflow `broken` has one problem; no task has run\n"
            "  error[condition] here: `n == '3'` compares a `int` with `str` '3'\n"
            "    fix       compare it with a `int`"
        ),
    ),
    (
        "a number and a bool",
        lambda n, x, s, b: conditional("c").if_(n.is_true()).then(zero()).else_().then(zero()),
        (
            "workflow `broken` has one problem; no task has run\n"
            "  error[condition] here: `n == True` compares a `int` with `bool` True\n"
            "    fix       compare it with a `int`"
        ),
    ),
    (
        "an int and half",
        lambda n, x, s, b: conditional("c").if_(n == 1.5).then(zero()).else_().then(zero()),
        (
            "workflow `broken` has one problem; no task has run\n"
            "  error[condition] here: `n == 1.5` compares a `int` with `float` 1.5\n"
            "    fix       compare it with a `int`"
        ),
    ),
    (
        "two kinds of promises",
        lambda n, x, s, b: conditional("c").if_(n == s).then(zero()).else_().then(zero()),
        (
            "workflow `broken` has one problem; no task has run\n"
            "  error[condition] here: `n == s` compares a `int` with a `str`\n"
            "    fix       let a task make both of one type"
        ),
    ),
    (
        "none in order",
        lambda n, x, s, b: conditional("c").if_(n > None).then(zero()).else_().then(zero()),
        (
            "workflow `broken` has one problem; no task has run\n"
            "  error[condition] here: `n > None` orders None\n"
            "    fix       compare with `is_none()`"
        ),
    ),
    (
        "a list",
        lambda n, *_: conditional("c").if_(map_task(double)(n=[n]) == 1).then(zero()).else_().then(zero()),  # type: ignore[comparison-overlap]
        (
            "workflow `broken` has one problem; no task has run\n"
            "  error[condition] here: `n0.o0 == 1` compares a `list[int]`\n"
            "    fix       compare numbers, strings, bools, datetimes or timedeltas: let a task make one of it"
        ),
    ),
]


@pytest.mark.parametrize(("write", "text"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG])
def test_what_is_refused(write: Any, text: str) -> None:
    assert refusal(written(write), n=1, x=1.0, s="a", b=True) == text
    assert RUNS == []


def test_a_result_from_before_the_conditional_is_no_branch() -> None:
    @workflow
    def broken(n: int) -> int:
        before = double(n=n)
        return conditional("c").if_(n > 0).then(before).else_().then(zero())

    assert refusal(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[branch-body] here: a branch of `c` has no calls, and takes exactly one\n"
        "    fix       call it inside of `.then(...)`"
    )


def test_what_a_branch_has_called_does_not_exist_outside_of_it() -> None:
    @workflow
    def broken(n: int) -> int:
        inside: list[Any] = []

        def kept(result: Any) -> Any:
            inside.append(result)
            return result

        conditional("c").if_(n > 0).then(kept(double(n=n))).else_().then(zero())
        return double(n=inside[0])

    assert refusal(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[out-of-scope] here: `double`: expected a promise that exists here, got the promise `n0.o0` of a branch of a conditional - at `n`\n"
        "    at        `n`\n"
        "    to        `double(n: int) -> int`\n"
        "    expected  a promise that exists here\n"
        "    got       the promise `n0.o0` of a branch of a conditional\n"
        "    fix       use it where it was made, or make it an output or input there"
    )


def test_a_condition_on_what_another_branch_has_called_is_refused() -> None:
    @workflow
    def broken(n: int) -> int:
        inside: list[Any] = []

        def kept(result: Any) -> Any:
            inside.append(result)
            return result

        first = conditional("c").if_(n > 0).then(kept(double(n=n)))
        return first.elif_(inside[0] > 1).then(zero()).else_().then(zero())

    assert refusal(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[out-of-scope] here: `n0.o0 > 1` has a promise that does not exist here\n"
        "    fix       compare promises of this workflow, from outside of the branches"
    )


@pytest.mark.parametrize(
    ("write", "message", "fix"),
    [
        (
            lambda n: conditional("c").if_(n),
            "the condition `Promise` Promise(n) in a workflow, with the conditional `c`",
            "say what is compared: `promise.is_true()`, `promise == 1`",
        ),
        (
            lambda n: conditional("c").if_(3 > 2),
            "the condition `bool` True in a workflow, with the conditional `c`",
            "say what is compared: `promise.is_true()`, `promise == 1`",
        ),
        (
            lambda n: conditional("c").if_((n > 1) and (n < 3)),
            "`if`, `and`, `or` or `not` in a workflow, with the condition `n > 1`",
            "decide with `conditional(...).if_(...)`; join conditions with `&` and `|`, each in brackets",
        ),
        (
            lambda n: conditional("c").if_(not (n > 1)),
            "`if`, `and`, `or` or `not` in a workflow, with the condition `n > 1`",
            "decide with `conditional(...).if_(...)`; join conditions with `&` and `|`, each in brackets",
        ),
        (
            lambda n: conditional("c").if_(1 < n < 3),
            "`if`, `and`, `or` or `not` in a workflow, with the condition `n > 1`",
            "decide with `conditional(...).if_(...)`; join conditions with `&` and `|`, each in brackets",
        ),
        (
            lambda n: conditional("c").if_((n > 1) & n),
            "`&` with `Promise` Promise(n) in a workflow, with the condition `n > 1`",
            "join conditions, such as `promise == 1`",
        ),
        (
            lambda n: conditional("c").if_(n > 1 | n < 3),
            "`&`, `|` or `~` with a promise in a workflow, with the promise `n`",
            "say what is compared: `promise.is_true()`, `promise == 1`",
        ),
    ],
)
def test_conditions_that_are_none(write: Any, message: str, fix: str) -> None:
    @workflow
    def broken(n: int) -> None:
        write(n)

    with pytest.raises(WorkflowError) as caught:
        broken(n=1)
    (found,) = caught.value.diagnostics
    assert (found.code, found.message, found.fix) == ("promise-misused", message, fix)


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (
            lambda c, n: (c.then(zero()).else_().then(zero()), c.then(zero())),
            "`.then(...)` in a workflow, with the conditional `c`",
        ),
        (
            lambda c, n: ended(c.then(zero())).elif_(n > 3),
            "`.elif_(...)` behind the end of a conditional in a workflow, with the conditional `c`",
        ),
        (
            lambda c, n: ended(c.then(zero())).else_(),
            "`.else_()` behind the end of a conditional in a workflow, with the conditional `c`",
        ),
    ],
)
def test_a_conditional_that_has_ended_does_not_go_on(write: Any, message: str) -> None:
    @workflow
    def broken(n: int) -> None:
        write(conditional("c").if_(n > 0), n)

    with pytest.raises(WorkflowError) as caught:
        broken(n=1)
    assert [found.message for found in caught.value.diagnostics][:1] == [message]


def ended(open_conditional: Any) -> Any:
    open_conditional.else_().then(zero())
    return open_conditional


def test_a_conditional_outside_of_a_workflow_is_refused() -> None:
    with pytest.raises(RuntimeError) as caught:
        conditional("c")
    assert str(caught.value) == "a conditional belongs in the body of a workflow: nothing is being traced here"


def test_conditions_show_themselves() -> None:
    seen: list[str] = []

    @workflow
    def shown(n: int, s: str) -> int:
        seen.append(repr((n > 1) & ((s == "a") | (n != 3))))
        return double(n=n)

    shown(n=1, s="a")
    assert seen == ["Expression((n > 1) & ((s == 'a') | (n != 3)))"]


def test_a_conjunction_is_a_tree() -> None:
    @workflow
    def chosen(n: int) -> int:
        return conditional("c").if_((n > 1) & (n < 3) | (n == 9)).then(double(n=n)).else_().then(zero())

    branch: Any = chosen.graph.nodes[0].target
    n = Reference(None, "n")
    assert branch.cases[0].condition == Conjunction(
        "or",
        Conjunction("and", Comparison(">", n, Value(1)), Comparison("<", n, Value(3))),
        Comparison("==", n, Value(9)),
    )
