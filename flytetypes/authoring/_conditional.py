"""Conditionals: one of several calls, chosen when the workflow runs.

    conditional("sign").if_(n > 0).then(double(n=n)).elif_(n < 0).then(negate(n=n)).else_().fail("zero")

Each branch is exactly one call, of a task, a workflow, a launch plan, or another conditional. What its arguments need
is called before the conditional.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any, Generic, Never, TypeVar, cast, overload

from flytetypes._diagnostics import Place
from flytetypes.authoring._graph import Branch, Case, Node
from flytetypes.authoring._options import checked_name
from flytetypes.authoring._promise import CallResult, Expression, Late, OpenResult, Promise, misuse, place_outside
from flytetypes.authoring._trace import Draft, Scope, Trace, current_trace, promised
from flytetypes.errors import describe
from flytetypes.interface import Interface, default_engine, tuple_class

T = TypeVar("T")
U = TypeVar("U")


def conditional(name: str) -> Conditional:
    """Begin a conditional; its name is what people see of it. See this module for how it goes on."""
    checked_name("conditional", name)
    return Conditional(name, current_trace("a conditional"), place_outside(sys._getframe(1)))  # noqa: SLF001


class Conditional:
    """A conditional without a branch yet."""

    def __init__(self, name: str, trace: Trace, place: Place) -> None:
        self._building = _Building(name, trace, place)

    def if_(self, condition: bool | Expression) -> Then[Never]:
        """The first condition: comparisons of promises, joined by `&` and `|`, each in brackets."""
        return Then(self._building.case(condition))


class Then(Generic[T]):
    """A condition without its call yet. For checkers: T is what all branches give; Never before the first one."""

    def __init__(self, building: _Building) -> None:
        self._building = building

    @overload
    def then(self: Then[Never], result: Late[U]) -> Else[U]: ...
    @overload
    def then(self: Then[Never], result: U) -> Else[U]: ...
    @overload
    def then(self, result: T | Late[T]) -> Else[T]: ...
    def then(self, result: Any) -> Else[Any]:
        """What to call when the condition holds."""
        self._building.close(result)
        return Else(self._building)

    def fail(self, message: str) -> Else[T]:
        """Fail when the condition holds: only the last branch can, behind `else_()`."""
        self._building.close_unfit(f"`.fail({message!r})` stands before the last branch", "fail behind `else_()`")
        return Else(self._building)


class Else(OpenResult, Late[T]):
    """A conditional that may go on, or end here: then nothing runs when no condition holds."""

    __slots__ = ("_building",)

    def __init__(self, building: _Building) -> None:
        self._building = building

    def elif_(self, condition: bool | Expression) -> Then[T]:
        """The next condition."""
        return Then(self._building.case(condition))

    def else_(self) -> Last[T]:
        """When no condition holds."""
        self._building.open()
        return Last(self._building)

    def finished(self) -> T:
        """The outputs, without an `else_`."""
        return cast("T", self._building.finished())

    def _call(self, what: str) -> Draft:
        result: Any = self.finished()
        draft: Draft = result._call(what)  # noqa: SLF001 - a sibling
        return draft

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.finished(), name)

    def __getitem__(self, key: Any) -> Any:
        result: Any = self.finished()
        return result[key]

    def __iter__(self) -> Iterator[Any]:
        result: Any = self.finished()
        return iter(result)


class Last(Generic[T]):
    """The last branch."""

    def __init__(self, building: _Building) -> None:
        self._building = building

    def then(self, result: T | Late[T]) -> T:
        """What to call when no condition holds; gives the outputs that all branches have."""
        self._building.close(result)
        return cast("T", self._building.finished())

    def fail(self, message: str) -> T:
        """Fail when no condition holds; gives the outputs of the other branches."""
        given: object = message
        if not isinstance(given, str):
            whose = f"the conditional `{self._building.name}`"
            raise misuse(f"`.fail(...)` with {describe(given)}", whose, "say in a text why it fails")
        self._building.abandon()
        self._building.otherwise = message
        return cast("T", self._building.finished())


class _Building:
    """A conditional while it is being written."""

    def __init__(self, name: str, trace: Trace, place: Place) -> None:
        self.name = name
        self.trace = trace
        self.place = place
        self.home = trace.scopes[-1]
        self.cases: list[Case] = []
        self.given: list[frozenset[str]] = []  # the outputs of each branch
        self.otherwise: Node | str | None = None
        self.condition: Any = None
        self.scope: Scope | None = None
        self.is_last = False
        self.is_spoiled = False
        self.result: Any = None
        trace.finishers.append((self.home, self.finished))

    def case(self, condition: object) -> _Building:
        """Begin a branch."""
        self._go_on("`.elif_(...)`")
        if not isinstance(condition, Expression):
            instead = "say what is compared: `promise.is_true()`, `promise == 1`"
            raise misuse(f"the condition {describe(condition)}", f"the conditional `{self.name}`", instead)
        for scope in condition.scopes:
            if scope not in self.trace.scopes:
                self._report(
                    "out-of-scope",
                    f"`{condition.condition}` has a promise that does not exist here",
                    "compare promises of this workflow, from outside of the branches",
                )
                self.is_spoiled = True
        self.condition = condition.condition
        self._begin()
        return self

    def open(self) -> None:
        """Begin the last branch."""
        self._go_on("`.else_()`")
        self.is_last = True
        self._begin()

    def _go_on(self, what: str) -> None:
        if self.result is not None or self.is_last:
            whose = f"the conditional `{self.name}`"
            raise misuse(f"{what} behind the end of a conditional", whose, "write a conditional of its own")

    def _begin(self) -> None:
        self.scope = self.trace.open_branch(len(self.cases))

    def abandon(self) -> Scope:
        """End a branch; what was called in it."""
        scope = self.scope
        if scope is None:
            raise misuse("`.then(...)`", f"the conditional `{self.name}`", "write `.if_(...)` or `.else_()` before it")
        self.trace.close_branch(scope)
        self.scope = None
        return scope

    def close_unfit(self, message: str, fix: str) -> None:
        """End a branch that is wrong."""
        self.abandon()
        self.is_spoiled = True
        self._report("branch-body", message, fix)

    def close(self, result: object) -> None:
        """End a branch by the result of its call."""
        if isinstance(result, Else):
            result = result.finished()
        scope = self.abandon()
        self.trace.finish(scope)
        node = self._body(scope, result)
        if node is None:
            self.is_spoiled = True
            return
        one = [result._reference.output] if isinstance(result, Promise) else None  # noqa: SLF001 - a sibling
        self.given.append(frozenset(one or node.target.interface.outputs))
        if self.is_last:
            self.otherwise = node
        elif not self.is_spoiled:
            self.cases.append(Case(self.condition, node))

    def _body(self, scope: Scope, result: object) -> Node | None:
        """The one node of a branch; None, and a problem, if it is not that."""
        if isinstance(result, Promise) and result._reference.path:  # noqa: SLF001 - a sibling
            self._report("branch-body", f"a branch gives `{result!r}`, a part of what its call gives", _ONE_CALL)
        elif not isinstance(result, CallResult):
            self._report("branch-body", f"a branch is {describe(result)}, and no call", _ONE_CALL)
        elif len(scope.drafts) != 1:
            count = len(scope.drafts) or "no"
            fix = _ONE_CALL if scope.drafts else "call it inside of `.then(...)`"
            self._report("branch-body", f"a branch of `{self.name}` has {count} calls, and takes exactly one", fix)
        elif result._call("a branch") is not scope.drafts[0]:  # noqa: SLF001 - a sibling
            self._report("branch-body", f"a branch of `{self.name}` gives what another call gave", _ONE_CALL)
        else:
            return scope.frozen()[0]
        return None

    def finished(self) -> Any:
        """The outputs of the conditional; it becomes a node when this is first asked."""
        if self.result is None:
            if self.scope is not None:
                self.close_unfit(f"the conditional `{self.name}` ends without `.then(...)`", "say what to call")
            elif not self.cases and not self.is_spoiled:
                self._report(
                    "branch-body", f"the conditional `{self.name}` has no branch", "write `.if_(...).then(...)`"
                )
            bodies = [case.node for case in self.cases]
            if isinstance(self.otherwise, Node):
                bodies.append(self.otherwise)
            interface = _common(self.name, bodies, self.given)
            branch = Branch(self.name, interface, tuple(self.cases), self.otherwise)
            draft = self.trace.add(branch, {}, self.place, self.home)
            self.result = promised(interface, draft)
        return self.result

    def _report(self, code: str, message: str, fix: str) -> None:
        self.trace.report(code, message, place=self.place, fix=fix)


_ONE_CALL = "call what it needs before the conditional, or make the branch a workflow of its own"


def _common(name: str, bodies: list[Node], given: list[frozenset[str]]) -> Interface:
    """The outputs that all branches give, as the first one declares them."""
    if not bodies:
        return Interface(name, {}, {}, engine=default_engine())
    first = bodies[0].target.interface
    outputs: Mapping[str, Any] = {
        key: variable for key, variable in first.outputs.items() if all(key in names for names in given)
    }
    cls = first.output_class if len(outputs) == len(first.outputs) else None
    if cls is None and len(outputs) > 1:
        cls = tuple_class(list(outputs))
    return Interface(name, {}, outputs, engine=first.engine, output_class=cls)
