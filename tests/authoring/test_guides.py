"""The examples of Flyte's introductory guides, as users type them, with our import; what they give is what the guides say."""

# ruff: noqa: UP006, UP035 - types as the guides spell them

import asyncio
import random
import re
import threading
import typing
import warnings
from math import sqrt
from typing import Any, List, Tuple

import pytest

from flytetypes import (
    CallError,
    Config,
    CronSchedule,
    Email,
    FlyteRemote,
    ImageConfig,
    LaunchPlan,
    OptionError,
    Promise,
    Secret,
    SerializationSettings,
    WorkflowExecutionPhase,
    dynamic,
    idl,
    map_task,
    run,
    task,
    workflow,
)
from flytetypes.authoring import in_run_order
from flytetypes.compiler import check, lower
from flytetypes.experimental import EagerException, eager
from refusals import codes, refusal

SETTINGS = SerializationSettings(
    ImageConfig.auto("registry.example.org/project:v1"), project="flytesnacks", domain="development", version="v1"
)

RUNS: list[str] = []


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    RUNS.clear()
    monkeypatch.setattr(LaunchPlan, "CACHE", {})


def lowered(*entities: Any) -> dict[tuple[str, str], Any]:
    """What a backend would register, by kind and by the last part of the name."""
    return {(each.kind, each.name.rpartition(".")[2]): each.message for each in lower(entities, SETTINGS)}


# --- workflows --------------------------------------------------------------------------------------------------------


with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.13 wants a list of pairs

    @task
    def t1(a: int) -> typing.NamedTuple("OutputsBC", t1_int_output=int, c=str):  # as the guide has it
        RUNS.append("t1")
        return a + 2, "world"


@task
def t2(a: str, b: str) -> str:
    RUNS.append("t2")
    return b + a


@workflow
def my_wf(a: int, b: str) -> Tuple[int, str]:
    x, y = t1(a=a)
    d = t2(a=y, b=b)
    return x, d


def test_a_named_tuple_unpacks_indexes_and_has_attributes() -> None:
    result = t1(a=1)
    number, text = result
    assert (number, text, result[0], result[1]) == (3, "world", 3, "world")
    assert (result.t1_int_output, result.c) == (3, "world")


def test_the_outputs_of_a_named_tuple_have_its_names_on_the_wire() -> None:
    template = lowered(my_wf)["task", "t1"].template
    assert set(template.interface.outputs.variables) == {"t1_int_output", "c"}


def test_the_workflow_gives_a_tuple() -> None:
    result: Any = my_wf(a=50, b="hello")
    assert result == (52, "helloworld")
    assert (result.o0, result.o1) == (52, "helloworld")


def test_the_outputs_of_a_tuple_are_numbered_and_in_order_on_the_wire() -> None:
    template = lowered(my_wf)["workflow", "my_wf"].template
    assert [binding.var for binding in template.outputs] == ["o0", "o1"]


def test_the_body_runs_when_the_workflow_is_compiled_and_gives_promises() -> None:
    seen: list[Any] = []

    @workflow
    def looking(a: int, b: str) -> Tuple[int, str]:
        x, y = t1(a=a)
        seen.extend([a, x, y])
        return x, t2(a=y, b=b)

    assert seen == []
    check(looking)
    assert [type(each) for each in seen] == [Promise, Promise, Promise]
    assert RUNS == []
    looking(a=1, b="x")
    looking(a=2, b="x")
    assert len(seen) == 3


def test_a_positional_call_is_a_type_error_that_shows_the_corrected_call() -> None:
    with pytest.raises(TypeError) as caught:
        my_wf(50, "hello")
    assert str(caught.value) == "`my_wf` takes keywords: call it as `my_wf(a=50, b='hello')`"


# --- dynamic workflows ------------------------------------------------------------------------------------------------


