"""How long each kind of data is kept, and the words that are made of it. EN2."""

import pytest

from console.domain.errors import Invalid
from console.domain.retention import (
    RULES,
    SHIPPED,
    TABLES,
    Kept,
    check_days,
    in_words,
    kept_days,
    told,
)
from console.store.columns import Base


def test_EN2_every_table_of_the_schema_has_a_kind_or_a_reason() -> None:
    import console.store.schema  # noqa: F401  # names every table

    assert set(TABLES) == set(Base.metadata.tables)
    assert all(kind in RULES or len(kind) > 5 for kind in TABLES.values())


def test_EN2_every_kind_has_a_rule_within_its_bounds_and_is_told() -> None:
    assert set(RULES) == set(Kept)
    assert all(rule.least <= rule.days <= rule.most for rule in RULES.values())
    check_days({kind.value: days for kind, days in SHIPPED.items()})
    sentences = told(SHIPPED)
    assert len(sentences) == len(RULES)
    assert "Photos of an approved submission: 30 days after the approval." in sentences


def test_EN2_what_was_chosen_replaces_what_ships() -> None:
    kept = kept_days({"approved": 5})
    assert kept[Kept.APPROVED] == 5
    assert kept[Kept.LOGINS] == SHIPPED[Kept.LOGINS]


@pytest.mark.parametrize(
    "chosen", [{"nothing": 3}, {"drafts": 0}, {"unused": 3 * 365 + 1}, {"audit": 10}]
)
def test_EN2_days_out_of_their_bounds_are_refused(chosen: dict[str, int]) -> None:
    with pytest.raises(Invalid, match=r"no kind|from"):
        check_days(chosen)


@pytest.mark.parametrize(
    ("days", "words"),
    [(1, "24 hours"), (30, "30 days"), (365, "1 year"), (1095, "3 years"), (1000, "1,000 days")],
)
def test_EN2_spans_are_told_as_people_say_them(days: int, words: str) -> None:
    assert in_words(days) == words
