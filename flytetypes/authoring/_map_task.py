"""Map tasks: one call for each element of its list inputs."""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Coroutine, Mapping, Sequence
from types import CoroutineType
from typing import TYPE_CHECKING, Any, Generic, Optional, TypeVar, overload

import typing_extensions

from flytetypes._record import Record
from flytetypes.authoring import _runner
from flytetypes.authoring._call import arguments_of
from flytetypes.authoring._entity import Entity
from flytetypes.authoring._launch_plan import LaunchPlan
from flytetypes.authoring._resolver import TaskResolver, variable_in
from flytetypes.authoring._task import ContainerTarget, SqlTarget, Task
from flytetypes.authoring._trace import Mode, NodeHandle, add_node, current_mode
from flytetypes.configuration import SerializationSettings
from flytetypes.errors import ConversionError, OptionError, describe
from flytetypes.interface import Interface, Variable

if TYPE_CHECKING:
    from flytetypes.authoring._entity import AsyncResult, OnlyAny

R = TypeVar("R")
T = TypeVar("T")
E = typing_extensions.TypeVar("E", default=Any)


class MapOptions(Record):
    """How a map runs.

    Attributes:
        concurrency: How many elements at the same time; 0 for no limit, None for what the platform does.
        min_successes: How many elements must succeed.
        min_success_ratio: Which part of them must.
        bound: Inputs that every element gets whole, by name.
        run_all_sub_nodes: Whether the rest still runs when enough have failed.
    """

    concurrency: int | None = None
    min_successes: int | None = None
    min_success_ratio: float | None = None
    bound: Mapping[str, Any] = {}
    run_all_sub_nodes: bool = False

    def wanted_of(self, count: int) -> int:
        """How many of so many elements must succeed."""
        if self.min_successes is not None:
            return self.min_successes
        ratio = 1.0 if self.min_success_ratio is None else self.min_success_ratio
        return math.ceil(round(ratio * count, 9))  # 0.07 * 100 is a little more than 7

    @property
    def tolerates_failures(self) -> bool:
        """Whether an element of the result may be None, because it failed."""
        ratio = self.min_success_ratio
        return self.min_successes is not None or (ratio is not None and ratio != 1.0)


