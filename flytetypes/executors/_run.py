"""Runs: `run(entity, inputs)` gives a handle that answers for itself; a plain call waits for one and keeps nothing."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Final
from weakref import finalize

from flytetypes._exports import lazy_names
from flytetypes._record import Record
from flytetypes.authoring import Attempt, Entity, Graph, LaunchPlan, WorkflowEntity, awaited
from flytetypes.errors import ConversionError, OptionError, RunError, add_note, describe
from flytetypes.executors._composites import RunningGraph, RunningOne, fixed_inputs, new_execution
from flytetypes.executors._failures import ExecutionError, Failure, Origin
from flytetypes.executors._jobs import Composite, Job, Outputs
from flytetypes.executors._loading import refuse_while_loading
from flytetypes.executors._records import Event, NodeRun, Phase
from flytetypes.executors._scheduler import Backoff, Scheduler
from flytetypes.interface import Variable
from flytetypes.storage import in_own_thread
from flytetypes.types import load_json

if TYPE_CHECKING:
    from flytetypes.executors._executor import Executor

_load = lazy_names(__name__, {"flytetypes.executors._eager": ("run_eager",)})

_PROJECT: Final = "flytesnacks"
_DOMAIN: Final = "development"
_GRACE_SECONDS: Final = 0.05
_BACKOFF: Final = Backoff()


class Gate(Record):
    """What a person is asked for.

    Attributes:
        name: Of the gate.
        kind: `approve` or `input`.
        annotation: Of the value.
        value: What is to be approved; None for an input.
        node: Where it stands.
    """

    name: str
    kind: str
    annotation: Any
    value: Any
    node: NodeRun


OnGate = Callable[[Gate], Any]


class Run:
    """A run: what it does, what it has done, and how to stop it.

    Attributes:
        id: Its name, as in `current_context().execution_id`.
        entity: What runs.
    """

    def __init__(self, entity: Entity[..., Any], scheduler: Scheduler) -> None:
        self.id = scheduler.execution
        self.entity = entity
        self._scheduler = scheduler

    @property
    def phase(self) -> Phase:
        """How it stands, or ended."""
        return self._scheduler.phase

    @property
    def started(self) -> float:
        """When it began, in seconds since the epoch."""
        return self._scheduler.started

    @property
    def ended(self) -> float | None:
        """When it ended; None before that."""
        return self._scheduler.ended

    @property
    def nodes(self) -> list[NodeRun]:
        """Its nodes so far, in the order in which they began: those inside of others too."""
        self._scheduler.is_shown = True
        return list(self._scheduler.nodes)

    @property
    def abandoned(self) -> list[NodeRun]:
        """The nodes that were stopped while their task ran in a thread: it goes on there, unheard."""
        self._scheduler.is_shown = True
        return list(self._scheduler.abandoned)

    @property
    def error(self) -> ExecutionError | None:
        """How it failed; None where it has not."""
        failure = self._scheduler.failure
        return None if failure is None else failure.told

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it has ended, or so many seconds; whether it has ended."""
        return self._scheduler.has_ended.wait(timeout)

    def result(self, timeout: float | None = None) -> Any:
        """What a call of the entity gives, once it has ended.

        Raises:
            TimeoutError: When it has not ended after so many seconds; it goes on.
            RunCancelledError: When it was stopped.
            Exception: What a task raised, with notes of its node and inputs.
        """
        if not self.wait(timeout):
            raise self._not_ended(timeout)
        return result_of(self.entity, self._scheduler)

    def _not_ended(self, timeout: float | None) -> TimeoutError:
        return TimeoutError(f"the run {self.id} has not ended after {timeout:g} s")

    def outputs(self, timeout: float | None = None) -> dict[str, Any]:
        """The same by the names of the outputs."""
        return self.entity.interface.named_outputs(self.result(timeout))

    def cancel(self) -> None:
        """Stop what is running, and start nothing more. What has completed is kept."""
        self._scheduler.cancel()

    def answer(self, name: str, value: Any) -> None:
        """Answer a gate that the run waits at: with the value that it asks for, or whether it is approved.

        Of several that have the name the one that has waited longest is answered.

        Raises:
            RunError: When it waits at no such gate.
            ConversionError: When the value does not fit.
        """
        gates = list(self._scheduler.gates)
        job = next((each for each in gates if each.target.name == name), None)
        if job is None:
            waits = ", ".join(dict.fromkeys(f"`{each.target.name}`" for each in gates)) or "none"
            raise RunError(f"the run {self.id} does not wait at a gate `{name}`; it waits at {waits}")
        try:
            outcome: bytes | Failure = _answered(job, value)
        except Failure as failure:
            outcome = failure
        self._scheduler.answer(job, outcome)

    def events(self) -> Iterator[Event]:
        """What happened so far, and what happens, as it happens, until the run has ended."""
        self._scheduler.is_shown = True
        number = 0
        while True:
            with self._scheduler.news:
                while number == len(self._scheduler.events) and not self._scheduler.has_ended.is_set():
                    self._scheduler.news.wait()
            fresh = self._scheduler.events[number:]
            yield from fresh
            number += len(fresh)
            if not fresh and self._scheduler.has_ended.is_set():
                return

    async def wait_async(self, timeout: float | None = None) -> bool:
        """`wait`, without blocking the running loop. Cancelling that does not stop the run."""
        import asyncio

        loop = asyncio.get_running_loop()
        ended = loop.create_future()

        def settle() -> None:
            if not ended.done():
                ended.set_result(None)

        def tell() -> None:
            with suppress(RuntimeError):  # the loop has been closed: nobody waits
                loop.call_soon_threadsafe(settle)

        self._scheduler.when_it_has_ended(tell)
        done, _ = await asyncio.wait([ended], timeout=timeout)
        return bool(done)

    async def result_async(self, timeout: float | None = None) -> Any:
        """`result`, without blocking the running loop. Cancelling that does not stop the run."""
        if not await self.wait_async(timeout):
            raise self._not_ended(timeout)
        return await in_own_thread(lambda: result_of(self.entity, self._scheduler))

    async def outputs_async(self, timeout: float | None = None) -> dict[str, Any]:
        """`outputs`, without blocking the running loop."""
        return self.entity.interface.named_outputs(await self.result_async(timeout))

    async def events_async(self) -> AsyncIterator[Event]:
        """`events`, without blocking the running loop."""
        events = self.events()
        while (event := await in_own_thread(lambda: next(events, None))) is not None:
            yield event

    def __repr__(self) -> str:
        return f"<run {self.id} of {self.entity.interface.name}, {self.phase.value}>"


