"""Dynamic tasks: inputs are values, results are promises, and the graph is checked before its tasks run."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any, NamedTuple

import pytest

from flytetypes import (
    AnnotationError,
    ConversionError,
    DynamicTask,
    FastSerializationSettings,
    Image,
    ImageConfig,
    OptionError,
    Promise,
    SerializationSettings,
    WorkflowError,
    dynamic,
    node_of,
    task,
    workflow,
)
from flytetypes.authoring import Constant, Reference
from refusals import refusal

RUNS: list[str] = []


@pytest.fixture(autouse=True)
def _fresh() -> None:
    RUNS.clear()


@task
def double(n: int) -> int:
    RUNS.append(f"double {n}")
    return n * 2


@task
def joined(parts: list[str]) -> str:
    return "".join(parts)


@task
def text_of(n: int) -> str:
    RUNS.append(f"text_of {n}")
    return str(n)


@task
def appended(values: list[int], value: int) -> list[int]:
    values.append(value)
    return values


class Ends(NamedTuple):
    low: int
    high: int


@dynamic
def texts(n: int) -> str:
    return joined(parts=[text_of(n=i) for i in range(n)])


# --- what is a value and what a promise -------------------------------------------------------------------------------


def test_inputs_are_values_and_results_are_promises() -> None:
    seen: list[Any] = []

    @dynamic
    def looking(n: int, names: list[str]) -> int:
        seen.extend([n, names, double(n=n)])
        return seen[2]  # type: ignore[no-any-return]

    assert looking(n=3, names=["a"]) == 6
    assert seen[:2] == [3, ["a"]]
    assert type(seen[2]) is Promise


def test_the_shape_of_the_graph_follows_from_the_values() -> None:
    assert [texts(n=n) for n in range(4)] == ["", "0", "01", "012"]


def test_in_a_workflow_it_is_one_node() -> None:
    @workflow
    def wf(n: int) -> str:
        return texts(n=double(n=n))

    assert wf(n=2) == "0123"
    assert [node.target for node in wf.graph.nodes] == [double, texts]
    assert RUNS[0] == "double 2"


def test_the_nodes_of_its_graph_are_called_dn() -> None:
    graph = texts.trace({"n": 2})
    assert [node.id for node in graph.nodes] == ["dn0", "dn1", "dn2"]
    assert graph.outputs == {"o0": Reference("dn2", "o0")}
    assert all(isinstance(node.bindings["n"], Constant) for node in graph.nodes[:2])


def test_tracing_runs_no_task() -> None:
    texts.trace({"n": 2})
    assert RUNS == []


def test_a_body_that_calls_nothing_gives_its_value() -> None:
    @dynamic
    def chosen(n: int) -> int:
        return double(n=n) if n > 0 else 0

    assert (chosen(n=0), chosen(n=2)) == (0, 4)


def test_values_and_promises_may_be_returned_together() -> None:
    @dynamic
    def ends(n: int) -> Ends:
        return Ends(n, double(n=n))

    result = ends(n=2)
    assert (result, result.high, type(result)) == (Ends(2, 4), 4, Ends)


def test_a_list_with_promises_in_it_is_returned() -> None:
    @dynamic
    def numbers(n: int) -> list[int]:
        return [0, *(double(n=i) for i in range(1, n))]

    assert numbers(n=4) == [0, 2, 4, 6]


def test_a_dynamic_may_call_workflows_and_dynamics() -> None:
    @workflow
    def inner(n: int) -> int:
        return double(n=double(n=n))

    @dynamic
    def countdown(n: int) -> int:
        return inner(n=1) if n == 0 else countdown(n=n - 1)

    assert countdown(n=3) == 4


def test_the_order_of_its_nodes_is_kept() -> None:
    @dynamic
    def ordered(n: int) -> None:
        last = text_of(n=n)
        for i in range(n):
            node_of(text_of(n=i)) >> node_of(last)

    ordered(n=2)
    assert RUNS == ["text_of 0", "text_of 1", "text_of 2"]


def test_a_task_that_changes_its_argument_changes_nothing_else() -> None:
    @dynamic
    def lists(n: int) -> list[list[int]]:
        values: Any = [0]
        first = appended(values=values, value=n)
        second = appended(values=values, value=n + 1)
        return [first, second, appended(values=first, value=9), first, values]

    assert lists(n=1) == [[0, 1], [0, 2], [0, 1, 9], [0, 1], [0]]


def test_defaults_of_a_dynamic() -> None:
    @dynamic
    def defaulted(n: int = 2) -> str:
        return joined(parts=[text_of(n=n)])

    assert (defaulted(), defaulted(n=1)) == ("2", "1")


def test_in_the_body_of_a_task_it_is_plain_python() -> None:
    @task
    def outer(n: int) -> str:
        return texts(n)

    assert outer(n=3) == "012"


# --- what is refused --------------------------------------------------------------------------------------------------


def test_its_graph_is_checked_before_its_tasks_run() -> None:
    @dynamic
    def broken(n: int) -> int:
        first = double(n=n)
        return double(n=text_of(n=first))  # type: ignore[arg-type]

    assert refusal(broken, n=1) == (
        "dynamic `broken` has one problem; none of its tasks has run\n"
        "  error[type-mismatch] here: input `n` of `double` takes `int`, and gets `str`\n"
        "    at        `n`\n"
        "    from      output `o0` of `text_of(n: int) -> str`, called at here\n"
        "    to        `double(n: int) -> int`\n"
        "    expected  `int`\n"
        "    got       `str`\n"
        "    because   `str` is not `int`\n"
        "    fix       declare both as `int`, or put a task between them that converts"
    )
    assert RUNS == []


def test_computing_with_a_promise_names_the_fix() -> None:
    @dynamic
    def broken(n: int) -> int:
        return double(n=n) + 1

    assert refusal(broken, n=1) == (
        "dynamic `broken` has one problem; none of its tasks has run\n"
        "  error[promise-misused] here: arithmetic with a promise in a workflow, with the promise `dn0.o0`\n"
        "    fix       compute in a task, or in a @dynamic that takes it"
    )


def test_the_same_body_under_a_workflow_is_refused_with_dynamic_as_the_way_out() -> None:
    under = workflow(texts.function)
    assert refusal(under, n=1) == (
        "workflow `texts` has one problem; no task has run\n"
        "  error[promise-misused] here: arithmetic with a promise in a workflow, with the promise `n`\n"
        "    fix       compute in a task, or in a @dynamic that takes it"
    )


def test_what_its_body_raises_keeps_its_class() -> None:
    @dynamic
    def raising(n: int) -> int:
        if n < 0:
            raise ValueError("negative")
        return double(n=n)

    @workflow
    def wf(n: int) -> int:
        return raising(n=n)

    for entity in (raising, wf):
        with pytest.raises(ValueError, match="negative") as caught:
            entity(n=-1)
        assert caught.value.args == ("negative",)
        assert caught.value.__notes__[0] == f"in dynamic `{raising.name}`"


def test_what_its_tasks_raise_says_where() -> None:
    @task
    def fails(n: int) -> int:
        raise KeyError("gone")

    @dynamic
    def failing(n: int) -> int:
        return fails(n=double(n=n))

    with pytest.raises(KeyError) as caught:
        failing(n=1)
    notes = [note.partition(", called at")[0] for note in caught.value.__notes__]
    assert notes == [f"in task `{fails.name}`", "with n=2", f"in node dn1 of workflow `{failing.name}`"]


def test_a_wrong_argument_is_told() -> None:
    with pytest.raises(ConversionError) as caught:
        texts(n="x")  # type: ignore[arg-type]
    assert str(caught.value) == "`texts`: expected `int`, got `str` 'x' - at `n`"


def test_a_wrong_result_is_told() -> None:
    @dynamic
    def broken(n: int) -> int:
        return "x"  # type: ignore[return-value]

    assert refusal(broken, n=1) == (
        "dynamic `broken` has one problem; none of its tasks has run\n"
        "  error[wrong-constant] here: `broken`: expected `int`, got `str` 'x' - at `o0`\n"
        "    at        `o0`\n"
        "    to        `broken(n: int) -> int`\n"
        "    expected  `int`\n"
        "    got       `str` 'x'\n"
        "    fix       give `int`"
    )


def test_a_problem_of_a_dynamic_is_no_problem_of_its_workflow() -> None:
    @dynamic
    def broken(n: int) -> int:
        return double(n=text_of(n=n))  # type: ignore[arg-type]

    @workflow
    def wf(n: int) -> int:
        return broken(n=double(n=n))

    with pytest.raises(WorkflowError):
        wf(n=1)
    assert RUNS == ["double 1"]


# --- options and the environment --------------------------------------------------------------------------------------


def test_it_has_the_options_of_a_task() -> None:
    made = dynamic(retries=3, cache=True, cache_version="1", node_dependency_hints=[double])(texts.function)
    assert (type(made), made.options.retries, made.cache_version) == (DynamicTask, 3, "1")
    assert made.node_dependency_hints == (double,)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"retries": -1}, "`retries` is a number from 0 on; got `int` -1"),
        (
            {"node_dependency_hints": double},
            "`node_dependency_hints` takes a list of tasks, workflows and plans; got `FunctionTask` <task double(n: int) -> int>",
        ),
        (
            {"node_dependency_hints": ["double"]},
            "`node_dependency_hints` takes a list of tasks, workflows and plans; got `list` ['double']",
        ),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError) as caught:
        dynamic(**options)(texts.function)
    assert str(caught.value) == message


def test_a_lambda_cannot_be_a_dynamic() -> None:
    with pytest.raises(AnnotationError, match="a lambda has no annotations and no name"):
        dynamic(lambda n: n)


def test_its_container_gets_the_settings_in_its_environment() -> None:
    settings = SerializationSettings(
        ImageConfig(Image.parsed("default", "repo/image:v1"), (Image.parsed("other", "repo/other@sha256:0"),)),
        project="p",
        domain="d",
        version="v",
        env={"A": "1"},
        fast_serialization_settings=FastSerializationSettings(True, "/root", "s3://code"),
    )
    environment = texts.environment(settings)
    assert environment["A"] == "1"
    told = json.loads(gzip.decompress(base64.b64decode(environment["_F_SS_C"])))
    assert told == {
        "image_config": {
            "default_image": {"name": "default", "fqn": "repo/image", "tag": "v1", "digest": None},
            "images": [{"name": "other", "fqn": "repo/other", "tag": None, "digest": "sha256:0"}],
        },
        "project": "p",
        "domain": "d",
        "version": "v",
        "env": {"A": "1"},
        "default_resources": None,
        "git_repo": None,
        "python_interpreter": "/opt/venv/bin/python3",
        "flytekit_virtualenv_root": "/opt/venv",
        "fast_serialization_settings": {
            "enabled": True,
            "destination_dir": "/root",
            "distribution_location": "s3://code",
        },
        "source_root": None,
    }


def test_the_settings_in_its_environment_are_the_same_each_time() -> None:
    assert texts.environment(SerializationSettings()) == texts.environment(SerializationSettings())
