"""The golden rows, and the names that they use: flytekit's prelude, with our classes in the place of flytekit's."""

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
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf import struct_pb2

import flytetypes.types as ours
from flytetypes import data

GOLDEN = Path(__file__).parents[1] / "golden"
VECTORS: dict[str, Any] = json.loads((GOLDEN / "types-vectors.json").read_text())
Row = dict[str, Any]

DIRECTORY = "/tmp/flyte-golden"
"""Where the rows have their files."""


def rows(kind: str) -> list[Row]:
    """The rows of one kind."""
    found: list[Row] = VECTORS[kind]
    return found


def annotation_of(row: Row) -> Any:
    """A row's annotation, evaluated; `Any` is pickled where that is asked for, and then is what flytekit's is."""
    return eval(re.sub(r"(?<![\w.])Any\b", "Pickled[Any]", row["annotation"]), {**names(), "Pickled": ours.Pickled})


def value_of(row: Row, root: str = DIRECTORY) -> Any:
    """A row's value, evaluated; the files that it names are in another directory."""
    return eval(row["value"].replace(DIRECTORY, root), names())


def fill(root: Path) -> None:
    """Make the files that the rows name."""
    for path, content in VECTORS["meta"]["conventions"]["fixtures"].items():
        file = root / Path(path).relative_to(DIRECTORY)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)


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
        "flytekit.types.directory": {"FlyteDirectory": data.FlyteDirectory, "TensorboardLogs": data.TensorboardLogs},
        "flytekit.types.file": {"FileExt": data.FileExt, "FlyteFile": data.FlyteFile},
        "flytekit.types.iterator": {"JSON": data.JSON},
        "flytekit.types.schema": {"FlyteSchema": data.FlyteSchema},
        "flytekit.types.structured": {"StructuredDataset": data.StructuredDataset},
    }
    modules = {}
    for name, attributes in contents.items():
        modules[name] = types.ModuleType(name)
        vars(modules[name]).update(attributes)
    return modules
