"""Frames between us and flytekit 1.16, in its own environment: it reads ours, we read its."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import pytest

from environments import run
from flytetypes import idl
from flytetypes.data import StructuredDataset
from flytetypes.types import TypeEngine, kwtypes

pd = pytest.importorskip("pandas")
pa = pytest.importorskip("pyarrow")

from frames_table import CLASSES, frame  # noqa: E402 - needs both

pytestmark = pytest.mark.interop

HERE = Path(__file__).parent
ENGINE = TypeEngine()
ANNOTATIONS: dict[str, Any] = {
    "pandas": pd.DataFrame,
    "columns": Annotated[pd.DataFrame, kwtypes(a=int)],
    "arrow": pa.Table,
    "handle": StructuredDataset,
    "csv": Annotated[StructuredDataset, "csv"],
}


def ours(name: str) -> idl.Literal:
    value = frame(name)
    if name in ("handle", "csv"):
        value = StructuredDataset(dataframe=value)
    return ENGINE.to_literal(value, ANNOTATIONS[name])


@cache
def flytekit(*, reads: bool) -> dict[str, Any]:
    steps = {name: ours(name).SerializeToString().hex() if reads else None for name in ANNOTATIONS}
    path = os.pathsep.join([str(HERE)])
    answers: dict[str, Any] = json.loads(
        run("flytekit", HERE / "flytekit_frames.py", stdin=json.dumps(steps), variables={"PYTHONPATH": path})
    )
    return answers


@pytest.mark.parametrize("name", ANNOTATIONS)
def test_flytekit_reads_our_frames(name: str) -> None:
    rows = [{"a": 1, "b": "x", "t": "2024-06-01 00:00:00"}, {"a": 2, "b": None, "t": "2024-06-02 00:00:00"}]
    found = flytekit(reads=True)[name]
    if name == "columns":
        assert found == {"columns": ["a"], "rows": [{"a": 1}, {"a": 2}]}
    else:
        assert found["columns"] == ["a", "b", "t"]
        assert [{**row, "t": row["t"].partition(".")[0]} for row in found["rows"]] == rows


@pytest.mark.parametrize("name", ANNOTATIONS)
def test_we_read_the_frames_of_flytekit(name: str) -> None:
    literal = idl.Literal.FromString(bytes.fromhex(flytekit(reads=False)[name]))
    assert literal.scalar.structured_dataset.metadata == ours(name).scalar.structured_dataset.metadata
    value = ENGINE.to_python(literal, ANNOTATIONS[name])
    if isinstance(value, StructuredDataset):
        value = value.open(CLASSES[name]).all()
    if name == "csv":
        value["t"] = pd.to_datetime(value["t"])
    expected = frame(name)
    if isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(value, expected[["a"]] if name == "columns" else expected, check_dtype=False)
    else:
        assert value == expected
