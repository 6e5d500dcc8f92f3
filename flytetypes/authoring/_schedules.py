"""Schedules of launch plans: by a cron expression, or at a fixed rate.

They are checked when they are made, as the parser of Flyte's scheduler reads them: `ParseStandard` of robfig/cron v3.
Where it lets something pass that nobody means (`1,,2`, `*-5`), this is stricter. Running by them is Flyte's work.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from flytetypes._record import Record
from flytetypes.errors import ScheduleError, describe, one_line

_ALIASES: Final = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_ALIAS_NAMES: Final = ", ".join(f"`{name}`" for name in _ALIASES)
_FIVE_FIELDS: Final = "five fields (minute, hour, day of month, month, day of week)"
# Weeks may stand beside other units, as flytekit has it; seconds alone may have a fraction.
_ISO_DURATION: Final = re.compile(
    r"P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+([.,]\d+)?S)?)?", re.ASCII
)
_LONGEST_MONTHS: Final = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# Flyte's scheduler counts nanoseconds in 64 bits (Go's time.Duration).
_LONGEST_RATE: Final = timedelta(days=106_751)
_UNITS: Final = {"DAY": timedelta(days=1), "HOUR": timedelta(hours=1), "MINUTE": timedelta(minutes=1)}


class CronSchedule(Record):
    """At the times that a cron expression names, in UTC.

    Attributes:
        schedule: Five fields, `minute hour day-of-month month day-of-week`, or an alias: `@hourly`, `@daily`,
            `@midnight`, `@weekly`, `@monthly`, `@yearly`, `@annually`. A field is `*` (or `?`, the same), numbers,
            names (`JAN` to `DEC`, `SUN` to `SAT`), ranges `1-5`, steps `*/10`, `8-18/2` or `5/15` (from 5 on), and
            lists of these. Sunday is 0. When both kinds of day are restricted, a day that fits either will do.
        kickoff_time_input_arg: The input, a datetime, that gets the time for which an execution was planned.
        offset: An ISO 8601 duration, `PT1H`. Flyte keeps it, but its scheduler does not look at it.

    Raises:
        ScheduleError: When Flyte would refuse the schedule, or never run it.
    """

    schedule: str
    kickoff_time_input_arg: str | None = None
    offset: str | None = None

    def __init__(self, schedule: str, *, kickoff_time_input_arg: str | None = None, offset: str | None = None) -> None:
        _parse(schedule)
        _check_input(kickoff_time_input_arg)
        if offset is not None and not (isinstance(offset, str) and _ISO_DURATION.fullmatch(offset)):
            raise ScheduleError(f"expected an offset as an ISO 8601 duration like `PT1H30M`, got {describe(offset)}")
        super().__init__(schedule, kickoff_time_input_arg, offset)

    def next_times(self, after: datetime, count: int = 5) -> list[datetime]:
        """The first `count` times after `after`, which is in UTC when it names no zone; they are all in UTC.

        There are fewer where the calendar ends, with the year 9999.

        >>> friday = datetime(2024, 5, 31, 12)
        >>> [str(time) for time in CronSchedule("30 9 * * MON-FRI").next_times(friday, 2)]
        ['2024-06-03 09:30:00+00:00', '2024-06-04 09:30:00+00:00']
        """
        cron = _parse(self.schedule)
        after = _in_utc(after)
        found: list[datetime] = []
        if count < 1:
            return found
        for day in cron.days(after.date()):
            for hour in cron.hours:
                for minute in cron.minutes:
                    moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
                    if moment > after:
                        found.append(moment)
                        if len(found) == count:
                            return found
        return found


class FixedRate(Record):
    """Again and again, always the same time after the last.

    Attributes:
        duration: Whole minutes, at least one.
        kickoff_time_input_arg: The input, a datetime, that gets the time for which an execution was planned.

    Raises:
        ScheduleError: When it is shorter than a minute, or not of whole minutes.
    """

    duration: timedelta
    kickoff_time_input_arg: str | None = None

    def __init__(self, duration: timedelta, *, kickoff_time_input_arg: str | None = None) -> None:
        _check_rate(duration)
        _check_input(kickoff_time_input_arg)
        super().__init__(duration, kickoff_time_input_arg)

    def unit_and_value(self) -> tuple[str, int]:
        """The duration as Flyte has it: `DAY`, `HOUR` or `MINUTE`, the largest that divides it, and how many of them.

        >>> FixedRate(timedelta(hours=36)).unit_and_value()
        ('HOUR', 36)
        """
        unit = next(name for name, length in _UNITS.items() if not self.duration % length)
        return unit, self.duration // _UNITS[unit]

    def next_times(self, after: datetime, count: int = 5) -> list[datetime]:
        """The first `count` times when it is activated, or has last run, at `after`; all in UTC.

        `after` is in UTC when it names no zone, and the fraction of its second is dropped, as Flyte's scheduler does
        (robfig/cron, `ConstantDelaySchedule`). There are fewer times where the calendar ends, with the year 9999.
        """
        moment = _in_utc(after).replace(microsecond=0)
        left = (datetime.max.replace(tzinfo=UTC) - moment) // self.duration
        return [moment + self.duration * number for number in range(1, min(count, left) + 1)]


class _Field(Record):
    """One field of a cron expression: the numbers that it may have, and names for them."""

    what: str
    first: int
    last: int
    names: tuple[str, ...] = ()  # of the numbers from `first` on

    def numbers(self, text: str) -> tuple[tuple[int, ...], bool]:
        """The numbers that a field's text allows, in order, and whether a star leaves it open.

        A star with a step restricts, and one in a list leaves all open (robfig/cron, `getRange`).
        """
        numbers: set[int] = set()
        is_open = False
        for item in text.split(","):
            span, slash, step_text = item.partition("/")
            step = _digits(step_text) if slash else 1
            if step < 1:
                raise ScheduleError(f"expected a step of 1 or more after the `/`, got `{item}`")
            if span in ("*", "?"):
                low, high = self.first, self.last
                is_open = is_open or step == 1
            else:
                low, high = self._ends(span, item)
                if slash and "-" not in span:
                    high = self.last  # `5/15` is from 5 on
            numbers.update(range(low, high + 1, step))
        return tuple(sorted(numbers)), is_open

    def _ends(self, span: str, item: str) -> tuple[int, int]:
        low_text, dash, high_text = span.partition("-")
        low = self._number(low_text, item)
        high = self._number(high_text, item) if dash else low
        if low > high:
            raise ScheduleError(
                f"expected a range that goes up, got `{item}`: as two it is `{low}-{self.last},{self.first}-{high}`"
            )
        return low, high

    def _number(self, text: str, item: str) -> int:
        if text.upper() in self.names:
            return self.first + self.names.index(text.upper())
        number = _digits(text)
        if self.first <= number <= self.last:
            return number
        names = f", or {self.names[0]} to {self.names[-1]}" if self.names else ""
        got = f"`{item}`" if item else "nothing"
        todo = ": Sunday is 0" if self is _DAY_OF_WEEK and number == 7 else ""
        raise ScheduleError(f"expected {self.what} from {self.first} to {self.last}{names}, got {got}{todo}")


_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MINUTE: Final = _Field("a minute", 0, 59)
_HOUR: Final = _Field("an hour", 0, 23)
_DAY_OF_MONTH: Final = _Field("a day of the month", 1, 31)
_MONTH: Final = _Field("a month", 1, 12, _MONTHS)
_DAY_OF_WEEK: Final = _Field("a day of the week", 0, 6, ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"))


class _Cron(Record):
    """A cron expression, read: numbers in order, and whether either kind of day is enough."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days_of_month: tuple[int, ...]
    months: tuple[int, ...]
    days_of_week: tuple[int, ...]  # Sunday is 0
    either_day: bool

    def days(self, start: date) -> Iterator[date]:
        """Every day that fits, from `start` to the end of the calendar."""
        for year in range(start.year, date.max.year + 1):
            for month in self.months:
                if (year, month) >= (start.year, start.month):
                    yield from (day for day in _month_from(year, month, start) if self._fits(day))

    def _fits(self, day: date) -> bool:
        fits_month = day.day in self.days_of_month
        fits_week = day.isoweekday() % 7 in self.days_of_week
        return (fits_month or fits_week) if self.either_day else (fits_month and fits_week)


