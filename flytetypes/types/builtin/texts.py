"""Classes of the standard library whose values are a text: Decimal, UUID, Fraction, paths, addresses of networks."""

from __future__ import annotations

import decimal
import fractions
import ipaddress
import pathlib
import re
import uuid

from flytetypes.types._registry import Registry
from flytetypes.types.builtin.formed import TextTransformer


def register(registry: Registry) -> None:
    """All of them; called when a class of one of their modules is first looked up."""
    for cls, schema in (
        (decimal.Decimal, "decimal"),
        (uuid.UUID, "uuid"),
        (ipaddress.IPv4Address, "ipv4"),
        (ipaddress.IPv6Address, "ipv6"),
        (ipaddress.IPv4Network, "ipv4network"),
        (ipaddress.IPv6Network, "ipv6network"),
        (ipaddress.IPv4Interface, "ipv4interface"),
        (ipaddress.IPv6Interface, "ipv6interface"),
    ):
        registry.register(TextTransformer(cls.__name__, cls, {"format": schema}), cls, subclasses=False)
    fraction = TextTransformer("Fraction", fractions.Fraction, {"format": "fraction"}, _load_fraction)
    registry.register(fraction, fractions.Fraction, subclasses=False)
    for path in (pathlib.Path, pathlib.PurePath, pathlib.PurePosixPath, pathlib.PosixPath, pathlib.PureWindowsPath):
        # `Path("/a")` is a PosixPath: the class that an instance has is not the one that is annotated.
        classes: tuple[type, ...] = tuple(dict.fromkeys((path, type(path(".")))))
        transformer = TextTransformer(path.__name__, path, {"format": "path"}, classes=classes)
        registry.register(transformer, path, subclasses=False)


# What `str` of a fraction gives, and decimals. Python also reads "1e999999999", whose digits no memory can hold, and
# more decimals than it reads digits of an integer (`sys.int_info.default_max_str_digits`).
_FRACTION = re.compile(r"[+-]?\d+(?:/\d+|\.\d{1,4300})?")


def _load_fraction(text: str) -> fractions.Fraction:
    if _FRACTION.fullmatch(text) is None:
        raise ValueError(text)
    return fractions.Fraction(text)
