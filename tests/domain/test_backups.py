"""Which backups are kept, when one is due, and what is said of them. 8, 10."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.backups import (
    AFTER_FAILURE,
    DAILY,
    EVERY,
    KEYS,
    KEYS_KEPT,
    MONTHLY,
    SITE,
    WARN_AFTER,
    WEEKLY,
    Damaged,
    OtherKey,
    drill_in_words,
    file_name,
    is_due,
    kept,
    keys_kept,
    made_ahead,
    made_at_of,
    newest_made,
    place_in_words,
    problem_in_words,
)

NOW = datetime(2026, 11, 27, 2, tzinfo=UTC)
moments = st.datetimes(
    min_value=datetime(2020, 1, 1), max_value=datetime(2026, 12, 31), timezones=st.just(UTC)
)
sets = st.sets(moments, max_size=80)


@given(sets)
def test_the_newest_is_kept_and_never_more_than_the_rule_allows(made: set[datetime]) -> None:
    left = kept(made)
    assert left <= made
    assert len(left) <= DAILY + WEEKLY + MONTHLY
    if made:
        assert max(made) in left


@given(sets)
def test_keeping_twice_deletes_no_more(made: set[datetime]) -> None:
    assert kept(kept(made)) == kept(made)


@given(sets, moments)
def test_a_newer_one_brings_no_deleted_one_back(made: set[datetime], newer: datetime) -> None:
    if made and newer > max(made):
        assert kept({*kept(made), newer}) == kept({*made, newer})


@given(st.integers(1, 800))
def test_daily_backups_reach_back_days_weeks_and_months(days: int) -> None:
    left = kept({NOW - timedelta(days=day) for day in range(days)})
    assert all(NOW - timedelta(days=day) in left for day in range(min(days, DAILY)))
    assert len({at.isocalendar()[:2] for at in left}) >= min(WEEKLY, days // 7)
    assert len({(at.year, at.month) for at in left}) >= min(MONTHLY, days // 31)


@given(sets)
def test_keys_are_kept_for_35_days_and_the_newest_for_longer(made: set[datetime]) -> None:
    recent = {at for at in made if NOW - at < KEYS_KEPT}
    past = {at for at in made if at <= NOW}
    assert keys_kept(made, NOW) == recent | ({max(past)} if past else set())
    assert keys_kept(made, NOW, newest=False) == recent


@given(sets)
def test_of_a_clock_that_was_ahead_only_the_fewer_go(made: set[datetime]) -> None:
    ahead = {at for at in made if at > NOW}
    assert made_ahead(made, NOW) == (ahead if len(ahead) <= len(made - ahead) else set())
    assert newest_made(made, NOW) == max(made - ahead, default=None)


@pytest.mark.parametrize(
    ("good", "restored", "said"),
    [
        (True, True, "Test restore: successful"),
        (True, False, "Read back, but not restored"),
        (False, True, "Test restore: FAILED"),
    ],
)
def test_what_was_only_read_back_is_not_called_restored(
    good: bool, restored: bool, said: str
) -> None:
    assert drill_in_words(good=good, restored=restored) == said


@pytest.mark.parametrize(
    ("newest", "tried", "due"),
    [
        (None, None, True),
        (NOW - EVERY, None, True),
        (NOW - EVERY + timedelta(minutes=1), None, False),
        (None, NOW - timedelta(minutes=5), False),
        (None, NOW - AFTER_FAILURE, True),
        (NOW + timedelta(days=400), NOW + timedelta(days=400), True),
    ],
    ids=["first", "a day", "not yet", "failed just now", "failed before", "clock set back"],
)
def test_one_is_due_each_day_and_soon_after_a_failure(
    newest: datetime | None, tried: datetime | None, due: bool
) -> None:
    assert is_due(newest, tried, NOW) is due


@pytest.mark.parametrize(
    ("has_key", "newest", "problem", "said"),
    [
        (False, NOW, "", "No recovery key: this site cannot be restored"),
        (True, None, "", "No backup yet"),
        (True, None, "The disk is full.", "No backup: The disk is full."),
        (True, NOW - WARN_AFTER, "", ""),
        (True, NOW - timedelta(days=3), "", "The newest backup is 3 days old"),
        (True, NOW, "Share is away.", "Share is away."),
        (
            True,
            NOW + timedelta(days=365),
            "",
            "The newest backup has a date in the future. Check the clock of the service",
        ),
    ],
)
def test_what_is_wrong_is_said(
    has_key: bool, newest: datetime | None, problem: str, said: str
) -> None:
    assert problem_in_words(has_key=has_key, newest=newest, problem=problem, now=NOW) == said


def test_places_that_cannot_take_a_backup_are_named() -> None:
    assert place_in_words([]) == ""
    assert place_in_words(["/mnt/a", "/mnt/b"]) == "Cannot be written to: /mnt/a, /mnt/b"


def test_a_damaged_file_is_named_with_what_to_do() -> None:
    assert str(Damaged("x.backup")).startswith("x.backup is damaged")
    assert "AB12-CD34" in OtherKey("x.backup", "AB12-CD34").message


def test_a_file_says_by_its_name_whose_it_is_and_when_it_was_made() -> None:
    for kind in (SITE, KEYS):
        name = file_name("0a1b2c3d", NOW, kind)
        assert name == f"muster-0a1b2c3d-20261127T020000Z{kind}"
        assert made_at_of(name, "0a1b2c3d") == NOW
        assert made_at_of(name, "ffffffff") is None
        assert made_at_of(f"{name}.part", "0a1b2c3d") is None
    assert made_at_of("muster-0a1b2c3d-20261399T020000Z.backup", "0a1b2c3d") is None
