"""Moments and durations as people type them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from flytetypes.cli._times import DAYS, DURATIONS, MOMENTS, day_of, duration_of, moment_of

NOW = datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
BEYOND = "it is longer than Python's durations, a billion days"


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90", timedelta(seconds=90)),  # a bare number is seconds, as in JSON
        ("1.5", timedelta(seconds=1.5)),
        ("-90", timedelta(seconds=-90)),
        ("1e3", timedelta(seconds=1000)),
        ("1d 2h", timedelta(days=1, hours=2)),
        ("1d2h", timedelta(days=1, hours=2)),
        ("2 minutes", timedelta(minutes=2)),
        ("2 hours, 30 min", timedelta(hours=2.5)),
        ("1.5h", timedelta(hours=1.5)),
        ("1 week 3 days", timedelta(days=10)),
        ("- 1h 30m", timedelta(hours=-1.5)),
        ("250 ms", timedelta(milliseconds=250)),
        ("5µs", timedelta(microseconds=5)),
        ("1:30", timedelta(seconds=90)),
        ("1:00:00", timedelta(hours=1)),
        ("2:01:30:00.5", timedelta(days=2, hours=1.5, seconds=0.5)),
        ("PT1H30M", timedelta(hours=1.5)),
        ("P1DT2H", timedelta(days=1, hours=2)),
        ("p2w", timedelta(weeks=2)),
        ("-PT0.5S", timedelta(seconds=-0.5)),
        (str(timedelta(days=1, hours=3)), timedelta(days=1, hours=3)),
        (str(timedelta(hours=-1)), timedelta(hours=-1)),
    ],
)
def test_a_duration(text: str, duration: timedelta) -> None:
    assert duration_of(text) == duration


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *((text, DURATIONS) for text in ("", "soon", "1 parsec", "1d and 2h", "P1Y", "P", "PT", "1:2:3:4:5", "1h 30")),
        *((text, BEYOND) for text in ("1e30", "P9999999999D", "9999999999d")),
    ],
)
def test_what_is_no_duration_is_told(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match="is") as caught:
        duration_of(text)
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", "2024-05-06T07:08:09.123456+00:00"),
        ("today", "2024-05-06T00:00:00+00:00"),
        ("2024-01-02", "2024-01-02T00:00:00+00:00"),
        ("2024-01-02 03:04:05", "2024-01-02T03:04:05+00:00"),
        ("2024-01-02T03:04:05.25", "2024-01-02T03:04:05.250000+00:00"),
        ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05+00:00"),
        ("2024-01-02T03:04:05.123456789+05:30", "2024-01-02T03:04:05.123456+05:30"),
        ("now - 1d 2h", "2024-05-05T05:08:09.123456+00:00"),
        ("now-1d", "2024-05-05T07:08:09.123456+00:00"),
        ("today+PT1H", "2024-05-06T01:00:00+00:00"),
        ("2024-01-02 + 1:30", "2024-01-02T00:01:30+00:00"),
        ("2024-01-02T03:04:05-08:00 - 2 hours + 5", "2024-01-02T01:04:10-08:00"),
    ],
)
def test_a_moment(text: str, moment: str) -> None:
    assert moment_of(text, NOW).isoformat() == moment


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("tomorrow", MOMENTS),
        ("2024-13-01", MOMENTS),
        ("now + soon", DURATIONS),
        ("soon + 1d", MOMENTS),
        ("0001-01-01 - 1d", "it is outside of the years 1 to 9999"),
    ],
)
def test_what_is_no_moment_is_told(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match="is") as caught:
        moment_of(text, NOW)
    assert str(caught.value) == reason


def test_now_is_the_time_of_the_call() -> None:
    before = datetime.now(UTC)
    assert before <= moment_of("now") <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("text", "day"),
    [("today", NOW.date()), ("2024-01-02", date(2024, 1, 2)), ("today - 1 week", date(2024, 4, 29))],
)
def test_a_day(text: str, day: date) -> None:
    assert day_of(text, NOW.date()) == day


@pytest.mark.parametrize("text", ["now", "2024-01-02T03:04:05", "today - 1h"])
def test_what_is_no_day_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="is") as caught:
        day_of(text, NOW.date())
    assert str(caught.value) == DAYS
