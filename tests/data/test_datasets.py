"""`StructuredDataset`: a handle that moves nothing, and what stands for it on the wire."""

from __future__ import annotations

import copy
import pickle
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Optional, Union

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import BaseModel, ValidationError

from engines import CountingStore, back, engine_of, refused
from flytetypes import idl
from flytetypes.data import (
    FlyteSchema,
    FrameAdapter,
    StoredFrame,
    StructuredDataset,
    register_frame,
    register_frame_reader,
    register_frame_writer,
)
from flytetypes.errors import (
    AccessDenied,
    AnnotationError,
    ConversionError,
    MissingPackageError,
    ObjectNotFound,
    StorageError,
)
from flytetypes.storage import LocalStore, MemoryStore, StoreRouter
from flytetypes.types import HashMethod, TypeEngine, default_registry, kwtypes, shared_registry

FORMATS = ["parquet", "csv", "feather", "arrow", "orc"]
TABLE = pa.table({"a": [1, 2, None], "b": ["x", None, ""]})


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


@pytest.fixture(params=["memory", "local"])
def engine(request: pytest.FixtureRequest, tmp_path: Path, store: CountingStore) -> TypeEngine:
    return engine_of(request.param, tmp_path, memory=store)


@pytest.fixture(autouse=True)
def _unregistered() -> Iterator[None]:
    with shared_registry().scope():
        yield


def literal_of(uri: str, file_format: str = "") -> idl.Literal:
    literal = idl.Literal()
    literal.scalar.structured_dataset.uri = uri
    literal.scalar.structured_dataset.metadata.structured_dataset_type.format = file_format
    return literal


# --- the handle -------------------------------------------------------------------------------------------------------


def test_a_frame_in_a_handle_comes_back_as_a_handle_of_what_was_written(engine: TypeEngine) -> None:
    dataset = back(engine, StructuredDataset(dataframe=TABLE), StructuredDataset)
    assert dataset.uri.startswith(engine.prefix)
    assert dataset.file_format == "parquet"
    assert dataset.dataframe is None
    assert dataset.open(pa.Table).all() == TABLE


def test_nothing_is_read_before_somebody_opens(store: CountingStore) -> None:
    engine = TypeEngine(store=StoreRouter({"memory": store}), prefix="memory://data/")
    literal = engine.to_literal(StructuredDataset(dataframe=TABLE), StructuredDataset)
    store.asked.clear()
    dataset = engine.to_python(literal, StructuredDataset)
    opened = dataset.open(pa.Table)
    assert store.asked == []
    opened.all()
    assert store.asked == ["list", "get"]


def test_a_handle_passed_on_keeps_uri_columns_format_and_digest(engine: TypeEngine) -> None:
    literal = engine.to_literal(TABLE, Annotated[pa.Table, kwtypes(a=int), "feather"])
    dataset = engine.to_python(literal, StructuredDataset)
    assert dataset.column_types == {"a": int}
    assert engine.to_literal(dataset, StructuredDataset) == literal
    assert engine.to_literal(dataset, Annotated[StructuredDataset, "csv"]) == literal


def test_passing_a_handle_on_moves_nothing(store: CountingStore) -> None:
    engine = TypeEngine(store=StoreRouter({"memory": store}), prefix="memory://data/")
    literal = engine.to_literal(TABLE, pa.Table)
    store.asked.clear()
    for _ in range(5):
        literal = engine.to_literal(engine.to_python(literal, StructuredDataset), StructuredDataset)
    assert store.asked == []


def test_what_is_known_of_a_handle_without_its_data() -> None:
    dataset = StructuredDataset(uri="s3://b/x", file_format="csv")
    assert repr(dataset) == "StructuredDataset(uri='s3://b/x', file_format='csv')"
    assert dataset.literal is not None
    assert dataset.literal.metadata.structured_dataset_type.format == "csv"
    assert (dataset.metadata, dataset.column_types, StructuredDataset.columns()) == (None, {}, {})
    assert StructuredDataset(dataframe=TABLE).literal is None