@task
def return_index(character: str) -> int:
    """Computes the character index, which needs to fit into the list of 26 characters."""
    if character.islower():
        return ord(character) - ord("a")
    else:  # noqa: RET505 - as the guide has it
        return ord(character) - ord("A")


@task
def update_list(freq_list: typing.List[int], list_index: int) -> typing.List[int]:
    """Notes the frequency of characters."""
    freq_list[list_index] += 1
    return freq_list


@task
def derive_count(freq1: typing.List[int], freq2: typing.List[int]) -> int:
    """Derives the number of common characters."""
    count = 0
    for i in range(26):
        count += min(freq1[i], freq2[i])
    return count


@dynamic
def count_characters(s1: str, s2: str) -> int:
    """Calls the required tasks and returns the final result."""
    freq1 = [0] * 26
    freq2 = [0] * 26

    for i in range(len(s1)):
        index = return_index(character=s1[i])
        freq1 = update_list(freq_list=freq1, list_index=index)

    for i in range(len(s2)):
        index = return_index(character=s2[i])
        freq2 = update_list(freq_list=freq2, list_index=index)

    return derive_count(freq1=freq1, freq2=freq2)


@workflow
def wf(s1: str, s2: str) -> int:
    """Calls the dynamic workflow and returns the result."""
    return count_characters(s1=s1, s2=s2)


def test_common_characters_are_counted() -> None:
    assert wf(s1="Pear", s2="Earth") == 3


def test_its_graph_has_two_nodes_for_each_character_and_one_to_derive_the_count() -> None:
    nodes = count_characters.trace({"s1": "Pear", "s2": "Earth"}).nodes
    assert [node.id for node in nodes] == [f"dn{index}" for index in range(2 * 9 + 1)]
    assert [node.target for node in nodes[-2:]] == [update_list, derive_count]


def test_characters_are_values_and_results_are_promises() -> None:
    seen: list[Any] = []

    @dynamic
    def looking(s1: str) -> int:
        index = return_index(character=s1[0])
        seen.extend([len(s1), s1[0], index])
        return index

    assert looking(s1="Pear") == 15
    assert seen[:2] == [4, "P"]
    assert type(seen[2]) is Promise


def test_computing_with_an_index_is_an_error_that_names_the_fix() -> None:
    @dynamic
    def broken(s1: str) -> int:
        return return_index(character=s1[0]) + 1

    assert refusal(broken, s1="Pear") == (
        "dynamic `broken` has one problem; none of its tasks has run\n"
        "  error[promise-misused] here: arithmetic with a promise in a workflow, with the promise `dn0.o0`\n"
        "    fix       compute in a task, or in a @dynamic that takes it"
    )


def test_the_same_body_as_a_workflow_is_refused_with_dynamic_as_the_way_out() -> None:
    assert refusal(workflow(count_characters.function), s1="Pear", s2="Earth") == (
        "workflow `count_characters` has one problem; no task has run\n"
        "  error[promise-misused] here: `len(promise)` in a workflow, with the promise `s1`\n"
        "    fix       count in a task, or in a @dynamic that takes it"
    )


def test_a_list_that_is_changed_in_place_changes_for_nobody_else() -> None:
    @workflow
    def both(freq: typing.List[int]) -> Tuple[typing.List[int], typing.List[int], typing.List[int]]:
        return update_list(freq_list=freq, list_index=0), update_list(freq_list=freq, list_index=1), freq

    mine = [0, 0]
    assert both(freq=mine) == ([1, 0], [0, 1], [0, 0])
    assert mine == [0, 0]
    assert update_list(freq_list=mine, list_index=0) == [1, 0]
    assert mine == [0, 0]


def test_map_tasks_map_what_is_decorated_with_task() -> None:
    assert map_task(return_index)(character=list("Pear")) == [15, 4, 0, 17]


# --- tasks, workflows, launch plans -----------------------------------------------------------------------------------


@task
def mean(values: List[float]) -> float:
    RUNS.append("mean")
    return sum(values) / len(values)


