"""Tracing: running the body of a workflow once, with promises, to see what it calls with what.

The trace in progress and the mode that code runs in are the only state of this package, and this file owns them.
"""

from __future__ import annotations

import enum
import re
import sys
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any, Self, TypeVar, Union

from flytetypes._annotations import hints_of, parse, source_of
from flytetypes._diagnostics import Diagnostic, Place
from flytetypes.authoring._call import inputs_of_call
from flytetypes.authoring._graph import (
    Binding,
    Branch,
    Case,
    Comparison,
    Conjunction,
    Constant,
    DictBinding,
    ListBinding,
    Node,
    RecordBinding,
    Reference,
    Target,
)
from flytetypes.authoring._names import dns_name
from flytetypes.authoring._overrides import Overrides
from flytetypes.authoring._promise import CallResult, OpenResult, Promise, misuse, place_outside, reference_of
from flytetypes.errors import ConversionError, OptionError, key_step
from flytetypes.interface import Interface, Variable
from flytetypes.storage import Source
from flytetypes.types import Outbox, TypeEngine

R = TypeVar("R")

# A promise as its repr shows it, in a text that was made from it by "%s" or join.
_SHOWN_PROMISE = re.compile(r"Promise\((?:(?P<node>[a-z]*n\d+)\.)?(?P<output>\w+)[^()]*\)")


class Mode(enum.Enum):
    """What calling a task or workflow means where the caller runs."""

    NONE = "none"
    """It runs."""
    TRACING = "tracing"
    """It becomes a node."""
    EAGER = "eager"
    """It starts, and is to be awaited."""
    TASK = "task"
    """It is a plain call: the body of a task is just Python."""


class Draft:
    """A call while the body is being traced: `with_overrides` and `>>` still change it."""

    __slots__ = ("after", "bindings", "id", "options", "place", "scope", "target")

    def __init__(
        self, node_id: str, target: Target, bindings: Mapping[str, Binding], place: Place, scope: Scope
    ) -> None:
        self.id = node_id
        self.target = target
        self.bindings = bindings
        self.place = place
        self.scope = scope
        self.after: tuple[Draft, ...] = ()
        self.options: Mapping[str, Any] | None = None

    def override(self, options: Mapping[str, Any]) -> None:
        """Add to its options; what is wrong with them is a problem of the workflow."""
        trace = self.scope.trace
        if self.scope.is_frozen:
            instead = "write `with_overrides` where the call is made"
            raise misuse("`with_overrides` behind its branch or workflow", f"the node `{self.id}`", instead)
        if not _runs_container(self.target):
            for name in _OF_CONTAINERS & options.keys():
                trace.report(
                    "bad-option",
                    f"`with_overrides({name}=...)` is for tasks, and `{self.target.name}` is none",
                    node=self.id,
                    fix="override it where the task is called",
                )
        held = [name for name, value in options.items() if isinstance(value, CallResult)]
        for name in held:
            trace.report(
                "bad-option",
                f"`with_overrides({name}=...)` got a promise",
                node=self.id,
                fix="an override is fixed when the workflow is compiled: give a value",
            )
        kept = {
            name: value
            for name, value in options.items()
            if name not in held and (value is not None or name == "timeout")  # None: as if it were not given
        }
        try:
            Overrides.of({**(self.options or {}), **kept})
        except OptionError as error:
            trace.report(
                "bad-option", f"`with_overrides`: {error}", node=self.id, fix="see `Overrides` for what it takes"
            )
            return
        self.options = {**(self.options or {}), **kept}


_OF_CONTAINERS = {
    *("resources", "requests", "limits", "container_image", "accelerator", "shared_memory", "pod_template"),
    "task_config",
}


def _runs_container(target: Target) -> bool:
    return hasattr(target, "options") and hasattr(target, "task_type")


