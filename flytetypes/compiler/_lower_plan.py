"""Launch plans as Flyte's messages (`flyteidl/admin/launch_plan.proto`)."""

from __future__ import annotations

from typing import Any

from flytetypes import idl
from flytetypes.authoring import CronSchedule, FixedRate, LaunchPlan, Notification, ReferenceWorkflow, SecurityContext
from flytetypes.compiler._lower_task import fill_id, fill_reference
from flytetypes.configuration import SerializationSettings


def launch_plan(plan: LaunchPlan[..., Any], settings: SerializationSettings) -> idl.LaunchPlan:
    """A launch plan as it is registered: its identifier and its `LaunchPlanSpec`."""
    made = idl.LaunchPlan()
    fill_id(made.id, "LAUNCH_PLAN", plan.name, settings)
    spec, options = made.spec, plan.options
    if isinstance(plan.workflow, ReferenceWorkflow):
        fill_reference(spec.workflow_id, "WORKFLOW", plan.workflow.id)
    else:
        fill_id(spec.workflow_id, "WORKFLOW", plan.workflow.name, settings)
    spec.entity_metadata.SetInParent()
    if options.schedule is not None:
        _fill_schedule(spec.entity_metadata.schedule, options.schedule)
    for notification in options.notifications:
        _fill_notification(spec.entity_metadata.notifications.add(), notification)
    spec.default_inputs.CopyFrom(plan.interface.to_parameters())
    spec.default_inputs.SetInParent()
    spec.fixed_inputs.SetInParent()
    variables = plan.workflow.interface.inputs
    for name, value in plan.fixed_inputs.items():
        spec.fixed_inputs.literals[name].CopyFrom(variables[name].converter.to_literal(value))
    spec.labels.SetInParent()
    spec.labels.values.update(options.labels or {})
    spec.annotations.SetInParent()
    spec.annotations.values.update(options.annotations or {})
    spec.raw_output_data_config.SetInParent()
    if options.raw_output_data_config is not None:
        spec.raw_output_data_config.output_location_prefix = options.raw_output_data_config.output_location_prefix
    if options.security_context is not None:
        _fill_security(spec.security_context, options.security_context)
    spec.max_parallelism = options.max_parallelism or 0
    spec.overwrite_cache = bool(options.overwrite_cache)
    if options.concurrency is not None:
        spec.concurrency_policy.max = options.concurrency.max_concurrency
        spec.concurrency_policy.behavior = idl.ConcurrencyLimitBehavior.CONCURRENCY_LIMIT_BEHAVIOR_SKIP
    return made


def _fill_schedule(into: idl.Schedule, schedule: CronSchedule | FixedRate) -> None:
    into.kickoff_time_input_arg = schedule.kickoff_time_input_arg or ""
    if isinstance(schedule, FixedRate):
        unit, value = schedule.unit_and_value()
        into.rate.unit = getattr(idl.FixedRateUnit, unit)
        into.rate.value = value
    else:
        into.cron_schedule.schedule = schedule.schedule
        into.cron_schedule.offset = schedule.offset or ""


def _fill_notification(into: idl.Notification, notification: Notification) -> None:
    into.phases.extend(getattr(idl.WorkflowExecution.Phase, phase.name) for phase in notification.phases)
    getattr(into, notification.channel).recipients_email.extend(notification.recipients_email)


def _fill_security(into: idl.SecurityContext, context: SecurityContext) -> None:
    if context.run_as is not None:
        for name in context.run_as.__match_args__:
            setattr(into.run_as, name, getattr(context.run_as, name) or "")
    for secret in context.secrets:
        into.secrets.add(group=secret.group or "", key=secret.key or "", group_version=secret.group_version or "")
