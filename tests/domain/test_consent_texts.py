"""The consent texts say the same in every language, and each is one of its own. N8, T21, EN2."""

import re
from dataclasses import astuple, fields, replace
from typing import Any

import pytest

from console.domain.consent import (
    FACE,
    FACE_VERSION,
    FINGER,
    FINGER_VERSION,
    TEXT_VERSIONS,
    WORDINGS,
    consent_texts,
    face_consent,
    finger_consent,
    language_name,
)
from console.domain.consent_texts.english import ENGLISH
from console.domain.consent_texts.wording import Sections, Wording
from console.domain.retention import SHIPPED, Kept

WORDING = pytest.mark.parametrize("words", WORDINGS.values(), ids=WORDINGS)
MODALITY = pytest.mark.parametrize("modality", [FACE, FINGER])


def test_N8_the_texts_are_offered_in_three_languages_by_their_own_names() -> None:
    names = {"en": "English", "ms": "Bahasa Melayu", "zh-Hans": "简体中文"}
    assert {tag: words.name for tag, words in WORDINGS.items()} == names
    assert [language_name(tag) for tag in names] == list(names.values())
    assert language_name("") == "", "a statement of an operator has no language"
    assert [one.language for one in consent_texts(FACE, SHIPPED)] == list(names)


@WORDING
def test_N8_every_language_fills_in_the_same_in_every_section(words: Wording) -> None:
    for part in ("headings", "face", "finger"):
        theirs, english = getattr(words, part), getattr(ENGLISH, part)
        for section in fields(Sections):
            body = getattr(theirs, section.name)
            assert body.strip(), f"{part} says nothing of {section.name}"
            assert placeholders(body) == placeholders(getattr(english, section.name))
    assert placeholders(words.face_intro) == placeholders(ENGLISH.face_intro)
    assert placeholders(words.finger_intro) == placeholders(ENGLISH.finger_intro)
    assert len(words.purposes) == len(ENGLISH.purposes)
    assert all(text.strip() for text in (*astuple(words.answers), words.why, *words.purposes))
    headings = [getattr(words.headings, section.name) for section in fields(Sections)]
    assert len(set(headings)) == len(headings)


@WORDING
def test_N8_a_translation_is_no_copy_of_the_english(words: Wording) -> None:
    if words is not ENGLISH:
        assert not {*every_word(words).values()} & {*every_word(ENGLISH).values()}
        around = ({*astuple(one.answers), *one.purposes} for one in (words, ENGLISH))
        assert not set.intersection(*around)


@MODALITY
def test_EN2_every_language_says_for_how_long_this_site_keeps_what(modality: str) -> None:
    spans = {
        "en": ("24 hours", "1 year", "2 years", "1,000 days"),
        "ms": ("24 jam", "1 tahun", "2 tahun", "1,000 hari"),
        "zh-Hans": ("24 小时", "1 年", "2 年", "1,000 天"),
    }
    for days, place in ((1, 0), (365, 1), (730, 2), (1000, 3)):
        for text in consent_texts(modality, {**SHIPPED, Kept.LEFT: days}):
            shown = " ".join(body for _, body in text.paragraphs)
            assert spans[text.language][place] in shown
            assert set(placeholders(shown)) == {"{site}"}, "the name of the site comes last"


@MODALITY
def test_N8_each_language_has_the_version_of_the_text_and_a_digest_of_its_own(
    modality: str,
) -> None:
    texts = consent_texts(modality, SHIPPED)
    assert {text.version for text in texts} == {TEXT_VERSIONS[modality]}
    assert len({text.digest for text in texts}) == len(WORDINGS)


@WORDING
def test_T21_any_other_word_is_another_digest(
    words: Wording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each sentence of a language is changed by itself."""
    before = digests(words.language)
    for name in every_word(words):
        part, _, section = name.partition(".")
        old = getattr(words, part)
        change: dict[str, Any] = {section: f"{getattr(old, section)}."} if section else {}
        changed: dict[str, Any] = {part: replace(old, **change) if section else f"{old}."}
        monkeypatch.setitem(WORDINGS, words.language, replace(words, **changed))
        after = digests(words.language)
        touched = [FACE in name or part == "headings", FINGER in name or part == "headings"]
        assert [one != two for one, two in zip(before, after, strict=True)] == touched, name


def test_T21_other_words_are_another_version() -> None:
    """Whoever changes a text gives it the next number, and its new digests here.

    A better translation of the same meaning is other words too.
    """
    assert (FACE_VERSION, FINGER_VERSION) == (3, 3)
    assert {tag: [one[:16] for one in digests(tag)] for tag in WORDINGS} == {
        "en": ["9f36ab4956c56f3a", "4957294903970687"],
        "ms": ["ac7a8d4d4db69f78", "da6fb5fd120bc8d4"],
        "zh-Hans": ["b6235d6f60580881", "6c26b0beb6860e16"],
    }


def digests(language: str) -> list[str]:
    return [text(SHIPPED, language).digest for text in (face_consent, finger_consent)]


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"\{.*?\}", text))


def every_word(words: Wording) -> dict[str, str]:
    """face_intro -> its text, face.kept -> its text, and so on."""
    intros = {name: getattr(words, name) for name in ("face_intro", "finger_intro")}
    return intros | {
        f"{part}.{section.name}": getattr(getattr(words, part), section.name)
        for part in ("headings", "face", "finger")
        for section in fields(Sections)
    }
