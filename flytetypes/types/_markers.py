"""What users put into `Annotated[...]` to say more about a type."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class FlyteAnnotation:
    """Free data to go into the LiteralType: `Annotated[int, FlyteAnnotation({"unit": "kg"})]`.

    Args:
        data: JSON-like; numbers become floats on the wire. The key `cache-key-metadata` is reserved.
    """

    __slots__ = ("data",)

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = dict(data)


class HashMethod(Generic[T]):
    """How to compute the hash of a value for caching: `Annotated[Model, HashMethod(fingerprint)]`.

    Args:
        function: From the value to a string; an empty one means no hash.
    """

    __slots__ = ("function",)

    def __init__(self, function: Callable[[T], str]) -> None:
        self.function = function


def kwtypes(**types: Any) -> OrderedDict[str, Any]:
    """Names with types, in order: columns of a dataset, or switches such as `kwtypes(allow_pickle=True)`."""
    return OrderedDict(types)
