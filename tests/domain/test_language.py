"""Which language somebody is spoken to in, and how a text is said in it. T21."""

from datetime import UTC, date, datetime
from gettext import NullTranslations

import pytest

from console.domain.language import (
    CHINESE,
    ENGLISH,
    LANGUAGES,
    MALAY,
    Language,
    accepted,
    best_language,
    msgid,
    speaking,
    tr,
    tr_count,
    tr_day,
    tr_minute,
    tr_moment,
)


class Upper(NullTranslations):
    """A language that shouts."""

    def gettext(self, message: str) -> str:
        return message.upper().replace("{NAME}", "{name}")


AT = datetime(2026, 12, 3, 22, 14, tzinfo=UTC)


def test_T21_english_is_what_the_sources_say() -> None:
    assert tr("Hello {name},", name="Nur") == "Hello Nur,"
    assert (tr(""), tr("{as it is}"), msgid("Hello")) == ("", "{as it is}", "Hello")


def test_T21_a_language_is_spoken_inside_and_no_longer() -> None:
    with speaking(Upper()):
        assert tr("Hello {name},", name="Nur") == "HELLO Nur,"
        with speaking(NullTranslations()):
            assert tr("Hello") == "Hello"
        assert tr("") == ""
    assert tr("Hello") == "Hello"


def test_T21_what_is_filled_in_is_not_filled_in_again() -> None:
    assert tr("Hello {name},", name="{name.__class__}") == "Hello {name.__class__},"


@pytest.mark.parametrize(("count", "text"), [(1, "1 try"), (2, "2 tries"), (0, "0 tries")])
def test_EN4_things_are_counted(count: int, text: str) -> None:
    assert tr_count("{count} try", "{count} tries", count) == text


def test_T21_days_and_moments_are_words() -> None:
    assert tr_day(date(2026, 5, 1)) == "1 May 2026"
    assert tr_minute(AT) == "3 December 2026, 22:14"
    assert tr_moment(AT) == "3 December 2026, 22:14 UTC"


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        (["ms-MY", "en"], MALAY),
        (["zh-CN"], CHINESE),
        (["zh"], CHINESE),
        (["zh-Hans-SG"], CHINESE),
        (["zh-TW", "zh_HK", "zh-Hant", "ms"], MALAY),
        (["fr", "en-US"], ENGLISH),
        (["en_US@posix", "zh-SG"], ENGLISH),
        (["*", ""], None),
        ([], None),
    ],
)
def test_T21_the_first_language_that_there_is(wanted: list[str], language: str | None) -> None:
    assert best_language(wanted) == language


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", ["zh-CN", "zh", "en"]),
        ("en;q=0.3, ms;q=0.7", ["ms", "en"]),
        ("ms;q=0, en;q=nonsense", []),
        ("", [""]),
    ],
)
def test_T21_a_browser_says_which_languages_it_likes_best(header: str, tags: list[str]) -> None:
    assert accepted(header) == tags


def test_T21_a_header_that_is_made_to_hurt_costs_nothing() -> None:
    assert len(accepted("ms," * 1_000_000)) <= 101


def test_T21_a_language_says_from_where_it_is_read() -> None:
    assert {one.direction for one in LANGUAGES.values()} == {"ltr"}
    assert Language(tag="ar", name="العربية", right_to_left=True).direction == "rtl"
