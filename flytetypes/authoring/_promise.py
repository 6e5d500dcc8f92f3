"""Promises: values that will be there when a workflow runs, good only as arguments of other calls."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Generic, NoReturn, Self, TypeVar, Unpack

from flytetypes._diagnostics import Diagnostic, Place
from flytetypes._own import is_own
from flytetypes.authoring._graph import Comparison, Condition, Conjunction, Reference, Value
from flytetypes.errors import WorkflowError, describe

if TYPE_CHECKING:
    from flytetypes.authoring._overrides import OverrideKeywords
    from flytetypes.authoring._trace import Draft, Scope

T = TypeVar("T")

if TYPE_CHECKING:
    # Of Any, because no type says "this, and also the value that it will be".
    class Late(Any, Generic[T]):  # type: ignore[misc]  # that it is Any is what it is for
        """What goes wherever a T goes, and can do more than that."""

else:
    Late = Generic

_COMPARABLE: Final = (int, float, str, bool, datetime, timedelta, Enum, type(None))


class CallResult:
    """What a call in the body of a workflow gives: a promise, several, or the node itself."""

    __slots__ = ()

    def _call(self, what: str) -> Draft:
        """The call behind it; raises `WorkflowError` when there is none."""
        raise NotImplementedError

    def with_overrides(self, **overrides: Unpack[OverrideKeywords]) -> Self:
        """Change options of this one call; see `Overrides`. For type checkers: `node_of(x).with_overrides(...)`."""
        self._call("`with_overrides`").override(overrides)
        return self

    def runs_before(self, other: object) -> None:
        """Let another call wait for this one."""
        _ = self >> other

    def __rshift__(self, other: T) -> T:
        """`a >> b`: b waits for a; gives b, so that `a >> b >> c` is a chain."""
        call = self._call("`>>`")
        if not isinstance(other, CallResult):
            raise misuse(
                f"`>> {describe(other)}`", f"`{call.id}` on its left", "put the result of a call on the right of `>>`"
            )
        later = other._call("`>>`")
        if later.scope is not call.scope:
            raise misuse(
                "`>>` between calls of different workflows or branches",
                f"`{call.id}` on its left",
                "order calls of one body; a conditional as a whole is one of them",
            )
        later.after = (*later.after, call)
        return other


class OpenResult(CallResult):
    """What a conditional gives that may still go on: used as a value, it ends there."""

    __slots__ = ()

    def finished(self) -> Any:
        """Its outputs, as those of any other call."""
        raise NotImplementedError


class Promise(CallResult):
    """An output that is not there yet, as the body of a `@workflow` sees it.

    `promise.field`, `promise["key"]` and `promise[0]` are promises of a part; they are checked against the declared
    type when the workflow is compiled. A field whose name Python or this class needs (`is_none`, `is_true`, `is_false`,
    `with_overrides`, `runs_before`) is reached by `promise["field"]`.

    A comparison with a promise (`promise > 3`, `promise.is_none()`) is a condition of `conditional(...)`.
    """

    __slots__ = ("_draft", "_reference", "_scope")

    _reference: Reference
    _scope: Scope
    _draft: Draft | None

    def __init__(self, reference: Reference, scope: Scope, draft: Draft | None = None) -> None:
        put = object.__setattr__
        put(self, "_reference", reference)
        put(self, "_scope", scope)
        put(self, "_draft", draft)

    def __getattr__(self, name: str) -> Promise:
        if name.startswith("__") or name in ("_reference", "_draft", "_scope"):
            raise AttributeError(name)  # what Python asks for on its own is no field
        return self._step(name)

    def __getitem__(self, key: str | int) -> Promise:
        if type(key) not in (str, int):
            self._misused(f"`promise[{key!r}]`", "reach a part of it by a name or a position")
        return self._step(key)

    def _step(self, step: str | int) -> Promise:
        reference = self._reference
        return Promise(
            Reference(reference.node_id, reference.output, (*reference.path, step)), self._scope, self._draft
        )

    # --- conditions ---------------------------------------------------------------------------------------------------

    def _compared(self, operator: str, other: object) -> Expression:
        reference = reference_of(other)
        if reference is None and not isinstance(other, _COMPARABLE):
            self._misused(
                f"a comparison with {describe(other)}",
                "compare with a number, string, bool, datetime, timedelta, enum member, None, or another promise",
            )
        scopes = (self._scope, other._scope) if isinstance(other, Promise) else (self._scope,)  # noqa: SLF001 - its kind
        return Expression(Comparison(operator, self._reference, reference or Value(other)), scopes)

    def __eq__(self, other: object) -> Expression:  # type: ignore[override]  # a condition, and no answer
        return self._compared("==", other)

    def __ne__(self, other: object) -> Expression:  # type: ignore[override]  # as above
        return self._compared("!=", other)

    def __lt__(self, other: object) -> Expression:
        return self._compared("<", other)

    def __le__(self, other: object) -> Expression:
        return self._compared("<=", other)

    def __gt__(self, other: object) -> Expression:
        return self._compared(">", other)

    def __ge__(self, other: object) -> Expression:
        return self._compared(">=", other)

    def is_true(self) -> Expression:
        """The condition that it is True."""
        return self._compared("==", other=True)

    def is_false(self) -> Expression:
        """The condition that it is False."""
        return self._compared("==", other=False)

    def is_none(self) -> Expression:
        """The condition that it is None. No Flyte backend compares with None: it is `local-only`."""
        return self._compared("==", None)

    def _call(self, what: str) -> Draft:
        if self._draft is None:
            self._misused(what, "it is an input of the workflow: no call gives it")
        return self._draft

    # --- what needs the value -----------------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: object) -> NoReturn:
        self._misused(f"`promise.{name} = ...`", "its value is not there yet: change it in a task")

    def __setitem__(self, key: object, value: object) -> NoReturn:
        self._misused(f"`promise[{key!r}] = ...`", "its value is not there yet: change it in a task")

    def __delattr__(self, name: str) -> NoReturn:
        self._misused(f"`del promise.{name}`", "its value is not there yet: change it in a task")

    def __delitem__(self, key: object) -> NoReturn:
        self._misused(f"`del promise[{key!r}]`", "its value is not there yet: change it in a task")

    def __repr__(self) -> str:
        return f"Promise({self._reference})"

    def __str__(self) -> str:
        return _PromiseText(self)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        self._misused("copying a promise", "pass the promise itself on")

    def __bool__(self) -> NoReturn:  # noqa: PLE0304 - it never returns
        self._misused("`if promise`", "decide in a task, by `conditional`, or in a @dynamic that takes it")

    def __len__(self) -> NoReturn:  # noqa: PLE0303 - it never returns
        self._misused("`len(promise)`", "count in a task, or in a @dynamic that takes it")

    def __iter__(self) -> Iterator[Any]:
        self._misused("`for x in promise`", "its elements are not there yet: use `map_task`, or a @dynamic")

    def __contains__(self, item: object) -> bool:
        self._misused("`x in promise`", "look in a task, or in a @dynamic that takes it")

    def __format__(self, spec: str) -> str:
        self._misused('`f"{promise}"`', "its value is not there yet: format in a task (or show the promise with !r)")

    def __call__(self, *_: object, **__: object) -> NoReturn:
        self._misused("`promise(...)`", "its value is not there yet: call methods in a task")

    def _operator(self, *_: object) -> NoReturn:
        self._misused("arithmetic with a promise", "compute in a task, or in a @dynamic that takes it")

    def _logic(self, *_: object) -> NoReturn:
        self._misused("`&`, `|` or `~` with a promise", "say what is compared: `promise.is_true()`, `promise == 1`")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _operator
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __matmul__ = __rmatmul__ = _operator
    __xor__ = __rxor__ = __lshift__ = __rlshift__ = __rrshift__ = _operator
    __and__ = __rand__ = __or__ = __ror__ = __invert__ = _logic
    __divmod__ = __rdivmod__ = __round__ = __trunc__ = __complex__ = _operator
    __neg__ = __pos__ = __abs__ = __int__ = __float__ = __index__ = _operator

    def __hash__(self) -> NoReturn:  # noqa: PLE0309 - it never returns
        self._misused("a promise as a key", "its value is not there yet: look up in a task")

    def _misused(self, what: str, instead: str) -> NoReturn:
        raise misuse(what, f"the promise `{self._reference}`", instead)


def misuse(what: str, whose: str, instead: str) -> WorkflowError:
    """The error for something done in the body of a workflow that has no meaning there."""
    found = Diagnostic(
        "promise-misused",
        f"{what} in a workflow, with {whose}",
        place=place_outside(sys._getframe(1)),  # noqa: SLF001 - `inspect.stack` reads source files on the way
        fix=instead,
    )
    return WorkflowError(f"{what} in a workflow, with {whose}: {instead}", [found])


class Expression:
    """A condition made of promises, as `conditional(...).if_(...)` takes it; `&` and `|` join two."""

    __slots__ = ("condition", "scopes")

    def __init__(self, condition: Condition, scopes: tuple[Scope, ...]) -> None:
        self.condition = condition
        self.scopes = scopes

    def __and__(self, other: Expression) -> Expression:
        return self._joined("and", other)

    def __or__(self, other: Expression) -> Expression:
        return self._joined("or", other)

    def _joined(self, operator: str, other: object) -> Expression:
        if not isinstance(other, Expression):
            raise self._misused(
                f"`{'&' if operator == 'and' else '|'}` with {describe(other)}",
                "join conditions, such as `promise == 1`",
            )
        return Expression(Conjunction(operator, self.condition, other.condition), (*self.scopes, *other.scopes))

    def __bool__(self) -> NoReturn:
        raise self._misused(
            "`if`, `and`, `or` or `not`",
            "decide with `conditional(...).if_(...)`; join conditions with `&` and `|`, each in brackets",
        )

    def __repr__(self) -> str:
        return f"Expression({self.condition})"

    def _misused(self, what: str, instead: str) -> WorkflowError:
        return misuse(what, f"the condition `{self.condition}`", instead)


class _PromiseText(str):
    """What `str(promise)` gives: it can be printed, and is no text to compute with."""

    __slots__ = ("_promise",)

    _promise: Promise

    def __new__(cls, promise: Promise) -> _PromiseText:
        text = super().__new__(cls, repr(promise))
        text._promise = promise
        return text

    def _operator(self, *_: object) -> NoReturn:
        self._promise._misused("computing with the text of a promise", "make the text in a task")  # noqa: SLF001

    __add__ = __radd__ = __mul__ = __rmul__ = __mod__ = __getitem__ = _operator


def reference_of(value: object) -> Reference | None:
    """The reference in a promise; None for any other value."""
    return value._reference if type(value) is Promise else None  # noqa: SLF001 - its fields are private to its users


def place_outside(frame: Any) -> Place:
    """File and line of the nearest caller outside of this package."""
    while frame.f_back is not None and is_own(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
    return Place(frame.f_code.co_filename, frame.f_lineno)
