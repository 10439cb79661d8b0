"""Counts, spans, times and codes in words, in the language that is spoken. T21."""

from datetime import UTC, date, datetime

import pytest

from console.catalogue import catalogue_of
from console.domain.employees import describe_still_on
from console.domain.language import (
    CHINESE,
    ENGLISH,
    MALAY,
    in_english,
    paragraph,
    speaking,
    tr,
    tr_second,
    tr_short_day,
    tr_short_minute,
)
from console.domain.logins import direction_name, kiosk_method_name, method_name
from console.domain.retention import span_in_words

AT = datetime(2026, 8, 7, 14, 5, 33, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tag", "day", "minute", "second"),
    [
        (ENGLISH, "7 Aug 2026", "7 Aug 2026, 14:05", "7 Aug, 14:05:33"),
        (MALAY, "7 Ogo 2026", "7 Ogo 2026, 14:05", "7 Ogo, 14:05:33"),
        (CHINESE, "2026年8月7日", "2026年8月7日 14:05", "8月7日 14:05:33"),
    ],
)
def test_times_for_columns(tag: str, day: str, minute: str, second: str) -> None:
    with speaking(catalogue_of(tag)):
        assert tr_short_day(date(2026, 8, 7)) == day
        assert tr_short_minute(AT) == minute
        assert tr_second(AT) == second


def test_what_is_kept_is_said_in_english_inside_any_language() -> None:
    with speaking(catalogue_of(CHINESE)):
        assert tr("Cancel") != "Cancel"
        with in_english():
            assert tr("Cancel") == "Cancel"


@pytest.mark.parametrize(
    ("days", "words"), [(1, "24 hours"), (30, "30 days"), (365, "1 year"), (1095, "3 years")]
)
def test_spans(days: int, words: str) -> None:
    assert span_in_words(days) == words


def test_terminals_that_may_still_hold_somebody_are_counted() -> None:
    assert describe_still_on(1) == "Still on 1 terminal that must not have them"
    assert describe_still_on(1200) == "Still on 1,200 terminals that must not have them"


def test_codes_of_terminals_and_methods_of_kiosks() -> None:
    assert method_name(15) == "Face"
    assert method_name(9999) == "Method 9999"
    assert (direction_name(0), direction_name(99)) == ("In", "99")
    assert kiosk_method_name("face+number") == "Face + number"


def test_sentences_follow_one_another_as_each_language_writes_them() -> None:
    assert paragraph("One.", "", "Two…", "Three.") == "One. Two… Three."
    assert paragraph("清晰。", "端正。", "Good.") == "清晰。端正。Good."
    assert paragraph() == ""
