"""The registry that engines share, and the decorator by which a transformer of one's own gets there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from flytetypes.types._registry import Registry, TypeTransformer
from flytetypes.types.builtin import default_registry

C = TypeVar("C", bound=type[TypeTransformer[Any]])

_shared: list[Registry] = []
_making = threading.Lock()


def shared_registry() -> Registry:
    """The registry of every engine that is not given another; made at first use."""
    if not _shared:
        with _making:
            if not _shared:
                _shared.append(default_registry())
    return _shared[0]


def transformer(*annotations: Any, subclasses: bool = True, registry: Registry | None = None) -> Callable[[C], C]:
    """Register a class of transformers, which is made without arguments, for these annotations.

    Args:
        annotations: As for `Registry.register`.
        subclasses: As for `Registry.register`.
        registry: With which; by default the one that engines share.

    Raises:
        RegistrationError: When an annotation or the name belongs to another transformer.
    """

    def register(cls: C) -> C:
        (registry or shared_registry()).register(cls(), *annotations, subclasses=subclasses)
        return cls

    return register
