"""Frames of Arrow, polars and DuckDB: each comes back as it went, and as any of the others."""

from __future__ import annotations

import datetime as dt
import decimal
import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Union

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engines import CountingStore, back, engine_of, refused
from flytetypes.data import StructuredDataset
from flytetypes.errors import ConversionError, ObjectNotFound
from flytetypes.storage import LocalStore, MemoryStore, StoreRouter
from flytetypes.testing import TransformerSuite
from flytetypes.types import TypeEngine, kwtypes

TABLE = pa.table({"a": [1, 2, None], "b": ["x", None, ""]})


@pytest.fixture(params=["memory", "local"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> TypeEngine:
    return engine_of(request.param, tmp_path)


def as_arrow(frame: Any) -> pa.Table:
    """Any frame as a table, with texts of one type."""
    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, pl.DataFrame):
        frame = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    elif isinstance(frame, pd.DataFrame):
        frame = pa.Table.from_pandas(frame.astype({"a": "Int64"}), preserve_index=False)
    elif isinstance(frame, duckdb.DuckDBPyRelation):
        frame = pa.Table.from_pylist([dict(zip(frame.columns, row, strict=True)) for row in frame.fetchall()])
    elif isinstance(frame, pa.RecordBatchReader):
        frame = frame.read_all()
    elif isinstance(frame, pa.RecordBatch):
        frame = pa.Table.from_batches([frame])
    return frame.cast(pa.schema({"a": pa.int64(), "b": pa.string()})).replace_schema_metadata(None)


FRAMES: dict[type, Any] = {
    pa.Table: lambda: TABLE,
    pa.RecordBatch: lambda: TABLE.to_batches()[0],
    pa.RecordBatchReader: TABLE.to_reader,
    pd.DataFrame: lambda: TABLE.to_pandas().astype({"a": "Int64"}),
    pl.DataFrame: lambda: pl.DataFrame(pl.from_arrow(TABLE)),
    pl.LazyFrame: lambda: pl.DataFrame(pl.from_arrow(TABLE)).lazy(),
    duckdb.DuckDBPyRelation: lambda: duckdb.from_arrow(TABLE),
}
NAMES = [cls.__name__ if "polars" not in cls.__module__ else f"pl.{cls.__name__}" for cls in FRAMES]


@pytest.mark.parametrize("file_format", ["parquet", "csv", "feather", "arrow", "orc"])
@pytest.mark.parametrize("writer", FRAMES, ids=NAMES)
def test_what_one_class_wrote_every_class_reads(engine: TypeEngine, writer: type, file_format: str) -> None:
    literal = engine.to_literal(FRAMES[writer](), Annotated[writer, file_format])
    for reader in FRAMES:
        frame = engine.to_python(literal, Annotated[reader, file_format])
        assert isinstance(frame, reader)
        assert as_arrow(frame) == TABLE
        narrow = engine.to_python(literal, Annotated[reader, kwtypes(b=str), file_format])
        assert names_of(narrow) == ["b"]


def names_of(frame: Any) -> list[str]:
    if isinstance(frame, pl.LazyFrame):
        return frame.collect_schema().names()
    return list(frame.schema.names if type(frame).__module__.startswith("pyarrow") else frame.columns)


@pytest.mark.parametrize("cls", FRAMES, ids=NAMES)
def test_every_class_can_be_read_in_parts(engine: TypeEngine, cls: type) -> None:
    dataset = back(engine, StructuredDataset(dataframe=FRAMES[cls]()), StructuredDataset)
    parts = [as_arrow(part) for part in dataset.open(cls).iter()]
    assert pa.concat_tables(parts) == TABLE


@pytest.mark.parametrize("cls", FRAMES, ids=NAMES)
def test_declared_columns_are_checked_for_every_class(cls: type) -> None:
    frame = FRAMES[cls]()
    message = refused(ConversionError, lambda: TypeEngine().to_literal(frame, Annotated[cls, kwtypes(a=str, z=int)]))
    assert message == (
        f"expected a `{cls.__name__}` with the columns `a` as `str`, `z` as `int`, got `int64` in `a`, no `z` (its columns "
        "are `a`, `b`) - at `$`"
    )
    if cls is pa.RecordBatchReader:
        assert frame.read_all() == TABLE  # and nothing was read of it


def test_a_union_tells_all_classes_apart(engine: TypeEngine) -> None:
    annotation = Union[tuple(FRAMES)]
    for cls, make in FRAMES.items():
        assert isinstance(back(engine, make(), annotation), cls)


# --- Arrow ------------------------------------------------------------------------------------------------------------


def test_tables_keep_their_types_and_metadata(engine: TypeEngine) -> None:
    table = pa.table(
        {
            "dictionary": pa.array(["a", "b", "a"]).dictionary_encode(),
            "map": pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int64())),
            "decimal": pa.array([decimal.Decimal("1.5"), None, None], pa.decimal128(10, 2)),
            "nanoseconds": pa.array([1, 2, None], pa.timestamp("ns", "Europe/Berlin")),
            "duration": pa.array([1, 2, None], pa.duration("us")),
            "fixed": pa.array([b"ab", b"cd", None], pa.binary(2)),
        }
    ).replace_schema_metadata({"unit": "kg"})
    for file_format in ("parquet", "feather"):
        found = back(engine, table, Annotated[pa.Table, file_format])
        assert found == table
        assert found.schema.metadata[b"unit"] == b"kg"


