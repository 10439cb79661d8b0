"""TE10: which moment a terminal's wall time is, on both sides of a change of the clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.errors import Invalid
from console.domain.zones import (
    Moment,
    TimeMark,
    moments,
    offset_min,
    wall_time,
    zone_names,
    zone_of,
)

BERLIN = zone_of("Europe/Berlin")
LATER = datetime(2026, 12, 1, tzinfo=UTC)
SWITCH = datetime(2026, 10, 25, 1, tzinfo=UTC)
"""The clocks go back from 03:00 to 02:00."""


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def report(*times: str, received: datetime = LATER) -> list[tuple[str, str]]:
    found = moments(BERLIN, [local(f"2026-10-25 {time}") for time in times], received)
    return [(f"{one.at:%H:%M}", one.mark.value) for one in found]


@pytest.mark.parametrize(
    ("zone", "shown", "meant"),
    [
        ("Europe/Berlin", "2026-01-15 08:00:00", "2026-01-15 07:00:00"),
        ("Europe/Berlin", "2026-07-15 08:00:00", "2026-07-15 06:00:00"),
        ("America/New_York", "2026-10-31 08:00:00", "2026-10-31 12:00:00"),
        ("America/New_York", "2026-11-02 08:00:00", "2026-11-02 13:00:00"),
        ("Asia/Kathmandu", "2026-11-02 08:00:00", "2026-11-02 02:15:00"),
    ],
)
def test_TE10_a_time_is_read_by_the_offset_of_its_own_day(
    zone: str, shown: str, meant: str
) -> None:
    assert moments(zone_of(zone), [local(shown)], LATER) == [Moment(utc(meant))]


def test_TE10_an_hour_that_came_twice_is_the_first_and_marked_if_nothing_decides() -> None:
    assert report("02:30:00") == [("00:30", "twice")]
    assert report("01:59:59", "03:00:00") == [("23:59", "sure"), ("02:00", "sure")]


def test_TE10_where_a_report_goes_back_the_second_hour_begins() -> None:
    assert report("02:10:00", "02:50:00", "02:05:00", "02:40:00", "03:10:00") == [
        ("00:10", "sure"),
        ("00:50", "sure"),
        ("01:05", "sure"),
        ("01:40", "sure"),
        ("02:10", "sure"),
    ]


def test_TE10_seconds_out_of_order_and_unsorted_reports_decide_nothing() -> None:
    assert report("02:10:05", "02:10:03") == [("00:10", "twice"), ("00:10", "twice")]
    assert report("09:00:00", "02:50:00", "02:05:00")[1:] == [
        ("00:50", "twice"),
        ("00:05", "twice"),
    ]


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("2026-10-25 00:30:04", ("00:30", "sure")),
        ("2026-10-25 01:30:04", ("01:30", "sure")),
        ("2026-10-25 01:00:00", ("00:30", "sure")),
        ("2026-10-25 04:00:00", ("00:30", "twice")),
    ],
)
def test_TE10_a_login_that_comes_at_once_says_which_hour_it_was(
    received: str, expected: tuple[str, str]
) -> None:
    assert report("02:30:00", received=utc(received)) == [expected]


def test_TE10_an_hour_that_the_clocks_skipped_is_read_as_before_the_change() -> None:
    (found,) = moments(BERLIN, [local("2026-03-29 02:30:00")], LATER)
    assert found == Moment(utc("2026-03-29 01:30:00"), TimeMark.MISSING)


@pytest.mark.parametrize("year", [1, 9999])
def test_TE10_a_time_at_the_end_of_the_calendar_does_no_harm(year: int) -> None:
    edge = datetime(year, 1, 1) if year == 1 else datetime(year, 12, 31, 23, 59, 59)
    for name in ("Asia/Tokyo", "America/New_York"):
        (found,) = moments(zone_of(name), [edge], LATER)
        assert found.at.tzinfo is UTC


@given(
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),
)
def test_TE10_a_login_reported_at_once_is_the_moment_at_which_it_happened(
    name: str, at: datetime
) -> None:
    at = at.replace(microsecond=0)
    zone = ZoneInfo(name)
    shown = wall_time(zone, at)
    (found,) = moments(zone, [shown], at + timedelta(seconds=3))
    assert found == Moment(at)


def test_TE10_the_offset_follows_the_season() -> None:
    assert offset_min(BERLIN, utc("2026-01-01 00:00:00")) == 60
    assert offset_min(BERLIN, utc("2026-07-01 00:00:00")) == 120
    assert wall_time(BERLIN, SWITCH) == local("2026-10-25 02:00:00")


@pytest.mark.parametrize("name", ["", "Berlin", "../etc/passwd", "Europe", "UTC+1", "Factory"])
def test_TE10_only_names_of_zones_are_zones(name: str) -> None:
    with pytest.raises(Invalid, match="Europe/Berlin"):
        zone_of(name)
    assert "Etc/GMT-1" in zone_names()
