"""Nodes on their way: what the scheduler keeps of each until it has ended."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Protocol

from flytetypes.authoring import Mapped, Node, Overrides, Target
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


class Limit:
    """How many tasks of a launch plan run at the same time."""

    __slots__ = ("most", "used", "waiting")

    def __init__(self, most: int) -> None:
        self.most = most
        self.used = 0
        self.waiting: deque[Job] = deque()


class Job:
    """A node on its way.

    Attributes:
        record: What is told of it.
        node: The call, for its overrides; None where there is none, as for the elements of a map.
        target: What runs.
        composite: What it is inside of, and who hears of its end.
        inputs: Serialised literals by name.
        inside: What is inside of it, once that has begun.
        future: Of the attempt that is running, where the executor gave one.
        timer: Ends it when its time is up.
        user_failures: How many of its attempts failed by fault of the user.
        system_failures: How many failed by fault of the system.
        element: Its place in a map.
    """

    __slots__ = (
        *("composite", "element", "future", "inputs", "inside", "node", "record", "system_failures", "target"),
        *("timer", "user_failures"),
    )

    def __init__(
        self, record: NodeRun, target: Target, composite: Composite, node: Node | None = None, element: int = 0
    ) -> None:
        self.record = record
        self.target = target
        self.composite = composite
        self.node = node
        self.element = element
        self.inputs: Outputs = {}
        self.inside: Composite | None = None
        self.future: Future[Any] | None = None
        self.timer: Timer | None = None
        self.user_failures = 0
        self.system_failures = 0

    @property
    def overrides(self) -> Overrides | None:
        """What its call changes."""
        return None if self.node is None else self.node.overrides

    @property
    def retries(self) -> int:
        """How often it may fail by its own fault: as its call says if that is not 0, else as the task says."""
        if isinstance(self.target, Mapped):
            return 0  # its elements have them
        own: int = getattr(getattr(self.target, "options", None), "retries", 0)
        overrides = self.overrides
        return overrides.retries or own if overrides is not None and overrides.retries is not None else own

    @property
    def timeout(self) -> float | None:
        """Seconds that one attempt may take."""
        if isinstance(self.target, Mapped):
            return None
        overrides = self.overrides
        if overrides is not None and overrides.has_timeout:
            span = overrides.timeout
        else:
            span = getattr(getattr(self.target, "options", None), "timeout", None)
        return None if span is None else span.total_seconds()

    @property
    def interruptible(self) -> bool:
        """Whether its next attempt may be taken away: the last one that the system may make is not."""
        chosen = None if self.overrides is None else self.overrides.interruptible
        if chosen is None:
            chosen = getattr(getattr(self.target, "options", None), "interruptible", None)
        wanted: bool = self.composite.interruptible if chosen is None else chosen
        return wanted and self.system_failures < SYSTEM_RETRIES


class Source:
    """Something that gives tasks one by one, as they can be started: the elements of a map."""

    @property
    def has_next(self) -> bool:
        """Whether it can give another one now."""
        raise NotImplementedError

    def next_job(self) -> Job | None:
        """The next one; None when there is none now."""
        raise NotImplementedError
