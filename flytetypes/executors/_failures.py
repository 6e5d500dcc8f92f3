"""How attempts fail: codes, origins, and whether trying again may help.

Codes and kinds are those that Flyte's engine gives (sections 4.1, 4.3, 4.10 and 4.11 of its contract), so that a run
here fails as it would there.
"""

from __future__ import annotations

import enum
import traceback
from contextlib import suppress
from typing import Any, Final

from flytetypes._record import Record
from flytetypes.errors import FlyteRecoverableException, TaskInterruptedError, TaskTimeoutError, text_of

USER_ERROR: Final = "USER:RuntimeError"
USER_RECOVERABLE: Final = "USER:Recoverable"
SYSTEM_ERROR: Final = "SYSTEM"
INTERRUPTED: Final = "Interrupted"
TIMEOUT_EXPIRED: Final = "TimeoutExpired"
TIMED_OUT: Final = "Timeout"
NODE_ABORTED: Final = "NodeAborted"
RETRIES_EXHAUSTED: Final = "RetriesExhausted"

SYSTEM_RETRIES: Final = 3
"""How often the engine starts a task again that was interrupted, whatever its own retries are."""


class Origin(enum.Enum):
    """Whose fault it is (`flyteidl/core/execution.proto, ExecutionError.ErrorKind`)."""

    UNKNOWN = 0
    USER = 1
    SYSTEM = 2


class ExecutionError(Record):
    """How a node or a run has failed (`flyteidl/core/execution.proto, ExecutionError`).

    Attributes:
        code: As Flyte's engine has it: `USER:RuntimeError`, `RetriesExhausted|Interrupted`.
        kind: Whose fault.
        message: With the traceback of the task.
    """

    code: str
    kind: Origin
    message: str


class Failure(Exception):  # noqa: N818 - it carries an error, and is raised between an executor and the scheduler only
    """How one attempt has failed: what the future of an executor raises.

    Attributes:
        error: What was raised.
        code: As in `ExecutionError`.
        origin: Whose fault.
        recoverable: Whether another attempt may help.
        message: What is told of it, where that is not its traceback.
    """

    def __init__(
        self, error: BaseException, code: str, origin: Origin, *, recoverable: bool = False, message: str = ""
    ) -> None:
        super().__init__(code)
        self.error = error
        self.code = code
        self.origin = origin
        self.recoverable = recoverable
        self.message = message
        self._trace = error.__traceback__  # as it is now: it grows where it is raised again

    @property
    def to_raise(self) -> BaseException:
        """The error, with the traceback that it had."""
        return BaseException.with_traceback(self.error, self._trace)

    @property
    def told(self) -> ExecutionError:
        """As Flyte tells of it."""
        return ExecutionError(self.code, self.origin, self.message or self.trace)

    def exhausted(self, attempts: int) -> Failure:
        """The same as that of a node which has used up its attempts."""
        message = f"[{attempts}/{attempts}] currentAttempt done. Last Error: {self.origin.name}::{self.trace}"
        kind = Origin.USER  # of the engine: its own retries are used up, and that is for the user to mend
        return Failure(self.error, f"{RETRIES_EXHAUSTED}|{self.code}", kind, message=message)

    @property
    def trace(self) -> str:
        """The traceback and the message, as Flyte shows them."""
        lines = traceback.format_exception(type(self.error), self.error, self._trace)
        told = f"{type(self.error).__qualname__}: {text_of(self.error)}"
        indented = "".join(f"    {line}" for part in lines for line in part.splitlines(keepends=True)).rstrip()
        return f"Trace:\n\n{indented}\n\nMessage:\n\n    {told}"


def failure_of_user(error: BaseException) -> Failure:
    """What the function of a task has raised."""
    if isinstance(error, SystemExit):
        return interrupted(f"the task ended its process by `sys.exit({error.code!r})`")
    if isinstance(error, FlyteRecoverableException):
        return Failure(error, USER_RECOVERABLE, Origin.USER, recoverable=True)
    code: Any = None
    with suppress(Exception):  # a property of the user's own
        code = getattr(error, "error_code", None)
    return Failure(error, code if isinstance(code, str) and code else USER_ERROR, Origin.USER)


def failure_of_system(error: BaseException, *, recoverable: bool) -> Failure:
    """What went wrong around the function of a task."""
    return Failure(error, SYSTEM_ERROR, Origin.SYSTEM, recoverable=recoverable)


def interrupted(what: str) -> Failure:
    """The process of a task has ended before the task did."""
    return Failure(TaskInterruptedError(what), INTERRUPTED, Origin.SYSTEM, recoverable=True)


def timeout_expired(what: str) -> Failure:
    """An attempt took longer than it may."""
    return Failure(TaskTimeoutError(what), TIMEOUT_EXPIRED, Origin.USER, recoverable=True)