@task
def standard_deviation(values: List[float], mu: float) -> float:
    variance = sum([(x - mu) ** 2 for x in values])
    return sqrt(variance)


@task
def standard_scale(values: List[float], mu: float, sigma: float) -> List[float]:
    return [(x - mu) / sigma for x in values]


@workflow
def standard_scale_workflow(values: List[float]) -> List[float]:
    mu = mean(values=values)
    sigma = standard_deviation(values=values, mu=mu)
    return standard_scale(values=values, mu=mu, sigma=sigma)


@task
def generate_data(num_samples: int, seed: int) -> List[float]:
    random.seed(seed)
    return [random.random() for _ in range(num_samples)]


@workflow
def workflow_with_subworkflow(num_samples: int, seed: int) -> List[float]:
    data = generate_data(num_samples=num_samples, seed=seed)
    return standard_scale_workflow(values=data)


@task
def buggy_standard_scale(values: List[float], mu: float, sigma: float) -> float:
    """The implementation and output type of this task are wrong."""
    return sum([(x - mu) / sigma for x in values])


@workflow
def buggy_standard_scale_workflow(values: List[float]) -> List[float]:
    mu = mean(values=values)
    sigma = standard_deviation(values=values, mu=mu)
    return buggy_standard_scale(values=values, mu=mu, sigma=sigma)  # type: ignore[return-value]


ONE_TO_TEN = [float(i) for i in range(1, 11)]


def test_a_task_is_a_function() -> None:
    assert mean(values=ONE_TO_TEN) == 5.5


def test_a_task_called_with_the_wrong_type_says_task_argument_expected_and_got() -> None:
    with pytest.raises(TypeError) as caught:
        mean(values="hi")  # type: ignore[arg-type]
    assert str(caught.value) == "`mean`: expected `list[float]`, got `str` 'hi' - at `values`"


def test_integers_are_exact_floats() -> None:
    result = mean(values=[1, 2])
    assert (result, type(result)) == (1.5, float)


def test_values_are_scaled() -> None:
    result = standard_scale_workflow(values=ONE_TO_TEN)
    assert (len(result), result[0], result[-1]) == (  # type: ignore[comparison-overlap]
        10,
        pytest.approx(-0.4954, abs=5e-5),
        pytest.approx(0.4954, abs=5e-5),
    )


def test_printing_in_a_workflow_shows_a_promise_when_it_is_compiled(capsys: pytest.CaptureFixture[str]) -> None:
    @workflow
    def standard_scale_workflow_with_print(values: List[float]) -> List[float]:
        mu = mean(values=values)
        print(mu)  # this is not the actual float value!
        sigma = standard_deviation(values=values, mu=mu)
        return standard_scale(values=values, mu=mu, sigma=sigma)

    check(standard_scale_workflow_with_print)
    assert capsys.readouterr().out == "Promise(n0.o0)\n"
    standard_scale_workflow_with_print(values=[1.0, 2.0])
    assert capsys.readouterr().out == ""


def test_a_bug_is_refused_before_any_task_runs_and_names_the_output() -> None:
    assert refusal(buggy_standard_scale_workflow, values=ONE_TO_TEN) == (
        "workflow `buggy_standard_scale_workflow` has one problem; no task has run\n"
        "  error[type-mismatch] here: output `o0` of `buggy_standard_scale_workflow` takes `list[float]`, and gets `float`\n"
        "    at        `o0`\n"
        "    from      output `o0` of `buggy_standard_scale(values: list[float], mu: float, sigma: float) -> float`, called at here\n"
        "    to        `buggy_standard_scale_workflow(values: list[float]) -> list[float]`\n"
        "    expected  `list[float]`\n"
        "    got       `float`\n"
        "    because   `float` is not `list[float]`\n"
        "    fix       put it into a list: `[x]`"
    )
    assert RUNS == []


