"""Tasks for other processes: each does one thing that a task may do to its process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from flytetypes import (
    FlyteFile,
    FlyteRecoverableException,
    ShellTask,
    current_context,
    kwtypes,
    task,
)
from flytetypes.testing._marks import meet


class Refused(Exception):
    """Its `__init__` takes something else than it passes on."""

    def __init__(self, *, order: int, reasons: list[str]) -> None:
        super().__init__(f"order {order} was refused")
        self.order = order
        self.reasons = reasons
        self.lock = threading.Lock()


class Busy(FlyteRecoverableException):
    pass


@task
def double(n: int) -> int:
    return n * 2


@task
def process_id() -> int:
    return os.getpid()


@task
def killed(by: int) -> None:
    os.kill(os.getpid(), by)


@task
def ended(code: int) -> None:
    os._exit(code)


@task
def exits(code: int) -> None:
    sys.exit(code)


@task
def interrupts() -> None:
    raise KeyboardInterrupt


@task
def fails(n: int) -> int:
    return 10 // n


@task
def missing(path: str) -> str:
    return Path(path).read_text()


@task
def refused(order: int) -> None:
    raise Refused(order=order, reasons=["late", "large"])


@task
def busy() -> None:
    raise Busy("later")


@task
def locked() -> None:
    raise ValueError(threading.Lock(), 3)


@task
def caused() -> None:
    try:
        int("x")
    except ValueError as error:
        raise RuntimeError("no number") from error


@task
def unknown_class() -> None:
    class Local(Exception):
        pass

    raise Local("only here")


@task
def misfit(values: list[str]) -> list[int]:
    return values  # type: ignore[return-value]


@task
async def eventually(n: int) -> int:
    import asyncio

    await asyncio.sleep(0)
    return n + 1


@task
async def fails_async(n: int) -> int:
    raise ValueError("mine")


@task
def where() -> str:
    context = current_context()
    return f"{context.execution_id} {context.node_id} {context.attempt_number} {context.working_directory != ''}"


@task
def killed_at_work(note: str) -> None:
    directory = Path(current_context().working_directory)
    (directory / "large").write_text("x")
    Path(note).write_text(str(directory))
    os.kill(os.getpid(), signal.SIGKILL)


@task(timeout=60)
def meets_many(folder: str, count: int, number: int) -> int:
    meet(folder, "together", count)
    return number


@task
def repeated(text: str, times: int) -> str:
    return text * times


@task
def length(text: str) -> int:
    return len(text)


@task
def written(path: str) -> FlyteFile:
    Path(path).write_text("hello")
    return FlyteFile(path)


@task
def meets(mine: str, theirs: str) -> str:
    """Two of these can end only if they run at the same time."""
    Path(mine).write_text("here")
    return Path(theirs).read_text()


@task
def answers(mine: str, theirs: str) -> str:
    """The other one of two that meet."""
    found = Path(theirs).read_text()
    Path(mine).write_text("here")
    return found


@task
def survives(signal: int) -> str:
    os.kill(os.getpid(), signal)
    return "survived"


@task
def hangs(fifo: str) -> None:
    """It, and a child, hold a pipe open; it says so."""
    out = os.open(fifo, os.O_WRONLY)
    child = subprocess.Popen(["sleep", "1000"], pass_fds=[out])
    os.write(out, b"hanging\n")
    child.wait()


@task
def leaves() -> None:
    os.environ["LEFT"] = "behind"
    os.chdir("/")


@task
def sees(variable: str) -> str:
    return f"{os.environ.get(variable)} in {Path.cwd()}"


@task
def forks(fifo: str) -> None:
    """Dies, and leaves a child in a session of its own that holds all that it has inherited."""
    ready, tell = os.pipe()
    if os.fork() == 0:
        os.setsid()
        os.write(tell, b"!")
        Path(fifo).read_text()
        os._exit(0)
    os.read(ready, 1)
    os.kill(os.getpid(), signal.SIGKILL)


def make_task(by: int):  # type: ignore[no-untyped-def]  # its task is what is of interest
    @task
    def scaled(n: int) -> int:
        return n * by

    return scaled


thrice = make_task(3)
renamed = task(retries=2)(double.function)
shell = ShellTask("say", "test {inputs.n} = 3", inputs=kwtypes(n=int))
