"""The transformers that every engine begins with, one family a file."""

import threading

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

__all__ = ["PICKLE", "FlyteError", "Pickle", "Pickled", "default_registry", "shared_registry"]


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
    registry.register_package("pydantic", "flytetypes.ext.pydantic")
    return registry


_shared: list[Registry] = []
_making = threading.Lock()


def shared_registry() -> Registry:
    """The registry of every engine that is not given another; made at first use."""
    if not _shared:
        with _making:
            if not _shared:
                _shared.append(default_registry())
    return _shared[0]
