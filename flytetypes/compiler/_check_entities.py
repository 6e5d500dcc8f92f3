"""Checking what a workflow reaches besides its graphs: names, tasks and launch plans."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from flytetypes import idl
from flytetypes._diagnostics import Diagnostic
from flytetypes.authoring import ContainerTask, Entity, LaunchPlan, MapTask, Resources, Task, WorkflowEntity
from flytetypes.compiler._reach import Reach
from flytetypes.configuration import SerializationSettings
from flytetypes.errors import OptionError

_SUFFIXES: Final = {
    **{unit: Decimal(1024) ** power for power, unit in enumerate(("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"))},
    **{unit: Decimal(1000) ** power for power, unit in enumerate(("", "k", "M", "G", "T", "P", "E"))},
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
}
_QUANTITY: Final = re.compile(r"([\d.]+(?:[eE][+-]?\d+)?)([A-Za-z]*)")


def entity_problems(reach: Reach, target: str) -> list[Diagnostic]:
    """What is wrong with the names, tasks and launch plans of a workflow, apart from its graphs."""
    severity = "error" if target == "flyte" else "warning"
    found = _duplicate_names(reach, severity)
    for task in reach.tasks:
        found += _task_problems(task, is_flyte=target == "flyte")
    for plan in reach.plans:
        found += _plan_problems(plan, severity)
    return found


def _duplicate_names(reach: Reach, severity: str) -> list[Diagnostic]:
    found = []
    seen: dict[tuple[str, str], Entity[..., Any]] = {}
    for entity in reach.order:
        kind = "task" if isinstance(entity, Task) else "workflow" if isinstance(entity, WorkflowEntity) else entity.kind
        known = seen.setdefault((kind, entity.name), entity)
        if known is not entity and not _same_map(known, entity):
            found.append(
                Diagnostic(
                    "duplicate-name",
                    f"two different {kind}s are called `{entity.name}`",
                    place=getattr(entity, "place", None),
                    producer=f"`{known.interface.signature()}`",
                    producer_place=getattr(known, "place", None),
                    signature=entity.interface.signature(),
                    severity=severity,  # names matter where entities are registered
                    fix="give one of them another name",
                )
            )
    return found


def _same_map(known: Entity[..., Any], entity: Entity[..., Any]) -> bool:
    """Whether two maps do the same: each `map_task(...)` makes a new one."""
    return (
        isinstance(known, MapTask)
        and isinstance(entity, MapTask)
        and known.mapped is entity.mapped
        and known.how.bound.keys() == entity.how.bound.keys()
    )


def _task_problems(task: Task[..., Any], *, is_flyte: bool) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    facts: dict[str, Any] = {"place": getattr(task, "place", None), "signature": task.interface.signature()}
    found += [
        Diagnostic("bad-option", problem, fix="let the limit be at least the request, and GPUs be whole", **facts)
        for problem in resource_problems(f"`{task.name}`", task.options.requests, task.options.limits)
    ]
    cache = task.options.cache
    for name in cache.ignored_inputs if cache is not None else ():
        if name not in task.interface.inputs:
            names = ", ".join(task.interface.inputs) or "none"
            found.append(
                Diagnostic(
                    "unknown-input",
                    f"the cache of `{task.name}` ignores `{name}`, which is no input",
                    expected=f"some of {names}",
                    fix="name inputs that it has",
                    **facts,
                )
            )
    if is_flyte:  # here nobody asks for it before the task runs
        try:
            _ = task.cache_version
        except OptionError as error:
            found.append(Diagnostic("bad-option", str(error), fix="write `cache=Cache(version=...)`", **facts))
    if is_flyte and not isinstance(task, ContainerTask):
        try:
            task.target(SerializationSettings())
        except OptionError as error:
            found.append(Diagnostic("not-loadable", str(error), fix="define it at the top level of a module", **facts))
    return found


def resource_problems(whose: str, requests: Resources | None, limits: Resources | None) -> list[str]:
    """What Flyte's registry would say of requests and limits."""
    low, high = requests or Resources(), limits or Resources()
    found = []
    for name in ("cpu", "mem", "gpu", "ephemeral_storage"):
        request, limit = getattr(low, name), getattr(high, name)
        if request is not None and limit is not None and quantity(request) > quantity(limit):
            found.append(f"{whose} requests {name} {request}, and is limited to {limit}")
        if name == "gpu" and request is not None and quantity(request) % 1 != 0:
            found.append(f"{whose} requests {request} GPUs")
    return found


def _plan_problems(plan: LaunchPlan[..., Any], severity: str) -> list[Diagnostic]:
    schedule = plan.options.schedule
    if schedule is None:
        return []
    found = []
    inputs = plan.interface.inputs
    kickoff = schedule.kickoff_time_input_arg
    if kickoff:
        variable = inputs.get(kickoff)
        if variable is None or variable.converter.literal_type.simple != idl.SimpleType.DATETIME:
            got = "no such input" if variable is None else f"`{idl.render_type(variable.converter.literal_type)}`"
            found.append(
                Diagnostic(
                    "bad-schedule",
                    f"the schedule of `{plan.name}` gives its time to `{kickoff}`",
                    expected="an input that is a `datetime`",
                    got=got,
                    signature=plan.interface.signature(),
                    fix="name an input that is a datetime",
                )
            )
    parameters = plan.interface.to_parameters().parameters
    found += [
        Diagnostic(
            "bad-schedule",
            f"the schedule of `{plan.name}` starts it without `{name}`",
            signature=plan.interface.signature(),
            severity=severity,
            fix=f"give `{name}` in `default_inputs` or `fixed_inputs`",
        )
        for name in inputs
        if name != kickoff and parameters[name].required
    ]
    return found


def quantity(value: object) -> Decimal:
    """A quantity as Kubernetes writes it, as a number."""
    match = _QUANTITY.fullmatch(str(value))
    assert match is not None  # noqa: S101 - checked when the Resources were made
    return Decimal(match[1]) * _SUFFIXES[match[2]]
