"""Workflows that are typed into a notebook: under a running event loop, in cells, and again after a change."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from environments import ROOT, run

pytestmark = pytest.mark.interop


def outputs(*cells: str) -> list[str]:
    """What each cell printed."""
    sources = [textwrap.dedent(cell).strip() for cell in cells]
    script = Path(__file__).parent / "notebook_cells.py"
    found: list[str] = json.loads(
        run("notebook", script, stdin=json.dumps(sources), variables={"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": ""})
    )
    return [text.strip() for text in found]


def test_a_workflow_is_defined_and_run_in_cells_and_defined_again() -> None:
    found = outputs(
        """
        import asyncio
        import warnings
        from dataclasses import dataclass
        from flytetypes import LaunchPlan, current_context, dynamic, eager, map_task, run, task, workflow

        warnings.simplefilter("error", ResourceWarning)
        assert asyncio.get_running_loop().is_running()

        @dataclass
        class Item:
            name: str
            count: int

        @task
        def doubled(item: Item) -> Item:
            return Item(item.name, item.count * 2)

        @task
        async def counted(item: Item) -> int:
            await asyncio.sleep(0.001)
            return item.count
        """,
        """
        @workflow
        def double_and_count(item: Item) -> int:
            return counted(item=doubled(item=item))

        print(double_and_count(item=Item("bolt", 3)))
        """,
        """
        @dataclass
        class Item:
            name: str
            count: int
            colour: str = "red"

        @task
        def doubled(item: Item) -> Item:
            return Item(item.name, item.count * 3, item.colour.upper())

        print(doubled(item=Item("nut", 2)))
        """,
        """
        try:
            double_and_count(item=Item("bolt", 3))
        except TypeError as error:
            print(type(error).__name__, error)
        """,
        """
        @task
        async def counted(item: Item) -> int:
            return item.count

        @workflow
        def double_and_count(item: Item) -> int:
            return counted(item=doubled(item=item))

        print(double_and_count(item=Item("bolt", 3)))
        plan = LaunchPlan.get_or_create(double_and_count, name="plan", default_inputs={"item": Item("a", 1)})
        print(plan())
        """,
        """
        @task
        def add_one(x: int) -> int:
            return x + 1

        @eager
        async def spread(x: int) -> int:
            return sum(await asyncio.gather(*[add_one(x=i) for i in range(x)]))

        print(await spread(x=5))
        print(map_task(add_one)(x=[1, 2]))
        """,
        """
        @dynamic
        def grown(times: int) -> int:
            value = 0
            for _ in range(times):
                value = add_one(x=value)
            return value

        print(grown(times=4), await grown.aio(times=3))
        handle = run(spread, {"x": 3})
        print(await handle.result_async(), [node.kind for node in handle.nodes])
        """,
        """
        from flytetypes import ProcessExecutor

        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            print(run(add_one, {"x": 1}, executor=ProcessExecutor()).result())
        print(["runs in a thread of this process" in str(warning.message) for warning in caught])
        """,
        """
        import time

        @task(timeout=1)
        def slow(x: int) -> int:
            time.sleep(20)
            return x

        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                slow_run = run(slow, {"x": 1})
                slow_run.result()
            except TimeoutError as error:
                print(str(error).partition(".")[2], len(slow_run.abandoned))
        print(["cannot be stopped" in str(warning.message) for warning in caught])
        """,
    )
    assert found[:3] == ["", "6", "Item(name='nut', count=6, colour='RED')"]
    # What was defined before keeps the classes that it was defined with.
    assert found[3].startswith("ConversionError `double_and_count`: expected `Item`, got `Item` Item(name='bolt'")
    assert found[4:7] == ["9\n3", "15\n[2, 3]", "4 3\n6 ['eager', 'task', 'task', 'task']"]
    assert found[7] == "2\n[True]"
    assert found[8] == "slow` was stopped after 1 s, its timeout 1\n[True]"
