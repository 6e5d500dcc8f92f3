"""How a container finds its task again: arguments, and the way back from them."""

from __future__ import annotations

import functools
import sys
from types import ModuleType
from typing import Any

import pytest

from flytetypes import MapTask, OptionError, SerializationSettings, ShellTask, kwtypes, map_task, task
from flytetypes.authoring import default_task_resolver, eager_cleanup_resolver, map_task_resolver

SETTINGS = SerializationSettings()


@task
def double(n: int, by: int = 2) -> int:
    return n * by


renamed = task(double.function)
shell = ShellTask("say", "echo {inputs.n}", inputs=kwtypes(n=int))


def test_a_task_is_a_variable_of_its_module() -> None:
    assert default_task_resolver.loader_args(SETTINGS, double) == ["task-module", __name__, "task-name", "double"]


@pytest.mark.parametrize("entity", [double, shell], ids=["function", "shell"])
def test_arguments_lead_back_to_the_task(entity: Any) -> None:
    arguments = default_task_resolver.loader_args(SETTINGS, entity)
    assert default_task_resolver.load_task(arguments) is entity


def test_what_is_no_function_is_found_by_the_variable_that_holds_it() -> None:
    assert default_task_resolver.loader_args(SETTINGS, shell) == ["task-module", __name__, "task-name", "shell"]


def test_loading_imports_the_module(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "resolver_target.py").write_text(
        "from flytetypes import task\n@task\ndef t(n: int) -> int:\n    return n + 1\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    loaded = default_task_resolver.load_task(["task-module", "resolver_target", "task-name", "t"])
    assert loaded(n=1) == 2
    del sys.modules["resolver_target"]


def test_a_module_that_is_not_there_is_told() -> None:
    with pytest.raises(ModuleNotFoundError, match="No module named 'no_such_module'"):
        default_task_resolver.load_task(["task-module", "no_such_module", "task-name", "t"])


def test_a_variable_that_is_not_there_is_told() -> None:
    with pytest.raises(OptionError) as caught:
        default_task_resolver.load_task(["task-module", __name__, "task-name", "gone"])
    assert str(caught.value) == "the module `test_resolver` has no `gone`"


def test_a_variable_that_is_no_task_is_told() -> None:
    with pytest.raises(OptionError) as caught:
        default_task_resolver.load_task(["task-module", __name__, "task-name", "SETTINGS"])
    assert (
        str(caught.value)
        == "`SETTINGS` of the module `test_resolver` is no task; it is `SerializationSettings` SerializationSettings(image_...rce_root=None, git_repo=None)"
    )


@pytest.mark.parametrize("arguments", [[], ["task-module", "m"], ["a", "b", "c", "d"], ["vars", "", "resolver", "x"]])
def test_arguments_of_another_form_are_told(arguments: list[str]) -> None:
    with pytest.raises(OptionError) as caught:
        default_task_resolver.load_task(arguments)
    assert str(caught.value) == (f"expected `task-module MODULE task-name VARIABLE`, got `{' '.join(arguments)}`")


def test_a_task_that_no_variable_holds_is_refused() -> None:
    @task
    def inner(n: int) -> int:
        return n

    with pytest.raises(OptionError) as caught:
        default_task_resolver.loader_args(SETTINGS, inner)
    assert str(caught.value) == (
        f"no module holds the task `{inner.name}` in a variable, so its container could not find it: "
        "define it at the top level of a module"
    )


def test_a_task_under_another_name_is_found_by_that() -> None:
    arguments = default_task_resolver.loader_args(SETTINGS, renamed)
    assert default_task_resolver.load_task(arguments).function is double.function  # type: ignore[attr-defined]


def test_a_task_in_a_notebook_has_no_module_to_be_found_in(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = ModuleType("resolver_cell")
    monkeypatch.setitem(sys.modules, "resolver_cell", cell)
    exec("from flytetypes import task\n@task\ndef t(n: int) -> int:\n    return n\n", cell.__dict__)
    assert default_task_resolver.loader_args(SETTINGS, cell.t) == ["task-module", "resolver_cell", "task-name", "t"]


# --- maps -------------------------------------------------------------------------------------------------------------


def test_a_map_is_named_by_what_it_binds_and_by_its_task() -> None:
    mapped: Any = map_task(functools.partial(double, by=3))
    assert map_task_resolver.loader_args(SETTINGS, mapped) == [
        *("vars", "by", "resolver", "flytetypes.authoring.default_task_resolver"),
        *("task-module", __name__, "task-name", "double"),
    ]


@pytest.mark.parametrize("bound", [(), ("by",), ("by", "n")])
def test_arguments_lead_back_to_the_map(bound: tuple[str, ...]) -> None:
    mapped: Any = map_task(functools.partial(double, **dict.fromkeys(bound, 3)))
    loaded: Any = map_task_resolver.load_task(map_task_resolver.loader_args(SETTINGS, mapped))
    assert isinstance(loaded, MapTask)
    assert loaded.mapped is double
    assert tuple(loaded.how.bound) == bound
    assert loaded.interface.signature() == mapped.interface.signature()


def test_arguments_of_a_map_of_another_form_are_told() -> None:
    with pytest.raises(OptionError) as caught:
        map_task_resolver.load_task(["task-module", "m", "task-name", "t"])
    assert (
        str(caught.value)
        == "expected `vars NAMES resolver RESOLVER` and its arguments, got `task-module m task-name t`"
    )


def test_the_clean_up_of_an_eager_task_runs_on_a_cluster_only() -> None:
    with pytest.raises(NotImplementedError) as caught:
        eager_cleanup_resolver.load_task(["eager", "failure", "handler"])
    assert str(caught.value) == "the clean-up of an eager task runs on a cluster only"
