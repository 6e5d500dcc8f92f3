"""Schedules: what Flyte takes, when it runs it, and what is said of the rest."""

import copy
import pickle
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cronsim import CronSim, CronSimError
from hypothesis import given
from hypothesis import strategies as st

from flytetypes.authoring._schedules import CronSchedule, FixedRate
from flytetypes.errors import FlyteTypesError, ScheduleError

FIELDS = "five fields (minute, hour, day of month, month, day of week)"
ALIASES = "`@hourly`, `@daily`, `@midnight`, `@weekly`, `@monthly`, `@yearly`, `@annually`"


def times(schedule: CronSchedule | FixedRate, after: str, count: int = 3) -> list[str]:
    return [f"{time:%Y-%m-%d %H:%M}" for time in schedule.next_times(datetime.fromisoformat(after), count)]


# --- how they are written ---------------------------------------------------------------------------------------------


def test_they_are_written_as_flytekit_has_them() -> None:
    cron = CronSchedule(schedule="*/10 * * * *", kickoff_time_input_arg="when")
    assert (cron.schedule, cron.kickoff_time_input_arg, cron.offset) == ("*/10 * * * *", "when", None)
    assert CronSchedule(schedule="@daily", offset="PT1H").offset == "PT1H"
    rate = FixedRate(duration=timedelta(hours=36), kickoff_time_input_arg="when")
    assert (rate.duration, rate.kickoff_time_input_arg) == (timedelta(hours=36), "when")


def test_they_are_records() -> None:
    schedule = CronSchedule("@daily", offset="PT1H")
    assert schedule == CronSchedule(schedule="@daily", offset="PT1H") != CronSchedule("@daily")
    assert len({schedule, copy.copy(schedule), pickle.loads(pickle.dumps(schedule))}) == 1
    assert repr(schedule) == "CronSchedule(schedule='@daily', kickoff_time_input_arg=None, offset='PT1H')"
    with pytest.raises(AttributeError, match="CronSchedule never changes: make a new one"):
        schedule.schedule = "@hourly"


def test_options_are_keywords() -> None:
    with pytest.raises(TypeError):
        CronSchedule("@daily", "when")
    with pytest.raises(TypeError):
        FixedRate(timedelta(1), "when")


# --- cron: when -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "first", "second"),
    [
        ("@hourly", "2024-02-28 13:00", "2024-02-28 14:00"),
        ("@daily", "2024-02-29 00:00", "2024-03-01 00:00"),
        ("@midnight", "2024-02-29 00:00", "2024-03-01 00:00"),
        ("@weekly", "2024-03-03 00:00", "2024-03-10 00:00"),
        ("@monthly", "2024-03-01 00:00", "2024-04-01 00:00"),
        ("@yearly", "2025-01-01 00:00", "2026-01-01 00:00"),
        ("@annually", "2025-01-01 00:00", "2026-01-01 00:00"),
        ("*/20 * * * *", "2024-02-28 12:40", "2024-02-28 13:00"),
        ("35 12 * * *", "2024-02-28 12:35", "2024-02-29 12:35"),
        ("30 12 * * *", "2024-02-29 12:30", "2024-03-01 12:30"),
        ("0 8-18/5 * * ?", "2024-02-28 13:00", "2024-02-28 18:00"),
        ("0 9 * * mon-Fri", "2024-02-29 09:00", "2024-03-01 09:00"),
        ("0 0 1 jan,JUL *", "2024-07-01 00:00", "2025-01-01 00:00"),
        ("0 0 29 2 *", "2024-02-29 00:00", "2028-02-29 00:00"),
        ("55/2 * * * *", "2024-02-28 12:55", "2024-02-28 12:57"),
    ],
)
def test_the_next_times_of_an_expression(expression: str, first: str, second: str) -> None:
    assert times(CronSchedule(expression), "2024-02-28 12:30", 2) == [first, second]


def test_a_day_that_fits_either_way_will_do_when_both_are_restricted() -> None:
    assert times(CronSchedule("0 0 13 * FRI"), "2024-06-01") == [
        *("2024-06-07 00:00", "2024-06-13 00:00", "2024-06-14 00:00")
    ]


