"""The scheduler: decides what runs when, how often, and what a failure means; whoever runs tasks is an `Executor`.

What passes between nodes is bytes: a literal becomes a value only where a task reads it. All decisions are *steps*,
taken one after the other under one lock; no step runs a task, waits, or calls another step, so that neither deep nor
wide graphs meet a limit. What is decided to start, stop or tell is done after the lock is released.

A node on its way is a `Job`. What has nodes inside of it (a graph, a map, a branch, the calls of an eager task) is a
`Composite` (`_composites.py`), which hears of the end of each.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import Context
from typing import TYPE_CHECKING, Any, Final

from flytetypes._record import Record
from flytetypes.authoring import (
    Attempt,
    Graph,
    LaunchPlan,
    Node,
    Target,
    WorkflowEntity,
)
from flytetypes.errors import RunCancelledError, RunError, UnloadableError, text_of
from flytetypes.executors._attempt import arguments_of, attempt_outputs, outputs_of, trace_attempt
from flytetypes.executors._clock import Timer
from flytetypes.executors._composites import RunningGraph, RunningMap, fixed_inputs, new_execution
from flytetypes.executors._failures import (
    INTERRUPTED,
    NODE_ABORTED,
    SYSTEM_RETRIES,
    TIMED_OUT,
    TIMEOUT_EXPIRED,
    Failure,
    Origin,
    failure_of_system,
    timeout_expired,
)
from flytetypes.executors._jobs import MAX_AWAITED, MAX_WORKING, Composite, Job, Limit, Outputs, Role, Source
from flytetypes.executors._local import ThreadExecutor, notice_thread
from flytetypes.executors._records import AttemptRun, Event, NodeRun, Phase
from flytetypes.executors._threads import shared_threads
from flytetypes.interface import join_literals, split_literals
from flytetypes.types import HeldValues

if TYPE_CHECKING:
    from flytetypes.executors._executor import Executor

_LONGEST_BACKOFF_SECONDS: Final = 5.0


class Backoff(Record):
    """How long to wait before an attempt is made again.

    Attributes:
        seconds: Before the first retry; it doubles for each one that follows, up to 5.
    """

    seconds: float = 0.05

    def before(self, failures: int) -> float:
        """Seconds to wait after so many failures."""
        return min(self.seconds * 2.0 ** min(failures - 1, 16), _LONGEST_BACKOFF_SECONDS)


class Scheduler:
    """One run on its way.

    Args:
        executor: Runs its tasks; None for threads of this process, which besides trace dynamics and await eager tasks.
        max_parallelism: How many tasks run at the same time; None for `MAX_WORKING` that hold a thread or process, and
            `MAX_AWAITED` that are awaited.
        execution: The name of the run.
        project: Of the run.
        domain: Of the run.
        context: The context variables that its tasks see.
        backoff: How long to wait before a retry.
        ask: Called in a thread of its own with a gate that waits for a person; gives what it answers.
        keeps_records: Whether nodes, their inputs and outputs, and events are kept for whoever asks.

    Attributes:
        held: What its tasks in this process hand to one another without writing it; whoever began the run clears it.
        is_shown: Whether somebody has its records, and may ask them for what is held.
    """

    def __init__(
        self,
        executor: Executor | None,
        *,
        max_parallelism: int | None,
        execution: str,
        project: str,
        domain: str,
        context: Context,
        backoff: Backoff,
        ask: Callable[[Job], bytes] | None,
        keeps_records: bool,
    ) -> None:
        self.execution = execution
        self.keeps_records = keeps_records
        self.started = time.time()
        self.ended: float | None = None
        self.phase = Phase.QUEUED
        self.outputs: Outputs | None = None
        self.failure: Failure | None = None
        self.nodes: list[NodeRun] = []
        self.events: list[Event] = []
        self.abandoned: list[NodeRun] = []
        self.has_ended = threading.Event()
        self.news = threading.Condition()
        self.held = HeldValues()
        self.is_shown = False
        # Its own, with an event loop of its own: a run inside of an `async def` blocks the loop that awaits it.
        self._local = ThreadExecutor(self.held)
        self._executor = self._local if executor is None or isinstance(executor, ThreadExecutor) else executor
        self._working = Limit(max_parallelism or MAX_WORKING)
        self._awaited = self._working if max_parallelism else Limit(MAX_AWAITED)
        self._project = project
        self._domain = domain
        self._context = context
        self._backoff = backoff
        self._ask = ask
        self.gates: dict[Job, None] = {}
        self._top: Composite | None = None
        self._lock = threading.RLock()
        self._is_stepping = False
        self._steps: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._ready: deque[Job | Source] = deque()
        self._aside = 0
        self._to_start: list[Job] = []
        self._afterwards: list[Callable[[], None]] = []
        self._when_ended: list[Callable[[], None]] = []
        self._caller: int | None = None
        self._for_caller: Job | None = None

    # --- from outside -------------------------------------------------------------------------------------------------

    def begin(self, top: Composite) -> None:
        """Begin with what the run itself consists of."""
        self._top = top
        self.post(self._begin)

    def run(self, top: Composite) -> None:
        """Begin, and wait until it has ended; a task that is the only one to run meanwhile runs in this thread."""
        self._caller = threading.get_ident()
        job: Job | None = None
        try:
            self.begin(top)
            while self._for_caller is not None:
                job, self._for_caller = self._for_caller, None
                self._run_in_thread(job, lambda work, done: done(work()))
            self.has_ended.wait()
        except BaseException as error:
            self.cancel(error)
            raise
        finally:
            self._caller = None
            self._local.close()
            if job is not None and job.record in self.abandoned:  # by Ctrl-C in this thread: it runs no more
                self.abandoned.remove(job.record)

    def cancel(self, error: BaseException | None = None) -> None:
        """Stop what is running, and start nothing more; what has completed is kept."""
        self.post(self._cancel, error or RunCancelledError(f"the run {self.execution} was cancelled"))

    def when_it_has_ended(self, act: Callable[[], None]) -> None:
        """Have something done when it has ended; at once if it has."""
        with self._lock:
            if not self.has_ended.is_set():
                self._when_ended.append(act)
                return
        act()

    def let_go(self) -> None:
        """Forget what is held, when nobody has the handle any more; where somebody has records, it goes with those."""
        if not self.is_shown:
            self.held.clear()

    def answer(self, job: Job, outcome: bytes | Failure) -> None:
        """Let a node go on that waits for a person."""
        self.post(self._answered, job, outcome)

    def post(self, step: Callable[..., None], *args: Any) -> None:
        """Take a step, and whatever follows from it. From any thread, also from within a step."""
        with self._lock:
            self._steps.append((step, args))
            if self._is_stepping:  # by this thread, further out: it goes on with this
                return
            self._is_stepping = True
            try:
                self._take_steps()
            finally:
                self._is_stepping = False
            to_start, afterwards = self._to_start, self._afterwards
            if to_start:
                self._to_start = []
            if afterwards:
                self._afterwards = []
        for job in to_start:
            try:
                self._start(job, alone=len(to_start) == 1)
            except Exception as error:  # noqa: BLE001 - a warning that is an error here
                self.post(self._ended, job, job.record.number, failure_of_system(error, recoverable=False))
        for act in afterwards:
            act()

    def soon(self, step: Callable[..., None], *args: Any) -> None:
        """Take a step after those that are to be taken already; from within a step."""
        self._steps.append((step, args))

    def afterwards(self, act: Callable[[], None]) -> None:
        """Have something done that may call others, when the lock is released; from within a step."""
        self._afterwards.append(act)

    def aside(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Have something done that may take long, in a thread, and a step taken with its result or its Failure."""
        self._aside += 1

        def guarded() -> Any:
            try:
                return self._context.copy().run(work)
            except Failure as failure:
                return failure
            except KeyboardInterrupt as error:
                return error
            except BaseException as error:  # noqa: BLE001 - told as the failure of whoever asked for it
                return failure_of_system(error, recoverable=False)

        def taken(result: Any) -> None:
            self._aside -= 1
            if isinstance(result, KeyboardInterrupt):
                self._cancel(result)
            else:
                then(result)

        self.afterwards(lambda: shared_threads.submit(guarded, lambda result: self.post(taken, result)))

    # --- steps --------------------------------------------------------------------------------------------------------

    def _take_steps(self) -> None:
        while True:
            while self._steps:
                step, args = self._steps.popleft()
                try:
                    step(*args)
                except Exception as error:  # noqa: BLE001 - a run that goes on after this would never end
                    self._end(failure_of_system(error, recoverable=False), Phase.FAILED)
            if not self._ready:
                return
            self._dispatch()

    def _begin(self) -> None:
        self.phase = Phase.RUNNING
        self._tell(None, Phase.RUNNING)
        assert self._top is not None  # noqa: S101 - `begin` sets it
        self._top.begin()

    def _dispatch(self) -> None:
        """Begin as many tasks as may run, one of each source in turn."""
        while self._ready and not self._steps:
            item = self._ready.popleft()
            limit = self._awaited if item.awaits else self._working
            if limit.is_full:
                limit.waiting.append(item)
            elif isinstance(item, Source):
                job = item.next_job()
                if item.has_next:
                    self._ready.append(item)
                if job is not None:
                    self.enter(job)
                self._call_next(limit)  # the source itself takes no place
            elif item.record.phase is not Phase.QUEUED:  # it was stopped while it waited
                self._call_next(limit)
                self._call_next(item.composite.limit)
            else:
                of_plan = item.composite.limit
                if of_plan is not None:
                    if of_plan.is_full:
                        of_plan.waiting.append(item)
                        self._call_next(limit)
                        continue
                    of_plan.used += 1
                limit.used += 1
                self.begin_attempt(item)
                self._to_start.append(item)

    def _call_next(self, limit: Limit | None) -> None:
        """Have what waits for a limit looked at, if there is room for it."""
        if limit is not None and limit.waiting and not limit.is_full:
            self._ready.appendleft(limit.waiting.popleft())

    def offer(self, source: Source) -> None:
        """Take tasks from a source, in turn with all others that are ready."""
        self._ready.append(source)

    def enter(self, job: Job) -> None:
        """Begin a node whose inputs are there."""
        target: Any = job.target
        if self.keeps_records:
            job.record.inputs = job.inputs
        match job.role:
            case Role.TASK | Role.DYNAMIC:
                self._ready.append(job)
            case Role.MAP:
                self.begin_composite(job, RunningMap(self, job, target))
            case Role.WORKFLOW:
                self._begin_graph(job, target.traced)  # checked with what is around it
            case Role.PLAN if isinstance(target.workflow, WorkflowEntity):
                self._begin_plan(job, target)
            case Role.EAGER:
                self.begin_attempt(job)
                self._to_start.append(job)
            case Role.SLEEP:
                self.begin_attempt(job)
                job.timer = Timer(target.duration.total_seconds(), lambda: self.post(self._ended, job, 0, {}))
            case Role.QUESTION:
                self._begin_question(job)
            case _:
                self._begin_reference(job)

    def _begin_reference(self, job: Job) -> None:
        """Run what says that only its cluster runs it, or a plan of such, unless somebody has mocked it."""
        self.begin_attempt(job)
        target: Any = job.target

        def run() -> Outputs:
            arguments = arguments_of(target, job.inputs, self.held)
            if job.role is Role.PLAN:
                return outputs_of(target, target.workflow.run({**arguments, **target.fixed_inputs}), self.held)
            return outputs_of(target, target.run(arguments), self.held)

        self.aside(run, lambda outcome: self._ended(job, 0, outcome))

    def _begin_graph(self, job: Job, graph: Graph) -> None:
        composite = job.composite
        inside = RunningGraph(self, graph, job.inputs, job, composite.execution, composite.limit)
        self.begin_composite(job, inside)

    def _begin_plan(self, job: Job, plan: LaunchPlan[..., Any]) -> None:
        def prepared() -> tuple[Graph, Outputs]:
            return plan.workflow.traced, {**job.inputs, **fixed_inputs(plan)}  # type: ignore[union-attr]  # no reference

        def begin(result: Any) -> None:
            if isinstance(result, Failure):
                self.fail(job, result)
                return
            if job.record.phase.is_terminal:  # it was stopped meanwhile
                return
            graph, inputs = result
            most = plan.options.max_parallelism
            limit = Limit(most) if most else job.composite.limit
            job.record.execution = new_execution()
            self.begin_composite(job, RunningGraph(self, graph, inputs, job, job.record.execution, limit))

        if plan.fixed_inputs:
            self.aside(prepared, begin)
        else:
            begin(prepared())

    def begin_composite(self, job: Job, inside: Composite) -> None:
        """Begin what is inside of a node, unless that was stopped meanwhile."""
        if job.record.phase.is_terminal:
            return
        if job.record.phase is Phase.QUEUED:
            self.begin_attempt(job)
        job.inside = inside
        inside.begin()

    def _begin_question(self, job: Job) -> None:
        gate: Any = job.target
        self.begin_attempt(job, f"waits for an answer to `{gate.name}`")
        self._stop_after(job, gate.timeout.total_seconds())
        if self._ask is None:
            self.gates[job] = None
            return
        ask = self._ask

        def asked() -> Any:
            self.held.write_out(job.inputs.values())  # a person may look at it in any way
            return ask(job)

        self.aside(asked, lambda outcome: self._answered(job, outcome))

    def _answered(self, job: Job, outcome: bytes | Failure) -> None:
        self.gates.pop(job, None)
        (output,) = job.target.interface.outputs
        self._ended(job, 0, outcome if isinstance(outcome, Failure) else {output: outcome})

    # --- attempts -----------------------------------------------------------------------------------------------------

    def begin_attempt(self, job: Job, message: str = "") -> None:
        """Note that an attempt begins, and limit its time."""
        record = job.record
        record.phase = Phase.RUNNING
        now = record.started_last = time.time()
        if record.started is None:
            record.started = now
        record.interruptible = job.is_interruptible
        if job.timeout is not None and not job.counts:  # a task is given time from when it is really there
            self._limit_time(job)
        self._tell(record, Phase.RUNNING, record.number, message)

    def _limit_time(self, job: Job) -> None:
        """Stop an attempt when its time is up, or that of all attempts together."""
        record = job.record
        if job.timeout is not None and record.started is not None:
            left = record.started + job.waited + 2 * job.timeout - time.time()
            self._stop_after(job, max(min(job.timeout, left), 0.0))

    def _stop_after(self, job: Job, seconds: float) -> None:
        number = job.record.number
        job.timer = Timer(seconds, lambda: self.post(self._expired, job, number))

    def _is_there(self, job: Job, number: int) -> None:
        """A task that has a timeout has begun: whatever it waited for before does not count."""
        record = job.record
        if record.phase is Phase.RUNNING and record.number == number:
            now = time.time()
            job.waited += now - (record.started_last or now)
            self._limit_time(job)

    def _start(self, job: Job, *, alone: bool) -> None:
        """Start the attempt that was begun; without the lock."""
        target: Any = job.target
        if job.role is Role.EAGER:
            self._start_elsewhere(job, self._local.submit_eager)
        elif job.role is Role.DYNAMIC or (
            self._executor is self._local and self._local.takes_thread(target, job.timeout)
        ):
            if alone and self._is_alone and threading.get_ident() == self._caller and not _is_limited(job):
                self._for_caller = job
            else:
                self._run_in_thread(job, shared_threads.submit)
        elif self._executor is self._local and getattr(target, "is_async", False):
            self._start_elsewhere(job, self._local.submit)
        else:
            self._start_afar(job)

    @property
    def _is_alone(self) -> bool:
        return self._working.used == 1 and not self._awaited.used and not self._aside and not self._ready

    def _run_in_thread(self, job: Job, submit: Callable[[Callable[[], Any], Callable[[Any], None]], None]) -> None:
        target: Any = job.target
        number = job.record.number
        run: Callable[..., Any] = trace_attempt if job.role is Role.DYNAMIC else attempt_outputs

        def work() -> Any:
            if job.record.phase is not Phase.RUNNING or job.record.number != number:
                return None  # it was stopped before it began
            if job.timeout is not None:
                self.post(self._is_there, job, number)
            try:
                return self._context.copy().run(run, target, job.inputs, self._attempt(job), self.held)
            except BaseException as error:  # noqa: BLE001 - the run ends with what is no failure of a task
                return error

        submit(work, lambda outcome: self.post(self._ended, job, number, outcome))

    def _start_afar(self, job: Job) -> None:
        """Start it where nothing is that is held here: that is written first."""
        number = job.record.number

        def write() -> Failure | None:
            try:
                self.held.write_out(job.inputs.values())
            except Exception as error:  # noqa: BLE001 - told as the failure of the attempt
                return failure_of_system(error, recoverable=True)
            return None

        def start(failure: Failure | None) -> None:
            if failure is None and job.record.phase is Phase.RUNNING and job.record.number == number:
                self._start_elsewhere(job, self._executor.submit)
            else:
                self.post(self._ended, job, number, failure)

        if self.held.occur_in(job.inputs.values()):
            shared_threads.submit(write, start)
        else:
            start(None)

    def _start_elsewhere(self, job: Job, submit: Callable[..., Future[Any]]) -> None:
        number = job.record.number

        def ended(future: Future[Any]) -> None:
            if future.cancelled():
                outcome: Any = Failure(RunCancelledError("the attempt was stopped"), INTERRUPTED, Origin.SYSTEM)
            else:
                outcome = future.exception() or future.result()
            if isinstance(outcome, Failure) and isinstance(outcome.error, UnloadableError):
                self._start_in_thread(job, outcome.error)
            else:
                self.post(self._ended, job, number, outcome)

        try:
            if job.role is Role.EAGER:
                future = self._context.copy().run(submit, self, job, self._attempt(job))
            else:
                told = () if job.timeout is None else (lambda: self.post(self._is_there, job, number),)
                future = self._context.copy().run(
                    submit, job.target, join_literals(job.inputs), self._attempt(job), *told
                )
        except UnloadableError as error:
            self._start_in_thread(job, error)
            return
        except Exception as error:  # noqa: BLE001 - an executor that refuses the task
            self.post(self._ended, job, number, failure_of_system(error, recoverable=False))
            return
        job.future = future
        future.add_done_callback(ended)
        if job.record.phase is not Phase.RUNNING or job.record.number != number:  # stopped meanwhile
            self._stop(job.record, future)

    def _start_in_thread(self, job: Job, reason: UnloadableError) -> None:
        """Run a task here that cannot go elsewhere: one that is nested, typed into a notebook, or mocked."""
        try:
            notice_thread(job.target, str(reason))  # type: ignore[arg-type]  # only tasks come here
        except Warning as warning:  # where warnings are errors
            self.post(self._ended, job, job.record.number, failure_of_system(warning, recoverable=False))
        else:
            self._run_in_thread(job, shared_threads.submit)

    def _attempt(self, job: Job) -> Attempt:
        record = job.record
        # In the order of the fields: one is made for each attempt.
        return Attempt(
            *(record.execution, record.id, record.number, self.started, record.interruptible, job.timeout),
            *("", "", "", self._project, self._domain),
        )

    def _ended(self, job: Job, number: int, outcome: Any) -> None:
        """An attempt has ended: with outputs, with a graph to run, or with an error."""
        record = job.record
        if record.phase is not Phase.RUNNING or record.number != number:  # it was stopped
            if record in self.abandoned:
                self.abandoned.remove(record)
                self.afterwards(self._tell_news)
            return
        if isinstance(outcome, KeyboardInterrupt):  # Ctrl-C in the task itself
            self._cancel(outcome)
            if record in self.abandoned:  # it has just ended
                self.abandoned.remove(record)
            return
        self._give_back(job)
        if isinstance(outcome, Failure):
            self._failed(job, outcome)
        elif isinstance(outcome, BaseException):
            self._failed(job, failure_of_system(outcome, recoverable=True))
        elif isinstance(outcome, Graph):
            composite = job.composite
            self.begin_composite(job, RunningGraph(self, outcome, {}, job, composite.execution, composite.limit))
        else:
            outputs: Outputs = outcome if isinstance(outcome, dict) else split_literals(outcome)
            missing = job.target.interface.outputs.keys() - outputs.keys()
            if missing:
                error = RunError(f"what ran `{record.name}` gave no `{min(missing)}`")
                self._failed(job, failure_of_system(error, recoverable=False))
            else:
                self.succeed(job, outputs)

    def _give_back(self, job: Job) -> None:
        """Let others run in place of a task that has ended; not of what is no task, or runs a graph by now."""
        job.future = None
        if job.inside is not None or not job.counts:
            return
        for limit in (self._awaited if job.awaits else self._working, job.composite.limit):
            if limit is not None:
                limit.used -= 1
                self._call_next(limit)

    def _expired(self, job: Job, number: int) -> None:
        """The time of an attempt is up."""
        record = job.record
        if record.phase is not Phase.RUNNING or record.number != number:
            return
        job.timer = None
        self._stop_inside(job)
        self._give_back(job)
        target: Any = job.target
        asks = job.role is Role.QUESTION
        what = f"nobody has answered `{record.name}`" if asks else f"`{record.name}` was stopped"
        seconds = target.timeout.total_seconds() if asks else job.timeout
        self._failed(job, timeout_expired(f"{what} after {seconds:g} s, its timeout"))

    def _failed(self, job: Job, failure: Failure) -> None:
        """Try again if that is left, or fail for good."""
        record = job.record
        if job.timer is not None:
            job.timer.cancel()
            job.timer = None
        if failure.code == TIMEOUT_EXPIRED and self._is_overdue(job):
            self.fail(job, Failure(failure.error, TIMED_OUT, Origin.USER, message="Timeout in node"), Phase.TIMED_OUT)
            return
        if not failure.recoverable:
            self.fail(job, failure)
            return
        is_system = failure.origin is Origin.SYSTEM
        if is_system:
            job.system_failures += 1
        else:
            job.user_failures += 1
        left = SYSTEM_RETRIES - job.system_failures if is_system else job.retries - job.user_failures
        if left < 0:
            self.fail(job, failure.exhausted(record.number + 1))
            return
        now = time.time()
        phase = Phase.ABORTED if failure.code == TIMEOUT_EXPIRED else Phase.FAILED
        told = None if phase is Phase.ABORTED else failure.told
        record.earlier = record.earlier or []
        record.earlier.append(
            AttemptRun(record.number, phase, record.started_last or now, now, told, record.interruptible)
        )
        self._tell(record, phase, record.number, f"{_line(failure)}; tried again")
        record.number += 1
        record.phase = Phase.QUEUED
        record.started_last = None
        job.inside = None
        wait = self._backoff.before(job.user_failures + job.system_failures)
        number = record.number
        job.timer = Timer(wait, lambda: self.post(self._again, job, number))

    def _is_overdue(self, job: Job) -> bool:
        """Whether twice its timeout has passed since its first attempt began: then there is no other."""
        timeout, record = job.timeout, job.record
        return (
            timeout is not None
            and record.number > 0
            and record.started is not None
            and time.time() >= record.started + job.waited + 2 * timeout - 0.005
        )

    def _again(self, job: Job, number: int) -> None:
        record = job.record
        if record.phase is Phase.QUEUED and record.number == number:
            job.timer = None
            self.enter(job)

    # --- ends ---------------------------------------------------------------------------------------------------------

    def succeed(self, job: Job, outputs: Outputs) -> None:
        """A node has given its outputs."""
        record = job.record
        if record.phase.is_terminal:
            return
        self._close(job, Phase.SUCCEEDED)
        if self.keeps_records:
            record.outputs = outputs
        self._tell(record, Phase.SUCCEEDED, record.number)
        job.composite.active.pop(job, None)
        job.composite.completed(job, outputs)

    def fail(self, job: Job, failure: Failure, phase: Phase = Phase.FAILED) -> None:
        """A node has failed, and is not tried again."""
        record = job.record
        if record.phase.is_terminal:
            return
        self._close(job, phase)
        record.failure = failure
        self._tell(record, phase, record.number, _line(failure))
        job.composite.active.pop(job, None)
        job.composite.failed(job, failure)

    def _close(self, job: Job, phase: Phase) -> None:
        record = job.record
        record.phase = phase
        record.ended = time.time()
        self.gates.pop(job, None)
        if job.timer is not None:
            job.timer.cancel()
            job.timer = None
        job.inside = None

    def finish(self, composite: Composite, outputs: Outputs) -> None:
        """What has nodes inside of it has given its outputs."""
        if not self.is_wanted(composite):
            return
        if composite.parent is None:
            self.outputs = outputs
            self._end(None, Phase.SUCCEEDED)
        else:
            self.soon(self.succeed, composite.parent, outputs)

    def give_up(self, composite: Composite, failure: Failure) -> None:
        """What has nodes inside of it has failed."""
        if not self.is_wanted(composite):
            return
        if composite.parent is None:
            self._end(failure, Phase.FAILED)
        else:
            self.soon(self.fail, composite.parent, failure)

    def is_wanted(self, composite: Composite) -> bool:
        """Whether what is inside of a node, or of the run, goes on: it was not stopped, and is not tried anew."""
        parent = composite.parent
        return parent.inside is composite if parent is not None else not self.phase.is_terminal

    def abort(self, composite: Composite) -> None:
        """Stop everything that is inside."""
        found, pending = list[Composite](), [composite]
        while pending:
            inside = pending.pop()
            found.append(inside)
            pending += [job.inside for job in inside.active if job.inside is not None]
        for inside in reversed(found):  # from the innermost on
            for job in inside.active:
                self._abort_one(job, f"`{job.record.name}` was stopped, since another node failed")
            inside.active.clear()

    def abandon(self, job: Job) -> None:
        """Stop a call that nobody waits for any more; who it belongs to does not hear of it."""
        job.composite.active.pop(job, None)
        if job.inside is not None:
            self.abort(job.inside)
        self._abort_one(job, f"`{job.record.name}` was cancelled")

    def _abort_one(self, job: Job, why: str) -> None:
        record = job.record
        if record.phase.is_terminal:
            return
        if record.phase is Phase.RUNNING:
            self._stop_attempt(job)
            self._give_back(job)
        self._close(job, Phase.ABORTED)
        record.failure = Failure(RunCancelledError(why), NODE_ABORTED, Origin.UNKNOWN)
        self._tell(record, Phase.ABORTED, record.number)

    def _stop_inside(self, job: Job) -> None:
        if job.inside is not None:
            self.abort(job.inside)
        self._stop_attempt(job)

    def _stop_attempt(self, job: Job) -> None:
        """Stop the attempt that is running, or note that it cannot be stopped."""
        record, future = job.record, job.future
        if future is not None:
            self.afterwards(lambda: self._stop(record, future))
        elif job.counts and job.inside is None:
            self.abandoned.append(record)  # a thread

    def _stop(self, record: NodeRun, future: Future[Any]) -> None:
        owner = self._local if self._local.owns(future) else self._executor
        try:
            is_stopped = owner.stop(future)
        except Exception:  # noqa: BLE001 - an executor of somebody else's
            is_stopped = False
        if not is_stopped:
            self.abandoned.append(record)

    def _cancel(self, error: BaseException) -> None:
        if not self.phase.is_terminal:
            self._end(Failure(error, NODE_ABORTED, Origin.UNKNOWN, message=str(error)), Phase.ABORTED)

    def _end(self, failure: Failure | None, phase: Phase) -> None:
        if self.phase.is_terminal:
            return
        self.failure = failure
        self.phase = phase
        self.ended = time.time()
        self._ready.clear()
        if failure is not None and self._top is not None:
            self.abort(self._top)
        self._tell(None, phase, None, "" if failure is None else _line(failure))
        self.afterwards(self._announce)

    def _announce(self) -> None:
        self._top = None  # nothing goes round in a circle: what is held goes with the last who may ask for it
        self._local.close()
        self.has_ended.set()
        with self.news:
            self.news.notify_all()
        with self._lock:
            waiting, self._when_ended = self._when_ended, []
        for act in waiting:
            act()

    # --- records ------------------------------------------------------------------------------------------------------

    def record(
        self, composite: Composite, node_id: str, target: Target, node: Node | None = None, kind: str | None = None
    ) -> NodeRun:
        """The record of a new node, kept for whoever asks; from within a step."""
        return self.keep(self.new_record(composite, node_id, target, node, kind))

    def new_record(
        self, composite: Composite, node_id: str, target: Target, node: Node | None = None, kind: str | None = None
    ) -> NodeRun:
        """The record of a node that may yet come to nothing."""
        parent = None if composite.parent is None else composite.parent.record
        name: str = target.name
        if node is not None and node.overrides is not None and node.overrides.name is not None:
            name = node.overrides.name
        return NodeRun(
            node_id if parent is None else f"{parent.id}-{parent.number}-{node_id}",
            name,
            kind or str(getattr(target, "kind", "gate")),
            None if node is None else node.place,
            parent,
            composite.execution,
        )

    def keep(self, record: NodeRun) -> NodeRun:
        """Keep a new record; from within a step."""
        if self.keeps_records:
            record.held = self.held
            self.nodes.append(record)
        return record

    def _tell(self, node: NodeRun | None, phase: Phase, attempt: int | None = None, message: str = "") -> None:
        if self.keeps_records:
            self.events.append(Event(time.time(), node, phase, attempt, message))
            self.afterwards(self._tell_news)

    def _tell_news(self) -> None:
        with self.news:
            self.news.notify_all()


def _is_limited(job: Job) -> bool:
    """Whether a task, or what it is inside of, may be stopped for its time: the caller does not wait for that."""
    around: Job | None = job
    while around is not None:
        if around.timeout is not None:
            return True
        around = around.composite.parent
    return False


def _line(failure: Failure) -> str:
    """A failure in one line."""
    text = text_of(failure.error).strip().partition("\n")[0]
    name = type(failure.error).__name__
    return f"{name}: {text}" if text else name
