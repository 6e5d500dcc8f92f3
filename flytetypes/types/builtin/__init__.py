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
    for package, mark in (("pydantic", None), ("msgspec", None), ("numpy", None), ("attrs", "__attrs_attrs__")):
        registry.register_package(package, f"flytetypes.ext.{package}", mark=mark)
    return registry