def test_a_day_must_fit_both_ways_when_a_star_leaves_one_open() -> None:
    assert times(CronSchedule("0 0 13 * *"), "2024-06-01", 1) == ["2024-06-13 00:00"]
    assert times(CronSchedule("0 0 *,13 * FRI"), "2024-06-01", 2) == ["2024-06-07 00:00", "2024-06-14 00:00"]
    assert times(CronSchedule("0 0 */1 * FRI"), "2024-06-01", 2) == ["2024-06-07 00:00", "2024-06-14 00:00"]


def test_a_star_with_a_step_is_a_restriction() -> None:
    """As in Flyte's scheduler; other crons take `*/10` for a star."""
    assert times(CronSchedule("0 0 */10 * FRI"), "2024-06-01", 4) == [
        *("2024-06-07 00:00", "2024-06-11 00:00", "2024-06-14 00:00", "2024-06-21 00:00")
    ]


def test_february_has_a_29th_in_few_years_only() -> None:
    assert times(CronSchedule("0 0 29 2 *"), "2095-01-01", 2) == ["2096-02-29 00:00", "2104-02-29 00:00"]


def test_times_are_later_than_the_one_given() -> None:
    assert times(CronSchedule("@hourly"), "2024-01-01 05:00:00", 1) == ["2024-01-01 06:00"]
    assert times(CronSchedule("@hourly"), "2024-01-01 04:59:59.999999", 1) == ["2024-01-01 05:00"]


def test_times_are_in_utc_whatever_comes_in() -> None:
    east = datetime(2024, 6, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    expected = [datetime(2024, 6, 1, 0, 0, tzinfo=UTC)]
    for schedule in (CronSchedule("@hourly"), FixedRate(timedelta(minutes=30))):
        assert schedule.next_times(east, 1) == schedule.next_times(datetime(2024, 5, 31, 23, 30), 1) == expected
        assert [time.tzinfo for time in schedule.next_times(east, 1)] == [UTC]


def test_five_times_are_given_unless_told_otherwise() -> None:
    for schedule in (CronSchedule("@hourly"), FixedRate(timedelta(days=1))):
        assert len(schedule.next_times(datetime(2024, 1, 1))) == 5
        assert schedule.next_times(datetime(2024, 1, 1), 0) == []


def test_there_are_fewer_times_at_the_end_of_the_calendar() -> None:
    end = "9999-12-31 22:30"
    assert (
        times(CronSchedule("@hourly"), end) == times(FixedRate(timedelta(minutes=30)), end, 1) == ["9999-12-31 23:00"]
    )
    assert times(FixedRate(timedelta(days=1)), end) == []


@st.composite
def expressions(draw: st.DrawFn) -> str:
    """Expressions that every cron reads alike: no star with a step beside another restricted kind of day."""

    def number(first: int, last: int) -> int:
        return draw(st.integers(first, last))

    def item(first: int, last: int) -> str:
        low, high = sorted((number(first, last), number(first, last)))
        # For the other reader 7 is a Sunday too, and `3-3/2` is `3/2`.
        kinds = ["number", "range"] + ["from"] * (last != 6) + ["range with a step"] * (low < high)
        step = number(1, 9)
        return {
            "number": f"{low}",
            "range": f"{low}-{high}",
            "from": f"{low}/{step}",
            "range with a step": f"{low}-{high}/{step}",
        }[draw(st.sampled_from(kinds))]

    def restricted(first: int, last: int) -> str:
        return ",".join(item(first, last) for _ in range(number(1, 3)))

    def star(step: int) -> str:
        return "*" if step == 1 else f"*/{step}"

    def field(first: int, last: int) -> str:
        return draw(st.just(star(number(1, 9))) | st.just(restricted(first, last)))

    days = draw(st.sampled_from(["both", "of month", "of week"]))
    of_month = restricted(1, 31) if days == "both" else field(1, 31) if days == "of month" else "*"
    of_week = restricted(0, 6) if days == "both" else field(0, 6) if days == "of week" else "*"
    return f"{field(0, 59)} {field(0, 23)} {of_month} {field(1, 12)} {of_week}"


@given(expressions(), st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)))
def test_another_reader_of_cron_finds_the_same_times(expression: str, after: datetime) -> None:
    try:
        other = CronSim(expression, after.replace(tzinfo=UTC))
    except CronSimError:
        with pytest.raises(ScheduleError, match="expected a day that comes"):
            CronSchedule(expression)
    else:
        assert CronSchedule(expression).next_times(after, 4) == [next(other) for _ in range(4)]