class Scope:
    """A list of calls: the body of the workflow, or one branch of a conditional in it."""

    __slots__ = ("drafts", "first", "is_frozen", "trace")

    def __init__(self, trace: Trace, first: int = 0) -> None:
        self.trace = trace
        self.first = first  # the number of its first call: those of a conditional are counted through
        self.drafts: list[Draft] = []
        self.is_frozen = False

    def names(self) -> dict[str, str]:
        """The ids that `with_overrides(node_name=...)` has changed, old to new."""
        return {
            draft.id: dns_name(draft.options["node_name"])
            for draft in self.drafts
            if draft.options and draft.options.get("node_name") is not None
        }

    def rebound(self, bindings: dict[str, Binding]) -> dict[str, Binding]:
        """Bindings from outside in which its calls have their new names."""
        renamed = self.names()
        rebound: dict[str, Binding] = _renamed(bindings, renamed) if renamed else bindings
        return rebound

    def frozen(self) -> tuple[Node, ...]:
        """Its calls as nodes, with the names that they were given meanwhile; after that they do not change."""
        self.is_frozen = True
        names = self.names()
        # A branch holds one call, and refers to calls of the body only: those are renamed with the body.
        renamed = names if self is self.trace.body else {}
        nodes = []
        for draft in self.drafts:
            bindings = draft.bindings
            after = tuple(dict.fromkeys([earlier.id for earlier in draft.after])) if draft.after else ()
            if renamed:
                bindings = _renamed(bindings, renamed)
                after = tuple(renamed.get(name, name) for name in after)
            overrides = Overrides.of(draft.options) if draft.options else None
            target = _renamed(draft.target, renamed) if renamed else draft.target
            nodes.append(Node(names.get(draft.id, draft.id), target, bindings, draft.place, after, overrides))
        return tuple(nodes)


class Trace:
    """What a body has called so far, and what was wrong with it.

    Attributes:
        name: Of the workflow, for problems.
        inputs: Its inputs, which promises without a node stand for.
        prefix: Before the numbers in the ids of its nodes.
        scopes: The body, and the branches inside of one another that are being written.
        diagnostics: Every problem so far.
        uploads: What constants keep in the store.
        finishers: Conditionals that nobody may have closed: where they stand, and what ends them.
    """

    def __init__(self, name: str, inputs: dict[str, Variable], prefix: str = "") -> None:
        self.name = name
        self.inputs = inputs
        self.prefix = prefix
        self.scopes = [Scope(self)]
        self.diagnostics: list[Diagnostic] = []
        self.uploads: dict[str, Source] = {}
        self.finishers: list[tuple[Scope, Callable[[], object]]] = []

    @property
    def body(self) -> Scope:
        """The calls of the workflow itself."""
        return self.scopes[0]

    def report(self, code: str, message: str, **facts: Any) -> None:
        """Note a problem; its place is that of the running call unless one is given."""
        facts.setdefault("place", place_outside(sys._getframe(1)))  # noqa: SLF001 - a stack of frames only for this
        self.diagnostics.append(Diagnostic(code, message, self.name, **facts))

    def add(self, target: Target, bindings: Mapping[str, Binding], place: Place, scope: Scope | None = None) -> Draft:
        """Note a call, where calls belong now or in another scope."""
        scope = scope or self.scopes[-1]
        draft = Draft(f"{self.prefix}n{scope.first + len(scope.drafts)}", target, bindings, place, scope)
        scope.drafts.append(draft)
        return draft

    def finish(self, scope: Scope) -> None:
        """End the conditionals that are left open in a list of calls."""
        for home, finish in self.finishers:
            if home is scope:
                finish()

    def open_branch(self, index: int) -> Scope:
        """From now on calls belong to a new branch, the one of this index in its conditional."""
        scope = Scope(self, index)
        self.scopes.append(scope)
        return scope

    def close_branch(self, scope: Scope) -> None:
        """Calls no longer belong to this branch, nor to those that were opened inside of it."""
        del self.scopes[self.scopes.index(scope) :]


_mode: ContextVar[Mode] = ContextVar("flytetypes_mode", default=Mode.NONE)
_trace: ContextVar[Trace | None] = ContextVar("flytetypes_trace", default=None)


def current_mode() -> Mode:
    """The mode of the running code."""
    return _mode.get()


def current_trace(what: str) -> Trace:
    """The trace in progress; raises `RuntimeError` where no workflow is being traced."""
    trace = _trace.get()
    if trace is None:
        raise RuntimeError(f"{what} belongs in the body of a workflow: nothing is being traced here")
    return trace


