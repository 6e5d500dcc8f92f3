"""Random graphs of tasks give what plain Python gives, whatever the order of their calls and of `>>`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from flytetypes import conditional, dynamic, map_task, node_of, task, workflow
from flytetypes.authoring import in_run_order, upstream_ids
from refusals import codes

RUNS: list[int] = []


@dataclass
class Step:
    """One call: what it does, and with which of the values before it."""

    kind: str
    sources: tuple[int, ...]
    constant: int


@task
def summed(step: int, values: list[int], constant: int = 0) -> int:
    RUNS.append(step)
    return sum(values) + constant


@task
def multiplied(step: int, a: int, b: int) -> int:
    RUNS.append(step)
    return (a * b) % 1_000_003


@task
def spread(step: int, table: dict[str, int]) -> list[int]:
    RUNS.append(step)
    return [table["a"], table["b"], table["a"] - table["b"]]


@task
def increased(n: int) -> int:
    return n + 1


@task
def last_of(step: int, values: list[int]) -> int:
    RUNS.append(step)
    return values[-1]


@workflow
def sub(step: int, a: int, b: int) -> int:
    return summed(step=step, values=[a, multiplied(step=step, a=a, b=b)], constant=7)


@dynamic
def repeated(step: int, n: int, times: int) -> int:
    total: Any = n
    for _ in range(times):
        total = increased(n=total)
    return last_of(step=step, values=[total])


@dataclass
class Program:
    """Steps, and in which order they are written and run.

    Attributes:
        steps: Each takes values of the workflow's input, 0, or of steps before it, from 1 on.
        before: Pairs of steps; the second waits for the first by `>>`.
        priorities: Of the calls that could be written next, the one with the lowest number is.
    """

    steps: list[Step]
    before: list[tuple[int, int]]
    priorities: list[int]

    def order(self) -> list[int]:
        """The steps in the order in which their calls are written: each behind those that it takes values of."""
        written: list[int] = []
        while len(written) < len(self.steps):
            ready = [
                index
                for index, step in enumerate(self.steps)
                if index not in written and all(source == 0 or source - 1 in written for source in step.sources)
            ]
            written.append(min(ready, key=self.priorities.__getitem__))
        return written


KINDS = ("sum", "product", "spread", "map", "sub", "dynamic", "choice")


@st.composite
def programs(draw: st.DrawFn) -> Program:
    count = draw(st.integers(1, 9))
    steps = [
        Step(
            draw(st.sampled_from(KINDS)),
            (draw(st.integers(0, index)), draw(st.integers(0, index))),
            draw(st.integers(-5, 5)),
        )
        for index in range(count)
    ]
    pair = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda ends: ends[0] < ends[1])
    before = draw(st.lists(pair, max_size=6)) if count > 1 else []
    return Program(steps, before, draw(st.permutations(range(count))))


def plainly(steps: list[Step], n: int) -> list[int]:
    """The value of each step, and of the input before them, in plain Python."""
    values = [n]
    for step in steps:
        a, b = (values[source] for source in step.sources)
        match step.kind:
            case "sum":
                values.append(a + b + step.constant)
            case "product":
                values.append((a * b) % 1_000_003)
            case "spread":
                values.append(a - b)
            case "map":
                values.append(b + 1)
            case "sub":
                values.append(a + (a * b) % 1_000_003 + 7)
            case "dynamic":
                values.append(a + abs(step.constant))
            case "choice":
                values.append(b + step.constant if a > step.constant else a)
    return values


def called(index: int, step: Step, a: Any, b: Any) -> Any:
    """The same as calls of a workflow; a promise."""
    match step.kind:
        case "sum":
            return summed(step=index, values=[a, b], constant=step.constant)
        case "product":
            return multiplied(step=index, a=a, b=b)
        case "spread":
            return last_of(step=index, values=spread(step=index, table={"a": a, "b": b}))
        case "map":
            return last_of(step=index, values=map_task(increased)(n=[a, b]))
        case "sub":
            return sub(step=index, a=a, b=b)
        case "dynamic":
            return repeated(step=index, n=a, times=abs(step.constant))
        case _:
            return (
                conditional(f"choice {index}")
                .if_(a > step.constant)
                .then(summed(step=index, values=[b], constant=step.constant))
                .else_()
                .then(last_of(step=index, values=[a]))
            )


def written(program: Program) -> Any:
    """The workflow of a program."""

    @workflow
    def wf(n: int) -> list[int]:
        values: dict[int, Any] = {0: n}
        for index in program.order():
            step = program.steps[index]
            a, b = (values[source] for source in step.sources)
            values[index + 1] = called(index, step, a, b)
        for first, second in program.before:
            node_of(values[first + 1]) >> node_of(values[second + 1])
        return [values[index] for index in range(len(values))]

    return wf


@given(program=programs(), n=st.integers(-1000, 1000))
def test_random_graphs_give_what_python_gives(program: Program, n: int) -> None:
    assert written(program)(n=n) == plainly(program.steps, n)


@given(program=programs(), n=st.integers(-1000, 1000))
def test_random_graphs_run_in_the_order_that_they_say(program: Program, n: int) -> None:
    RUNS.clear()
    written(program)(n=n)
    last = {step: index for index, step in enumerate(RUNS)}
    for first, second in program.before:
        assert last[first] < last[second]


@given(program=programs())
def test_the_order_to_run_in_is_one_that_every_node_can_wait_for(program: Program) -> None:
    nodes = written(program).graph.nodes
    ordered, circular = in_run_order(nodes)
    assert circular == []
    assert sorted(node.id for node in ordered) == sorted(node.id for node in nodes)
    done: set[str] = set()
    for node in ordered:
        assert upstream_ids(node) <= done
        done.add(node.id)


@given(program=programs())
def test_random_graphs_have_no_problems_for_a_backend(program: Program) -> None:
    assert codes(written(program), "flyte") == []