# --- cron: what is refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (
            "0 */10 * * * *",
            f"cron schedule `0 */10 * * * *`: expected {FIELDS}, got six: leave out the seconds, `*/10 * * * *` when they came first, `0 */10 * * *` when they came last",
        ),
        ("* * * *", f"cron schedule `* * * *`: expected {FIELDS}, got 4"),
        ("", f"cron schedule ``: expected {FIELDS}, got 0"),
        ("0 0 * * * * 2024", f"cron schedule `0 0 * * * * 2024`: expected {FIELDS}, got 7"),
        ("@reboot", f"expected {FIELDS}, or one of {ALIASES}, got `@reboot`"),
        (
            "@every 1h",
            f"expected {FIELDS}, or one of {ALIASES}, got `@every 1h`: a rate is `FixedRate(duration=timedelta(...))`",
        ),
        ("daily", f"expected {FIELDS}, or one of {ALIASES}, got `daily`: write it as `@daily`"),
        ("@Daily", f"expected {FIELDS}, or one of {ALIASES}, got `@Daily`: write it as `@daily`"),
        (
            "CRON_TZ=Europe/Berlin 0 9 * * *",
            "cron schedule `CRON_TZ=Europe/Berlin 0 9 * * *`: expected times in UTC, got `CRON_TZ=Europe/Berlin`: convert the hours",
        ),
        ("60 * * * *", "cron schedule `60 * * * *`: expected a minute from 0 to 59, got `60`"),
        ("0 20-24 * * *", "cron schedule `0 20-24 * * *`: expected an hour from 0 to 23, got `20-24`"),
        ("0 0 0 * *", "cron schedule `0 0 0 * *`: expected a day of the month from 1 to 31, got `0`"),
        ("0 0 L * *", "cron schedule `0 0 L * *`: expected a day of the month from 1 to 31, got `L`"),
        ("0 0 1 FOO *", "cron schedule `0 0 1 FOO *`: expected a month from 1 to 12, or JAN to DEC, got `FOO`"),
        (
            "0 0 * * 7",
            "cron schedule `0 0 * * 7`: expected a day of the week from 0 to 6, or SUN to SAT, got `7`: Sunday is 0",
        ),
        (
            "0 0 * * MON#1",
            "cron schedule `0 0 * * MON#1`: expected a day of the week from 0 to 6, or SUN to SAT, got `MON#1`",
        ),
        ("+5 * * * *", "cron schedule `+5 * * * *`: expected a minute from 0 to 59, got `+5`"),
        ("٣ * * * *", "cron schedule `٣ * * * *`: expected a minute from 0 to 59, got `٣`"),
        ("1,,2 * * * *", "cron schedule `1,,2 * * * *`: expected a minute from 0 to 59, got nothing"),
        ("*-5 * * * *", "cron schedule `*-5 * * * *`: expected a minute from 0 to 59, got `*-5`"),
        (
            "0 22-4 * * *",
            "cron schedule `0 22-4 * * *`: expected a range that goes up, got `22-4`: as two it is `22-23,0-4`",
        ),
        (
            "0 0 * * FRI-MON",
            "cron schedule `0 0 * * FRI-MON`: expected a range that goes up, got `FRI-MON`: as two it is `5-6,0-1`",
        ),
        ("*/0 * * * *", "cron schedule `*/0 * * * *`: expected a step of 1 or more after the `/`, got `*/0`"),
        ("*/ * * * *", "cron schedule `*/ * * * *`: expected a step of 1 or more after the `/`, got `*/`"),
        ("*/2/3 * * * *", "cron schedule `*/2/3 * * * *`: expected a step of 1 or more after the `/`, got `*/2/3`"),
        ("0 0 30 2 *", "cron schedule `0 0 30 2 *`: expected a day that comes, got day 30 of FEB only"),
        ("0 0 31 4,JUN *", "cron schedule `0 0 31 4,JUN *`: expected a day that comes, got day 31 of APR, JUN only"),
        (5, "expected a cron expression as text, got `int` 5"),
    ],
)
def test_what_flyte_does_not_run_is_refused_with_what_to_do(expression: str, message: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        CronSchedule(expression)
    assert str(caught.value) == message


def test_a_day_that_never_comes_is_fine_beside_days_of_the_week() -> None:
    assert times(CronSchedule("0 0 30 2 MON"), "2024-01-31", 2) == ["2024-02-05 00:00", "2024-02-12 00:00"]


@pytest.mark.parametrize("offset", ["PT1H", "P1D", "P1Y2M3W4DT5H6M7.5S", "PT0S", "P2W"])
def test_an_offset_is_an_iso_duration(offset: str) -> None:
    assert CronSchedule("@daily", offset=offset).offset == offset


@pytest.mark.parametrize("offset", ["1h", "P", "PT", "P1H", "PT1D", "P1D2Y", "P1.5D", "-PT1H", "pt1h", "PT1H ", ""])
def test_another_offset_is_refused(offset: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        CronSchedule("@daily", offset=offset)
    assert str(caught.value) == f"expected an offset as an ISO 8601 duration like `PT1H30M`, got `str` {offset!r}"


def test_the_error_is_a_value_error_of_ours() -> None:
    assert issubclass(ScheduleError, FlyteTypesError)
    assert issubclass(ScheduleError, ValueError)


# --- fixed rates ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("duration", "unit", "value"),
    [
        (timedelta(minutes=1), "MINUTE", 1),
        (timedelta(minutes=90), "MINUTE", 90),
        (timedelta(minutes=120), "HOUR", 2),
        (timedelta(hours=36), "HOUR", 36),
        (timedelta(hours=48), "DAY", 2),
        (timedelta(weeks=1), "DAY", 7),
    ],
)
def test_a_rate_is_told_in_the_largest_unit_that_divides_it(duration: timedelta, unit: str, value: int) -> None:
    assert FixedRate(duration).unit_and_value() == (unit, value)


@given(st.integers(1, 106_751 * 24 * 60))
def test_unit_and_value_are_the_duration(minutes: int) -> None:
    unit, value = FixedRate(timedelta(minutes=minutes)).unit_and_value()
    assert value * {"DAY": 1440, "HOUR": 60, "MINUTE": 1}[unit] == minutes


def test_a_rate_counts_from_the_second_given() -> None:
    after = datetime(2024, 1, 1, 10, 0, 30, 999_999, tzinfo=UTC)
    assert FixedRate(timedelta(hours=36)).next_times(after, 2) == [
        datetime(2024, 1, 2, 22, 0, 30, tzinfo=UTC),
        datetime(2024, 1, 4, 10, 0, 30, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("duration", "message"),
    [
        (timedelta(0), "expected a rate of one minute or more, got 0:00:00"),
        (timedelta(seconds=30), "expected a rate of one minute or more, got 0:00:30"),
        (timedelta(days=-1), "expected a rate of one minute or more, got -1 day, 0:00:00"),
        (
            timedelta(seconds=90),
            "expected a rate in whole minutes, got 0:01:30: Flyte counts minutes, hours or days",
        ),
        (timedelta(days=200_000), "expected a rate of 106751 days or less, got 200000 days, 0:00:00"),
        (36, "expected a duration as a `timedelta`, got `int` 36"),
    ],
)
def test_a_rate_that_flyte_cannot_run_is_refused(duration: timedelta, message: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        FixedRate(duration)
    assert str(caught.value) == message


@pytest.mark.parametrize("name", ["", 5])
def test_the_kickoff_input_is_a_name(name: str) -> None:
    got = "`str` ''" if name == "" else "`int` 5"
    for make in (
        lambda: CronSchedule("@daily", kickoff_time_input_arg=name),
        lambda: FixedRate(timedelta(1), kickoff_time_input_arg=name),
    ):
        with pytest.raises(ScheduleError) as caught:
            make()
        assert str(caught.value) == f"expected `kickoff_time_input_arg` to be the name of an input, got {got}"
