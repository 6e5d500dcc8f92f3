"""The transformers that every engine begins with, one family a file."""

from flytetypes.types._registry import Registry
from flytetypes.types.builtin import (
    dataclasses,
    dicts,
    enums,
    errors,
    formed,
    lists,
    literals,
    mappings,
    messages,
    pickled,
    primitives,
    scalars,
    sequences,
    tuples,
    typed_dicts,
    unions,
)
from flytetypes.types.builtin.errors import FlyteError
from flytetypes.types.builtin.pickled import PICKLE, Pickle, Pickled

__all__ = ["PICKLE", "FlyteError", "Pickle", "Pickled", "default_registry"]


def default_registry() -> Registry:
    """A new registry with everything that the library brings."""
    registry = Registry()
    for family in (
        primitives,
        lists,
        unions,
        dicts,
        enums,
        messages,
        errors,
        literals,
        pickled,
        formed,
        scalars,
        sequences,
        mappings,
        tuples,
        typed_dicts,
        dataclasses,
    ):
        family.register(registry)
    abstract = [f"collections.abc.{name}" for name in ("Iterator", "AsyncIterator", "AsyncIterable")]
    for name in ("flytetypes.data", "os.PathLike", "typing.TextIO", "typing.BinaryIO", *abstract):
        registry.register_package(name, "flytetypes.data")
    for package, mark in (("pydantic", None), ("msgspec", None), ("numpy", None), ("attrs", "__attrs_attrs__")):
        registry.register_package(package, f"flytetypes.ext.{package}", mark=mark)
    for package in ("pandas", "pyarrow", "polars", "duckdb", "geopandas", "datasets"):
        registry.register_package(package, f"flytetypes.ext.{package}")
    for package in ("torch", "sklearn", "onnx", "PIL"):
        registry.register_package(package, f"flytetypes.ext.{package.lower()}")
    registry.register_package("flytetypes.ext.torch", "flytetypes.ext.torch")  # its own class of checkpoints
    return registry
