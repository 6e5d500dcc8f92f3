"""Launch plans: a workflow with some of its inputs given, a schedule, and what each execution asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, ParamSpec, TypeVar, cast, overload

from flytetypes._record import Record
from flytetypes.authoring import _runner
from flytetypes.authoring._entity import Entity
from flytetypes.authoring._options import (
    ConcurrencyPolicy,
    Notification,
    Options,
    RawOutputDataConfig,
    SecurityContext,
    checked_mapping,
    checked_name,
    of_kind,
)
from flytetypes.authoring._reference import ReferenceWorkflow
from flytetypes.authoring._schedules import CronSchedule, FixedRate
from flytetypes.authoring._workflow import WorkflowEntity, WorkflowOptions
from flytetypes.errors import ConversionError, OptionError, describe
from flytetypes.interface import MISSING, Interface, Variable

P = ParamSpec("P")
R = TypeVar("R")
# Of the methods that make plans: for pyright those of a class are unknown where its methods are called on it.
Q = ParamSpec("Q")
S = TypeVar("S")


AnyWorkflow = WorkflowEntity[..., Any] | ReferenceWorkflow[..., Any]


class LaunchPlanOptions(Record):
    """What makes one plan of a workflow differ from another. `LaunchPlan.create` says what each option means."""

    default_inputs: Mapping[str, Any] = {}
    fixed_inputs: Mapping[str, Any] = {}
    schedule: CronSchedule | FixedRate | None = None
    notifications: tuple[Notification, ...] = ()
    labels: Mapping[str, str] | None = None
    annotations: Mapping[str, str] | None = None
    raw_output_data_config: RawOutputDataConfig | None = None
    max_parallelism: int | None = None
    security_context: SecurityContext | None = None
    overwrite_cache: bool | None = None
    auto_activate: bool = False
    concurrency: ConcurrencyPolicy | None = None

    @classmethod
    def of(cls, **options: Any) -> LaunchPlanOptions:
        """Options as users write them; None is the same as not given; raises `OptionError` for an unknown one."""
        given = {name: value for name, value in options.items() if value is not None}
        unknown = [name for name in given if name not in cls.__match_args__]
        if unknown:
            raise OptionError(f"a launch plan has no option `{unknown[0]}`; it has {', '.join(cls.__match_args__)}")
        for name, kind in _KINDS.items():
            if name in given:
                of_kind(name, given[name], kind)
        for name in ("default_inputs", "fixed_inputs"):
            if name in given:
                given[name] = dict(given[name])
        for name in ("labels", "annotations"):
            if name in given:
                given[name] = checked_mapping(name, given[name])
        notifications = given.get("notifications", ())
        if not all(isinstance(each, Notification) for each in notifications):
            raise OptionError(
                f"`notifications` takes a list of Email, Slack or PagerDuty; got {describe(notifications)}"
            )
        given["notifications"] = tuple(notifications)
        if not 0 <= given.get("max_parallelism", 0) < 2**31:
            raise OptionError(f"`max_parallelism` is a number from 0 on; got {describe(given['max_parallelism'])}")
        return cls(**given)

    @classmethod
    def of_call(cls, args: Sequence[Any], options: Mapping[str, Any]) -> LaunchPlanOptions:
        """Options as a call of `LaunchPlan.create` has them, some by position; raises `OptionError`."""
        names = cls.__match_args__[: len(args)]
        if len(names) < len(args):
            raise OptionError(f"a launch plan has {len(cls.__match_args__)} options; got {len(args)} values for them")
        twice = [name for name in names if name in options]
        if twice:
            raise OptionError(f"`{twice[0]}` is given twice: by position, and by name")
        return cls.of(**dict(zip(names, args, strict=True)), **options)


_KINDS: dict[str, Any] = {
    "default_inputs": Mapping,
    "fixed_inputs": Mapping,
    "schedule": (CronSchedule, FixedRate),
    "notifications": Sequence,
    "labels": Mapping,
    "annotations": Mapping,
    "raw_output_data_config": RawOutputDataConfig,
    "max_parallelism": int,
    "security_context": SecurityContext,
    "overwrite_cache": bool,
    "auto_activate": bool,
    "concurrency": ConcurrencyPolicy,
}


class LaunchPlan(Entity[P, R]):
    """A workflow with some of its inputs given; called as the workflow is, without those that are fixed.

    Attributes:
        name: What it is registered as.
        workflow: What it starts.
        options: What makes it differ from other plans.
        fixed_inputs: The values that a caller cannot change.
    """

    kind = "launch plan"
    CACHE: ClassVar[dict[str, LaunchPlan[..., Any]]] = {}
    """The plans of this process, by name."""

    def __init__(self, name: str, workflow: AnyWorkflow, options: LaunchPlanOptions) -> None:
        checked_name("launch plan", name)
        if not isinstance(workflow, (WorkflowEntity, ReferenceWorkflow)):
            raise OptionError(f"the launch plan `{name}` takes a workflow; got {_kind_of(workflow)}")
        if isinstance(workflow, WorkflowEntity):
            workflow.is_open = False
        self.name = name
        self.workflow = workflow
        self.options = options
        self.fixed_inputs = dict(options.fixed_inputs)
        whole = workflow.interface
        given = {**options.default_inputs, **options.fixed_inputs}
        for key, value in given.items():
            if key not in whole.inputs:
                raise OptionError(f"the launch plan `{name}` gives `{key}`, which is no input of {whole.signature()}")
            try:
                whole.inputs[key].converter.to_literal(value)
            except ConversionError as error:
                raise error.within(key).of(name)  # noqa: B904 - the same error, with its address
        defaults: dict[str, Any] = {key: None for key, variable in whole.inputs.items() if variable.optional}
        defaults |= options.default_inputs
        inputs = {
            key: _with_default(variable, defaults[key])
            if key in options.default_inputs or (key in defaults and variable.default is MISSING)
            else variable
            for key, variable in whole.inputs.items()
            if key not in options.fixed_inputs
        }
        self._interface = Interface(
            name,
            inputs,
            whole.outputs,
            engine=whole.engine,
            description=whole.description,
            output_class=whole.output_class,
        )

    @property
    def interface(self) -> Interface:
        """That of the workflow, without what is fixed, with the plan's own defaults."""
        return self._interface

    def prepare(self) -> None:
        """Have the workflow compiled; raises `WorkflowError`."""
        self.workflow.prepare()

    def run(self, arguments: Mapping[str, Any]) -> Any:
        """Run the workflow here."""
        return _runner.run(self, arguments)

    @overload
    @classmethod
    def create(
        cls,
        name: str,
        workflow: WorkflowEntity[Q, S] | ReferenceWorkflow[Q, S],
        default_inputs: None = None,
        fixed_inputs: None = None,
        schedule: CronSchedule | FixedRate | None = None,
        notifications: Sequence[Notification] | None = None,
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
        raw_output_data_config: RawOutputDataConfig | None = None,
        max_parallelism: int | None = None,
        security_context: SecurityContext | None = None,
        overwrite_cache: bool | None = None,
        auto_activate: bool = False,
        concurrency: ConcurrencyPolicy | None = None,
    ) -> LaunchPlan[Q, S]: ...
    @overload
    @classmethod
    def create(
        cls,
        name: str,
        workflow: WorkflowEntity[..., S] | ReferenceWorkflow[..., S],
        default_inputs: Mapping[str, Any] | None = None,
        fixed_inputs: Mapping[str, Any] | None = None,
        schedule: CronSchedule | FixedRate | None = None,
        notifications: Sequence[Notification] | None = None,
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
        raw_output_data_config: RawOutputDataConfig | None = None,
        max_parallelism: int | None = None,
        security_context: SecurityContext | None = None,
        overwrite_cache: bool | None = None,
        auto_activate: bool = False,
        concurrency: ConcurrencyPolicy | None = None,
    ) -> LaunchPlan[..., S]: ...
    @classmethod
    def create(cls, name: str, workflow: AnyWorkflow, *args: Any, **options: Any) -> LaunchPlan[..., Any]:
        """Make a new plan.

        Args:
            name: Unique in the process, and where it is registered.
            workflow: What it starts.
            args: Options by position, in the order below.
            options: `default_inputs`, which a caller can override; `fixed_inputs`, which none can; `schedule`, when it
                starts by itself; `notifications`, whom to tell about its end; `labels` and `annotations` of its
                executions; `raw_output_data_config`, where they write; `max_parallelism`, how many nodes run at the
                same time; `security_context`, whom they run as; `overwrite_cache`; `auto_activate`, whether registering
                it activates it; `concurrency`, how many executions run at the same time.

        Raises:
            OptionError: For a name that is taken, an input that the workflow does not have, a value that is not taken.
            ConversionError: For an input with a value that does not fit.
        """
        checked = LaunchPlanOptions.of_call(args, options)
        known = cls.CACHE.get(name)
        if known is not None and not _was_redefined(known.workflow, workflow):
            raise OptionError(f"there is a launch plan `{name}` already: give this one another name")
        plan: LaunchPlan[..., Any] = cls(name, workflow, checked)
        cls.CACHE[name] = plan
        return plan

    @overload
    @classmethod
    def get_or_create(
        cls,
        workflow: WorkflowEntity[Q, S] | ReferenceWorkflow[Q, S],
        name: str | None = None,
        default_inputs: None = None,
        fixed_inputs: None = None,
        schedule: CronSchedule | FixedRate | None = None,
        notifications: Sequence[Notification] | None = None,
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
        raw_output_data_config: RawOutputDataConfig | None = None,
        max_parallelism: int | None = None,
        security_context: SecurityContext | None = None,
        overwrite_cache: bool | None = None,
        auto_activate: bool = False,
        concurrency: ConcurrencyPolicy | None = None,
    ) -> LaunchPlan[Q, S]: ...
    @overload
    @classmethod
    def get_or_create(
        cls,
        workflow: WorkflowEntity[..., S] | ReferenceWorkflow[..., S],
        name: str | None = None,
        default_inputs: Mapping[str, Any] | None = None,
        fixed_inputs: Mapping[str, Any] | None = None,
        schedule: CronSchedule | FixedRate | None = None,
        notifications: Sequence[Notification] | None = None,
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
        raw_output_data_config: RawOutputDataConfig | None = None,
        max_parallelism: int | None = None,
        security_context: SecurityContext | None = None,
        overwrite_cache: bool | None = None,
        auto_activate: bool = False,
        concurrency: ConcurrencyPolicy | None = None,
    ) -> LaunchPlan[..., S]: ...
    @classmethod
    def get_or_create(
        cls, workflow: AnyWorkflow, name: str | None = None, *args: Any, **options: Any
    ) -> LaunchPlan[..., Any]:
        """The plan of a name: the one that there is, if it was made in the same way, or a new one.

        Without a name it is the default plan of the workflow, which has the workflow's name and no options of its own.
        The arguments are those of `create`.

        Raises:
            OptionError: As `create` does; and for a plan of that name that was made differently.
        """
        checked = LaunchPlanOptions.of_call(args, options)
        if name is None:
            if checked != LaunchPlanOptions():
                raise OptionError(
                    "the default launch plan of a workflow has no options of its own: give this one a name"
                )
            return default_launch_plan(workflow)
        known = cls.CACHE.get(name)
        if known is None or _was_redefined(known.workflow, workflow):
            return cls.create(name, workflow, **_as_options(checked))
        if known.workflow is not workflow:
            raise OptionError(
                f"there is a launch plan `{name}` already, of the workflow `{known.workflow.name}`: "
                "give this one another name"
            )
        differing = [each for each in checked.__match_args__ if getattr(checked, each) != getattr(known.options, each)]
        if differing:
            raise OptionError(
                f"there is a launch plan `{name}` already, with another `{differing[0]}`: give this one another name"
            )
        return known


