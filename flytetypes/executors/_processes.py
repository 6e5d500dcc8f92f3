"""A pool of processes on this machine: tasks run at the same time on all cores, and can be killed.

The workers run a program of ours (`_worker`), which finds tasks by their names. Nothing is pickled: inputs and outputs
are serialised LiteralMaps, and exceptions are described and made again.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from flytetypes.authoring import Attempt, Task
from flytetypes.errors import OptionError, RunError, UnloadableError, describe
from flytetypes.executors._carried import rebuilt
from flytetypes.executors._executor import nothing
from flytetypes.executors._failures import Failure, Origin, failure_of_system, interrupted
from flytetypes.executors._loadable import Address, address_of, loadable, note_unloadable
from flytetypes.executors._loading import refuse_while_loading
from flytetypes.executors._wire import FILE_ABOVE_BYTES, Channel

__all__ = ["ProcessExecutor", "loadable"]

_SECONDS_TO_LEAVE: Final = 2.0
_CORES: Final = os.cpu_count() or 1
_PATIENCE_SECONDS: Final = 0.2
"""How long a call is to wait before there are more processes than cores: most are through by then."""

_KEPT: Final = ("inputs", "outputs", "scratch")
"""What a slot keeps in files, while an attempt runs."""

# Not `-m`: the path of this process comes first, so that the worker finds what this process has found.
_PROGRAM: Final = (
    "import sys; sys.path[:] = sys.argv[2:]; from flytetypes.executors._worker import main; main(int(sys.argv[1]))"
)


class ProcessExecutor:
    """Runs each attempt in a process that it has for itself meanwhile; processes are used again.

    Args:
        workers: How many processes there are at most, which start when they are first needed; by default one for each
            core.

    Raises:
        OptionError: For a number of workers that is none.

    A process that is killed, or that ends itself, is an attempt that was `Interrupted`; the others go on, and another
    process takes its place. All of them end with `close()`, and with this process, however that ends.
    """

    def __init__(self, workers: int | None = None) -> None:
        if workers is not None and (not isinstance(workers, int) or workers < 1):
            raise OptionError(f"`workers` is a number from 1 on; got {describe(workers)}")
        self._pool = _Pool(workers or _CORES)
        # When nobody has it any more, not even a future, and when Python ends.
        self._finalize = weakref.finalize(self, self._pool.close)

    def submit(
        self, task: Task[..., Any], inputs: bytes, attempt: Attempt, begun: Callable[[], object] = nothing
    ) -> Future[bytes]:
        """Queue one attempt; see `Executor.submit`. It has begun when a process has loaded its task.

        Raises:
            UnloadableError: For a task that another process cannot find; the message is what `loadable` says.
            RunError: After `close()`, and in a worker that is only loading the module.
        """
        refuse_while_loading()
        call = _Call(task, address_of(task), inputs, attempt, begun, _AttemptFuture(self))
        self._pool.submit(call)
        return call.future

    def stop(self, future: Future[bytes]) -> bool:
        """Take an attempt out of the queue, or kill its process; False when it has ended before.

        Its future is cancelled. Cancelling the future alone has the same effect on an attempt in the queue, and none on
        one that is running but that its result is lost.
        """
        return self._pool.stop(future)

    def close(self) -> None:
        """End all processes; those that are running something are killed, and what is queued is cancelled."""
        self._finalize()


class _AttemptFuture(Future[bytes]):
    """The future of an attempt in a process. It stays pending until it has a result, and can be cancelled till then."""

    def __init__(self, executor: ProcessExecutor) -> None:
        super().__init__()
        self._executor = executor  # lives as long as somebody waits for this


class _Call:
    """One attempt on its way."""

    __slots__ = ("address", "attempt", "begun", "future", "inputs", "task")

    def __init__(
        self,
        task: Task[..., Any],
        address: Address,
        inputs: bytes,
        attempt: Attempt,
        begun: Callable[[], object],
        future: _AttemptFuture,
    ) -> None:
        self.task = task
        self.address = address
        self.inputs = inputs
        self.attempt = attempt
        self.begun = begun
        self.future = future


class _Pool:
    """The queue and the slots. It knows nothing of its executor, so that one that is forgotten is closed."""

    def __init__(self, size: int) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.queue: deque[_Call] = deque()
        self.idle = 0
        self.is_closed = False
        self._size = size
        self._slots: list[_Slot] = []
        self._made = 0
        self._process = os.getpid()
        # For what is large, and for working directories; made when something runs, anew if somebody has cleaned up.
        self.directory = Path(tempfile.gettempdir(), f"flytetypes-calls-{os.urandom(8).hex()}")

    def submit(self, call: _Call) -> None:
        with self.changed:
            if self.is_closed or os.getpid() != self._process:
                raise RunError("the executor is closed, or belongs to the process that this one is a fork of")
            self.queue.append(call)
            if len(self.queue) > self.idle and len(self._slots) < self._size:
                is_extra = len(self._slots) >= _CORES
                self._slots.append(_Slot(self, self._made, is_extra=is_extra))
                self._made += 1
            else:
                self.changed.notify()

    def is_needed(self, slot: _Slot) -> bool:
        """Whether there still is something to do; a slot that is not needed is forgotten."""
        with self.changed:
            if self.queue or self.is_closed:
                return True
            self._slots.remove(slot)
            return False

    def stop(self, future: Future[bytes]) -> bool:
        if not future.cancel():
            return False
        with self.changed:
            for slot in self._slots:
                if slot.call is not None and slot.call.future is future and slot.worker is not None:
                    slot.worker.kill()
        return True

    def close(self) -> None:
        if os.getpid() != self._process:
            return
        with self.changed:
            self.is_closed = True
            calls = [*self.queue, *[slot.call for slot in self._slots if slot.call is not None]]
            self.queue.clear()
        for call in calls:
            call.future.cancel()
        with self.changed:
            for slot in self._slots:
                if slot.worker is not None and (slot.call is not None or not slot.worker.is_ready):
                    slot.worker.kill()
            self.changed.notify_all()
        for slot in self._slots:
            slot.join()
        shutil.rmtree(self.directory, ignore_errors=True)


class _Slot:
    """A place for one attempt at a time. Its thread has a worker, and speaks with it.

    Attributes:
        call: What the worker is running.
        worker: The process; None before there was something to do, and after it has died.
    """

    def __init__(self, pool: _Pool, number: int, *, is_extra: bool) -> None:
        self.call: _Call | None = None
        self.worker: _Worker | None = None
        self._pool = pool
        self._number = number
        self._is_extra = is_extra
        self._thread = threading.Thread(target=self._serve, name=f"flytetypes-worker-{number}", daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait until its worker has gone; not for what somebody has hung onto a future."""
        if self._thread is not threading.current_thread():
            self._thread.join(3 * _SECONDS_TO_LEAVE)

    def _serve(self) -> None:
        if self._is_extra:
            time.sleep(_PATIENCE_SECONDS)
            if not self._pool.is_needed(self):
                return
        while self._waits():
            # A call is taken when there is a worker for it: until then it can go to another one.
            problem = None if self.worker is not None else self._start()
            with self._pool.changed:
                if not self._pool.queue or self._pool.is_closed:
                    continue
                call = self._pool.queue.popleft()
                if call.future.cancelled():
                    continue
                self.call = call
            complete = _failing(problem) if problem is not None else self._run(call)
            with self._pool.changed:
                self.call = None
            if self.worker is not None and self.worker.was_killed:
                self._end()
            with suppress(InvalidStateError):  # cancelled meanwhile
                complete(call.future)
            del call, complete  # nothing is kept alive while this thread waits
        self._end()

    def _waits(self) -> bool:
        """Wait for something to do; whether there is."""
        pool = self._pool
        with pool.changed:
            while not pool.queue and not pool.is_closed:
                pool.idle += 1
                pool.changed.wait()
                pool.idle -= 1
            return not pool.is_closed

    def _start(self) -> Failure | None:
        """Have a worker; what went wrong."""
        try:
            worker = _Worker()
        except Exception as error:  # noqa: BLE001 - no memory, too many processes; this thread has to live
            return failure_of_system(error, recoverable=True)
        with self._pool.changed:
            self.worker = worker
            if self._pool.is_closed:
                worker.kill()
        try:
            worker.wait_until_ready()
        except EOFError:
            unstarted = RunError(f"a process for tasks could not be started: it {self._end()}")
            return failure_of_system(unstarted, recoverable=True)
        return None

    def _end(self) -> str:
        """Let go of the worker; how it ended."""
        with self._pool.changed:
            worker, self.worker = self.worker, None
        return worker.end() if worker is not None else ""

    def _run(self, call: _Call) -> Callable[[Future[bytes]], None]:
        """Have the worker run it; what completes its future."""
        worker = self.worker
        if worker is not None and not worker.is_up_to_date(call.address):
            self._end()
            worker = None
        if worker is None:
            problem = self._start()
            if problem is not None or self.worker is None:
                return _failing(problem or interrupted("the executor was closed"))
            worker = self.worker
        inputs, outputs, scratch = [self._pool.directory / f"{self._number}-{what}" for what in _KEPT]
        try:
            self._pool.directory.mkdir(mode=0o700, exist_ok=True)
            request = _request(call, inputs, outputs, scratch)
            return self._answer(call, worker.ask(request, call.address.changes, call.begun), outputs)
        except EOFError:
            how = self._end()
            shutil.rmtree(scratch, ignore_errors=True)  # the worker could not
            return _failing(interrupted(f"the process of the task {how}"))
        except Exception as error:  # noqa: BLE001 - a disk that is full; as above
            return _failing(failure_of_system(error, recoverable=True))
        finally:
            for file in (inputs, outputs):
                with suppress(OSError):  # most are not there
                    file.unlink()

    def _answer(self, call: _Call, reply: Mapping[str, Any], file: Path) -> Callable[[Future[bytes]], None]:
        told = reply.get("failure")
        if told is None:
            outputs: bytes = reply["outputs"] if "outputs" in reply else file.read_bytes()
            return lambda future: future.set_result(outputs)
        failure = Failure(
            rebuilt(told["error"]),
            told["code"],
            Origin(told["origin"]),
            recoverable=told["is_recoverable"],
            message=told["message"],
        )
        if isinstance(failure.error, UnloadableError):
            note_unloadable(call.task, str(failure.error))
        return _failing(failure)


