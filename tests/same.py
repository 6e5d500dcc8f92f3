"""Whether two values are the same all the way down: equal, and of the same classes at every place."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any


def same(one: Any, other: Any) -> bool:
    """Equality that tells 1 from 1.0 and True, -0.0 from 0.0, a list from a tuple, and one zone from another."""
    if type(one) is not type(other):
        return False
    match one:
        case float() | complex():
            return repr(one) == repr(other)  # NaN is the same as NaN
        case dt.datetime() | dt.time():
            naive = one.replace(tzinfo=None), other.replace(tzinfo=None)
            zones = getattr(one.tzinfo, "key", str(one.tzinfo)), getattr(other.tzinfo, "key", str(other.tzinfo))
            return naive[0] == naive[1] and zones[0] == zones[1] and one.utcoffset() == other.utcoffset()
        case collections.defaultdict() if one.default_factory is not other.default_factory:
            return False
        case collections.OrderedDict() if list(one) != list(other):
            return False
        case collections.deque() if one.maxlen != other.maxlen:
            return False
        case Mapping():
            keys = {_key(key) for key in one}, {_key(key) for key in other}
            return (
                len(one) == len(other)
                and keys[0] == keys[1]
                and all(same(item, other[key]) for key, item in one.items())
            )
        case list() | tuple() | collections.deque():
            return len(one) == len(other) and all(map(same, one, other))
        case set() | frozenset():
            return {_key(item) for item in one} == {_key(item) for item in other}
        case _ if dataclasses.is_dataclass(one):
            return all(same(getattr(one, f.name), getattr(other, f.name)) for f in dataclasses.fields(one))
        case _ if hasattr(one, "model_fields_set"):
            return same(dict(one), dict(other))
        case _:
            return bool(one == other)


def _key(value: Any) -> Any:
    if isinstance(value, (tuple, frozenset)):
        return (
            (type(value), *map(_key, value)) if isinstance(value, tuple) else (frozenset, frozenset(map(_key, value)))
        )
    return type(value), repr(value) if isinstance(value, float) else value
