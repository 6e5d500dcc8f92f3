"""What a running task can ask about where it runs: `current_context()`.

The context of the running task is the only state here, and this file owns it. Whoever runs a task sets it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flytetypes._record import Record
from flytetypes.authoring._trace import Mode, current_mode
from flytetypes.errors import FlyteTypesError
from flytetypes.storage import ObjectStore, join, temporary_prefix

if TYPE_CHECKING:
    import logging

    from flytetypes.types import TypeEngine

_SECRETS_PREFIX: Final = "FLYTE_SECRETS_ENV_PREFIX"
_SECRETS_DIRECTORY: Final = "FLYTE_SECRETS_DEFAULT_DIR"
_CHECKPOINT_FILE: Final = "_dst_cp"  # flytekit's name for the one file that `write` leaves


class ExecutionId(Record):
    """Which run (`flyteidl/core/identifier.proto, WorkflowExecutionIdentifier`)."""

    project: str
    domain: str
    name: str

    def __str__(self) -> str:
        return f"{self.project}:{self.domain}:{self.name}"


class Attempt(Record):
    """One attempt at one task: texts and numbers only, so that it travels to whoever runs it.

    Attributes:
        execution: The name of the run.
        node_id: The node, with those that it is inside of: `n0`, `n0-0-dn1`.
        number: From 0 on, as `FLYTE_ATTEMPT_NUMBER` counts.
        started_at: When the run began, in seconds since the epoch.
        interruptible: Whether it may be taken away; the last one that the system may make is not.
        timeout: Seconds after which it is stopped; None for never.
        prefix: URI below which it puts new objects; ends in a separator. Empty for the engine's own.
        checkpoint: URI below which it keeps its checkpoint; empty for a place below the prefix.
        previous_checkpoint: Where the attempt before this one kept its; empty for such a place, or for none.
        project: Of the run.
        domain: Of the run.
        scratch: The directory that its working directory is made in, and that is made in one that is there; empty for
            that of all temporary files.
    """

    execution: str
    node_id: str
    number: int = 0
    started_at: float = 0.0
    interruptible: bool = False
    timeout: float | None = None
    prefix: str = ""
    checkpoint: str = ""
    previous_checkpoint: str = ""
    project: str = "flytesnacks"
    domain: str = "development"
    scratch: str = ""


class SecretNotFound(FlyteTypesError, LookupError):  # noqa: N818 - its parent says that it is an error
    """There is no such secret here; the message names where it was looked for."""


class Secrets:
    """The secrets of this machine, as a Flyte container has them: in environment variables, or in files."""

    def get(self, group: str | None = None, key: str | None = None, group_version: str | None = None) -> str:
        """A secret.

        It is looked for in the variable `_FSEC_<GROUP>_[<VERSION>_]<KEY>`, in upper case, then in the file
        `/etc/secrets/<group>/[<version>/]<key>`, in lower case. `FLYTE_SECRETS_ENV_PREFIX` and
        `FLYTE_SECRETS_DEFAULT_DIR` change the prefix and the directory.

        Raises:
            SecretNotFound: When it is in neither.
        """
        parts = [part for part in (group, group_version, key) if part]
        if not parts:
            raise SecretNotFound("a secret has a group or a key: `secrets.get('database', 'password')`")
        prefix = os.environ.get(_SECRETS_PREFIX, "_FSEC_")
        variable = f"{prefix}{'_'.join(parts)}".upper()
        if variable in os.environ:
            return os.environ[variable]
        directory = os.environ.get(_SECRETS_DIRECTORY, "/etc/secrets")
        file = Path(directory, *(part.lower() for part in parts))
        if file.is_file():
            return file.read_text(encoding="utf-8").strip()
        raise SecretNotFound(
            f"there is no secret `{'/'.join(parts)}`: set the environment variable {variable}, or write {file}"
        )


class Checkpoint:
    """What a task keeps for its next attempt, should this one fail.

    Args:
        store: Where.
        kept: URI below which this attempt keeps it.
        previous: That of the attempt before; empty for none.
    """

    def __init__(self, store: ObjectStore, kept: str, previous: str) -> None:
        self._store = store
        self._kept = kept
        self._previous = previous

    def read(self) -> bytes | None:
        """The one file of the previous attempt; None where there is none.

        Raises:
            ValueError: When it kept several files: `restore` copies those.
        """
        files = self._files()
        if len(files) > 1:
            raise ValueError(f"the previous attempt kept {len(files)} files: restore them into a directory")
        return self._store.get(files[0]) if files else None

    def restore(self, directory: str | os.PathLike[str]) -> Path | None:
        """Copy what the previous attempt kept into a directory; None when it kept nothing."""
        files = self._files()
        if not files:
            return None
        target = Path(directory)
        for uri in files:
            path = target / uri.removeprefix(self._previous).lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            self._store.get_file(uri, str(path))
        return target

    def write(self, data: bytes) -> None:
        """Keep bytes."""
        self._store.put(join(self._kept, _CHECKPOINT_FILE), data)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Keep a file, or everything in a directory."""
        source = Path(path)
        if source.is_file():
            self._store.put_file(join(self._kept, source.name), str(source))
            return
        for file in sorted(each for each in source.rglob("*") if each.is_file()):
            self._store.put_file(join(self._kept, file.relative_to(source).as_posix()), str(file))

    def _files(self) -> list[str]:
        return [str(uri) for uri in self._store.list(self._previous)] if self._previous else []


