"""Classes of the standard library whose values are a text: Decimal, UUID, Fraction, paths, addresses of networks."""

from __future__ import annotations

import decimal
import fractions
import ipaddress
import pathlib
import uuid

from flytetypes.types._registry import Registry
from flytetypes.types.builtin.formed import TextTransformer


def register(registry: Registry) -> None:
    """All of them; called when a class of one of their modules is first looked up."""
    for cls, schema in (
        (decimal.Decimal, "decimal"),
        (uuid.UUID, "uuid"),
        (fractions.Fraction, "fraction"),
        (ipaddress.IPv4Address, "ipv4"),
        (ipaddress.IPv6Address, "ipv6"),
        (ipaddress.IPv4Network, "ipv4network"),
        (ipaddress.IPv6Network, "ipv6network"),
        (ipaddress.IPv4Interface, "ipv4interface"),
        (ipaddress.IPv6Interface, "ipv6interface"),
    ):
        registry.register(TextTransformer(cls.__name__, cls, {"format": schema}), cls, subclasses=False)
    for path in (pathlib.Path, pathlib.PurePath, pathlib.PurePosixPath, pathlib.PosixPath, pathlib.PureWindowsPath):
        # `Path("/a")` is a PosixPath: the class that an instance has is not the one that is annotated.
        classes: tuple[type, ...] = tuple(dict.fromkeys((path, type(path(".")))))
        transformer = TextTransformer(path.__name__, path, {"format": "path"}, classes=classes)
        registry.register(transformer, path, subclasses=False)
