"""What tasks of one process hand to one another without writing it, and that nobody can tell."""

from __future__ import annotations

import asyncio
import datetime as dt
import decimal
import gc
import os
import re
import time
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import polars as pl
import polars.testing
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import held_tasks as tasks
from flytetypes import ConversionError, ProcessExecutor, StructuredDataset, run
from flytetypes.data import register_frame_reader, register_frame_writer
from flytetypes.errors import StorageError
from flytetypes.executors import _scheduler
from flytetypes.interface import default_engine
from flytetypes.storage import MemoryStore, StoreRouter
from flytetypes.types import HeldValues, Registry, TypeEngine, default_registry, kwtypes

# What is made of promises, and what a dynamic passes on, is for runs on this machine.
pytestmark = pytest.mark.filterwarnings("ignore::flytetypes.errors.WorkflowWarning")


@pytest.fixture(autouse=True)
def stored(tmp_path: Path) -> Iterator[Path]:
    """Where the engine of tasks puts objects."""
    engine = default_engine()
    before = engine._prefix
    engine.prefix = str(tmp_path)
    tasks.KEPT.clear()
    yield tmp_path
    engine.prefix = before


def count(stored: Path) -> int:
    return sum(len(files) for _, _, files in os.walk(stored))


def engine_in_memory(registry: Registry | None = None) -> TypeEngine:
    return TypeEngine(registry, store=StoreRouter({"memory": MemoryStore()}), prefix="memory://held/")


def through(engine: TypeEngine, value: Any, annotation: Any, held: HeldValues | None, read_as: Any = None) -> Any:
    literals = engine.to_bytes_all({"x": (engine.converter(annotation), value)}, held=held)
    reader = engine.converter(annotation if read_as is None else read_as)
    return engine.from_bytes_all({"x": (reader, literals["x"])}, held=held)["x"]


def without_uris(error: Exception) -> str:
    return re.sub("[0-9a-f]{32}", "…", str(error))


# --- nothing is written -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("workflow", "given"),
    [
        (tasks.pandas_to_pandas, (3.0, 3.0)),
        (tasks.arrow_to_arrow, (3.0, 3.0)),
        (tasks.polars_to_polars, (3.0, 3.0)),
        (tasks.array_to_array, (3.0, 3.0)),
        (tasks.series_to_series, (3, 3)),
    ],
)
def test_each_task_has_its_own_and_nothing_is_written(stored: Path, workflow: Any, given: Any) -> None:
    """Neither the consumer before it nor the producer, which keeps what it returned, changes what a task gets."""
    assert tuple(workflow(rows=3)) == given
    assert count(stored) == 0


@pytest.mark.parametrize(
    ("workflow", "given"),
    [
        (tasks.pandas_to_arrow, 3),
        (tasks.pandas_to_polars, 3.0),
        (tasks.declared_to_declared, 3),
        (tasks.pandas_to_declared, 3),
        (tasks.list_of_frames, 7),
        (tasks.list_of_promises, 9),
        (tasks.dict_of_frames, 7),
        (tasks.element_of_frames, 4),
        (tasks.dataclass_to_dataclass, 6),
        (tasks.attribute_of_dataclass, 3),
        (tasks.dataclass_of_promises, 6),
        (tasks.mapped, [3, 4]),
        (tasks.through_async, 3),
        (tasks.through_dynamic, 3),
        (tasks.with_retries, 3.0),
    ],
)
def test_values_in_values_and_other_ways_from_task_to_task(stored: Path, workflow: Any, given: Any) -> None:
    assert workflow(rows=3) == given
    assert count(stored) == (0 if workflow is not tasks.through_dynamic else 1)  # a constant of the dynamic's graph


def test_the_outputs_of_a_run_are_the_callers_own(stored: Path) -> None:
    frame, array = tasks.outputs(rows=3)
    assert frame.equals(tasks.frame().assign(x=lambda df: df["x"] + 1))
    assert array.tolist() == [0.0, 1.0, 2.0]
    array[0] = frame.loc[0, "x"] = 5.0
    assert count(stored) == 0