def test_handles_are_equal_when_they_mean_the_same_data() -> None:
    one, other = (
        StructuredDataset(uri="s3://b/x", file_format="CSV"),
        StructuredDataset(uri="s3://b/x", file_format="csv"),
    )
    assert one == other
    assert hash(one) == hash(other)
    assert one != StructuredDataset(uri="s3://b/x")
    assert StructuredDataset(dataframe=TABLE) == StructuredDataset(dataframe=TABLE)
    assert StructuredDataset(dataframe=TABLE) != StructuredDataset(dataframe=TABLE.slice(0))


def test_a_handle_can_be_copied_and_pickled(engine: TypeEngine) -> None:
    dataset = back(engine, StructuredDataset(dataframe=TABLE), StructuredDataset)
    assert copy.deepcopy(dataset) == copy.copy(dataset) == dataset
    assert copy.deepcopy(dataset).open(pa.Table).all() == TABLE
    assert pickle.loads(pickle.dumps(dataset)) == dataset


def test_a_handle_of_a_frame_is_opened_in_memory() -> None:
    dataset = StructuredDataset(dataframe=TABLE)
    assert dataset.open(pa.Table).all() is TABLE
    assert dataset.open(pd.DataFrame).all().equals(TABLE.to_pandas())
    assert dataset.open(pa.Table, columns=["b"]).all().column_names == ["b"]
    assert [batch.num_rows for batch in dataset.open(pa.RecordBatch).iter()] == [3]


def test_only_a_class_of_frames_can_be_opened() -> None:
    assert refused(AnnotationError, lambda: StructuredDataset(uri="x").open(int)) == (
        "`int` is not a class of frames: use `pd.DataFrame`, `pd.Series`, `pa.Table`, `pa.RecordBatchReader`, "
        "`pl.DataFrame`, `pl.LazyFrame` or a DuckDB relation, or register the class by `register_frame()`"
    )
    assert refused(ConversionError, lambda: StructuredDataset().open(pa.Table).all()) == (
        "expected a `StructuredDataset` with a dataframe or a URI, got `StructuredDataset` StructuredDataset(uri=None, "
        "file_format='') - at `$`"
    )


# --- writing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file_format", FORMATS)
def test_the_declared_format_is_written(engine: TypeEngine, file_format: str) -> None:
    annotation = Annotated[pa.Table, file_format]
    literal = engine.to_literal(TABLE, annotation)
    assert literal.scalar.structured_dataset.metadata.structured_dataset_type.format == file_format
    assert engine.to_python(literal, annotation) == TABLE
    assert engine.to_python(literal, StructuredDataset).open(pa.Table, columns=["b"]).all() == TABLE.select(["b"])
    batches = list(engine.to_python(literal, StructuredDataset).open(pa.RecordBatch).iter())
    assert pa.Table.from_batches(batches) == TABLE


def test_the_uri_is_a_directory_of_one_file(engine: TypeEngine) -> None:
    for file_format, name in (("parquet", "00000"), ("csv", ".csv")):
        uri = engine.to_literal(TABLE, Annotated[pa.Table, file_format]).scalar.structured_dataset.uri
        assert len(uri.removeprefix(engine.prefix)) == 32
        assert engine.store.list(uri) == [f"{uri}/{name}"]


def test_the_format_of_a_handle_is_written() -> None:
    engine = TypeEngine()
    assert back(engine, StructuredDataset(dataframe=TABLE, file_format="orc"), StructuredDataset).file_format == "orc"
    both = StructuredDataset(dataframe=TABLE, file_format="orc")
    assert refused(ConversionError, lambda: engine.to_literal(both, Annotated[StructuredDataset, "csv"])) == (
        "expected `StructuredDataset` in the format `csv`, got a frame to be written as `orc` - at `$`"
    )
    stored = StructuredDataset(uri="s3://b/x", file_format="orc")
    assert refused(ConversionError, lambda: engine.to_literal(stored, Annotated[StructuredDataset, "csv"])) == (
        "expected `StructuredDataset` in the format `csv`, got `StructuredDataset` StructuredDataset(uri='s3://b/x', "
        "file_format='orc') - at `$`"
    )


