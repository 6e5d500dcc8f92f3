"""What has nodes inside of it: graphs, maps, and the branches of conditionals, while they run."""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING, Any

from flytetypes import idl
from flytetypes.authoring import (
    Branch,
    Constant,
    Graph,
    LaunchPlan,
    Mapped,
    Node,
    Target,
    WorkflowFailurePolicy,
    references,
    upstream_ids,
)
from flytetypes.errors import NoBranchError, OptionError, add_note, text_of
from flytetypes.executors._bindings import Bindings, Bound, is_immediate, is_there
from flytetypes.executors._failures import Failure, Origin, failure_of_system
from flytetypes.executors._jobs import Job, Limit, Outputs, Source
from flytetypes.storage import upload
from flytetypes.types import FlyteError, TypeEngine

if TYPE_CHECKING:
    from flytetypes.executors._scheduler import Scheduler


def new_execution() -> str:
    """A name for a run: one letter and 19 characters, as those of Flyte."""
    return f"f{token_hex(10)[:19]}"


def fixed_inputs(plan: LaunchPlan[..., Any]) -> Outputs:
    """What a launch plan has fixed, as serialised literals by name."""
    inputs = plan.workflow.interface.inputs
    return {name: inputs[name].converter.to_bytes(value) for name, value in plan.fixed_inputs.items()}


# --- graphs -----------------------------------------------------------------------------------------------------------


class _Wiring:
    """What running a graph needs to know of it, found once.

    Attributes:
        upstream: The numbers of the nodes that each one waits for.
        below: The numbers of the nodes that wait for each one.
        immediate: Whether the inputs of each are there as they are.
        gives_immediately: Whether the outputs of the graph are.
        given: The ids of the nodes whose outputs the graph gives.
    """

    __slots__ = ("below", "given", "gives_immediately", "immediate", "upstream")

    def __init__(self, graph: Graph) -> None:
        numbers = {node.id: number for number, node in enumerate(graph.nodes)}
        self.upstream = [
            sorted(numbers[name] for name in upstream_ids(node) if name in numbers) for node in graph.nodes
        ]
        self.below: list[list[int]] = [[] for _ in graph.nodes]
        for number, upstream in enumerate(self.upstream):
            for each in upstream:
                self.below[each].append(number)
        self.immediate = [is_immediate(node) for node in graph.nodes]
        self.gives_immediately = all(map(is_there, graph.outputs.values()))
        self.given = {ref.node_id for binding in graph.outputs.values() for ref in references(binding)}


def _wiring_of(graph: Graph) -> _Wiring:
    known: _Wiring | None = graph.__dict__.get("_wiring")
    if known is None:
        known = graph.__dict__["_wiring"] = _Wiring(graph)
    return known