class Mapped(Entity[..., Any], Generic[E]):
    """What maps, and has in common whatever it maps. For checkers: E is what one element gives.

    Attributes:
        how: How.
        mapped: What runs for each element.
    """

    how: MapOptions
    mapped: Entity[..., Any]

    # As those of an Entity. A partial of one has what its call gives: its node, or what is to be awaited.
    @overload  # type: ignore[override]  # lists, and keywords only
    def __call__(self: Mapped[OnlyAny], /, **kwargs: Any) -> Any: ...
    @overload
    def __call__(self: Mapped[None] | Mapped[NodeHandle], /, **kwargs: Any) -> NodeHandle: ...
    @overload
    def __call__(self: Mapped[Coroutine[Any, Any, T]], /, **kwargs: Any) -> list[T]: ...
    @overload
    def __call__(self: Mapped[CoroutineType[Any, Any, T]], /, **kwargs: Any) -> list[T]: ...
    @overload
    def __call__(self: Mapped[AsyncResult[T]], /, **kwargs: Any) -> list[T]: ...
    @overload
    def __call__(self: Mapped[Coroutine[Any, Any, T] | None], /, **kwargs: Any) -> list[T | None]: ...
    @overload
    def __call__(self: Mapped[CoroutineType[Any, Any, T] | None], /, **kwargs: Any) -> list[T | None]: ...
    @overload
    def __call__(self: Mapped[AsyncResult[T] | None], /, **kwargs: Any) -> list[T | None]: ...
    @overload
    def __call__(self, /, **kwargs: Any) -> list[E]: ...
    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Run all elements here; in the body of a workflow, become a node and give the promise of a list."""
        mode = current_mode()
        if mode is Mode.TRACING:
            return add_node(self, args, self._with_bound(kwargs))
        if mode is Mode.EAGER:
            return _runner.start(self, args, kwargs)
        return self._called(mode, args, kwargs)

    def call_arguments(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """With what is bound among them."""
        return arguments_of(self.interface, args, self._with_bound(kwargs))

    def _with_bound(self, kwargs: Mapping[str, Any]) -> dict[str, Any]:
        twice = sorted(self.how.bound.keys() & kwargs.keys())
        if twice:
            raise OptionError(f"`{self.interface.name}` is given `{twice[0]}` in the call, and bound to another value")
        return {**self.how.bound, **kwargs}

    def count_of(self, lengths: Mapping[str, int]) -> int:
        """How many elements lists of these lengths have; raises `ConversionError` when they differ."""
        count = max(lengths.values(), default=1)
        for name, length in lengths.items():
            if length != count:
                longest = next(other for other, size in lengths.items() if size == count)
                raise (
                    ConversionError(
                        f"{count} elements, as `{longest}` has", got=f"{length}", reason="a map takes them side by side"
                    )
                    .within(name)
                    .of(self.interface.name)
                )
        return count

    def _called(self, mode: Mode, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        return self.run(self.call_arguments(args, kwargs))

    def prepare(self) -> None:
        """Have what a launch plan runs compiled."""
        self.mapped.prepare()

    def run(self, arguments: Mapping[str, Any]) -> Any:
        """Run every element here; of those that may fail a failed one gives None."""
        return _runner.run(self, arguments)


class MapTask(Mapped[E], Task[..., Any]):
    """A task for each element of a list; what is registered is the map, not the task inside of it."""

    kind = "map task"
    task_type_version = 1
    mapped: Task[..., E]

    def __init__(self, mapped: Task[..., E], how: MapOptions) -> None:
        self.mapped = mapped
        self.how = how
        Task.__init__(
            self,
            _map_name(mapped, how),
            _listed(mapped.interface, how),
            mapped.options,
            task_config=mapped.task_config,
            resolver=map_task_resolver,
        )
        self.task_type = mapped.task_type

    def target(self, settings: SerializationSettings) -> ContainerTarget | SqlTarget | None:
        """As that of the task, with the map's program."""
        inner = self.mapped.target(settings)
        if not isinstance(inner, ContainerTarget) or inner.data is not None:
            return inner
        if "--resolver" not in inner.args:
            raise OptionError(
                f"`{self.mapped.name}` has a program of its own, which does not know elements: map no such task"
            )
        ours, loader = self.resolver.location, self.resolver.loader_args(settings, self)
        flags = inner.args[1 : inner.args.index("--resolver")]
        args = ("flytetypes-map-execute", *flags, "--resolver", ours, "--", *loader)
        return ContainerTarget(inner.image, inner.command, args)

    def custom(self, settings: SerializationSettings) -> Mapping[str, Any] | None:
        """That of the task."""
        return self.mapped.custom(settings)

    def config(self, settings: SerializationSettings) -> Mapping[str, str] | None:
        """That of the task."""
        return self.mapped.config(settings)

    def environment(self, settings: SerializationSettings) -> dict[str, str]:
        """That of the task."""
        return self.mapped.environment(settings)

    @property
    def cache_version(self) -> str:
        """That of the task."""
        return self.mapped.cache_version


class MapPlan(Mapped[E]):
    """A launch plan for each element of a list."""

    kind = "map"
    mapped: LaunchPlan[..., E]

    def __init__(self, mapped: LaunchPlan[..., E], how: MapOptions) -> None:
        self.mapped = mapped
        self.how = how
        self.name = mapped.name
        self._interface = _listed(mapped.interface, how)

    @property
    def interface(self) -> Interface:
        """That of the launch plan, with lists."""
        return self._interface


def _map_name(mapped: Task[..., Any], how: MapOptions) -> str:
    """`module.map_function_HASH-arraynode`: Flyte's tools know the form, and the hash tells maps of one task apart."""
    ratio = 1.0 if how.min_success_ratio is None else how.min_success_ratio
    text = f"{','.join(sorted(how.bound))}{how.concurrency}{how.min_successes}{ratio}"
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    function = getattr(mapped, "function", None)
    if function is None:
        return f"{mapped.task_type}.map_{mapped.name}_{digest}-arraynode"
    module = mapped.name.removesuffix(f".{function.__qualname__}")
    return f"{module}.map_{function.__qualname__}_{digest}-arraynode"


def _listed(interface: Interface, how: MapOptions) -> Interface:
    engine = interface.engine

    def listed(variable: Variable, annotation: Any) -> Variable:
        lists = list[annotation]
        return Variable(variable.name, lists, engine.converter(lists), variable.description)

    inputs = {
        name: variable if name in how.bound else listed(variable, variable.annotation)
        for name, variable in interface.inputs.items()
    }
    outputs = {
        name: listed(variable, Optional[variable.annotation] if how.tolerates_failures else variable.annotation)  # noqa: UP045 - it may be any annotation
        for name, variable in interface.outputs.items()
    }
    return Interface(f"map_task({interface.name})", inputs, outputs, engine=engine, output_class=interface.output_class)


