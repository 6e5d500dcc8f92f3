"""What an annotation says of a dataset's columns, and whether a frame has them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from engines import refused
from flytetypes import idl
from flytetypes.data import StructuredDataset
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.storage import MemoryStore, StoreRouter
from flytetypes.types import TypeEngine, kwtypes, source_code


@dataclass
class Point:
    x: int
    y: str


@pytest.fixture
def engine() -> TypeEngine:
    return TypeEngine(store=StoreRouter({"memory": MemoryStore()}), prefix="memory://columns/")


def shown(annotation: Any) -> str:
    return idl.render_type(TypeEngine().literal_type(annotation))


# --- what is declared -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "columns", [kwtypes(x=int, y=str), {"x": int, "y": str}, Point], ids=["kwtypes", "dict", "class"]
)
def test_columns_are_told_by_a_dict_or_a_class(columns: Any) -> None:
    assert shown(Annotated[pd.DataFrame, columns]) == "dataset(x: int, y: str)"


def test_what_is_nested_has_names_with_dots() -> None:
    assert (
        shown(Annotated[StructuredDataset, {"p": Point, "q": {"z": float}}])
        == "dataset(p.x: int, p.y: str, q.z: float)"
    )


def test_lists_and_dicts_are_columns_too() -> None:
    assert shown(Annotated[pa.Table, kwtypes(a=list[int], b=dict[str, list[float]])]) == (
        "dataset(a: list[int], b: dict[str, list[float]])"
    )


def test_of_several_sets_of_columns_the_outermost_counts() -> None:
    inner = Annotated[pd.DataFrame, kwtypes(a=int)]
    assert shown(Annotated[inner, kwtypes(b=str)]) == "dataset(b: str)"


def test_two_formats_are_refused() -> None:
    assert refused(AnnotationError, lambda: shown(Annotated[pd.DataFrame, "csv", "parquet"])) == (
        "`DataFrame` has 2 formats, 'csv', 'parquet': keep one"
    )


@pytest.mark.parametrize(("hint", "text"), [(dt.date, "`date`"), (bytes, "`bytes`"), (list, "`list`"), (3, "3")])
def test_a_class_that_is_no_column_is_refused(hint: Any, text: str) -> None:
    assert refused(AnnotationError, lambda: shown(Annotated[pd.DataFrame, {"a": hint}])) == (
        f"the column `a` of `DataFrame` is declared as {text}: a column is `int`, `float`, `bool`, `str`, `datetime`, "
        "`timedelta`, a class of numpy for one of those, or a list or dict of such. Any column may have nulls; one that is "
        "not declared may be of any type"
    )


def test_what_is_declared_is_guessed() -> None:
    annotation = Annotated[pd.DataFrame, kwtypes(**{"a": int, "b.c": list[str]}), "csv"]
    engine = TypeEngine()
    guess = engine.guess(engine.literal_type(annotation))
    assert engine.literal_type(guess) == engine.literal_type(annotation)
    assert source_code(guess).annotation == (
        'Annotated[flytetypes.data.StructuredDataset, kwtypes(**{"a": int, "b.c": list[str]}), "csv"]'
    )


# --- whether a frame has it -------------------------------------------------------------------------------------------

FITS: list[tuple[Any, pa.DataType]] = [
    (int, pa.int8()),
    (int, pa.uint64()),
    (int, pa.null()),
    (np.int32, pa.int32()),
    (np.int32, pa.uint16()),
    (np.int64, pa.uint32()),
    (float, pa.float32()),
    (float, pa.int64()),
    (np.float32, pa.float32()),
    (bool, pa.bool_()),
    (str, pa.string()),
    (str, pa.large_string()),
    (str, pa.dictionary(pa.int8(), pa.string())),
    (np.bytes_, pa.binary()),
    (np.object_, pa.list_(pa.date32())),
    (dt.datetime, pa.timestamp("ns", "UTC")),
    (dt.datetime, pa.timestamp("s")),
    (dt.timedelta, pa.duration("ms")),
    (list[int], pa.large_list(pa.int16())),
    (list[str], pa.list_(pa.string())),
    (dict[str, int], pa.map_(pa.string(), pa.int64())),
    (dict[str, int], pa.struct({"a": pa.int64(), "b": pa.int8()})),
]
DIFFERS: list[tuple[Any, pa.DataType, str, str]] = [
    (int, pa.float64(), "`int`", "double"),
    (int, pa.string(), "`int`", "string"),
    (int, pa.bool_(), "`int`", "bool"),
    (np.int32, pa.int64(), "`numpy.int32`", "int64"),
    (np.float32, pa.float64(), "`numpy.float32`", "double"),
    (float, pa.decimal128(5, 2), "`float`", "decimal128(5, 2)"),
    (str, pa.binary(), "`str`", "binary"),
    (dt.datetime, pa.date32(), "`datetime`", "date32[day]"),
    (dt.timedelta, pa.int64(), "`timedelta`", "int64"),
    (list[int], pa.list_(pa.string()), "`list[int]`", "list<item: string>"),
    (dict[str, int], pa.struct({"a": pa.string()}), "`dict[str, int]`", "struct<a: string>"),
]


@pytest.mark.parametrize(("hint", "kind"), FITS, ids=str)
def test_a_column_whose_values_are_of_the_class_fits(engine: TypeEngine, hint: Any, kind: pa.DataType) -> None:
    annotation = Annotated[pa.Table, {"a": hint}]
    table = pa.table({"a": pa.array([], kind)})
    assert engine.to_python(engine.to_literal(table, annotation), annotation).column_names == ["a"]


@pytest.mark.parametrize(("hint", "kind", "declared", "found"), DIFFERS, ids=str)
def test_a_column_of_another_type_is_refused_before_anything_is_written(
    engine: TypeEngine, hint: Any, kind: pa.DataType, declared: str, found: str
) -> None:
    table = pa.table({"a": pa.array([], kind)})
    assert refused(ConversionError, lambda: engine.to_literal(table, Annotated[pa.Table, {"a": hint}])) == (
        f"expected a `Table` with the column `a` as {declared}, got `{found}` in `a` (its columns are `a`) - at `$`"
    )
    assert engine.store.list("memory://columns/") == []


def test_every_column_that_does_not_fit_is_named() -> None:
    annotation = Annotated[pd.DataFrame, kwtypes(id=int, name=str, size=float)]
    frame = pd.DataFrame({"id": ["1"], "size": [1.5]})
    kind = "large_string" if pd.__version__ >= "3" else "string"
    assert refused(ConversionError, lambda: TypeEngine().to_literal([frame], list[annotation])) == (
        f"expected a `DataFrame` with the columns `id` as `int`, `name` as `str`, got `{kind}` in `id`, no `name` (its "
        "columns are `id`, `size`) - at `$[0]`"
    )


def test_columns_inside_columns_are_checked(engine: TypeEngine) -> None:
    annotation = Annotated[pa.Table, {"p": Point}]
    table = pa.table({"p": [{"x": 1, "y": "a", "z": 2}], "q": [1]})
    assert engine.to_python(engine.to_literal(table, annotation), annotation).to_pylist() == [{"p": {"x": 1, "y": "a"}}]
    other = pa.table({"p": [{"x": 1}]})
    assert refused(ConversionError, lambda: engine.to_literal(other, annotation)) == (
        "expected a `Table` with the column `p.y` as `str`, got no `p.y` (its columns are `p`) - at `$`"
    )


def test_an_index_of_pandas_is_a_column(engine: TypeEngine) -> None:
    annotation = Annotated[pd.DataFrame, kwtypes(k=int, a=str)]
    frame = pd.DataFrame({"a": ["x"], "b": [1.5]}, index=pd.Index([7], name="k"))
    back = engine.to_python(engine.to_literal(frame, annotation), annotation)
    pd.testing.assert_frame_equal(back, frame[["a"]])


def test_an_arrow_schema_is_exact(engine: TypeEngine) -> None:
    annotation = Annotated[pa.Table, pa.schema({"a": pa.int32()})]
    fitting = pa.table({"b": [1], "a": pa.array([1], pa.int32())})
    assert engine.to_python(engine.to_literal(fitting, annotation), annotation).column_names == ["a"]
    assert refused(ConversionError, lambda: engine.to_literal(pa.table({"a": [1]}), annotation)) == (
        "expected a `Table` with the column `a` as Arrow's `int32`, got `int64` in `a` (its columns are `a`) - at `$`"
    )


# --- reading ----------------------------------------------------------------------------------------------------------


def test_the_declared_columns_are_read_in_their_order(engine: TypeEngine) -> None:
    literal = engine.to_literal(pa.table({"a": [1], "b": ["x"], "c": [True]}), pa.Table)
    assert engine.to_python(literal, Annotated[pa.Table, kwtypes(c=bool, a=int)]).column_names == ["c", "a"]


def test_what_the_writer_declared_is_read_where_the_reader_declares_nothing(engine: TypeEngine) -> None:
    literal = engine.to_literal(pd.DataFrame({"a": [1], "b": [2]}), Annotated[pd.DataFrame, kwtypes(a=int)])
    assert list(engine.to_python(literal, pd.DataFrame)) == ["a"]
    assert engine.to_python(literal, Annotated[pd.DataFrame, kwtypes(b=int)]).to_dict("list") == {"b": [2]}


def test_integers_are_read_as_the_floats_that_are_declared(engine: TypeEngine) -> None:
    literal = engine.to_literal(pa.table({"a": [1, None]}), pa.Table)
    annotation = Annotated[pa.Table, kwtypes(a=float)]
    assert engine.to_python(literal, annotation) == pa.table({"a": [1.0, None]})
    large = engine.to_literal(pa.table({"a": [2**53 + 1]}), pa.Table)
    assert refused(ConversionError, lambda: engine.to_python(large, annotation)) == (
        "expected floats in the column `a`, got integers beyond them (Integer value 9007199254740993 not in range: "
        "-9007199254740992 to 9007199254740992) - at `$`"
    )


def test_columns_that_the_data_lacks_are_named(engine: TypeEngine) -> None:
    literal = engine.to_literal(pa.table({"a": [1]}), pa.Table)
    uri = literal.scalar.structured_dataset.uri
    assert refused(
        ConversionError, lambda: engine.to_python(literal, Annotated[pd.DataFrame, kwtypes(a=str, z=int)])
    ) == (
        f"expected a dataset at `{uri}` with the columns `a` as `str`, `z` as `int`, got `int64` in `a`, no `z` (its "
        "columns are `a`) - at `$`"
    )
    dataset = engine.to_python(literal, StructuredDataset)
    assert refused(ConversionError, lambda: dataset.open(pa.Table, columns=["a", "z"]).all()) == (
        f"expected the column `z` in `{uri}`, got a dataset with the columns `a` - at `$`"
    )
