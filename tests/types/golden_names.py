"""The golden rows, and the names that they use: flytekit's prelude, with our classes in the place of flytekit's.

Files, directories and datasets are rows of a later issue: their classes stand here only so that the prelude runs.
"""

from __future__ import annotations

import collections
import json
import os
import re
import sys
import types
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from google.protobuf import struct_pb2
from pydantic_core import core_schema

import flytetypes.types as ours

GOLDEN = Path(__file__).parents[1] / "golden"
VECTORS: dict[str, Any] = json.loads((GOLDEN / "types-vectors.json").read_text())
Row = dict[str, Any]

# Whose rows are about stored data, by the names in their annotations.
_STORED = ("FlyteFile", "FlyteDirectory", "FlyteSchema", "StructuredDataset", "TensorboardLogs", "JSON", "os.PathLike")
_LATER = (
    *_STORED,
    "WithFlyte",
    "FileContainers",
    "FlyteModel",
    "pd.",
    "pa.",
    "np.ndarray",
    "TextIO",
    "BinaryIO",
    "Iterator",
)


def rows(kind: str) -> list[Row]:
    """The rows of one kind that are not about stored data."""
    return [
        row for row in VECTORS[kind] if not any(n in row["annotation"] or n in row.get("value", "") for n in _LATER)
    ]


def annotation_of(row: Row) -> Any:
    """A row's annotation, evaluated; `Any` is pickled where that is asked for, and then is what flytekit's is."""
    return eval(re.sub(r"(?<![\w.])Any\b", "Pickled[Any]", row["annotation"]), {**names(), "Pickled": ours.Pickled})


def value_of(row: Row) -> Any:
    return eval(row["value"], names())


@cache
def names() -> dict[str, Any]:
    """What the prelude defines, as the module `golden_defs`, and what the rows use besides."""
    module = types.ModuleType("golden_defs")
    sys.modules["golden_defs"] = module  # its dataclasses look their annotations up there
    with _replaced(_flytekit()):
        exec(compile(VECTORS["prelude"], "golden_defs", "exec"), vars(module))
    vars(module).update(np=np, os=os, collections=collections, typing=typing, struct_pb2=struct_pb2)
    return vars(module)


@contextmanager
def _replaced(modules: dict[str, types.ModuleType]) -> Iterator[None]:
    before = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def _flytekit() -> dict[str, types.ModuleType]:
    contents: dict[str, dict[str, Any]] = {
        "flytekit": {"kwtypes": ours.kwtypes},
        "flytekit.core": {},
        "flytekit.core.annotation": {"FlyteAnnotation": ours.FlyteAnnotation},
        "flytekit.core.hash": {"HashMethod": ours.HashMethod},
        "flytekit.types": {},
        "flytekit.types.error": {},
        "flytekit.types.error.error": {"FlyteError": ours.FlyteError},
        "flytekit.types.directory": {name: _stored(name) for name in ("FlyteDirectory", "TensorboardLogs")},
        "flytekit.types.file": {"FileExt": object, "FlyteFile": _stored("FlyteFile")},
        "flytekit.types.iterator": {"JSON": _stored("JSON")},
        "flytekit.types.schema": {"FlyteSchema": _stored("FlyteSchema")},
        "flytekit.types.structured": {"StructuredDataset": _stored("StructuredDataset")},
        "pandas": {"DataFrame": _stored("DataFrame")},
        "pyarrow": {},
    }
    modules = {}
    for name, attributes in contents.items():
        modules[name] = types.ModuleType(name)
        vars(modules[name]).update(attributes)
    return modules


def _stored(name: str) -> type:
    @dataclass
    class Stored:
        uri: str | None = None
        __class_getitem__: ClassVar[Any] = classmethod(lambda cls, _: cls)

        @classmethod
        def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
            return core_schema.any_schema()

    Stored.__name__ = Stored.__qualname__ = name
    return Stored
