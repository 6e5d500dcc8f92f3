"""The program of a worker process: attempts come in through a socket, one after the other, and outputs go back.

What tasks print goes to the standard output and error of whoever started the worker. It ends when the socket closes:
by itself between attempts, and with all of its own children in the middle of one.
"""

from __future__ import annotations

import faulthandler
import importlib
import importlib.util
import io
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from flytetypes.authoring import Attempt, Task
from flytetypes.errors import OptionError, UnloadableError, describe, told
from flytetypes.executors._attempt import run_attempt
from flytetypes.executors._carried import carried
from flytetypes.executors._failures import (
    USER_ERROR,
    Failure,
    Origin,
    failure_of_system,
    failure_of_user,
    interrupted,
)
from flytetypes.executors._loadable import MAIN
from flytetypes.executors._loading import loading
from flytetypes.executors._wire import FILE_ABOVE_BYTES, Channel

_SECONDS_TO_LEAVE: Final = 5.0


def main(descriptor: int) -> None:
    """Serve until the socket closes.

    Args:
        descriptor: That of the socket.
    """
    os.set_inheritable(descriptor, False)  # noqa: FBT003
    signal.signal(signal.SIGINT, _ignore)
    faulthandler.enable(2)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # what a task has printed is seen even if it is killed
    channel = Channel(socket.socket(fileno=descriptor))
    worker = _Worker(channel)
    threading.Thread(target=_watch, args=(descriptor, worker), name="flytetypes-watch", daemon=True).start()
    own = os.getpid()
    with suppress(EOFError):
        channel.send({"ready": True})
        while True:
            request = channel.receive()
            worker.is_busy = True
            answer = worker.reply(request)
            if os.getpid() != own:  # a child that the task has forked, and that came back from it as well
                os._exit(0)
            worker.is_busy = False  # before it is sent: who has it may hang up at once
            channel.send(answer)


def _ignore(*_: object) -> None:
    """Ctrl-C is for whoever started this. No `SIG_IGN`, which the programs that a task starts would inherit."""


def _watch(descriptor: int, worker: _Worker) -> None:
    """Wait until the other end of the socket is gone, then see to it that nothing is left of this process."""
    poll = select.poll()
    poll.register(descriptor, 0)  # a hang-up is told of in any case
    poll.poll()
    if not worker.is_busy:
        time.sleep(_SECONDS_TO_LEAVE)  # threads that tasks have left behind may keep the interpreter from ending
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