def test_a_frame_is_written_where_the_user_says(engine: TypeEngine) -> None:
    target = f"{engine.prefix}mine"
    literal = engine.to_literal(StructuredDataset(dataframe=TABLE, uri=target), StructuredDataset)
    assert literal.scalar.structured_dataset.uri == target
    assert engine.store.list(target) == [f"{target}/00000"]


def test_local_data_is_uploaded_where_its_readers_may_be_elsewhere(tmp_path: Path, store: CountingStore) -> None:
    engine = TypeEngine(store=StoreRouter({"memory": store, "file": LocalStore()}), prefix="memory://data/")
    (tmp_path / "parts").mkdir()
    pq.write_table(TABLE, tmp_path / "parts" / "1.parquet")
    for place in ("parts", "parts/1.parquet"):
        dataset = back(engine, StructuredDataset(uri=tmp_path / place), StructuredDataset)
        assert dataset.uri.startswith("memory://data/")
        assert dataset.open(pa.Table).all() == TABLE
    missing = StructuredDataset(uri=f"{tmp_path}/nothing")
    assert refused(ConversionError, lambda: engine.to_literal(missing, StructuredDataset)) == (
        f"expected `StructuredDataset` whose data is there, got `{tmp_path}/nothing`, where nothing is - at `$`"
    )


def test_the_digest_of_what_was_written_is_noted(engine: TypeEngine) -> None:
    literals = [engine.to_literal(TABLE, pa.Table) for _ in range(2)]
    assert literals[0].metadata["flytetypes.digest"] == literals[1].metadata["flytetypes.digest"]
    assert back(engine, StructuredDataset(dataframe=TABLE), StructuredDataset).digest.startswith("sha256:")


def test_a_hash_of_the_users_is_in_the_literal(engine: TypeEngine) -> None:
    annotation = Annotated[pd.DataFrame, HashMethod(lambda frame: f"{len(frame)} rows")]
    assert engine.to_literal(TABLE.to_pandas(), annotation).hash == "3 rows"


def test_values_that_are_no_datasets_are_refused() -> None:
    engine = TypeEngine()
    assert refused(ConversionError, lambda: engine.to_literal(3, StructuredDataset)) == (
        "expected `StructuredDataset`, got `int` 3 - at `$`"
    )
    assert refused(ConversionError, lambda: engine.to_literal(StructuredDataset(), StructuredDataset)) == (
        "expected `StructuredDataset` with a dataframe or a URI, got `StructuredDataset` StructuredDataset(uri=None, "
        "file_format='') - at `$`"
    )
    series = pd.Series([1])
    assert refused(ConversionError, lambda: engine.to_literal(series, StructuredDataset)) == (
        "expected `StructuredDataset`, got `Series` 0 1 dtype: int64 (wrap it: `StructuredDataset(dataframe=...)`) - at `$`"
    )
    assert refused(ConversionError, lambda: engine.to_literal(StructuredDataset(dataframe=3), StructuredDataset)) == (
        "expected a `StructuredDataset` of a frame, got `StructuredDataset` StructuredDataset(dataframe=... 3, uri=None, "
        "file_format='') (`int` is not a class of frames: use `pd.DataFrame`, `pd.Series`, `pa.Table`, "
        "`pa.RecordBatchReader`, `pl.DataFrame`, `pl.LazyFrame` or a DuckDB relation, or register the class by "
        "`register_frame()`) - at `$`"
    )


def test_an_unknown_format_is_refused_with_those_that_there_are() -> None:
    engine = TypeEngine()
    assert refused(ConversionError, lambda: engine.to_literal(TABLE, Annotated[pa.Table, "xlsx"])) == (
        "expected a `Table` in a format that can be written: `parquet`, `csv`, `feather`, `arrow`, `orc`, got `xlsx` (for "
        "another one use `register_frame_writer()`) - at `$`"
    )
    assert refused(ConversionError, lambda: engine.to_python(literal_of("/x", "xlsx"), pa.Table)) == (
        "expected a `Table` in a format that can be read: `parquet`, `csv`, `feather`, `arrow`, `orc`, got `xlsx` at `/x` "
        "(for another one use `register_frame_reader()`) - at `$`"
    )