def test_a_workflow_is_a_node_of_another() -> None:
    assert len(workflow_with_subworkflow(num_samples=10, seed=3)) == 10
    template = lowered(workflow_with_subworkflow)["workflow", "workflow_with_subworkflow"].template
    assert template.nodes[1].workflow_node.sub_workflow_ref.name == f"{__name__}.standard_scale_workflow"


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_dependencies_without_data(order: tuple[int, ...]) -> None:
    @task
    def task1() -> None:
        RUNS.append("task1")

    @task
    def task2() -> None:
        RUNS.append("task2")

    @task
    def task3() -> None:
        RUNS.append("subworkflow")

    @workflow
    def subworkflow() -> None:
        task3()

    @workflow
    def ordered() -> None:
        calls: list[Any] = [task1, task2, subworkflow]
        promises: dict[int, Any] = {index: calls[index]() for index in order}
        promises[0] >> promises[1]
        promises[1] >> promises[2]

    ordered()
    assert RUNS == ["task1", "task2", "subworkflow"]
    nodes, _ = in_run_order(ordered.graph.nodes)
    assert [node.after for node in nodes] == [(), (nodes[0].id,), (nodes[1].id,)]


def plan() -> Any:
    return LaunchPlan.get_or_create(
        standard_scale_workflow, name="standard_scale_lp", default_inputs={"values": [3.0, 4.0, 5.0]}
    )


def test_a_launch_plan_has_defaults_that_can_be_overridden() -> None:
    assert plan()() == pytest.approx([-0.7071, 0.0, 0.7071], abs=5e-5)
    assert plan()(values=[float(x) for x in range(20, 30)]) == pytest.approx(standard_scale_workflow(values=ONE_TO_TEN))


def test_the_same_name_is_the_same_plan_and_another_definition_an_error() -> None:
    assert plan() is plan()
    with pytest.raises(OptionError) as caught:
        LaunchPlan.get_or_create(standard_scale_workflow, name="standard_scale_lp", default_inputs={"values": [1.0]})
    assert str(caught.value) == (
        "there is a launch plan `standard_scale_lp` already, with another `default_inputs`: give this one another name"
    )


def test_a_fixed_input_cannot_be_given() -> None:
    fixed = LaunchPlan.create("fixed", standard_scale_workflow, fixed_inputs={"values": [3.0, 4.0, 5.0]})
    assert fixed() == pytest.approx([-0.7071, 0.0, 0.7071], abs=5e-5)
    with pytest.raises(CallError) as caught:
        fixed(values=[1.0])
    assert str(caught.value) == "`fixed` has fixed its input `values`. It is fixed() -> list[float]"


def test_a_launch_plan_is_a_node_of_a_workflow() -> None:
    standard_scale_launch_plan = plan()

    @workflow
    def workflow_with_launchplan(num_samples: int, seed: int) -> List[float]:
        data = generate_data(num_samples=num_samples, seed=seed)
        return standard_scale_launch_plan(values=data)  # type: ignore[no-any-return]

    assert len(workflow_with_launchplan(num_samples=10, seed=3)) == 10
    (template,) = [
        message.template
        for (kind, name), message in lowered(workflow_with_launchplan).items()
        if (kind, name) == ("workflow", "workflow_with_launchplan")
    ]
    assert template.nodes[1].workflow_node.launchplan_ref.name == "standard_scale_lp"


def test_schedules_notifications_and_labels_are_settable_and_lowered() -> None:
    made = LaunchPlan.create(
        "nightly",
        standard_scale_workflow,
        default_inputs={"values": [3.0, 4.0, 5.0]},
        schedule=CronSchedule(schedule="0 1 * * *"),
        notifications=[Email([WorkflowExecutionPhase.FAILED], ["team@example.org"])],
        labels={"team": "data"},
    )
    spec = lowered(made)["launch plan", "nightly"].spec
    assert spec.entity_metadata.schedule.cron_schedule.schedule == "0 1 * * *"
    assert list(spec.entity_metadata.notifications[0].email.recipients_email) == ["team@example.org"]
    assert dict(spec.labels.values) == {"team": "data"}