def _month_from(year: int, month: int, start: date) -> Iterator[date]:
    """The days of a month, from `start` on."""
    for number in range(1, monthrange(year, month)[1] + 1):
        day = date(year, month, number)
        if day >= start:
            yield day


def _parse(expression: str) -> _Cron:
    """Raises `ScheduleError` for what Flyte does not accept, and for what never comes."""
    if not isinstance(expression, str):
        raise ScheduleError(f"expected a cron expression as text, got {describe(expression)}")
    shown = one_line(" ".join(expression.split()))
    fields = _ALIASES.get(expression, expression).split()
    if fields and (fields[0].startswith("@") or len(fields) == 1):
        raise ScheduleError(_alias_problem(one_line(expression)))
    _check_count(fields, shown)
    try:
        minutes, _ = _MINUTE.numbers(fields[0])
        hours, _ = _HOUR.numbers(fields[1])
        days_of_month, any_day_of_month = _DAY_OF_MONTH.numbers(fields[2])
        months, _ = _MONTH.numbers(fields[3])
        days_of_week, any_day_of_week = _DAY_OF_WEEK.numbers(fields[4])
    except ScheduleError as error:
        raise ScheduleError(f"cron schedule `{shown}`: {one_line(str(error))}") from None
    if any_day_of_week and days_of_month[0] > max(_LONGEST_MONTHS[month] for month in months):
        names = ", ".join(_MONTHS[month - 1] for month in months)
        raise ScheduleError(
            f"cron schedule `{shown}`: expected a day that comes, got day {days_of_month[0]} of {names} only"
        )
    either_day = not (any_day_of_month or any_day_of_week)
    return _Cron(minutes, hours, days_of_month, months, days_of_week, either_day)