def _failing(failure: Failure) -> Callable[[Future[bytes]], None]:
    return lambda future: future.set_exception(failure)


def _request(call: _Call, inputs_file: Path, outputs_file: Path, scratch: Path) -> dict[str, Any]:
    request: dict[str, Any] = {
        "task": call.task.name,
        "resolver": call.address.resolver,
        "arguments": call.address.arguments,
        "modules": [(each.name, each.aliases, each.file, each.is_main) for each in call.address.modules],
        "prefix": call.task.interface.engine.prefix,
        "tells": call.begun is not nothing,
        "attempt": {name: getattr(call.attempt, name) for name in Attempt.__match_args__} | {"scratch": str(scratch)},
        "inputs": call.inputs,
        "inputs_file": str(inputs_file),
        "outputs_file": str(outputs_file),
    }
    if len(call.inputs) > FILE_ABOVE_BYTES:
        inputs_file.write_bytes(call.inputs)
        request["inputs"] = None
    return request


class _Worker:
    """A process that runs one attempt after the other, and the connection to it.

    Attributes:
        is_ready: Whether it has started.
        was_killed: By `kill`.
    """

    def __init__(self) -> None:
        self.is_ready = False
        self.was_killed = False
        self._told: dict[str, Any] = {}
        self._loaded: dict[str, int] = {}
        ours, theirs = socket.socketpair()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - Python, and a program of ours
                [*_interpreter(), "-c", _PROGRAM, str(theirs.fileno()), *_search_path()],
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # Ctrl-C is for this process; and what the task has started dies with it
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._channel = Channel(ours)
        self._lock = threading.Lock()
        self._has_ended = threading.Event()
        threading.Thread(target=self._watch, name="flytetypes-watch", daemon=True).start()

    def _watch(self) -> None:
        """Wait for its end, and hang up: a child of the task may still hold the other end."""
        self._process.wait()
        with self._lock:
            self._has_ended.set()
        self._kill_group()
        self._channel.hang_up()

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def wait_until_ready(self) -> None:
        """Raises `EOFError` when it has not started."""
        self._channel.receive()
        self.is_ready = True

    def is_up_to_date(self, address: Address) -> bool:
        """Whether the files of a task are as they were when it has loaded them."""
        return all(self._loaded.get(file, changed) == changed for file, changed in address.changes.items())

    def ask(self, request: dict[str, Any], changes: Mapping[str, int], begun: Callable[[], object]) -> dict[str, Any]:
        """Have it run an attempt.

        Args:
            request: What `_worker` reads.
            changes: When the files that it may load for that were last changed.
            begun: Called when it has loaded the task, if the request says that it is to tell.

        Raises:
            EOFError: When it dies meanwhile.
        """
        self._loaded.update(changes)
        surroundings = _surroundings()
        if surroundings != self._told:
            request["surroundings"] = surroundings
        self._channel.send(request)
        self._told = surroundings
        answer: dict[str, Any] = self._channel.receive()
        if "begun" in answer:
            begun()
            answer = self._channel.receive()
        return answer

    def kill(self) -> None:
        """Kill it, and all that it has started."""
        with self._lock:
            self.was_killed = True
            if not self._has_ended.is_set():
                self._kill_group()

    def end(self) -> str:
        """Have it end; how it did: `was killed by SIGKILL`, `ended with exit code 3`."""
        self._channel.hang_up()
        if not self._has_ended.wait(_SECONDS_TO_LEAVE):
            self.kill()
            self._has_ended.wait(_SECONDS_TO_LEAVE)
        self._channel.close()
        code = self._process.returncode
        if code is None or code >= 0:
            return f"ended with exit code {code}"
        try:
            return f"was killed by {signal.Signals(-code).name}"
        except ValueError:  # real-time signals have no names
            return f"was killed by signal {-code}"


def _interpreter() -> list[str]:
    """This interpreter with the options that it was started with: `-O`, `-W`, `-X`."""
    flags: list[str] = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]  # noqa: SLF001 - as multiprocessing does
    return [sys.executable, *flags]


def _search_path() -> list[str]:
    return [entry for entry in sys.path if isinstance(entry, str)]


def _surroundings() -> dict[str, Any]:
    """What of this process a task can see."""
    try:
        directory = os.getcwd()  # noqa: PTH109 - asked for each attempt
    except FileNotFoundError:
        directory = None
    return {"path": _search_path(), "argv": [*sys.argv], "directory": directory, "environment": dict(os.environ)}
