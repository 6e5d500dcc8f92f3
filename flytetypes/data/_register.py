"""What brings the transformers of this package into a registry."""

from flytetypes.data import (
    _dataset_transformer,
    _iterators,
    _json_lines,
    _lazy_list,
    _schema,
    _streams,
    _transformers,
)
from flytetypes.types import Registry


def register(registry: Registry) -> None:
    """Every family of this package."""
    # The first that takes a type is its guess: files, which take every blob, come last.
    for family in (_dataset_transformer, _schema, _streams, _json_lines, _iterators, _lazy_list, _transformers):
        family.register(registry)
