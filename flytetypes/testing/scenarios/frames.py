# ruff: noqa: S101 - the asserts are what this is for
"""Scenarios: data frames, which lie in the store. They need pandas; the table has them where that is installed."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

from flytetypes import ConversionError, StructuredDataset, dynamic, eager, kwtypes, map_task, task, workflow
from flytetypes._lazy import require
from flytetypes.executors import Origin
from flytetypes.testing._scenarios import ANYTHING, Done, Fails, Scenario

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = require("pandas", extra="frames", purpose="the scenarios of data frames")

Columns = Annotated[pd.DataFrame, kwtypes(n=int, name=str)]


@dataclass
class Report:
    """Has a dataset in it."""

    title: str
    data: StructuredDataset


@task
def frame(count: int) -> pd.DataFrame:
    return pd.DataFrame({"n": range(count), "name": [f"row {n}" for n in range(count)]})


@task
def grown(data: pd.DataFrame) -> pd.DataFrame:
    data["n"] = data["n"] + 1
    return data


@task
def total(data: pd.DataFrame) -> int:
    return int(data["n"].sum())


@task
def with_columns(count: int) -> Columns:
    return pd.DataFrame({"n": range(count), "name": ["a"] * count})


@task
def wrong_columns(count: int) -> Columns:
    return pd.DataFrame({"n": ["x"] * count, "name": ["a"] * count})


@task
def dataset(count: int) -> StructuredDataset:
    return StructuredDataset(dataframe=pd.DataFrame({"n": range(count)}))


@task
def opened(data: StructuredDataset) -> int:
    return int(data.open(pd.DataFrame).all()["n"].sum())


@task
def report(count: int) -> Report:
    return Report("numbers", StructuredDataset(dataframe=pd.DataFrame({"n": range(count)})))


@task
def read_report(report: Report) -> str:
    return f"{report.title} {report.data.open(pd.DataFrame).all()['n'].sum()}"


@workflow
def frame_and_total(count: int) -> tuple[pd.DataFrame, int]:
    made = frame(count=count)
    return made, total(data=made)


@workflow
def frames_are_copies(count: int) -> tuple[int, int]:
    made = frame(count=count)
    return total(data=grown(data=made)), total(data=made)


@workflow
def columns_and_total(count: int) -> int:
    return total(data=with_columns(count=count))


@workflow
def dataset_and_total(count: int) -> int:
    return opened(data=dataset(count=count))


@workflow
def frame_as_dataset(count: int) -> int:
    return opened(data=frame(count=count))


@workflow
def dataset_in_a_dataclass(count: int) -> str:
    return read_report(report=report(count=count))


@workflow
def mapped(counts: list[int]) -> list[int]:
    return map_task(total)(data=map_task(frame)(count=counts))


@dynamic
def in_a_dynamic(data: pd.DataFrame) -> int:
    assert len(data) == 3
    return total(data=grown(data=data))


@workflow
def to_a_dynamic(count: int) -> int:
    return in_a_dynamic(data=frame(count=count))


@eager
async def in_an_eager(count: int) -> int:
    data = await frame.aio(count=count)
    data["n"] = 1
    return await total.aio(data=data)


def _frame(done: Done) -> None:
    data, count = done.result
    assert (list(data["n"]), list(data["name"]), count) == ([0, 1, 2], ["row 0", "row 1", "row 2"], 3)


_GIVEN: Final[Any] = OrderedDict(n=[1, 2, 3])

SCENARIOS: Final = (
    Scenario("a data frame", frame_and_total, {"count": 3}, gives=ANYTHING, check=_frame),
    Scenario("a data frame of the caller's", total, {"data": pd.DataFrame(_GIVEN)}, gives=6),
    Scenario("a data frame that a task changes is a copy", frames_are_copies, {"count": 3}, gives=(6, 3)),
    Scenario("a data frame with declared columns", columns_and_total, {"count": 3}, gives=3),
    Scenario(
        "a data frame with a wrong column",
        wrong_columns,
        {"count": 3},
        fails=Fails(
            ConversionError,
            re.compile(r"`wrong_columns`: expected a `DataFrame` with the column `n` as `int`, got .* - at `o0`"),
            "SYSTEM",
            Origin.SYSTEM,
        ),
    ),
    Scenario("a StructuredDataset", dataset_and_total, {"count": 4}, gives=6),
    Scenario("a data frame for a StructuredDataset", frame_as_dataset, {"count": 4}, gives=6),
    Scenario("a StructuredDataset in a dataclass", dataset_in_a_dataclass, {"count": 4}, gives="numbers 6"),
    Scenario("a map of data frames", mapped, {"counts": [1, 2, 3]}, gives=[0, 1, 3]),
    Scenario("a data frame in a dynamic", to_a_dynamic, {"count": 3}, gives=6),
    Scenario("a data frame in an eager task", in_an_eager, {"count": 5}, gives=5),
)