def run_as(mode: Mode, function: Callable[..., R], values: Mapping[str, Any], trace: Trace | None = None) -> R:
    """Call a function in a context of its own, in this mode."""
    return copy_context().run(_call_as, mode, function, values, trace)


def _call_as(mode: Mode, function: Callable[..., R], values: Mapping[str, Any], trace: Trace | None) -> R:
    _mode.set(mode)
    _trace.set(trace)
    return function(**values)


async def run_async_as(mode: Mode, function: Callable[..., Coroutine[Any, Any, R]], values: Mapping[str, Any]) -> R:
    """Await an `async def` in this mode, which what runs meanwhile does not see."""
    before, trace = _mode.set(mode), _trace.set(None)
    try:
        return await function(**values)
    finally:
        # Nobody awaits it any more, and it is closed from elsewhere: there is nothing to go back to there.
        with suppress(ValueError):
            _mode.reset(before)
            _trace.reset(trace)


def enter_trace(trace: Trace) -> Callable[[], None]:
    """Make a trace the current one until what this gives is called: for workflows that are no functions."""
    mode, current = _mode.set(Mode.TRACING), _trace.set(trace)

    def leave() -> None:
        _mode.reset(mode)
        _trace.reset(current)

    return leave


def add_node(target: Target, args: tuple[Any, ...], given: Mapping[str, Any]) -> Any:
    """Note a call of the body being traced; its outputs as promises. What is wrong with it is noted, not raised."""
    trace = current_trace("this call")
    place = place_outside(sys._getframe(2))  # noqa: SLF001 - whoever called what calls this
    interface = target.interface
    if getattr(target, "is_open", False):
        target.is_open = False  # type: ignore[attr-defined]  # a workflow that is built step by step: whole by now
    arguments, problems = inputs_of_call(interface, args, given, getattr(target, "fixed_inputs", ()))
    bindings = bound_inputs(interface, arguments, trace, place)
    draft = trace.add(target, bindings, place)
    for problem in problems:
        trace.report(
            problem.code, problem.message, node=draft.id, place=place, signature=interface.signature(), fix=problem.fix
        )
    return promised(interface, draft)


def bound_inputs(interface: Interface, arguments: Mapping[str, Any], trace: Trace, place: Place) -> dict[str, Binding]:
    """What the arguments of a call bind its inputs to; an argument that does not fit is a problem, and left out."""
    bindings: dict[str, Binding] = {}
    inputs = interface.inputs
    scopes = trace.scopes
    for name, value in arguments.items():
        if type(value) is Promise and value._scope in scopes:  # noqa: SLF001 - the usual case, at once
            bindings[name] = value._reference  # noqa: SLF001
            continue
        try:
            bindings[name] = bind(value, inputs[name], interface.engine, trace)
        except ConversionError as error:
            report_constant(trace, error.within(name), interface, place)
    return bindings


def report_constant(trace: Trace, error: ConversionError, interface: Interface, place: Place | None) -> None:
    """Note a constant that does not fit."""
    formatted = error.reason is not None and "was made a text" in error.reason
    foreign = isinstance(error, OutOfScopeError)
    code = "out-of-scope" if foreign else "formatted-promise" if formatted else "wrong-constant"
    fixes = {
        "formatted-promise": "pass the promise itself to a task that makes the text",
        "out-of-scope": "use it where it was made, or make it an output or input there",
        "wrong-constant": f"give {error.expected}",
    }
    trace.report(
        code,
        str(error.of(interface.name)),
        place=place,
        path=error.path,
        signature=interface.signature(),
        expected=error.expected,
        got=error.got,
        rule=error.reason,
        fix=fixes[code],
    )


class OutOfScopeError(ConversionError):
    """A promise of another workflow, or of a branch that is closed."""


def bind(value: object, variable: Variable, engine: TypeEngine, trace: Trace) -> Binding:
    """What a value in the body of a workflow binds an input or output to.

    Raises:
        ConversionError: When a constant in it does not fit.
    """
    try:
        return _bind(value, variable.annotation, engine, trace)
    except RecursionError:
        raise ConversionError(f"`{source_of(variable.annotation)}`", got="a value that contains itself") from None


