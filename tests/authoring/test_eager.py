"""Eager tasks: how they are declared and lowered; running them comes with the local executor."""

from __future__ import annotations

from typing import Any

import pytest

from flytetypes import (
    AnnotationError,
    Config,
    EagerException,
    EagerTask,
    FlyteRemote,
    FlyteTypesError,
    OptionError,
    Secret,
    SerializationSettings,
    create_node,
    eager,
    task,
    workflow,
)
from flytetypes.authoring import Reference
from flytetypes.compiler import lower
from refusals import codes


@task
def add_one(x: int) -> int:
    return x + 1


@eager
async def simple(x: int, times: int = 2) -> int:
    """Do it eagerly."""
    out = await add_one(x=x)
    return out * times  # type: ignore[no-any-return]


@eager
async def quiet(x: int) -> None:
    await add_one(x=x)


def test_it_is_a_task_with_a_deck() -> None:
    assert (type(simple), simple.is_eager, simple.options.enable_deck) == (EagerTask, True, True)
    assert simple.interface.signature() == "simple(x: int, times: int = 2) -> int"


def test_the_deck_can_be_left_out() -> None:
    assert eager(enable_deck=False)(simple.function).options.enable_deck is False


@pytest.mark.parametrize("options", [{"disable_deck": True}, {"disable_deck": False}])
def test_the_older_option_for_the_deck_is_taken(options: dict[str, Any]) -> None:
    assert eager(**options)(simple.function).options.enable_deck is not options["disable_deck"]


def test_it_has_the_options_of_a_task() -> None:
    made = eager(retries=2, environment={"A": "1"})(simple.function)
    assert (made.options.retries, made.options.environment) == (2, {"A": "1"})


def test_a_remote_and_its_secret() -> None:
    remote = FlyteRemote(Config.for_endpoint("flyte.example.org"), default_project="p")
    made = eager(
        remote=remote,
        client_secret_group="group",
        client_secret_key="key",
        client_secret_env_var="SECRET",
        secret_requests=[Secret("db", "password")],
    )(simple.function)
    assert made.remote is remote
    assert made.options.secret_requests == (Secret("db", "password"), Secret("group", "key", env_var="SECRET"))


@pytest.mark.parametrize("options", [{"client_secret_group": "g"}, {"client_secret_key": "k"}])
def test_half_a_secret_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(OptionError) as caught:
        eager(**options)(simple.function)  # type: ignore[call-overload]
    assert str(caught.value) == "`client_secret_group` and `client_secret_key` name one secret: give both, or neither"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"retries": -1}, "`retries` is a number from 0 on; got `int` -1"),
        ({"remote": "localhost"}, "`remote` takes a FlyteRemote; got `str` 'localhost'"),
        ({"secret_requests": "db"}, "`secret_requests` takes a list of Secret; got `str` 'db'"),
        (
            {"client_secret_env_var": "SECRET"},
            "`client_secret_env_var` is given without the secret: give `client_secret_group` too",
        ),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError) as caught:
        eager(**options)(simple.function)
    assert str(caught.value) == message


def test_a_plain_function_cannot_be_eager() -> None:
    def plain(x: int) -> int:
        return x

    with pytest.raises(AnnotationError, match=r"it awaits nothing: write `async def`$"):
        eager(plain)  # type: ignore[arg-type]


def test_it_is_a_node_of_a_workflow() -> None:
    @workflow
    def wf(x: int) -> int:
        node = create_node(simple, x=simple(x=x))
        return node.o0  # type: ignore[no-any-return]

    assert codes(wf) == []
    assert [node.target for node in wf.graph.nodes] == [simple, simple]


def test_it_has_a_workflow_of_its_name_around_it() -> None:
    around = simple.workflow
    assert (around.name, around.interface.signature()) == (simple.name, f"{simple.name}(x: int, times: int = 2) -> int")
    graph = around.graph
    assert [(node.id, node.target) for node in graph.nodes] == [("n0", simple)]
    assert graph.nodes[0].bindings == {"x": Reference(None, "x"), "times": Reference(None, "times")}
    assert graph.outputs == {"o0": Reference("n0", "o0")}


def test_a_clean_up_runs_when_it_fails() -> None:
    node = simple.workflow.graph.failure_node
    assert node is not None
    cleanup: Any = node.target
    assert (node.id, cleanup.name, cleanup.task_type) == ("efn", f"{simple.name}-cleanup", "eager_failure_handler_task")
    assert cleanup.interface.signature() == "simple-cleanup(x: int, times: int = 2) -> None"
    assert cleanup.target(SerializationSettings()).args[-5:] == (
        *("flytetypes.authoring.eager_cleanup_resolver", "--"),
        *("eager", "failure", "handler"),
    )


def test_the_workflow_around_one_without_outputs_has_none() -> None:
    assert quiet.workflow.graph.outputs == {}


def test_it_is_lowered_with_its_workflow_and_its_clean_up() -> None:
    assert [(each.kind, each.name.rpartition(".")[2]) for each in lower([simple])] == [
        ("task", "simple"),
        ("task", "simple-cleanup"),
        ("workflow", "simple"),
        ("launch plan", "simple"),
    ]


def test_its_container_gets_the_settings_in_its_environment() -> None:
    assert list(simple.environment(SerializationSettings(env={"A": "1"}))) == ["A", "_F_SS_C"]


def test_eager_exception_is_one_of_ours() -> None:
    from flytetypes.experimental import EagerException as experimental_exception
    from flytetypes.experimental import eager as experimental

    assert issubclass(EagerException, FlyteTypesError)
    assert (experimental, experimental_exception) == (eager, EagerException)