def _as_options(options: LaunchPlanOptions) -> dict[str, Any]:
    return {name: getattr(options, name) for name in options.__match_args__}


def _was_redefined(known: AnyWorkflow, now: AnyWorkflow) -> bool:
    """Whether it is the same workflow, defined again: a cell of a notebook that was run twice."""
    return known is not now and known.name == now.name


def _with_default(variable: Variable, default: Any) -> Variable:
    return Variable(variable.name, variable.annotation, variable.converter, variable.description, default)


def _kind_of(value: object) -> str:
    return f"the {value.kind} `{value.name}`" if isinstance(value, Entity) else describe(value)


def default_launch_plan(workflow: WorkflowEntity[P, R] | ReferenceWorkflow[P, R]) -> LaunchPlan[P, R]:
    """The plan that has the workflow's name, and the workflow's default options."""
    known = LaunchPlan.CACHE.get(workflow.name)
    if known is None or known.workflow is not workflow:
        chosen = getattr(workflow, "options", WorkflowOptions()).default_options or Options()
        options = {name: getattr(chosen, name) for name in chosen.__match_args__}
        made: LaunchPlan[..., Any] = LaunchPlan(workflow.name, workflow, LaunchPlanOptions.of(**options))
        if known is None or _was_redefined(known.workflow, workflow):
            LaunchPlan.CACHE[workflow.name] = made
        known = made
    return cast("LaunchPlan[P, R]", known)
