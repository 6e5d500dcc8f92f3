"""Gates: nodes that wait for a person, for an input, or for time to pass."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any, Final, TypeVar, cast, overload

from flytetypes.authoring._graph import Approve, Gate, Sleep, WaitForInput
from flytetypes.authoring._options import checked_name, seconds_of
from flytetypes.authoring._promise import OpenResult, Promise, misuse, place_outside, reference_of
from flytetypes.authoring._trace import NodeHandle, add_node, current_trace, promised
from flytetypes.errors import describe
from flytetypes.interface import Interface, Variable, default_engine
from flytetypes.types import part_type

T = TypeVar("T")

_AN_HOUR: Final = timedelta(hours=1)


def approve(value: T, name: str, timeout: timedelta | None = None) -> T:
    """Pass a value on when somebody has approved it.

    Args:
        value: A promise.
        name: What the person is asked for; unique in the workflow.
        timeout: How long to wait before the workflow fails; an hour if it is not given.
    """
    checked_name("gate", name)
    if isinstance(value, OpenResult):
        value = value.finished()  # a conditional that is left open
    reference = reference_of(value)
    if reference is None:
        raise misuse(f"approving {describe(value)}", f"the gate `{name}`", "approve a promise: what a call has given")
    promise = cast("Promise", value)
    variable = _variable_of(promise, reference.output)
    interface = Interface(name, {variable.name: variable}, {variable.name: variable}, engine=default_engine())
    gate = Approve(name, interface, seconds_of(timeout) or _AN_HOUR)
    return cast("T", add_node(gate, (), {variable.name: value}))


def _variable_of(promise: Promise, output: str) -> Variable:
    """The variable behind a promise; of a part of one it is found by its type."""
    draft, reference = promise._draft, promise._reference  # noqa: SLF001 - a sibling
    variables = promise._scope.trace.inputs if draft is None else draft.target.interface.outputs  # noqa: SLF001
    variable = variables[output]
    if not reference.path:
        return variable
    literal_type, unknown = part_type(variable.converter.literal_type, reference.path)
    if unknown is not None:
        return variable  # the check tells of it
    engine = default_engine()
    annotation = engine.guess(literal_type)
    return Variable(output, annotation, engine.converter(annotation), variable.description)


@overload
def wait_for_input(name: str, timeout: timedelta | None = None, *, expected_type: type[T]) -> T: ...
@overload
def wait_for_input(name: str, timeout: timedelta | None, expected_type: type[T]) -> T: ...
@overload
def wait_for_input(name: str, timeout: timedelta | None = None, *, expected_type: Any) -> Any: ...
@overload
def wait_for_input(name: str, timeout: timedelta | None, expected_type: Any) -> Any: ...
def wait_for_input(name: str, timeout: timedelta | None = None, expected_type: Any = None) -> Any:
    """A value that somebody gives while the workflow runs.

    Args:
        name: What the person is asked for; unique in the workflow.
        timeout: How long to wait before the workflow fails; an hour if it is not given.
        expected_type: The annotation of the value.
    """
    checked_name("gate", name)
    if expected_type is None:
        raise misuse(
            "`wait_for_input` without `expected_type`", f"the gate `{name}`", "say the type: `expected_type=int`"
        )
    interface = Interface.declared(name, {}, {"o0": expected_type})
    return _gate(WaitForInput(name, interface, seconds_of(timeout) or _AN_HOUR))


def sleep(duration: timedelta) -> NodeHandle:
    """Open after a while; `sleep(...) >> node` makes a node wait."""
    span = seconds_of(duration, "the duration of a sleep")
    gate = Sleep("sleep-gate", Interface("sleep", {}, {}, engine=default_engine()), span or timedelta(0))
    node: NodeHandle = _gate(gate)
    return node


def _gate(gate: Gate) -> Any:
    trace = current_trace("a gate")
    draft = trace.add(gate, {}, place_outside(sys._getframe(2)))  # noqa: SLF001 - the caller's caller
    return promised(gate.interface, draft)
