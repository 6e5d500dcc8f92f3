"""Every exception of the library.

    FlyteTypesError
    ├── ConversionError (TypeError)            a value or a literal does not fit the annotation; has a path
    ├── AnnotationError (TypeError)            an annotation that cannot be supported, or not as it is written
    ├── RegistrationError (ValueError)         two transformers claim the same thing
    ├── AttributePathError (LookupError)       a step into a value that leads nowhere
    ├── StorageError (OSError)                 the store could not do what was asked; has a URI
    │   ├── ObjectNotFound (FileNotFoundError) there is no such object
    │   └── AccessDenied (PermissionError)     it may not be touched: credentials, permissions
    ├── SourceError                            what was to be stored could not be read or made; has the URI for it
    ├── CallError (TypeError)                  a task or workflow called with the wrong arguments
    ├── OptionError (ValueError)               an option of a task, workflow or launch plan with a wrong value
    ├── ScheduleError (ValueError)             a schedule that Flyte does not run
    ├── WorkflowError (TypeError)              a workflow that does not fit together
    ├── FlyteRecoverableException              raised by a task that may succeed when it is tried again
    ├── RunError                               a run that could not go on
    │   ├── UnloadableError                    a task that another process could not find
    │   ├── NoBranchError                      a conditional came to the branch that is to fail
    │   ├── TaskCancelledError                 a task let a cancellation through that nobody had sent it
    │   ├── TaskInterruptedError               the process of a task ended before the task did
    │   ├── TaskTimeoutError (TimeoutError)    a task took longer than it may
    │   ├── RemoteTaskError                    what a task raised elsewhere, of a class that is not loaded here
    │   └── RunCancelledError                  somebody stopped the run
    └── MissingPackageError (ImportError)      an optional package that is not installed

    WorkflowWarning (UserWarning)              a workflow that compiles, with a doubt

Messages say what was expected, what came, where, and for a developer's mistake what to do. URIs stand in them without
passwords and signatures. They are one line, but for `WorkflowError`, which has one block for each problem.
"""

from __future__ import annotations

import json
import reprlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from flytetypes._redact import shown

if TYPE_CHECKING:
    from flytetypes._diagnostics import Diagnostic

__all__ = [
    "AccessDenied",
    "AnnotationError",
    "AttributePathError",
    "CallError",
    "ConversionError",
    "FlyteRecoverableException",
    "FlyteTypesError",
    "MissingPackageError",
    "NoBranchError",
    "ObjectNotFound",
    "OptionError",
    "RegistrationError",
    "RemoteTaskError",
    "RunCancelledError",
    "RunError",
    "ScheduleError",
    "SourceError",
    "StorageError",
    "TaskCancelledError",
    "TaskInterruptedError",
    "TaskTimeoutError",
    "UnloadableError",
    "WorkflowError",
    "WorkflowWarning",
    "describe",
    "key_step",
    "one_line",
    "path_text",
]

_LONGEST_URI: Final = 10_000


class _Repr(reprlib.Repr):
    """Short reprs. What opens a URI is hidden before it is cut: of the half of a signature nobody knows what it is."""

    def repr_str(self, x: str, level: int) -> str:
        if len(x) > 2 * _LONGEST_URI:
            x = x[:_LONGEST_URI] + x[-_LONGEST_URI:]  # only the ends are shown
        return super().repr_str(shown(x), level)

    def repr_instance(self, x: Any, level: int) -> str:  # noqa: ARG002 - reprlib's
        text = shown(repr(x))
        if len(text) <= self.maxother:
            return text
        begin = (self.maxother - len(self.fillvalue)) // 2
        end = self.maxother - len(self.fillvalue) - begin
        return f"{text[:begin]}{self.fillvalue}{text[-end:]}"


_repr = _Repr()
_repr.maxstring = _repr.maxother = _repr.maxlong = 60


def describe(value: object) -> str:
    """A value as errors show it: its class in backticks, and a repr that is never long."""
    if value is None:
        return "`None`"
    try:
        text = " ".join(_repr.repr(value).split())
    except Exception:  # noqa: BLE001 - a user's __repr__ may raise anything, and must not hide the error told here
        text = "(its repr failed)"
    return f"`{type(value).__name__}` {text}"


def told(error: BaseException) -> str:
    """An exception as the reason of one of ours: somebody else's code raised it."""
    return f"{type(error).__name__}: {error}"


def one_line(text: str) -> str:
    """A text as errors may quote it, wherever it came from: white space as spaces, control characters escaped."""
    if text.isprintable():
        return text
    spaced = " ".join(text.split())
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in spaced)


def key_step(key: object) -> str:
    """A step of a path into a mapping: `["key"]`, as JSON writes the key; `[3]` for an integer key."""
    if isinstance(key, str):
        return f"[{one_line(json.dumps(key, ensure_ascii=False))}]"
    return f"[{_repr.repr(key)}]"


def path_text(steps: list[str]) -> str:
    """The steps of a path, outermost first, as one text; a value on its own is `$`."""
    text = "".join(steps)
    return text if text and text[0] not in ".[" else f"${text}"


class FlyteTypesError(Exception):
    """The parent of all errors of this library."""