def test_an_input_of_a_run_is_not_changed(stored: Path) -> None:
    frame = tasks.frame()
    assert tasks.given(df=frame)["x"].tolist() == [1.0, 2.0, 3.0]
    assert frame.equals(tasks.frame())
    assert count(stored) == 0


def test_eager_calls(stored: Path) -> None:
    assert asyncio.run(tasks.eagerly(rows=3)) == 13.0
    assert count(stored) == 0


def test_a_call_that_is_read_when_its_run_is_over(stored: Path) -> None:
    async def later() -> Any:
        await tasks.leaves_a_call(rows=3)
        return await tasks.KEPT[-1]

    assert asyncio.run(later()).equals(tasks.frame())
    assert count(stored) == 1


def test_a_direct_call(stored: Path) -> None:
    frame = tasks.frame()
    assert tasks.change_pandas(df=frame) == 3.0
    assert frame.equals(tasks.frame())
    assert count(stored) == 0


# --- who needs the object finds it ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("workflow", "given"),
    [
        (tasks.polars_to_pandas, 3),
        (tasks.csv_to_pandas, 3),
        (tasks.pandas_to_dataset, 3),
        (tasks.array_to_file, 152),
        (tasks.array_to_part_of_file, 3.0),
        (tasks.frame_and_dataset, 6),
    ],
)
def test_others_find_the_object_where_its_uri_says(stored: Path, workflow: Any, given: Any) -> None:
    assert workflow(rows=3) == given
    assert count(stored) == 1


def test_a_handle_that_a_run_gives_can_be_opened_after_it(stored: Path) -> None:
    dataset: Any = tasks.dataset_of_frame(rows=3)
    assert count(stored) == 1
    gc.collect()
    assert dataset.open(pd.DataFrame).all().equals(tasks.frame())


def test_a_task_in_another_process(stored: Path) -> None:
    with closing(ProcessExecutor(1)) as processes:
        process, frame = run(tasks.to_process, {"rows": 3}, executor=processes).result(60)
    assert process != os.getpid()
    assert frame.equals(tasks.frame())


def test_a_task_with_a_timeout_is_in_another_process(stored: Path) -> None:
    process, rows = tasks.with_timeout(rows=3)
    assert (process != os.getpid(), rows) == (True, 3)
    assert count(stored) == 1


def test_what_a_record_names_is_there(stored: Path) -> None:
    handle = run(tasks.pandas_to_pandas, {"rows": 3})
    handle.wait(60)
    assert count(stored) == 0
    (outputs,) = (node.outputs for node in handle.nodes if node.name.endswith("pandas_frame"))
    assert outputs is not None
    del handle
    assert default_engine().from_bytes(outputs["o0"], pd.DataFrame).equals(tasks.frame())


def test_a_literal_that_is_offloaded_names_objects_that_are_there(
    stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_F_L_MIN_SIZE_MB", "0")
    assert tasks.list_of_frames(rows=3) == 7


# --- failures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "workflow", [tasks.fails_pandas, tasks.fails_array, tasks.fails_second, tasks.fails_null], ids=lambda w: w.name
)
def test_what_cannot_be_written_fails_as_if_it_were_written(
    stored: Path, workflow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConversionError) as held:
        workflow(rows=3)
    monkeypatch.setattr(_scheduler, "HeldValues", lambda: HeldValues(max_bytes=-1))
    with pytest.raises(ConversionError) as written:
        workflow(rows=3)
    assert str(held.value) == str(written.value)
    assert held.value.__notes__ == written.value.__notes__ if hasattr(written.value, "__notes__") else True
    assert type(held.value.__cause__) is type(written.value.__cause__)


def test_nothing_is_held_of_a_call_that_fails() -> None:
    engine, held = engine_in_memory(), HeldValues()
    array, frame = engine.converter(np.ndarray), engine.converter(pd.DataFrame)
    values = {"a": (array, np.arange(3)), "b": (frame, pd.DataFrame({"x": [1, "a"]}))}
    with pytest.raises(ConversionError, match="at `b`"):
        engine.to_bytes_all(values, held=held)
    assert (len(held), held.size_bytes) == (0, 0)


