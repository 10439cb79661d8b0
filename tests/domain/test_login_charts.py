"""CO19: charts of the login log: which time they count, and what each of their parts holds."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.login_charts import (
    AN_HOUR,
    MOST,
    USUAL,
    Chart,
    Counted,
    Tally,
    counted,
    day_bars,
    first_hour,
    hour_bars,
    place_of,
    week_bars,
)

NOW = datetime(2026, 11, 27, 17, 50, tzinfo=UTC)
FIVE = datetime(2026, 11, 27, 18, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def tallies(span: Counted, every: int = 1) -> dict[int, Tally]:
    hours = int((span.until - first_hour(span.since)) / AN_HOUR) + 1
    return {number: Tally(accepted=number + 1) for number in range(0, hours, every)}


@pytest.mark.parametrize("chart", Chart)
def test_CO19_without_a_time_the_usual_one_up_to_now_is_counted(chart: Chart) -> None:
    span = counted(chart, None, None, NOW)
    assert span.until == FIVE, "the hour that runs is in it"
    assert USUAL[chart] <= span.until - span.since < USUAL[chart] + timedelta(days=1)
    assert span.shortened, "the list shows older ones"


@pytest.mark.parametrize("chart", Chart)
def test_CO19_a_time_is_counted_as_it_is_and_only_its_newest_part_if_it_is_long(
    chart: Chart,
) -> None:
    since, until = NOW - timedelta(days=2), NOW - timedelta(days=1)
    assert counted(chart, since, until, NOW) == Counted(since, until, False)
    long = counted(chart, NOW - timedelta(days=4000), until, NOW)
    assert long == Counted(until - MOST[chart], until, True)


def test_CO19_a_time_that_has_not_come_yet_counts_nothing() -> None:
    span = counted(Chart.HOUR, NOW + timedelta(days=9), None, NOW)
    assert span.since == span.until
    assert hour_bars(span, {}) == day_bars(span, {}) == []


def test_CO19_an_hour_that_the_time_cuts_is_a_part_of_an_hour() -> None:
    span = Counted(NOW, NOW + AN_HOUR)
    bars = hour_bars(span, {0: Tally(refused=2), 1: Tally(unknown=1)})
    assert [(bar.since, bar.until) for bar in bars] == [(NOW, FIVE), (FIVE, NOW + AN_HOUR)]
    assert [bar.tally.total for bar in bars] == [2, 1]


def test_CO19_the_day_on_which_clocks_go_back_has_25_hours() -> None:
    begin = datetime(2026, 10, 24, tzinfo=BERLIN)
    span = Counted(begin.astimezone(UTC), datetime(2026, 10, 27, tzinfo=BERLIN).astimezone(UTC))
    hours = {number: Tally(accepted=1) for number in range(24 + 25 + 24)}
    bars = day_bars(span, hours, BERLIN)
    assert [bar.tally.accepted for bar in bars] == [24, 25, 24]
    assert [f"{bar.since.astimezone(BERLIN):%d %H}" for bar in bars] == ["24 00", "25 00", "26 00"]
    sunday = week_bars(span, hours, BERLIN)[6 * 24 :]
    assert sunday[2].tally.accepted == 2, "this hour came twice"


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC)),
    st.integers(min_value=1, max_value=40 * 24 * 60),
    st.sampled_from(["Asia/Kuala_Lumpur", "Europe/Berlin", "Asia/Kathmandu"]),
)
def test_CO19_every_chart_counts_the_same_logins_and_no_time_twice(
    since: datetime, minutes: int, zone: str
) -> None:
    span = Counted(since, since + timedelta(minutes=minutes))
    hours = tallies(span)
    every = [
        hour_bars(span, hours),
        day_bars(span, hours, ZoneInfo(zone)),
        [bar for bar in week_bars(span, hours, ZoneInfo(zone)) if bar.spans],
    ]
    assert len({sum(bar.tally.total for bar in bars) for bars in every}) == 1
    for bars in every:
        pieces = sorted(piece for bar in bars for piece in bar.spans)
        assert pieces[0][0] == span.since
        assert pieces[-1][1] == span.until
        assert all(one[1] == other[0] for one, other in pairwise(pieces))


def test_CO19_a_moment_has_its_place_among_the_bars() -> None:
    bars = hour_bars(Counted(FIVE, FIVE + 3 * AN_HOUR), {})
    moments = [FIVE - AN_HOUR, FIVE, FIVE + 1.5 * AN_HOUR, FIVE + 9 * AN_HOUR]
    assert [place_of(moment, bars) for moment in moments] == [0.0, 0.0, 1.5, 3.0]