class ConversionError(FlyteTypesError, TypeError):
    """A value does not fit an annotation, or a literal does not.

    Attributes:
        expected: What would have been right, with types in backticks.
        got: What came instead: class and short repr.
        reason: One more fact, if there is one.
        steps: The path, innermost step first; it grows while the error passes through containers.
        subject: The task or workflow whose value it is, if it is one's.
    """

    def __init__(
        self, expected: str, value: object = None, *, got: str | None = None, reason: str | None = None
    ) -> None:
        expected = shown(expected)
        super().__init__(expected)
        self.expected = expected
        self.got = one_line(shown(describe(value) if got is None else got))
        self.reason = reason and one_line(shown(reason))
        self.steps: list[str] = []
        self.subject: str | None = None

    def of(self, subject: str) -> ConversionError:
        """Note whose value it is, unless somebody nearer did; for `raise error.of("mean")`."""
        self.subject = self.subject or subject
        return self

    def within(self, step: str | int) -> ConversionError:
        """Note that the error happened inside this step; for `raise error.within(3)`. An int is a position."""
        self.steps.append(f"[{step}]" if isinstance(step, int) else step)
        return self

    @property
    def path(self) -> str:
        """Where it happened: `orders.items[3]["qty"]`, or from `$` for a value on its own."""
        return shown(path_text(self.steps[::-1]))

    @property
    def summary(self) -> str:
        """The message without its path."""
        reason = f" ({self.reason})" if self.reason else ""
        return f"expected {self.expected}, got {self.got}{reason}"

    def __str__(self) -> str:
        subject = f"`{self.subject}`: " if self.subject else ""
        return f"{subject}{self.summary} - at `{self.path}`"


class AnnotationError(FlyteTypesError, TypeError):
    """An annotation that no transformer takes, or that contradicts itself."""


class RegistrationError(FlyteTypesError, ValueError):
    """A transformer that cannot be registered, because another one has its place or its name."""


class AttributePathError(FlyteTypesError, LookupError):
    """A step into a value (`promise.a["b"][0]`) that leads nowhere."""


class StorageError(FlyteTypesError, OSError):
    """An object could not be read or written.

    Attributes:
        uri: The object that was asked for.
        transient: Whether the same may well succeed when it is tried again: a connection that broke, a server that is
            overloaded.
    """

    def __init__(self, message: str, *, uri: str, transient: bool = False) -> None:
        super().__init__(one_line(shown(message)))
        self.uri = uri
        self.transient = transient


class ObjectNotFound(StorageError, FileNotFoundError):  # noqa: N818 - its parent says that it is an error
    """There is no object at the URI."""


class AccessDenied(StorageError, PermissionError):  # noqa: N818
    """The object may not be touched with the credentials, or by the user, that there are."""


class SourceError(FlyteTypesError):
    """What was to be stored could not be read or made: not the store's fault; `__cause__` says whose.

    Attributes:
        uri: Where it was to go.
        cause: What went wrong.
    """

    def __init__(self, uri: str, cause: BaseException) -> None:
        super().__init__(one_line(shown(f"what was to be stored at `{uri}` could not be read or made: {told(cause)}")))
        self.uri = uri
        self.cause = cause


class CallError(FlyteTypesError, TypeError):
    """A task or workflow was called in a way that its signature does not allow."""


class OptionError(FlyteTypesError, ValueError):
    """An option of a task, workflow or launch plan that there is not, or with a value that it does not take."""


class ScheduleError(FlyteTypesError, ValueError):
    """A schedule that Flyte does not run."""


class WorkflowError(FlyteTypesError, TypeError):
    """A workflow that does not fit together: edges, names, outputs.

    Attributes:
        diagnostics: Every problem that was found, warnings among them.
    """

    def __init__(self, message: str, diagnostics: Sequence[Diagnostic] = ()) -> None:
        super().__init__(message)
        self.diagnostics = tuple(diagnostics)


def text_of(error: BaseException) -> str:
    """The text of an exception, whatever its class makes of that."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - the exception itself matters more
        return "(its text failed)"


def add_note(error: BaseException, note: str) -> None:
    """Add a note to an exception, also to one whose class forbids to set anything, as a frozen dataclass does."""
    notes: list[str] = [*getattr(error, "__notes__", ()), note]
    BaseException.__setattr__(error, "__notes__", notes)


class FlyteRecoverableException(FlyteTypesError):  # noqa: N818 - the name that users of Flyte know
    """Raised by a task: it may well succeed when it is tried again, as often as its `retries` say."""


class RunError(FlyteTypesError):
    """A run could not go on, for a reason that no task has raised."""


class UnloadableError(RunError):
    """A task that another process cannot find by its name; the message says why."""


class NoBranchError(RunError):
    """A conditional came to the branch that is to fail; the message is the user's."""


class TaskCancelledError(RunError):
    """A task let an `asyncio.CancelledError` through that nobody had sent it: what it awaited was cancelled."""


class TaskInterruptedError(RunError):
    """The process of a task ended before the task did: it was killed, or the task called `sys.exit`."""


class TaskTimeoutError(RunError, TimeoutError):
    """A task took longer than it may, and was stopped; or nobody answered a gate in time."""


class RemoteTaskError(RunError):
    """A task has raised something in another process, and its class is not loaded in this one, or cannot be made here.

    Attributes:
        type_name: Its class, with the module: `requests.exceptions.ConnectionError`.
    """

    def __init__(self, message: str, *, type_name: str) -> None:
        super().__init__(message)
        self.type_name = type_name


class RunCancelledError(RunError):
    """Somebody stopped the run."""


class WorkflowWarning(UserWarning):
    """A workflow that compiles, with a doubt: only a local run can do it, or each compilation may differ."""


class MissingPackageError(FlyteTypesError, ImportError):
    """Something needs an optional package; the message names the extra that brings it."""