def run(
    entity: Entity[..., Any],
    inputs: Mapping[str, Any] | None = None,
    *,
    executor: Executor | None = None,
    max_parallelism: int | None = None,
    on_gate: OnGate | None = None,
    backoff_seconds: float = Backoff.seconds,
    project: str = _PROJECT,
    domain: str = _DOMAIN,
) -> Run:
    """Start a run in this process; does not wait.

    Args:
        entity: A task, workflow, launch plan, map, dynamic or eager task.
        inputs: By name.
        executor: Runs its tasks: threads of this process by default; `ProcessExecutor()` for processes.
        max_parallelism: How many tasks run at the same time. By default what the launch plan says, else 32, and 1,000
            of those that are an `async def`.
        on_gate: Answers gates: called in a thread of its own with a `Gate`, gives the value, or whether it is approved;
            an `async def` is awaited in a loop of its own.
            Without one, gates wait for `Run.answer`.
        backoff_seconds: How long to wait before the first retry of a task; it doubles for each one that follows.
        project: Of the run, for `current_context().execution_id`.
        domain: Of the run.

    Raises:
        CallError: For inputs that are missing, unknown or fixed.
        ConversionError: For a value that does not fit.
        WorkflowError: When a workflow does not fit together; no task has run then.
        OptionError: For what cannot be run, and options with a wrong value.
    """
    if not isinstance(entity, Entity):
        raise OptionError(f"`run` takes a task, workflow or launch plan; got {describe(entity)}")
    if inputs is not None and not isinstance(inputs, Mapping):
        raise OptionError(f"`inputs` takes values by name; got {describe(inputs)}")
    if executor is not None and (isinstance(executor, type) or not hasattr(executor, "submit")):
        raise OptionError(f"`executor` takes an executor, such as `ProcessExecutor()`; got {describe(executor)}")
    if on_gate is not None and not callable(on_gate):
        raise OptionError(f"`on_gate` takes a function; got {describe(on_gate)}")
    if isinstance(backoff_seconds, bool) or not isinstance(backoff_seconds, (int, float)) or not backoff_seconds >= 0:
        raise OptionError(f"`backoff_seconds` is a number from 0 on; got {describe(backoff_seconds)}")
    if max_parallelism is not None and (
        isinstance(max_parallelism, bool) or not isinstance(max_parallelism, int) or max_parallelism < 1
    ):
        raise OptionError(f"`max_parallelism` is a number from 1 on; got {describe(max_parallelism)}")
    arguments = entity.call_arguments((), dict(inputs or {}))
    scheduler = _scheduler(
        entity,
        executor=executor,
        max_parallelism=max_parallelism,
        backoff=Backoff(backoff_seconds),
        ask=None if on_gate is None else lambda job: _answered(job, awaited(on_gate(_gate(job)))),
        keeps_records=True,
        project=project,
        domain=domain,
    )
    top = _top(scheduler, entity, arguments)
    scheduler.begin(top)
    handle = Run(entity, scheduler)
    # Its result may be asked for as long as it is there.
    finalize(handle, scheduler.when_it_has_ended, scheduler.let_go).atexit = False
    return handle