def test_what_a_format_cannot_hold_is_refused_with_its_path(engine: TypeEngine) -> None:
    nested = pa.table({"a": [[1]]})
    assert refused(ConversionError, lambda: engine.to_literal([TABLE, nested], list[Annotated[pa.Table, "csv"]])) == (
        "expected a frame that can be written as `csv`, got one that cannot (Unsupported Type:list<item: int64>) - at `$[1]`"
    )


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = TypeEngine()
    frame = pd.DataFrame({"a": [1]})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert refused(MissingPackageError, lambda: engine.to_literal(frame, pd.DataFrame)) == (
        "reading and writing dataframes needs pyarrow: pip install 'flytetypes[frames]'"
    )


# --- reading ----------------------------------------------------------------------------------------------------------


def test_what_is_not_there_is_told(engine: TypeEngine) -> None:
    uri = f"{engine.prefix}nothing"
    message = (
        f"cannot read the dataset `{uri}`: there is no object at it or below it. It was removed, or what should write it "
        "has not: run that again"
    )
    assert refused(ObjectNotFound, lambda: engine.to_python(literal_of(uri), pd.DataFrame)) == message
    dataset = engine.to_python(literal_of(uri), StructuredDataset)
    assert refused(ObjectNotFound, lambda: dataset.open(pd.DataFrame).all()) == message


def test_what_may_not_be_read_is_told() -> None:
    class Locked(MemoryStore):
        def list(self, prefix: str) -> list[str]:
            raise AccessDenied(f"`{prefix}` may not be listed", uri=prefix)

    engine = TypeEngine(store=StoreRouter({"memory": Locked()}))
    assert refused(AccessDenied, lambda: engine.to_python(literal_of("memory://a/b"), pa.Table)) == (
        "cannot read the dataset `memory://a/b`: `memory://a/b` may not be listed"
    )


@pytest.mark.parametrize("file_format", ["parquet", "feather", "orc"])
def test_data_of_another_format_is_told(engine: TypeEngine, file_format: str) -> None:
    uri = f"{engine.prefix}x.csv"
    engine.store.put(uri, b"a,b\n1,2\n" * 100)
    message = refused(ConversionError, lambda: engine.to_python(literal_of(uri, file_format), pa.Table))
    assert message.startswith(f"expected a dataset in the format `{file_format}` at `{uri}`, got other bytes (")
    assert message.endswith(
        'where it is in another format, say so: `StructuredDataset(uri=..., file_format="...")`, or a text inside '
        "`Annotated`) - at `$`"
    )


def test_where_no_format_is_told_the_name_tells_it(engine: TypeEngine) -> None:
    uri = f"{engine.prefix}x.csv"
    engine.store.put(uri, b"a\n1\n")
    assert engine.to_python(literal_of(uri), pa.Table) == pa.table({"a": [1]})


def test_only_the_columns_that_are_wanted_are_fetched(store: CountingStore) -> None:
    engine = TypeEngine(store=StoreRouter({"memory": store}), prefix="memory://data/")
    rows = 1_200_000
    table = pa.table({"large": pa.array(range(rows)), "small": pa.array([True] * rows)})
    literal = engine.to_literal(table, pa.Table)
    size = store.stat(store.list("memory://data/")[0]).size_bytes
    store.asked.clear()
    assert engine.to_python(literal, Annotated[pa.Table, kwtypes(small=bool)]) == table.select(["small"])
    assert sum(int(asked.split()[-1]) for asked in store.asked if asked.startswith("range")) < size / 10


def test_a_few_row_groups_are_fetched_ahead_of_the_one_that_is_read(store: CountingStore) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"a": pa.array(range(2_000_000))}), sink, row_group_size=100_000)
    store.put("memory://data/many", sink.getvalue().to_pybytes())
    router = StoreRouter({"memory": store})
    dataset = StructuredDataset.at("memory://data/many", idl.StructuredDatasetType(), router, shared_registry())
    batches = dataset.open(pa.RecordBatch).iter()
    first = next(batches)
    assert len([asked for asked in store.asked if asked.startswith("range")]) <= 1 + 5  # the footer, and groups
    assert first.num_rows + sum(batch.num_rows for batch in batches) == 2_000_000
    assert len([asked for asked in store.asked if asked.startswith("range")]) == 1 + 20
    assert dataset.open(pa.Table).all().num_rows == 2_000_000