@overload
def map_task(
    target: Task[..., R] | LaunchPlan[..., R] | functools.partial[R],
    concurrency: int | None = None,
    min_successes: None = None,
    min_success_ratio: None = None,
    *,
    bound_inputs_values: Mapping[str, Any] | None = None,
    run_all_sub_nodes: bool = False,
) -> Mapped[R]: ...
@overload
def map_task(
    target: Task[..., R] | LaunchPlan[..., R] | functools.partial[R],
    concurrency: int | None = None,
    min_successes: int | None = None,
    min_success_ratio: float | None = None,
    *,
    bound_inputs_values: Mapping[str, Any] | None = None,
    run_all_sub_nodes: bool = False,
) -> Mapped[R | None]: ...
def map_task(
    target: Any,
    concurrency: int | None = None,
    min_successes: int | None = None,
    min_success_ratio: float | None = None,
    *,
    bound_inputs_values: Mapping[str, Any] | None = None,
    run_all_sub_nodes: bool = False,
) -> Any:
    """Call a task or launch plan once for each element: every input becomes a list, and so does the output.

    Args:
        target: A task, a launch plan, or a `functools.partial` of one: what it binds, every element gets whole.
        concurrency: How many elements at the same time; 0 for no limit.
        min_successes: How many elements must succeed; the others give None.
        min_success_ratio: Which part of them must.
        bound_inputs_values: Further inputs that every element gets whole; promises too.
        run_all_sub_nodes: Whether the rest still runs when enough have failed.

    Raises:
        OptionError: For what cannot be mapped, and for limits that make no sense.
    """
    bound = dict(bound_inputs_values or {})
    if isinstance(target, functools.partial):
        if target.args:
            raise OptionError(f"`map_task` takes a partial with keywords only; got {describe(target)}")
        bound |= target.keywords
        target = target.func
    if min_successes is not None and min_success_ratio is not None:
        raise OptionError("`min_successes` and `min_success_ratio` are both given: give one of them")
    for name, count in (("concurrency", concurrency), ("min_successes", min_successes)):
        if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 0):
            raise OptionError(f"`{name}` is a number from 0 on; got {describe(count)}")
    if min_success_ratio is not None and not _is_ratio(min_success_ratio):
        raise OptionError(f"`min_success_ratio` lies between 0 and 1; got {describe(min_success_ratio)}")
    how = MapOptions(concurrency, min_successes, min_success_ratio, bound, run_all_sub_nodes)
    if not isinstance(target, (Task, LaunchPlan)) or isinstance(target, Mapped) or getattr(target, "is_graph", False):
        raise OptionError(f"`map_task` takes a task or a launch plan, and no {_kind_of(target)}: wrap it in a task")
    if len(target.interface.outputs) > 1:
        names = ", ".join(target.interface.outputs)
        raise OptionError(f"`map_task` takes what gives one output; `{target.interface.name}` gives {names}")
    unknown = sorted(bound.keys() - target.interface.inputs.keys())
    if unknown:
        raise OptionError(f"`{target.interface.name}` has no input `{unknown[0]}` to bind")
    return MapTask(target, how) if isinstance(target, Task) else MapPlan(target, how)


def _is_ratio(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1


def _kind_of(target: Any) -> str:
    return target.kind if isinstance(target, Entity) else describe(target)


class MapTaskResolver:
    """A map task is named by what it binds, and by the task inside of it."""

    location: str = "flytetypes.authoring.map_task_resolver"

    def loader_args(self, settings: SerializationSettings, task: Task[..., Any]) -> list[str]:
        """`vars NAME,NAME resolver RESOLVER` and the arguments of that resolver."""
        assert isinstance(task, MapTask)  # noqa: S101 - they come from here only
        inner = task.mapped
        bound = ",".join(sorted(task.how.bound))
        return ["vars", bound, "resolver", inner.resolver.location, *inner.resolver.loader_args(settings, inner)]

    def load_task(self, loader_args: Sequence[str]) -> Task[..., Any]:
        """The task inside, mapped; values of bound inputs come with its inputs."""
        if len(loader_args) < 4 or loader_args[0:4:2] != ["vars", "resolver"]:
            expected = "`vars NAMES resolver RESOLVER` and its arguments"
            raise OptionError(f"expected {expected}, got `{' '.join(loader_args)}`")
        _, bound, _, location, *inner = loader_args
        module, _, variable = location.rpartition(".")
        resolver: TaskResolver = variable_in(module, variable)
        names = dict.fromkeys(filter(None, bound.split(",")))
        return MapTask(resolver.load_task(inner), MapOptions(bound=names))


map_task_resolver = MapTaskResolver()