def _alias_problem(text: str) -> str:
    alias = f"@{text.strip().lower().removeprefix('@')}"
    todo = f": write it as `{alias}`" if alias in _ALIASES else ""
    if text.startswith("@every "):
        todo = ": a rate is `FixedRate(duration=timedelta(...))`"
    return f"expected {_FIVE_FIELDS}, or one of {_ALIAS_NAMES}, got `{text}`{todo}"


def _check_count(fields: list[str], shown: str) -> None:
    if fields and fields[0].startswith(("TZ=", "CRON_TZ=")):
        raise ScheduleError(f"cron schedule `{shown}`: expected times in UTC, got `{fields[0]}`: convert the hours")
    if len(fields) == 6:
        first, last = " ".join(fields[1:]), " ".join(fields[:-1])
        raise ScheduleError(
            f"cron schedule `{shown}`: expected {_FIVE_FIELDS}, got six: leave out the seconds, "
            f"`{first}` when they came first, `{last}` when they came last"
        )
    if len(fields) != 5:
        raise ScheduleError(f"cron schedule `{shown}`: expected {_FIVE_FIELDS}, got {len(fields)}")


def _digits(text: str) -> int:
    """The number that a few ASCII digits are, or -1: `int` reads a sign, `1_000` and digits of other scripts too."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _check_rate(duration: timedelta) -> None:
    if not isinstance(duration, timedelta):
        raise ScheduleError(f"expected a duration as a `timedelta`, got {describe(duration)}")
    if duration < _UNITS["MINUTE"]:
        raise ScheduleError(f"expected a rate of one minute or more, got {duration}")
    if duration % _UNITS["MINUTE"]:
        raise ScheduleError(f"expected a rate in whole minutes, got {duration}: Flyte counts minutes, hours or days")
    if duration > _LONGEST_RATE:
        raise ScheduleError(f"expected a rate of {_LONGEST_RATE.days} days or less, got {duration}")


def _check_input(name: str | None) -> None:
    if name is not None and not (isinstance(name, str) and name):
        raise ScheduleError(f"expected `kickoff_time_input_arg` to be the name of an input, got {describe(name)}")


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