def test_an_object_that_shrinks_while_it_is_read_is_told() -> None:
    class Shrinking(CountingStore):
        def get_range(self, uri: str, start: int, length: int) -> bytes:
            return super().get_range(uri, start, length)[:-1]

    store = Shrinking()
    engine = TypeEngine(store=StoreRouter({"memory": store}), prefix="memory://data/")
    table = pa.table({"a": pa.array(range(1_200_000))})
    literal = engine.to_literal(table, pa.Table)
    uri = store.list("memory://data/")[0]
    start = store.stat(uri).size_bytes - (256 << 10)
    assert refused(StorageError, lambda: engine.to_python(literal, pa.Table)) == (
        f"`{uri}` was cut short: expected 262144 bytes from {start} on, got 262143. It was replaced while it was read, or "
        "the connection ended early: read it again"
    )


def test_partitions_are_columns_and_added_columns_are_null(engine: TypeEngine) -> None:
    root = f"{engine.prefix}parts"
    for year, table in ((2023, pa.table({"v": [1]})), (2024, pa.table({"v": [2.5], "w": ["x"]}))):
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink)
        engine.store.put(f"{root}/year={year}/name=a%20b/0.parquet", sink.getvalue().to_pybytes())
    engine.store.put(f"{root}/_SUCCESS", b"")
    dataset = StructuredDataset.at(root, idl.StructuredDatasetType(), engine.store, engine.registry)
    expected = {"v": [1.0, 2.5], "w": [None, "x"], "year": [2023, 2024], "name": ["a b", "a b"]}
    assert dataset.open(pa.Table).all().to_pydict() == expected
    assert pa.Table.from_batches(dataset.open(pa.RecordBatch).iter()).to_pydict() == expected
    assert dataset.open(pa.Table, columns=["year", "v"]).all().to_pydict() == {"year": [2023, 2024], "v": [1.0, 2.5]}
    declared = engine.to_python(literal_of(root), Annotated[pa.Table, kwtypes(w=str, year=str)])
    assert declared.to_pydict() == {"w": [None, "x"], "year": ["2023", "2024"]}


def test_files_that_do_not_go_together_are_refused(engine: TypeEngine) -> None:
    root = f"{engine.prefix}parts"
    for name, table in (("1", pa.table({"v": [1]})), ("2", pa.table({"v": ["x"]}))):
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink)
        engine.store.put(f"{root}/{name}", sink.getvalue().to_pybytes())
    message = refused(ConversionError, lambda: engine.to_python(literal_of(root), pa.Table))
    assert message.startswith(f"expected files with columns that go together at `{root}`, got others (")


# --- other literals ---------------------------------------------------------------------------------------------------


def test_maps_and_schemas_are_read_too() -> None:
    engine = TypeEngine()
    generic = idl.Literal()
    idl.fill_struct(generic.scalar.generic, {"uri": "s3://a/b", "file_format": "csv"})
    assert engine.to_python(generic, StructuredDataset) == StructuredDataset(uri="s3://a/b", file_format="csv")
    schema = idl.Literal()
    schema.scalar.schema.uri = "s3://a/b"
    schema.scalar.schema.type.columns.add(name="a", type=idl.SchemaType.SchemaColumn.DURATION)
    assert list(engine.to_python(schema, StructuredDataset).column_types) == ["a"]
    assert refused(ConversionError, lambda: engine.to_python(idl.Literal(), StructuredDataset)) == (
        "expected `StructuredDataset`, got the literal nothing - at `$`"
    )
    assert refused(ConversionError, lambda: engine.to_python(literal_of(""), pa.Table)) == (
        "expected `Table`, got a dataset at the URI '' - at `$`"
    )


