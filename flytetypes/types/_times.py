"""Instants and durations: from Python to the wire and back, zones and naivety included.

On the wire a datetime is an instant in UTC, so that every SDK reads the same one. What an instant cannot tell is kept
beside it (`docs/extensions.md`): that there was no zone, the zone's name where it has one, its offset else.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from functools import cache, lru_cache
from typing import Any, Final

from flytetypes import idl
from flytetypes.errors import ConversionError
from flytetypes.types import _names

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_NAIVE_EPOCH: Final = dt.datetime(1970, 1, 1)
_NAIVE: Final = "naive"
_OFFSET: Final = re.compile(r"([+-])(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{6}))?)?")
_MICROSECOND: Final = dt.timedelta(microseconds=1)
# Up to here, 136 years, neighbouring float64s of seconds are less than a microsecond apart.
_EXACT_MICROSECONDS: Final = 2**32 * 1_000_000


def midnight(day: dt.date) -> dt.datetime:
    """The start of a day in UTC."""
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)


def fill_datetime(value: dt.datetime, into: idl.Literal) -> None:
    """Write an instant, and what else there is to know about the value.

    Raises:
        ConversionError: When the instant in UTC is outside of the years 1 to 9999.
    """
    zone = value.tzinfo
    since = value.replace(fold=0) - _NAIVE_EPOCH if zone is None else _since_epoch(value)
    timestamp = into.scalar.primitive.datetime
    timestamp.SetInParent()
    timestamp.seconds = since.days * 86400 + since.seconds
    timestamp.nanos = since.microseconds * 1000
    if zone is None:
        into.metadata[_names.ZONE] = _NAIVE
    elif zone is not dt.UTC:
        into.metadata[_names.ZONE] = zone_text(value)
        wall = value.replace(tzinfo=None, fold=0)
        if read_datetime(into).replace(tzinfo=None, fold=0) != wall:
            # A wall time that a zone's clock skips: no instant leads back to it.
            into.metadata[_names.WALL] = wall.isoformat()


def _since_epoch(value: dt.datetime) -> dt.timedelta:
    offset = value.utcoffset()
    if offset is None:
        return value.replace(tzinfo=None) - _NAIVE_EPOCH
    since = value.replace(tzinfo=None, fold=0) - _NAIVE_EPOCH - offset
    if not dt.datetime.min - _NAIVE_EPOCH <= since <= dt.datetime.max - _NAIVE_EPOCH:
        raise ConversionError("`datetime` of the years 1 to 9999 in UTC", value)
    return since


def read_datetime(literal: idl.Literal, *, zoned: bool = True) -> dt.datetime:
    """The datetime in a literal: nanoseconds are cut to microseconds; without a note about its zone it is in UTC.

    Raises:
        ConversionError: When the instant is outside of the years 1 to 9999.
    """
    timestamp = literal.scalar.primitive.datetime
    try:
        instant = _EPOCH + dt.timedelta(seconds=timestamp.seconds, microseconds=timestamp.nanos // 1000)
    except OverflowError:
        raise ConversionError(
            "`datetime` of the years 1 to 9999", got=f"{timestamp.seconds} seconds since 1970"
        ) from None
    if not zoned or _names.ZONE not in literal.metadata:
        return instant
    text = literal.metadata[_names.ZONE]
    if text == _NAIVE:
        return instant.replace(tzinfo=None)
    zone = _zone(text)
    if zone is None:
        return instant
    try:
        local = instant.astimezone(zone)
        if _names.WALL in literal.metadata:
            wall = dt.datetime.fromisoformat(literal.metadata[_names.WALL]).replace(tzinfo=zone)
            # What a skipped time means depends on which side of the gap its `fold` counts from.
            return wall if _since_epoch(wall) == instant - _EPOCH else wall.replace(fold=1)
    except (OverflowError, ValueError, ConversionError):
        return instant
    return local


def zone_text(value: dt.datetime | dt.time) -> str:
    """A zone as it is noted: its key where it comes from `zoneinfo`, else the offset: `+05:30`."""
    key = getattr(value.tzinfo, "key", None)
    if isinstance(key, str):
        return key
    offset = value.utcoffset() or dt.timedelta(0)
    return str(dt.timezone(offset)).removeprefix("UTC") or "+00:00"


def _zone(text: str) -> dt.tzinfo | None:
    """The zone of a note; None when it is unknown here."""
    match = _OFFSET.fullmatch(text)
    if match is None:
        return _named_zone(text)
    sign, hours, minutes, seconds, micros = match.groups()
    offset = dt.timedelta(
        hours=int(hours), minutes=int(minutes), seconds=int(seconds or 0), microseconds=int(micros or 0)
    )
    if offset >= dt.timedelta(days=1):
        return None
    return dt.timezone(-offset if sign == "-" else offset)


def _named_zone(name: str) -> dt.tzinfo | None:
    """The zone of a name that comes from data: nothing is opened, or looked for, but what the database has."""
    import zoneinfo  # the standard library's, but not needed before the first named zone

    if name not in _names_in(zoneinfo.TZPATH) and name not in _names_in_tzdata():
        return None
    try:
        return zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # what lies there is no zone; ZoneInfoNotFoundError is a KeyError
        return None


@lru_cache(maxsize=1)
def _names_in(directories: tuple[str, ...]) -> frozenset[str]:
    """The zones that are files there. `zoneinfo.available_timezones` opens each file, in four times the time."""
    names: set[str] = set()
    for directory in directories:
        for root, _, files in os.walk(directory):
            place = os.path.relpath(root, directory).replace(os.sep, "/")
            names.update(files if place == "." else (f"{place}/{file}" for file in files))
    return frozenset(names)


@cache
def _names_in_tzdata() -> frozenset[str]:
    """What the package tzdata has, which is there for systems without a database, as Windows."""
    from importlib import resources

    try:
        return frozenset((resources.files("tzdata") / "zones").read_text("utf-8").splitlines())
    except (ImportError, OSError):
        return frozenset()


def zone_hint(value: dt.datetime | dt.time) -> str | None:
    """What ISO text does not tell about a zone: its name."""
    key = getattr(value.tzinfo, "key", None)
    return key if isinstance(key, str) else None


def load_datetime(tree: Any, hint: str | None) -> dt.datetime:
    """A datetime from ISO text; with the zone of a hint if there is one."""
    if type(tree) is not str:
        raise ConversionError("`datetime`", tree)
    try:
        value = dt.datetime.fromisoformat(tree)
    except ValueError:
        raise ConversionError("`datetime`", tree) from None
    zone = _zone(hint) if hint is not None else None
    if zone is None:
        return value
    offset = value.utcoffset()
    named = value.replace(tzinfo=zone)
    return named if named.utcoffset() == offset else named.replace(fold=1)


def load_date(tree: Any) -> dt.date:
    """A date from ISO text."""
    if type(tree) is str:
        try:
            return dt.date.fromisoformat(tree)
        except ValueError:
            pass
    raise ConversionError("`date`", tree)


def load_time(tree: Any, hint: str | None) -> dt.time:
    """A time of day from ISO text; with the zone of a hint if there is one."""
    if type(tree) is str:
        try:
            value = dt.time.fromisoformat(tree)
        except ValueError:
            pass
        else:
            zone = _zone(hint) if hint is not None else None
            return value if zone is None else value.replace(tzinfo=zone)
    raise ConversionError("`time`", tree)


def fill_duration(value: dt.timedelta, into: idl.Duration) -> None:
    """Write a duration; for a negative one seconds and nanoseconds are both negative or zero."""
    microseconds = value // _MICROSECOND
    seconds, rest = divmod(abs(microseconds), 1_000_000)
    sign = -1 if microseconds < 0 else 1
    into.SetInParent()
    into.seconds = sign * seconds
    into.nanos = sign * rest * 1000


def read_duration(duration: idl.Duration) -> dt.timedelta:
    """A duration, nanoseconds cut towards zero.

    Raises:
        ConversionError: When it is longer than Python's timedelta, about 2.7 million years.
    """
    microseconds = abs(duration.nanos) // 1000
    try:
        return dt.timedelta(
            seconds=duration.seconds, microseconds=-microseconds if duration.nanos < 0 else microseconds
        )
    except OverflowError:
        raise ConversionError("`timedelta`", got=f"{duration.seconds} seconds") from None


def dump_timedelta(value: dt.timedelta) -> tuple[float, str | None]:
    """Seconds as a float, and the exact microseconds where a float cannot tell them."""
    microseconds = value // _MICROSECOND
    return value.total_seconds(), None if abs(microseconds) <= _EXACT_MICROSECONDS else str(microseconds)


def load_timedelta(tree: Any, hint: str | None) -> dt.timedelta:
    """A duration from a number of seconds; from the microseconds of a hint if there is one."""
    if type(tree) in (int, float):
        if hint is not None:
            try:
                return dt.timedelta(microseconds=int(hint))
            except (OverflowError, ValueError):  # as good as no hint
                pass
        try:
            return dt.timedelta(seconds=tree)
        except (OverflowError, ValueError):  # ValueError: NaN
            pass
    raise ConversionError("`timedelta`", tree)
