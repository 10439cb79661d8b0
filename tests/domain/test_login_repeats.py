"""TE21: repeated logins are folded for the eye."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.logins import Seen, fold
from console.domain.terminals import CLOCK_OFFSET_LIMIT_S, known_error

START = datetime(2026, 11, 26, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def seen(who: str, seconds: int) -> Seen:
    return Seen(who=("gate", who), at=START + timedelta(seconds=seconds))


def test_TE21_logins_of_one_person_within_the_window_are_one() -> None:
    logins = [seen("1", 0), seen("2", 5), seen("1", 40), seen("1", 95), seen("1", 200)]
    assert fold(logins, MINUTE) == [2, 0, None, None, 0]


def test_TE21_other_terminals_fold_nothing_and_one_second_is_one_login() -> None:
    logins = [seen("1", 0), Seen(who=("door", "1"), at=START), seen("1", 0)]
    assert fold(logins, timedelta(seconds=1)) == [1, 0, None]


@given(st.lists(st.tuples(st.sampled_from("12"), st.integers(0, 500)), max_size=30))
def test_TE21_no_login_is_lost_in_the_count(logins: list[tuple[str, int]]) -> None:
    ordered = sorted((seen(who, at) for who, at in logins), key=lambda login: login.at)
    counts = fold(ordered, MINUTE)
    assert sum(1 + count for count in counts if count is not None) == len(ordered)


@pytest.mark.parametrize(
    ("offset", "error"), [(None, None), (0.0, None), (CLOCK_OFFSET_LIMIT_S, None), (-61.0, -61.0)]
)
def test_only_an_offset_over_the_limit_is_an_error(
    offset: float | None, error: float | None
) -> None:
    assert known_error(offset) == error