class _Worker:
    """What a worker process knows.

    Attributes:
        is_busy: Whether an attempt is running.
    """

    def __init__(self, channel: Channel) -> None:
        self.is_busy = False
        self._channel = channel
        self._modules: dict[tuple[str, str], ModuleType] = {}
        self._tasks: dict[tuple[Any, ...], Task[..., Any]] = {}
        self._names: dict[str, str] = {}
        self._environment: Mapping[str, str] = {}
        self._directory: str | None = None

    def reply(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Serve one attempt; what to answer."""
        try:
            self._surround(request.get("surroundings"))
            task = self._task(request)
        except BaseException as error:  # noqa: BLE001 - a user's module may raise anything, SystemExit too
            return {"failure": self._described(_unloadable(request["task"], error))}
        if request["tells"]:
            self._channel.send({"begun": True})
        try:
            outputs = self._attempt(task, request)
            if len(outputs) <= FILE_ABOVE_BYTES:
                return {"outputs": outputs}
            Path(request["outputs_file"]).write_bytes(outputs)
        except Failure as failure:
            return {"failure": self._described(failure)}
        except KeyboardInterrupt:
            return {"failure": self._described(interrupted("the task ended its process by `KeyboardInterrupt`"))}
        except Exception as error:  # noqa: BLE001 - around the task, whose own exceptions are a Failure: a full disk
            return {"failure": self._described(failure_of_system(error, recoverable=True))}
        except BaseException as error:  # noqa: BLE001 - what a task raises that is no Exception
            return {"failure": self._described(failure_of_user(error))}
        finally:
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError, ValueError, AttributeError):  # closed by the task, or by who reads it
                    stream.flush()
        return {}

    def _attempt(self, task: Task[..., Any], request: Mapping[str, Any]) -> bytes:
        inputs = request["inputs"]
        if inputs is None:
            inputs = Path(request["inputs_file"]).read_bytes()
        task.interface.engine.prefix = request["prefix"]
        return copy_context().run(run_attempt, task, inputs, Attempt(**request["attempt"]))

    def _described(self, failure: Failure) -> dict[str, Any]:
        return {
            "code": failure.code,
            "origin": failure.origin.value,
            "is_recoverable": failure.recoverable,
            "message": failure.message,
            "error": carried(failure.error, self._names),
        }

    # --- where it runs ------------------------------------------------------------------------------------------------

    def _surround(self, told_anew: Mapping[str, Any] | None) -> None:
        """Make this process like the one that started it, as far as a task sees it."""
        if told_anew is not None:
            sys.path[:] = told_anew["path"]
            sys.argv[:] = told_anew["argv"]
            # What modules have set here themselves stays.
            for name in self._environment.keys() - told_anew["environment"].keys():
                os.environ.pop(name, None)
            for name, value in told_anew["environment"].items() - self._environment.items():
                os.environ[name] = value
            self._environment = told_anew["environment"]
            self._directory = told_anew["directory"]
        if self._directory is not None and not _is_here(self._directory):
            os.chdir(self._directory)

    def _task(self, request: Mapping[str, Any]) -> Task[..., Any]:
        location, arguments, modules = request["resolver"], request["arguments"], request["modules"]
        for name, aliases, file, is_main in modules:
            module = self._modules.get((name, file))
            if module is None:
                with loading(name):
                    module = self._modules[name, file] = _load(name, file, is_main=is_main)
                sys.modules.update(dict.fromkeys(aliases, module))
            self._names[module.__name__] = MAIN if is_main else module.__name__
        key = (location, *arguments, *[file for _, _, file, _ in modules])
        task = self._tasks.get(key)
        if task is None:
            with loading(arguments[1] if len(arguments) > 1 else location):
                resolver_module, _, variable = location.rpartition(".")
                task = getattr(importlib.import_module(resolver_module), variable).load_task(arguments)
            if not isinstance(task, Task):
                raise OptionError(f"its resolver gave {describe(task)}")
            self._tasks[key] = task
        return task


def _unloadable(task: str, error: BaseException) -> Failure:
    reason = UnloadableError(f"the task `{task}` could not be loaded in another process: {told(error)}")
    reason.__cause__ = error
    return Failure(reason, USER_ERROR, Origin.USER)


def _is_here(directory: str) -> bool:
    try:
        return os.getcwd() == directory  # noqa: PTH109 - asked before each attempt
    except FileNotFoundError:  # an attempt has removed it
        return False


def _load(name: str, file: str, *, is_main: bool) -> ModuleType:
    """The module in a file, under its name; what is `__main__` elsewhere does not take the name of another module."""
    if not file:
        return importlib.import_module(name)
    known = sys.modules.get(name)
    if known is not None and _is_file(getattr(known, "__file__", None), file):
        return known
    origin = _origin(name) if known is None else None
    if _is_file(origin, file):
        return importlib.import_module(name)
    if is_main and (known is not None or origin is not None):
        name = f"_flytetypes_file_{name.rpartition('.')[2]}"
    directory = [os.path.dirname(file)] if os.path.basename(file) == "__init__.py" else None  # noqa: PTH119, PTH120
    spec = importlib.util.spec_from_file_location(name, file, submodule_search_locations=directory)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _origin(name: str) -> str | None:
    """The file that importing a name would load; None where there is none."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    return None if spec is None else spec.origin


def _is_file(path: str | None, file: str) -> bool:
    return path is not None and os.path.realpath(path) == file
