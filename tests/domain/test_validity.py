"""Days of employees begin and end at midnight of the site's zone, also when the clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.errors import Invalid
from console.domain.validity import (
    Standing,
    ValidDays,
    check_days,
    midnight,
    standing,
    validity,
)

BERLIN = ZoneInfo("Europe/Berlin")
SECOND = timedelta(seconds=1)
ZONES = ("Europe/Berlin", "Africa/Cairo", "America/Havana", "Asia/Kathmandu", "Pacific/Apia", "UTC")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("Europe/Berlin", date(2026, 3, 29), "2026-03-28 23:00"),
        ("Europe/Berlin", date(2026, 3, 30), "2026-03-29 22:00"),
        ("Europe/Berlin", date(2026, 10, 25), "2026-10-24 22:00"),
        ("Europe/Berlin", date(2026, 10, 26), "2026-10-25 23:00"),
        # Cairo's clocks skip midnight: the day begins at 01:00
        ("Africa/Cairo", date(2026, 4, 24), "2026-04-23 22:00"),
        # Havana has midnight twice: the day begins at the first
        ("America/Havana", date(2026, 11, 1), "2026-11-01 04:00"),
    ],
)
def test_a_day_begins_at_midnight_of_the_zone_on_both_sides_of_a_change_of_the_clocks(
    zone: str, day: date, begins: str
) -> None:
    assert midnight(ZoneInfo(zone), day) == at(begins)


def test_somebody_counts_from_the_first_day_to_the_end_of_the_last() -> None:
    """The last day, 25 October 2026, has 25 hours in Berlin."""
    valid = validity(BERLIN, ValidDays(date(2026, 3, 29), date(2026, 10, 25)))
    begins, ends = at("2026-03-28 23:00"), at("2026-10-25 23:00")
    assert standing(True, True, valid, begins - SECOND) is Standing.NOT_YET
    assert standing(True, True, valid, begins) is Standing.IN_FORCE
    assert standing(True, True, valid, ends - SECOND) is Standing.IN_FORCE
    assert standing(True, True, valid, ends) is Standing.NO_LONGER
    assert standing(False, True, valid, begins) is Standing.LEFT


def test_without_days_somebody_counts_as_long_as_they_are_active() -> None:
    always = validity(BERLIN, ValidDays())
    assert standing(True, True, always, at("1970-01-01")) is Standing.IN_FORCE
    assert standing(False, True, always, at("2999-01-01")) is Standing.LEFT


def test_S15_who_may_not_log_in_is_barred_unless_they_left() -> None:
    always = validity(UTC, ValidDays())
    assert standing(True, False, always, at("2026-11-22")) is Standing.BARRED
    assert standing(False, False, always, at("2026-11-22")) is Standing.LEFT


@given(
    st.sampled_from(ZONES),
    st.dates(date(1970, 1, 2), date(2999, 12, 30)),
    st.integers(0, 400),
)
def test_a_day_is_valid_from_its_first_moment_to_its_last(
    zone_name: str, first: date, days: int
) -> None:
    zone, last = ZoneInfo(zone_name), min(first + timedelta(days), date(2999, 12, 31))
    valid = validity(zone, ValidDays(first, last))
    assert valid.begins is not None
    assert valid.ends is not None
    assert standing(True, True, valid, valid.begins) is Standing.IN_FORCE
    assert standing(True, True, valid, valid.ends) is Standing.NO_LONGER
    noon = datetime(first.year, first.month, first.day, 12, tzinfo=zone)
    if (noon.astimezone(UTC).astimezone(zone)).date() == first:  # Samoa left out a day
        assert standing(True, True, valid, noon) is Standing.IN_FORCE


@pytest.mark.parametrize(
    ("days", "field"),
    [
        (ValidDays(date(1969, 12, 31)), "valid_from"),
        (ValidDays(None, date(3000, 1, 1)), "valid_until"),
        (ValidDays(date(2026, 2, 2), date(2026, 2, 1)), "valid_until"),
    ],
)
def test_days_that_cannot_be_meant_are_refused(days: ValidDays, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_days(days)
    assert refused.value.field == field


def test_one_day_is_enough() -> None:
    check_days(ValidDays(date(2026, 2, 1), date(2026, 2, 1)))
    check_days(ValidDays())