def _bind(value: object, annotation: Any, engine: TypeEngine, trace: Trace) -> Binding:
    reference = reference_of(value)
    if reference is not None:
        return _in_scope(value, reference, trace)
    if isinstance(value, CallResult):
        return _bind_result(value, annotation, engine, trace)
    if _holds_promise(value):
        return _bind_container(value, annotation, engine, trace)
    if isinstance(value, str) and _shows_promise(value, trace):
        raise ConversionError("a value", value, reason="a promise was made a text: its value is not there yet")
    converter = engine.converter(annotation)
    if converter.offloads is None:
        return Constant(converter.to_bytes(value))
    out = Outbox(engine.prefix, keeps_local=True)
    literal = converter.write(value, out)
    trace.uploads.update(out.uploads)
    return Constant(literal)


def _shows_promise(text: str, trace: Trace) -> bool:
    """Whether a text was made of a promise of this workflow: others may look like it."""
    ids = {draft.id for scope in trace.scopes for draft in scope.drafts} if "Promise(" in text else ()
    return any(
        shown["output"] in trace.inputs if shown["node"] is None else shown["node"] in ids
        for shown in _SHOWN_PROMISE.finditer(text)
    )


def _in_scope(value: Any, reference: Reference, trace: Trace) -> Reference:
    if value._scope in trace.scopes:  # noqa: SLF001 - a promise's own
        return reference
    where = "a branch of a conditional" if value._scope.trace is trace else f"workflow `{value._scope.trace.name}`"  # noqa: SLF001
    raise OutOfScopeError("a promise that exists here", got=f"the promise `{reference}` of {where}")


def _bind_result(value: CallResult, annotation: Any, engine: TypeEngine, trace: Trace) -> Binding:
    """What is no single promise: a conditional that is left open gives its promise, others are mistaken for values."""
    if isinstance(value, OpenResult):
        return _bind(value.finished(), annotation, engine, trace)
    if isinstance(value, tuple):
        outputs = ", ".join(type(value)._fields)  # type: ignore[attr-defined]  # a named tuple
        raise ConversionError(f"`{source_of(annotation)}`", got=f"several promises ({outputs}): pass one of them")
    raise ConversionError(f"`{source_of(annotation)}`", got="the result of a call that has no outputs")


def _bind_container(value: object, annotation: Any, engine: TypeEngine, trace: Trace) -> Binding:
    misfit = ConversionError(f"`{source_of(annotation)}`", got=f"a `{type(value).__name__}` with promises in it")
    for candidate in _alternatives(annotation):
        parsed = parse(candidate)
        try:
            if type(value) is list and parsed.origin is list and parsed.args:
                element = parsed.args[0]
                return ListBinding(tuple(_within(i, item, element, engine, trace) for i, item in enumerate(value)))
            if type(value) is dict and parsed.origin is dict and parsed.args and parsed.args[0] is str:
                element = parsed.args[1]
                return DictBinding({k: _within(key_step(k), v, element, engine, trace) for k, v in value.items()})
            if _is_dataclass(value) and parsed.origin is type(value):
                hints = hints_of(type(value))
                return RecordBinding(
                    candidate,
                    {
                        name: _within(f".{name}", item, hints[name], engine, trace)
                        for name, item in _fields(value).items()
                    },
                )
        except ConversionError as error:
            misfit = error  # of a union the next variant may fit
    raise misfit


def _within(step: str | int, value: object, annotation: Any, engine: TypeEngine, trace: Trace) -> Binding:
    try:
        return _bind(value, annotation, engine, trace)
    except ConversionError as error:
        raise error.within(step)  # noqa: B904 - the same error, with one more step


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    parsed = parse(annotation)
    return parsed.args if parsed.origin is Union else (annotation,)


def _is_dataclass(value: object) -> bool:
    return hasattr(type(value), "__dataclass_fields__")


def _fields(value: Any) -> dict[str, Any]:
    import dataclasses  # dear to import, and whoever has such a class has imported it

    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.init}


def _holds_promise(value: object) -> bool:
    if type(value) is list or type(value) is tuple:
        return any(isinstance(item, CallResult) or _holds_promise(item) for item in value)
    if type(value) is dict:
        return any(isinstance(item, CallResult) or _holds_promise(item) for item in value.values())
    if _is_dataclass(value):
        return any(isinstance(item, CallResult) or _holds_promise(item) for item in _fields(value).values())
    return False


