"""Frames of pandas come back as they went, index and dtypes included."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from engines import back, refused
from flytetypes.data import StructuredDataset
from flytetypes.errors import ConversionError
from flytetypes.storage import MemoryStore, StoreRouter
from flytetypes.testing import TransformerSuite
from flytetypes.types import TypeEngine, kwtypes
from flytetypes.types._exchange import _Rounds


@pytest.fixture
def engine() -> TypeEngine:
    return TypeEngine(store=StoreRouter({"memory": MemoryStore()}), prefix="memory://pandas/")


def same_frames(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    compare = pd.testing.assert_series_equal if isinstance(one, pd.Series) else pd.testing.assert_frame_equal
    compare(one, other, check_freq=False)
    return bool(one.attrs == other.attrs)


def times(unit: str) -> pd.Series:
    return pd.Series(pd.to_datetime(["2024-06-01T12:00:01", None])).astype(f"datetime64[{unit}]")


COLUMNS: dict[str, Any] = {
    "integers": [1, 2],
    "large integers with nulls": pd.array([2**53 + 1, None], dtype="Int64"),
    "lists of Arrow": pd.Series([[1], None], dtype=pd.ArrowDtype(pa.list_(pa.int64()))),
    "decimals of Arrow": pd.array([decimal.Decimal("1.5"), None], dtype=pd.ArrowDtype(pa.decimal128(10, 3))),
    "seconds of Arrow": pd.array([dt.datetime(2024, 1, 1), None], dtype=pd.ArrowDtype(pa.timestamp("s"))),
    "categories of Arrow": pd.array(["x", None], dtype=pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))),
    "texts of Python": pd.array(["a", None], dtype="string[python]"),
    "no category that is used": pd.Categorical([None, None], categories=["q", "p"], ordered=True),
    "large categories": pd.Categorical([2**53 + 1, None]),
    "datetimes as objects": pd.Series([dt.datetime(2024, 1, 1), None], dtype=object),
    "datetimes with a zone as objects": pd.Series([dt.datetime(2024, 1, 1, tzinfo=dt.UTC), None], dtype=object),
    "timestamps as objects": pd.Series([pd.Timestamp("2024-01-01", tz="UTC"), None], dtype=object),
    "durations as objects": pd.Series([dt.timedelta(1), None], dtype=object),
    "integers of numpy as objects": pd.Series([np.int8(1), None], dtype=object),
    "large integers in dicts": [{"x": 2**53 + 1}, {"x": None}],
    "lists with nulls": [[2**53 + 1, None], None],
    "small integers": np.array([1, 2], "int8"),
    "large integers": np.array([1, 2**64 - 1], "uint64"),
    "floats": [1.5, float("nan")],
    "half floats": np.array([1, 2], "float16"),
    "booleans": [True, False],
    "texts": ["a", None],
    "texts of a dtype": pd.array(["a", None], dtype="string"),
    "texts as objects": pd.Series(["a", None], dtype=object),
    "integers as objects": pd.Series([1, None], dtype=object),
    "bytes": [b"a", None],
    "decimals": [decimal.Decimal("1.50"), None],
    "dates": [dt.date(2024, 6, 1), None],
    "times of day": [dt.time(1, 2, 3), None],
    "nullable integers": pd.array([1, None], dtype="Int32"),
    "nullable floats": pd.array([1.5, None], dtype="Float64"),
    "nullable booleans": pd.array([True, None], dtype="boolean"),
    "dtypes of Arrow": pd.array([1, None], dtype=pd.ArrowDtype(pa.int16())),
    "categories": pd.Categorical(["x", "y"], categories=["y", "x", "z"], ordered=True),
    "categories of integers": pd.Categorical([2, None], categories=[3, 2, 1], ordered=True),
    "categories of times": pd.Categorical(pd.to_datetime(["2024-01-01", "2024-01-02"])),
    **{f"times in {unit}": times(unit) for unit in ("s", "ms", "us", "ns")},
    "nanoseconds": pd.to_datetime([1, 2], unit="ns"),
    "times with a zone": times("ns").dt.tz_localize("Europe/Berlin"),
    "times in seconds with a zone": times("s").dt.tz_localize("UTC"),
    **{
        f"durations in {unit}": pd.to_timedelta([1, 2], unit="s").astype(f"timedelta64[{unit}]") for unit in ("s", "ns")
    },
    "periods": pd.period_range("2024-01", periods=2, freq="M"),
    "intervals": pd.interval_range(0, 2),
    "lists": [[1, 2], None],
    "dicts": [{"x": 1, "y": "a"}, {"x": 2, "y": None}],
    "nothing": [None, None],
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_survives(engine: TypeEngine, name: str) -> None:
    frame = pd.DataFrame({name: COLUMNS[name]})
    assert same_frames(back(engine, frame, pd.DataFrame), frame)


INDEXES: dict[str, Any] = {
    "a range": pd.RangeIndex(2),
    "a range with steps": pd.RangeIndex(3, 7, 2, name="k"),
    "integers": pd.Index([7, 3]),
    "named texts": pd.Index(["p", "q"], name="k"),
    "times with a zone": pd.date_range("2024-01-01", periods=2, tz="Europe/Berlin", name="t"),
    "categories": pd.CategoricalIndex(["p", "q"]),
    "categories of integers": pd.CategoricalIndex([7, 3], ordered=True),
    "times in seconds": pd.DatetimeIndex(["2024-01-01", "2024-01-02"], name="t").as_unit("s"),
    "nullable integers": pd.Index([2**53 + 1, None], dtype="Int64"),
    "integers as objects": pd.Index([7, None], dtype=object, name="k"),
    "small integers": pd.Index([7, 3], dtype="int8"),
    "a dtype of Arrow": pd.Index([7, None], dtype=pd.ArrowDtype(pa.int16())),
    "several levels of dtypes": pd.MultiIndex.from_arrays(
        [pd.array([1, None], dtype="Int64"), pd.CategoricalIndex([5, 6])], names=["p", "q"]
    ),
    "several levels": pd.MultiIndex.from_tuples([(1, "x"), (2, "y")], names=["p", None]),
}


@pytest.mark.parametrize("name", INDEXES)
@pytest.mark.parametrize("file_format", ["parquet", "feather"])
def test_an_index_survives(engine: TypeEngine, name: str, file_format: str) -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}, index=INDEXES[name])
    assert same_frames(back(engine, frame, Annotated[pd.DataFrame, file_format]), frame)
    narrow = Annotated[pd.DataFrame, kwtypes(b=str), file_format]
    assert same_frames(back(engine, frame, narrow), frame[["b"]])


LABELS: dict[str, Any] = {
    "integers": [0, 5],
    "a range": pd.RangeIndex(2),
    "floats": [0.5, 1.5],
    "times": pd.to_datetime(["2024-01-01", "2024-01-02"]),
    "several levels": pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["l", None]),
    "named": pd.Index(["a", "b"], name="columns"),
}


@pytest.mark.parametrize("name", LABELS)
def test_labels_that_are_no_text_survive(engine: TypeEngine, name: str) -> None:
    frame = pd.DataFrame([[1, 2]], columns=LABELS[name])
    assert same_frames(back(engine, frame, pd.DataFrame), frame)


def test_labels_that_would_not_survive_are_refused(engine: TypeEngine) -> None:
    mixed = pd.DataFrame([[1, 2]], columns=[0, "a"])
    assert refused(ConversionError, lambda: engine.to_literal(mixed, pd.DataFrame)) == (
        "expected a `DataFrame` whose columns are called by text, got columns [0, 'a'] (they would come back as text: "
        "rename them by `frame.columns = frame.columns.map(str)`) - at `$`"
    )
    twice = pd.DataFrame([[1, 2, 3]], columns=["a", "b", "a"])
    assert refused(ConversionError, lambda: engine.to_literal(twice, pd.DataFrame)) == (
        "expected a `DataFrame` whose columns have names of their own, got several that are called `a` - at `$`"
    )
    index = pd.DataFrame({"a": [1]}, index=pd.Index([1], name=7))
    assert refused(ConversionError, lambda: engine.to_literal(index, pd.DataFrame)) == (
        "expected a `DataFrame` whose index is called by text, got the index [7] (it would come back as text: rename it by "
        "`frame.rename_axis(...)`) - at `$`"
    )


CHANGING: dict[str, Any] = {
    "integers and floats": pd.Series([1, 1.5], dtype=object),
    "dicts of several keys": [{"x": 2**53 + 1}, {"y": 2}],
    "categories of intervals": pd.cut([1, 2], 2),
    "a subclass of text": pd.Series([type("Name", (str,), {})("a"), "b"], dtype=object),
    "datetimes and timestamps": pd.Series([dt.datetime(2024, 1, 1), pd.Timestamp("2024-01-01")], dtype=object),
    "a zone of dateutil": pd.date_range("2024-01-01", periods=2, tz="dateutil/Europe/Berlin"),
}


@pytest.mark.parametrize("name", CHANGING)
@pytest.mark.parametrize("file_format", ["parquet", "feather"])
def test_what_would_come_back_as_something_else_is_refused(engine: TypeEngine, name: str, file_format: str) -> None:
    frame = pd.DataFrame({"a": CHANGING[name]})
    message = refused(ConversionError, lambda: engine.to_literal(frame, Annotated[pd.DataFrame, file_format]))
    assert message.startswith("expected a frame that comes back as it is, got ")
    assert engine.store.list(engine.prefix) == []


def test_a_refusal_names_the_column(engine: TypeEngine) -> None:
    frame = pd.DataFrame({"a": pd.Series([1, 1.5], dtype=object)})
    assert refused(ConversionError, lambda: engine.to_literal(frame, pd.DataFrame)) == (
        "expected a frame that comes back as it is, got objects of `float` and `int` in the column `a` (they would come "
        "back as `float`: give the column a dtype by `astype`, or values of one class) - at `$`"
    )


@pytest.mark.parametrize("file_format", ["parquet", "feather"])
def test_values_of_objects_keep_their_classes(engine: TypeEngine, file_format: str) -> None:
    values: dict[str, list[Any]] = {
        "numpy": [np.int8(1), None],
        "dicts": [{"x": 2**53 + 1, "y": [{"z": None}]}, None],
        "times": [pd.Timestamp("2024-01-01"), None],
        "python": [dt.datetime(2024, 1, 1), None],
        "lists": [[1, None], None],
    }
    frame = pd.DataFrame({name: pd.Series(column, dtype=object) for name, column in values.items()})
    found = back(engine, frame, Annotated[pd.DataFrame, file_format])
    for name, column in values.items():
        assert found[name].tolist() == column
        assert [*map(type, found[name])] == [*map(type, column)]


def test_lists_come_back_as_arrays(engine: TypeEngine) -> None:
    found = back(engine, pd.DataFrame({"a": [[1, 2], (3,)]}), pd.DataFrame)
    assert [type(value) for value in found["a"]] == [np.ndarray, np.ndarray]


def test_flags_survive(engine: TypeEngine) -> None:
    frame = pd.DataFrame({"a": [1]}).set_flags(allows_duplicate_labels=False)
    assert not back(engine, frame, pd.DataFrame).flags.allows_duplicate_labels


def test_values_that_arrow_has_not_are_refused(engine: TypeEngine) -> None:
    mixed = pd.DataFrame({"a": [1, "x"]})
    message = refused(ConversionError, lambda: engine.to_literal([mixed], list[pd.DataFrame]))
    assert message.startswith("expected a `DataFrame` with columns that Arrow has, got one of the shape (2, 1) (")
    assert "Conversion failed for column a with type object" in message
    assert message.endswith("- at `$[0]`")


@pytest.mark.parametrize(
    "frame", [pd.DataFrame(), pd.DataFrame({"a": pd.Series([], dtype="int16")}), pd.DataFrame(index=range(3))]
)
def test_an_empty_frame_survives(engine: TypeEngine, frame: pd.DataFrame) -> None:
    assert same_frames(back(engine, frame, pd.DataFrame), frame)


def test_attrs_survive(engine: TypeEngine) -> None:
    frame = pd.DataFrame({"a": [1]})
    frame.attrs["unit"] = "kg"
    assert back(engine, frame, pd.DataFrame).attrs == {"unit": "kg"}


@pytest.mark.parametrize("name", [None, "a"])
def test_a_series_survives(engine: TypeEngine, name: str | None) -> None:
    series = pd.Series([1.5, 2.5], index=pd.Index(["p", "q"], name="k"), name=name)
    assert same_frames(back(engine, series, pd.Series), series)


def test_a_series_is_a_dataset_of_one_column(engine: TypeEngine) -> None:
    literal = engine.to_literal(pd.Series([1], name="a"), pd.Series)
    assert engine.to_python(literal, pa.Table).column_names == ["a"]
    assert engine.to_python(engine.to_literal(pa.table({"a": [1]}), pa.Table), pd.Series).name == "a"
    wide = engine.to_literal(pa.table({"a": [1], "b": [2]}), pa.Table)
    assert refused(ConversionError, lambda: engine.to_python(wide, pd.Series)) == (
        "expected a dataset of one column, for a `Series`, got one of 2 columns - at `$`"
    )
    assert same_frames(engine.to_python(wide, Annotated[pd.Series, kwtypes(b=int)]), pd.Series([2], name="b"))
    assert refused(ConversionError, lambda: engine.to_literal(pd.Series([1], name=3), pd.Series)) == (
        "expected a `Series` whose name is text or None, got the name 3 - at `$`"
    )


@pytest.mark.parametrize("file_format", ["csv", "orc"])
def test_a_format_of_columns_only_refuses_an_index(engine: TypeEngine, file_format: str) -> None:
    frame = pd.DataFrame({"a": [1]}, index=pd.Index(["x"], name="k"))
    assert refused(ConversionError, lambda: engine.to_literal(frame, Annotated[pd.DataFrame, file_format])) == (
        f"expected a frame that `{file_format}` can hold, got one with the index `k` (the format has columns only: make the "
        "index one by `reset_index()`, or use parquet) - at `$`"
    )


def test_in_csv_the_declared_columns_tell_the_dtypes(engine: TypeEngine) -> None:
    frame = pd.DataFrame(
        {"code": ["007", "1"], "n": [1, 2], "x": [1.0, 2.0], "t": pd.to_datetime(["2024-01-01", "2024-01-02"])}
    )
    plain = back(engine, frame, Annotated[pd.DataFrame, "csv"])
    assert list(plain["code"]) == [7, 1]
    annotation = Annotated[pd.DataFrame, kwtypes(code=str, n=int, x=float, t=dt.datetime), "csv"]
    declared = back(engine, frame, annotation)
    assert list(declared["code"]) == ["007", "1"]
    assert [declared[name].dtype.kind for name in ("n", "x", "t")] == ["i", "f", "M"]


def test_parts_of_a_frame_keep_its_dtypes(engine: TypeEngine) -> None:
    frame = pd.DataFrame({"a": pd.array([1, None], dtype="Int64")}, index=pd.Index(["x", "y"], name="k"))
    dataset = back(engine, StructuredDataset(dataframe=frame), StructuredDataset)
    (part,) = dataset.open(pd.DataFrame).iter()
    assert same_frames(part, frame)


def test_a_subclass_is_refused(engine: TypeEngine) -> None:
    class Ledger(pd.DataFrame):
        pass

    assert refused(ConversionError, lambda: engine.to_literal(Ledger({"a": [1]}), pd.DataFrame)) == (
        "expected `DataFrame`, got `Ledger` a 0 1 (a subclass would come back as its parent) - at `$`"
    )


def test_a_frame_is_not_changed_by_being_written(engine: TypeEngine) -> None:
    frame = pd.DataFrame({"a": pd.Categorical([1, 2])}, index=pd.Index(["x", "y"], name="k"))
    before = frame.copy(deep=True)
    engine.to_literal(frame, pd.DataFrame)
    assert same_frames(frame, before)


class TestDataFrames(TransformerSuite):
    annotation = pd.DataFrame

    def values(self, annotation: Any) -> Iterable[Any]:
        return [pd.DataFrame(), pd.DataFrame({"a": [1, 2], "b": ["x", None]}, index=[5, 6])]


class TestSeries(TransformerSuite):
    annotation = pd.Series

    def values(self, annotation: Any) -> Iterable[Any]:
        return [pd.Series([1, 2]), pd.Series(["x"], name="a")]


@dataclass
class Many:
    frames: list[pd.DataFrame]


def test_the_frames_of_a_list_in_a_struct_are_read_together(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[int] = []
    read = _Rounds.read

    async def counting(self: Any, asked: list[Any]) -> None:
        rounds.append(len(asked))
        await read(self, asked)

    monkeypatch.setattr(_Rounds, "read", counting)
    engine = TypeEngine(store=StoreRouter({"memory": MemoryStore()}), prefix="memory://together")
    frames = [pd.DataFrame({"a": [number]}) for number in range(30)]
    back = engine.to_python(engine.to_literal(Many(frames), Many), Many)
    assert [frame["a"][0] for frame in back.frames] == list(range(30))
    assert rounds == [30]
