"""The frames that we and flytekit write for each other; read by both sides."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pyarrow as pa

CLASSES: dict[str, Any] = {
    "pandas": pd.DataFrame,
    "columns": pd.DataFrame,
    "arrow": pa.Table,
    "handle": pd.DataFrame,
    "csv": pd.DataFrame,
}


def frame(name: str) -> Any:
    rows = pd.DataFrame({"a": [1, 2], "b": ["x", None], "t": [dt.datetime(2024, 6, 1), dt.datetime(2024, 6, 2)]})
    return pa.Table.from_pandas(rows) if CLASSES[name] is pa.Table else rows
