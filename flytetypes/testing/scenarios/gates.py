# ruff: noqa: ARG001, FBT003, S101 - tasks take what they are given, and the asserts are what this is for
"""Scenarios: gates, which wait for a person or for time to pass."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from flytetypes import (
    ConversionError,
    RunCancelledError,
    RunError,
    TaskTimeoutError,
    approve,
    dynamic,
    node_of,
    sleep,
    task,
    wait_for_input,
    workflow,
)
from flytetypes.executors import NodeRun, Origin, Phase, Run
from flytetypes.testing._marks import mark
from flytetypes.testing._scenarios import Done, Fails, Scenario


@task
def double(n: int) -> int:
    return 2 * n


@task
def marked(folder: str, n: int) -> int:
    mark(folder, "marked")
    return n


@task
def total(values: list[int]) -> int:
    return sum(values)


@workflow
def approved(folder: str, n: int) -> int:
    return marked(folder=folder, n=approve(double(n=n), "right?"))


@workflow
def approved_input(n: int) -> int:
    return double(n=approve(n, "this one?"))


@workflow
def asked(n: int) -> int:
    return total(values=[n, wait_for_input("offset", expected_type=int)])


@workflow
def asked_for_a_list() -> int:
    return total(values=wait_for_input("numbers", expected_type=list[int]))


@workflow
def asked_for_a_text() -> str:
    return wait_for_input("text", expected_type=str)


@workflow
def asked_twice() -> int:
    return total(values=[wait_for_input("first", expected_type=int), wait_for_input("second", expected_type=int)])


@workflow
def asked_in_time(folder: str) -> int:
    return marked(folder=folder, n=wait_for_input("number", timedelta(milliseconds=50), expected_type=int))


@workflow
def approved_in_time(folder: str, n: int) -> int:
    return marked(folder=folder, n=approve(n, "ok?", timeout=timedelta(milliseconds=50)))


@workflow
def slept(folder: str) -> int:
    waited = sleep(timedelta(milliseconds=30))
    last = marked(folder=folder, n=1)
    waited >> node_of(last)
    return last


@workflow
def slept_beside(folder: str) -> int:
    sleep(timedelta(milliseconds=30))
    return marked(folder=folder, n=1)


@workflow
def slept_for_nothing() -> None:
    sleep(timedelta(0))


@workflow
def asked_inside(n: int) -> int:
    return double(n=asked(n=n))


@dynamic
def asked_in_a_dynamic(n: int) -> int:
    return asked(n=n)


@workflow
def others_go_on(folder: str, n: int) -> tuple[int, int]:
    return wait_for_input("number", expected_type=int), marked(folder=folder, n=n)


def _gate(run: Run, name: str) -> NodeRun:
    """Wait until the run waits at a gate."""
    for event in run.events():
        if event.node is not None and event.node.name == name and event.phase is Phase.RUNNING:
            return event.node
    raise AssertionError(f"it did not come to the gate `{name}`")


def _answer(name: str, value: Any) -> Any:
    def drive(run: Run, folder: Path) -> None:
        _gate(run, name)
        run.answer(name, value)

    return drive


def _answer_wrongly_first(run: Run, folder: Path) -> None:
    _gate(run, "offset")
    with pytest.raises(ConversionError, match=r"^`offset`: expected `int`, got `str` 'x' - at `o0`$"):
        run.answer("offset", "x")
    with pytest.raises(RunError, match=r"^the run f\w+ does not wait at a gate `other`; it waits at `offset`$"):
        run.answer("other", 1)
    run.answer("offset", 10)


def _answer_when_the_other_is_done(run: Run, folder: Path) -> None:
    for event in run.events():
        if event.node is not None and event.node.name.endswith(".marked") and event.phase is Phase.SUCCEEDED:
            run.answer("number", 5)
            return


def _cancel_at_the_gate(run: Run, folder: Path) -> None:
    _gate(run, "offset")
    run.cancel()


def _slept(done: Done) -> None:
    node = done.node("n0")
    assert node.started is not None
    assert node.ended is not None
    assert node.ended - node.started >= 0.029  # it cannot wake earlier, however slow the machine


class _Answers(dict[str, Any]):
    """Asks whoever answers, who fails."""

    def __missing__(self, name: str) -> Any:
        raise LookupError(f"nobody knows {name}")

    def __iter__(self) -> Iterator[str]:
        return super().__iter__()


SCENARIOS: Final = (
    Scenario(
        "a value that is approved",
        approved,
        {"n": 2},
        answers={"right?": True},
        gives=4,
        marks={"marked": 1},
        order=["double < right?", "right? < marked"],
    ),
    Scenario(
        "a value that is not approved",
        approved,
        {"n": 2},
        answers={"right?": False},
        fails=Fails(RunError, "`right?` was not approved", "ApprovalRejected"),
        marks={},
        ends={"right?": ["failed"], "marked": []},
    ),
    Scenario("an approved input", approved_input, {"n": 2}, answers={"this one?": True}, gives=4),
    Scenario("an approval by `answer`", approved, {"n": 3}, drive=_answer("right?", True), gives=6),
    Scenario("an input of a person", asked, {"n": 2}, answers={"offset": 40}, gives=42),
    Scenario("an input by `answer`", asked, {"n": 2}, drive=_answer("offset", 1), gives=3),
    Scenario("a list of a person", asked_for_a_list, answers={"numbers": [1, 2]}, gives=3),
    Scenario("a text of a person", asked_for_a_text, answers={"text": "yes"}, gives="yes"),
    Scenario("two inputs of a person", asked_twice, answers={"first": 1, "second": 2}, gives=3),
    Scenario("a wrong answer can be given again", asked, {"n": 2}, drive=_answer_wrongly_first, gives=12),
    Scenario(
        "a wrong answer of who is asked",
        asked,
        {"n": 2},
        answers={"offset": "x"},
        fails=Fails(ConversionError, "`offset`: expected `int`, got `str` 'x' - at `o0`", "SYSTEM", Origin.SYSTEM),
    ),
    Scenario(
        "who is asked fails",
        asked,
        {"n": 2},
        answers=_Answers(),
        fails=Fails(LookupError, "nobody knows offset", "SYSTEM", Origin.SYSTEM),
    ),
    Scenario(
        "nobody answers in time",
        asked_in_time,
        fails=Fails(
            TaskTimeoutError,
            "nobody has answered `number` after 0.05 s, its timeout",
            "RetriesExhausted|TimeoutExpired",
        ),
        marks={},
        ends={"number": ["failed"], "marked": []},
    ),
    Scenario(
        "nobody approves in time",
        approved_in_time,
        {"n": 1},
        fails=Fails(
            TaskTimeoutError,
            "nobody has answered `ok?` after 0.05 s, its timeout",
            "RetriesExhausted|TimeoutExpired",
        ),
        marks={},
    ),
    Scenario("a sleep lets a node wait", slept, gives=1, order=["sleep-gate < marked"], check=_slept),
    Scenario("a sleep lets nothing else wait", slept_beside, gives=1, ends={"sleep-gate": ["succeeded"]}),
    Scenario("a sleep of no time", slept_for_nothing, gives=None),
    Scenario("a gate in a subworkflow", asked_inside, {"n": 1}, answers={"offset": 2}, gives=6),
    Scenario("a gate in a dynamic", asked_in_a_dynamic, {"n": 1}, answers={"offset": 2}, gives=3),
    Scenario(
        "others go on while a gate waits",
        others_go_on,
        {"n": 1},
        drive=_answer_when_the_other_is_done,
        gives=(5, 1),
    ),
    Scenario(
        "a run is cancelled at a gate",
        asked,
        {"n": 1},
        drive=_cancel_at_the_gate,
        fails=Fails(RunCancelledError, re.compile(r"the run f\w{19} was cancelled"), "NodeAborted", Origin.UNKNOWN),
        ends_as=Phase.ABORTED,
        ends={"offset": ["aborted"], "total": []},
    ),
)