def test_a_table_without_columns_or_rows_survives(engine: TypeEngine) -> None:
    for table in (pa.table({}), TABLE.slice(0, 0)):
        assert back(engine, table, pa.Table) == table


def test_a_reader_is_written_once(engine: TypeEngine) -> None:
    reader = TABLE.to_reader()
    engine.to_literal(reader, pa.RecordBatchReader)
    assert refused(ConversionError, lambda: engine.to_literal(reader, pa.RecordBatchReader)) == (
        "expected a `RecordBatchReader` that was not read yet, got one that was written before (a stream can be written "
        "once: read it as a table by `read_all()`, and write that) - at `$`"
    )


def test_small_batches_become_large_row_groups(tmp_path: Path) -> None:
    engine = TypeEngine(prefix=f"{tmp_path}/")
    batches = [pa.RecordBatch.from_pydict({"a": range(1000)}) for _ in range(50)]
    reader = pa.RecordBatchReader.from_batches(batches[0].schema, batches)
    uri = engine.to_literal(reader, pa.RecordBatchReader).scalar.structured_dataset.uri
    assert pa.parquet.read_metadata(f"{uri}/00000").num_row_groups == 1


def test_a_stream_goes_both_ways_in_constant_memory(tmp_path: Path) -> None:
    engine = TypeEngine(prefix=f"{tmp_path}/")
    rows, count = 100_000, 200
    schema = pa.schema({"a": pa.float64(), "b": pa.float64()})

    def batches() -> Iterator[pa.RecordBatch]:
        for number in range(count):
            values = pa.array([float(number)] * rows)
            yield pa.record_batch([values, values], schema)

    before = pa.total_allocated_bytes()
    tracemalloc.start()
    literal = engine.to_literal(pa.RecordBatchReader.from_batches(schema, batches()), pa.RecordBatchReader)
    found = 0
    most = 0
    for batch in engine.to_python(literal, pa.RecordBatchReader):
        found += batch.num_rows
        most = max(most, pa.total_allocated_bytes() - before)
    traced = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == rows * count
    assert most < 128 << 20  # of 320 MB
    assert traced < 64 << 20


def test_a_stream_that_fails_leaves_nothing(tmp_path: Path) -> None:
    engine = TypeEngine(prefix=f"{tmp_path}/")
    schema = pa.schema({"a": pa.int64()})

    def batches() -> Iterator[pa.RecordBatch]:
        yield pa.record_batch([pa.array([1])], schema)
        raise RuntimeError("the source is gone")

    reader = pa.RecordBatchReader.from_batches(schema, batches())
    message = refused(ConversionError, lambda: engine.to_literal([reader], list[pa.RecordBatchReader]))
    assert "RuntimeError: the source is gone" in message
    assert message.endswith("- at `$[0]`")
    assert engine.store.list(str(tmp_path)) == []


# --- polars -----------------------------------------------------------------------------------------------------------


def polars_frame() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "enum": pl.Series(["a", "b"], dtype=pl.Enum(["b", "a"])),
            "category": pl.Series(["a", None], dtype=pl.Categorical),
            "decimal": pl.Series([decimal.Decimal("1.50"), None], dtype=pl.Decimal(10, 2)),
            "time": [dt.time(1, 2, 3), None],
            "duration": [dt.timedelta(1), None],
            "zone": pl.Series([dt.datetime(2024, 6, 1), None]).dt.replace_time_zone("Europe/Berlin"),
            "nanoseconds": pl.Series([dt.datetime(2024, 6, 1), None]).dt.cast_time_unit("ns"),
            "list": [[1], None],
            "struct": [{"x": 1}, {"x": None}],
            "array": pl.Series([[1, 2], [3, 4]], dtype=pl.Array(pl.Int8, 2)),
            "bytes": [b"x", None],
            "nothing": [None, None],
            "small": pl.Series([1, 2], dtype=pl.UInt8),
        }
    )