class TaskContext:
    """Where a task runs.

    Attributes:
        attempt: Which attempt at which node.
        task_name: Which task.
        secrets: The secrets of this machine.
    """

    secrets = Secrets()

    def __init__(self, attempt: Attempt, task_name: str, engine: TypeEngine | None = None) -> None:
        self.attempt = attempt
        self.task_name = task_name
        self._engine = engine
        self._directory: str | None = None
        self._process: int | None = None

    @property
    def execution_id(self) -> ExecutionId:
        """Which run."""
        return ExecutionId(self.attempt.project, self.attempt.domain, self.attempt.execution)

    @property
    def node_id(self) -> str:
        """The node that it runs in."""
        return self.attempt.node_id

    @property
    def attempt_number(self) -> int:
        """Which attempt this is, from 0 on."""
        return self.attempt.number

    @property
    def execution_date(self) -> datetime:
        """When the run began, in UTC: the same for all of its tasks and attempts."""
        return datetime.fromtimestamp(self.attempt.started_at, UTC)

    @property
    def logger(self) -> logging.Logger:
        """The logger of the task: `flytetypes.task`."""
        import logging

        return logging.getLogger("flytetypes.task")

    @property
    def logging(self) -> logging.Logger:
        """The same, by flytekit's name for it."""
        return self.logger

    @property
    def working_directory(self) -> str:
        """A directory of its own, empty at first; removed when the attempt has ended.

        That of a plain call, whose result may be a file in it, is removed at the end of the program.
        """
        if self._directory is None:
            import atexit
            import tempfile

            scratch = self.attempt.scratch
            if scratch:
                Path(scratch).mkdir(exist_ok=True)
            self._directory = tempfile.mkdtemp(prefix="flytetypes-work-", dir=scratch or None)
            self._process = os.getpid()
            atexit.register(self.close)  # of plain calls, and of tasks in threads that nobody could stop
        return self._directory

    @property
    def raw_output_prefix(self) -> str:
        """URI below which what it stores is put."""
        return self.attempt.prefix or (temporary_prefix() if self._engine is None else self._engine.prefix)

    @property
    def checkpoint(self) -> Checkpoint:
        """What it keeps for its next attempt, should this one fail; raises `NotImplementedError` outside of a run."""
        attempt, engine = self.attempt, self._engine
        if engine is None:
            raise NotImplementedError("there are checkpoints in a run only: this is a plain call")
        below = join(attempt.prefix or engine.prefix, f"checkpoints/{attempt.execution}/{attempt.node_id}")
        kept = attempt.checkpoint or join(below, str(attempt.number))
        previous = attempt.previous_checkpoint or (join(below, str(attempt.number - 1)) if attempt.number else "")
        return Checkpoint(engine.store, kept, previous)

    def close(self) -> None:
        """Remove its directory."""
        if self._directory is not None and os.getpid() == self._process:  # not that of the one this is a fork of
            import atexit
            import shutil

            atexit.unregister(self.close)
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None


_context: ContextVar[TaskContext | None] = ContextVar("flytetypes_task_context", default=None)
_PLAIN: Final = Attempt("local", "", started_at=time.time())
_outside = TaskContext(_PLAIN, "")


def current_context() -> TaskContext:
    """What the running task can ask about where it runs; outside of tasks there is one for the whole process."""
    context = _context.get()
    if context is None:
        if current_mode() is not Mode.TASK:
            return _outside
        context = TaskContext(_PLAIN, "")  # of a plain call, whose context variables nobody else has
        _context.set(context)
    return context


@contextmanager
def own_plain_context() -> Iterator[None]:
    """Give a plain call of an `async def`, which shares its context variables with its caller, a context of its own."""
    token = _context.set(TaskContext(_PLAIN, ""))
    try:
        yield
    finally:
        with suppress(ValueError):  # nobody awaits it any more, and it is closed from elsewhere
            _context.reset(token)


def enter_context(context: TaskContext) -> None:
    """Make it the context of what runs from here on, in a copy of the context variables that nobody else uses."""
    _context.set(context)
