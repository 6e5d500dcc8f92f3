# ruff: noqa: ARG001, S101 - tasks take what they are given, and the asserts are what this is for
"""Scenarios: what a task knows of where it runs, and what it keeps for its next attempt."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from flytetypes import (
    FlyteRecoverableException,
    SecretNotFound,
    TaskCancelledError,
    TaskInterruptedError,
    create_node,
    current_context,
    map_task,
    node_of,
    task,
    workflow,
)
from flytetypes.testing._marks import mark, meet
from flytetypes.testing._scenarios import ANYTHING, Done, Fails, Scenario


@task
def execution() -> list[str]:
    where = current_context()
    each = where.execution_id
    return [each.project, each.domain, each.name, where.node_id, where.task_name.rpartition(".")[2]]


@task
def began_at() -> datetime:
    return current_context().execution_date


@task(retries=2)
def attempts(folder: str) -> list[int]:
    number = current_context().attempt_number
    if mark(folder, f"attempt {number}") and number < 2:
        raise FlyteRecoverableException("again")
    return [number]


@task
def directory(name: str) -> list[str]:
    root = Path(current_context().working_directory)
    found = [str(root), str(root == Path(current_context().working_directory)), str(list(root.iterdir()))]
    (root / name).write_text(name)
    return found


@workflow
def directories() -> tuple[list[str], list[str]]:
    return directory(name="a"), directory(name="a")


@task
def failing_directory(folder: str) -> int:
    root = current_context().working_directory
    Path(folder, "where").write_text(root)
    raise ValueError(root[:1])


@task
def secret(group: str, key: str) -> str:
    return current_context().secrets.get(group, key)


@task
def variable(name: str) -> str:
    return os.environ.get(name, "none")


@task
async def async_context() -> list[str]:
    where = current_context()
    await asyncio.sleep(0)
    return [where.node_id, current_context().node_id]


@task
async def async_add(a: int, b: int) -> int:
    await asyncio.sleep(0)
    return a + b


@task
async def async_raises(n: int) -> int:
    await asyncio.sleep(0)
    raise ValueError(f"no {n}")


@task(retries=2)
async def async_third_time(folder: str) -> int:
    count = mark(folder, "async")
    if count < 3:
        raise FlyteRecoverableException(str(count))
    return count


@task
async def async_met(folder: str) -> str:
    await asyncio.to_thread(meet, folder, "async", 3)
    return "met"


@task
async def async_gathers(n: int) -> int:
    async def one(k: int) -> int:
        await asyncio.sleep(0)
        return k

    return sum(await asyncio.gather(*[one(k) for k in range(n)]))


@task
async def async_exits() -> None:
    raise SystemExit(2)


@task
async def async_cancelled(n: int) -> int:
    sleeping = asyncio.create_task(asyncio.sleep(10))
    await asyncio.sleep(0)
    sleeping.cancel()
    await sleeping
    return n


@workflow
def async_in_a_workflow(n: int) -> int:
    return async_add(a=async_add(a=n, b=1), b=n)


@workflow
def async_ones_meet(folder: str) -> list[str]:
    return [async_met(folder=folder) for _ in range(3)]


@workflow
def async_in_a_map(xs: list[int]) -> list[int]:
    return map_task(async_add)(a=xs, b=xs)


# --- checkpoints ------------------------------------------------------------------------------------------------------


@task(retries=3)
def counts_on(folder: str) -> list[int]:
    checkpoint = current_context().checkpoint
    before = checkpoint.read()
    done = [] if before is None else [*before]
    done.append(mark(folder, "attempts"))
    checkpoint.write(bytes(done))
    if len(done) < 3:
        raise FlyteRecoverableException("on")
    return done


@task
def first_checkpoint() -> list[str]:
    checkpoint = current_context().checkpoint
    target = Path(current_context().working_directory, "restored")
    return [repr(checkpoint.read()), repr(checkpoint.restore(target)), str(target.exists())]


@task(retries=1)
def saves_a_directory(folder: str) -> list[str]:
    where = current_context()
    root = Path(where.working_directory)
    if where.attempt_number == 0:
        (root / "state" / "deep").mkdir(parents=True)
        (root / "state" / "a.txt").write_text("A")
        (root / "state" / "deep" / "b.txt").write_text("B")
        where.checkpoint.save(root / "state")
        raise FlyteRecoverableException("on")
    restored = where.checkpoint.restore(root / "back")
    assert restored is not None
    return sorted(f"{path.relative_to(restored)}={path.read_text()}" for path in restored.rglob("*.txt"))


@task(retries=1)
def saves_a_file(folder: str) -> str:
    where = current_context()
    if where.attempt_number == 0:
        path = Path(where.working_directory, "model.bin")
        path.write_bytes(b"weights")
        where.checkpoint.save(path)
        raise FlyteRecoverableException("on")
    return (where.checkpoint.read() or b"").decode()


@task(retries=2)
def keeps_nothing_second(folder: str) -> str:
    where = current_context()
    if where.attempt_number == 0:
        where.checkpoint.write(b"first")
    if where.attempt_number < 2:
        raise FlyteRecoverableException("on")
    return repr(where.checkpoint.read())


@workflow
def checkpoints_are_apart(folder: str) -> tuple[list[str], list[str]]:
    first = counts_on(folder=folder)
    later = create_node(first_checkpoint)
    node_of(first) >> later
    return first_checkpoint(), later.o0


@task
def exits_then_reads(folder: str) -> str:
    where = current_context()
    if mark(folder, "exits") == 1:
        where.checkpoint.write(b"kept")
        raise SystemExit(1)
    return (where.checkpoint.read() or b"nothing").decode()


# --- overrides --------------------------------------------------------------------------------------------------------


@task
def node_id() -> str:
    return current_context().node_id


@task
def is_interruptible() -> bool:
    return current_context().attempt.interruptible


@task(interruptible=True)
def says_interruptible() -> bool:
    return current_context().attempt.interruptible


@task(interruptible=False)
def says_not_interruptible() -> bool:
    return current_context().attempt.interruptible


@workflow
def with_names() -> tuple[str, str]:
    first = create_node(node_id).with_overrides(node_name="My_Node")
    second = create_node(node_id).with_overrides(name="shown to people")
    return first.o0, second.o0


@workflow
def interruptible_by_override() -> tuple[bool, bool, bool]:
    return (
        node_of(is_interruptible()).with_overrides(interruptible=True).o0,
        node_of(says_interruptible()).with_overrides(interruptible=False).o0,
        says_interruptible(),
    )


@workflow(interruptible=True)
def interruptible_by_workflow() -> tuple[bool, bool]:
    return is_interruptible(), says_not_interruptible()


@workflow
def override_of_a_subworkflow() -> str:
    return create_node(ids_of).with_overrides(node_name="inside").o0  # type: ignore[no-any-return]


@workflow
def ids_of() -> str:
    return node_id()


# --- the table --------------------------------------------------------------------------------------------------------


def _execution(done: Done) -> None:
    assert done.result == ["flytesnacks", "development", done.run.id, "n0", "execution"]


def _other_project(done: Done) -> None:
    assert done.result[:2] == ["mine", "staging"]


def _began(done: Done) -> None:
    assert done.result == datetime.fromtimestamp(done.run.started, UTC)


def _directories(done: Done) -> None:
    (one, same, content), (other, _, other_content) = done.result
    assert (same, content, other_content) == ("True", "[]", "[]")
    assert one != other
    assert not Path(one).exists()
    assert not Path(other).exists()


def _failed_directory(done: Done) -> None:
    assert not Path((done.folder / "where").read_text()).exists()


def _names(done: Done) -> None:
    assert tuple(done.result) == ("my-node", "n1")
    assert done.node("n1").name == "shown to people"


SCENARIOS: Final = (
    Scenario("the execution of a task", execution, gives=ANYTHING, check=_execution),
    Scenario(
        "project and domain of a run",
        execution,
        options={"project": "mine", "domain": "staging"},
        gives=ANYTHING,
        check=_other_project,
    ),
    Scenario("when the run began", began_at, gives=ANYTHING, check=_began),
    Scenario("the number of an attempt", attempts, gives=[2], marks={"attempt 0": 1, "attempt 1": 1, "attempt 2": 1}),
    Scenario("each attempt has a directory, which goes with it", directories, gives=ANYTHING, check=_directories),
    Scenario(
        "the directory of a task that fails goes too",
        failing_directory,
        fails=Fails(ValueError, "/"),
        check=_failed_directory,
    ),
    Scenario(
        "a secret in the environment",
        secret,
        {"group": "scenario", "key": "password"},
        environment={"_FSEC_SCENARIO_PASSWORD": "hidden"},
        gives="hidden",
    ),
    Scenario(
        "a secret that there is not",
        secret,
        {"group": "scenario", "key": "missing"},
        fails=Fails(
            SecretNotFound,
            "there is no secret `scenario/missing`: set the environment variable _FSEC_SCENARIO_MISSING, "
            "or write /etc/secrets/scenario/missing",
        ),
    ),
    Scenario(
        "a variable of this process",
        variable,
        {"name": "SCENARIO_VARIABLE"},
        environment={"SCENARIO_VARIABLE": "1"},
        gives="1",
    ),
    Scenario("a variable that is gone", variable, {"name": "SCENARIO_VARIABLE"}, gives="none"),
    Scenario("an async task", async_add, {"a": 1, "b": 2}, gives=3),
    Scenario("async tasks in a workflow", async_in_a_workflow, {"n": 1}, gives=3),
    Scenario("an async task in a map", async_in_a_map, {"xs": [1, 2]}, gives=[2, 4]),
    Scenario("an async task that raises", async_raises, {"n": 1}, fails=Fails(ValueError, "no 1")),
    Scenario("an async task that is tried again", async_third_time, gives=3, attempts={"async_third_time": [3]}),
    Scenario("async tasks overlap", async_ones_meet, gives=["met"] * 3),
    Scenario("an async task that awaits others", async_gathers, {"n": 5}, gives=10),
    Scenario(
        "an async task that exits",
        async_exits,
        fails=Fails(
            TaskInterruptedError, "the task ended its process by `sys.exit(2)`", "RetriesExhausted|Interrupted"
        ),
        attempts={"async_exits": [4]},
    ),
    Scenario(
        "a cancellation that an async task lets through",
        async_cancelled,
        {"n": 1},
        fails=Fails(TaskCancelledError, "the task let `CancelledError` through, though nobody has stopped it"),
        attempts={"async_cancelled": [1]},
    ),
    Scenario("the context of an async task", async_context, gives=["n0", "n0"]),
    Scenario("a checkpoint of the attempt before", counts_on, gives=[1, 2, 3], attempts={"counts_on": [3]}),
    Scenario("there is no checkpoint at first", first_checkpoint, gives=["None", "None", "False"]),
    Scenario("a directory as a checkpoint", saves_a_directory, gives=["a.txt=A", "deep/b.txt=B"]),
    Scenario("a file as a checkpoint", saves_a_file, gives="weights"),
    Scenario("a checkpoint is that of the attempt before, and no older one", keeps_nothing_second, gives="None"),
    Scenario(
        "a task does not see the checkpoints of another",
        checkpoints_are_apart,
        gives=(
            ["None", "None", "False"],
            ["None", "None", "False"],
        ),
    ),
    Scenario("a checkpoint outlives an attempt that exits", exits_then_reads, gives="kept"),
    Scenario("names by overrides", with_names, gives=ANYTHING, check=_names),
    Scenario("the id of a subworkflow by an override", override_of_a_subworkflow, gives="inside-0-n0"),
    Scenario("interruptible by a task", says_interruptible, gives=True),
    Scenario("not interruptible by default", is_interruptible, gives=False),
    Scenario(
        "interruptible by an override",
        interruptible_by_override,
        gives=(
            True,
            False,
            True,
        ),
    ),
    Scenario(
        "interruptible by a workflow",
        interruptible_by_workflow,
        gives=(
            True,
            False,
        ),
    ),
)
