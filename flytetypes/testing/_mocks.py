"""Mocks of tasks, workflows and launch plans: what is called stays what it is, and what would run is a `MagicMock`.

The mock is called with the arguments as the function would be, by keywords; what it returns is converted as its result
would be, so a mock of the wrong type fails as the real one would. It is called wherever the entity runs in this
process: directly, as a node, in a map, inside of eager tasks and of other tasks. In the processes of an executor there
are no mocks: what is mocked runs in threads, with a notice.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from inspect import Parameter
from typing import Any, ParamSpec, Protocol, TypeVar, overload
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
    ReferenceWorkflow,
    Task,
    TaskOptions,
    WorkflowEntity,
)
from flytetypes.errors import ConversionError, FlyteTypesError, OptionError, describe
from flytetypes.interface import Interface

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class UnmockedError(FlyteTypesError):
    """In strict mode something ran that lies outside of this process's Python, and was not mocked."""


@contextmanager
def task_mock(target: Entity[..., Any]) -> Iterator[MagicMock]:
    """Have a mock run in place of an entity, inside of the block.

        with task_mock(fetch) as mock:
            mock.return_value = ["a", "b"]
            assert count(source="s3://...") == 2
        mock.assert_called_once_with(source="s3://...")

    What has no outputs gives None; of anything else `return_value` or `side_effect` has to be set.

    Args:
        target: A task, workflow, launch plan or reference. Of a map, mock the task inside of it.

    Raises:
        OptionError: For what cannot be mocked.
    """
    # What a mock wraps is called while its `return_value` is not set.
    mock = MagicMock(name=getattr(target, "name", None), wraps=lambda **_: _unset(target.interface))
    with ExitStack() as stack:
        for owner, attribute, value in _replacements(target, mock):
            stack.enter_context(patch_object.object(owner, attribute, value))
        yield mock


class _Decorator(Protocol):
    @overload
    def __call__(self, test: type[T], /) -> type[T]: ...
    @overload
    def __call__(self, test: Callable[..., R], /) -> Callable[..., R]: ...


def patch(target: Entity[..., Any]) -> _Decorator:
    """Decorate a test so that a mock runs in place of an entity; the test gets the mock as its first argument, behind
    `self`.

    The same entities as for `task_mock`. Several of them stack as those of `unittest.mock.patch` do: the lowest one
    comes first. A fixture that yields has the mock until it ends. Of a class, each method is decorated whose name
    begins with `unittest.mock.patch.TEST_PREFIX`.

    Raises:
        OptionError: For a function without a parameter for the mock.
    """

    def decorate(test: Any) -> Any:
        if isinstance(test, type):
            for name in dir(test):
                if name.startswith(patch_object.TEST_PREFIX) and callable(getattr(test, name)):
                    setattr(test, name, decorate(inspect.getattr_static(test, name)))
            return test
        if isinstance(test, (staticmethod, classmethod)):
            return type(test)(decorate(test.__func__))
        return _patched(test, target)

    return decorate


def _patched(test: Callable[..., Any], target: Entity[..., Any]) -> Any:
    signature = inspect.signature(test)
    parameters = list(signature.parameters.values())
    before = 1 if parameters and parameters[0].name in ("self", "cls") else 0
    kind = parameters[before].kind if len(parameters) > before else None
    if kind in (None, Parameter.KEYWORD_ONLY, Parameter.VAR_KEYWORD):
        raise OptionError(
            f"`{test.__qualname__}{signature}` has no parameter for the mock: `patch` gives it as the first argument"
        )

    def call(mock: MagicMock, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return test(*args[:before], mock, *args[before:], **kwargs)

    # Of the kind of the test: whoever runs it asks.
    patched: Any
    if inspect.iscoroutinefunction(test):

        async def patched(*args: Any, **kwargs: Any) -> Any:
            with task_mock(target) as mock:
                return await call(mock, args, kwargs)

    elif inspect.isgeneratorfunction(test):

        def patched(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            with task_mock(target) as mock:
                return (yield from call(mock, args, kwargs))

    elif inspect.isasyncgenfunction(test):

        async def patched(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
            with task_mock(target) as mock:
                steps = call(mock, args, kwargs)
                try:
                    step = await steps.asend(None)
                    while True:
                        try:
                            sent = yield step
                        except BaseException as error:  # noqa: BLE001 - thrown in, or GeneratorExit of `aclose`
                            step = await steps.athrow(error)
                        else:
                            step = await steps.asend(sent)
                except StopAsyncIteration:
                    return

    else:

        def patched(*args: Any, **kwargs: Any) -> Any:
            with task_mock(target) as mock:
                return call(mock, args, kwargs)

    functools.update_wrapper(patched, test)
    if kind is not Parameter.VAR_POSITIONAL:
        del parameters[before]
    # What pytest takes for fixtures: all parameters but the mock.
    patched.__signature__ = signature.replace(parameters=parameters)
    return patched


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


def _unset(interface: Interface) -> None:
    """What a mock gives whose `return_value` is not set."""
    if interface.outputs:
        error = ConversionError(
            f"`{', '.join(map(str, interface.outputs.values()))}`",
            got="a mock that does not know what to give",
            reason="set `mock.return_value` or `mock.side_effect`",
        )
        raise error.of(interface.name).within("return")


def _replacements(target: Any, mock: MagicMock) -> list[tuple[Any, str, Any]]:
    """What to set for a mock to run in place of an entity: object, attribute, value."""
    if isinstance(target, Mapped):
        raise OptionError(f"`{target.name}` is a map: mock the task inside of it, `{target.mapped.name}`")
    if isinstance(target, FunctionTask):
        return [(target, "function", _as_function(target, mock))]
    if isinstance(target, (Task, ReferenceEntity)):
        return [(target, "run", lambda arguments: mock(**arguments))]
    if isinstance(target, LaunchPlan):
        return [(target, "workflow", _MockedWorkflow(target.workflow, mock))]
    if isinstance(target, WorkflowEntity):
        return [(target, "_traced", _graph(target, mock)), (target, "_is_checked", True)]
    raise OptionError(f"`task_mock` takes a task, workflow, launch plan or reference; got {describe(target)}")


def _as_function(task: FunctionTask[..., Any], mock: MagicMock) -> Callable[..., Any]:
    signature = inspect.signature(task)  # not that of `function`, which another mock may have replaced

    def call(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        return mock(**given.arguments)

    if not task.is_async:
        return call

    async def call_async(*args: Any, **kwargs: Any) -> Any:
        result = call(*args, **kwargs)
        return await result if inspect.isawaitable(result) else result

    return call_async


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

    def __init__(self, real: WorkflowEntity[..., Any] | ReferenceWorkflow[..., Any], mock: MagicMock) -> None:
        super().__init__(None)
        self.name = real.name
        self._real = real
        self._mock = mock

    @property
    def interface(self) -> Interface:
        """That of the real one."""
        return self._real.interface

    @property
    def place(self) -> Place:
        """That of the real one, if it is of this process."""
        return self._real.place if isinstance(self._real, WorkflowEntity) else super().place

    def _trace(self) -> Graph:
        return _graph(self, self._mock)


def _graph(workflow: WorkflowEntity[..., Any], mock: MagicMock) -> Graph:
    """A graph of one node that calls the mock."""
    interface = workflow.interface
    bindings = {name: Reference(None, name) for name in interface.inputs}
    node = Node("n0", _MockTask(workflow.name, interface, mock), bindings, workflow.place)
    return Graph(workflow, (node,), {name: Reference("n0", name) for name in interface.outputs}, {})