# --- results ----------------------------------------------------------------------------------------------------------


class NodeHandle(CallResult):
    """A call in the body of a workflow: its options, its order, and its outputs as attributes.

    What `create_node` and `node_of` give, and a call of what has no outputs.
    """

    __slots__ = ("_draft",)

    _draft: Draft

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def _call(self, what: str) -> Draft:
        return self._draft

    if TYPE_CHECKING:

        def __rrshift__(self, other: object) -> Self:
            """`a >> b`: what stands on the left is a promise, which a checker takes for its value."""

    @property
    def id(self) -> str:
        """The id that it has so far: `n0`."""
        return self._draft.id

    @property
    def outputs(self) -> dict[str, Any]:
        """Its outputs as promises, by name."""
        draft = self._draft
        return {name: Promise(Reference(draft.id, name), draft.scope, draft) for name in draft.target.interface.outputs}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        outputs = self.outputs
        if name not in outputs:
            known = ", ".join(outputs) or "it has none"
            raise misuse(f"`.{name}`", f"the node `{self._draft.id}`", f"use one of its outputs ({known})")
        return outputs[name]

    def __repr__(self) -> str:
        return f"NodeHandle({self._draft.id})"


class PromisedOutputs(CallResult):
    """Several promises of one call: a tuple of the class that names them."""

    __slots__ = ()

    def _call(self, what: str) -> Draft:
        draft: Draft = self[0]._call(what)  # type: ignore[index]  # noqa: SLF001 - a tuple of promises
        return draft


_tuple_classes: dict[Any, type] = {}


def promised(interface: Interface, draft: Draft) -> Any:
    """The outputs of a call as its caller sees them: nothing but a handle, one promise, or a tuple with names."""
    names = interface.outputs
    if not names:
        return NodeHandle(draft)
    if interface.output_class is None:
        for name in names:
            return Promise(Reference(draft.id, name), draft.scope, draft)
    cls = _tuple_classes.get(interface.output_class)
    if cls is None:
        base: Any = interface.output_class
        cls = _tuple_classes[base] = type(base.__name__, (PromisedOutputs, base), {"__slots__": ()})
    promises = [Promise(Reference(draft.id, name), draft.scope, draft) for name in names]
    return cls._make(promises)  # type: ignore[attr-defined]  # a named tuple


def node_of(result: object) -> NodeHandle:
    """The call behind a promise, for its order and options; checkers know that there is a `>>` between two of them.

    Raises:
        WorkflowError: For what no call has given.
    """
    if not isinstance(result, CallResult):
        raise misuse("`node_of`", f"{result!r}", "give it the result of a call in the same workflow")
    return NodeHandle(result._call("`node_of`"))  # noqa: SLF001 - a sibling


# --- new names --------------------------------------------------------------------------------------------------------


def _renamed(part: Any, renamed: Mapping[str, str]) -> Any:
    """Bindings, conditions and targets in which nodes have their new names."""

    def again(inner: Any) -> Any:
        return _renamed(inner, renamed)

    match part:
        case Reference(node_id, output, path):
            return part if node_id is None else Reference(renamed.get(node_id, node_id), output, path)
        case tuple():
            return tuple(map(again, part))
        case dict():
            return {key: again(item) for key, item in part.items()}
        case ListBinding(items):
            return ListBinding(again(items))
        case DictBinding(items):
            return DictBinding(again(items))
        case RecordBinding(annotation, fields):
            return RecordBinding(annotation, again(fields))
        case Comparison(operator, left, right):
            return Comparison(operator, again(left), again(right))
        case Conjunction(operator, left, right):
            return Conjunction(operator, again(left), again(right))
        case Case(condition, node):
            return Case(again(condition), again(node))
        case Branch(name, interface, cases, otherwise):
            return Branch(name, interface, again(cases), again(otherwise))
        case Node(
            node_id, target, bindings, place, after, overrides
        ):  # inside of a branch: its own id is another one's
            return Node(node_id, again(target), again(bindings), place, after, overrides)
        case _:
            return part