@pytest.mark.parametrize("annotation", [pa.Table, StructuredDataset], ids=["frame", "handle"])
def test_the_data_of_a_schema_is_parquet_whatever_is_declared(engine: TypeEngine, annotation: Any) -> None:
    schema = idl.Literal()
    schema.scalar.schema.uri = engine.to_literal(TABLE, pa.Table).scalar.structured_dataset.uri
    value = engine.to_python(schema, Annotated[annotation, "csv"])
    if isinstance(value, StructuredDataset):
        passed_on = engine.to_literal(value, StructuredDataset).scalar.structured_dataset
        assert passed_on.metadata.structured_dataset_type.format == value.file_format == "parquet"
        value = value.open(pa.Table).all()
    assert value == TABLE


def test_a_flyte_schema_is_a_dataset_with_another_type(engine: TypeEngine) -> None:
    annotation = FlyteSchema[kwtypes(a=int)]
    literal = engine.to_literal(TABLE, annotation)
    assert idl.render_type(engine.literal_type(annotation)) == "schema(a: int)"
    schema = engine.to_python(literal, annotation)
    assert isinstance(schema, FlyteSchema)
    assert schema.open(pa.Table).all() == TABLE.select(["a"])
    assert engine.to_literal(schema, annotation) == literal
    assert engine.to_python(literal, StructuredDataset).uri == schema.remote_path
    assert refused(ConversionError, lambda: engine.to_literal(TABLE, FlyteSchema[kwtypes(z=int)])) == (
        "expected a `Table` with the column `z` as `int`, got no `z` (its columns are `a`, `b`) - at `$`"
    )


# --- inside other values ----------------------------------------------------------------------------------------------


@dataclass
class Report:
    rows: StructuredDataset
    table: pa.Table
    many: list[pa.Table]
    maybe: Optional[pd.DataFrame] = None


class ReportModel(BaseModel):
    rows: StructuredDataset


def test_datasets_and_frames_are_fields_of_dataclasses(engine: TypeEngine) -> None:
    report = Report(StructuredDataset(dataframe=TABLE), TABLE, [TABLE, TABLE.slice(1)], TABLE.to_pandas())
    found = back(engine, report, Report)
    assert found.rows.open(pa.Table).all() == TABLE
    assert found.table == TABLE
    assert found.many == [TABLE, TABLE.slice(1)]
    assert found.maybe.equals(TABLE.to_pandas())


def test_datasets_are_fields_of_models(engine: TypeEngine) -> None:
    found = back(engine, ReportModel(rows=StructuredDataset(dataframe=TABLE)), ReportModel)
    assert found.rows.open(pa.Table).all() == TABLE
    assert ReportModel.model_validate_json(found.model_dump_json()) == found
    with pytest.raises(
        ValidationError, match="expected `StructuredDataset` as a dict with its `uri` and `file_format`"
    ):
        ReportModel.model_validate({"rows": 3})
    unwritten = ReportModel(rows=StructuredDataset(dataframe=TABLE))
    with pytest.raises(ValueError, match="a dataset whose frame is in no store yet has no JSON"):
        unwritten.model_dump_json()


def test_a_union_of_frames_gives_back_the_class_that_went_in(engine: TypeEngine) -> None:
    annotation = Union[pd.DataFrame, pa.Table, StructuredDataset, int, None]
    for value in (TABLE, TABLE.to_pandas(), 3, None):
        assert type(back(engine, value, annotation)) is type(value)
    assert back(engine, StructuredDataset(uri="s3://b/x"), annotation) == StructuredDataset(uri="s3://b/x")


# --- classes and ways of one's own ------------------------------------------------------------------------------------


def own_class() -> Any:
    """A class of frames of one's own, a new one each time: its writers and readers stay with it."""

    class Rows:
        def __init__(self, rows: list[dict[str, Any]]) -> None:
            self.rows = rows

    class RowsAdapter(FrameAdapter[Rows]):
        cls = Rows

        def to_arrow(self, frame: Rows) -> pa.Table:
            return pa.Table.from_pylist(frame.rows)

        def from_arrow(self, table: pa.Table) -> Rows:
            return Rows(table.to_pylist())

    register_frame(RowsAdapter())
    return Rows