def test_what_reads_wrong_fails_as_if_it_were_read() -> None:
    engine = engine_in_memory()

    def message(held: HeldValues | None, value: Any, annotation: Any, read_as: Any) -> str:
        with pytest.raises(ConversionError) as caught:
            through(engine, value, annotation, held, read_as)
        return without_uris(caught.value)

    integers = np.ndarray[Any, np.dtype[np.int64]]
    floats = np.arange(3.0)
    assert message(HeldValues(), floats, np.ndarray, integers) == message(None, floats, np.ndarray, integers)
    wide = pd.DataFrame({"a": [1], "b": [2]})
    held, written = message(HeldValues(), wide, pd.DataFrame, pd.Series), message(None, wide, pd.DataFrame, pd.Series)
    assert held == written


# --- the table --------------------------------------------------------------------------------------------------------


def test_the_oldest_are_written_when_there_are_too_many() -> None:
    engine = engine_in_memory()
    held = HeldValues(max_bytes=10_000)
    converter = engine.converter(np.ndarray)
    literals = [engine.to_bytes_all({"x": (converter, np.full(500, number))}, held=held)["x"] for number in range(5)]
    assert (len(held), held.size_bytes) == (2, 8_000)
    assert len(list(engine.store.list("memory://held/"))) == 3
    back = [engine.from_bytes_all({"x": (converter, literal)}, held=held)["x"] for literal in literals]
    assert [array[0] for array in back] == list(range(5))
    assert len(list(engine.store.list("memory://held/"))) == 3


def test_so_many_objects_are_held_and_no_more() -> None:
    engine = engine_in_memory()
    held = HeldValues(max_objects=2)
    arrays = [np.arange(number) for number in range(5)]
    assert [len(array) for array in through(engine, arrays, list[np.ndarray], held)] == list(range(5))
    assert len(held) == 2


def test_many_threads_keep_and_take_while_the_oldest_are_written() -> None:
    engine, held = engine_in_memory(), HeldValues(max_objects=5)

    def keep_and_take(number: int) -> bool:
        arrays = [np.full(100, number + index) for index in range(3)]
        back = through(engine, arrays, list[np.ndarray], held)
        return all(map(np.array_equal, back, arrays))

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(keep_and_take, range(200)))
    assert (len(held), held.size_bytes) == (5, 4_000)
    assert len(list(engine.store.list("memory://held/"))) == 595


def test_what_is_too_large_is_written() -> None:
    engine = engine_in_memory()
    for value, annotation in ((np.arange(5_000), np.ndarray), (tasks.frame(5_000), pd.DataFrame)):
        held = HeldValues(max_bytes=10_000)
        assert len(through(engine, value, annotation, held)) == 5_000
        assert not held


def test_a_table_that_is_closed_holds_nothing() -> None:
    engine = engine_in_memory()
    held = HeldValues()
    held.clear()
    assert through(engine, np.arange(3), np.ndarray, held).tolist() == [0, 1, 2]
    assert (len(held), len(list(engine.store.list("memory://held/")))) == (0, 1)


def test_a_store_that_cannot_be_written_says_so_to_who_needs_the_object() -> None:
    class Full(MemoryStore):
        def put_stream(self, uri: str, chunks: Any) -> None:
            raise StorageError(f"no room for `{uri}`", uri=uri)

        def put(self, uri: str, data: bytes) -> None:
            raise StorageError(f"no room for `{uri}`", uri=uri)

    engine = TypeEngine(store=StoreRouter({"memory": Full()}), prefix="memory://held/")
    held = HeldValues()
    assert through(engine, tasks.frame(), pd.DataFrame, held).equals(tasks.frame())
    with pytest.raises(StorageError, match="no room for"):
        through(engine, tasks.frame(), pd.DataFrame, held, StructuredDataset)


