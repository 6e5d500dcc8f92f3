"""What people who tried to break the compiler found: each was wrong once, most of them silently."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from flytetypes import (
    ContainerTask,
    FlyteError,
    ImageConfig,
    LaunchPlan,
    NodeHandle,
    OptionError,
    Resources,
    SerializationSettings,
    Task,
    Workflow,
    WorkflowError,
    approve,
    conditional,
    create_node,
    map_task,
    reference_workflow,
    task,
    wait_for_input,
    workflow,
)
from flytetypes.authoring import ContainerTarget, TaskOptions
from flytetypes.compiler import check, lower
from flytetypes.interface import Interface

SETTINGS = SerializationSettings(ImageConfig.auto("registry.example/app:1"))


@task
def inc(n: int) -> int:
    return n + 1


@task
def other(n: int) -> int:
    return n * 10


@task
def audit(n: int) -> None: ...


@task
def mode() -> Literal["a", "b"]:
    return "a"


@task
def numbers() -> list[int]:
    return [1, 2]


@pytest.fixture(autouse=True)
def _no_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LaunchPlan, "CACHE", {})


def errors(entity: Any, target: str = "flyte") -> list[tuple[str, str]]:
    return [(each.code, each.message) for each in check(entity, target) if each.is_error]


def test_a_name_inside_of_a_branch_renames_nothing_outside() -> None:
    @workflow
    def wf(n: int) -> tuple[int, int]:
        a = inc(n=n)
        b = other(n=n)
        b.with_overrides(node_name="first")  # type: ignore[attr-defined]
        body = inc(n=a)
        return body, b

    @workflow
    def branching(n: int) -> tuple[int, int]:
        a = inc(n=n)
        b = other(n=n)
        b.with_overrides(node_name="first")  # type: ignore[attr-defined]

        def named(result: Any) -> Any:
            return result.with_overrides(node_name="first")

        return conditional("c").if_(n >= 0).then(named(inc(n=a))).else_().then(other(n=a)), b

    assert wf(n=10) == (12, 100)
    assert branching(n=10) == (12, 100)


def test_a_body_that_ends_the_process_is_a_problem() -> None:
    @workflow
    def leaving(n: int) -> int:
        raise SystemExit(0)

    assert errors(leaving) == [("body-failed", "the body of `leaving` raised SystemExit: 0")]


def test_nodes_of_one_id_in_branches_are_found() -> None:
    def named(result: Any, name: str) -> Any:
        return result.with_overrides(node_name=name)

    @workflow
    def twice(n: int) -> int:
        same = "same"
        return conditional("c").if_(n > 0).then(named(inc(n=n), same)).else_().then(named(other(n=n), same))  # type: ignore[no-any-return]

    @workflow
    def like_a_branch(n: int) -> int:
        a = inc(n=n)
        named(a, "n1-n0")
        return conditional("c").if_(n > 0).then(inc(n=a)).else_().then(other(n=n))

    assert errors(twice) == [("duplicate-id", "two nodes are called `n0-same`")]
    assert errors(like_a_branch) == [("duplicate-id", "two nodes are called `n1-n0`")]


def test_two_launch_plans_of_one_name_are_refused() -> None:
    @workflow
    def planned(n: int) -> int:
        return inc(n=n)

    taken = Workflow("wf.taken")
    taken.add_entity(inc, n=taken.add_workflow_input("n", int))
    plan = LaunchPlan.create("wf.taken", planned, labels={"a": "b"})
    with pytest.raises(
        WorkflowError, match=r"a launch plan is called `wf.taken`, as the default plan of a workflow is"
    ):
        lower([taken, plan], SETTINGS)
    assert LaunchPlan.CACHE["wf.taken"] is plan


def test_a_conditional_left_open_in_a_branch_is_one_call_of_the_branch() -> None:
    def risky(n: int) -> int:
        conditional("audit?").if_(n > 3).then(audit(n=n))
        return inc(n=n)

    @workflow
    def wf(n: int) -> int:
        return conditional("c").if_(n > 0).then(risky(n)).else_().then(inc(n=n))

    assert errors(wf) == [("branch-body", "a branch of `c` has 2 calls, and takes exactly one")]


def test_overrides_that_come_too_late_are_refused() -> None:
    kept: list[Any] = []

    @workflow
    def wf(n: int) -> int:
        def keep(result: Any) -> Any:
            kept.append(result)
            return result

        chosen = conditional("c").if_(n > 0).then(keep(inc(n=n))).else_().then(inc(n=0))
        kept[0].with_overrides(retries=3)
        return chosen  # type: ignore[no-any-return]

    (found,) = errors(wf)
    assert found[0] == "promise-misused"
    assert found[1].startswith("`with_overrides` behind its branch or workflow in a workflow")


def test_overrides_of_conditionals_and_gates_are_lowered() -> None:
    @workflow
    def wf(n: int) -> int:
        chosen: Any = conditional("c").if_(n > 0).then(inc(n=n)).else_().then(inc(n=0))
        chosen.with_overrides(retries=2, timeout=60, interruptible=True, name="choice")
        asked: Any = wait_for_input("ask", expected_type=int)
        asked.with_overrides(name="please", timeout=90)
        return inc(n=asked)

    (spec,) = [each.message for each in lower(wf, SETTINGS) if each.kind == "workflow"]
    branch, gate = (spec.template.nodes[index].metadata for index in (0, 1))
    assert (branch.name, branch.retries.retries, branch.timeout.seconds, branch.interruptible) == (
        "choice",
        2,
        60,
        True,
    )
    assert (gate.name, gate.timeout.seconds) == ("please", 90)


def test_an_override_that_is_none_is_none() -> None:
    @workflow
    def wf(n: int) -> int:
        a: Any = inc(n=n)
        a.with_overrides(retries=3).with_overrides(retries=None)
        return a  # type: ignore[no-any-return]

    overrides = wf.graph.nodes[0].overrides
    assert overrides is not None
    assert overrides.retries == 3


def test_a_container_is_overridden_where_there_is_one() -> None:
    @workflow
    def below(n: int) -> int:
        return inc(n=n)

    @workflow
    def wf(n: int) -> int:
        a: Any = below(n=n)
        a.with_overrides(container_image="other:1")
        return a  # type: ignore[no-any-return]

    (found,) = errors(wf)
    assert found == ("bad-option", f"`with_overrides(container_image=...)` is for tasks, and `{below.name}` is none")


def test_resources_of_a_call_are_checked_as_those_of_a_task() -> None:
    @workflow
    def wf(n: int) -> int:
        a: Any = inc(n=n)
        a.with_overrides(requests=Resources(cpu="2"), limits=Resources(cpu="1"))
        return a  # type: ignore[no-any-return]

    assert errors(wf) == [("bad-option", "the call requests cpu 2, and is limited to 1")]


@pytest.mark.parametrize("aliases", [{"nope": "x"}, {"o0": 5}])
def test_an_alias_is_a_new_name_of_an_output(aliases: Any) -> None:
    @workflow
    def wf(n: int) -> int:
        a: Any = inc(n=n)
        a.with_overrides(aliases=aliases)
        return inc(n=n)

    ((code, _),) = errors(wf)
    assert code == "bad-option"


def test_a_plan_of_a_reference_workflow_keeps_the_reference() -> None:
    @reference_workflow(project="p", domain="d", name="lib.wf", version="7")
    def elsewhere(n: int) -> int: ...  # type: ignore[empty-body]

    plan = LaunchPlan.create("of_reference", elsewhere)
    (made,) = lower(plan, SETTINGS)
    found = made.message.spec.workflow_id
    assert (found.project, found.domain, found.name, found.version) == ("p", "d", "lib.wf", "7")


@pytest.mark.parametrize(
    ("name", "planned", "message"),
    [
        ("x", inc, f"the launch plan `x` takes a workflow; got the task `{inc.name}`"),
        ("x", None, "the launch plan `x` takes a workflow; got `None`"),
        ("", inc, "the name of a launch plan is a text that is not empty; got `str` ''"),
        (5, inc, "the name of a launch plan is a text that is not empty; got `int` 5"),
    ],
)
def test_a_launch_plan_has_a_name_and_a_workflow(name: Any, planned: Any, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        LaunchPlan.create(name, planned)
    assert str(caught.value) == message


def test_a_workflow_that_was_used_is_whole() -> None:
    built = Workflow("built")
    built.add_entity(inc, n=built.add_workflow_input("n", int))
    LaunchPlan.get_or_create(built)
    with pytest.raises(OptionError, match=r"^the workflow `built` has been used already: build it whole before that$"):
        built.add_workflow_input("m", int)


def test_a_condition_on_a_literal_type_is_local_only() -> None:
    @workflow
    def wf() -> int:
        m = mode()
        return conditional("c").if_(m == "a").then(inc(n=1)).else_().then(inc(n=2))

    ((code, _),) = errors(wf)
    assert code == "local-only"


def test_a_part_is_not_approved_on_a_cluster() -> None:
    @workflow
    def wf() -> int:
        return inc(n=approve(numbers()[0], "ok?"))

    assert errors(wf) == [("local-only", "the gate `ok?` approves `n0.o0[0]`, a part of an output")]


def test_gates_in_branches_have_names_of_their_own() -> None:
    @workflow
    def wf(n: int) -> int:
        a = approve(inc(n=n), "ok?")
        return conditional("c").if_(n > 0).then(approve(a, "ok?")).else_().then(inc(n=n))

    assert ("duplicate-id", "two gates are called `ok?`") in errors(wf)


@pytest.mark.parametrize(("annotation", "default"), [(str, "x"), (int | None, None)])
def test_a_handler_takes_the_error_as_an_error(annotation: Any, default: Any) -> None:
    def handler(n: int, err: annotation = default) -> None: ...

    made = task(handler)

    @workflow(on_failure=made)
    def wf(n: int) -> int:
        return inc(n=n)

    assert [code for code, _ in errors(wf, "local")] == ["bad-handler"]


def test_a_handler_with_a_default_that_does_not_fit_is_a_problem() -> None:
    @task
    def handler(n: int, k: int = "x", err: FlyteError | None = None) -> None: ...  # type: ignore[assignment]

    @workflow(on_failure=handler)
    def wf(n: int) -> int:
        return inc(n=n)

    assert "wrong-constant" in [code for code, _ in errors(wf, "local")]


def test_a_default_that_does_not_fit_is_a_problem() -> None:
    @workflow
    def wf(n: int = "x") -> int:  # type: ignore[assignment]
        return inc(n=n)

    assert errors(wf) == [("wrong-constant", "the default of `n`: `wf`: expected `int`, got `str` 'x' - at `n`")]


def test_the_values_of_a_condition_are_sorted() -> None:
    @workflow
    def wf(n: int) -> int:
        a, b = inc(n=n), other(n=n)
        return conditional("c").if_((b > 1) & (a > 1) & (n > 1)).then(inc(n=n)).else_().then(inc(n=0))

    (spec,) = [each.message for each in lower(wf, SETTINGS) if each.kind == "workflow"]
    assert [each.var for each in spec.template.nodes[2].inputs] == [".n", "n0.o0", "n1.o0"]


def test_inputs_may_be_called_as_python_calls_its_own() -> None:
    @task
    def odd(self: int, entity: int) -> int:
        return self + entity

    @workflow
    def wf(entity: int) -> int:
        first = odd(self=entity, entity=1)
        second: NodeHandle = create_node(odd, self=first, entity=2)
        return second.o0  # type: ignore[no-any-return]

    assert wf(entity=1) == 4


def test_outputs_may_be_called_as_python_calls_nothing() -> None:
    boxed = ContainerTask("boxed", "i", ["x"], outputs={"class": int, "def": int})

    @workflow
    def wf() -> int:
        return inc(n=boxed()[0])

    assert errors(wf) == []


def test_a_conditional_that_fails_while_it_is_built_leaves_nothing_behind() -> None:
    built = Workflow("failing")
    n = built.add_workflow_input("n", int)

    def broken() -> None:
        conditional("c").if_(n > 0).then(missing(n=n))  # noqa: F821

    with pytest.raises(NameError):
        built.add_conditional(broken)
    assert built.add_entity(inc, n=n).id == "n0"


def test_a_map_over_a_program_that_knows_no_elements_is_refused() -> None:
    class Own(Task[..., Any]):
        def target(self, settings: SerializationSettings) -> ContainerTarget:
            return ContainerTarget("i", args=("mine",))

    own = Own("own", Interface.declared("own", {"n": int}, {"m": int}), TaskOptions())

    @workflow
    def wf(ns: list[int]) -> list[int]:
        return map_task(own)(n=ns)  # type: ignore[no-any-return]

    assert ("not-loadable", "`own` has a program of its own, which does not know elements: map no such task") in errors(
        wf
    )


def test_what_is_no_entity_is_refused() -> None:
    with pytest.raises(OptionError, match=r"^expected tasks, workflows and launch plans, got "):
        check(print)  # type: ignore[arg-type]


def test_a_conditional_without_then_is_told_where_it_stands() -> None:
    @workflow
    def wf(n: int) -> int:
        conditional("c").if_(n > 1)
        return inc(n=n)

    first = check(wf)[0]
    assert first.place is not None
    assert (first.code, first.place.line) == ("branch-body", wf.function.__code__.co_firstlineno + 2)


@pytest.mark.parametrize("text", ["Call Promise(s)", "new Promise(resolve)", "Promise(n7.o0)"])
def test_a_text_that_only_looks_like_a_promise_is_a_text(text: str) -> None:
    @task
    def say(s: str) -> str:
        return s

    @workflow
    def wf() -> str:
        return say(s=text)

    assert wf() == text


@pytest.mark.parametrize(
    ("call", "what", "got"),
    [
        (lambda n: conditional(5), "conditional", "`int` 5"),  # type: ignore[arg-type]
        (lambda n: conditional(""), "conditional", "`str` ''"),
        (lambda n: approve(n, 5), "gate", "`int` 5"),  # type: ignore[arg-type]
        (lambda n: wait_for_input("", expected_type=int), "gate", "`str` ''"),
    ],
)
def test_names_are_texts(call: Any, what: str, got: str) -> None:
    @workflow
    def wf(n: int) -> int:
        call(n)
        return inc(n=n)

    assert errors(wf) == [("bad-option", f"the name of a {what} is a text that is not empty; got {got}")]


def test_a_conditional_fails_with_a_text() -> None:
    @workflow
    def wf(n: int) -> int:
        return conditional("c").if_(n > 0).then(inc(n=n)).else_().fail(5)  # type: ignore[arg-type]

    ((code, message),) = errors(wf)
    assert (code, message) == ("promise-misused", "`.fail(...)` with `int` 5 in a workflow, with the conditional `c`")