def test_an_adapter_gives_a_class_every_format_and_every_conversion(engine: TypeEngine) -> None:
    Rows = own_class()
    for file_format in FORMATS:
        assert back(engine, Rows([{"a": 1}]), Annotated[Rows, file_format]).rows == [{"a": 1}]
    literal = engine.to_literal(Rows([{"a": 1}]), Rows)
    assert engine.to_python(literal, pd.DataFrame).to_dict("list") == {"a": [1]}
    assert engine.to_python(engine.to_literal(TABLE, pa.Table), Rows).rows == TABLE.to_pylist()
    assert refused(ConversionError, lambda: engine.to_literal(Rows([{"a": 1}]), Annotated[Rows, kwtypes(a=str)])) == (
        "expected a `Rows` with the column `a` as `str`, got `int64` in `a` (its columns are `a`) - at `$`"
    )


def test_the_nearest_way_is_taken(engine: TypeEngine) -> None:
    Rows = own_class()
    protocol = engine.prefix.partition("://")[0] if "://" in engine.prefix else "file"
    taken: list[str] = []

    def writer(name: str) -> Any:
        def write(frame: Any, sink: BinaryIO) -> None:
            taken.append(f"write {name}")
            sink.write(repr(frame.rows).encode())

        return write

    def reader(name: str) -> Any:
        def read(stored: StoredFrame) -> Any:
            taken.append(f"read {name}")
            return Rows(eval(stored.store.get(stored.files[0].uri)))

        return read

    order = [("", ""), ("", "repr"), (protocol, ""), (protocol, "repr")]
    for ways in range(1, len(order) + 1):
        for of, file_format in order[:ways]:
            name = f"{of}/{file_format}"
            register_frame_writer(Rows, writer(name), protocol=of, format=file_format)
            register_frame_reader(Rows, reader(name), protocol=of, format=file_format)
        taken.clear()
        assert back(engine, Rows([{"a": ways}]), Annotated[Rows, "repr"]).rows == [{"a": ways}]
        nearest = "/".join(order[ways - 1])
        assert taken == [f"write {nearest}", f"read {nearest}"]
        dataset = back(engine, StructuredDataset(dataframe=Rows([{"a": 1}]), file_format="repr"), StructuredDataset)
        assert [part.rows for part in dataset.open(Rows).iter()] == [[{"a": 1}]]


def test_the_error_of_a_writer_has_the_path_of_the_value(engine: TypeEngine) -> None:
    def write(frame: pa.Table, sink: BinaryIO) -> None:
        raise RuntimeError("the disk is on fire")

    register_frame_writer(pa.Table, write, format="fire")
    assert refused(
        ConversionError, lambda: engine.to_literal({"x": pa.table({})}, dict[str, Annotated[pa.Table, "fire"]])
    ) == (
        "expected a `Table` that can be written as `fire`, got `Table` pyarrow.Table ---- (RuntimeError: the disk is on fire) "
        '- at `$["x"]`'
    )


def test_what_a_reader_raises_is_told_with_the_uri(engine: TypeEngine) -> None:
    def read(stored: StoredFrame) -> Any:
        raise RuntimeError("out of luck")

    register_frame_reader(pa.Table, read, format="luck")
    uri = f"{engine.prefix}x"
    assert refused(ConversionError, lambda: engine.to_python(literal_of(uri, "luck"), pa.Table)) == (
        f"expected a dataset that can be read as `Table`, got that at `{uri}` (RuntimeError: out of luck) - at `$`"
    )


def test_metadata_that_makes_no_sense_is_an_error_of_the_data(engine: TypeEngine) -> None:
    for key in (b"pandas", b"flytetypes.pandas"):
        literal = engine.to_literal(TABLE.replace_schema_metadata({key: b"not JSON"}), pa.Table)
        message = refused(ConversionError, lambda literal=literal: engine.to_python(literal, pd.DataFrame))
        assert message.startswith("expected a dataset that can be read as `DataFrame`, got that at `")


def test_loading_the_package_imports_no_library_of_frames() -> None:
    registry = default_registry()
    TypeEngine(registry).converter(StructuredDataset)
    transformer: Any = registry.named("StructuredDataset Transformer")
    assert transformer.frames.classes == ()


