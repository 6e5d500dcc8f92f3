"""Promises: values that will be there when a workflow runs, good only as arguments of other calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

from flytetypes.authoring._graph import Reference
from flytetypes.errors import WorkflowError


class Promise:
    """An output that is not there yet, as the body of a `@workflow` sees it.

    `promise.field`, `promise["key"]` and `promise[0]` are promises of a part; they are checked against the declared
    type when the workflow is compiled. A field whose name Python or this class needs is reached by `promise["field"]`.
    """

    __slots__ = ("_reference",)

    _reference: Reference

    def __init__(self, reference: Reference) -> None:
        object.__setattr__(self, "_reference", reference)

    def __getattr__(self, name: str) -> Promise:
        if name.startswith("__") or name == "_reference":
            raise AttributeError(name)  # what Python asks for on its own is no field
        return self._step(name)

    def __getitem__(self, key: str | int) -> Promise:
        if type(key) not in (str, int):
            self._misused(f"`promise[{key!r}]`", "a part of it is reached by a name or a position")
        return self._step(key)

    def _step(self, step: str | int) -> Promise:
        reference = self._reference
        return Promise(Reference(reference.node_id, reference.output, (*reference.path, step)))

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
        self._misused("`if promise`", "decide in a task, by `conditional`, or in a @dynamic")

    def __len__(self) -> NoReturn:  # noqa: PLE0303 - it never returns
        self._misused("`len(promise)`", "count in a task, or in a @dynamic")

    def __iter__(self) -> Iterator[Any]:
        self._misused("`for x in promise`", "its elements are not there yet: use `map_task`, or a @dynamic")

    def __contains__(self, item: object) -> bool:
        self._misused("`x in promise`", "look in a task, or in a @dynamic")

    def __format__(self, spec: str) -> str:
        self._misused('`f"{promise}"`', "its value is not there yet: format in a task (or show the promise with !r)")

    def __call__(self, *_: object, **__: object) -> NoReturn:
        self._misused("`promise(...)`", "its value is not there yet: call methods in a task")

    def _operator(self, *_: object) -> NoReturn:
        self._misused("arithmetic or a comparison with a promise", "compute in a task, or in a @dynamic")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _operator
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __matmul__ = __rmatmul__ = _operator
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = __lshift__ = __rlshift__ = __rshift__ = _operator
    __divmod__ = __rdivmod__ = __round__ = __trunc__ = __complex__ = _operator
    __neg__ = __pos__ = __abs__ = __invert__ = __int__ = __float__ = __index__ = _operator
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = _operator

    def __hash__(self) -> NoReturn:  # noqa: PLE0309 - it never returns
        self._misused("a promise as a key", "its value is not there yet: look up in a task")

    def _misused(self, what: str, instead: str) -> NoReturn:
        raise WorkflowError(f"{what} in a workflow, with the promise `{self._reference}`: {instead}")


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
