"""Eager tasks while they run: their calls begin at once, overlap, and are awaited as values."""

from __future__ import annotations

import asyncio
import dataclasses
import sys
import threading
import warnings
from collections import deque
from collections.abc import Coroutine, Generator, Iterable, Mapping
from contextlib import suppress
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any, NoReturn
from weakref import WeakSet

from flytetypes.authoring import Attempt, EagerException, EagerTask, Entity, place_outside
from flytetypes.errors import CallError, ConversionError, RunCancelledError, StorageError, add_note, text_of
from flytetypes.executors._attempt import (
    arguments_of,
    enter,
    failure_in_task,
    note_arguments,
    outputs_of,
    without_cancellation,
)
from flytetypes.executors._attempt_async import is_of_outside
from flytetypes.executors._carried import members_of
from flytetypes.executors._failures import NODE_ABORTED, Failure, Origin, failure_of_system
from flytetypes.executors._jobs import Job, Limit, Outputs
from flytetypes.executors._records import Phase
from flytetypes.storage import in_own_thread

if TYPE_CHECKING:
    from flytetypes.executors._scheduler import Scheduler

_calls: ContextVar[RunningCalls | None] = ContextVar("flytetypes_calls", default=None)


class RunningCalls:
    """The calls of an eager task, while it runs; see `Composite`.

    Args:
        scheduler: Runs them.
        parent: The node of the eager task; None where that is the run itself.
        name: Of the eager task.
        execution: The name of the run.
        loop: Where it is awaited.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        parent: Job | None,
        name: str,
        execution: str,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.parent = parent
        self.active: dict[Job, None] = {}
        self.execution = execution
        self.limit: Limit | None = None if parent is None else parent.composite.limit
        self.interruptible = False
        self.name = name
        self.loop = loop
        self.held = scheduler.held
        self._unread: WeakSet[EagerCall] = WeakSet()
        self._thread = threading.get_ident()
        self._scheduler = scheduler
        self._count = 0
        self._open: dict[Job, EagerCall] = {}
        self._news: deque[tuple[EagerCall, Outputs | Failure]] = deque()
        self._is_told = False
        self._has_ended = False

    def call(self, entity: Entity[..., Any], inputs: Outputs) -> EagerCall:
        """Start a call; in the thread of the loop."""
        if threading.get_ident() != self._thread:
            raise RuntimeError(
                f"`{entity.interface.name}` is called in a thread of its own inside of the eager task `{self.name}`: "
                "call it where that task is awaited"
            )
        if self._has_ended:
            raise RuntimeError(f"`{entity.interface.name}` is called after the eager task `{self.name}` has ended")
        number = self._count
        self._count += 1
        scheduler = self._scheduler
        job = Job(scheduler.new_record(self, f"n{number}", entity), entity, self)
        job.record.place = place_outside(sys._getframe(1))  # noqa: SLF001 - a stack of frames only for this
        job.inputs = inputs
        call = self._open[job] = EagerCall(self, job, entity)
        scheduler.post(self._begin_call, job)
        return call

    def _begin_call(self, job: Job) -> None:
        scheduler = self._scheduler
        if scheduler.is_wanted(self):
            scheduler.keep(job.record)
            self.active[job] = None
            scheduler.enter(job)
        else:
            job.record.phase = Phase.ABORTED
            why = f"`{job.record.name}` is called in the eager task `{self.name}`, which was stopped"
            self._tell(job, Failure(RunCancelledError(why), NODE_ABORTED, Origin.UNKNOWN))

    def cancel(self, job: Job) -> None:
        """Stop a call that nobody waits for any more."""
        self._open.pop(job, None)
        self._scheduler.post(self._scheduler.abandon, job)

    def close(self) -> None:
        """The task has ended: what is still open is stopped, with a warning."""
        self._has_ended = True
        left, self._open = self._open, {}
        for job, call in left.items():
            if not call.done():
                call.forget()
                self._scheduler.post(self._scheduler.abandon, job)
                if not call.is_awaited and job.record.place is not None:
                    text = f"`{call.name}` was called in the eager task `{self.name}` and not awaited: it was cancelled"
                    warnings.warn_explicit(text, RuntimeWarning, *job.record.place)

    def begin(self) -> None:
        """Nothing is inside before the task calls something."""

    def completed(self, job: Job, outputs: Outputs) -> None:
        """A call has given its outputs."""
        self._tell(job, outputs)

    def failed(self, job: Job, failure: Failure) -> None:
        """A call has failed: its exception is raised where it is awaited."""
        add_note(
            failure.error,
            f"in call {job.record.id} of eager task `{self.name}`, made at {job.record.place}{job.told_attempt}",
        )
        self._tell(job, failure)

    def _tell(self, job: Job, outcome: Outputs | Failure) -> None:
        call = self._open.get(job)
        if call is not None:
            self._news.append((call, outcome))
            if not self._is_told:
                self._is_told = True
                self._scheduler.afterwards(self._tell_loop)

    def _tell_loop(self) -> None:
        try:
            self.loop.call_soon_threadsafe(self._settle)
        except RuntimeError:  # the loop has been closed: nobody waits
            self._news.clear()

    def _settle(self) -> None:
        """In the loop: those that have ended are done."""
        self._is_told = False
        while self._news:
            call, outcome = self._news.popleft()
            self._open.pop(call.job, None)
            if self.held:
                self._unread.add(call)
            call.settle(outcome)

    async def let_go(self) -> None:
        """The run has ended: nothing is held any more. What has been given and not been read is written before."""
        literals = [literal for call in self._unread for literal in call.unread]
        if literals:
            with suppress(StorageError):  # reading says so
                await in_own_thread(lambda: self.held.write_out(literals))
        self.held.clear()


class EagerCall(Coroutine[Any, Any, Any]):
    """A call that has begun; awaiting it gives its result.

    It may be awaited more than once, and given to `asyncio.gather`, `create_task`, `wait_for` and task groups.

    Attributes:
        job: What runs.
        name: Of what is called.
        is_awaited: Whether somebody has waited for it.
    """

    def __init__(self, calls: RunningCalls, job: Job, entity: Entity[..., Any]) -> None:
        self.job = job
        self.name = entity.interface.name
        self.is_awaited = False
        self._calls = calls
        self._entity = entity
        self._outcome: asyncio.Future[Outputs | Failure] = calls.loop.create_future()
        self._value: Any = None
        self._is_decoded = False
        self._driver: Coroutine[Any, Any, Any] | None = None

    # --- what the loop sees -------------------------------------------------------------------------------------------

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._wait().__await__()

    def send(self, value: Any) -> Any:
        """Go on, as a coroutine does."""
        if self._driver is None:
            self._driver = self._wait()
        return self._driver.send(value)

    def throw(self, *error: Any) -> Any:
        """Raise something where it waits, as a coroutine does."""
        if self._driver is None:
            self._driver = self._wait()
        return self._driver.throw(*error)

    def close(self) -> None:
        """Wait no longer, as a coroutine does; what has begun is stopped."""
        if self._driver is not None:
            self._driver.close()
        self._stop()

    def done(self) -> bool:
        """Whether it has ended."""
        return self._outcome.done()

    @property
    def unread(self) -> list[bytes]:
        """What it has given, as serialised literals, while nobody has read that."""
        outcome = None if self._is_decoded or self._outcome.cancelled() else self._outcome.result()
        return list(outcome.values()) if isinstance(outcome, dict) else []

    def settle(self, outcome: Outputs | Failure) -> None:
        """It has ended; in the loop."""
        if not self._outcome.done():
            self._outcome.set_result(outcome)

    def forget(self) -> None:
        """Nobody will ask any more."""
        self._outcome.cancel()

    async def _wait(self) -> Any:
        self.is_awaited = True
        try:
            outcome = await self._outcome
        except asyncio.CancelledError:
            self._calls.cancel(self.job)
            raise
        if isinstance(outcome, Failure):
            raise eager_exception(outcome.error)
        if not self._is_decoded:
            interface = self._entity.interface
            if all(variable.converter.offloads is None for variable in interface.outputs.values()):
                value = interface.result_from(outcome)
            else:
                held = self._calls.held
                value = await in_own_thread(lambda: interface.result_from(outcome, held=held))
            self._value, self._is_decoded = value, True
        return self._value

    def _stop(self) -> None:
        if not self._outcome.done():
            self._outcome.cancel()
            self._calls.cancel(self.job)

    # --- what it is no value for --------------------------------------------------------------------------------------

    def _refuse(self, *_: Any) -> NoReturn:
        raise CallError(
            f"the call of `{self.name}` has not been awaited, so its result is not there: "
            f"write `await {self.name}(...)`"
        )

    __bool__ = __len__ = __iter__ = __getitem__ = __contains__ = _refuse
    __int__ = __float__ = __index__ = __complex__ = __str__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refuse
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __matmul__ = _refuse
    __divmod__ = __rdivmod__ = __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = __round__ = __rmatmul__ = _refuse
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __neg__ = __pos__ = __abs__ = __invert__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = _refuse

    def __format__(self, spec: str) -> str:
        self._refuse()

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("_", "cr_", "gi_")):
            raise AttributeError(name)
        self._refuse()

    def __repr__(self) -> str:
        return f"<call of {self.name}, {'done' if self.done() else 'not done'}>"


# --- starting ---------------------------------------------------------------------------------------------------------


def start_call(entity: Entity[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> EagerCall:
    """Start a call inside of an eager task.

    Raises:
        CallError: For arguments that the signature does not allow, and awaitables that were not awaited.
        ConversionError: For a value that does not fit.
        WorkflowError: When a workflow does not fit together.
    """
    calls = _calls.get()
    if calls is None:
        raise RuntimeError(f"`{entity.interface.name}` is called as inside of an eager task, and none is running")
    interface = entity.interface
    arguments = entity.call_arguments(args, kwargs)
    for name, value in arguments.items():
        if isinstance(value, EagerCall):
            raise CallError(
                f"`{interface.name}` got a call of `{value.name}` as its `{name}`: "
                f"await it first, `{name}=await {value.name}(...)`"
            )
    try:
        inputs = interface.input_literals(arguments, keeps_local=True, held=calls.held)
    except ConversionError as error:
        unread = _call_in(arguments.get(error.steps[-1]))
        if unread is not None:
            raise CallError(
                f"`{interface.name}` got a call of `{unread.name}` inside of its `{error.steps[-1]}`: "
                f"await it first, `await {unread.name}(...)`"
            ) from None
        raise error.of(interface.name) from None
    entity.prepare()
    return calls.call(entity, inputs)


async def run_eager_attempt(scheduler: Scheduler, job: Job, attempt: Attempt) -> Outputs:
    """Run an eager task as a node, in the running loop; raises `Failure`."""
    task: Any = job.target
    arguments = arguments_of(task, job.inputs, scheduler.held)
    calls = RunningCalls(scheduler, job, task.interface.name, job.record.execution, asyncio.get_running_loop())
    scheduler.post(scheduler.begin_composite, job, calls)
    context = enter(task, attempt)
    try:
        try:
            result = await _awaited(task, arguments, calls)
        except EagerException as error:  # of one of its calls: as the engine has it
            note_arguments(error, arguments)
            raise failure_of_system(error, recoverable=False) from None
        except BaseException as error:
            if is_of_outside(error):
                raise
            raise failure_in_task(error, arguments) from None
        try:
            return outputs_of(task, result, scheduler.held)
        except Failure as failure:
            unread = _call_in(result)
            if unread is None or not isinstance(failure.error, ConversionError):
                raise
            raise failure_in_task(_not_awaited(task, unread), arguments) from None
    finally:
        context.close()


async def run_eager(
    task: EagerTask[..., Any], arguments: Mapping[str, Any], scheduler: Scheduler, attempt: Attempt
) -> Any:
    """Run an eager task as a run of its own, in the running loop; the result of a call."""
    loop = asyncio.get_running_loop()
    calls = RunningCalls(scheduler, None, task.interface.name, scheduler.execution, loop)
    scheduler.begin(calls)

    async def body() -> Any:
        context = enter(task, attempt)
        try:
            result = await _awaited(task, arguments, calls)
            try:
                return task.checked(result)
            except ConversionError:
                unread = _call_in(result)
                if unread is None:
                    raise
                raise _not_awaited(task, unread) from None
        finally:
            context.close()

    try:
        result = await loop.create_task(body(), context=copy_context())
        scheduler.post(scheduler.finish, calls, {})
    except BaseException as error:
        scheduler.cancel(error)
        instead = error if is_of_outside(error) else without_cancellation(error)
        if instead is error:
            raise
        raise instead from error
    finally:
        await calls.let_go()
    return result


async def _awaited(task: EagerTask[..., Any], arguments: Mapping[str, Any], calls: RunningCalls) -> Any:
    _calls.set(calls)
    try:
        return await task.run(arguments)
    except Exception as error:
        add_note(error, f"in eager task `{task.name}`")
        raise
    finally:
        calls.close()


def _call_in(result: Any) -> EagerCall | None:
    """A call in what an eager task gave, or gives to a call; None where there is none."""
    if isinstance(result, EagerCall):
        return result
    items: Iterable[Any] = ()
    if isinstance(result, (list, tuple)):
        items = result
    elif isinstance(result, dict):
        items = result.values()
    elif dataclasses.is_dataclass(result):
        items = (getattr(result, field.name, None) for field in dataclasses.fields(result))
    return next((found for found in map(_call_in, items) if found is not None), None)


def _not_awaited(task: EagerTask[..., Any], call: EagerCall) -> CallError:
    return CallError(
        f"the eager task `{task.interface.name}` returned a call of `{call.name}`: "
        f"return its result, `await {call.name}(...)`"
    )


# --- exceptions -------------------------------------------------------------------------------------------------------

_classes: dict[type[BaseException], type[BaseException]] = {}


def eager_exception(error: BaseException) -> BaseException:
    """What a call failed with, as it is raised in an eager task: an EagerException, and of its own class too.

    It is made without calling the class's `__init__`. Where no common class can be made, it is an EagerException whose
    cause is the original.
    """
    if isinstance(error, EagerException) or not isinstance(error, Exception):
        return error
    try:
        both = _both(type(error))
        try:
            made = both.__new__(both, *error.args)
        except TypeError:  # a `__new__` with other parameters than it keeps
            made = Exception.__new__(both)
        made.args = error.args
        made.__dict__.update(error.__dict__)
        for name in members_of(type(error)):  # what is in slots: `filename` of an OSError
            value = getattr(error, name, None)
            if value is not None:  # that of a second file would be shown if it were set
                with suppress(AttributeError, TypeError):
                    setattr(made, name, value)
    except Exception:  # noqa: BLE001 - a class that cannot be derived from, or not be made of its own arguments
        made = EagerException(f"{type(error).__name__}: {text_of(error)}")
    made.__cause__ = error
    return made


def _both(cls: type[Exception]) -> type[BaseException]:
    known = _classes.get(cls)
    if known is None:
        if issubclass(cls, StopIteration | StopAsyncIteration):
            raise TypeError("it cannot leave a coroutine")
        known = type(
            cls.__name__, (EagerException, cls), {"__module__": cls.__module__, "__qualname__": cls.__qualname__}
        )
        _classes[cls] = known
    return known
