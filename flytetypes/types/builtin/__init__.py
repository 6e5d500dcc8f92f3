"""The transformers that every engine begins with, one family a file."""

from flytetypes.types._registry import Registry
from flytetypes.types.builtin import (
    containers,
    dataclasses,
    dicts,
    enums,
    errors,
    fields,
    lists,
    literals,
    messages,
    pickled,
    primitives,
    scalar_fields,
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
        fields,
        scalar_fields,
        containers,
        dataclasses,
    ):
        family.register(registry)
    registry.register_package("pydantic", "flytetypes.ext.pydantic")
    return registry
