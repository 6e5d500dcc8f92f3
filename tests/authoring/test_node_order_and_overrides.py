"""One call of a workflow: its node, the order that `>>` gives it, and the options that it changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from flytetypes import (
    Cache,
    NodeHandle,
    OptionError,
    PodTemplate,
    Resources,
    accelerators,
    conditional,
    create_node,
    map_task,
    node_of,
    task,
    workflow,
)
from flytetypes.authoring import Overrides, Promise, Reference
from refusals import refusal

RUNS: list[str] = []


@pytest.fixture(autouse=True)
def _fresh() -> None:
    RUNS.clear()


class Two(NamedTuple):
    a: int
    b: str


@task
def note(text: str) -> None:
    RUNS.append(text)


@task
def number(text: str) -> int:
    RUNS.append(text)
    return len(text)


@task
def two(n: int) -> Two:
    return Two(n, str(n))


@workflow
def noting(text: str) -> None:
    note(text=text)


def ordered(write: Any) -> list[str]:
    """What has run, in order, of a workflow that is written by a function."""

    @workflow
    def wf() -> None:
        write()

    wf()
    return list(RUNS)


# --- nodes ------------------------------------------------------------------------------------------------------------


def test_create_node_gives_the_node_with_its_outputs_as_attributes() -> None:
    seen: list[Any] = []

    @workflow
    def wf(n: int) -> tuple[int, str]:
        node = create_node(two, n=n)
        seen.append(node)
        return node.a, node.outputs["b"]

    assert wf(n=3) == (3, "3")
    (node,) = seen
    assert (type(node), node.id, list(node.outputs), repr(node)) == (NodeHandle, "n0", ["a", "b"], "NodeHandle(n0)")
    assert all(type(promise) is Promise for promise in node.outputs.values())


def test_create_node_takes_workflows() -> None:
    assert ordered(lambda: create_node(noting, text="x")) == ["x"]


def test_create_node_refuses_what_is_no_entity() -> None:
    with pytest.raises(OptionError) as caught:
        create_node(note.function, text="x")  # type: ignore[arg-type]
    assert str(caught.value).startswith("`create_node` takes a task, workflow or launch plan; got `function` <function")


def test_create_node_outside_of_a_workflow_is_refused() -> None:
    with pytest.raises(RuntimeError) as caught:
        create_node(note, text="x")
    assert str(caught.value) == "this call belongs in the body of a workflow: nothing is being traced here"


def test_node_of_gives_the_call_behind_a_promise() -> None:
    seen: list[Any] = []

    @workflow
    def wf(n: int) -> int:
        result = two(n=n)
        seen.extend(node_of(each).id for each in (result, result.a, note(text="x")))
        return result.a

    wf(n=1)
    assert seen == ["n0", "n0", "n1"]


def test_an_output_that_a_node_does_not_have_is_a_problem() -> None:
    @workflow
    def broken(n: int) -> int:
        return create_node(two, n=n).c  # type: ignore[no-any-return]

    assert refusal(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[promise-misused] here: `.c` in a workflow, with the node `n0`\n"
        "    fix       use one of its outputs (a, b)"
    )


# --- order ------------------------------------------------------------------------------------------------------------


def test_without_an_order_calls_run_as_they_are_written() -> None:
    assert ordered(lambda: [note(text=text) for text in "abc"]) == ["a", "b", "c"]


def test_a_call_waits_for_another() -> None:
    def write() -> None:
        a, b = note(text="a"), note(text="b")
        b >> a

    assert ordered(write) == ["b", "a"]


def test_chains() -> None:
    def write() -> None:
        a, b, c = (note(text=text) for text in "abc")
        c >> b >> a

    assert ordered(write) == ["c", "b", "a"]


def test_runs_before() -> None:
    def write() -> None:
        a, b = create_node(note, text="a"), create_node(note, text="b")
        b.runs_before(a)

    assert ordered(write) == ["b", "a"]


def test_promises_have_an_order_too() -> None:
    def write() -> None:
        a, b = number(text="a"), number(text="b")
        _ = b >> a

    assert ordered(write) == ["b", "a"]


def test_a_promise_of_several_and_a_subworkflow_have_an_order() -> None:
    def write() -> None:
        first, last = noting(text="last"), number(text="first")
        node_of(last) >> node_of(first)

    assert ordered(write) == ["first", "last"]


def test_a_diamond() -> None:
    def write() -> None:
        end, left, right, start = (note(text=text) for text in ("end", "left", "right", "start"))
        start >> left >> end
        start >> right >> end

    assert ordered(write) == ["start", "left", "right", "end"]


def test_the_same_order_twice_is_one_edge() -> None:
    @workflow
    def wf() -> None:
        a, b = note(text="a"), note(text="b")
        a >> b
        a >> b

    assert wf.graph.nodes[1].after == ("n0",)


def test_data_and_order_are_kept_together() -> None:
    @workflow
    def wf(text: str) -> int:
        later = note(text="later")
        result = number(text=text)
        node_of(result) >> node_of(later)
        return result

    assert wf(text="now") == 3
    assert RUNS == ["now", "later"]


def test_a_circle_is_refused() -> None:
    @workflow
    def broken() -> None:
        a, b, c = (note(text=text) for text in "abc")
        a >> b >> c >> a

    assert refusal(broken) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[cycle] here: nodes wait for each other: n1 -> n2 -> n0 -> n1\n"
        "    fix       take one `>>`, or one argument, out of the circle"
    )
    assert RUNS == []


def test_a_call_that_waits_for_itself_is_refused() -> None:
    @workflow
    def broken() -> None:
        a = note(text="a")
        a >> a

    assert refusal(broken) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[cycle] here: nodes wait for each other: n0 -> n0\n"
        "    fix       take one `>>`, or one argument, out of the circle"
    )


def test_an_order_between_two_workflows_is_refused() -> None:
    leaked: list[Any] = []

    @workflow
    def first() -> None:
        leaked.append(note(text="a"))

    @workflow
    def second() -> None:
        leaked[0] >> note(text="b")

    first()
    RUNS.clear()
    assert refusal(second) == (
        "workflow `second` has one problem; no task has run\n"
        "  error[promise-misused] here: `>>` between calls of different workflows or branches in a workflow, with `n0` on its left\n"
        "    fix       order calls of one body; a conditional as a whole is one of them"
    )
    assert RUNS == []


# --- overrides --------------------------------------------------------------------------------------------------------


def overridden(*steps: dict[str, Any]) -> Any:
    """The node of a call with overrides, one step after another."""

    @workflow
    def wf() -> int:
        result: Any = number(text="x")
        for step in steps:
            result = result.with_overrides(**step)
        return result  # type: ignore[no-any-return]

    return wf.graph.nodes[0]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"name": "Shown"}, {"name": "Shown"}),
        ({"node_name": "My_Node.X"}, {"node_name": "my-node-x"}),
        ({"aliases": {"o0": "length"}}, {"aliases": {"o0": "length"}}),
        ({"requests": Resources(cpu="1")}, {"requests": Resources(cpu="1")}),
        ({"limits": Resources(mem="1Gi")}, {"limits": Resources(mem="1Gi")}),
        ({"resources": Resources(cpu=("1", "2"))}, {"requests": Resources(cpu="1"), "limits": Resources(cpu="2")}),
        ({"timeout": 5}, {"timeout": timedelta(seconds=5), "has_timeout": True}),
        ({"timeout": timedelta(hours=1)}, {"timeout": timedelta(hours=1), "has_timeout": True}),
        ({"timeout": None}, {"has_timeout": True}),
        ({"timeout": 0}, {"has_timeout": True}),
        ({"retries": 3}, {"retries": 3}),
        ({"retries": 0}, {"retries": 0}),
        ({"interruptible": False}, {"interruptible": False}),
        ({"cache": False}, {"cache": False}),
        ({"cache": Cache("2")}, {"cache": Cache("2")}),
        ({"cache": True, "cache_version": "1"}, {"cache": Cache("1")}),
        ({"cache": True, "cache_version": "1", "cache_serialize": True}, {"cache": Cache("1", True)}),
        ({"container_image": "image:v2"}, {"container_image": "image:v2"}),
        ({"accelerator": accelerators.T4}, {"accelerator": accelerators.T4}),
        ({"shared_memory": "1Gi"}, {"shared_memory": "1Gi"}),
        ({"pod_template": PodTemplate()}, {"pod_template": PodTemplate()}),
        ({"task_config": {"a": 1}}, {"task_config": {"a": 1}}),
    ],
)
def test_overrides_are_kept(given: dict[str, Any], kept: dict[str, Any]) -> None:
    assert overridden(given).overrides == Overrides(**kept)


def test_a_call_without_overrides_has_none() -> None:
    assert overridden().overrides is None


def test_a_later_call_adds_to_an_earlier_one() -> None:
    node = overridden({"retries": 3, "name": "a"}, {"name": "b", "accelerator": accelerators.T4}, {"cache": False})
    assert node.overrides == Overrides(retries=3, name="b", accelerator=accelerators.T4, cache=False)


def test_the_name_of_a_node_is_its_id_everywhere() -> None:
    @workflow
    def wf() -> int:
        first = number(text="a").with_overrides(node_name="First_One")  # type: ignore[attr-defined]
        second = number(text="b")
        first >> second
        last = two(n=first)
        return last.a

    nodes = wf.graph.nodes
    assert [node.id for node in nodes] == ["first-one", "n1", "n2"]
    assert nodes[1].after == ("first-one",)
    assert nodes[2].bindings == {"n": Reference("first-one", "o0")}
    assert wf() == 1


def test_the_name_of_the_node_that_gives_an_output() -> None:
    @workflow
    def wf() -> int:
        return number(text="abc").with_overrides(node_name="it")  # type: ignore[attr-defined, no-any-return]

    assert wf.graph.outputs == {"o0": Reference("it", "o0")}
    assert wf() == 3


def test_two_nodes_of_one_name_are_refused() -> None:
    @workflow
    def broken() -> None:
        for text in "ab":
            note(text=text).with_overrides(node_name="same")

    assert refusal(broken) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[duplicate-id] here: two nodes are called `same`\n"
        "    from      the first `same`, called at here\n"
        "    fix       give each `node_name` once"
    )


@pytest.mark.parametrize("name", ["start-node", "end-node", "efn", "", "_"])
def test_names_that_no_node_may_have(name: str) -> None:
    @workflow
    def broken() -> None:
        note(text="a").with_overrides(node_name=name)

    assert refusal(broken).splitlines()[1].startswith("  error[bad-name] here: a node is called `")


def test_overrides_of_nodes_of_every_kind() -> None:
    @workflow
    def wf(text: str) -> None:
        note(text=text).with_overrides(retries=1)
        noting(text=text).with_overrides(name="sub")
        map_task(number)(text=[text]).with_overrides(retries=2)  # type: ignore[attr-defined]
        two(n=1).with_overrides(retries=3)  # type: ignore[attr-defined]
        create_node(note, text=text).with_overrides(retries=4)

    wf(text="x")
    assert [node.overrides for node in wf.graph.nodes] == [
        Overrides(retries=1),
        Overrides(name="sub"),
        Overrides(retries=2),
        Overrides(retries=3),
        Overrides(retries=4),
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"retry": 1},
            "there is no `retry`; there are node_name, name, aliases, requests, limits, timeout, retries, interruptible, cache, container_image, accelerator, shared_memory, pod_template, task_config, resources, cache_version, cache_serialize",
        ),
        ({"retries": -1}, "`retries` is a number from 0 on; got `int` -1"),
        ({"retries": "3"}, "`retries` is a number from 0 on; got `str` '3'"),
        ({"timeout": "1h"}, "a timeout is whole seconds or a timedelta; got `str` '1h'"),
        ({"interruptible": 1}, "`interruptible` takes a bool; got `int` 1"),
        ({"requests": {"cpu": 1}}, "`requests` takes a Resources; got `dict` {'cpu': 1}"),
        (
            {"requests": Resources(cpu=("1", "2"))},
            "`requests` takes single quantities: a pair of request and limit is for `resources`",
        ),
        (
            {"resources": Resources(1), "limits": Resources(1)},
            "`resources` is given with `requests` or `limits`: give one or the other",
        ),
        ({"cache": True}, "`cache=True` needs `cache_version`"),
        ({"cache": "yes"}, "`cache` takes a bool or a Cache; got `str` 'yes'"),
        (
            {"cache": Cache("1"), "cache_version": "2"},
            "`cache` is a Cache: say `cache_version` and `cache_serialize` in it",
        ),
        ({"container_image": 3}, "`container_image` takes a str; got `int` 3"),
        ({"accelerator": "t4"}, "`accelerator` takes an Accelerator; got `str` 't4'"),
        ({"shared_memory": 3}, "`shared_memory` takes a bool or a str; got `int` 3"),
        ({"pod_template": {}}, "`pod_template` takes a PodTemplate; got `dict` {}"),
        ({"node_name": 3}, "`node_name` takes a str; got `int` 3"),
        ({"aliases": "x"}, "`aliases` takes a Mapping; got `str` 'x'"),
    ],
)
def test_wrong_overrides_are_refused(given: dict[str, Any], message: str) -> None:
    @workflow
    def broken() -> None:
        note(text="x").with_overrides(**given)

    told = refusal(broken).splitlines()[1]
    assert told.removeprefix("  error[bad-option] here: `with_overrides`: ") == message


def test_a_promise_as_an_override_is_refused() -> None:
    @workflow
    def broken(n: int) -> None:
        note(text="x").with_overrides(retries=n)

    assert refusal(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[bad-option] here: `with_overrides(retries=...)` got a promise\n"
        "    fix       an override is fixed when the workflow is compiled: give a value"
    )


def test_a_call_inside_of_a_branch_does_not_wait_for_one_outside() -> None:
    @workflow
    def broken(n: int) -> None:
        before = note(text="before")
        conditional("c").if_(n > 0).then(before >> note(text="a")).else_().then(note(text="b"))

    assert refusal(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[promise-misused] here: `>>` between calls of different workflows or branches in a workflow, with `n0` on its left\n"
        "    fix       order calls of one body; a conditional as a whole is one of them"
    )
