"""Classes of the standard library whose values are a text inside a struct: Decimal, UUID, paths, addresses."""

from __future__ import annotations

import decimal
import fractions
import ipaddress
import pathlib
import uuid

from flytetypes.types._registry import Registry
from flytetypes.types.builtin.fields import TextTransformer


def _path(cls: type[pathlib.PurePath]) -> TextTransformer:
    # `Path("/a")` is a PosixPath: the class that an instance has is not the one that is annotated.
    return TextTransformer(cls.__name__, tuple({cls, type(cls("."))}), {"format": "path"}, cls)


def register(registry: Registry) -> None:
    """All of them; called when a class of one of their modules is first looked up."""
    for name, cls, schema, load in (
        ("Decimal", decimal.Decimal, {"format": "decimal"}, decimal.Decimal),
        ("UUID", uuid.UUID, {"format": "uuid"}, uuid.UUID),
        ("Fraction", fractions.Fraction, {"format": "fraction"}, fractions.Fraction),
        ("IPv4Address", ipaddress.IPv4Address, {"format": "ipv4"}, ipaddress.IPv4Address),
        ("IPv6Address", ipaddress.IPv6Address, {"format": "ipv6"}, ipaddress.IPv6Address),
    ):
        registry.register(TextTransformer(name, (cls,), schema, load), cls, subclasses=False)
    for path in (pathlib.Path, pathlib.PurePath, pathlib.PurePosixPath, pathlib.PosixPath, pathlib.PureWindowsPath):
        registry.register(_path(path), path, subclasses=False)
