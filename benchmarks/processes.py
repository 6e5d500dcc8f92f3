"""Processes that measure: workers, which take samples when asked, and programs whose whole life is the sample."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

from cases import Case, Subject

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests" / "interop"))

from environments import environment  # noqa: E402

PREPARE_SECONDS = 300
SAMPLE_SECONDS = 120


class NotMeasured(Exception):  # noqa: N818 - an answer of its own, shown in the table
    """Why there is no number."""


@dataclass(frozen=True)
class Place:
    """Where processes are measured.

    Attributes:
        directory: Their working directory, where what they write lands.
        variables: For their environment.
    """

    directory: Path
    variables: dict[str, str] = field(default_factory=dict)


class Sampler(Protocol):
    """Takes one sample of one case for one subject."""

    versions: dict[str, str]

    def sample(self) -> float: ...


@contextmanager
def sampler(subject: Subject, case: Case, place: Place, batch_seconds: float) -> Iterator[Sampler]:
    """What measures a case; a worker lives as long as the block.

    Raises:
        NotMeasured: When the subject cannot do it.
    """
    match case.operation:
        case "import":
            yield _ImportTime(subject, case.sample, place)
        case "import memory":
            yield _ImportMemory(subject, case.sample, place)
        case operation if operation.endswith("memory"):
            yield _FreshWorkers(subject, case, place)
        case _:
            worker = _Worker(subject, case, place, batch_seconds)
            try:
                yield worker
            finally:
                worker.close()


class _Worker:
    """A process that is prepared for one case and waits while others are measured."""

    def __init__(self, subject: Subject, case: Case, place: Place, batch_seconds: float) -> None:
        module = subject.stored_module if case.operation.startswith("stored") else subject.module
        command: list[str | Path] = [python(subject), HERE / "worker.py", module]
        command += [case.operation, case.sample, str(case.size), str(batch_seconds), subject.blocked]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=place.directory,
            env=_variables(place),
        )
        try:
            self.versions: dict[str, str] = self._answer(PREPARE_SECONDS)["versions"]
        except BaseException:
            self.close()
            raise

    def sample(self) -> float:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        number: float = self._answer(SAMPLE_SECONDS)["sample"]
        return number

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _answer(self, seconds: float) -> dict[str, Any]:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        if not ready:
            raise NotMeasured(f"not run: over {seconds:.0f} s")
        line = self._process.stdout.readline()
        if not line:
            raise NotMeasured("error: the process ended")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise NotMeasured(f"error: {answer['error']}")
        return answer


class _FreshWorkers:
    """A new worker for each sample."""

    def __init__(self, subject: Subject, case: Case, place: Place) -> None:
        self._arguments = subject, case, place, 0.0
        self.versions: dict[str, str] = {}

    def sample(self) -> float:
        worker = _Worker(*self._arguments)
        try:
            self.versions = worker.versions
            return worker.sample()
        finally:
            worker.close()


class _ImportTime:
    """Seconds that a program takes over one that does nothing; both are started anew each time."""

    def __init__(self, subject: Subject, program: str, place: Place) -> None:
        self.versions: dict[str, str] = {}
        self._python = python(subject)
        self._program = subject.imports[program]
        self._place = place
        self._seconds(self._program)  # the bytecode is written, the files are in the system's cache

    def sample(self) -> float:
        return self._seconds(self._program) - self._seconds("pass")

    def _seconds(self, program: str) -> float:
        start = perf_counter()
        _output(self._python, program, self._place)
        return perf_counter() - start


class _ImportMemory:
    """Peak memory of a program over that of one that does nothing."""

    def __init__(self, subject: Subject, program: str, place: Place) -> None:
        self.versions: dict[str, str] = {}
        self._python = python(subject)
        self._program = subject.imports[program]
        self._place = place

    def sample(self) -> float:
        return self._bytes(self._program) - self._bytes("pass")

    def _bytes(self, program: str) -> int:
        # Measured by the same code in both, which itself loads a little.
        report = f"import sys; sys.path.insert(0, {str(HERE)!r}); from measure import peak_memory; print(peak_memory())"
        return int(_output(self._python, f"{program}\n{report}", self._place).split()[-1])


def python(subject: Subject) -> Path:
    """The interpreter of a subject; its environment is made when it is not there."""
    return Path(sys.executable) if subject.environment is None else environment(subject.environment)


def _output(interpreter: Path, program: str, place: Place) -> str:
    done = subprocess.run(
        [interpreter, "-c", program],
        capture_output=True,
        text=True,
        cwd=place.directory,
        env=_variables(place),
        check=False,
    )
    if done.returncode != 0:
        raise NotMeasured(f"error: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout


def _variables(place: Place) -> dict[str, str]:
    """The environment of a measured process: what it writes lands in its directory, and it reports to nobody."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "FLYTE"))}
    here = {"HOME": str(place.directory), "TMPDIR": str(place.directory), "DO_NOT_TRACK": "1"}
    return {**inherited, **here, **place.variables}
