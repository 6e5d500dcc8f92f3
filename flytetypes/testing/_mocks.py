"""Mocks of tasks, workflows and launch plans: what is called stays what it is, and what would run is a `MagicMock`.

The mock is called with the arguments as the function would be, by keywords; what it returns is converted as its result
would be, so a mock of the wrong type fails as the real one would. It is called wherever the entity runs in this
process: directly, as a node, in a map, inside of eager tasks and of other tasks. In the processes of an executor there
are no mocks: what is mocked runs in threads, with a notice.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, ParamSpec, TypeVar
from unittest.mock import MagicMock
from unittest.mock import patch as patch_object

from flytetypes.authoring import (
    Echo,
    Entity,
    FunctionTask,
    Graph,
    LaunchPlan,
    Mapped,
    Node,
    Place,
    Reference,
    ReferenceEntity,
    Task,
    TaskOptions,
    WorkflowEntity,
)
from flytetypes.errors import FlyteTypesError, OptionError, describe
from flytetypes.interface import Interface

P = ParamSpec("P")
R = TypeVar("R")


class UnmockedError(FlyteTypesError):
    """In strict mode something ran that lies outside of this process's Python, and was not mocked."""


@contextmanager
def task_mock(target: Entity[..., Any]) -> Iterator[MagicMock]:
    """Have a mock run in place of an entity, inside of the block.

        with task_mock(fetch) as mock:
            mock.return_value = ["a", "b"]
            assert count(source="s3://...") == 2
        mock.assert_called_once_with(source="s3://...")

    Args:
        target: A task, workflow, launch plan or reference. Of a map, mock the task inside of it.

    Raises:
        OptionError: For what cannot be mocked.
    """
    mock = MagicMock(name=getattr(target, "name", None))
    with ExitStack() as stack:
        for owner, attribute, value in _replacements(target, mock):
            stack.enter_context(patch_object.object(owner, attribute, value))
        yield mock


def patch(target: Entity[..., Any]) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Decorate a test so that a mock runs in place of an entity; the test gets the mock as its first argument, behind
    `self`.

    The same entities as for `task_mock`. Several of them stack as those of `unittest.mock.patch` do: the lowest one
    comes first.
    """

    def decorate(test: Callable[..., R]) -> Callable[..., R]:
        parameters = list(inspect.signature(test).parameters.values())
        before = 1 if parameters and parameters[0].name in ("self", "cls") else 0
        patched: Any
        if inspect.iscoroutinefunction(test):

            @functools.wraps(test)
            async def patched(*args: Any, **kwargs: Any) -> Any:
                with task_mock(target) as mock:
                    return await test(*args[:before], mock, *args[before:], **kwargs)

        else:

            @functools.wraps(test)
            def patched(*args: Any, **kwargs: Any) -> R:
                with task_mock(target) as mock:
                    return test(*args[:before], mock, *args[before:], **kwargs)

        # What pytest takes for fixtures: all parameters but the mock.
        del parameters[before]
        patched.__signature__ = inspect.signature(test).replace(parameters=parameters)
        made: Callable[..., R] = patched
        return made

    return decorate


@contextmanager
def strict() -> Iterator[None]:
    """Have everything external fail that is not mocked, inside of the block.

    External is what runs neither a Python function of a task nor a graph of them: shell scripts, containers, queries,
    references, and further kinds of tasks that are no functions.

    Raises:
        UnmockedError: Where such a thing is to run.
    """

    def refuse(self: Entity[..., Any], arguments: Mapping[str, Any]) -> Any:
        del arguments
        raise UnmockedError(
            f"`{self.interface.name}` is a {self.kind}, which is not mocked here: "
            "`with task_mock(it) as mock: mock.return_value = ...`"
        )

    with ExitStack() as stack:
        for cls in _externals(Task) | _externals(ReferenceEntity):
            stack.enter_context(patch_object.object(cls, "run", refuse))
        yield


def _externals(cls: type[Any]) -> set[type[Any]]:
    """The class and those derived from it that say themselves how they run, and run no function."""
    if issubclass(cls, (FunctionTask, Mapped, Echo)):
        return set()
    found = {cls} if "run" in vars(cls) else set()
    for derived in cls.__subclasses__():
        found |= _externals(derived)
    return found


def _replacements(target: Any, mock: MagicMock) -> list[tuple[Any, str, Any]]:
    """What to set for a mock to run in place of an entity: object, attribute, value."""
    if isinstance(target, Mapped):
        raise OptionError(f"`{target.name}` is a map: mock the task inside of it, `{target.mapped.name}`")
    if isinstance(target, FunctionTask):
        return [(target, "function", _as_function(target, mock))]
    if isinstance(target, (Task, ReferenceEntity)):
        return [(target, "run", lambda arguments: mock(**arguments))]
    if isinstance(target, LaunchPlan):
        return [(target, "workflow", _MockedWorkflow(target.workflow.name, target.workflow.interface, mock))]
    if isinstance(target, WorkflowEntity):
        return [(target, "_traced", _graph(target, mock)), (target, "_is_checked", True)]
    raise OptionError(f"`task_mock` takes a task, workflow, launch plan or reference; got {describe(target)}")


def _as_function(task: FunctionTask[..., Any], mock: MagicMock) -> Callable[..., Any]:
    if task.is_async:

        async def call_async(**arguments: Any) -> Any:
            result = mock(**arguments)
            return await result if inspect.isawaitable(result) else result

        return call_async

    def call(**arguments: Any) -> Any:
        return mock(**arguments)

    return call


class _MockTask(Task[..., Any]):
    """A task that calls a mock."""

    def __init__(self, name: str, declared: Interface, mock: MagicMock) -> None:
        super().__init__(name, declared, TaskOptions())
        self._mock = mock

    def run(self, arguments: Mapping[str, Any]) -> Any:
        """What the mock returns."""
        return self._mock(**arguments)


class _MockedWorkflow(WorkflowEntity[..., Any]):
    """What a launch plan starts while it is mocked."""

    def __init__(self, name: str, interface: Interface, mock: MagicMock) -> None:
        super().__init__(None)
        self.name = name
        self._interface = interface
        self._mock = mock

    @property
    def interface(self) -> Interface:
        """That of the real one."""
        return self._interface

    def _trace(self) -> Graph:
        return _graph(self, self._mock)


def _graph(workflow: WorkflowEntity[..., Any], mock: MagicMock) -> Graph:
    """A graph of one node that calls the mock."""
    interface = workflow.interface
    bindings = {name: Reference(None, name) for name in interface.inputs}
    node = Node("n0", _MockTask(workflow.name, interface, mock), bindings, Place("", 0))
    return Graph(workflow, (node,), {name: Reference("n0", name) for name in interface.outputs}, {})
