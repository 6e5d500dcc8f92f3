"""Tasks: what calling one means, and what is refused."""

from __future__ import annotations

import asyncio
import copy
import functools
import gc
import inspect
import os
import pickle
import subprocess
import sys
import textwrap
import weakref
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from flytetypes import (
    AnnotationError,
    Cache,
    CallError,
    ConversionError,
    Documentation,
    FlyteFile,
    FunctionTask,
    OptionError,
    PodTemplate,
    Resources,
    Secret,
    SerializationSettings,
    Task,
    TaskResolver,
    accelerators,
    current_context,
    task,
    workflow,
)
from flytetypes.authoring import TaskOptions, default_task_resolver, task_kinds
from flytetypes.compiler import code_version


@dataclass
class Order:
    items: list[int]
    note: str = ""


class Split(NamedTuple):
    low: list[int]
    high: list[int]


@task
def mean(values: list[float]) -> float:
    """The arithmetic mean."""
    return sum(values) / len(values)


@task
def scaled(value: int, factor: int = 2) -> int:
    return value * factor


@task
def split(values: list[int], at: int) -> Split:
    return Split([v for v in values if v < at], [v for v in values if v >= at])


@task
def pair(n: int) -> tuple[int, str]:
    return n, "x" * n


def test_a_task_outside_of_a_workflow_runs() -> None:
    assert mean(values=[float(i) for i in range(1, 11)]) == 5.5
    assert scaled(value=3) == 6
    assert scaled(value=3, factor=5) == 15


def test_integers_are_accepted_where_floats_are_declared() -> None:
    @task
    def classes(values: list[float], one: float) -> list[str]:
        return [type(v).__name__ for v in (*values, one)]

    assert classes(values=[1, 2.5], one=3) == ["float", "float", "float"]


def test_named_results_unpack_index_and_have_attributes() -> None:
    result = split(values=[1, 5, 2], at=3)
    low, high = result
    assert (low, high) == ([1, 2], [5]) == (result.low, result[1])
    assert type(result) is Split


def test_results_of_a_tuple_are_called_by_number() -> None:
    result: Any = pair(n=2)
    assert result == (2, "xx")
    assert (result.o0, result.o1) == (2, "xx")


def test_a_task_cannot_change_its_callers_values() -> None:
    @task
    def spoil(order: Order, numbers: list[int]) -> list[int]:
        order.items.append(9)
        numbers.clear()
        return order.items

    order, numbers = Order([1]), [1, 2]
    result = spoil(order=order, numbers=numbers)
    assert (order, numbers, result) == (Order([1]), [1, 2], [1, 9])


def test_inside_a_task_another_task_is_a_plain_call() -> None:
    calls = []

    @task
    def inner(order: Order) -> int:
        calls.append(order)
        return len(order.items)

    @task
    def outer(order: Order) -> bool:
        inner(order)  # positional: it is just Python here
        return calls[0] is order

    assert outer(order=Order([1])) is True


def test_a_wrong_value_names_task_argument_expected_and_got() -> None:
    with pytest.raises(TypeError) as caught:
        mean(values="hi")  # type: ignore[arg-type]
    assert str(caught.value) == "`mean`: expected `list[float]`, got `str` 'hi' - at `values`"


def test_a_wrong_result_names_the_output() -> None:
    @task
    def wrong() -> int:
        return "x"  # type: ignore[return-value]

    @task
    def too_few() -> tuple[int, str]:
        return 1  # type: ignore[return-value]

    with pytest.raises(ConversionError) as caught:
        wrong()
    assert str(caught.value) == "`wrong`: expected `int`, got `str` 'x' - at `o0`"
    with pytest.raises(ConversionError) as caught:
        too_few()
    assert str(caught.value) == "`too_few`: expected 2 outputs (o0, o1), got `int` 1 - at `return`"


def test_a_positional_call_is_answered_with_the_call_to_make() -> None:
    with pytest.raises(TypeError) as caught:
        scaled(3, factor=4)
    assert str(caught.value) == "`scaled` takes keywords: call it as `scaled(value=3, factor=4)`"
    with pytest.raises(CallError) as caught:
        scaled(3, 4, 5)  # type: ignore[call-arg]
    assert str(caught.value) == (
        "`scaled` takes keywords, and 2 of them. It is scaled(value: int, factor: int = 2) -> int"
    )