@pytest.mark.parametrize("file_format", ["parquet", "feather"])
def test_dtypes_of_polars_survive(engine: TypeEngine, file_format: str) -> None:
    frame = polars_frame()
    found = back(engine, frame, Annotated[pl.DataFrame, file_format])
    assert found.schema == frame.schema
    assert found.equals(frame)
    lazy = back(engine, frame.lazy(), Annotated[pl.LazyFrame, file_format])
    assert lazy.collect_schema() == frame.schema
    assert lazy.collect().equals(frame)


def test_python_objects_in_polars_are_refused() -> None:
    frame = pl.DataFrame({"o": pl.Series([object()], dtype=pl.Object)})
    assert refused(ConversionError, lambda: TypeEngine().to_literal(frame, pl.DataFrame)) == (
        "expected a frame of polars whose columns are of its own types, got Python objects in `o` - at `$`"
    )


def test_a_lazy_frame_reads_what_it_needs_when_it_is_collected() -> None:
    store = CountingStore()
    engine = TypeEngine(store=StoreRouter({"memory": store}), prefix="memory://frames/")
    numbers = pl.int_range(2_500_000, eager=True)
    frame = pl.DataFrame({"large": numbers.hash(), "small": pl.repeat(1, 2_500_000, eager=True)})
    literal = engine.to_literal(frame, pl.DataFrame)
    size = store.stat(store.list("memory://frames/")[0]).size_bytes
    lazy = engine.to_python(literal, pl.LazyFrame)
    assert store.read_bytes < 1 << 20  # the footer
    assert lazy.filter(pl.col("small") == 1).select(pl.col("small").sum()).collect().item() == 2_500_000
    assert store.read_bytes < size / 4
    assert lazy.select("large").head(3).collect().equals(frame.select("large").head(3))


def test_a_lazy_frame_of_a_local_file_is_a_scan_of_it(tmp_path: Path) -> None:
    engine = TypeEngine(prefix=f"{tmp_path}/")
    lazy = back(engine, polars_frame().lazy(), pl.LazyFrame)
    assert "PARQUET SCAN" in lazy.explain().upper()


# --- DuckDB -----------------------------------------------------------------------------------------------------------


def test_what_is_read_as_a_relation_can_be_joined(engine: TypeEngine) -> None:
    relation = back(engine, duckdb.sql("select 1 as k, 'x' as v"), duckdb.DuckDBPyRelation)
    other = duckdb.sql("select 1 as k, 2 as w")
    assert relation.join(other, "k").fetchall() == [(1, "x", 2)]
    assert relation.fetchall() == relation.fetchall()


def test_several_relations_in_one_value_are_run_one_after_the_other(engine: TypeEngine) -> None:
    relations = [duckdb.sql(f"select {number} as k, range as v from range(300000)") for number in range(4)]
    annotation = list[Annotated[duckdb.DuckDBPyRelation, kwtypes(k=int, v=int)]]
    found = back(engine, [*relations, relations[0]], annotation)
    sums = [relation.aggregate("count(*), sum(k)").fetchall()[0] for relation in found]
    assert sums == [(300000, 300000 * number) for number in (0, 1, 2, 3, 0)]


# --- files as Arrow reads them ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", [pl.DataFrame, pl.LazyFrame, duckdb.DuckDBPyRelation])
def test_a_path_is_no_pattern(tmp_path: Path, cls: type) -> None:
    for name, value in (("run1", 1), ("run[12]", 222), ("run?", 333), ("run*", 444)):
        (tmp_path / name).mkdir()
        pq.write_table(pa.table({"a": [value]}), tmp_path / name / "00000")
    for name, value in (("run[12]", 222), ("run?", 333), ("run*", 444)):
        frame: Any = StructuredDataset(uri=tmp_path / name).open(cls).all()
        frame = frame.collect() if cls is pl.LazyFrame else frame
        rows = frame.fetchall() if cls is duckdb.DuckDBPyRelation else frame.rows()
        assert rows == [(value,)]


