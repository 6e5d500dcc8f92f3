"""Whether two values are the same all the way down: equal, and of the same classes at every place.

Nothing but the standard library is imported here, so that the programs of other environments can use it too.
"""

from __future__ import annotations

import collections
import datetime as dt
import decimal
from collections.abc import Iterator, Mapping
from typing import Any


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal and of the same classes at every place; what "round trip" means here.

    It tells 1 from 1.0 and True, -0.0 from 0.0, `Decimal("1.0")` from `Decimal("1.00")`, a list from a tuple, one zone
    from another; the order of keys counts in an `OrderedDict` only, as for `==`. NaN is the same as NaN. Objects whose
    class has no equality of its own are compared by their attributes.

        >>> same([1, float("nan")], [1, float("nan")]), same([1], [True])
        (True, False)
    """
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    match one:
        case float() | complex() | decimal.Decimal():
            return repr(one) == repr(other)
        case dt.datetime() | dt.time():
            return _clock(one) == _clock(other)
        case collections.defaultdict() if one.default_factory is not other.default_factory:
            return False
        case collections.OrderedDict() if list(map(_key, one)) != list(map(_key, other)):
            return False
        case collections.deque() if one.maxlen != other.maxlen:
            return False
        case Mapping():
            return _same_entries(one, other)
        case list() | tuple() | collections.deque():
            return len(one) == len(other) and all(map(same, one, other))
        case set() | frozenset():
            return len(one) == len(other) and set(map(_key, one)) == set(map(_key, other))
        case _ if type(one).__module__.partition(".")[0] in _FRAMES:
            return _same_frames(one, other)
        case _ if hasattr(one, "dtype") and hasattr(one, "shape"):  # arrays and scalars of numpy
            alike = one.dtype == other.dtype and one.shape == other.shape
            return bool(alike and all(map(same, one.ravel().tolist(), other.ravel().tolist())))
        case _ if hasattr(type(one), "remote_source"):  # a file or directory: its notes do not count in `==`
            return bool(one == other) and same(one.metadata, other.metadata)
        case _ if (parts := _parts(one)) is not None:
            return same(parts, _parts(other))
        case _:
            return bool(one == other)


_FRAMES = ("pandas", "polars", "pyarrow")


def _same_frames(one: Any, other: Any) -> bool:
    """Whether frames, or parts of some, have the same values, columns, classes and labels."""
    if hasattr(one, "collect"):  # a LazyFrame
        one, other = one.collect(), other.collect()
    if not hasattr(one, "equals"):
        return bool(one == other)
    dtypes = [str(getattr(frame, name, None)) for name in ("dtypes", "dtype", "schema") for frame in (one, other)]
    labels: list[Any] = [getattr(frame, label, None) for label in ("index", "name") for frame in (one, other)]
    index, other_index, name, other_name = labels
    same_index = not hasattr(index, "names") or (index.equals(other_index) and index.names == other_index.names)
    return bool(one.equals(other) and dtypes[::2] == dtypes[1::2] and same_index and name == other_name)


def _same_entries(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> bool:
    theirs = {_key(key): item for key, item in other.items()}
    return len(one) == len(theirs) and all(
        (found := _key(key)) in theirs and same(item, theirs[found]) for key, item in one.items()
    )


def _parts(value: Any) -> dict[str, Any] | None:
    """What a value consists of, by name; None for what has an equality that knows better."""
    cls = type(value)
    if hasattr(cls, "__pydantic_fields__"):
        return {**vars(value), **(value.__pydantic_extra__ or {}), **(value.__pydantic_private__ or {})}
    if hasattr(cls, "__dataclass_fields__"):
        names: Iterator[str] = (name for name, field in cls.__dataclass_fields__.items() if _is_stored(field))
    elif hasattr(cls, "__attrs_attrs__"):
        names = (attribute.name for attribute in cls.__attrs_attrs__)
    elif hasattr(cls, "__struct_fields__"):  # msgspec
        names = iter(cls.__struct_fields__)
    # Functions and the like are only themselves; an `object()` is as good as another one.
    elif getattr(cls, "__eq__", None) is getattr(object, "__eq__", None) and (
        cls is object or cls.__module__ != "builtins"
    ):
        slots = (name for base in cls.__mro__ for name in _slots(base))
        names = iter(dict.fromkeys([*getattr(value, "__dict__", ()), *slots]))
    else:
        return None
    return {name: getattr(value, name) for name in names if hasattr(value, name)}


def _is_stored(field: Any) -> bool:
    return bool(field._field_type.name == "_FIELD")  # noqa: SLF001 - `dataclasses.fields` asks just so


def _slots(cls: type) -> tuple[str, ...]:
    slots = cls.__dict__.get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)


def _clock(value: dt.datetime | dt.time) -> tuple[Any, ...]:
    """What a clock shows and which clock it is: equal times of different zones are equal in Python."""
    zone = getattr(value.tzinfo, "key", str(value.tzinfo))
    return value.replace(tzinfo=None), zone, value.utcoffset()


def _key(value: Any) -> Any:
    """Something hashable that is equal for keys that are the same."""
    match value:
        case tuple() | frozenset():
            parts = map(_key, value)
            return type(value), tuple(parts) if isinstance(value, tuple) else frozenset(parts)
        case float() | complex() | decimal.Decimal():
            return type(value), repr(value)
        case dt.datetime() | dt.time():
            return type(value), *_clock(value)
        case _:
            return type(value), value
