"""Tasks that hand frames and arrays to one another, in this process and in others."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from flytetypes import (
    FlyteFile,
    FlyteRecoverableException,
    StructuredDataset,
    dynamic,
    eager,
    kwtypes,
    map_task,
    task,
    workflow,
)

KEPT: list[Any] = []
"""What a task keeps of what it returned."""


def frame(rows: int = 3) -> pd.DataFrame:
    return pd.DataFrame({"x": np.arange(rows, dtype="float64"), "s": [str(row) for row in range(rows)]})


# --- producers --------------------------------------------------------------------------------------------------------


@task
def pandas_frame(rows: int) -> pd.DataFrame:
    KEPT.append(frame(rows))
    return KEPT[-1]


@task
def pandas_series(rows: int) -> pd.Series:
    return pd.Series(np.arange(rows), name="x")


@task
def arrow_table(rows: int) -> pa.Table:
    KEPT.append(np.arange(rows, dtype="float64"))
    return pa.table({"x": KEPT[-1]})  # shares memory with the array


@task
def polars_frame(rows: int) -> pl.DataFrame:
    KEPT.append(np.arange(rows, dtype="float64"))
    return pl.DataFrame({"x": KEPT[-1]})


@task
def array(rows: int) -> np.ndarray:
    KEPT.append(np.arange(rows, dtype="float64"))
    kept: np.ndarray = KEPT[-1]
    return kept


@task
def declared(rows: int) -> Annotated[pd.DataFrame, kwtypes(x=float)]:
    return frame(rows)


@task
def csv(rows: int) -> Annotated[pd.DataFrame, "csv"]:
    return frame(rows)


@task
def frames(rows: int) -> list[pd.DataFrame]:
    return [frame(rows), frame(rows + 1)]


@task
def named_frames(rows: int) -> dict[str, pl.DataFrame]:
    return {"a": pl.DataFrame({"x": range(rows)}), "b": pl.DataFrame({"x": range(rows + 1)})}


@dataclass
class Parts:
    name: str
    frame: pd.DataFrame
    array: np.ndarray


@dataclass
class Named:
    frame: pd.DataFrame
    dataset: StructuredDataset


@task
def parts(rows: int) -> Parts:
    return Parts("p", frame(rows), np.arange(rows))


@task
def mixed(rows: int) -> pd.DataFrame:
    return pd.DataFrame({"x": [1, "a", dt.date(2024, 1, 1)]})


@task
def python_objects(rows: int) -> np.ndarray:
    return np.array([object()] * rows)


@task
def two(rows: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    return frame(rows), pd.DataFrame({"x": [1, "a"]})


@task
def not_null(rows: int) -> pa.Table:
    return pa.table({"x": pa.array([None, 1])}, schema=pa.schema([pa.field("x", pa.int64(), nullable=False)]))


# --- consumers --------------------------------------------------------------------------------------------------------


@task
def rows_of_pandas(df: pd.DataFrame) -> int:
    return len(df)


@task
def change_pandas(df: pd.DataFrame) -> float:
    before = float(df["x"].sum())
    df.loc[0, "x"] = 100.0
    df["x"].to_numpy(copy=False)  # a look at it does no harm
    return before


@task
def change_series(series: pd.Series) -> int:
    before = int(series.sum())
    series.iloc[0] = 100
    return before


@task
def rows_of_arrow(table: pa.Table) -> int:
    return int(table.num_rows)


@task
def sum_of_arrow(table: pa.Table) -> float:
    return float(sum(table.column("x").to_pylist()))


@task
def change_polars(df: pl.DataFrame) -> float:
    before = float(df["x"].sum())
    df[0, "x"] = 100.0
    return before


@task
def change_array(values: np.ndarray) -> float:
    before = float(values.sum())
    values[0] = 100.0
    return before


@task
def spoil(after: float) -> float:
    """Change what the producers keep, in place."""
    for kept in KEPT:
        if isinstance(kept, pd.DataFrame):
            kept.iloc[0, 0] = 1000.0
        else:
            kept[0] = 1000.0
    return after


@task
def rows_of_dataset(dataset: StructuredDataset) -> int:
    return len(dataset.open(pd.DataFrame).all())


@task
def rows_of_declared(df: Annotated[pd.DataFrame, kwtypes(x=float)]) -> int:
    assert list(df.columns) == ["x"]
    return len(df)


@task
def bytes_of_file(file: FlyteFile) -> int:
    return os.stat(file).st_size  # noqa: PTH116 - it is no Path


@task
def part_of_file(values: Annotated[np.ndarray, kwtypes(mmap_mode="r")]) -> float:
    return float(values.sum())


@task
def rows_of_frames(dfs: list[pd.DataFrame]) -> int:
    return sum(map(len, dfs))


@task
def rows_of_named(dfs: dict[str, pl.DataFrame]) -> int:
    return sum(len(df) for df in dfs.values())


@task
def rows_of_parts(parts: Parts) -> int:
    return len(parts.frame) + len(parts.array)


@task
def rows_of_both(named: Named) -> int:
    return len(named.frame) + len(named.dataset.open(pd.DataFrame).all())


@task
async def rows_asynchronously(df: pd.DataFrame) -> pd.DataFrame:
    await asyncio.sleep(0)
    return df


@task(timeout=dt.timedelta(seconds=60))
def rows_in_time(df: pd.DataFrame) -> tuple[int, int]:
    return os.getpid(), len(df)


@task
def in_process(df: pd.DataFrame) -> tuple[int, pd.DataFrame]:
    return os.getpid(), df


@task
def larger(df: pd.DataFrame) -> pd.DataFrame:
    df["x"] += 1
    return df


@task(retries=2)
def at_second_try(df: pd.DataFrame) -> float:
    total = float(df["x"].sum())
    df.loc[0, "x"] = 50.0
    KEPT.append(total)
    if len(KEPT) % 2 == 0:
        raise FlyteRecoverableException("once")
    return total


# --- workflows --------------------------------------------------------------------------------------------------------


@workflow
def pandas_to_pandas(rows: int) -> tuple[float, float]:
    df = pandas_frame(rows=rows)
    first: Any = spoil(after=change_pandas(df=df))
    second = change_pandas(df=df)
    first >> second
    return first, second


@workflow
def arrow_to_arrow(rows: int) -> tuple[float, float]:
    table = arrow_table(rows=rows)
    first: Any = spoil(after=sum_of_arrow(table=table))
    second = sum_of_arrow(table=table)
    first >> second
    return first, second


@workflow
def polars_to_polars(rows: int) -> tuple[float, float]:
    df = polars_frame(rows=rows)
    first: Any = spoil(after=change_polars(df=df))
    second = change_polars(df=df)
    first >> second
    return first, second


@workflow
def array_to_array(rows: int) -> tuple[float, float]:
    values = array(rows=rows)
    first: Any = spoil(after=change_array(values=values))
    second = change_array(values=values)
    first >> second
    return first, second


@workflow
def series_to_series(rows: int) -> tuple[int, int]:
    series = pandas_series(rows=rows)
    first: Any = change_series(series=series)
    second = change_series(series=series)
    first >> second
    return first, second


@workflow
def pandas_to_arrow(rows: int) -> int:
    return rows_of_arrow(table=pandas_frame(rows=rows))


@workflow
def pandas_to_polars(rows: int) -> float:
    return change_polars(df=pandas_frame(rows=rows))


@workflow
def polars_to_pandas(rows: int) -> int:
    return rows_of_pandas(df=polars_frame(rows=rows))


@workflow
def declared_to_declared(rows: int) -> int:
    return rows_of_declared(df=declared(rows=rows))


@workflow
def pandas_to_declared(rows: int) -> int:
    return rows_of_declared(df=pandas_frame(rows=rows))


@workflow
def csv_to_pandas(rows: int) -> int:
    return rows_of_pandas(df=csv(rows=rows))


@workflow
def pandas_to_dataset(rows: int) -> int:
    return rows_of_dataset(dataset=pandas_frame(rows=rows))


@workflow
def array_to_file(rows: int) -> int:
    values: Any = array(rows=rows)
    return bytes_of_file(file=values)


@workflow
def array_to_part_of_file(rows: int) -> float:
    return part_of_file(values=array(rows=rows))


@workflow
def list_of_frames(rows: int) -> int:
    return rows_of_frames(dfs=frames(rows=rows))


@workflow
def list_of_promises(rows: int) -> int:
    df = pandas_frame(rows=rows)
    return rows_of_frames(dfs=[df, df, pandas_frame(rows=rows)])


@workflow
def dict_of_frames(rows: int) -> int:
    return rows_of_named(dfs=named_frames(rows=rows))


@workflow
def element_of_frames(rows: int) -> int:
    return rows_of_pandas(df=frames(rows=rows)[1])


@workflow
def dataclass_to_dataclass(rows: int) -> int:
    return rows_of_parts(parts=parts(rows=rows))


@workflow
def attribute_of_dataclass(rows: int) -> int:
    return rows_of_pandas(df=parts(rows=rows).frame)


@workflow
def dataclass_of_promises(rows: int) -> int:
    return rows_of_parts(parts=Parts("q", pandas_frame(rows=rows), array(rows=rows)))


@workflow
def frame_and_dataset(rows: int) -> int:
    df = pandas_frame(rows=rows)
    return rows_of_both(named=Named(df, df))


@workflow
def mapped(rows: int) -> list[int]:
    return map_task(rows_of_pandas)(df=frames(rows=rows))


@workflow
def through_async(rows: int) -> int:
    return rows_of_pandas(df=rows_asynchronously(df=pandas_frame(rows=rows)))


@workflow
def with_timeout(rows: int) -> tuple[int, int]:
    return rows_in_time(df=pandas_frame(rows=rows))


@workflow
def with_retries(rows: int) -> float:
    return at_second_try(df=pandas_frame(rows=rows))


@dynamic
def doubled(df: pd.DataFrame) -> pd.DataFrame:
    return larger(df=larger(df=df))


@workflow
def through_dynamic(rows: int) -> int:
    return rows_of_pandas(df=doubled(df=pandas_frame(rows=rows)))


@workflow
def inner(df: pd.DataFrame) -> pd.DataFrame:
    return larger(df=df)


@workflow
def outputs(rows: int) -> tuple[pd.DataFrame, np.ndarray]:
    return inner(df=pandas_frame(rows=rows)), array(rows=rows)


@workflow
def given(df: pd.DataFrame) -> pd.DataFrame:
    return larger(df=df)


@workflow
def dataset_of_frame(rows: int) -> StructuredDataset:
    df: Any = pandas_frame(rows=rows)
    dataset: StructuredDataset = df
    return dataset


@workflow
def to_process(rows: int) -> tuple[int, pd.DataFrame]:
    return in_process(df=pandas_frame(rows=rows))


@workflow
def fails_pandas(rows: int) -> int:
    return rows_of_pandas(df=mixed(rows=rows))


@workflow
def fails_array(rows: int) -> float:
    return change_array(values=python_objects(rows=rows))


@workflow
def fails_second(rows: int) -> int:
    first, _ = two(rows=rows)
    return rows_of_pandas(df=first)


@workflow
def fails_null(rows: int) -> int:
    return rows_of_arrow(table=not_null(rows=rows))


@eager
async def eagerly(rows: int) -> float:
    df = await pandas_frame(rows=rows)
    df.loc[0, "x"] = 7.0
    bigger = await larger(df=df)
    calls: list[Any] = [change_pandas(df=bigger), change_pandas(df=bigger)]
    sums: list[float] = await asyncio.gather(*calls)
    assert sums[0] == sums[1]
    return sums[0]


@eager
async def leaves_a_call(rows: int) -> int:
    call: Any = pandas_frame(rows=rows)
    while not call.done():
        await asyncio.sleep(0.001)
    KEPT.append(call)
    return rows