READ: dict[str, Any] = {
    "seconds": pa.array([1, None], pa.timestamp("s")),
    "durations": pa.array([1, None], pa.duration("us")),
    "lists of a size": pa.array([[1, 2], None], pa.list_(pa.int64(), 2)),
    "milliseconds as dates": pa.array([86_400_000, None], pa.date64()),
    "texts": pa.array(["a", None]).dictionary_encode(),
    "decimals": pa.array([decimal.Decimal("1.5"), None], pa.decimal128(20, 2)),
    "nested": pa.array([{"x": [1], "y": "s"}, None]),
    "large decimals": pa.array([decimal.Decimal("1.5"), None], pa.decimal256(50, 2)),
    "half floats": pa.array([1.5, None], pa.float16()),
}


@pytest.mark.parametrize("cls", [pl.DataFrame, pl.LazyFrame, duckdb.DuckDBPyRelation])
@pytest.mark.parametrize("name", READ)
def test_a_file_of_this_machine_is_read_as_one_elsewhere(tmp_path: Path, cls: type, name: str) -> None:
    found: list[Any] = []
    for prefix in (f"{tmp_path}/", "memory://alike/"):
        engine = TypeEngine(store=StoreRouter({"memory": MemoryStore(), "file": LocalStore()}), prefix=prefix)
        try:
            frame: Any = engine.to_python(engine.to_literal(pa.table({"c": READ[name]}), pa.Table), cls)
        except ConversionError as error:
            found.append(str(error).partition(" at ")[0])
            continue
        frame = frame.collect() if cls is pl.LazyFrame else frame
        is_relation = cls is duckdb.DuckDBPyRelation
        found.append((frame.types, frame.fetchall()) if is_relation else (frame.schema, frame.rows()))
    assert found[0] == found[1] or name == "large decimals"


# --- the rest ---------------------------------------------------------------------------------------------------------


def test_what_is_gone_is_told_by_every_class(engine: TypeEngine) -> None:
    for cls in FRAMES:
        literal = engine.to_literal(TABLE, pa.Table)
        uri = literal.scalar.structured_dataset.uri
        engine.store.delete(f"{uri}/00000")
        assert refused(ObjectNotFound, lambda literal=literal, cls=cls: engine.to_python(literal, cls)) == (
            f"cannot read the dataset `{uri}`: there is no object at it or below it. It was removed, or what should write "
            "it has not: run that again"
        )


def test_a_frame_of_geopandas_keeps_its_coordinates(engine: TypeEngine) -> None:
    gpd = pytest.importorskip("geopandas")
    frame = gpd.GeoDataFrame(
        {"name": ["a", "b"]}, geometry=gpd.points_from_xy([1, 2], [3, 4]), crs="EPSG:3857", index=["p", "q"]
    )
    found = back(engine, frame, gpd.GeoDataFrame)
    assert type(found) is gpd.GeoDataFrame
    assert found.equals(frame)
    assert found.crs == frame.crs
    plain = engine.to_literal(TABLE, pa.Table)
    assert refused(ConversionError, lambda: engine.to_python(plain, gpd.GeoDataFrame)) == (
        "expected a dataset with the metadata of GeoParquet, got one without it (read it as `pd.DataFrame`, and make "
        "geometries of its columns) - at `$`"
    )


def test_a_dataset_of_hugging_face_keeps_its_features(engine: TypeEngine) -> None:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features({"label": datasets.ClassLabel(names=["no", "yes"]), "text": datasets.Value("string")})
    dataset = datasets.Dataset.from_dict({"label": [0, 1, 1], "text": ["a", "b", "c"]}, features=features)
    chosen = dataset.select([2, 0])
    found = back(engine, chosen, datasets.Dataset)
    assert found.to_list() == [{"label": 1, "text": "c"}, {"label": 0, "text": "a"}]
    assert found.features == features


class TestFrames(TransformerSuite):
    annotations = (pa.Table, pl.DataFrame, pl.LazyFrame)
    examples = 8

    def values(self, annotation: Any) -> Iterable[Any]:
        return [FRAMES[annotation]()]


class TestDatasets(TransformerSuite):
    annotations = (StructuredDataset, Annotated[StructuredDataset, kwtypes(a=int)])
    examples = 8

    def values(self, annotation: Any) -> Iterable[Any]:
        return [StructuredDataset(uri="s3://bucket/data"), StructuredDataset(uri="s3://bucket/x", file_format="csv")]
