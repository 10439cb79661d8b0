"""The log coverage of a terminal: spans, and the gaps between them. N12."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from console.domain.log_coverage import GAP_PAUSES, JOIN_WITHIN, Span, gap_pause, gaps, merge

START = datetime(2026, 11, 22, tzinfo=UTC)
spans = st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 600)), max_size=8).map(
    lambda rows: [span(a, a + b) for a, b in rows]
)


def span(start: int, end: int) -> Span:
    return Span(START + timedelta(seconds=start), START + timedelta(seconds=end))


def test_N12_time_nobody_watched_is_a_gap_until_it_is_filled() -> None:
    watched = [span(0, 1000), span(2000, 3000)]
    assert gaps(watched, START, span(0, 3000).end) == [span(1000, 2000)]
    assert gaps([*watched, span(1000, 2000)], START, span(0, 3000).end) == []


def test_N12_a_poll_that_comes_in_time_leaves_no_gap_and_the_end_counts_too() -> None:
    within = int(JOIN_WITHIN.total_seconds())
    assert gaps([span(0, 100), span(100 + within, 900)], START, span(0, 900).end) == []
    assert gaps([span(0, 100)], START, span(0, 500).end) == [span(100, 500)]


def test_N12_exactly_as_long_as_a_poll_may_take_is_no_gap_and_a_second_more_is_one() -> None:
    assert JOIN_WITHIN.total_seconds() == 90
    assert gaps([span(0, 100)], START, span(0, 190).end) == []
    assert gaps([span(0, 100)], START, span(0, 191).end) == [span(100, 191)]
    assert gaps([span(90, 200)], START, span(0, 200).end) == []
    assert gaps([span(91, 200)], START, span(0, 200).end) == [span(0, 91)]


def test_N12_what_is_known_of_later_does_not_count_for_now() -> None:
    assert gaps([span(500, 600)], START, span(0, 300).end) == [span(0, 300)]
    assert gaps([span(0, 600), span(900, 999)], START, span(0, 300).end) == []
    assert gaps([], START, START) == []


def test_spans_that_touch_are_one_and_a_span_within_another_is_none_more() -> None:
    assert merge([span(5, 9), span(0, 5)]) == [span(0, 9)]
    assert merge([span(0, 9), span(2, 3)]) == [span(0, 9)]
    assert merge([span(0, 5), span(6, 9)]) == [span(0, 5), span(6, 9)]
    assert merge([span(0, 5), span(6, 9)], timedelta(seconds=1)) == [span(0, 9)]


@given(spans)
def test_N12_filling_all_gaps_leaves_none(known: list[Span]) -> None:
    end = span(0, 6000).end
    assert gaps([*known, *gaps(known, START, end)], START, end) == []
    merged = merge(known)
    assert all(a.end < b.start for a, b in pairwise(merged))


def test_TE24_a_gap_is_asked_for_again_later_and_later_and_once_a_day_at_least() -> None:
    pauses = [gap_pause(tries) for tries in range(1, 20)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (GAP_PAUSES[0], timedelta(days=1))
