"""Literals without our metadata, to compare with what others write."""

from __future__ import annotations

from flytetypes import idl


def without_extensions(data: bytes) -> bytes:
    """A serialised literal without it, all the way down."""
    literal = idl.Literal.FromString(data)
    _strip(literal)
    return literal.SerializeToString(deterministic=True)


def _strip(literal: idl.Literal) -> None:
    for key in [key for key in literal.metadata if key.startswith("flytetypes.")]:
        del literal.metadata[key]
    for item in (*literal.collection.literals, *literal.map.literals.values()):
        _strip(item)
    if literal.scalar.WhichOneof("value") == "union":
        _strip(literal.scalar.union.value)
