"""The names that the golden rows use: flytekit's prelude, with our classes in the place of flytekit's.

Files, directories and datasets are rows of a later issue: their classes stand here only so that the prelude runs.
"""

from __future__ import annotations

import json
import sys
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import flytetypes.types as ours

GOLDEN = Path(__file__).parent.parent / "golden"
VECTORS: dict[str, Any] = json.loads((GOLDEN / "types-vectors.json").read_text())
STORED = ("FlyteFile", "FlyteDirectory", "FlyteSchema", "StructuredDataset", "TensorboardLogs", "JSON")
# Whose rows are about stored data, by their annotations' names.
LATER = (*STORED, "WithFlyte", "FileContainers", "FlyteModel", "pd.", "pa.", "np.ndarray", "TextIO", "BinaryIO", "Iterator")


def _stored(name: str) -> type:
    @dataclass
    class Stored:
        uri: str | None = None
        __class_getitem__: ClassVar[Any] = classmethod(lambda cls, _: cls)

        @classmethod
        def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
            from pydantic_core import core_schema

            return core_schema.any_schema()

    Stored.__name__ = Stored.__qualname__ = name
    return Stored


def _modules() -> dict[str, types.ModuleType]:
    names: dict[str, dict[str, Any]] = {
        "flytekit": {"kwtypes": ours.kwtypes},
        "flytekit.core": {},
        "flytekit.core.annotation": {"FlyteAnnotation": ours.FlyteAnnotation},
        "flytekit.core.hash": {"HashMethod": ours.HashMethod},
        "flytekit.types": {},
        "flytekit.types.error": {},
        "flytekit.types.error.error": {"FlyteError": ours.FlyteError},
        "flytekit.types.directory": {n: _stored(n) for n in ("FlyteDirectory", "TensorboardLogs")},
        "flytekit.types.file": {"FileExt": object, "FlyteFile": _stored("FlyteFile")},
        "flytekit.types.iterator": {"JSON": _stored("JSON")},
        "flytekit.types.schema": {"FlyteSchema": _stored("FlyteSchema")},
        "flytekit.types.structured": {"StructuredDataset": _stored("StructuredDataset")},
        "numpy": {},
        "pandas": {"DataFrame": _stored("DataFrame")},
        "pyarrow": {},
    }
    modules = {}
    for name, attributes in names.items():
        modules[name] = types.ModuleType(name)
        vars(modules[name]).update(attributes)
    return modules


def prelude() -> dict[str, Any]:
    """Run the prelude of the vectors as the module `golden_defs`; its names."""
    module = types.ModuleType("golden_defs")
    real = {name: sys.modules.get(name) for name in _modules()}
    sys.modules["golden_defs"] = module
    sys.modules.update(_modules())
    try:
        import numpy as fake_numpy  # noqa: F401
    finally:
        pass
    try:
        exec(compile(VECTORS["prelude"], "golden_defs", "exec"), vars(module))
    finally:
        for name, before in real.items():
            if before is None:
                del sys.modules[name]
            else:
                sys.modules[name] = before
    import collections
    import os
    import typing

    import numpy as np
    from google.protobuf import struct_pb2

    vars(module).update(np=np, os=os, collections=collections, typing=typing, struct_pb2=struct_pb2)
    return vars(module)
