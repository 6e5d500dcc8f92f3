"""Moments and durations as people type them: `now - 1d 2h`, `2024-01-02T03:04:05.5Z + 1:30`, `PT1H30M`.

A moment without a zone is in UTC, as Flyte's instants are, so that it can be compared with `now`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final, TypeVar

D = TypeVar("D", bound=date)

DURATIONS: Final = "a duration is `1d 2h`, `2 minutes`, `1:30` (m:s), `1:00:00` (h:m:s), `PT1H30M`, or seconds as `90`"
MOMENTS: Final = "a moment is `now`, `today` or as in ISO 8601, and may have `+` or `-` and a duration behind it"
DAYS: Final = "a day is `today` or as in ISO 8601, and may have `+` or `-` and whole days behind it"

_MICROSECOND: Final = timedelta(microseconds=1)
_SECOND, _MINUTE, _HOUR, _DAY = (1_000_000 * factor for factor in (1, 60, 3600, 86400))
_UNITS: Final = {
    **dict.fromkeys(("us", "µs", "microsecond", "microseconds"), 1),
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 1000),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), _SECOND),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), _MINUTE),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), _HOUR),
    **dict.fromkeys(("d", "day", "days"), _DAY),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), 7 * _DAY),
}
_NUMBER: Final = r"\d+(?:\.\d+)?|\.\d+"
_SECONDS: Final = re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d{1,3})?|\.\d+")
_PARTS: Final = re.compile(rf"(?:(?:{_NUMBER})\s*[a-zµ]+\s*,?\s*)+")
_PART: Final = re.compile(rf"({_NUMBER})\s*([a-zµ]+)")
_CLOCK: Final = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+):(\d+(?:\.\d+)?)")
# As Python writes one: `-1 day, 23:00:00` is an hour less than nothing.
_PYTHON: Final = re.compile(r"([+-]?\d+) days?, (\d+):(\d\d):(\d\d(?:\.\d+)?)")
_ISO: Final = re.compile(
    rf"p(?=.)(?:({_NUMBER})w)?(?:({_NUMBER})d)?(?:t(?=.)(?:({_NUMBER})h)?(?:({_NUMBER})m)?(?:({_NUMBER})s)?)?"
)
_ISO_UNITS: Final = (7 * _DAY, _DAY, _HOUR, _MINUTE, _SECOND)
_ADDED: Final = re.compile(
    r"(?P<base>.*\S)\s+(?P<sign>[+-])\s+(?P<duration>\S.*)|(?P<word>now|today)\s*(?P<rest>[+-].+)"
)


def duration_of(text: str) -> timedelta:
    """The duration that a text says; microseconds are rounded.

    Raises:
        ValueError: When it says none, or one beyond Python's.
    """
    plain = " ".join(text.lower().split())
    if (match := _PYTHON.fullmatch(plain)) is not None:
        days, *clock = match.groups()
        return _span(int(days) * _DAY + _clock(*clock))
    sign = -1 if plain.startswith("-") else 1
    plain = plain[1:].lstrip() if plain[:1] in ("+", "-") else plain
    if _SECONDS.fullmatch(plain):
        return _span(sign * Decimal(plain) * _SECOND)
    if (match := _CLOCK.fullmatch(plain)) is not None:
        days, hours, minutes, seconds = match.groups()
        return _span(sign * (int(days or 0) * _DAY + _clock(hours or "0", minutes, seconds)))
    if (match := _ISO.fullmatch(plain)) is not None:
        return _span(sign * sum(_number(part) * unit for part, unit in zip(match.groups(), _ISO_UNITS, strict=True)))
    if _PARTS.fullmatch(plain):
        found = _PART.findall(plain)
        if all(unit in _UNITS for _, unit in found):
            return _span(sign * sum(_number(number) * _UNITS[unit] for number, unit in found))
    raise ValueError(DURATIONS)


def _number(text: str | None) -> Decimal:
    return Decimal(text or "0")


def _clock(hours: str, minutes: str, seconds: str) -> Decimal:
    return int(hours) * _HOUR + int(minutes) * _MINUTE + Decimal(seconds) * _SECOND


def _span(microseconds: Decimal | int) -> timedelta:
    try:
        return round(microseconds) * _MICROSECOND
    except OverflowError:
        raise ValueError("it is longer than Python's durations, a billion days") from None


def moment_of(text: str, now: datetime | None = None) -> datetime:
    """The moment that a text says, with a zone.

    Args:
        text: See `MOMENTS`.
        now: What `now` is; the time of the call if it is not given.

    Raises:
        ValueError: When it says none, or one outside of the years 1 to 9999.
    """
    now = now or datetime.now(UTC)
    plain = text.strip()
    if plain == "now":
        return now
    if plain == "today":
        return now.replace(hour=0, minute=0, second=0, microsecond=0)
    added = _added(plain)
    if added is not None:
        base, duration = added
        return _sum(moment_of(base, now), duration)
    try:
        moment = datetime.fromisoformat(plain)
    except ValueError:
        raise ValueError(MOMENTS) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def day_of(text: str, today: date | None = None) -> date:
    """The day that a text says; `today` is that of UTC. Raises as `moment_of`."""
    today = today or datetime.now(UTC).date()
    plain = text.strip()
    if plain == "today":
        return today
    added = _added(plain)
    if added is not None:
        base, duration = added
        if duration % timedelta(days=1):
            raise ValueError(DAYS)
        return _sum(day_of(base, today), duration)
    try:
        return date.fromisoformat(plain)
    except ValueError:
        raise ValueError(DAYS) from None


def _added(text: str) -> tuple[str, timedelta] | None:
    """The text of what a duration is added to, and the duration, which may be negative; None when none is."""
    match = _ADDED.fullmatch(text)
    if match is None:
        return None
    if match["word"]:
        sign, duration = match["rest"][0], match["rest"][1:]
    else:
        sign, duration = match["sign"], match["duration"]
    span = duration_of(duration)
    return match["word"] or match["base"], -span if sign == "-" else span


def _sum(moment: D, duration: timedelta) -> D:
    try:
        return moment + duration
    except OverflowError:
        raise ValueError("it is outside of the years 1 to 9999") from None