def test_objects_that_are_named_by_their_content_are_not_held() -> None:
    store = StoreRouter({"memory": MemoryStore()})
    engine = TypeEngine(store=store, prefix="memory://held/", content_addressed=True)
    held = HeldValues()
    assert through(engine, tasks.frame(), pd.DataFrame, held).equals(tasks.frame())
    assert not held


def test_an_engine_with_another_store_gets_nothing() -> None:
    held = HeldValues()
    literal = engine_in_memory()
    data = literal.to_bytes_all({"x": (literal.converter(np.ndarray), np.arange(3))}, held=held)
    other = engine_in_memory()
    with pytest.raises(StorageError):
        other.from_bytes_all({"x": (other.converter(np.ndarray), data["x"])}, held=held)


def test_a_writer_or_a_reader_of_ones_own_is_asked() -> None:
    asked: list[str] = []

    def write(frame: Any, sink: Any) -> None:
        asked.append("write")
        frame.to_parquet(sink)

    def read(stored: Any) -> pd.DataFrame:
        asked.append("read")
        return pd.DataFrame(stored.table().to_pandas())

    registry = default_registry()
    engine = engine_in_memory(registry)
    engine.converter(pd.DataFrame)
    register_frame_reader(pd.DataFrame, read, format="csv", registry=registry)  # of another format
    assert through(engine, tasks.frame(), pd.DataFrame, HeldValues()).equals(tasks.frame())
    assert asked == []
    held = HeldValues()
    early = engine.to_bytes_all({"x": (engine.converter(pd.DataFrame), tasks.frame())}, held=held)
    register_frame_writer(pd.DataFrame, write, protocol="memory", registry=registry)
    register_frame_reader(pd.DataFrame, read, format="parquet", registry=registry)
    through(engine, tasks.frame(), pd.DataFrame, HeldValues())
    assert asked == ["write", "read"]
    engine.from_bytes_all({"x": (engine.converter(pd.DataFrame), early["x"])}, held=held)
    assert asked == ["write", "read", "read"]


# --- memory -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> list[HeldValues]:
    made: list[HeldValues] = []

    def make() -> HeldValues:
        made.append(HeldValues())
        return made[-1]

    monkeypatch.setattr(_scheduler, "HeldValues", make)
    return made


def test_nothing_is_held_after_a_call(tables: list[HeldValues]) -> None:
    tasks.outputs(rows=3)
    asyncio.run(tasks.eagerly(rows=3))
    with pytest.raises(ConversionError):
        tasks.fails_second(rows=3)
    assert [(len(table), table.size_bytes) for table in tables] == [(0, 0)] * len(tables)


def test_what_is_held_goes_with_the_handle_of_a_run(tables: list[HeldValues]) -> None:
    handle = run(tasks.outputs, {"rows": 3})
    handle.result(60)
    (table,) = tables
    objects = [weakref.ref(entry.object) for entry in table._entries.values()]
    assert len(table) == 3
    assert handle.result()[1].tolist() == [0.0, 1.0, 2.0]
    del handle
    assert len(table) == 0
    gc.collect()
    assert [each() for each in objects] == [None] * 3


def test_what_a_record_names_is_there_when_the_handle_is_gone(stored: Path, tables: list[HeldValues]) -> None:
    handle = run(tasks.pandas_to_pandas, {"rows": 3})
    handle.wait(60)
    nodes = [node for node in handle.nodes if node.name.endswith("pandas_frame")]
    nodes += [event.node for event in run(tasks.pandas_to_pandas, {"rows": 3}).events() if event.node is not None][:1]
    del handle
    gc.collect()
    assert count(stored) == 0
    assert [node.name.rpartition(".")[2] for node in nodes] == ["pandas_frame"] * 2
    for outputs in [node.outputs for node in nodes]:
        assert outputs is not None
        assert default_engine().from_bytes(outputs["o0"], pd.DataFrame).equals(tasks.frame())
    objects = [weakref.ref(entry.object) for table in tables for entry in table._entries.values()]
    del nodes
    tables.clear()
    gc.collect()
    assert objects
    assert [each() for each in objects] == [None] * len(objects)