# --- eager workflows --------------------------------------------------------------------------------------------------


@task
def add_one(x: int) -> int:
    return x + 1


@task
def double(x: int) -> int:
    return x * 2


@task
def gt_100(x: int) -> bool:
    return x > 100


@task
def raises_exc(x: int) -> int:
    if x <= 0:
        raise TypeError
    return x


@workflow
def subworkflow(x: int) -> int:
    out = add_one(x=x)
    return double(x=out)


@eager
async def simple_eager_workflow(x: int) -> int:
    out = await add_one(x=x)
    if out < 0:
        return -1
    return await double(x=out)  # type: ignore[no-any-return]


@eager
async def another_eager_workflow(x: int) -> int:
    out = await add_one(x=x)
    out = out - 1
    return await double(x=out)  # type: ignore[no-any-return]


@eager
async def eager_workflow_with_conditionals(x: int) -> int:
    out = await add_one(x=x)
    if out < 0:
        return -1
    elif await gt_100(x=out):  # noqa: RET505 - as the guide has it
        return 100
    else:
        out = await double(x=out)
    assert out >= -1
    return out  # type: ignore[no-any-return]


@eager
async def eager_workflow_with_for_loop(x: int) -> int:
    outputs: Any = []
    for i in range(x):
        outputs.append(add_one(x=i))
    outputs = await asyncio.gather(*outputs)
    return await double(x=sum(outputs))  # type: ignore[no-any-return]


@eager
async def eager_workflow_with_static_subworkflow(x: int) -> int:
    out = await subworkflow(x=x)
    assert out == (x + 1) * 2
    return out  # type: ignore[no-any-return]


@eager
async def eager_subworkflow(x: int) -> int:
    return await add_one(x=x)  # type: ignore[no-any-return]


@eager
async def nested_eager_workflow(x: int) -> int:
    out: Any = await eager_subworkflow(x=x)
    return await double(x=out)  # type: ignore[no-any-return]


@eager
async def eager_workflow_with_exception(x: int) -> int:
    try:
        return await raises_exc(x=x)  # type: ignore[no-any-return]
    except EagerException:
        return -1


@eager(
    remote=FlyteRemote(
        config=Config.auto(config_file="config.yaml"), default_project="flytesnacks", default_domain="development"
    ),
    client_secret_group="<my_client_secret_group>",
    client_secret_key="<my_client_secret_key>",
)
async def eager_workflow_remote(x: int) -> int: ...  # type: ignore[empty-body]


@eager(
    remote=FlyteRemote(config=Config.for_sandbox(), default_project="flytesnacks", default_domain="development"),
)
async def eager_workflow_sandbox(x: int) -> int:
    out = await add_one(x=x)
    if out < 0:
        return -1
    return await double(x=out)  # type: ignore[no-any-return]


EAGER: list[Any] = [
    simple_eager_workflow,
    another_eager_workflow,
    eager_workflow_with_conditionals,
    eager_workflow_with_for_loop,
    eager_workflow_with_static_subworkflow,
    eager_subworkflow,
    nested_eager_workflow,
    eager_workflow_with_exception,
    eager_workflow_remote,
    eager_workflow_sandbox,
]


@pytest.mark.parametrize("entity", EAGER, ids=lambda each: each.__name__)
def test_an_eager_workflow_is_checked_and_lowered(entity: Any) -> None:
    assert codes(entity, "flyte") == []
    name = entity.__name__
    made = lowered(entity)
    assert list(made) == [
        ("task", name),
        ("task", f"{name}-cleanup"),
        ("workflow", name),
        ("launch plan", name),
    ]
    metadata = made["task", name].template.metadata
    assert (metadata.is_eager, metadata.generates_deck.value) == (True, True)