class RunningGraph:
    """A graph on its way; see `Composite` and `Scheduler`.

    Args:
        scheduler: Runs its nodes.
        graph: A checked graph.
        inputs: Serialised literals by name.
        parent: The node that it is the inside of; None for the run itself.
        execution: The name of the run that it belongs to.
        limit: How many tasks of it may run at the same time.
    """

    __slots__ = (
        *(
            "_bindings",
            "_failure",
            "_graph",
            "_missing",
            "_pending",
            "_wiring",
            "_remaining",
        ),
        *("_scheduler", "_uses", "active", "execution", "interruptible", "limit", "parent"),
    )

    def __init__(
        self,
        scheduler: Scheduler,
        graph: Graph,
        inputs: Outputs,
        parent: Job | None,
        execution: str,
        limit: Limit | None,
    ) -> None:
        self.parent = parent
        self.active: dict[Job, None] = {}
        self.execution = execution
        self.limit = limit
        options = getattr(graph.entity, "options", None)
        self.interruptible = bool(getattr(options, "interruptible", False))
        self._scheduler = scheduler
        self._graph = graph
        self._wiring = _wiring_of(graph)
        self._bindings = Bindings(graph.entity.interface.engine, inputs, {}, scheduler.held)
        self._missing = [len(upstream) for upstream in self._wiring.upstream]
        # How many still read the outputs of each: those that the graph itself gives are kept until its end.
        self._uses = [len(below) for below in self._wiring.below]
        self._remaining = len(graph.nodes)
        self._pending = 0
        self._failure: Failure | None = None

    def begin(self) -> None:
        """Store what its constants keep in the store, then begin the nodes that wait for none."""
        graph = self._graph
        if graph.uploads:
            store = graph.entity.interface.engine.store
            self._scheduler.aside(lambda: upload(store, graph.uploads), self._begin_nodes)
        else:
            self._begin_nodes(None)

    def _begin_nodes(self, uploaded: object) -> None:
        if isinstance(uploaded, Failure):
            self._scheduler.give_up(self, uploaded)
            return
        if not self._scheduler.is_wanted(self):
            return
        for number, missing in enumerate(self._missing):
            if not missing:
                self._soon(number)
        if not self._graph.nodes:
            self._finish()

    def _soon(self, number: int) -> None:
        self._pending += 1
        self._scheduler.soon(self._begin_node, number)

    def _begin_node(self, number: int) -> None:
        """All that a node waits for is there."""
        self._pending -= 1
        if not self._scheduler.is_wanted(self):
            return
        if self._failure is not None and self._fails_at_once:
            self._settle()
            return
        node = self._graph.nodes[number]
        job = self._job(node, number)
        if self._wiring.immediate[number]:
            try:
                bound = self._bindings.of_node(node)
            except Exception as error:  # noqa: BLE001 - a condition on a value that cannot be compared
                self._bound(job, _failure_of_binding(error))
            else:
                self._bound(job, bound)
        else:
            self._scheduler.aside(lambda: _bound(self._bindings, node), lambda bound: self._bound(job, bound))

    def _job(self, node: Node, number: int) -> Job:
        scheduler = self._scheduler
        kind = "conditional" if isinstance(node.target, Branch) else None
        job = Job(scheduler.record(self, node.id, node.target, node, kind), node.target, self, node, number)
        self.active[job] = None
        return job

    def _bound(self, job: Job, bound: Bound | Failure) -> None:
        """The inputs of a node are there."""
        scheduler, nodes = self._scheduler, self._graph.nodes
        if job.index >= 0:
            for number in self._wiring.upstream[job.index]:
                self._uses[number] -= 1
                if not self._uses[number] and nodes[number].id not in self._wiring.given:
                    self._bindings.results.pop(nodes[number].id, None)
        if job.record.phase.is_terminal:
            return
        if isinstance(job.target, Branch):
            scheduler.begin_attempt(job)
        if isinstance(bound, Failure):
            scheduler.fail(job, bound)
            return
        for body in bound.bodies:
            branch = RunningBranch(scheduler, job)
            job = branch.take(job, body)
        if isinstance(job.target, Branch):  # none of its bodies is taken
            if bound.bodies:  # of one inside of another
                scheduler.begin_attempt(job)
            scheduler.succeed(job, dict.fromkeys(job.target.interface.outputs, _NONE))
            return
        job.inputs = bound.inputs
        scheduler.enter(job)

    def completed(self, job: Job, outputs: Outputs) -> None:
        """A node has given its outputs: those that waited for it alone begin."""
        number = job.index
        if number < 0:  # the failure handler: the failure stands
            self._propagate()
            return
        self._remaining -= 1
        node_id = self._graph.nodes[number].id
        if self._uses[number] or node_id in self._wiring.given:
            self._bindings.results[node_id] = outputs
        missing = self._missing
        for below in self._wiring.below[number]:
            missing[below] -= 1
            if not missing[below]:
                self._soon(below)
        if self._failure is not None:
            self._settle()
        elif not self._remaining:
            self._finish()

    def _finish(self) -> None:
        scheduler, graph, bindings = self._scheduler, self._graph, self._bindings

        def outputs() -> Outputs:
            return {name: bindings.literal(binding) for name, binding in graph.outputs.items()}

        def finish(given: Outputs | Failure) -> None:
            if isinstance(given, Failure):
                if not scheduler.is_wanted(self):
                    return
                self._failure = given
                self._settle()
            else:
                scheduler.finish(self, given)

        if self._wiring.gives_immediately:
            finish(outputs())
        else:
            scheduler.aside(outputs, finish)

    # --- failures -----------------------------------------------------------------------------------------------------

    @property
    def _fails_at_once(self) -> bool:
        policy = getattr(getattr(self._graph.entity, "options", None), "failure_policy", None)
        return policy is not WorkflowFailurePolicy.FAIL_AFTER_EXECUTABLE_NODES_COMPLETE

    def failed(self, job: Job, failure: Failure) -> None:
        """A node has failed: the others are stopped, or what does not depend on it goes on."""
        if job.index < 0:
            assert self._failure is not None  # noqa: S101 - there is a handler because of it
            add_note(
                self._failure.error, f"and its failure handler `{job.record.name}` failed: {text_of(failure.error)}"
            )
            self._propagate()
            return
        where = f"in node {job.record.id} of workflow `{self._graph.entity.name}`"
        add_note(failure.error, f"{where}, called at {job.record.place}{job.told_attempt}")
        if self._failure is None:
            self._failure = failure
            if self._fails_at_once:
                self._scheduler.abort(self)
        self._settle()

    def _settle(self) -> None:
        """When nothing of it runs any more, run the failure handler, or fail."""
        if self.active or self._pending:
            return
        handler = self._graph.failure_node
        if handler is None or self._failure is None:
            self._propagate()
            return
        variable = handler.target.interface.inputs.get("err")
        bindings = dict(handler.bindings)
        try:
            if variable is not None:
                told = FlyteError(message=self._failure.told.message, failed_node_id=handler.id)  # as of the engine
                bindings["err"] = Constant(variable.converter.to_bytes(told))
            node = Node(handler.id, handler.target, bindings, handler.place)
            bound: Bound | Failure = self._bindings.of_node(node)
        except Exception as error:  # noqa: BLE001 - told as the failure of the handler
            bound = _failure_of_binding(error)
        self._bound(self._job(handler, -1), bound)

    def _propagate(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            self._scheduler.give_up(self, failure)


def _bound(bindings: Bindings, node: Node) -> Bound | Failure:
    try:
        return bindings.of_node(node)
    except Exception as error:  # noqa: BLE001 - a part that is not there, a class of the user's that refuses
        return _failure_of_binding(error)


def _failure_of_binding(error: Exception) -> Failure:
    if isinstance(error, NoBranchError):
        return Failure(error, "UserProvidedError", Origin.USER)
    return failure_of_system(error, recoverable=False)


def _none() -> bytes:
    literal = idl.Literal()
    literal.scalar.none_type.SetInParent()
    return literal.SerializeToString()


_NONE = _none()


class RunningBranch:
    """The branch of a conditional that is taken."""

    __slots__ = ("_scheduler", "active", "execution", "interruptible", "limit", "parent")

    def __init__(self, scheduler: Scheduler, parent: Job) -> None:
        self.parent = parent
        self.active: dict[Job, None] = {}
        self.execution = parent.composite.execution
        self.limit = parent.composite.limit
        self.interruptible = parent.composite.interruptible
        self._scheduler = scheduler

    def take(self, job: Job, body: Node) -> Job:
        """Begin the body inside of its conditional; the job of the body."""
        self._scheduler.begin_composite(job, self)
        kind = "conditional" if isinstance(body.target, Branch) else None
        inner = Job(self._scheduler.record(self, body.id, body.target, body, kind), body.target, self, body)
        self.active[inner] = None
        return inner

    def begin(self) -> None:
        """What is inside begins when its inputs are bound."""

    def completed(self, job: Job, outputs: Outputs) -> None:  # noqa: ARG002 - of a Composite
        """What the body gives, the conditional gives."""
        given = self.parent.target.interface.outputs
        self._scheduler.finish(self, {name: outputs[name] for name in given})

    def failed(self, job: Job, failure: Failure) -> None:  # noqa: ARG002
        """What the body fails with, the conditional fails with."""
        self._scheduler.give_up(self, failure)


class RunningOne:
    """The run of what is no graph: a task, a map, an eager task on its own."""

    __slots__ = ("_inputs", "_scheduler", "_target", "active", "execution", "interruptible", "limit", "parent")

    def __init__(self, scheduler: Scheduler, target: Target, inputs: Outputs, execution: str) -> None:
        self.parent: Job | None = None
        self.active: dict[Job, None] = {}
        self.execution = execution
        self.limit: Limit | None = None
        self.interruptible = False
        self._scheduler = scheduler
        self._target = target
        self._inputs = inputs

    def begin(self) -> None:
        """Begin it."""
        job = Job(self._scheduler.record(self, "n0", self._target), self._target, self)
        job.inputs = self._inputs
        self.active[job] = None
        self._scheduler.enter(job)

    def completed(self, job: Job, outputs: Outputs) -> None:  # noqa: ARG002
        """What it gives, the run gives."""
        self._scheduler.finish(self, outputs)

    def failed(self, job: Job, failure: Failure) -> None:
        """What it fails with, the run fails with."""
        if job.record.number:
            add_note(failure.error, f"attempt {job.record.number + 1}")
        self._scheduler.give_up(self, failure)


# --- maps -------------------------------------------------------------------------------------------------------------


class RunningMap(Source):
    """A map on its way: its elements are begun one by one, as others give way."""

    __slots__ = (
        *("_count", "_failure", "_failures", "_items", "_map", "_most", "_next", "_parked", "_results", "_scheduler"),
        *("_wanted", "active", "execution", "interruptible", "limit", "parent"),
    )

    def __init__(self, scheduler: Scheduler, parent: Job, mapped: Mapped[Any]) -> None:
        self.parent = parent
        self.active: dict[Job, None] = {}
        self.execution = parent.composite.execution
        self.limit = parent.composite.limit
        self.interruptible = parent.composite.interruptible
        self._scheduler = scheduler
        self._map = mapped
        self._items: dict[str, list[bytes]] = {}
        self._count = 0
        self._next = 0
        self._wanted = 0
        self._failures = 0
        self._failure: Failure | None = None
        self._results: list[bytes | None] = []
        self._parked = False
        self._most = mapped.how.concurrency or 0
        self.awaits = bool(getattr(mapped.mapped, "is_async", False))

    def begin(self) -> None:
        """Take the lists apart, then offer the elements."""
        self._scheduler.aside(self._taken_apart, self._begin_elements)

    def _taken_apart(self) -> dict[str, list[bytes]]:
        inputs = self.parent.inputs
        interface = self._map.interface
        unbound = [name for name in interface.inputs if name in inputs and name not in self._map.how.bound]
        return {name: items_of(interface.engine, inputs[name]) for name in unbound}

    def _begin_elements(self, items: dict[str, list[bytes]] | Failure) -> None:
        if not self._scheduler.is_wanted(self):
            return
        if isinstance(items, Failure):
            self._scheduler.give_up(self, items)
            return
        self._items = items
        entity = self._map
        try:
            self._count = entity.count_of({name: len(each) for name, each in items.items()})
            self._wanted = entity.how.wanted_of(self._count)
            if self._wanted > self._count:
                name = entity.interface.name
                raise OptionError(f"`{name}` has {self._count} elements, and {self._wanted} of them are to succeed")
        except Exception as error:  # noqa: BLE001 - lists of different lengths, or too short ones
            code = "InvalidArrayLength"
            self._scheduler.give_up(self, Failure(error, code, Origin.USER))
            return
        self._results = [None] * self._count
        if self._count:
            self._scheduler.offer(self)
        else:
            self._finish()

    @property
    def has_next(self) -> bool:
        """Whether an element is left, and may begin now."""
        if self._next >= self._count or not self._scheduler.is_wanted(self):
            return False
        self._parked = bool(self._most) and len(self.active) >= self._most
        return not self._parked

    def next_job(self) -> Job | None:
        """The next element."""
        if not self.has_next:
            return None
        number = self._next
        self._next += 1
        whole = self.parent.inputs
        entity, scheduler = self._map, self._scheduler
        job = Job(
            scheduler.record(self, f"n{number}", entity.mapped, self.parent.node),
            entity.mapped,
            self,
            self.parent.node,
            number,
        )
        job.inputs = {
            name: self._items[name][number] if name in self._items else literal for name, literal in whole.items()
        }
        self.active[job] = None
        return job

    def completed(self, job: Job, outputs: Outputs) -> None:
        """An element has given its output."""
        for literal in outputs.values():
            self._results[job.index] = literal
        self._release(job.index)
        self._settle()

    def failed(self, job: Job, failure: Failure) -> None:
        """An element has failed: the others are stopped when too few can still succeed."""
        self._failures += 1
        self._release(job.index)
        if self._failure is None:
            add_note(failure.error, f"in element {job.index} of `{self._map.interface.name}`")
            message = f"[{job.index}]: {failure.message or failure.trace}"
            self._failure = Failure(failure.error, "", Origin.UNKNOWN, message=message)
        if self._is_lost and not self._map.how.run_all_sub_nodes:
            self._scheduler.abort(self)
            self._scheduler.give_up(self, self._failure)
            return
        self._settle()

    def _release(self, number: int) -> None:
        """An element has ended: its inputs are let go, and another one may begin."""
        for items in self._items.values():
            items[number] = b""
        if self._parked:
            self._parked = False
            self._scheduler.offer(self)

    @property
    def _is_lost(self) -> bool:
        return self._count - self._failures < self._wanted

    def _settle(self) -> None:
        if self.active or self._next < self._count or not self._scheduler.is_wanted(self):
            return
        if self._is_lost and self._failure is not None:
            self._scheduler.give_up(self, self._failure)
        else:
            self._finish()

    def _finish(self) -> None:
        outputs = {}
        for name in self._map.interface.outputs:
            body = b"".join([idl.length_prefixed(b"\n", _NONE if each is None else each) for each in self._results])
            outputs[name] = idl.length_prefixed(idl.COLLECTION, body)
        self._scheduler.finish(self, outputs)


def items_of(engine: TypeEngine, data: bytes) -> list[bytes]:
    """The serialised elements of a serialised literal that is a list; an offloaded one is read.

    Raises:
        StorageError: When it cannot be read.
    """
    body = idl.unwrap(data, idl.COLLECTION)
    items = None if body is None else idl.split_repeated(body)
    if items is not None:
        return [bytes(item) for item in items]
    literal = idl.Literal.FromString(data)
    while literal.HasField("offloaded_metadata"):
        literal = idl.Literal.FromString(engine.store.get(literal.offloaded_metadata.uri))
    return [item.SerializeToString(deterministic=True) for item in literal.collection.literals]
