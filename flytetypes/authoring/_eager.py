"""Eager tasks: `async def` functions that start other entities and use their results as values.

Here is how they are declared and lowered: as a task, a task that cleans up after it, and a workflow around both.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, Unpack, cast, overload

from flytetypes.authoring import _runner
from flytetypes.authoring._dynamic import settings_variable
from flytetypes.authoring._entity import decorated
from flytetypes.authoring._imperative import Workflow
from flytetypes.authoring._options import Secret, of_kind
from flytetypes.authoring._task import FunctionTask, Task, TaskOptions, converted_arguments
from flytetypes.authoring._trace import Mode, run_async_as
from flytetypes.configuration import SerializationSettings
from flytetypes.errors import FlyteTypesError, OptionError
from flytetypes.interface import Interface
from flytetypes.remote import FlyteRemote

if TYPE_CHECKING:
    from flytetypes.authoring._task import TaskKeywords

P = ParamSpec("P")
R = TypeVar("R")


class EagerException(FlyteTypesError):  # noqa: N818 - the name that users of Flyte know
    """What an entity that an eager task has started failed with."""


class EagerTask(FunctionTask[P, R]):
    """A task that starts others while it runs, and awaits their results.

    Attributes:
        remote: The cluster on which it starts them, where it is not the one that it runs on.
    """

    kind = "eager"
    is_eager = True
    is_graph = True
    remote: FlyteRemote | None = None

    def _called(self, mode: Mode, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        interface = self.interface
        return _runner.run_eager(self, converted_arguments(interface, self.call_arguments(args, kwargs)))

    def run(self, arguments: Mapping[str, Any]) -> Any:
        """Its function's own result, to be awaited where a scheduler runs the calls in it."""
        function: Callable[..., Any] = self.function
        return run_async_as(Mode.EAGER, function, arguments)

    def environment(self, settings: SerializationSettings) -> dict[str, str]:
        """With the settings in it, which it needs to start others."""
        return {**super().environment(settings), **settings_variable(settings)}

    @cached_property
    def cleanup(self) -> EagerCleanupTask:
        """The task that ends what it has started, when it fails."""
        return EagerCleanupTask(self)

    @cached_property
    def workflow(self) -> Workflow:
        """The workflow of its name: this task, and the clean-up if it fails."""
        made = Workflow(self.name)
        interface = self.interface
        promises = {
            name: made.add_workflow_input(name, variable.annotation, variable.default)
            for name, variable in interface.inputs.items()
        }
        node = made.add_entity(self, **promises)
        for name, variable in interface.outputs.items():
            made.add_workflow_output(name, node.outputs[name], variable.annotation)
        made.add_on_failure_handler(self.cleanup)
        return made


class EagerCleanupTask(Task[..., None]):
    """Ends the executions that an eager task has started and left."""

    task_type = "eager_failure_handler_task"

    def __init__(self, eager_task: EagerTask[..., Any]) -> None:
        interface = eager_task.interface
        declared = Interface(f"{interface.name}-cleanup", interface.inputs, {}, engine=interface.engine)
        super().__init__(
            f"{eager_task.name}-cleanup",
            declared,
            TaskOptions(container_image=eager_task.options.container_image),
            resolver=eager_cleanup_resolver,
        )


class EagerCleanupResolver:
    """Every clean-up is the same: it looks for executions by their labels."""

    location: str = "flytetypes.authoring.eager_cleanup_resolver"

    def loader_args(self, settings: SerializationSettings, task: Task[..., Any]) -> list[str]:
        """The three words of Flyte's contract: every clean-up is the same."""
        return ["eager", "failure", "handler"]

    def load_task(self, loader_args: Sequence[str]) -> Task[..., Any]:
        """Only a cluster executor runs it."""
        raise NotImplementedError("the clean-up of an eager task runs on a cluster only")


eager_cleanup_resolver = EagerCleanupResolver()


@overload
def eager(function: Callable[P, Coroutine[Any, Any, R]], /) -> EagerTask[P, Coroutine[Any, Any, R]]: ...
@overload
def eager(
    *,
    remote: FlyteRemote | None = None,
    client_secret_group: str | None = None,
    client_secret_key: str | None = None,
    client_secret_env_var: str | None = None,
    localns: Mapping[str, Any] | None = None,
    **options: Unpack[TaskKeywords],
) -> Callable[[Callable[P, Coroutine[Any, Any, R]]], EagerTask[P, Coroutine[Any, Any, R]]]: ...
def eager(
    function: Callable[P, R] | None = None,
    /,
    *,
    remote: FlyteRemote | None = None,
    client_secret_group: str | None = None,
    client_secret_key: str | None = None,
    client_secret_env_var: str | None = None,
    localns: Mapping[str, Any] | None = None,
    **options: Any,
) -> EagerTask[P, R] | Callable[[Callable[P, R]], EagerTask[P, R]]:
    """Make an eager task of an `async def`: inside of it, calls of tasks and workflows are awaited and give values.

    Args:
        function: An `async def`.
        remote: The cluster on which it starts others; by default the one that it runs on.
        client_secret_group: The secret that it logs in with there.
        client_secret_key: The key of it.
        client_secret_env_var: The environment variable that gets it.
        localns: Names for its annotations that can be found neither in its module nor where it is decorated.
        options: Those of `@task`.

    Raises:
        AnnotationError: As `@task` does.
        OptionError: As `@task` does; for a key without a group, or the other way round.
    """
    if (client_secret_group is None) != (client_secret_key is None):
        raise OptionError("`client_secret_group` and `client_secret_key` name one secret: give both, or neither")
    if client_secret_env_var is not None and client_secret_group is None:
        raise OptionError("`client_secret_env_var` is given without the secret: give `client_secret_group` too")
    if remote is not None:
        of_kind("remote", remote, FlyteRemote)
    if options.get("disable_deck") is None and options.get("enable_deck") is None:
        options["enable_deck"] = True
    checked = TaskOptions.of(**options)
    if client_secret_group is not None:
        secret = Secret(client_secret_group, client_secret_key, env_var=client_secret_env_var)
        options["secret_requests"] = [*checked.secret_requests, secret]
        checked = TaskOptions.of(**options)

    def make(function: Callable[P, R], names: Mapping[str, Any]) -> EagerTask[P, R]:
        made = EagerTask(function, names, checked)
        made.remote = remote
        return made

    return cast("EagerTask[P, R]", decorated(make, "eager", function, localns))
