"""CO19: spans of days by their names mean what a person at a desk means by them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.day_spans import WEEKDAYS, Days, SpanName, days_of

FRIDAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        (SpanName.TODAY, FRIDAY, FRIDAY),
        (SpanName.YESTERDAY, date(2026, 11, 26), date(2026, 11, 26)),
        (SpanName.TUESDAY, date(2026, 11, 24), date(2026, 11, 24)),
        (SpanName.FRIDAY, date(2026, 11, 20), date(2026, 11, 20)),
        (SpanName.SATURDAY, date(2026, 11, 21), date(2026, 11, 21)),
        (SpanName.THIS_WEEK, date(2026, 11, 23), FRIDAY),
        (SpanName.LAST_WEEK, date(2026, 11, 16), date(2026, 11, 22)),
        (SpanName.LAST_7_DAYS, date(2026, 11, 21), FRIDAY),
        (SpanName.LAST_30_DAYS, date(2026, 10, 29), FRIDAY),
    ],
)
def test_CO19_a_name_means_these_days_on_a_friday(name: SpanName, first: date, last: date) -> None:
    assert days_of(name, FRIDAY) == Days(first, last)


@pytest.mark.parametrize(
    "name", [SpanName.ALL, SpanName.LAST_24_HOURS, SpanName.DAYS, SpanName.PART]
)
def test_CO19_these_are_no_whole_days(name: SpanName) -> None:
    assert days_of(name, FRIDAY) is None


@given(st.dates(min_value=date(1970, 1, 1), max_value=date(9999, 1, 1)))
def test_CO19_the_last_weekdays_are_the_seven_days_before_today(today: date) -> None:
    found = set()
    for weekday, name in enumerate(WEEKDAYS):
        days = days_of(name, today)
        assert days is not None and days.first == days.last
        assert days.first.weekday() == weekday
        found.add(days.first)
    assert found == {today - timedelta(days=n) for n in range(1, 8)}
