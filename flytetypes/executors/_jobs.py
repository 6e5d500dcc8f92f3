"""Nodes on their way: what the scheduler keeps of each until it has ended."""

from __future__ import annotations

import enum
from collections import deque
from concurrent.futures import Future
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Protocol

from flytetypes.authoring import (
    Approve,
    Branch,
    DynamicTask,
    EagerTask,
    LaunchPlan,
    Mapped,
    Node,
    Overrides,
    ReferenceEntity,
    Sleep,
    Target,
    Task,
    WaitForInput,
    WorkflowEntity,
)
from flytetypes.executors._failures import SYSTEM_RETRIES, Failure
from flytetypes.executors._records import NodeRun

if TYPE_CHECKING:
    from flytetypes.executors._clock import Timer

Outputs = dict[str, bytes]


class Composite(Protocol):
    """What has nodes inside of it.

    Attributes:
        active: Those of its nodes that have begun and not ended.
        execution: The name of the run that they belong to.
        limit: How many tasks of it may run at the same time; None for what the run allows.
        interruptible: Whether its tasks may be taken away, where they do not say.
    """

    active: dict[Job, None]
    execution: str
    limit: Limit | None
    interruptible: bool

    @property
    def parent(self) -> Job | None:
        """The node that it is the inside of; None for the run itself."""
        ...

    def begin(self) -> None:
        """Begin the nodes that wait for none."""
        ...

    def completed(self, job: Job, outputs: Outputs) -> None:
        """A node has given its outputs."""
        ...

    def failed(self, job: Job, failure: Failure) -> None:
        """A node has failed, for good."""
        ...


MAX_WORKING: Final = 32
"""How many tasks of a run hold a thread or process at the same time, unless it says."""
MAX_AWAITED: Final = 1_000
"""How many of its `async def` tasks are awaited at the same time, unless it says."""


class Limit:
    """How many tasks may run at the same time: those of a run, or of a launch plan in it.

    Attributes:
        most: So many.
        used: How many run.
        waiting: What is to run when one of them has ended.
    """

    __slots__ = ("most", "used", "waiting")

    def __init__(self, most: int) -> None:
        self.most = most
        self.used = 0
        self.waiting: deque[Job | Source] = deque()

    @property
    def is_full(self) -> bool:
        """Whether no other one may begin."""
        return self.used >= self.most


class Job:
    """A node on its way.

    Attributes:
        record: What is told of it.
        node: The call, for its overrides; None where there is none, as for the elements of a map.
        target: What runs.
        role: How.
        counts: Whether it counts among the tasks that run at the same time.
        awaits: Whether it is awaited, and so holds no thread.
        timeout: Seconds that one attempt may take; None for any time. The elements of a map have that of the map.
        composite: What it is inside of, and who hears of its end.
        inputs: Serialised literals by name.
        inside: What is inside of it, once that has begun.
        future: Of the attempt that is running, where the executor gave one.
        timer: Ends it when its time is up.
        user_failures: How many of its attempts failed by fault of the user.
        system_failures: How many failed by fault of the system.
        waited: Seconds that its attempts had to wait, for a thread or process, before they began.
        index: Its number in its map or graph; -1 for the failure handler of a graph.
    """

    __slots__ = (
        *("awaits", "composite", "counts", "index", "future", "inputs", "inside", "node", "record", "role"),
        *("system_failures", "target", "timeout", "timer", "user_failures", "waited"),
    )

    def __init__(
        self, record: NodeRun, target: Target, composite: Composite, node: Node | None = None, index: int = 0
    ) -> None:
        self.record = record
        self.target = target
        self.composite = composite
        self.node = node
        self.index = index
        self.role = role = _role_of(type(target))
        self.counts = role is Role.TASK or role is Role.DYNAMIC
        self.awaits = role is Role.TASK and getattr(target, "is_async", False)
        self.timeout = None if role is Role.MAP else _timeout_of(target, None if node is None else node.overrides)
        self.inputs: Outputs = {}
        self.inside: Composite | None = None
        self.future: Future[Any] | None = None
        self.timer: Timer | None = None
        self.user_failures = 0
        self.waited = 0.0
        self.system_failures = 0

    @property
    def overrides(self) -> Overrides | None:
        """What its call changes."""
        return None if self.node is None else self.node.overrides

    @property
    def retries(self) -> int:
        """How often it may fail by its own fault: as its call says if that is not 0, else as the task says."""
        if self.role is Role.MAP:
            return 0  # its elements have them
        own: int = getattr(getattr(self.target, "options", None), "retries", 0)
        overrides = self.overrides
        return overrides.retries or own if overrides is not None and overrides.retries is not None else own

    @property
    def is_interruptible(self) -> bool:
        """Whether its next attempt may be taken away: the last one that the system may make is not."""
        chosen = None if self.overrides is None else self.overrides.interruptible
        if chosen is None:
            chosen = getattr(getattr(self.target, "options", None), "interruptible", None)
        wanted: bool = self.composite.interruptible if chosen is None else chosen
        return wanted and self.system_failures < SYSTEM_RETRIES

    @property
    def told_attempt(self) -> str:
        """Which attempt it is at, to go on in a text with: `, attempt 3`; empty for the first."""
        return f", attempt {self.record.number + 1}" if self.record.number else ""


class Role(enum.Enum):
    """How a node runs: by what it runs."""

    TASK = enum.auto()
    DYNAMIC = enum.auto()
    EAGER = enum.auto()
    MAP = enum.auto()
    WORKFLOW = enum.auto()
    PLAN = enum.auto()
    SLEEP = enum.auto()
    QUESTION = enum.auto()
    REFERENCE = enum.auto()
    BRANCH = enum.auto()


_ROLES: Final = (
    (EagerTask, Role.EAGER),
    (DynamicTask, Role.DYNAMIC),
    (Mapped, Role.MAP),
    (Task, Role.TASK),
    (WorkflowEntity, Role.WORKFLOW),
    (LaunchPlan, Role.PLAN),
    (Sleep, Role.SLEEP),
    ((Approve, WaitForInput), Role.QUESTION),
    (Branch, Role.BRANCH),
    (ReferenceEntity, Role.REFERENCE),
)


@cache
def _role_of(kind: type) -> Role:
    return next(role for kinds, role in _ROLES if issubclass(kind, kinds))


def _timeout_of(target: Any, overrides: Overrides | None) -> float | None:
    """Seconds that one attempt may take: as its call says, else as the task says."""
    if overrides is not None and overrides.has_timeout:
        span = overrides.timeout
    else:
        span = getattr(getattr(target, "options", None), "timeout", None)
    return None if span is None else span.total_seconds()


class Source:
    """Something that gives tasks one by one, as they can be started: the elements of a map.

    Attributes:
        awaits: Whether they are awaited, and so hold no thread.
    """

    awaits: bool = False

    @property
    def has_next(self) -> bool:
        """Whether it can give another one now."""
        raise NotImplementedError

    def next_job(self) -> Job | None:
        """The next one; None when there is none now."""
        raise NotImplementedError
