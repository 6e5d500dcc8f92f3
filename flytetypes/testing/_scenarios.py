"""Scenarios for executors: what is run, and everything that is to come of it.

A scenario says nothing of the executor, and no wall-clock time: order and overlap are read from the events of the run,
or proved by tasks that wait for each other (`_marks`).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from flytetypes.authoring import Entity
from flytetypes.errors import describe
from flytetypes.executors import ExecutionError, NodeRun, Origin, Phase, Run
from flytetypes.testing._marks import marks_in
from flytetypes.testing._same import same

ANYTHING: Final[Any] = object()
"""A result that `check` looks at."""

_ARRAY_NODE: Final = re.compile(r"map_(\w+)_[0-9a-f]{32}-arraynode")


@dataclass(frozen=True)
class Fails:
    """How a run fails.

    Attributes:
        error: The class of what `result()` raises.
        message: What it says, whole or its first line; a pattern for a message with names that differ each time.
        code: That of the `ExecutionError`; None when `run` itself refuses, before anything has run.
        kind: Whose fault.
        told: How the message of the `ExecutionError` begins.
        notes: How notes of the exception begin; there may be others.
        exact: Whether it is of that class itself, and of none derived from it.
    """

    error: type[BaseException]
    message: str | re.Pattern[str]
    code: str | None = "USER:RuntimeError"
    kind: Origin = Origin.USER
    told: str = ""
    notes: Sequence[str] = ()
    exact: bool = True


def refused(error: type[BaseException], message: str | re.Pattern[str]) -> Fails:
    """What `run` itself raises."""
    return Fails(error, message, None)


class Done:
    """A run that has ended, for a scenario's own checks.

    Attributes:
        run: The run.
        result: What it gave; None where it failed.
        error: What it raised.
        folder: The directory of the scenario.
    """

    def __init__(self, run: Run, folder: Path, result: Any = None, error: BaseException | None = None) -> None:
        self.run = run
        self.result = result
        self.error = error
        self.folder = folder

    def nodes(self, name: str) -> list[NodeRun]:
        """The nodes of a name, as `label_of` has it, in the order in which they began."""
        return [node for node in self.run.nodes if label_of(node) == name]

    def node(self, name: str) -> NodeRun:
        """The one node of a name, or of an id."""
        (found,) = [node for node in self.run.nodes if name in (node.id, label_of(node))]
        return found

    def most_at_once(self, name: str) -> int:
        """How many attempts of the nodes of a name were running at the same time, at most."""
        most = now = 0
        for event in self.run.events():
            if event.node is not None and label_of(event.node) == name:
                now += 1 if event.phase is Phase.RUNNING else -1
                most = max(most, now)
        return most


Check = Callable[[Done], None]
Drive = Callable[[Run, Path], None]


@dataclass(frozen=True)
class Scenario:
    """One row of the table.

    Attributes:
        name: What it claims.
        entity: What runs. An input `folder` that `inputs` does not have gets a directory of the scenario's own.
        inputs: Of the run.
        gives: The result: equal, and of the same classes. A tuple stands for several outputs, whatever they are called.
        fails: How it fails, instead.
        marks: How often each mark was left in the folder (`mark`): what ran, and nothing else did.
        attempts: How many attempts the nodes of each name took, sorted; an element of a map is a node.
        ends: How the nodes of each name ended, sorted; empty for a name that there must not be.
        order: `"a < b"`: the nodes called `a` had ended before one called `b` began.
        at_most: How many nodes of a name ran at the same time, at most.
        answers: To gates, by name.
        drive: Is called with the run and the folder once it has begun: answers, cancels.
        options: Further ones of `run`.
        environment: Variables of this process while it runs.
        warns: What it warns of, in any order.
        ends_as: The phase of the run, where neither a result nor a failure says it.
        check: Looks at the rest.
        needs: What not every executor has: `processes`, which can be killed and ended.
    """

    name: str
    entity: Entity[..., Any]
    inputs: Mapping[str, Any] = field(default_factory=dict)
    gives: Any = field(default=None, kw_only=True)
    fails: Fails | None = field(default=None, kw_only=True)
    marks: Mapping[str, int] | None = field(default=None, kw_only=True)
    attempts: Mapping[str, Sequence[int]] = field(default_factory=dict, kw_only=True)
    ends: Mapping[str, Sequence[str]] = field(default_factory=dict, kw_only=True)
    order: Sequence[str] = field(default=(), kw_only=True)
    at_most: Mapping[str, int] = field(default_factory=dict, kw_only=True)
    answers: Mapping[str, Any] | None = field(default=None, kw_only=True)
    drive: Drive | None = field(default=None, kw_only=True)
    options: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    environment: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    warns: Sequence[str] = field(default=(), kw_only=True)
    ends_as: Phase | None = field(default=None, kw_only=True)
    check: Check | None = field(default=None, kw_only=True)
    needs: Sequence[str] = field(default=(), kw_only=True)

    def arguments(self, folder: Path) -> dict[str, Any]:
        """Its inputs, with the folder where one is wanted."""
        if "folder" in self.entity.interface.inputs and "folder" not in self.inputs:
            return {**self.inputs, "folder": str(folder)}
        return dict(self.inputs)


def label_of(node: NodeRun) -> str:
    """What a scenario calls a node: the name of the function, `map of ...` for a map; others by their name."""
    name = node.name
    found = _ARRAY_NODE.search(name)
    if found:
        return f"map of {found[1]}"
    short = name.rpartition(".")[2]
    return f"map of {short}" if node.kind == "map" else short


# --- what is to come of it --------------------------------------------------------------------------------------------


def examine(scenario: Scenario, done: Done) -> None:
    """Compare what came of a scenario with what was to come; raises `AssertionError`."""
    _check_outcome(scenario, done)
    run = done.run
    found: dict[str, list[NodeRun]] = defaultdict(list)
    for node in run.nodes:
        found[label_of(node)].append(node)
    for name, counts in scenario.attempts.items():
        _expect(f"attempts of `{name}`", sorted(len(node.attempts) for node in found[name]), list(counts))
    for name, phases in scenario.ends.items():
        _expect(f"ends of `{name}`", sorted(node.phase.value for node in found[name]), list(phases))
    for pair in scenario.order:
        _check_order(done, *pair.split(" < "))
    for name, most in scenario.at_most.items():
        count = done.most_at_once(name)
        _require(0 < count <= most, f"{count} of `{name}` ran at the same time, and {most} may")
    if scenario.marks is not None:
        _expect("marks", marks_in(done.folder), dict(scenario.marks))
    if scenario.check is not None:
        scenario.check(done)


def _check_outcome(scenario: Scenario, done: Done) -> None:
    run, error, fails = done.run, done.error, scenario.fails
    if error is not None and fails is None:
        raise error
    if scenario.ends_as is None:
        _expect("phase of the run", run.phase, Phase.SUCCEEDED if fails is None else Phase.FAILED)
    else:
        _expect("phase of the run", run.phase, scenario.ends_as)
    if fails is not None:
        _require(error is not None, f"it gave {describe(done.result)}, and was to fail")
        check_error(fails, error)
        _check_told(fails, run.error)
    elif scenario.gives is not ANYTHING:
        check_result(scenario, done.result)


def check_result(scenario: Scenario, result: Any) -> None:
    """Compare what a scenario gave with what it was to give; raises `AssertionError`."""
    given = tuple(result) if type(scenario.gives) is tuple else result
    _require(same(given, scenario.gives), f"it gave {given!r}, and was to give {scenario.gives!r}")


def check_error(fails: Fails, error: BaseException | None) -> None:
    """Compare what was raised with what was to be raised; raises `AssertionError`."""
    if fails.exact or not isinstance(error, fails.error):
        _expect("class of the error", type(error), fails.error)
    whole = _text(error)
    first = whole.partition("\n")[0]
    if isinstance(fails.message, str):
        _require(fails.message in (whole, first), f"the error says {whole!r}, and was to say {fails.message!r}")
    else:
        fits = fails.message.fullmatch(whole) or fails.message.fullmatch(first)
        _require(fits is not None, f"the error says {whole!r}, and was to say {fails.message.pattern!r}")
    notes = getattr(error, "__notes__", [])
    for note in fails.notes:
        _require(any(each.startswith(note) for each in notes), f"no note begins with {note!r}: {notes}")


def _text(error: object) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - the text of a scenario's exception fails
        return "(its text failed)"


def _check_told(fails: Fails, told: ExecutionError | None) -> None:
    _require(told is not None, "there is no ExecutionError")
    assert told is not None  # noqa: S101 - for type checkers
    _expect("code and kind", (told.code, told.kind), (fails.code, fails.kind))
    _require(told.message.startswith(fails.told), f"it is told as {told.message!r}, which begins otherwise")


def _check_order(done: Done, first: str, second: str) -> None:
    events = [(label_of(event.node), event.phase) for event in done.run.events() if event.node is not None]
    ends = [number for number, (name, phase) in enumerate(events) if name == first and phase.is_terminal]
    begins = [number for number, (name, phase) in enumerate(events) if name == second and phase is Phase.RUNNING]
    _require(bool(ends and begins), f"not both of `{first}` and `{second}` ran")
    _require(max(ends) < min(begins), f"`{second}` began before `{first}` had ended")


def _expect(what: str, got: object, expected: object) -> None:
    _require(got == expected, f"{what}: got {got!r}, expected {expected!r}")


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise AssertionError(message)


# --- what holds for every run -----------------------------------------------------------------------------------------


def examine_records(run: Run) -> None:
    """What the records of any run that has ended say, whatever came of it; raises `AssertionError`."""
    events = list(run.events())
    _require(run.ended is not None and run.started <= run.ended, "the run has no times")
    _expect("first event", (events[0].node, events[0].phase), (None, Phase.RUNNING))
    ends = [event.phase for event in events if event.node is None][1:]
    _expect("ends of the run", ends, [run.phase])
    _require((run.error is None) == (run.phase is Phase.SUCCEEDED), f"{run.phase} with the error {run.error}")
    _require(
        [event.time for event in events] == sorted(event.time for event in events), "the events are not in their order"
    )
    ids = Counter(node.id for node in run.nodes)
    _expect("ids of nodes that are not unique", [name for name, count in ids.items() if count > 1], [])
    by_node: dict[int, list[tuple[int, Phase, int | None]]] = defaultdict(list)
    for number, event in enumerate(events):
        by_node[id(event.node)].append((number, event.phase, event.attempt))
    for node in run.nodes:
        _examine_node(node, by_node[id(node)])
        if node.parent is not None and by_node[id(node)]:
            parent = by_node[id(node.parent)]
            _require(parent[0][0] < by_node[id(node)][0][0], f"{node} began before {node.parent}")
            _require(by_node[id(node)][-1][0] < parent[-1][0], f"{node} ended after {node.parent}")


def _examine_node(node: NodeRun, events: list[tuple[int, Phase, int | None]]) -> None:
    _require(node.phase.is_terminal, f"{node} has not ended")
    attempts = node.attempts
    _expect(f"numbers of the attempts of {node}", [each.number for each in attempts], list(range(len(attempts))))
    expected: list[tuple[Phase, int]] = []
    for attempt in attempts:
        _require(attempt.phase.is_terminal, f"an attempt of {node} has not ended")
        ended = attempt.ended
        _require(ended is not None and attempt.started <= ended, f"an attempt of {node} has no times")
        expected += [(Phase.RUNNING, attempt.number), (attempt.phase, attempt.number)]
    got = [
        key for key, _ in groupby((phase, attempt) for _, phase, attempt in events)
    ]  # a gate tells what it waits for
    if len(got) == len(expected) + 1 and got[-1][0] in (Phase.ABORTED, Phase.FAILED):
        got.pop()  # stopped while it waited for its turn, or its inputs could not be had
    _expect(f"events of {node}", got, expected)
    if node.phase is Phase.SUCCEEDED:
        _require(node.error is None, f"{node} has the error {node.error}")
        _require(node.outputs is not None, f"the outputs of {node} were not kept")
    else:
        _require(node.error is not None, f"{node} has no error")
