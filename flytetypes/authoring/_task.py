"""Tasks: what runs by itself on one machine, and gives outputs. Most are functions; other kinds derive from `Task`."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextvars import copy_context
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, TypedDict, TypeVar, overload

from flytetypes._exports import lazy_names
from flytetypes._record import Record
from flytetypes.authoring import _runner
from flytetypes.authoring._call import arguments_of
from flytetypes.authoring._entity import Entity, FunctionEntity, decorated, innermost
from flytetypes.authoring._options import (
    Accelerator,
    Cache,
    Documentation,
    PodTemplate,
    Resources,
    Secret,
    checked_mapping,
    checked_retries,
    checked_single,
    of_kind,
    seconds_of,
)
from flytetypes.authoring._resolver import TaskResolver, default_task_resolver
from flytetypes.authoring._trace import Mode, run_as, run_async_as
from flytetypes.configuration import SerializationSettings
from flytetypes.errors import ConversionError, OptionError, add_note, describe
from flytetypes.interface import Interface, Variable
from flytetypes.types import Inbox, Outbox, TypeEngine

P = ParamSpec("P")
R = TypeVar("R")

_load = lazy_names(__name__, {"flytetypes.authoring._context": ("own_plain_context",)})  # few calls need it

# Values of exactly these classes cannot be changed by whoever receives them, so they need no copy.
_IMMUTABLE = (int, str, float, bool, type(None))
_NOTHING = Outbox()
"""For those: nothing of them is ever uploaded."""


class TaskOptions(Record):
    """What a task asks of the platform. `@task` says what each option means."""

    cache: Cache | None = None
    retries: int = 0
    timeout: timedelta | None = None
    interruptible: bool | None = None
    deprecated: str = ""
    environment: Mapping[str, str] = {}
    container_image: str | None = None
    requests: Resources | None = None
    limits: Resources | None = None
    secret_requests: tuple[Secret, ...] = ()
    docs: Documentation | None = None
    enable_deck: bool = False
    pod_template: PodTemplate | None = None
    pod_template_name: str | None = None
    accelerator: Accelerator | None = None
    shared_memory: bool | str | None = None
    labels: Mapping[str, str] | None = None
    annotations: Mapping[str, str] | None = None

    @classmethod
    def of(cls, **options: Any) -> TaskOptions:
        """Options as users write them, checked; None is the same as not given.

        Raises:
            OptionError: For an option that there is not, a value that it does not take, two that exclude each other.
        """
        given = {name: value for name, value in options.items() if value is not None}
        unknown = [name for name in given if name not in _SPELLINGS and name not in cls.__match_args__]
        if unknown:
            raise OptionError(f"a task has no option `{unknown[0]}`; it has {', '.join(_ALL)}")
        values: dict[str, Any] = {name: given[name] for name in given if name in cls.__match_args__}
        if "resources" in given:
            if "requests" in given or "limits" in given:
                raise OptionError("`resources` is given with `requests` or `limits`: give one or the other")
            requests, limits = of_kind("resources", given["resources"], Resources).split()
            values |= {"requests": requests or None, "limits": limits or None}
        values["cache"] = _cache_of(given)
        if "timeout" in values:
            values["timeout"] = seconds_of(values["timeout"])
        if "disable_deck" in given:
            if "enable_deck" in given:
                raise OptionError("`enable_deck` and `disable_deck` are both given: give `enable_deck`")
            values["enable_deck"] = not of_kind("disable_deck", given["disable_deck"], bool)
        for name in ("environment", "labels", "annotations"):
            if name in values:
                values[name] = checked_mapping(name, values[name])
        secrets = values.get("secret_requests", ())
        if not isinstance(secrets, Sequence) or not all(isinstance(secret, Secret) for secret in secrets):
            raise OptionError(f"`secret_requests` takes a list of Secret; got {describe(secrets)}")
        values["secret_requests"] = tuple(secrets)
        checked_retries(values.get("retries", 0))
        for name, kind in _KINDS.items():
            if values.get(name) is not None:
                of_kind(name, values[name], kind)
        for name in ("requests", "limits"):
            if values.get(name) is not None:
                checked_single(name, values[name])
        return cls(**values)


_KINDS: dict[str, Any] = {
    "interruptible": bool,
    "deprecated": str,
    "container_image": str,
    "requests": Resources,
    "limits": Resources,
    "docs": Documentation,
    "enable_deck": bool,
    "pod_template": PodTemplate,
    "pod_template_name": str,
    "accelerator": Accelerator,
    "shared_memory": (bool, str),
}
# Further spellings, which become options above.
_SPELLINGS = ("resources", "disable_deck", "cache_version", "cache_serialize", "cache_ignore_input_vars")
_ALL = (*TaskOptions.__match_args__, *_SPELLINGS)


def _cache_of(given: Mapping[str, Any]) -> Cache | None:
    """The one Cache that the old and the new options say."""
    cache = given.get("cache", False)
    old = {name: given[name] for name in _SPELLINGS if name.startswith("cache_") and name in given}
    if isinstance(cache, Cache):
        if old:
            raise OptionError(f"`cache` is a Cache: say `{next(iter(old))}` in it")
        return cache
    if not isinstance(cache, bool):
        raise OptionError(f"`cache` takes True, False or a Cache; got {describe(cache)}")
    if not cache:
        if old:
            raise OptionError(f"`{next(iter(old))}` is given without `cache=True`: it would have no effect")
        return None
    return Cache(old.get("cache_version"), old.get("cache_serialize", False), old.get("cache_ignore_input_vars", ()))


class ContainerTarget(Record):
    """The container that a task runs in.

    Attributes:
        image: Its image; None for the default one.
        command: Replaces the image's entry point.
        args: Its arguments; `{{.inputs.x}}` and the like are filled in by Flyte.
        data: How a container that knows nothing of Flyte gets its inputs and leaves its outputs.
        carries_code: Whether code that travels apart from the image is unpacked before it starts.
    """

    image: str | None = None
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    data: DataLoading | None = None
    carries_code: bool = True


class DataLoading(Record):
    """Inputs and outputs as files (`flyteidl/core/tasks.proto, DataLoadingConfig`).

    Attributes:
        input_path: The directory with one file for each input.
        output_path: The directory where one file for each output is looked for.
        format: Of files for primitives: `JSON`, `YAML` or `PROTO`.
    """

    input_path: str
    output_path: str
    format: str = "JSON"


class SqlTarget(Record):
    """A query that a plugin of the backend runs (`flyteidl/core/tasks.proto, Sql`)."""

    statement: str
    dialect: str = "ANSI"


class Task(Entity[P, R]):
    """What one node runs. Derive from it for a kind of task that is no function; see `docs/workflows.md`.

    Attributes:
        name: What it is registered as.
        options: What it asks of the platform.
        task_type: What the backend calls its kind; a plugin there may look for it.
        task_type_version: Of the layout of `custom`.
        resolver: How its container finds it again.
        task_config: What the user configured of its kind, if that has anything.

    A subclass says what it takes and gives in `declared`, and implements `run` if it runs here too.
    """

    kind = "task"
    task_type: str = "python-task"
    task_type_version: int = 0
    is_eager: ClassVar[bool] = False

    def __init__(
        self,
        name: str,
        declared: Interface,
        options: TaskOptions,
        *,
        task_config: Any = None,
        resolver: TaskResolver | None = None,
    ) -> None:
        self.name = name
        self.options = options
        self.task_config = task_config
        self.resolver = resolver or default_task_resolver
        self._declared = declared

    @property
    def interface(self) -> Interface:
        """What it takes and gives."""
        return self._declared

    def _called(self, mode: Mode, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        interface = self.interface
        arguments = converted_arguments(interface, arguments_of(interface, args, kwargs))
        return self.checked(self.run(arguments))

    def checked(self, result: Any) -> Any:
        """What it gave, as its caller gets it: converted, and apart from what the task may keep."""
        interface = self.interface
        try:
            outputs = interface.named_outputs(result)
            for name, value in outputs.items():
                outputs[name] = isolated(value, interface.outputs[name], interface.engine)
        except ConversionError as error:
            raise error.of(interface.name) from None
        return interface.result_of(outputs)

    def run(self, arguments: Mapping[str, Any]) -> Any:
        """Run it here on converted arguments; its own result, not yet converted.

        Raises:
            NotImplementedError: For a kind of task that only a backend runs.
        """
        raise NotImplementedError(f"`{self.name}` is a `{self.task_type}` task: only a Flyte backend runs it")

    # --- lowering, for kinds of tasks ---------------------------------------------------------------------------------

    def target(self, settings: SerializationSettings) -> ContainerTarget | SqlTarget | None:
        """What the backend starts; by default the container program, which loads this task and runs it."""
        return ContainerTarget(
            image=self.options.container_image, args=container_arguments(self.resolver, self, settings)
        )

    def custom(self, settings: SerializationSettings) -> Mapping[str, Any] | None:
        """What a plugin of the backend reads, as JSON (`TaskTemplate.custom`)."""
        return None

    def config(self, settings: SerializationSettings) -> Mapping[str, str] | None:
        """Further texts for a plugin (`TaskTemplate.config`)."""
        return None

    def environment(self, settings: SerializationSettings) -> dict[str, str]:
        """The container's environment: that of the settings, with the task's own over it."""
        return {**(settings.env or {}), **self.options.environment}

    @property
    def cache_version(self) -> str:
        """The version of its cached results; empty when they are not cached."""
        cache = self.options.cache
        if cache is None:
            return ""
        return cache.version if cache.version is not None else self._version_of_code(cache)

    def _version_of_code(self, cache: Cache) -> str:
        raise OptionError(f"`{self.name}` has no code of its own: give its Cache a version")


def container_arguments(
    resolver: TaskResolver, task: Task[..., Any], settings: SerializationSettings
) -> tuple[str, ...]:
    """The arguments of the program that runs a task in its container (section 4.2 of Flyte's contract)."""
    return ("flytetypes-execute", *_FLAGS, "--resolver", resolver.location, "--", *resolver.loader_args(settings, task))


_FLAGS = (
    *("--inputs", "{{.input}}", "--output-prefix", "{{.outputPrefix}}"),
    *("--raw-output-data-prefix", "{{.rawOutputDataPrefix}}"),
    *("--checkpoint-path", "{{.checkpointOutputPrefix}}", "--prev-checkpoint", "{{.prevCheckpointPrefix}}"),
)


class FunctionTask(FunctionEntity[P, R], Task[P, R]):
    """A function as a task, its inputs and outputs converted by their annotations.

    Called outside of a workflow it runs, with copies of mutable arguments, as it would on another machine. Called in
    the body of a workflow it becomes a node, and gives promises. Called in the body of a task it is a plain call.
    A call of an `async def` task outside of a workflow is to be awaited.
    """

    def __init__(
        self,
        function: Callable[P, R],
        localns: Mapping[str, Any],
        options: TaskOptions | None = None,
        *,
        task_config: Any = None,
        resolver: TaskResolver | None = None,
    ) -> None:
        self.options = options or TaskOptions()
        self.task_config = task_config
        self.resolver = resolver or default_task_resolver
        FunctionEntity.__init__(self, function, localns)
        self.is_async = _is_async(function)

    def _called(self, mode: Mode, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        if mode is Mode.TASK:
            return self.function(*args, **kwargs)
        if self.is_async:
            return self._called_async(args, kwargs)
        return super()._called(mode, args, kwargs)

    async def _called_async(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        interface = self.interface
        arguments = converted_arguments(interface, arguments_of(interface, args, kwargs))
        with _load("own_plain_context")():
            return self.checked(await self.run(arguments))

    def run(self, arguments: Mapping[str, Any]) -> Any:
        """The function's own result for converted arguments; what it raises keeps its class and gains a note."""
        if self.is_async:
            return self._run_async(arguments)
        try:
            return run_as(Mode.TASK, self.function, arguments)
        except Exception as error:
            add_note(error, f"in task `{self.name}`")
            raise

    async def _run_async(self, arguments: Mapping[str, Any]) -> Any:
        try:
            function: Callable[..., Any] = self.function
            return await run_async_as(Mode.TASK, function, arguments)
        except Exception as error:
            add_note(error, f"in task `{self.name}`")
            raise

    def _version_of_code(self, cache: Cache) -> str:
        import hashlib

        if not cache.policies:
            parts = [_runner.code_version(innermost(self.function)), cache.salt] if cache.salt else None
            if parts is None:
                return _runner.code_version(innermost(self.function))
        else:
            asked = VersionParameters(innermost(self.function), self.options.container_image)
            parts = [policy.get_version(cache.salt, asked) for policy in cache.policies]
        return hashlib.sha256("".join(parts).encode()).hexdigest()


class VersionParameters(Record):
    """What a policy may look at to make the version of a cached task."""

    func: Callable[..., Any]
    container_image: str | None = None


def _is_async(function: Callable[..., Any]) -> bool:
    flags: int = getattr(getattr(innermost(function), "__code__", None), "co_flags", 0)
    return bool(flags & 0x80)  # inspect.CO_COROUTINE; `inspect` is dear to import


def awaited(result: Any) -> Any:
    """What a task gave; of an `async def` what it gives in the end, also in a thread whose own loop is running."""
    if not isinstance(result, Coroutine):
        return result
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        is_running = False
    else:
        is_running = True
    if not is_running:
        return asyncio.run(result)
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(copy_context().run, asyncio.run, result).result()


def converted_arguments(interface: Interface, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a call as they would arrive; raises `ConversionError`."""
    try:
        return {name: isolated(value, interface.inputs[name], interface.engine) for name, value in arguments.items()}
    except ConversionError as error:
        raise error.of(interface.name) from None


def isolated(value: Any, variable: Variable, engine: TypeEngine) -> Any:
    """A value as it would arrive: converted and, unless it is immutable, a copy; raises `ConversionError`."""
    converter = variable.converter
    try:
        if type(value) in _IMMUTABLE and type(value) in converter.classes:
            # Checked; the same object is as good as its copy.
            if converter.bulk is not None:
                converter.bulk.accept(value)
            else:
                converter.write(value, _NOTHING)
            return value
        if converter.offloads is not None:
            return engine.isolated(converter, value)
        out = Outbox()
        data = converter.write(value, out)
        return engine.isolated(converter, value) if out.promises else converter.read(data, Inbox(store=engine.store))
    except ConversionError as error:
        raise error.within(variable.name) from None


if TYPE_CHECKING:

    class TaskKeywords(TypedDict, total=False):
        """The options of `@task` that other kinds of tasks take too."""

        cache: bool | Cache
        cache_version: str | None
        cache_serialize: bool | None
        cache_ignore_input_vars: Sequence[str] | None
        retries: int
        timeout: int | timedelta | None
        interruptible: bool | None
        deprecated: str
        environment: Mapping[str, str] | None
        container_image: str | None
        resources: Resources | None
        requests: Resources | None
        limits: Resources | None
        secret_requests: Sequence[Secret] | None
        docs: Documentation | None
        enable_deck: bool | None
        disable_deck: bool | None
        pod_template: PodTemplate | None
        pod_template_name: str | None
        accelerator: Accelerator | None
        shared_memory: bool | str | None
        labels: Mapping[str, str] | None
        annotations: Mapping[str, str] | None


@overload
def task(function: Callable[P, R], /) -> FunctionTask[P, R]: ...
@overload
def task(
    *,
    task_config: Any = None,
    cache: bool | Cache = False,
    cache_version: str | None = None,
    cache_serialize: bool | None = None,
    cache_ignore_input_vars: Sequence[str] | None = None,
    retries: int = 0,
    timeout: int | timedelta | None = None,
    interruptible: bool | None = None,
    deprecated: str = "",
    environment: Mapping[str, str] | None = None,
    container_image: str | None = None,
    resources: Resources | None = None,
    requests: Resources | None = None,
    limits: Resources | None = None,
    secret_requests: Sequence[Secret] | None = None,
    docs: Documentation | None = None,
    enable_deck: bool | None = None,
    disable_deck: bool | None = None,
    pod_template: PodTemplate | None = None,
    pod_template_name: str | None = None,
    accelerator: Accelerator | None = None,
    shared_memory: bool | str | None = None,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    task_resolver: TaskResolver | None = None,
    localns: Mapping[str, Any] | None = None,
) -> Callable[[Callable[P, R]], FunctionTask[P, R]]: ...
def task(
    function: Callable[P, R] | None = None,
    /,
    *,
    task_config: Any = None,
    task_resolver: TaskResolver | None = None,
    localns: Mapping[str, Any] | None = None,
    **options: Any,
) -> FunctionTask[P, R] | Callable[[Callable[P, R]], FunctionTask[P, R]]:
    """Make a task of a function; `@task` and `@task()` are the same.

    Every parameter and the result have annotations. Several results are a NamedTuple, whose fields name the outputs, or
    a tuple, whose elements are `o0`, `o1`, …

    Args:
        function: A plain function, or an `async def`.
        task_config: For plugins: an object whose class says which kind of task it is; see `task_kinds`.
        cache: Whether results are kept for calls with equal inputs: True, or a `Cache` that says more.
        cache_version: Of results that may be used; the older way to say `Cache(version=...)`.
        cache_serialize: Whether equal calls at the same time wait for one of them; as above.
        cache_ignore_input_vars: Inputs that make no difference to it; as above.
        retries: How often it may fail and be started again.
        timeout: Seconds, or a timedelta.
        interruptible: Whether it may run on machines that can be taken away.
        deprecated: What users of the task should do instead.
        environment: Environment variables of its container.
        container_image: Its image; `{{.image.NAME.fqn}}` and `{{.image.NAME.version}}` are filled in from the settings.
        resources: What it needs and may use; a pair is a request and a limit.
        requests: What it needs.
        limits: What it may use.
        secret_requests: Secrets that it reads.
        docs: What is told of it, where it has no docstring.
        enable_deck: Whether its report is shown.
        disable_deck: The opposite; an older name.
        pod_template: The pod around it.
        pod_template_name: The name of a pod template of the cluster.
        accelerator: The GPU that it needs.
        shared_memory: Memory at `/dev/shm`: True for the default, or a size such as `"2Gi"`.
        labels: Of its pod.
        annotations: Of its pod.
        task_resolver: How its container finds it again.
        localns: Names for its annotations that can be found neither in its module nor where it is decorated.
        options: All those above that are no parameters here; see `TaskOptions`.

    Raises:
        AnnotationError: When an annotation is missing or not supported, or it cannot be a task.
        OptionError: For an option with a value that it does not take.
    """
    kind: Any = task_kinds.get(type(task_config), FunctionTask)
    checked = TaskOptions.of(**options)
    if task_resolver is not None and not hasattr(task_resolver, "loader_args"):
        raise OptionError(f"`task_resolver` takes a TaskResolver; got {describe(task_resolver)}")

    def make(function: Callable[P, R], names: Mapping[str, Any]) -> FunctionTask[P, R]:
        made: FunctionTask[P, R] = kind(function, names, checked, task_config=task_config, resolver=task_resolver)
        return made

    made: FunctionTask[P, R] | Callable[[Callable[P, R]], FunctionTask[P, R]] = decorated(
        make, "task", function, localns
    )
    return made


task_kinds: dict[type, Callable[..., FunctionTask[..., Any]]] = {}
"""Class of a `task_config` to the kind of task that it makes of a function."""
