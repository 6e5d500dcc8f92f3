"""Launch plans: a workflow with some inputs given; names, defaults, fixed inputs, and the options of executions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Optional

import pytest

from flytetypes import (
    Annotations,
    CallError,
    ConcurrencyPolicy,
    ConversionError,
    CronSchedule,
    Email,
    FixedRate,
    Identity,
    Labels,
    LaunchPlan,
    OptionError,
    Options,
    PagerDuty,
    RawOutputDataConfig,
    SecurityContext,
    Slack,
    WorkflowExecutionPhase,
    task,
    workflow,
)
from flytetypes.authoring import LaunchPlanOptions, Notification, default_launch_plan
from refusals import codes, refusal


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LaunchPlan, "CACHE", {})


@task
def shown(n: int, text: str, when: Optional[datetime]) -> str:
    return f"{n}{text}{'' if when is None else when.year}"


@workflow
def wf(n: int, text: str = "x", when: Optional[datetime] = None) -> str:
    """Show it."""
    return shown(n=n, text=text, when=when)


# --- calling ----------------------------------------------------------------------------------------------------------


def test_a_plan_is_called_as_its_workflow_is() -> None:
    plan = LaunchPlan.create("plan", wf)
    assert (plan(n=1), plan(n=2, text="y")) == ("1x", "2y")


def test_default_inputs_are_used_and_can_be_overridden() -> None:
    plan = LaunchPlan.create("plan", wf, default_inputs={"n": 5, "text": "d"})
    assert (plan(), plan(n=6)) == ("5d", "6d")


def test_fixed_inputs_are_used_and_cannot_be_overridden() -> None:
    plan = LaunchPlan.create("plan", wf, fixed_inputs={"n": 5})
    assert plan(text="f") == "5f"
    with pytest.raises(CallError) as caught:
        plan(n=6)
    assert (
        str(caught.value)
        == "`plan` has fixed its input `n`. It is plan(text: str = 'x', when: datetime | None = None) -> str"
    )


def test_a_fixed_input_wins_over_a_default_one() -> None:
    plan = LaunchPlan.create("plan", wf, default_inputs={"n": 1}, fixed_inputs={"n": 2})
    assert plan() == "2x"


def test_inputs_by_position() -> None:
    assert LaunchPlan.create("plan", wf, {"n": 1}, {"text": "f"}, CronSchedule("@daily")).options == LaunchPlanOptions(
        default_inputs={"n": 1}, fixed_inputs={"text": "f"}, schedule=CronSchedule("@daily")
    )


def test_missing_inputs_are_told() -> None:
    with pytest.raises(CallError) as caught:
        LaunchPlan.create("plan", wf)()  # type: ignore[call-arg]
    assert (
        str(caught.value)
        == "`plan` needs `n`. It is plan(n: int, text: str = 'x', when: datetime | None = None) -> str"
    )


def test_an_optional_input_without_a_default_is_none_on_a_plan() -> None:
    @workflow
    def optional(n: int, when: Optional[datetime]) -> str:
        return shown(n=n, text="", when=when)

    assert LaunchPlan.create("plan", optional)(n=1) == "1"  # type: ignore[call-arg]
    with pytest.raises(CallError):
        optional(n=1)  # type: ignore[call-arg]


def test_changing_the_dict_of_defaults_changes_no_plan() -> None:
    defaults = {"n": 1}
    plan = LaunchPlan.create("plan", wf, default_inputs=defaults)
    defaults["n"] = 2
    assert plan() == "1x"


def test_the_signature_of_a_plan() -> None:
    plan = LaunchPlan.create("plan", wf, default_inputs={"n": 5}, fixed_inputs={"text": "f"})
    assert repr(plan) == "<launch plan plan(n: int = 5, when: datetime | None = None) -> str>"


# --- in a workflow ----------------------------------------------------------------------------------------------------


def test_a_plan_is_a_node_of_a_workflow() -> None:
    plan = LaunchPlan.create("plan", wf, default_inputs={"n": 5}, fixed_inputs={"text": "f"})

    @workflow
    def outer(n: int) -> tuple[str, str]:
        return plan(), plan(n=n)

    assert outer(n=7) == ("5f", "7f")
    assert [node.target for node in outer.graph.nodes] == [plan, plan]


def test_a_fixed_input_in_a_workflow_is_a_problem() -> None:
    plan = LaunchPlan.create("plan", wf, fixed_inputs={"text": "f"})

    @workflow
    def outer(n: int) -> str:
        return plan(n=n, text="g")

    assert refusal(outer, n=1) == (
        "workflow `outer` has one problem; no task has run\n"
        "  error[fixed-input] here: `plan` has fixed its input `text`. It is plan(n: int, when: datetime | None = None) -> str\n"
        "    to        `plan(n: int, when: datetime | None = None) -> str`\n"
        "    fix       leave it out, or make it one of the plan's `default_inputs`"
    )


def test_a_plan_of_a_broken_workflow_is_refused_before_anything_runs() -> None:
    @workflow
    def broken(n: int) -> int:
        return shown(n=n, text="x", when=None)  # type: ignore[return-value]

    plan = LaunchPlan.create("plan", broken)
    assert refusal(plan, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[type-mismatch] here: output `o0` of `broken` takes `int`, and gets `str`\n"
        "    at        `o0`\n"
        "    from      output `o0` of `shown(n: int, text: str, when: datetime | None) -> str`, called at here\n"
        "    to        `broken(n: int) -> int`\n"
        "    expected  `int`\n"
        "    got       `str`\n"
        "    because   `str` is not `int`\n"
        "    fix       declare both as `int`, or put a task between them that converts"
    )


# --- names ------------------------------------------------------------------------------------------------------------


def test_the_same_name_twice_is_refused() -> None:
    LaunchPlan.create("plan", wf)
    with pytest.raises(OptionError) as caught:
        LaunchPlan.create("plan", wf)
    assert str(caught.value) == "there is a launch plan `plan` already: give this one another name"


def test_get_or_create_gives_the_same_plan_again() -> None:
    first = LaunchPlan.get_or_create(wf, "plan", default_inputs={"n": 1}, schedule=CronSchedule("@daily"))
    again = LaunchPlan.get_or_create(wf, "plan", default_inputs={"n": 1}, schedule=CronSchedule("@daily"))
    assert first is again


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("default_inputs", {"n": 2}),
        ("fixed_inputs", {"text": "z"}),
        ("schedule", CronSchedule("@hourly")),
        ("labels", {"a": "b"}),
        ("max_parallelism", 3),
    ],
)
def test_get_or_create_with_another_definition_is_refused(name: str, value: Any) -> None:
    LaunchPlan.get_or_create(wf, "plan", default_inputs={"n": 1})
    with pytest.raises(OptionError) as caught:
        LaunchPlan.get_or_create(wf, "plan", **{"default_inputs": {"n": 1}, name: value})
    assert str(caught.value) == (
        f"there is a launch plan `plan` already, with another `{name}`: give this one another name"
    )


def test_get_or_create_for_another_workflow_is_refused() -> None:
    @workflow
    def other(n: int) -> str:
        return shown(n=n, text="", when=None)

    LaunchPlan.get_or_create(wf, "plan")
    with pytest.raises(OptionError) as caught:
        LaunchPlan.get_or_create(other, "plan")
    assert (
        str(caught.value)
        == "there is a launch plan `plan` already, of the workflow `test_launch_plan.wf`: give this one another name"
    )


def test_the_default_plan_has_the_name_of_the_workflow() -> None:
    plan = LaunchPlan.get_or_create(wf)
    assert (plan.name, plan is default_launch_plan(wf), plan(n=1)) == (f"{__name__}.wf", True, "1x")


def test_the_default_plan_has_no_options_of_its_own() -> None:
    with pytest.raises(OptionError) as caught:
        LaunchPlan.get_or_create(wf, default_inputs={"n": 1})
    assert str(caught.value) == "the default launch plan of a workflow has no options of its own: give this one a name"


def test_the_default_plan_has_the_default_options_of_its_workflow() -> None:
    @workflow(default_options=Options(labels={"team": "a"}, max_parallelism=2, notifications=[]))  # type: ignore[arg-type]
    def labelled(n: int) -> str:
        return shown(n=n, text="", when=None)

    options = default_launch_plan(labelled).options
    assert (options.labels, options.max_parallelism, options.notifications) == ({"team": "a"}, 2, ())


def defined_again() -> Any:
    @workflow
    def cell(n: int) -> str:
        return shown(n=n, text="", when=None)

    return cell


def test_a_workflow_that_is_defined_again_as_in_a_notebook_has_a_new_plan() -> None:
    first, second = defined_again(), defined_again()
    plan = LaunchPlan.create("plan", first)
    again = LaunchPlan.create("plan", second, default_inputs={"n": 1})
    assert (plan.workflow, again.workflow, LaunchPlan.CACHE["plan"]) == (first, second, again)


def test_get_or_create_after_a_redefinition_gives_a_plan_of_the_new_workflow() -> None:
    first, second = defined_again(), defined_again()
    assert LaunchPlan.get_or_create(first, "plan").workflow is first
    assert LaunchPlan.get_or_create(second, "plan", default_inputs={"n": 1}).workflow is second
    assert LaunchPlan.get_or_create(first).workflow is first
    assert LaunchPlan.get_or_create(second).workflow is second


# --- options ----------------------------------------------------------------------------------------------------------

FAILED = WorkflowExecutionPhase.FAILED


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, {}),
        ({"schedule": CronSchedule("0 9 * * *")}, {"schedule": CronSchedule("0 9 * * *")}),
        ({"schedule": FixedRate(timedelta(minutes=5))}, {"schedule": FixedRate(timedelta(minutes=5))}),
        (
            {"notifications": [Email([FAILED], ["a@b.c"]), Slack([FAILED], ["x@slack.com"])]},
            {"notifications": (Email([FAILED], ["a@b.c"]), Slack([FAILED], ["x@slack.com"]))},
        ),
        ({"notifications": [PagerDuty([FAILED], ["p@d.c"])]}, {"notifications": (PagerDuty([FAILED], ["p@d.c"]),)}),
        ({"labels": Labels({"team": "a"})}, {"labels": {"team": "a"}}),
        ({"annotations": Annotations({"team": "a"})}, {"annotations": {"team": "a"}}),
        (
            {"raw_output_data_config": RawOutputDataConfig("s3://bucket")},
            {"raw_output_data_config": RawOutputDataConfig("s3://bucket")},
        ),
        ({"max_parallelism": 4}, {"max_parallelism": 4}),
        (
            {"security_context": SecurityContext(run_as=Identity(k8s_service_account="sa"))},
            {"security_context": SecurityContext(Identity(None, "sa"))},
        ),
        ({"overwrite_cache": True}, {"overwrite_cache": True}),
        ({"auto_activate": True}, {"auto_activate": True}),
        ({"concurrency": ConcurrencyPolicy(2)}, {"concurrency": ConcurrencyPolicy(max_concurrency=2)}),
        ({"schedule": None, "labels": None}, {}),
    ],
)
def test_options_are_kept(given: dict[str, Any], kept: dict[str, Any]) -> None:
    assert LaunchPlan.create("plan", wf, **given).options == LaunchPlanOptions(**kept)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"retries": 3},
            "a launch plan has no option `retries`; it has default_inputs, fixed_inputs, schedule, notifications, labels, annotations, raw_output_data_config, max_parallelism, security_context, overwrite_cache, auto_activate, concurrency",
        ),
        ({"default_inputs": [1]}, "`default_inputs` takes a Mapping; got `list` [1]"),
        ({"fixed_inputs": "n"}, "`fixed_inputs` takes a Mapping; got `str` 'n'"),
        (
            {"default_inputs": {"m": 1}},
            "the launch plan `plan` gives `m`, which is no input of wf(n: int, text: str = 'x', when: datetime | None = None) -> str",
        ),
        (
            {"fixed_inputs": {"m": 1}},
            "the launch plan `plan` gives `m`, which is no input of wf(n: int, text: str = 'x', when: datetime | None = None) -> str",
        ),
        ({"schedule": "@daily"}, "`schedule` takes a CronSchedule or a FixedRate; got `str` '@daily'"),
        (
            {"notifications": Email([FAILED], ["a"])},
            "`notifications` takes a Sequence; got `Email` Email(phases=(<WorkflowExecu...>,), recipients_email=('a',))",
        ),
        (
            {"notifications": ["a@b.c"]},
            "`notifications` takes a list of Email, Slack or PagerDuty; got `list` ['a@b.c']",
        ),
        ({"labels": {"a": 1}}, "`labels` takes texts by name, such as {'team': 'a'}; got `dict` {'a': 1}"),
        ({"annotations": ["a"]}, "`annotations` takes a Mapping; got `list` ['a']"),
        (
            {"raw_output_data_config": "s3://bucket"},
            "`raw_output_data_config` takes a RawOutputDataConfig; got `str` 's3://bucket'",
        ),
        ({"max_parallelism": "3"}, "`max_parallelism` takes an int; got `str` '3'"),
        ({"max_parallelism": True}, "`max_parallelism` takes an int; got `bool` True"),
        ({"max_parallelism": -1}, "`max_parallelism` is a number from 0 on; got `int` -1"),
        ({"security_context": "sa"}, "`security_context` takes a SecurityContext; got `str` 'sa'"),
        ({"overwrite_cache": 1}, "`overwrite_cache` takes a bool; got `int` 1"),
        ({"auto_activate": "yes"}, "`auto_activate` takes a bool; got `str` 'yes'"),
        ({"concurrency": 3}, "`concurrency` takes a ConcurrencyPolicy; got `int` 3"),
    ],
)
def test_wrong_options_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError) as caught:
        LaunchPlan.create("plan", wf, **given)
    assert str(caught.value) == message
    assert LaunchPlan.CACHE == {}


def test_options_by_position_and_by_name_exclude_each_other() -> None:
    create: Any = LaunchPlan.create
    with pytest.raises(OptionError) as caught:
        create("plan", wf, {"n": 1}, default_inputs={"n": 2})
    assert str(caught.value) == "`default_inputs` is given twice: by position, and by name"
    with pytest.raises(OptionError) as caught:
        create("plan", wf, *([None] * 13))
    assert str(caught.value) == "a launch plan has 12 options; got 13 values for them"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Email([], ["a@b.c"]),
            "`Email(phases=...)` takes ends of an execution: [WorkflowExecutionPhase.FAILED]",
        ),
        (lambda: Slack([FAILED], []), "`Slack(recipients_email=...)` takes a list of addresses, and at least one"),
        (
            lambda: PagerDuty([6], ["a@b.c"]),  # type: ignore[list-item]
            "`PagerDuty(phases=...)` takes ends of an execution: [WorkflowExecutionPhase.FAILED]",
        ),
        (lambda: Email([FAILED], "a@b.c"), "`Email(recipients_email=...)` takes a list of addresses, and at least one"),
        (lambda: ConcurrencyPolicy(0), "`ConcurrencyPolicy` lets at least one run; got `int` 0"),
    ],
)
def test_wrong_notifications_and_policies_are_refused(make: Any, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        make()
    assert str(caught.value) == message


def test_an_input_with_a_value_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ConversionError) as caught:
        LaunchPlan.create("plan", wf, default_inputs={"n": "x"})
    assert str(caught.value) == "`plan`: expected `int`, got `str` 'x' - at `n`"


def test_notifications_know_their_channel() -> None:
    kinds: list[type[Notification]] = [Email, Slack, PagerDuty]
    assert [kind([FAILED], ["a@b.c"]).channel for kind in kinds] == ["email", "slack", "pager_duty"]


def test_a_schedule_that_leaves_inputs_open_is_refused_for_a_backend() -> None:
    plan = LaunchPlan.create("plan", wf, schedule=CronSchedule("@daily", kickoff_time_input_arg="when"))
    assert codes(plan, "flyte")[0] == "bad-schedule"


def test_a_schedule_gives_its_time_to_a_datetime() -> None:
    @workflow
    def timed(n: int, when: datetime) -> str:
        return shown(n=n, text="", when=when)

    schedule = CronSchedule("@daily", kickoff_time_input_arg="when")
    assert codes(LaunchPlan.create("good", timed, default_inputs={"n": 1}, schedule=schedule)) == []
    wrong = CronSchedule("@daily", kickoff_time_input_arg="n")
    assert codes(LaunchPlan.create("wrong", timed, default_inputs={"n": 1}, schedule=wrong))[0] == "bad-schedule"