def test_a_handle_may_go_before_its_run_ends(stored: Path) -> None:
    run(tasks.with_retries, {"rows": 3})
    deadline = time.monotonic() + 30
    while len(tasks.KEPT) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert tasks.KEPT[1:] == [3.0, 3.0]


# --- held is as good as written ---------------------------------------------------------------------------------------

ROWS = 4
OBJECT = st.sampled_from
COLUMNS: dict[str, Any] = {
    "integers": st.lists(st.integers(-(2**63), 2**63 - 1), min_size=ROWS, max_size=ROWS),
    "small": st.lists(st.integers(0, 255), min_size=ROWS, max_size=ROWS).map(lambda v: np.array(v, "uint8")),
    "floats": st.lists(st.floats(), min_size=ROWS, max_size=ROWS),
    "halves": st.lists(st.floats(width=16), min_size=ROWS, max_size=ROWS).map(lambda v: np.array(v, "float16")),
    "booleans": st.lists(st.booleans(), min_size=ROWS, max_size=ROWS),
    "texts": st.lists(st.none() | st.text(st.characters(codec="utf-8")), min_size=ROWS, max_size=ROWS),
    "text objects": st.lists(st.none() | st.text(st.characters(codec="utf-8")), min_size=ROWS, max_size=ROWS).map(
        lambda v: pd.Series(v, dtype=object)
    ),
    "python texts": st.lists(st.none() | st.just("a"), min_size=ROWS, max_size=ROWS).map(
        lambda v: pd.array(v, dtype="string[python]")
    ),
    "bytes": st.lists(st.none() | st.binary(), min_size=ROWS, max_size=ROWS),
    "nullable": st.lists(st.none() | st.integers(-9, 9), min_size=ROWS, max_size=ROWS).map(
        lambda v: pd.array(v, dtype="Int16")
    ),
    "categories": st.lists(st.sampled_from(["x", "y", None]), min_size=ROWS, max_size=ROWS).map(
        lambda v: pd.Categorical(v, categories=["y", "unused", "x"], ordered=True)
    ),
    "categories of integers": st.lists(st.sampled_from([1, 2, None]), min_size=ROWS, max_size=ROWS).map(
        lambda v: pd.Categorical(v, categories=[3, 2, 1])
    ),
    **{
        f"times in {unit} {zone}": st.lists(st.none() | st.integers(0, 10**9), min_size=ROWS, max_size=ROWS).map(
            lambda v, unit=unit, zone=zone: (
                pd.Series([pd.NaT if one is None else one for one in v], dtype=object)
                .astype(f"datetime64[{unit}]")
                .dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
            )
        )
        for unit in ("s", "ms", "us", "ns")
        for zone in (None, "Europe/Berlin")
    },
    "durations": st.lists(st.integers(0, 10**9), min_size=ROWS, max_size=ROWS).map(
        lambda v: np.array(v, "timedelta64[ns]")
    ),
    "dates": st.lists(st.none() | st.dates(), min_size=ROWS, max_size=ROWS),
    "times of day": st.lists(st.none() | st.times(), min_size=ROWS, max_size=ROWS),
    "decimals": st.lists(st.none() | st.decimals(0, 9, places=2), min_size=ROWS, max_size=ROWS),
    "lists": st.lists(st.none() | st.lists(st.integers(0, 9)), min_size=ROWS, max_size=ROWS),
    "dicts": st.lists(
        st.fixed_dictionaries({"x": st.none() | st.integers(0, 9), "y": st.text("ab")}), min_size=ROWS, max_size=ROWS
    ),
    "periods": st.just(pd.period_range("2024-01", periods=ROWS, freq="M")),
    "intervals": st.just(pd.interval_range(0, ROWS)),
    "arrow": st.just(pd.array([1, None, 2, 3], dtype=pd.ArrowDtype(pa.int16()))),
    "arrow lists": st.just(pd.Series([[1], None, [], [2]], dtype=pd.ArrowDtype(pa.list_(pa.int64())))),
    "nothing": st.just([None] * ROWS),
}
INDEXES: list[Any] = [
    pd.RangeIndex(ROWS),
    pd.RangeIndex(3, 11, 2, name="k"),
    pd.Index([7, 3, 7, 1]),
    pd.Index(["p", "q", None, "r"], name="k"),
    pd.date_range("2024-01-01", periods=ROWS, tz="Europe/Berlin", name="t"),
    pd.DatetimeIndex(["2024-01-01"] * ROWS).as_unit("s"),
    pd.CategoricalIndex(["p", "q", "p", "q"], categories=["q", "r", "p"]),
    pd.Index([1, None, 2, 3], dtype="Int64"),
    pd.MultiIndex.from_product([[1, 2], ["x", "y"]], names=["p", None]),
]


