"""Diagnostics: what is wrong with a workflow, each with a stable code, its address, and one way to mend it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from flytetypes._record import Record
from flytetypes._redact import shown
from flytetypes.errors import one_line

__all__ = ["CODES", "Diagnostic", "Place", "told_problems"]

CODES: Final = {
    "bad-handler": "A failure handler that cannot take the inputs of its workflow.",
    "bad-map": "A map over what cannot be mapped, or with inputs of different lengths.",
    "bad-name": "A name that no Kubernetes object can have, or one that Flyte keeps for itself.",
    "bad-option": "An option with a value that Flyte does not take.",
    "bad-schedule": "A schedule that cannot start its launch plan.",
    "body-failed": "The body of a workflow raised an exception.",
    "branch-body": "A branch that is not exactly one call.",
    "branch-outputs": "Branches that do not give the same outputs, or give them with different types.",
    "condition": "A condition that compares what cannot be compared.",
    "cycle": "Nodes, or workflows, that wait for each other.",
    "directory-for-file": "A directory where a file is expected, or the other way round: Flyte lets it pass.",
    "duplicate-id": "Two nodes with one id: Flyte would drop the second silently.",
    "duplicate-name": "Two different entities with one name.",
    "fixed-input": "A value for an input that the launch plan has fixed.",
    "formatted-promise": "A promise that was made a text: its value is not there yet.",
    "local-only": "It runs here, and no Flyte backend takes it.",
    "missing-input": "A call without an input that is required.",
    "negative-index": "A negative position in a promise: Flyte counts from the front only.",
    "no-nodes": "A workflow that calls nothing.",
    "nondeterministic": "A call in the body of a workflow whose result differs each time that it is compiled.",
    "not-loadable": "A task that its container could not find again.",
    "out-of-scope": "A promise that is used where it does not exist: outside of its branch or its workflow.",
    "positional-call": "A call with positional arguments.",
    "promise-misused": "Something done with a promise that needs its value.",
    "type-mismatch": "A value of one type where another one is expected.",
    "unbound-output": "An output of a workflow that nothing is bound to.",
    "unknown-attribute": "A step into a value that leads nowhere.",
    "unknown-entity": "A reference to a task, workflow or launch plan that is not there.",
    "unknown-input": "A call with an input that the callee does not have.",
    "unknown-node": "A reference to a node, or an output of one, that is not there.",
    "wire-shape": "A message from the wire that lacks something, or has too much of it.",
    "wrong-constant": "A constant that does not fit where it is used.",
}
"""Every code, with what it says. They are stable: new ones come, none changes its meaning."""


class Place(NamedTuple):
    """Where something is written."""

    file: str
    """Path of the source file."""
    line: int
    """Counted from 1."""

    def __str__(self) -> str:
        return f"{os.path.basename(self.file)}:{self.line}"  # noqa: PTH119 - pathlib is dear to import


class Diagnostic(Record):
    """One problem of a workflow.

    Attributes:
        code: What kind of problem; a key of `CODES`.
        message: What is wrong, as one line.
        workflow: The workflow that has it.
        place: File and line of the call.
        node: The node's id, if it is about one.
        path: Where in the value: `values[1]`.
        signature: Of what is called.
        producer: What gives the value: `output `o0` of `t2(a: str) -> str``.
        producer_place: File and line of that call.
        expected: The type, or the value, that would have been right.
        got: What came instead.
        rule: The rule of assignability that failed.
        fix: One concrete way to mend it.
        severity: `error`, or `warning`: it compiles nevertheless.
        cause: The exception behind it, if somebody else's code raised one.
    """

    code: str
    message: str
    workflow: str = ""
    place: Place | None = None
    node: str | None = None
    path: str | None = None
    signature: str | None = None
    producer: str | None = None
    producer_place: Place | None = None
    expected: str | None = None
    got: str | None = None
    rule: str | None = None
    fix: str | None = None
    severity: str = "error"
    cause: BaseException | None = None

    def __str__(self) -> str:
        return "\n".join(self.lines())

    @property
    def is_error(self) -> bool:
        """Whether it must be mended."""
        return self.severity == "error"

    def lines(self) -> list[str]:
        """The block that people read: the first line says what and where, the others are indented."""
        place = f"{self.place}: " if self.place is not None else ""
        lines = [f"{self.severity}[{self.code}] {place}{_line(self.message)}"]
        producer = self.producer
        if producer is not None and self.producer_place is not None:
            producer = f"{producer}, called at {self.producer_place}"
        facts = (
            ("at", self.path and f"`{self.path}`"),
            ("from", producer),
            ("to", self.signature and f"`{self.signature}`"),
            ("expected", self.expected),
            ("got", self.got),
            ("because", self.rule),
            ("fix", self.fix),
        )
        return [*lines, *(f"  {word:<9} {_line(fact)}" for word, fact in facts if fact)]

    def to_json(self) -> dict[str, Any]:
        """The same as plain data; what does not apply is left out."""
        tree: dict[str, Any] = {}
        for name in self.__match_args__:
            value = getattr(self, name)
            if isinstance(value, Place):
                value = {"file": value.file, "line": value.line}
            if value not in (None, "") and name != "cause":
                tree[name] = value
        return tree


def told_problems(name: str, found: Sequence[Diagnostic], *, is_running: bool = False) -> str:
    """All problems of a workflow, or of a dynamic that is running, as the text of one exception."""
    count = "one problem" if len(found) == 1 else f"{len(found)} problems"
    if is_running:
        lines = [f"dynamic `{name}` has {count}; none of its tasks has run"]
    else:
        lines = [f"workflow `{name}` has {count}; no task has run"]
    for diagnostic in found:
        first, *rest = diagnostic.lines()
        lines.append(f"  {first}")
        if diagnostic.workflow not in ("", name):
            lines.append(f"    {'in':<9} workflow `{diagnostic.workflow}`")
        lines += [f"  {line}" for line in rest]
    return "\n".join(lines)


def _line(text: str) -> str:
    return one_line(shown(text))