def test_an_eager_workflow_is_an_async_function_of_the_interface_that_was_written() -> None:
    assert simple_eager_workflow.interface.signature() == "simple_eager_workflow(x: int) -> int"


def test_the_secret_of_a_remote_is_requested_on_the_lowered_task() -> None:
    assert eager_workflow_remote.options.secret_requests == (
        Secret("<my_client_secret_group>", "<my_client_secret_key>"),
    )
    (secret,) = lowered(eager_workflow_remote)["task", "eager_workflow_remote"].template.security_context.secrets
    assert (secret.group, secret.key) == ("<my_client_secret_group>", "<my_client_secret_key>")


def test_the_sandbox_needs_no_secret() -> None:
    template = lowered(eager_workflow_sandbox)["task", "eager_workflow_sandbox"].template
    assert not template.HasField("security_context")


def test_static_workflows_inside_of_eager_ones_run_on_their_own() -> None:
    assert subworkflow(x=5) == 12


RESULTS_OF_EAGER: list[tuple[Any, int, int]] = [
    (simple_eager_workflow, 5, 12),
    (simple_eager_workflow, -10, -1),
    (another_eager_workflow, 1, 2),
    (eager_workflow_with_conditionals, 5, 12),
    (eager_workflow_with_conditionals, 200, 100),
    (eager_workflow_with_conditionals, -10, -1),
    (eager_workflow_with_for_loop, 5, 30),
    (eager_workflow_with_static_subworkflow, 5, 12),
    (nested_eager_workflow, 5, 12),
    (eager_workflow_with_exception, 0, -1),
    (eager_workflow_with_exception, 3, 3),
    (eager_workflow_sandbox, 5, 12),
]


@pytest.mark.parametrize(("entity", "x", "result"), RESULTS_OF_EAGER, ids=lambda each: getattr(each, "__name__", each))
def test_an_eager_workflow_runs_by_asyncio(entity: Any, x: int, result: int) -> None:
    assert asyncio.run(entity(x=x)) == result


@pytest.mark.parametrize(("entity", "x", "result"), RESULTS_OF_EAGER, ids=lambda each: getattr(each, "__name__", each))
def test_an_eager_workflow_runs_as_a_run(entity: Any, x: int, result: int) -> None:
    assert run(entity, {"x": x}).result() == result


def test_the_calls_of_a_loop_overlap() -> None:
    everybody = threading.Barrier(5)

    @task
    def meets(x: int) -> int:
        everybody.wait(timeout=10)
        return x + 1

    @eager
    async def in_a_loop(x: int) -> int:
        outputs = [meets(x=i) for i in range(x)]
        return sum(await asyncio.gather(*outputs))  # type: ignore[call-overload]

    assert asyncio.run(in_a_loop(x=5)) == 15


def test_the_exception_of_a_task_has_its_own_class_too() -> None:
    @eager
    async def by_its_class(x: int) -> int:
        try:
            return await raises_exc(x=x)  # type: ignore[no-any-return]
        except TypeError as error:
            assert isinstance(error, EagerException)
            return -1

    assert asyncio.run(by_its_class(x=0)) == -1


def test_the_larger_conditional_runs_as_a_task_of_its_own() -> None:
    handle = run(eager_workflow_with_conditionals, {"x": 200})
    assert handle.result() == 100
    names = [node.name.rpartition(".")[2] for node in handle.nodes]
    assert names == ["eager_workflow_with_conditionals", "add_one", "gt_100"]


# --- all of them together ---------------------------------------------------------------------------------------------


def test_everything_of_the_guides_is_lowered_at_once() -> None:
    made = lower([my_wf, wf, standard_scale_workflow, workflow_with_subworkflow, subworkflow, *EAGER], SETTINGS)
    names = [(each.kind, re.sub(r".*\.", "", each.name)) for each in made]
    assert len(set(names)) == len(names)
    assert all(isinstance(each.message, (idl.TaskSpec, idl.WorkflowSpec, idl.LaunchPlan)) for each in made)
