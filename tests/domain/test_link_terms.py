"""What is agreed about a link: how long, how many photos and tries, how fast. T8, N22."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from console.domain.errors import Invalid
from console.domain.link_terms import USUAL, LinkTerms, checked_terms, leaves_at

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


def test_T8_three_photos_are_asked_for_unless_something_else_is_chosen() -> None:
    assert (USUAL.photos, USUAL.tries, USUAL.lifetime) == (3, 3, timedelta(days=7))
    assert not USUAL.remind_after_days


@pytest.mark.parametrize(
    ("field", "least", "most"),
    [
        ("days", 1, 60),
        ("photos", 1, 5),
        ("tries", 1, 5),
        ("per_minute", 0, 1000),
        ("remind_after_days", 0, 30),
        ("remind_most", 1, 5),
    ],
)
def test_T8_terms_out_of_bounds_are_refused_by_name(field: str, least: int, most: int) -> None:
    for value in (least, most):
        assert checked_terms(replace(USUAL, **{field: value}))
    for value in (least - 1, most + 1):
        with pytest.raises(Invalid) as refused:
            checked_terms(replace(USUAL, **{field: value}))
        assert refused.value.field == field


def test_N22_emails_of_a_campaign_leave_at_its_rate() -> None:
    assert leaves_at(NOW, 0, 30) == NOW
    assert leaves_at(NOW, 90, 30) == NOW + timedelta(minutes=3)
    assert leaves_at(NOW, 90, 0) == NOW


def test_A8_a_link_works_so_many_days() -> None:
    assert LinkTerms(days=14).lifetime == timedelta(days=14)