# --- where a frame is written -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_uri_with_the_ending_of_a_format_is_one_file(engine: TypeEngine, file_format: str) -> None:
    target = f"{engine.prefix}orders.{file_format}"
    literal = engine.to_literal(StructuredDataset(dataframe=TABLE, uri=target), StructuredDataset)
    assert literal.scalar.structured_dataset.uri == target
    assert literal.scalar.structured_dataset.metadata.structured_dataset_type.format == file_format
    assert engine.store.exists(target)
    assert engine.to_python(literal, pa.Table).num_rows == 3


def test_a_dataset_is_not_written_among_other_data(engine: TypeEngine) -> None:
    target = f"{engine.prefix}orders"
    engine.store.put(f"{target}/part-1", b"old")
    message = refused(
        ConversionError,
        lambda: engine.to_literal([StructuredDataset(dataframe=TABLE, uri=target)], list[StructuredDataset]),
    )
    assert message == (
        f"expected a URI for a new dataset, at which nothing else is, only `{target}/00000`, got `{target}/part-1` (both "
        f"would be read as one dataset: remove what is at `{target}`, or write to another URI) - at `$[0]`"
    )
    assert engine.store.list(target) == [f"{target}/part-1"]


def test_a_dataset_is_written_again_at_its_uri(engine: TypeEngine) -> None:
    for rows in (TABLE, TABLE.slice(0, 1)):
        dataset = StructuredDataset(dataframe=rows, uri=f"{engine.prefix}again")
        engine.store.put(f"{engine.prefix}again/_SUCCESS", b"")
        assert back(engine, dataset, StructuredDataset).open(pa.Table).all() == rows


def test_a_file_in_the_place_of_a_directory_is_told(tmp_path: Path) -> None:
    (tmp_path / "orders").write_bytes(b"")
    dataset = StructuredDataset(dataframe=TABLE, uri=tmp_path / "orders")
    message = refused(StorageError, lambda: TypeEngine().to_literal(dataset, StructuredDataset))
    assert message.startswith(f"cannot write `{tmp_path}/orders/00000`: ")


def test_a_csv_of_several_types_is_told_when_it_is_read_in_parts(engine: TypeEngine) -> None:
    target = f"{engine.prefix}rows.csv"
    engine.store.put(target, b"a\n" + b"1\n" * 600_000 + b"1.5\n")
    parts = StructuredDataset.at(target, idl.StructuredDatasetType(), engine.store, engine.registry)
    message = refused(ConversionError, lambda: sum(part.num_rows for part in parts.open(pa.RecordBatch).iter()))
    assert "declare the column, as `kwtypes(name=float)`" in message


def test_numbers_with_leading_zeros_in_directories_stay_text(engine: TypeEngine) -> None:
    base = f"{engine.prefix}zeros"
    for code in ("007", "010"):
        engine.store.put(f"{base}/code={code}/00000", engine.store.get(_written_at(engine, f"{base}-{code}")))
    found = StructuredDataset.at(base, idl.StructuredDatasetType(), engine.store, engine.registry)
    assert found.open(pa.Table, columns=["code"]).all().column("code").unique().to_pylist() == ["007", "010"]


def _written_at(engine: TypeEngine, uri: str) -> str:
    engine.to_literal(StructuredDataset(dataframe=TABLE, uri=uri), StructuredDataset)
    return f"{uri}/00000"


@pytest.mark.parametrize("cls", [pa.Table, pa.RecordBatchReader])
def test_a_part_of_a_column_is_read_alike_in_all_formats(engine: TypeEngine, cls: type) -> None:
    table = pa.table({"a": [{"b": 1, "c": "x"}, None], "d": [1, 2]})
    for file_format in ("parquet", "feather", "arrow"):
        literal = engine.to_literal(table, Annotated[pa.Table, file_format])
        found = engine.to_python(literal, Annotated[cls, kwtypes(**{"a.b": int})])
        rows = found.read_all() if cls is pa.RecordBatchReader else found
        assert rows.to_pylist() == [{"a": {"b": 1}}, {"a": None}]
