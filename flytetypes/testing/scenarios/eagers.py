# ruff: noqa: ARG001, PLW0108, PT017, S101 - tasks take what they are given, and the asserts are what this is for
# mypy: disable-error-code="arg-type, attr-defined, call-overload, misc, no-any-return, var-annotated"
"""Scenarios: eager tasks.

Their calls are awaited, which type checkers do not know of: `aio` would be the same for them.
"""

from __future__ import annotations

import asyncio
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flytetypes import (
    CallError,
    ConversionError,
    EagerException,
    FlyteFile,
    FlyteRecoverableException,
    LaunchPlan,
    TaskCancelledError,
    WorkflowError,
    current_context,
    dynamic,
    eager,
    map_task,
    task,
    workflow,
)
from flytetypes.executors import Origin, Phase
from flytetypes.testing._marks import mark, meet, wait_for
from flytetypes.testing._scenarios import ANYTHING, Done, Fails, Scenario


class Rejected(Exception):  # noqa: N818 - as users name them
    """A user's own, which its `__init__` cannot make of its message."""

    def __init__(self, code: int, *, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


@dataclass
class Pair:
    """Two numbers."""

    one: int
    two: int


@task
def add_one(x: int) -> int:
    return x + 1


@task
def double(x: int) -> int:
    return x * 2


@task
def halved(x: float) -> float:
    return x / 2


@task
def both(x: int) -> tuple[int, str]:
    return x, str(x)


@task
def pair(one: int, two: int) -> Pair:
    return Pair(one, two)


@task
def nothing(folder: str) -> None:
    mark(folder, "nothing")


@task
def met(folder: str, count: int) -> int:
    meet(folder, "calls", count)
    return count


@task
def marked(folder: str, name: str) -> str:
    mark(folder, name)
    return name


@task
def waits(folder: str) -> int:
    mark(folder, "began")
    wait_for(folder, "never")
    return 1


@task
def fails(x: int) -> int:
    raise ValueError(f"{x} is wrong")


@task
def rejects(x: int) -> int:
    raise Rejected(x, reason="full")


@task(retries=2)
def third_time(folder: str) -> int:
    count = mark(folder, "third_time")
    if count < 3:
        raise FlyteRecoverableException(str(count))
    return count


@task(retries=1)
def exhausted(folder: str) -> int:
    raise FlyteRecoverableException(str(mark(folder, "exhausted")))


@task
async def async_double(x: int) -> int:
    await asyncio.sleep(0)
    return x * 2


@task
def many(count: int) -> list[int]:
    return list(range(count))


@task
def total(values: list[int]) -> int:
    return sum(values)


@task
def appended(values: list[int]) -> list[int]:
    values.append(9)
    return values


@task
def written(text: str) -> FlyteFile:
    path = Path(current_context().working_directory, "text")
    path.write_text(text)
    return FlyteFile(str(path))


@task
def read(file: FlyteFile) -> str:
    return Path(file).read_text()


@task
def node_id() -> str:
    return current_context().node_id


@workflow
def add_and_double(x: int) -> int:
    return double(x=add_one(x=x))


@workflow
def unfit(x: int) -> str:
    return add_one(x=x)  # type: ignore[return-value]


@dynamic
def repeated(x: int, times: int) -> int:
    for _ in range(times):
        x = add_one(x=x)
    return x


plan = LaunchPlan.get_or_create(add_and_double, name="scenarios.eager_plan", default_inputs={"x": 5})
fixed_plan = LaunchPlan.get_or_create(add_and_double, name="scenarios.eager_fixed_plan", fixed_inputs={"x": 5})


@eager
async def simple(x: int) -> int:
    out = await add_one(x=x)
    return await double(x=out)


@eager
async def decides(x: int) -> int:
    if await add_one(x=x) > 10:
        return await double(x=x)
    return -1


@eager
async def gathers(count: int) -> list[int]:
    return await asyncio.gather(*[add_one(x=x) for x in range(count)])


@eager
async def gathers_that_meet(folder: str) -> int:
    found = await asyncio.gather(*[met(folder=folder, count=3) for _ in range(3)])
    return sum(found)


@eager
async def starts_at_once(folder: str) -> int:
    first = met(folder=folder, count=2)
    second = met(folder=folder, count=2)
    return await second + await first


@eager
async def creates_tasks(folder: str) -> int:
    first = asyncio.create_task(met(folder=folder, count=2))
    second = asyncio.create_task(met(folder=folder, count=2))
    return await first + await second


@eager
async def waits_for_the_first(folder: str) -> list[str]:
    slow = asyncio.create_task(waits(folder=folder))
    quick = asyncio.create_task(marked(folder=folder, name="quick"))
    done, pending = await asyncio.wait([slow, quick], return_when=asyncio.FIRST_COMPLETED)
    assert done == {quick}
    for each in pending:
        each.cancel()
    await asyncio.wait(pending)
    return [str(slow.cancelled()), quick.result()]


@eager
async def as_completed(folder: str) -> list[int]:
    return sorted([await each for each in asyncio.as_completed([add_one(x=x) for x in range(4)])])


@eager
async def in_a_group(folder: str) -> int:
    async with asyncio.TaskGroup() as group:
        first = group.create_task(met(folder=folder, count=2))
        second = group.create_task(met(folder=folder, count=2))
    return first.result() + second.result()


@eager
async def failing_group(folder: str) -> str:
    found = "nothing"
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(waits(folder=folder))
            group.create_task(fails(x=1))
    except* ValueError as caught:
        found = repr(caught.exceptions[0].args)
    return found


@eager
async def times_out(folder: str) -> str:
    try:
        async with asyncio.timeout(0.05):
            await waits(folder=folder)
    except TimeoutError:
        return "too late"
    return "in time"


@eager
async def waits_for_some_time(folder: str) -> str:
    try:
        await asyncio.wait_for(waits(folder=folder), 0.05)
    except TimeoutError:
        return "too late"
    return "in time"


@eager
async def cancels(folder: str) -> str:
    call = asyncio.create_task(waits(folder=folder))
    await asyncio.to_thread(wait_for, folder, "began")
    call.cancel()
    try:
        await call
    except asyncio.CancelledError:
        return "cancelled"
    return "not cancelled"


@eager
async def nested(x: int) -> int:
    one, two = await asyncio.gather(simple(x=x), simple(x=x + 1))
    return one + two


@eager
async def deep(levels: int) -> int:
    if not levels:
        return await add_one(x=0)
    return await deep(levels=levels - 1) + 1


@eager
async def calls_a_workflow(x: int) -> int:
    return await add_and_double(x=x) + await add_one(x=0)


@eager
async def calls_a_dynamic(x: int) -> int:
    return await repeated(x=x, times=3)


@eager
async def calls_a_map(xs: list[int]) -> list[int]:
    doubled = await map_task(double)(x=xs)
    return [each + 1 for each in doubled]


@eager
async def calls_a_map_with_bound(xs: list[int]) -> list[Pair]:
    return await map_task(functools.partial(pair, one=1))(two=xs)


@eager
async def calls_plans() -> list[int]:
    return await asyncio.gather(plan(), plan(x=1), fixed_plan())


@eager
async def calls_an_async_task(x: int) -> int:
    return await async_double(x=x)


@eager
async def calls_by_aio(x: int) -> int:
    one, two = await asyncio.gather(add_one.aio(x=x), add_and_double.aio(x=x))
    return one + two + await plan.aio(x=0)


@eager
async def without_outputs(folder: str) -> None:
    await nothing(folder=folder)
    result = await nothing(folder=folder)
    assert result is None


@eager
async def several_outputs(x: int) -> list[str]:
    number, text = await both(x=x)
    named = await both(x=x + 1)
    return [str(number), text, str(named.o0), named[1]]


@eager
async def converts(x: int) -> float:
    return await halved(x=x)


@eager
async def passes_dataclasses(one: int) -> Pair:
    made = await pair(one=one, two=2)
    return await pair(one=made.two, two=made.one)


@eager
async def isolated() -> list[list[int]]:
    values = [1]
    changed = await appended(values=values)
    again = await appended(values=changed)
    return [values, changed, again]


@eager
async def passes_files(text: str) -> str:
    file = await written(text=text)
    return await read(file=file)


@eager
async def gives_a_file(text: str) -> FlyteFile:
    return await written(text=text)


@eager
async def large(count: int) -> int:
    values = await many(count=count)
    return await total(values=values)


@eager
async def awaits_twice(x: int) -> int:
    call = add_one(x=x)
    return await call + await call


@eager
async def catches_eager_exception(x: int) -> str:
    try:
        await fails(x=x)
    except EagerException as error:
        return f"{type(error).__name__}: {error}"
    return "nothing"


@eager
async def catches_its_own_type(x: int) -> str:
    try:
        await fails(x=x)
    except ValueError as error:
        assert isinstance(error, EagerException)
        assert type(error.__cause__) is ValueError
        return f"{error.args[0]}"
    return "nothing"


@eager
async def catches_a_users_own(x: int) -> str:
    try:
        await rejects(x=x)
    except Rejected as error:
        assert isinstance(error, EagerException)
        return f"{error.code} {error.reason} {error}"
    return "nothing"


@eager
async def catches_of_a_workflow(x: int) -> str:
    try:
        await calls_fails(x=x)
    except ValueError as error:
        return str(error)
    return "nothing"


@workflow
def calls_fails(x: int) -> int:
    return add_one(x=fails(x=x))


@eager
async def catches_of_nested(x: int) -> str:
    try:
        await lets_through(x=x)
    except ValueError as error:
        assert isinstance(error, EagerException)
        return str(error)
    return "nothing"


@eager
async def lets_through(x: int) -> int:
    return await fails(x=x)


@eager
async def raises_itself(x: int) -> int:
    await add_one(x=x)
    raise KeyError("mine")


@eager
async def goes_on_after_a_failure(folder: str) -> list[str]:
    found = await asyncio.gather(fails(x=1), marked(folder=folder, name="a"), return_exceptions=True)
    return [type(found[0]).__name__, found[1], await marked(folder=folder, name="b")]


@eager
async def retried_call(folder: str) -> int:
    return await third_time(folder=folder)


@eager
async def exhausted_call(folder: str) -> str:
    try:
        await exhausted(folder=folder)
    except FlyteRecoverableException as error:
        return str(error)
    return "nothing"


@eager
async def catches_refused_calls(folder: str) -> list[str]:
    found = []
    calls: list[Any] = [
        lambda: add_one(x="a"),
        lambda: add_one(1),
        lambda: add_one(),  # type: ignore[call-arg]
        lambda: add_one(x=1, y=2),  # type: ignore[call-arg]
        lambda: fixed_plan(x=1),
    ]
    for call in calls:
        try:
            call()
        except (ConversionError, CallError) as error:
            found.append(str(error))
    return found


@eager
async def calls_what_does_not_fit(x: int) -> str:
    try:
        await unfit(x=x)
    except WorkflowError as error:
        return str(error).partition("\n")[0]
    return "nothing"


@eager
async def uses_a_call_as_value(x: int) -> list[str]:
    call: Any = add_one(x=x)
    found = []
    for use in (lambda: call + 1, lambda: bool(call), lambda: f"{call}", lambda: add_one(x=call), lambda: call.o0):
        try:
            use()
        except CallError as error:
            found.append(str(error))
    await call
    return found


@eager
async def forgets_a_call(folder: str) -> int:
    waits(folder=folder)
    await asyncio.to_thread(wait_for, folder, "began")
    return 1


@eager
async def wrong_result(x: int) -> int:
    await add_one(x=x)
    return "x"  # type: ignore[return-value]


@eager
async def no_calls(x: int) -> int:
    await asyncio.sleep(0)
    return x + 1


@eager
async def counts(times: int) -> int:
    x = 0
    for _ in range(times):
        x = await add_one(x=x)
    return x


@eager
async def ids() -> list[str]:
    return [current_context().node_id, await node_id(), await node_id(), current_context().node_id]


@eager(retries=2)
async def tried_again(folder: str) -> int:
    if mark(folder, "body") < 3:
        raise FlyteRecoverableException("again")
    return await add_one(x=current_context().attempt_number)


@eager
async def prints_a_call(x: int) -> str:
    call = add_one(x=x)
    before = repr(call)
    await call
    return f"{before} {call!r}"


@workflow
def eager_in_a_workflow(x: int) -> int:
    return add_one(x=simple(x=add_one(x=x)))


@workflow
def eagers_side_by_side(folder: str) -> int:
    return total(values=[one_meets(folder=folder), one_meets(folder=folder)])


@eager
async def one_meets(folder: str) -> int:
    return await met(folder=folder, count=2)


@dynamic
def eager_in_a_dynamic(x: int) -> int:
    return total(values=[simple(x=each) for each in range(x)])


@workflow
def failing_beside(folder: str) -> tuple[int, int]:
    return one_waits(folder=folder), fails_once_it_began(folder=folder)


@eager
async def one_waits(folder: str) -> int:
    return await waits(folder=folder)


@task
def fails_once_it_began(folder: str) -> int:
    wait_for(folder, "began")
    raise ValueError("beside")


@task
def exits_once(folder: str) -> int:
    if mark(folder, "exits") == 1:
        raise SystemExit(1)
    return 1


@eager
async def calls_what_exits(folder: str) -> int:
    return await exits_once(folder=folder)


@eager(retries=2)
async def lets_a_recoverable_through(folder: str) -> int:
    mark(folder, "body")
    return await exhausted(folder=folder)


@eager
async def catches_of_a_map(xs: list[int]) -> str:
    try:
        await map_task(fails)(x=xs)
    except ValueError as error:
        return str(error)
    return "nothing"


@eager
async def calls_beside_others(folder: str) -> list[str]:
    async def one(name: str) -> str:
        await asyncio.sleep(0)
        return await marked(folder=folder, name=name)

    return sorted(await asyncio.gather(*[one(name) for name in ("a", "b", "c")]))


@eager
async def cancels_itself(folder: str) -> int:
    call = asyncio.create_task(waits(folder=folder))
    await asyncio.to_thread(wait_for, folder, "began")
    call.cancel()
    return await call


@eager
async def shields(folder: str) -> list[str]:
    call = asyncio.ensure_future(marked(folder=folder, name="shielded"))
    try:
        await asyncio.wait_for(asyncio.shield(call), 0)
    except TimeoutError:
        return ["timeout", await call]
    return ["in time", await call]


@eager
async def with_defaults(x: int = 4, y: int | None = None) -> int:
    return await add_one(x=x if y is None else y)


# --- the table --------------------------------------------------------------------------------------------------------


def _file(done: Done) -> None:
    assert Path(done.result).read_text() == "hello"


def _one_cancelled(done: Done) -> None:
    (node,) = done.nodes("waits")
    assert node.phase is Phase.ABORTED
    assert node.error is not None
    assert node.error.code == "NodeAborted"


def _plan_executions(done: Done) -> None:
    plans = [node.execution for node in done.run.nodes if node.kind == "launch plan"]
    assert len({*plans, done.run.id}) == 4


def _eager_code(name: str, message: str) -> Fails:
    """What leaves an eager task because one of its calls failed: an error of the system, as the engine has it."""
    return Fails(ValueError, message, "SYSTEM", Origin.SYSTEM, exact=False)


_FORGOTTEN: Final = ("`waits` was called in the eager task `forgets_a_call` and not awaited: it was cancelled",)
_NOT_AWAITED: Final = (
    "the call of `add_one` has not been awaited, so its result is not there: write `await add_one(...)`"
)

SCENARIOS: Final = (
    Scenario(
        "an eager task",
        simple,
        {"x": 5},
        gives=12,
        ends={"add_one": ["succeeded"], "double": ["succeeded"], "simple": ["succeeded"]},
    ),
    Scenario("an eager task decides", decides, {"x": 10}, gives=20),
    Scenario("an eager task decides otherwise", decides, {"x": 1}, gives=-1, ends={"double": []}),
    Scenario("an eager task without calls", no_calls, {"x": 1}, gives=2),
    Scenario("calls one after the other", counts, {"times": 50}, gives=50),
    Scenario("gather", gathers, {"count": 20}, gives=list(range(1, 21))),
    Scenario(
        "gather of five hundred calls", gathers, {"count": 500}, gives=list(range(1, 501)), at_most={"add_one": 32}
    ),
    Scenario("calls in gather overlap", gathers_that_meet, gives=9),
    Scenario("a call starts before it is awaited", starts_at_once, gives=4),
    Scenario("create_task", creates_tasks, gives=4),
    Scenario("wait for the first", waits_for_the_first, gives=["True", "quick"], check=_one_cancelled),
    Scenario("as_completed", as_completed, gives=[1, 2, 3, 4]),
    Scenario("a TaskGroup", in_a_group, gives=4),
    Scenario("a TaskGroup that fails stops the others", failing_group, gives="('1 is wrong',)", check=_one_cancelled),
    Scenario("asyncio.timeout", times_out, gives="too late", check=_one_cancelled),
    Scenario("asyncio.wait_for", waits_for_some_time, gives="too late", check=_one_cancelled),
    Scenario("a call is cancelled", cancels, gives="cancelled", check=_one_cancelled, marks={"began": 1}),
    Scenario("an eager task in an eager task", nested, {"x": 1}, gives=10, ends={"simple": ["succeeded"] * 2}),
    Scenario("an eager task that calls itself", deep, {"levels": 10}, gives=11),
    Scenario(
        "a workflow in an eager task", calls_a_workflow, {"x": 1}, gives=5, ends={"add_and_double": ["succeeded"]}
    ),
    Scenario("a dynamic in an eager task", calls_a_dynamic, {"x": 1}, gives=4, ends={"add_one": ["succeeded"] * 3}),
    Scenario(
        "a map in an eager task", calls_a_map, {"xs": [1, 2]}, gives=[3, 5], ends={"map of double": ["succeeded"]}
    ),
    Scenario("a map with a bound input in an eager task", calls_a_map_with_bound, {"xs": [5]}, gives=[Pair(1, 5)]),
    Scenario("launch plans in an eager task", calls_plans, gives=[12, 4, 12], check=_plan_executions),
    Scenario("an async task in an eager task", calls_an_async_task, {"x": 2}, gives=4),
    Scenario("calls by `aio`", calls_by_aio, {"x": 1}, gives=8),
    Scenario("a call without outputs", without_outputs, gives=None, marks={"nothing": 2}),
    Scenario("a call with two outputs", several_outputs, {"x": 1}, gives=["1", "1", "2", "2"]),
    Scenario("arguments of calls are converted", converts, {"x": 3}, gives=1.5),
    Scenario("dataclasses in an eager task", passes_dataclasses, {"one": 1}, gives=Pair(2, 1)),
    Scenario("calls do not change their arguments", isolated, gives=[[1], [1, 9], [1, 9, 9]]),
    Scenario("files in an eager task", passes_files, {"text": "hello"}, gives="hello"),
    Scenario("an eager task gives a file", gives_a_file, {"text": "hello"}, gives=ANYTHING, check=_file),
    Scenario("a large result in an eager task", large, {"count": 100_000}, gives=4_999_950_000),
    Scenario("a call that is awaited twice", awaits_twice, {"x": 1}, gives=4, ends={"add_one": ["succeeded"]}),
    Scenario("a failure as an EagerException", catches_eager_exception, {"x": 1}, gives="ValueError: 1 is wrong"),
    Scenario("a failure as what it is", catches_its_own_type, {"x": 1}, gives="1 is wrong", ends={"fails": ["failed"]}),
    Scenario("a failure of a class of the user's", catches_a_users_own, {"x": 7}, gives="7 full 7: full"),
    Scenario(
        "a failure in a workflow", catches_of_a_workflow, {"x": 1}, gives="1 is wrong", ends={"calls_fails": ["failed"]}
    ),
    Scenario("a failure in an eager task inside", catches_of_nested, {"x": 1}, gives="1 is wrong"),
    Scenario(
        "a failure that an eager task lets through",
        lets_through,
        {"x": 1},
        fails=_eager_code("fails", "1 is wrong"),
        ends={"lets_through": ["failed"], "fails": ["failed"]},
    ),
    Scenario("an exception of the eager task itself", raises_itself, {"x": 1}, fails=Fails(KeyError, "'mine'")),
    Scenario(
        "an eager task goes on after a failure",
        goes_on_after_a_failure,
        gives=["ValueError", "a", "b"],
        marks={"a": 1, "b": 1},
    ),
    Scenario("a call is tried again", retried_call, gives=3, attempts={"third_time": [3], "retried_call": [1]}),
    Scenario("a call that has used up its attempts", exhausted_call, gives="2", attempts={"exhausted": [2]}),
    Scenario(
        "calls that are refused",
        catches_refused_calls,
        gives=[
            "`add_one`: expected `int`, got `str` 'a' - at `x`",
            "`add_one` takes keywords: call it as `add_one(x=1)`",
            "`add_one` needs `x`. It is add_one(x: int) -> int",
            "`add_one` has no input `y`. It is add_one(x: int) -> int",
            "`scenarios.eager_fixed_plan` has fixed its input `x`. It is scenarios.eager_fixed_plan() -> int",
        ],
        ends={"add_one": []},
    ),
    Scenario(
        "a workflow that does not fit together, in an eager task",
        calls_what_does_not_fit,
        {"x": 1},
        gives="workflow `unfit` has one problem; no task has run",
        ends={"add_one": []},
    ),
    Scenario(
        "a call is no value",
        uses_a_call_as_value,
        {"x": 1},
        gives=[
            _NOT_AWAITED,
            _NOT_AWAITED,
            _NOT_AWAITED,
            "`add_one` got a call of `add_one` as its `x`: await it first, `x=await add_one(...)`",
            _NOT_AWAITED,
        ],
    ),
    Scenario("a call that nobody awaits", forgets_a_call, gives=1, check=_one_cancelled, warns=_FORGOTTEN),
    Scenario(
        "a wrong result of an eager task",
        wrong_result,
        {"x": 1},
        fails=Fails(
            ConversionError, "`wrong_result`: expected `int`, got `str` 'x' - at `o0`", "SYSTEM", Origin.SYSTEM
        ),
    ),
    Scenario(
        "the repr of a call", prints_a_call, {"x": 1}, gives="<call of add_one, not done> <call of add_one, done>"
    ),
    Scenario("ids of calls", ids, gives=["n0", "n0-0-n0", "n0-0-n1", "n0"]),
    Scenario(
        "an eager task is tried again",
        tried_again,
        gives=3,
        marks={"body": 3},
        attempts={"tried_again": [3], "add_one": [1]},
    ),
    Scenario("a call that exits is tried again", calls_what_exits, gives=1, attempts={"exits_once": [2]}),
    Scenario(
        "an eager task is not tried again for what one of its calls has failed with",
        lets_a_recoverable_through,
        fails=Fails(FlyteRecoverableException, "2", "SYSTEM", Origin.SYSTEM, exact=False),
        marks={"body": 1, "exhausted": 2},
    ),
    Scenario("a failure in a map, in an eager task", catches_of_a_map, {"xs": [1]}, gives="1 is wrong"),
    Scenario("calls in coroutines of an eager task", calls_beside_others, gives=["a", "b", "c"]),
    Scenario(
        "a cancellation that an eager task lets through",
        cancels_itself,
        fails=Fails(TaskCancelledError, "the task let `CancelledError` through, though nobody has stopped it"),
        ends={"cancels_itself": ["failed"], "waits": ["aborted"]},
    ),
    Scenario("asyncio.shield", shields, gives=["timeout", "shielded"], ends={"marked": ["succeeded"]}),
    Scenario("defaults of an eager task", with_defaults, gives=5),
    Scenario("an eager task in a workflow", eager_in_a_workflow, {"x": 1}, gives=7),
    Scenario("eager tasks overlap", eagers_side_by_side, gives=4),
    Scenario("eager tasks in a dynamic", eager_in_a_dynamic, {"x": 3}, gives=2 + 4 + 6),
    Scenario(
        "a failure beside it stops an eager task and its calls",
        failing_beside,
        fails=Fails(ValueError, "beside"),
        ends={"one_waits": ["aborted"], "waits": ["aborted"]},
    ),
)