@st.composite
def pandas_frames(draw: st.DrawFn) -> pd.DataFrame:
    names = draw(st.lists(st.sampled_from(list(COLUMNS)), min_size=1, max_size=4, unique=True))
    frame = pd.DataFrame({name: pd.Series(draw(COLUMNS[name])).array for name in names})
    frame = frame.set_axis(draw(st.sampled_from(INDEXES)), axis=0)
    if draw(st.booleans()):
        frame.attrs = {"source": "here", "n": 1}
    if draw(st.booleans()):
        frame = frame.iloc[draw(st.integers(0, ROWS)) :]
    return frame


def values_of(column: Any) -> list[tuple[type, str]]:
    return [(type(value), repr(value)) for value in column.tolist()]


def assert_same_frames(held: pd.DataFrame, written: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(held, written, check_exact=True, check_freq=True, check_column_type=True)
    assert held.attrs == written.attrs
    assert held.flags == written.flags
    for name in held.columns:
        assert values_of(held[name]) == values_of(written[name])


@given(pandas_frames())
def test_a_frame_of_pandas_is_the_one_that_would_be_read(frame: pd.DataFrame) -> None:
    engine, held = engine_in_memory(), HeldValues()
    try:
        written = through(engine, frame, pd.DataFrame, None)
    except ConversionError as error:
        with pytest.raises(ConversionError) as caught:
            through(engine, frame, pd.DataFrame, held)
        assert without_uris(caught.value) == without_uris(error)
        return
    count = len(list(engine.store.list("memory://held/")))
    assert_same_frames(through(engine, frame, pd.DataFrame, held), written)
    assert len(list(engine.store.list("memory://held/"))) == count
    assert len(held) == 1
    # And what is written of what is held gives that again.
    literal = engine.to_bytes_all({"x": (engine.converter(pd.DataFrame), frame)}, held=held)["x"]
    held.write_out([literal])
    held.clear()
    assert_same_frames(engine.from_bytes(literal, pd.DataFrame), written)
    # Others too read what they would read.
    for cls in (pa.Table, pl.DataFrame):
        try:
            expected = through(engine, frame, pd.DataFrame, None, cls)
        except (ConversionError, StorageError):
            continue
        assert_same(through(engine, frame, pd.DataFrame, HeldValues(), cls), expected)


def assert_same(held: Any, written: Any) -> None:
    assert type(held) is type(written)
    if isinstance(held, (pa.Table, pa.RecordBatch)):
        assert held.schema.equals(written.schema, check_metadata=True)
        assert held.num_rows == written.num_rows
        assert repr(held.to_pylist()) == repr(written.to_pylist())
    else:
        polars.testing.assert_frame_equal(held, written, check_exact=True)


TYPES: list[tuple[pa.DataType, list[Any]]] = [
    (pa.int64(), [1, None, 2]),
    (pa.uint8(), [1, None, 2]),
    (pa.float16(), [1.5, None, 2.5]),
    (pa.float64(), [1.5, None, float("nan")]),
    (pa.bool_(), [True, None, False]),
    (pa.string(), ["a", None, ""]),
    (pa.large_string(), ["a", None, ""]),
    (pa.binary(), [b"a", None, b""]),
    (pa.binary(2), [b"ab", None, b"cd"]),
    (pa.null(), [None, None, None]),
    (pa.date32(), [dt.date(2024, 1, 1), None, dt.date(1969, 1, 1)]),
    (pa.date64(), [dt.date(2024, 1, 1), None, dt.date(1969, 1, 1)]),
    (pa.time32("s"), [dt.time(1, 2, 3), None, dt.time(0)]),
    (pa.time32("ms"), [dt.time(1, 2, 3), None, dt.time(0)]),
    (pa.time64("ns"), [dt.time(1, 2, 3), None, dt.time(0)]),
    *((pa.timestamp(unit), [0, None, 10**9]) for unit in ("s", "ms", "us", "ns")),
    *((pa.timestamp(unit, "Europe/Berlin"), [0, None, 10**9]) for unit in ("s", "ms", "us", "ns")),
    *((pa.duration(unit), [0, None, 10**9]) for unit in ("s", "ms", "us", "ns")),
    (pa.decimal128(10, 2), [decimal.Decimal("1.50"), None, decimal.Decimal("-1.00")]),
    (pa.list_(pa.int64()), [[1, None], None, []]),
    (pa.large_list(pa.string()), [["a", None], None, []]),
    (pa.list_(pa.int64(), 2), [[1, None], [1, 2], [2, 3]]),
    (pa.map_(pa.string(), pa.int64()), [[("a", 1)], None, []]),
    (pa.struct([("a", pa.int64()), ("b", pa.string())]), [{"a": 1, "b": None}, None, {"a": None, "b": "x"}]),
    (pa.struct([("a", pa.list_(pa.timestamp("s")))]), [{"a": [0]}, None, {"a": None}]),
    (pa.dictionary(pa.int8(), pa.string()), ["a", None, "b"]),
    (pa.dictionary(pa.int32(), pa.int64()), [1, None, 2]),
]


@st.composite
def arrow_tables(draw: st.DrawFn) -> pa.Table:
    picks = draw(st.lists(st.sampled_from(range(len(TYPES))), min_size=1, max_size=4))
    fields: list[pa.Field] = []
    columns: list[Any] = []
    for number, pick in enumerate(picks):
        kind, values = TYPES[pick]
        chunks = [pa.array(values, kind) for _ in range(draw(st.integers(1, 2)))]
        chunks = chunks if len(columns) == 0 else chunks[:1] * len(columns[0].chunks)
        metadata = draw(st.none() | st.just({"m": "n"}))
        name = draw(st.sampled_from([f"c{number}", f"c{number}.x", "c"]))
        fields.append(pa.field(name, kind, metadata=metadata))
        columns.append(pa.chunked_array(chunks, kind))
    table = pa.Table.from_arrays(columns, schema=pa.schema(fields, draw(st.none() | st.just({"k": "v"}))))
    return table.slice(draw(st.integers(0, 3)))


@given(arrow_tables(), st.sampled_from([pa.Table, pa.RecordBatch]))
def test_a_table_of_arrow_is_the_one_that_would_be_read(table: pa.Table, cls: Any) -> None:
    engine, held = engine_in_memory(), HeldValues()
    value = (
        table
        if cls is pa.Table
        else pa.RecordBatch.from_arrays([column.combine_chunks() for column in table.columns], schema=table.schema)
    )
    assert_same(through(engine, value, cls, held), through(engine, value, cls, None))
    assert len(held) == (1 if len(set(table.schema.names)) == len(table.schema.names) else 0)


DTYPES: dict[Any, list[Any]] = {
    **{dtype: [1, None, 2] for dtype in (pl.Int8, pl.Int64, pl.UInt32, pl.Float32, pl.Float64)},
    pl.Boolean: [True, None, False],
    pl.String: ["a", None, "é" * 20],
    pl.Binary: [b"a", None, b""],
    pl.Date: [dt.date(2024, 1, 1), None, dt.date(1969, 1, 1)],
    pl.Time: [dt.time(1, 2, 3), None, dt.time(0)],
    **{pl.Datetime(unit): [dt.datetime(2024, 1, 1), None, dt.datetime(1969, 1, 1)] for unit in ("ms", "us", "ns")},
    pl.Datetime("us", "Europe/Berlin"): [dt.datetime(2024, 1, 1), None, None],
    pl.Duration("ms"): [dt.timedelta(1), None, dt.timedelta(0)],
    pl.Decimal(10, 2): [decimal.Decimal("1.50"), None, decimal.Decimal("2.00")],
    pl.List(pl.Int64): [[1, None], None, []],
    pl.List(pl.String): [["a", None], None, []],
    pl.Array(pl.Int64, 2): [[1, None], None, [1, 2]],
    pl.Struct({"a": pl.Int64, "b": pl.List(pl.String)}): [{"a": 1, "b": ["x"]}, None, {"a": None, "b": None}],
    pl.Categorical: ["a", None, "b"],
    pl.Enum(["b", "a"]): ["a", None, "b"],
    pl.Null: [None, None, None],
}


@given(st.lists(st.sampled_from(list(DTYPES)), min_size=0, max_size=4), st.integers(0, 3), st.booleans())
def test_a_frame_of_polars_is_the_one_that_would_be_read(dtypes: list[Any], skip: int, local: bool) -> None:
    frame = pl.DataFrame([pl.Series(f"c{n}", DTYPES[d], dtype=d) for n, d in enumerate(dtypes)])
    frame = pl.concat([frame, frame]).slice(skip) if dtypes else frame
    engine = default_engine() if local else engine_in_memory()
    held = HeldValues()
    written = through(engine, frame, pl.DataFrame, None)
    assert_same(through(engine, frame, pl.DataFrame, held), written)
    literal = engine.to_bytes_all({"x": (engine.converter(pl.DataFrame), frame)}, held=held)["x"]
    held.write_out([literal])
    assert_same(engine.from_bytes(literal, pl.DataFrame), written)


ARRAYS: list[Any] = [
    np.arange(6).reshape(2, 3),
    np.arange(6, dtype="q"),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.arange(24.0).reshape(2, 3, 4).transpose(1, 0, 2),
    np.arange(10)[::2],
    np.array(5.0),
    np.zeros((0, 3)),
    np.arange(3, dtype=">i4"),
    np.array(["a", "bc"]),
    np.array([b"a", b"bc"]),
    np.array(["2024-01-01", "NaT"], "datetime64[ns]"),
    np.array([1, 2], "timedelta64[s]"),
    np.array([1 + 2j]),
    np.array([1, 2], "longdouble"),
    np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
    np.array([True, False]),
]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype}{array.shape}")
def test_an_array_is_the_one_that_would_be_read(array: Any) -> None:
    engine, held = engine_in_memory(), HeldValues()
    back, written = through(engine, array, np.ndarray, held), through(engine, array, np.ndarray, None)
    assert len(held) == (array.dtype.names is None)
    assert (back.dtype, back.dtype.char, back.shape) == (written.dtype, written.dtype.char, written.shape)
    np.testing.assert_array_equal(back, written)
    for flag in ("C_CONTIGUOUS", "F_CONTIGUOUS", "WRITEABLE", "ALIGNED"):
        assert back.flags[flag] == written.flags[flag]


def test_declared_columns_of_what_is_held() -> None:
    engine = engine_in_memory()
    table = pa.table({"a": [{"x": 1, "y": 2}], "b": [1], "c": ["q"]})
    for names in ({"b": float, "c": str}, {"c": str, "a.y": int}, {"a.x": int}):
        annotation: Any = pd.DataFrame
        read_as = Annotated[annotation, kwtypes(**names)]
        frame = table.to_pandas()
        held = HeldValues()
        assert_same_frames(
            through(engine, frame, annotation, held, read_as), through(engine, frame, annotation, None, read_as)
        )
        assert len(held) == 1
