"""What a run tells of itself: its nodes, their attempts, and the events as they happen."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from flytetypes._diagnostics import Place
from flytetypes._record import Record
from flytetypes.executors._failures import ExecutionError, Failure

if TYPE_CHECKING:
    from flytetypes.types import HeldValues


class Phase(enum.Enum):
    """Where a run, a node or an attempt stands (`flyteidl/core/execution.proto, NodeExecution.Phase`)."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ABORTED = "aborted"
    TIMED_OUT = "timed out"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing follows."""
        return self not in (Phase.QUEUED, Phase.RUNNING)


class AttemptRun(Record):
    """One attempt of a node.

    Attributes:
        number: From 0 on.
        phase: How it stands, or ended. One that was stopped for its timeout is ABORTED, as the engine has it.
        started: Seconds since the epoch.
        ended: Seconds since the epoch; None while it runs.
        error: How it failed.
        interruptible: Whether it may be taken away.
    """

    number: int
    phase: Phase
    started: float
    ended: float | None = None
    error: ExecutionError | None = None
    interruptible: bool = False


class NodeRun:
    """A node of a run.

    Attributes:
        id: With those that it is inside of: `n0`, `n0-0-dn1` (node, attempt, node in it).
        name: What people call it: that of what it runs, or what `with_overrides(name=...)` says.
        kind: `task`, `workflow`, `launch plan`, `conditional`, `approve`, …
        phase: How it stands, or ended.
        number: Of its latest attempt, from 0 on.
        started: When its first attempt began, in seconds since the epoch; None before that.
        ended: When it ended; None before that.
        parent: The node that it is inside of.
        execution: The name of the run; inside of a launch plan that of the child.
        place: File and line of the call, where there is one.
        failure: What its latest attempt failed with.
        held: What the run holds in memory, where it keeps inputs and outputs.
    """

    __slots__ = (
        *("_inputs", "_outputs", "earlier", "ended", "execution", "failure", "held", "id", "interruptible", "kind"),
        *("name", "number", "parent", "phase", "place", "started", "started_last"),
    )

    def __init__(
        self, node_id: str, name: str, kind: str, place: Place | None, parent: NodeRun | None, execution: str
    ) -> None:
        self.id = node_id
        self.name = name
        self.kind = kind
        self.place = place
        self.parent = parent
        self.execution = execution
        self.phase = Phase.QUEUED
        self.number = 0
        self.started: float | None = None
        self.started_last: float | None = None
        self.ended: float | None = None
        self.interruptible = False
        self.failure: Failure | None = None
        self.earlier: list[AttemptRun] | None = None
        self.held: HeldValues | None = None
        self._inputs: Mapping[str, bytes] | None = None
        self._outputs: Mapping[str, bytes] | None = None

    @property
    def inputs(self) -> Mapping[str, bytes] | None:
        """Serialised literals by name, where the run keeps them; what they name is written when somebody asks."""
        return self._written_out(self._inputs)

    @inputs.setter
    def inputs(self, literals: Mapping[str, bytes] | None) -> None:
        self._inputs = literals

    @property
    def outputs(self) -> Mapping[str, bytes] | None:
        """As `inputs`."""
        return self._written_out(self._outputs)

    @outputs.setter
    def outputs(self, literals: Mapping[str, bytes] | None) -> None:
        self._outputs = literals

    def _written_out(self, literals: Mapping[str, bytes] | None) -> Mapping[str, bytes] | None:
        if literals is not None and self.held is not None:
            self.held.write_out(literals.values())
        return literals

    @property
    def attempts(self) -> list[AttemptRun]:
        """Its attempts so far."""
        if self.started_last is None:
            return list(self.earlier or ())
        failed = None if self.failure is None else self.failure.told
        latest = AttemptRun(self.number, self.phase, self.started_last, self.ended, failed, self.interruptible)
        return [*(self.earlier or ()), latest]

    @property
    def error(self) -> ExecutionError | None:
        """How it failed; None where it has not."""
        if self.failure is None or self.phase not in (Phase.FAILED, Phase.TIMED_OUT, Phase.ABORTED):
            return None
        return self.failure.told

    def __repr__(self) -> str:
        return f"<node {self.id}: {self.kind} {self.name}, {self.phase.value}>"


class Event(NamedTuple):
    """Something that happened in a run.

    Attributes:
        time: When, in seconds since the epoch.
        node: To which node; None for the run itself.
        phase: What it is since then.
        attempt: Which attempt, from 0 on; None for the run itself.
        message: One line about it: how it failed, what it waits for. Empty where there is nothing to say.
    """

    time: float
    node: NodeRun | None
    phase: Phase
    attempt: int | None = None
    message: str = ""
