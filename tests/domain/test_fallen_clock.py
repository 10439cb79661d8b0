"""When the time of a login says nothing, because the terminal's clock had lost it. TE10."""

from datetime import UTC, datetime, timedelta

import pytest

from console.domain.logins import FELL_BACK, LONGEST_LOG, clock_had_fallen_back

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
DAY = timedelta(days=1)
YEAR_S = 365 * DAY.total_seconds()


@pytest.mark.parametrize(
    ("age", "offset_s", "fell_back"),
    [
        (timedelta(), None, False),
        (LONGEST_LOG, None, False),
        (LONGEST_LOG + DAY, None, True),
        (timedelta(seconds=2 * YEAR_S), -2 * YEAR_S, True),
        (timedelta(seconds=3 * YEAR_S), -2 * YEAR_S, True),
        (timedelta(seconds=YEAR_S), -2 * YEAR_S, False),
        (timedelta(seconds=YEAR_S), 2 * YEAR_S, False),
        (FELL_BACK, -FELL_BACK.total_seconds(), False),
    ],
)
def test_TE10_a_time_says_nothing_where_the_clock_that_made_it_had_fallen_back(
    age: timedelta, offset_s: float | None, fell_back: bool
) -> None:
    assert clock_had_fallen_back(NOW - age, NOW, offset_s) is fell_back


@pytest.mark.parametrize("at", [datetime.min, datetime.max])
def test_AC14_any_time_and_any_offset_can_be_judged(at: datetime) -> None:
    for offset_s in (-8000 * YEAR_S, 8000 * YEAR_S):
        assert clock_had_fallen_back(at.replace(tzinfo=UTC), NOW, offset_s) in (True, False)
