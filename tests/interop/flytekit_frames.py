"""The other side of `test_flytekit_frames`: flytekit, run by its own Python; one JSON document in, and one out.

A request is a map from names to steps. A step that has a literal in hex, reads it; others write the frame of that name.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Annotated, Any

import pandas as pd
import pyarrow as pa
from flyteidl.core import literals_pb2
from flytekit import kwtypes
from flytekit.core.context_manager import FlyteContextManager
from flytekit.core.type_engine import TypeEngine
from flytekit.models.literals import Literal
from flytekit.types.structured import StructuredDataset

from frames_table import CLASSES, frame

CONTEXT = FlyteContextManager.current_context()
ANNOTATIONS: dict[str, Any] = {
    "pandas": pd.DataFrame,
    "columns": Annotated[pd.DataFrame, kwtypes(a=int)],
    "arrow": pa.Table,
    "handle": StructuredDataset,
    "csv": Annotated[StructuredDataset, "csv"],
}


def encode(name: str) -> str:
    value: Any = frame(name)
    if name in ("handle", "csv"):
        value = StructuredDataset(dataframe=value)
    annotation = ANNOTATIONS[name]
    literal = TypeEngine.to_literal(CONTEXT, value, annotation, TypeEngine.to_literal_type(annotation))
    data: str = literal.to_flyte_idl().SerializeToString().hex()
    return data


def decode(name: str, data: str) -> Any:
    literal = Literal.from_flyte_idl(literals_pb2.Literal.FromString(bytes.fromhex(data)))
    value = TypeEngine.to_python_value(CONTEXT, literal, ANNOTATIONS[name])
    if isinstance(value, StructuredDataset):
        value = value.open(CLASSES[name]).all()
    table = pa.Table.from_pandas(value, preserve_index=False) if isinstance(value, pd.DataFrame) else value
    return {"columns": table.column_names, "rows": json.loads(json.dumps(table.to_pylist(), default=str))}


if __name__ == "__main__":
    logging.disable()
    asked = json.load(sys.stdin)
    answers = {name: encode(name) if data is None else decode(name, data) for name, data in asked.items()}
    sys.stdout.write(json.dumps(answers))