def test_missing_and_unknown_arguments() -> None:
    with pytest.raises(CallError) as caught:
        split(values=[1])  # type: ignore[call-arg]
    assert str(caught.value) == "`split` needs `at`. It is split(values: list[int], at: int) -> (list[int], list[int])"
    with pytest.raises(CallError) as caught:
        mean(valuse=[1.0])  # type: ignore[call-arg]
    assert str(caught.value) == (
        "`mean` has no input `valuse`, did you mean `values`? It is mean(values: list[float]) -> float"
    )


def test_an_exception_keeps_its_class_and_says_which_task_it_was() -> None:
    @task
    def fails() -> None:
        raise KeyError("gone")

    with pytest.raises(KeyError) as caught:
        fails()
    assert caught.value.__notes__ == [f"in task `{__name__}.{fails.function.__qualname__}`"]


def test_the_users_signature_and_docstring_are_kept() -> None:
    assert inspect.signature(scaled).parameters["factor"].default == 2
    assert inspect.getdoc(mean) == "The arithmetic mean."
    assert mean.function([1.0, 2.0]) == 1.5
    assert repr(mean) == "<task mean(values: list[float]) -> float>"


def test_brackets_make_no_difference() -> None:
    @task()
    def increased(n: int) -> int:
        return n + 1

    assert isinstance(increased, Task)
    assert increased(n=1) == 2


def test_local_classes_in_postponed_annotations() -> None:
    @dataclass
    class Local:
        x: int

    @task
    def doubled(value: Local) -> Local:
        return Local(value.x * 2)

    assert doubled(value=Local(2)) == Local(4)


def test_a_class_that_is_defined_further_down() -> None:
    assert later(value=Later(1)) == Later(2)


@task
def later(value: Later) -> Later:
    return Later(value.x + 1)


@dataclass
class Later:
    x: int


class Holder:
    def method(self, n: int) -> int:
        return n


def generator(n: int) -> Any:
    yield n


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda n: n, "a lambda has no annotations and no name: write a function with `def`"),
        (functools.partial(print, 1), "a partial has no signature of its own: write a function that makes the call"),
        (Holder, "it is not a function"),
        (len, "it is not a function"),
        (staticmethod(len), "a method belongs to a class: make it a function of the module"),
        (generator, "a generator gives its values one by one: return a list"),
    ],
)
def test_what_cannot_be_a_task(function: Any, message: str) -> None:
    with pytest.raises(AnnotationError) as caught:
        task(function)
    assert str(caught.value).startswith("@task cannot decorate `")
    assert str(caught.value).endswith(f": {message}")


def test_a_method_is_refused_for_its_self() -> None:
    with pytest.raises(AnnotationError) as caught:
        task(Holder.method)
    assert str(caught.value) == "`Holder.method` belongs to a class: make it a function of the module"


@pytest.mark.parametrize("kind", ["*args: int", "**kw: str", "x: int, /"])
def test_inputs_that_cannot_be_named_are_refused(kind: str) -> None:
    names: dict[str, Any] = {}
    exec(f"def odd({kind}) -> int:\n    return 1", names)
    with pytest.raises(AnnotationError, match=r"cannot be given by a keyword: give each input a name of its own$"):
        task(names["odd"])


def test_what_other_decorators_leave_on_a_function_is_not_ours() -> None:
    def plain(n: int) -> int:
        return n

    plain.name = "x"  # type: ignore[attr-defined]
    plain.function = 3  # type: ignore[attr-defined]
    made = task(plain)
    assert (made.name.endswith("plain"), made.function, made(n=1)) == (True, plain, 1)


def test_a_task_is_pickled_and_copied_by_its_name() -> None:
    assert pickle.loads(pickle.dumps(mean)) is mean
    assert copy.deepcopy(mean) is mean


def test_a_local_class_that_is_defined_after_the_task() -> None:
    @task
    def made() -> After:
        return After(1)

    @dataclass
    class After:
        x: int

    assert made() == After(1)


def test_local_names_that_annotations_do_not_mention_are_not_kept() -> None:
    class Big:
        pass

    def scope() -> tuple[Any, weakref.ref[Big]]:
        big = Big()

        @task
        def small(n: int) -> int:
            return n

        return small, weakref.ref(big)

    made, big = scope()
    gc.collect()
    assert (made(n=1), big()) == (1, None)


def test_a_local_named_tuple_of_local_classes() -> None:
    @dataclass
    class Local:
        x: int

    class Result(NamedTuple):
        one: Local
        two: int

    @task
    def made() -> Result:
        return Result(Local(1), 2)

    assert made() == Result(Local(1), 2)