# --- plain calls ------------------------------------------------------------------------------------------------------


def run_here(entity: Entity[..., Any], arguments: Mapping[str, Any]) -> Any:
    """Run it, and wait; the result of a call.

    Raises:
        ConversionError: For an argument that does not fit its annotation; no task has run then.
    """
    scheduler = _scheduler(entity, ask=_ask_terminal)
    try:
        scheduler.run(_top(scheduler, entity, arguments))
        return result_of(entity, scheduler)
    finally:
        scheduler.held.clear()


def run_traced(graph: Graph) -> Any:
    """Run the checked graph of a dynamic, and wait; the result of a call."""
    entity = graph.entity
    scheduler = _scheduler(entity, ask=_ask_terminal)
    try:
        scheduler.run(RunningGraph(scheduler, graph, {}, None, scheduler.execution, None))
        return result_of(entity, scheduler)
    finally:
        scheduler.held.clear()


async def call_async(entity: Entity[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """A call that does not block the running loop; cancelling it stops the run."""
    arguments = entity.call_arguments(args, kwargs)
    scheduler = _scheduler(entity, ask=_ask_terminal)
    top = await in_own_thread(lambda: _top(scheduler, entity, arguments))
    scheduler.begin(top)
    handle = Run(entity, scheduler)
    try:
        return await handle.result_async()
    except BaseException:
        scheduler.cancel()
        raise
    finally:
        scheduler.held.clear()


def run_eager(task: Any, arguments: Mapping[str, Any]) -> Coroutine[Any, Any, Any]:
    """Run an eager task in the running loop, once that is awaited: the result of a call."""
    scheduler = _scheduler(task, ask=_ask_terminal)
    attempt = Attempt(scheduler.execution, "n0", 0, scheduler.started)
    awaited: Coroutine[Any, Any, Any] = _load("run_eager")(task, arguments, scheduler, attempt)
    return awaited


def result_of(entity: Entity[..., Any], scheduler: Scheduler) -> Any:
    """What a run that has ended gave, as a call gives it; raises what it failed with."""
    failure = scheduler.failure
    if failure is not None:
        with scheduler.news:  # most of what runs in threads ends at once
            scheduler.news.wait_for(lambda: not scheduler.abandoned, _GRACE_SECONDS)
        _tell_abandoned(failure.error, scheduler.abandoned)
        raise failure.to_raise
    return entity.interface.result_from(scheduler.outputs or {}, held=scheduler.held)


def _tell_abandoned(error: BaseException, abandoned: list[NodeRun]) -> None:
    if abandoned:
        names = ", ".join(f"`{record.name}` ({record.id})" for record in abandoned)
        note = f"still running in threads, which cannot be stopped: {names}"
        if note not in getattr(error, "__notes__", ()):
            add_note(error, note)


# --- making a run -----------------------------------------------------------------------------------------------------


def _scheduler(
    entity: Entity[..., Any],
    *,
    ask: Callable[[Job], bytes] | None,
    executor: Executor | None = None,
    max_parallelism: int | None = None,
    backoff: Backoff = _BACKOFF,
    keeps_records: bool = False,
    project: str = _PROJECT,
    domain: str = _DOMAIN,
) -> Scheduler:
    refuse_while_loading()
    chosen = max_parallelism or (entity.options.max_parallelism if isinstance(entity, LaunchPlan) else None)
    return Scheduler(
        executor,
        max_parallelism=chosen,
        execution=new_execution(),
        project=project,
        domain=domain,
        context=copy_context(),
        backoff=backoff,
        ask=ask,
        keeps_records=keeps_records,
    )


def _top(scheduler: Scheduler, entity: Entity[..., Any], arguments: Mapping[str, Any]) -> Composite:
    """What the run consists of, its inputs encoded; raises as `run`."""
    interface = entity.interface
    entity.prepare()
    try:
        inputs: Outputs = interface.input_literals(arguments, keeps_local=True, held=scheduler.held)
    except ConversionError as error:
        raise error.of(interface.name) from None
    execution = scheduler.execution
    if isinstance(entity, WorkflowEntity):
        return RunningGraph(scheduler, entity.graph, inputs, None, execution, None)
    if isinstance(entity, LaunchPlan) and isinstance(entity.workflow, WorkflowEntity):
        return RunningGraph(scheduler, entity.workflow.graph, {**inputs, **fixed_inputs(entity)}, None, execution, None)
    return RunningOne(scheduler, entity, inputs, execution)


# --- gates ------------------------------------------------------------------------------------------------------------


def _gate(job: Job) -> Gate:
    """What a node that waits for a person asks for."""
    interface = job.target.interface
    (variable,) = interface.outputs.values()
    name = job.target.name
    if not interface.inputs:
        return Gate(name, "input", variable.annotation, None, job.record)
    engine = interface.engine
    literal = job.inputs[variable.name]
    value = engine.from_bytes_all({variable.name: (variable.converter, literal)})[variable.name]
    return Gate(name, "approve", variable.annotation, value, job.record)


def _answered(job: Job, value: Any) -> bytes:
    """The output of a gate that was answered; raises `Failure` when it was not approved."""
    (variable,) = job.target.interface.outputs.values()
    if not job.target.interface.inputs:
        try:
            return variable.converter.to_bytes(value)
        except ConversionError as error:
            raise error.within(variable.name).of(job.target.name) from None
    if not value:
        raise Failure(RunError(f"`{job.target.name}` was not approved"), "ApprovalRejected", Origin.USER)
    return job.inputs[variable.name]


def _ask_terminal(job: Job) -> bytes:
    """Ask on the terminal, where there is one, until the answer fits."""
    import json

    gate = _gate(job)
    if not sys.stdin.isatty():
        raise RunError(
            f"the gate `{gate.name}` waits for a person, and there is no terminal: "
            "use `run(..., on_gate=...)`, or `run(...)` and `answer`"
        )
    (variable,) = job.target.interface.outputs.values()
    while True:
        try:
            reply = input(_question(gate, variable)).strip()
        except EOFError:
            raise RunError(f"the gate `{gate.name}` was not answered: the input has ended") from None
        try:
            if gate.kind == "approve":
                return _answered(job, {"y": True, "yes": True, "n": False, "no": False}[reply.lower()])
            value = reply if str in variable.converter.classes else load_json(json.loads(reply), variable.converter)
            return _answered(job, value)
        except (KeyError, ValueError, ConversionError) as error:
            told = error if isinstance(error, ConversionError) else "a `y` or `n`" if gate.kind == "approve" else "JSON"
            print(f"please answer again: expected {told}" if isinstance(told, str) else f"please answer again: {told}")  # noqa: T201


def _question(gate: Gate, variable: Variable) -> str:
    if gate.kind == "approve":
        return f"{gate.name}: approve {describe(gate.value)}? [y/n] "
    return f"{gate.name} ({variable}): "
