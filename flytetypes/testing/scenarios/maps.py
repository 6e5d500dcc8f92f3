# ruff: noqa: S101 - tasks take what they are given, and the asserts are what this is for
"""Scenarios: maps."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any, Final

from flytetypes import (
    ConversionError,
    FlyteRecoverableException,
    LaunchPlan,
    OptionError,
    current_context,
    map_task,
    task,
    workflow,
)
from flytetypes.executors import Origin
from flytetypes.testing._marks import mark, meet, wait_for
from flytetypes.testing._scenarios import Done, Fails, Scenario


@dataclass
class Item:
    """An element."""

    name: str
    count: int


@task
def double(n: int) -> int:
    return 2 * n


@task
def scaled(n: int, factor: int, offset: int = 0) -> int:
    return n * factor + offset


@task
def add(a: int, b: int) -> int:
    return a + b


@task
def name_of(item: Item) -> str:
    return item.name * item.count


@task
def halved_if_even(n: int) -> int:
    if n % 2:
        raise ValueError(f"{n} is odd")
    return n // 2


@task(retries=2)
def at_third_attempt(folder: str, n: int) -> int:
    count = mark(folder, f"element {n}")
    if count < 3:
        raise FlyteRecoverableException(f"attempt {count} at {n}")
    return count


@task(retries=1)
def exhausted_if_odd(folder: str, n: int) -> int:
    mark(folder, f"element {n}")
    if n % 2:
        raise FlyteRecoverableException(f"{n} is odd")
    return n


@task
def marked(folder: str, n: int) -> None:
    mark(folder, f"element {n}")


@task
def or_none(n: int) -> int | None:
    return n or None


@task
def met(folder: str, n: int) -> int:
    meet(folder, "elements", 3)
    return n


@task
def slow_or_failing(folder: str, n: int) -> int:
    if n:
        mark(folder, "began")
        raise ValueError("the other one waits")
    wait_for(folder, "never")
    return n


@task
def total(values: list[int]) -> int:
    return sum(values)


@task
def count_of(values: list[int | None]) -> int:
    return sum(1 for each in values if each is None)


@task
def numbers(count: int) -> list[int]:
    return list(range(count))


@task
def of_a_list(values: list[int]) -> list[int]:
    return [*values, len(values)]


@task
def node() -> str:
    return current_context().node_id


@task
def node_for(n: int) -> str:
    return f"{n} {current_context().node_id}"


@workflow
def doubled(xs: list[int]) -> list[int]:
    return map_task(double)(n=xs)


@workflow
def doubled_twice(xs: list[int]) -> list[int]:
    return map_task(double)(n=map_task(double)(n=xs))


@workflow
def two_lists(xs: list[int], ys: list[int]) -> list[int]:
    return map_task(add)(a=xs, b=ys)


@workflow
def by_partial(xs: list[int], factor: int) -> list[int]:
    return map_task(functools.partial(scaled, factor=factor, offset=1))(n=xs)


@workflow
def by_bound_values(xs: list[int], factor: int) -> list[int]:
    return map_task(scaled, bound_inputs_values={"factor": double(n=factor), "offset": 0})(n=xs)


@workflow
def with_a_list_for_the_default(xs: list[int]) -> list[int]:
    return map_task(functools.partial(scaled, factor=1))(n=xs, offset=xs)


@workflow
def of_items(items: list[Item]) -> list[str]:
    return map_task(name_of)(item=items)


@workflow
def over_a_result(count: int) -> int:
    return total(values=map_task(double)(n=numbers(count=count)))


@workflow
def over_promises(n: int) -> list[int]:
    return map_task(double)(n=[double(n=n), 1, n])


@workflow
def over_lists(rows: list[list[int]]) -> list[list[int]]:
    return map_task(of_a_list)(values=rows)


@workflow
def one_at_a_time(folder: str, xs: list[int]) -> None:
    map_task(functools.partial(marked, folder=folder), concurrency=1)(n=xs)


@workflow
def two_at_a_time(folder: str, xs: list[int]) -> None:
    map_task(functools.partial(marked, folder=folder), concurrency=2)(n=xs)


@workflow
def overlapping(folder: str) -> list[int]:
    return map_task(functools.partial(met, folder=folder))(n=[1, 2, 3])


@workflow
def overlapping_with_a_limit(folder: str) -> list[int]:
    return map_task(functools.partial(met, folder=folder), concurrency=3)(n=[1, 2, 3, 4, 5])


@workflow
def all_must(xs: list[int]) -> list[int]:
    return map_task(halved_if_even)(n=xs)


@workflow
def two_must(xs: list[int]) -> list[int | None]:
    return map_task(halved_if_even, min_successes=2)(n=xs)


@workflow
def half_must(xs: list[int]) -> list[int | None]:
    return map_task(halved_if_even, min_success_ratio=0.5)(n=xs)


@workflow
def none_must(xs: list[int]) -> list[int | None]:
    return map_task(halved_if_even, min_success_ratio=0.0)(n=xs)


@workflow
def failed_ones_are_none(xs: list[int]) -> int:
    return count_of(values=map_task(halved_if_even, min_successes=1)(n=xs))


@workflow
def all_run(xs: list[int]) -> list[int]:
    return map_task(halved_if_even, concurrency=1, run_all_sub_nodes=True)(n=xs)


@workflow
def one_by_one_must(xs: list[int]) -> list[int]:
    return map_task(halved_if_even, concurrency=1)(n=xs)


@workflow
def given_up_early(xs: list[int]) -> list[int | None]:
    return map_task(halved_if_even, concurrency=1, min_successes=3)(n=xs)


@workflow
def retried(folder: str, xs: list[int]) -> list[int]:
    return map_task(functools.partial(at_third_attempt, folder=folder))(n=xs)


@workflow
def exhausted(folder: str, xs: list[int]) -> list[int]:
    return map_task(functools.partial(exhausted_if_odd, folder=folder), concurrency=1)(n=xs)


@workflow
def exhausted_but_tolerated(folder: str, xs: list[int]) -> list[int | None]:
    return map_task(functools.partial(exhausted_if_odd, folder=folder), min_successes=1)(n=xs)


@workflow
def retries_by_override(folder: str, xs: list[int]) -> list[int]:
    found: Any = map_task(functools.partial(exhausted_if_odd, folder=folder), concurrency=1)(n=xs)
    return found.with_overrides(retries=3)  # type: ignore[no-any-return]


@workflow
def optional_results(xs: list[int]) -> list[int | None]:
    return map_task(or_none)(n=xs)


@workflow
def siblings_are_stopped(folder: str) -> list[int]:
    return map_task(functools.partial(slow_or_failing, folder=folder))(n=[0, 1])


@workflow
def doubled_total(xs: list[int], times: int = 1) -> int:
    return scaled(n=total(values=map_task(double)(n=xs)), factor=times)


doubled_total_plan = LaunchPlan.get_or_create(doubled_total, name="scenarios.doubled_total")


@workflow
def over_a_plan(rows: list[list[int]]) -> list[int]:
    return map_task(doubled_total_plan)(xs=rows, times=[10] * 2)


@workflow
def over_a_plan_with_bound(rows: list[list[int]]) -> list[int]:
    return map_task(functools.partial(doubled_total_plan, times=3))(xs=rows)


@workflow
def half(n: int) -> int:
    return halved_if_even(n=n)


half_plan = LaunchPlan.get_or_create(half, name="scenarios.half")


@workflow
def over_a_failing_plan(xs: list[int]) -> list[int | None]:
    return map_task(half_plan, min_success_ratio=0.5)(n=xs)


@workflow
def ids(xs: list[int]) -> list[str]:
    return map_task(node_for)(n=xs)


@workflow
def named(xs: list[int]) -> list[int]:
    found: Any = map_task(double)(n=xs)
    return found.with_overrides(name="doubling")  # type: ignore[no-any-return]


map_of_double = map_task(double)


def _plans(done: Done) -> None:
    plans = [each for each in done.run.nodes if each.kind == "launch plan"]
    assert len({each.execution for each in plans} | {done.run.id}) == 3


def _named(done: Done) -> None:
    assert done.node("n0").name == "doubling"


_ODD: Final = re.compile(r"[13] is odd")

SCENARIOS: Final = (
    Scenario("a map", doubled, {"xs": [1, 2, 3]}, gives=[2, 4, 6], ends={"double": ["succeeded"] * 3}),
    Scenario("a map of one element", doubled, {"xs": [1]}, gives=[2]),
    Scenario(
        "a map of an empty list", doubled, {"xs": []}, gives=[], ends={"double": [], "map of double": ["succeeded"]}
    ),
    Scenario("a map runs by itself", map_of_double, {"n": [1, 2]}, gives=[2, 4]),
    Scenario("a map of five hundred elements", doubled, {"xs": list(range(500))}, gives=list(range(0, 1000, 2))),
    Scenario("a map of a map", doubled_twice, {"xs": [1, 2]}, gives=[4, 8]),
    Scenario("a map takes lists side by side", two_lists, {"xs": [1, 2], "ys": [10, 20]}, gives=[11, 22]),
    Scenario(
        "a map of lists of different lengths",
        two_lists,
        {"xs": [1, 2], "ys": [10]},
        fails=Fails(
            ConversionError,
            "`map_task(add)`: expected 2 elements, as `a` has, got 1 (a map takes them side by side) - at `b`",
            "InvalidArrayLength",
        ),
        ends={"add": [], "map of add": ["failed"]},
    ),
    Scenario("a map by a partial", by_partial, {"xs": [1, 2], "factor": 10}, gives=[11, 21]),
    Scenario(
        "a map with bound inputs, a promise among them", by_bound_values, {"xs": [1, 2], "factor": 5}, gives=[10, 20]
    ),
    Scenario("a map over an input with a default", with_a_list_for_the_default, {"xs": [1, 2]}, gives=[2, 4]),
    Scenario("a map over dataclasses", of_items, {"items": [Item("a", 2), Item("b", 1)]}, gives=["aa", "b"]),
    Scenario("a map over a result", over_a_result, {"count": 5}, gives=20),
    Scenario("a map over a list of promises", over_promises, {"n": 2}, gives=[8, 2, 4]),
    Scenario("a map over lists", over_lists, {"rows": [[1], [], [5, 5]]}, gives=[[1, 1], [0], [5, 5, 2]]),
    Scenario(
        "a map runs one element at a time",
        one_at_a_time,
        {"xs": list(range(6))},
        gives=None,
        at_most={"marked": 1},
        marks={f"element {n}": 1 for n in range(6)},
    ),
    Scenario(
        "a map runs two elements at a time",
        two_at_a_time,
        {"xs": list(range(8))},
        gives=None,
        at_most={"marked": 2},
        marks={f"element {n}": 1 for n in range(8)},
    ),
    Scenario("elements overlap", overlapping, gives=[1, 2, 3]),
    Scenario("elements overlap up to the limit", overlapping_with_a_limit, gives=[1, 2, 3, 4, 5], at_most={"met": 3}),
    Scenario("all elements succeed", all_must, {"xs": [2, 4]}, gives=[1, 2]),
    Scenario(
        "an element that fails",
        all_must,
        {"xs": [2, 3]},
        fails=Fails(ValueError, "3 is odd", "", Origin.UNKNOWN, told="[1]: Trace:"),
        ends={"map of halved_if_even": ["failed"]},
    ),
    Scenario(
        "an element that fails stops the others",
        one_by_one_must,
        {"xs": [2, 3, 4, 6]},
        fails=Fails(ValueError, "3 is odd", "", Origin.UNKNOWN, notes=["in element 1 of `map_task(halved_if_even)`"]),
        ends={"halved_if_even": ["failed", "succeeded"]},
    ),
    Scenario("enough elements succeed", two_must, {"xs": [2, 3, 4]}, gives=[1, None, 2]),
    Scenario(
        "too few elements succeed",
        two_must,
        {"xs": [1, 2, 3]},
        fails=Fails(ValueError, _ODD, "", Origin.UNKNOWN),
    ),
    Scenario("half of the elements succeed", half_must, {"xs": [1, 2, 3, 4]}, gives=[None, 1, None, 2]),
    Scenario(
        "less than half of the elements succeed",
        half_must,
        {"xs": [1, 2, 3]},
        fails=Fails(ValueError, _ODD, "", Origin.UNKNOWN),
    ),
    Scenario("no element has to succeed", none_must, {"xs": [1, 3]}, gives=[None, None]),
    Scenario("failed elements are None for the next task", failed_ones_are_none, {"xs": [1, 2, 3]}, gives=2),
    Scenario(
        "more successes than elements",
        two_must,
        {"xs": [2]},
        fails=Fails(
            OptionError,
            "`map_task(halved_if_even)` has 1 elements, and 2 of them are to succeed",
            "InvalidArrayLength",
        ),
        ends={"halved_if_even": []},
    ),
    Scenario(
        "all elements run, though one has failed",
        all_run,
        {"xs": [1, 2, 4]},
        fails=Fails(ValueError, "1 is odd", "", Origin.UNKNOWN, told="[0]: "),
        ends={"halved_if_even": ["failed", "succeeded", "succeeded"]},
    ),
    Scenario(
        "a map gives up when too few can succeed",
        given_up_early,
        {"xs": [2, 1, 3, 4, 6]},
        gives=[1, None, None, 2, 3],
    ),
    Scenario(
        "a map that gives up begins no more elements",
        given_up_early,
        {"xs": [1, 3, 5, 2, 4]},
        fails=Fails(ValueError, "1 is odd", "", Origin.UNKNOWN, told="[0]: "),
        ends={"halved_if_even": ["failed"] * 3},
    ),
    Scenario(
        "elements are retried",
        retried,
        {"xs": [1, 2]},
        gives=[3, 3],
        attempts={"at_third_attempt": [3, 3], "map of at_third_attempt": [1]},
        marks={"element 1": 3, "element 2": 3},
    ),
    Scenario(
        "an element that has used up its attempts",
        exhausted,
        {"xs": [2, 1, 4]},
        fails=Fails(
            FlyteRecoverableException,
            "1 is odd",
            "",
            Origin.UNKNOWN,
            told="[1]: [2/2] currentAttempt done. Last Error: USER::Trace:",
        ),
        attempts={"exhausted_if_odd": [1, 2], "map of exhausted_if_odd": [1]},
        marks={"element 2": 1, "element 1": 2},
    ),
    Scenario(
        "an element that has used up its attempts is None",
        exhausted_but_tolerated,
        {"xs": [2, 1, 4]},
        gives=[2, None, 4],
        attempts={"exhausted_if_odd": [1, 1, 2]},
    ),
    Scenario(
        "retries of a map by an override",
        retries_by_override,
        {"xs": [1]},
        fails=Fails(
            FlyteRecoverableException,
            "1 is odd",
            "",
            Origin.UNKNOWN,
            told="[0]: [4/4] currentAttempt done. Last Error: USER::Trace:",
        ),
        attempts={"exhausted_if_odd": [4]},
    ),
    Scenario("elements that give None", optional_results, {"xs": [1, 0, 2]}, gives=[1, None, 2]),
    Scenario(
        "an element that fails stops those that run",
        siblings_are_stopped,
        fails=Fails(ValueError, "the other one waits", "", Origin.UNKNOWN, told="[1]: "),
        ends={"slow_or_failing": ["aborted", "failed"]},
    ),
    Scenario("a map over a launch plan", over_a_plan, {"rows": [[1, 2], [3]]}, gives=[60, 60], check=_plans),
    Scenario(
        "a map over a launch plan with a bound input", over_a_plan_with_bound, {"rows": [[1, 2], [3]]}, gives=[18, 18]
    ),
    Scenario("a map over a launch plan that may fail", over_a_failing_plan, {"xs": [1, 2]}, gives=[None, 1]),
    Scenario(
        "ids of elements",
        ids,
        {"xs": [7, 8]},
        gives=["7 n0-0-n0", "8 n0-0-n1"],
    ),
    Scenario("the name of a map by an override", named, {"xs": [1]}, gives=[2], check=_named),
)