# --- options ----------------------------------------------------------------------------------------------------------


def plain(n: int) -> int:
    """Pass it on."""
    return n


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, {}),
        ({"cache": False}, {"cache": None}),
        ({"cache": True}, {"cache": Cache()}),
        ({"cache": True, "cache_version": "2"}, {"cache": Cache(version="2")}),
        (
            {"cache": True, "cache_version": "2", "cache_serialize": True, "cache_ignore_input_vars": ("n",)},
            {"cache": Cache("2", True, ("n",))},
        ),
        ({"cache": Cache("2", ignored_inputs="n", salt="s")}, {"cache": Cache("2", False, ("n",), "s")}),
        ({"retries": 3}, {"retries": 3}),
        ({"timeout": 90}, {"timeout": timedelta(seconds=90)}),
        ({"timeout": timedelta(hours=1)}, {"timeout": timedelta(hours=1)}),
        ({"timeout": 0}, {"timeout": None}),
        ({"interruptible": True}, {"interruptible": True}),
        ({"interruptible": False}, {"interruptible": False}),
        ({"deprecated": "use other"}, {"deprecated": "use other"}),
        ({"environment": {"A": "1"}}, {"environment": {"A": "1"}}),
        ({"container_image": "{{.image.default.fqn}}:v2"}, {"container_image": "{{.image.default.fqn}}:v2"}),
        (
            {"requests": Resources(cpu="1"), "limits": Resources(cpu="2", mem="1Gi")},
            {"requests": Resources(cpu="1"), "limits": Resources(cpu="2", mem="1Gi")},
        ),
        (
            {"resources": Resources(cpu=("1", "2"), mem="1Gi", gpu=1)},
            {"requests": Resources("1", "1Gi", 1), "limits": Resources("2")},
        ),
        ({"resources": Resources(cpu=2)}, {"requests": Resources(cpu=2), "limits": None}),
        ({"secret_requests": [Secret("db", "password")]}, {"secret_requests": (Secret("db", "password"),)}),
        ({"docs": Documentation("Short.")}, {"docs": Documentation("Short.")}),
        ({"enable_deck": True}, {"enable_deck": True}),
        ({"disable_deck": False}, {"enable_deck": True}),
        ({"disable_deck": True}, {"enable_deck": False}),
        ({"pod_template": PodTemplate({"a": 1})}, {"pod_template": PodTemplate({"a": 1})}),
        ({"pod_template_name": "big"}, {"pod_template_name": "big"}),
        ({"accelerator": accelerators.A100}, {"accelerator": accelerators.A100}),
        ({"shared_memory": True}, {"shared_memory": True}),
        ({"shared_memory": "2Gi"}, {"shared_memory": "2Gi"}),
        ({"labels": {"team": "a"}}, {"labels": {"team": "a"}}),
        ({"annotations": {"team": "a"}}, {"annotations": {"team": "a"}}),
    ],
)
def test_options_are_kept(given: dict[str, Any], kept: dict[str, Any]) -> None:
    assert task(**given)(plain).options == TaskOptions(**kept)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"retry": 3},
            "a task has no option `retry`; it has cache, retries, timeout, interruptible, deprecated, environment, container_image, requests, limits, secret_requests, docs, enable_deck, pod_template, pod_template_name, accelerator, shared_memory, labels, annotations, resources, disable_deck, cache_version, cache_serialize, cache_ignore_input_vars",
        ),
        ({"cache": "1.0"}, "`cache` takes True, False or a Cache; got `str` '1.0'"),
        ({"cache_version": "1"}, "`cache_version` is given without `cache=True`: it would have no effect"),
        (
            {"cache": False, "cache_serialize": True},
            "`cache_serialize` is given without `cache=True`: it would have no effect",
        ),
        ({"cache": Cache("1"), "cache_version": "2"}, "`cache` is a Cache: say `cache_version` in it"),
        ({"cache": True, "cache_version": 2}, "`Cache(version=...)` takes a text with something in it; got `int` 2"),
        ({"cache": True, "cache_version": ""}, "`Cache(version=...)` takes a text with something in it; got `str` ''"),
        ({"cache": True, "cache_serialize": "yes"}, "`Cache(serialize=...)` takes True or False; got `str` 'yes'"),
        (
            {"cache": True, "cache_ignore_input_vars": [1]},
            "`Cache(ignored_inputs=...)` takes names of inputs; got `tuple` (1,)",
        ),
        ({"retries": -1}, "`retries` is a number from 0 on; got `int` -1"),
        ({"retries": True}, "`retries` is a number from 0 on; got `bool` True"),
        ({"retries": "3"}, "`retries` is a number from 0 on; got `str` '3'"),
        ({"timeout": -1}, "a timeout is not negative; got `int` -1"),
        ({"timeout": "1h"}, "a timeout is whole seconds or a timedelta; got `str` '1h'"),
        ({"timeout": 1.5}, "a timeout is whole seconds or a timedelta; got `float` 1.5"),
        ({"interruptible": "yes"}, "`interruptible` takes a bool; got `str` 'yes'"),
        ({"deprecated": True}, "`deprecated` takes a str; got `bool` True"),
        ({"environment": {"A": 1}}, "`environment` takes texts by name, such as {'team': 'a'}; got `dict` {'A': 1}"),
        ({"environment": ["A=1"]}, "`environment` takes texts by name, such as {'team': 'a'}; got `list` ['A=1']"),
        ({"container_image": 3}, "`container_image` takes a str; got `int` 3"),
        ({"requests": {"cpu": 1}}, "`requests` takes a Resources; got `dict` {'cpu': 1}"),
        ({"limits": "1Gi"}, "`limits` takes a Resources; got `str` '1Gi'"),
        (
            {"resources": Resources(1), "limits": Resources(2)},
            "`resources` is given with `requests` or `limits`: give one or the other",
        ),
        (
            {"requests": Resources(cpu=("1", "2"))},
            "`requests` takes single quantities: a pair of request and limit is for `resources`",
        ),
        (
            {"limits": Resources(mem=("1Gi", "2Gi"))},
            "`limits` takes single quantities: a pair of request and limit is for `resources`",
        ),
        (
            {"secret_requests": Secret("db")},
            "`secret_requests` takes a list of Secret; got `Secret` Secret(group='db', key=None,...ntType.ANY: 0>, env_var=None)",
        ),
        ({"secret_requests": ["db"]}, "`secret_requests` takes a list of Secret; got `list` ['db']"),
        ({"docs": "about it"}, "`docs` takes a Documentation; got `str` 'about it'"),
        ({"enable_deck": 1}, "`enable_deck` takes a bool; got `int` 1"),
        ({"disable_deck": 1}, "`disable_deck` takes a bool; got `int` 1"),
        (
            {"enable_deck": True, "disable_deck": False},
            "`enable_deck` and `disable_deck` are both given: give `enable_deck`",
        ),
        ({"pod_template": {"spec": {}}}, "`pod_template` takes a PodTemplate; got `dict` {'spec': {}}"),
        (
            {"pod_template_name": PodTemplate()},
            "`pod_template_name` takes a str; got `PodTemplate` PodTemplate(pod_spec=None, p...abels=None, annotations=None)",
        ),
        ({"accelerator": "a100"}, "`accelerator` takes an Accelerator; got `str` 'a100'"),
        ({"shared_memory": 2}, "`shared_memory` takes a bool or a str; got `int` 2"),
        ({"labels": {"team": None}}, "`labels` takes texts by name, such as {'team': 'a'}; got `dict` {'team': None}"),
        ({"annotations": "team"}, "`annotations` takes texts by name, such as {'team': 'a'}; got `str` 'team'"),
        ({"task_resolver": "mine"}, "`task_resolver` takes a TaskResolver; got `str` 'mine'"),
    ],
)
def test_wrong_options_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError) as caught:
        task(**given)(plain)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Resources(cpu="a lot"),
            "`Resources(cpu=...)` takes a quantity such as 2, '500m' or '1Gi', or a pair of them; got `str` 'a lot'",
        ),
        (
            lambda: Resources(mem=True),
            "`Resources(mem=...)` takes a quantity such as 2, '500m' or '1Gi', or a pair of them; got `bool` True",
        ),
        (
            lambda: Resources(gpu=(1, 2, 3)),  # type: ignore[arg-type]
            "`Resources(gpu=...)` takes a quantity such as 2, '500m' or '1Gi', or a pair of them; got `tuple` (1, 2, 3)",
        ),
        (
            lambda: Resources(cpu=-1),
            "`Resources(cpu=...)` takes a quantity such as 2, '500m' or '1Gi', or a pair of them; got `int` -1",
        ),
        (lambda: Secret(), "`Secret` needs a group or a key: `Secret(group='database', key='password')`"),
    ],
)
def test_wrong_resources_and_secrets_are_refused(make: Any, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        make()
    assert str(caught.value) == message


def test_an_option_that_is_none_is_not_given() -> None:
    assert task(cache_version=None, timeout=None, requests=None)(plain).options == TaskOptions()


def test_a_task_without_a_cache_has_no_cache_version() -> None:
    assert task(plain).cache_version == ""


def test_an_explicit_cache_version_is_the_version() -> None:
    assert task(cache=True, cache_version="7")(plain).cache_version == "7"


def test_without_one_the_cache_version_is_that_of_the_code() -> None:
    assert task(cache=True)(plain).cache_version == code_version(plain)


def test_a_salt_changes_the_version_of_the_code() -> None:
    versions = {task(cache=Cache(salt=salt))(plain).cache_version for salt in ("", "a", "b")}
    assert len(versions) == 3


def test_policies_make_the_version_instead_of_the_code() -> None:
    class Fixed:
        def __init__(self, text: str) -> None:
            self.text = text

        def get_version(self, salt: str, params: Any) -> str:
            assert params.func is plain
            return self.text + salt

    a, b = Fixed("a"), Fixed("b")
    alone, two, twisted = (task(cache=Cache(policies=each))(plain) for each in (a, [a, b], [b, a]))
    assert alone.cache_version == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"  # sha256 of "a"
    assert len({alone.cache_version, two.cache_version, twisted.cache_version}) == 3


def test_the_environment_of_a_task_stands_over_that_of_the_settings() -> None:
    settings = SerializationSettings(env={"A": "1", "B": "2"})
    assert task(environment={"B": "3"})(plain).environment(settings) == {"A": "1", "B": "3"}


def test_a_task_config_chooses_the_kind_of_task(monkeypatch: pytest.MonkeyPatch) -> None:
    class Spark:
        pass

    class SparkTask(FunctionTask[..., Any]):
        task_type = "spark"

    monkeypatch.setitem(task_kinds, Spark, SparkTask)
    config = Spark()
    made = task(task_config=config, retries=1)(plain)
    assert (type(made), made.task_config, made.options.retries, made(n=1)) == (SparkTask, config, 1, 1)


def test_an_unknown_task_config_is_kept_and_changes_nothing() -> None:
    made = task(task_config={"a": 1})(plain)
    assert (type(made), made.task_config) == (FunctionTask, {"a": 1})


def test_a_resolver_of_ones_own() -> None:
    class Mine:
        location = "mine.resolver"

        def loader_args(self, settings: SerializationSettings, task: Task[..., Any]) -> list[str]:
            return ["a"]

        def load_task(self, loader_args: Any) -> Task[..., Any]:
            raise NotImplementedError

    resolver: TaskResolver = Mine()
    target = task(task_resolver=resolver)(plain).target(SerializationSettings())
    assert target is not None
    assert target.args[-4:] == ("--resolver", "mine.resolver", "--", "a")  # type: ignore[union-attr]
    assert task(plain).resolver is default_task_resolver


# --- async def --------------------------------------------------------------------------------------------------------


@task
async def fetched(n: int) -> list[float]:
    """After a while."""
    await asyncio.sleep(0)
    return [n, 0.5]


def test_an_async_task_outside_of_a_workflow_is_awaited() -> None:
    assert asyncio.run(fetched(n=1)) == [1.0, 0.5]


def test_async_tasks_run_at_the_same_time() -> None:
    running = []

    @task
    async def waits(n: int) -> int:
        running.append(n)
        while len(running) < 3:
            await asyncio.sleep(0)
        return n

    async def main() -> list[int]:
        calls: Any = [waits(n=n) for n in range(3)]
        return await asyncio.gather(*calls)  # type: ignore[no-any-return]

    assert asyncio.run(main()) == [0, 1, 2]


def test_an_async_task_is_an_ordinary_node_of_a_workflow() -> None:
    @workflow
    def both(n: int) -> tuple[float, list[float]]:
        values: Any = fetched(n=n)
        return mean(values=values), values

    assert both(n=1) == (0.75, [1.0, 0.5])


def test_a_workflow_with_async_tasks_can_be_called_where_a_loop_is_running() -> None:
    @workflow
    def one(n: int) -> list[float]:
        return fetched(n=n)

    async def main() -> list[float]:
        return one(n=2)

    assert asyncio.run(main()) == [2.0, 0.5]


def test_an_async_task_in_the_body_of_another_is_a_plain_call() -> None:
    @task
    async def outer(n: int) -> int:
        values: Any = await fetched(n)
        return len(values)

    assert asyncio.run(outer(n=3)) == 2


def test_a_wrong_value_for_an_async_task_is_told_when_it_is_awaited() -> None:
    with pytest.raises(ConversionError) as caught:
        asyncio.run(fetched(n="x"))  # type: ignore[call-overload]
    assert str(caught.value) == "`fetched`: expected `int`, got `str` 'x' - at `n`"


def test_a_wrong_result_of_an_async_task_names_the_output() -> None:
    @task
    async def wrong() -> int:
        return "x"  # type: ignore[return-value]

    with pytest.raises(ConversionError) as caught:
        asyncio.run(wrong())
    assert str(caught.value) == "`wrong`: expected `int`, got `str` 'x' - at `o0`"


def test_an_exception_of_an_async_task_says_which_task_it_was() -> None:
    @task
    async def fails() -> None:
        raise KeyError("gone")

    with pytest.raises(KeyError) as caught:
        asyncio.run(fails())
    assert caught.value.__notes__ == [f"in task `{__name__}.{fails.function.__qualname__}`"]


def test_a_positional_call_of_an_async_task_is_refused() -> None:
    with pytest.raises(CallError) as caught:
        asyncio.run(fetched(3))
    assert str(caught.value) == "`fetched` takes keywords: call it as `fetched(n=3)`"


def test_an_async_task_behind_a_decorator_is_async() -> None:
    def logged(function: Any) -> Any:
        @functools.wraps(function)
        def around(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return around

    @task
    @logged
    async def inner(n: int) -> int:
        return n

    assert asyncio.run(inner(n=4)) == 4


def test_a_stacked_decorator_runs_with_the_task() -> None:
    def doubled(function: Any) -> Any:
        @functools.wraps(function)
        def around(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs) * 2

        return around

    @task
    @doubled
    def number(n: int) -> int:
        return n

    assert (number(n=4), number.name) == (8, f"{__name__}.{number.function.__qualname__}")


def test_an_exception_group_of_a_task_stays_one() -> None:
    @task
    def fails() -> None:
        raise ExceptionGroup("both", [ValueError("a"), KeyError("b")])

    with pytest.raises(ExceptionGroup) as caught:
        fails()
    assert [type(each) for each in caught.value.exceptions] == [ValueError, KeyError]


def test_a_task_may_be_called_while_asyncio_is_running() -> None:
    async def main() -> float:
        return mean(values=[1.0, 2.0])

    assert asyncio.run(main()) == 1.5


def test_what_is_typed_in_a_notebook_has_no_file() -> None:
    scope: dict[str, Any] = {"__name__": "notebook_cell"}
    sys.modules["notebook_cell"] = type(sys)("notebook_cell")
    exec("from flytetypes import task\n@task\ndef f(n: int) -> int:\n    return n + 1\n", scope)
    first = scope["f"]
    exec("@task\ndef f(n: int) -> str:\n    return str(n)\n", scope)
    assert (first(n=1), scope["f"](n=1)) == (2, "1")
    del sys.modules["notebook_cell"]


# --- the context of plain calls ---------------------------------------------------------------------------------------


@task
def report(text: str) -> FlyteFile:
    path = Path(current_context().working_directory, "report.txt")
    with path.open("x") as file:
        file.write(text)
    return FlyteFile(path)


@task
async def report_async(text: str) -> FlyteFile:
    before = current_context().working_directory
    await asyncio.sleep(0)
    assert current_context().working_directory == before
    return report(text=text)


def test_each_plain_call_has_a_working_directory_of_its_own() -> None:
    files = [report(text="one"), report(text="two")]
    assert [Path(file).read_text() for file in files] == ["one", "two"]


def test_each_plain_call_of_an_async_def_has_a_working_directory_of_its_own() -> None:
    async def calls() -> list[FlyteFile]:
        one = await report_async(text="one")
        return [one, *await asyncio.gather(report_async(text="two"), report_async(text="three"))]

    files = asyncio.run(calls())
    assert [Path(file).read_text() for file in files] == ["one", "two", "three"]


def test_the_working_directory_of_a_plain_call_is_removed_with_the_process(tmp_path: Path) -> None:
    program = """
        from pathlib import Path
        from flytetypes import current_context, task

        @task
        def here() -> str:
            return current_context().working_directory

        print(here(), Path(here()).is_dir())
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    directory, was_there = done.stdout.split()
    assert (Path(directory).parent, was_there) == (tmp_path, "True")
    assert list(tmp_path.iterdir()) == []
