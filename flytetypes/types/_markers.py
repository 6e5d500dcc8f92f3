"""What users put into `Annotated[...]` to say more about a type."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeVar

from flytetypes import idl

T = TypeVar("T")
_SHOWN_BYTES: Final = 1000


class FlyteAnnotation:
    """Free data to go into the LiteralType: `Annotated[int, FlyteAnnotation({"unit": "kg"})]`.

    Args:
        data: JSON-like; numbers become floats on the wire. The key `cache-key-metadata` is reserved.
    """

    __slots__ = ("data",)

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = dict(data)

    def __repr__(self) -> str:
        return f"FlyteAnnotation({self.data!r})"


class OfType:
    """Exactly this LiteralType: `Annotated[int, OfType(literal_type)]` converts as `int`, and is of the type.

    Guessing uses it where no annotation alone would give the type back. With `idl.Literal`, whose values are the
    messages themselves, it is an annotation for any type at all.

    Args:
        literal_type: Copied.
    """

    __slots__ = ("_text", "literal_type")

    def __init__(self, literal_type: idl.LiteralType) -> None:
        self.literal_type = idl.LiteralType()
        self.literal_type.CopyFrom(literal_type)
        self._text: str | None = None

    @classmethod
    def from_json(cls, text: str) -> OfType:
        """From the JSON of a LiteralType; raises `ValueError` for other text."""
        return cls(idl.from_json(idl.LiteralType, json.loads(text)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OfType) and idl.fingerprint(self.literal_type) == idl.fingerprint(other.literal_type)

    def __hash__(self) -> int:
        return hash(idl.fingerprint(self.literal_type))

    def source(self) -> str:
        """It as an expression of Python."""
        try:
            return f"OfType.from_json({json.dumps(idl.to_json(self.literal_type), sort_keys=True)!r})"
        except ValueError:  # a NaN, which JSON has not
            return f"OfType(idl.LiteralType.FromString({idl.fingerprint(self.literal_type)!r}))"

    def __repr__(self) -> str:
        if self._text is None:  # asked for often: the text of an annotation is part of what it is known by
            size = self.literal_type.ByteSize()
            self._text = self.source() if size <= _SHOWN_BYTES else f"<OfType of {size} bytes>"
        return self._text


class HashMethod(Generic[T]):
    """How to compute the hash of a value for caching: `Annotated[Model, HashMethod(fingerprint)]`.

    Args:
        function: From the value to a string; an empty one means no hash.
    """

    __slots__ = ("function",)

    def __init__(self, function: Callable[[T], str]) -> None:
        self.function = function


class _Kwtypes(OrderedDict[str, Any]):
    """Hashable, as everything inside `Annotated` has to be that stands in a union."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self))


def kwtypes(**types: Any) -> OrderedDict[str, Any]:
    """Names with types, in order: columns of a dataset, or switches such as `kwtypes(allow_pickle=True)`."""
    return _Kwtypes(types)
