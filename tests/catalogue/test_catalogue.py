"""The catalogue has every text that is said to people, whole, in every language. N18, T21."""

import ast
import json
import re
from datetime import date
from pathlib import Path

import pytest
from babel.dates import format_date
from babel.messages.catalog import Catalog, Message

from console.catalogue import catalogue_of
from console.domain.language import (
    CHINESE,
    ENGLISH,
    LANGUAGES,
    MALAY,
    SHORT_MONTHS,
    speaking,
    tr_day,
)
from console.domain.retention import SHIPPED, told
from tests.catalogue.make import mo_of, page_of, po_of, updated
from tests.catalogue.sources import TREES, extracted, files_of
from tests.conftest import ROOT

OTHERS = [tag for tag in LANGUAGES if tag != ENGLISH]
PLACE = re.compile(r"\{\w*(?::[^}]*)?\}")
SAME = {
    *SHORT_MONTHS,
    "April",
    "Data",
    "Folder",
    "Import",
    "Import {count:,}",
    "Import…",
    "Kiosk",
    "Log",
    "Muster",
    "November",
    "OK",
    "Operator",
    "Port",
    "Portal: {address}.",
    "September",
    "Status",
    "Terminal",
    "kiosk",
    "terminal",
    "{count} digit",
}
"""Texts that may be the same in another language."""
HAN = re.compile(r"[㐀-鿿]")
BETWEEN = {" · ", "\n", "\n\n"}
"""What may stand between texts. Sentences after one another are a `paragraph`."""
ENDS = {".": "。.", "?": "？?", "!": "！!", ":": "：:", "…": "…", ",": "：,"}
"""How a translation may end whose English text ends so."""


@pytest.fixture(scope="module")
def texts() -> Catalog:
    return extracted()


@pytest.fixture(scope="module", params=OTHERS)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def translated(language: str, texts: Catalog) -> Catalog:
    return updated(language, texts)


def messages(catalogue: Catalog) -> list[Message]:
    """All but the header."""
    return [one for one in catalogue if one.id]


def forms(said: str | list[str] | tuple[str, ...] | None) -> list[str]:
    """One for a text, more for one that counts."""
    return [said] if isinstance(said, str) else list(said or [""])


def test_T21_no_text_is_missing(translated: Catalog) -> None:
    missing = [one.id for one in messages(translated) if not all(forms(one.string))]
    assert missing == [], "run: python -m tests.catalogue.make, and translate what is new"


def test_T21_the_files_are_those_of_the_sources(language: str, translated: Catalog) -> None:
    made = po_of(translated), mo_of(translated), page_of(translated)
    for path, content in zip(files_of(language), made, strict=True):
        assert path.read_bytes() == content, f"{path.name}: run python -m tests.catalogue.make"


def test_T21_a_translation_fills_in_what_the_text_fills_in(translated: Catalog) -> None:
    for one in messages(translated):
        for english in forms(one.id):
            for said in forms(one.string):
                assert sorted(PLACE.findall(said)) == sorted(PLACE.findall(english)), said


def test_T21_a_translation_is_none_of_the_english_text(language: str, translated: Catalog) -> None:
    for one in messages(translated):
        english = forms(one.id)[0]
        if re.search(r"[a-z]", re.sub(PLACE, "", english)) and english not in SAME:
            assert english not in forms(one.string)
            if language == CHINESE:
                assert any(map(HAN.search, forms(one.string))), english


def test_T21_a_translation_ends_as_a_sentence_does_where_the_text_does(
    translated: Catalog,
) -> None:
    for one in messages(translated):
        english, said = forms(one.id)[0], forms(one.string)[0]
        if english[-1] in ENDS:
            assert said[-1] in ENDS[english[-1]], said


@pytest.mark.parametrize("tag", LANGUAGES)
def test_T21_days_are_said_as_in_the_country(tag: str) -> None:
    locale = "en_GB" if tag == ENGLISH else tag.replace("-", "_")
    with speaking(catalogue_of(tag)):
        for month in range(1, 13):
            day = date(2026, month, 7)
            assert tr_day(day) == format_date(day, "long", locale)


def test_EN2_how_long_things_are_kept_is_said_in_every_language() -> None:
    from console.domain.consent import WORDINGS

    for tag, words in WORDINGS.items():
        with speaking(catalogue_of(tag)):
            sentences = told(SHIPPED, words.spans)
        assert len(set(sentences)) == len(SHIPPED)
        assert words.spans.days.format(30) in "".join(sentences)


def test_T21_the_languages_are_those_of_the_consent_texts() -> None:
    from console.domain.consent import WORDINGS

    assert {tag: one.name for tag, one in LANGUAGES.items()} == {
        tag: words.name for tag, words in WORDINGS.items()
    }


def test_T21_the_page_is_handed_only_what_it_says() -> None:
    handed = json.loads(files_of(MALAY)[2].read_text("utf-8"))
    assert handed["Select the Best Photo"] == "Pilih Foto Terbaik"
    assert "Enter your employee number" not in handed, "a kiosk says that"


def pieces(path: Path) -> list[str]:
    """The texts that are put together from translated pieces; one by one they may be in a row."""
    found = []
    for part in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(part, ast.JoinedStr):
            inside = [one for one in ast.walk(part) if isinstance(one, ast.Call)]
            said = [one.func.id for one in inside if isinstance(one.func, ast.Name)]
            between = [str(one.value) for one in part.values if isinstance(one, ast.Constant)]
            if {"tr", "tr_count"}.intersection(said) and set(between) - BETWEEN:
                found.append(f"{path.name}:{part.lineno}")
    return found


def test_T21_a_sentence_is_translated_whole() -> None:
    """Other languages have another order of words."""
    files = [path for folder, pattern in TREES for path in (ROOT / folder).glob(pattern)]
    assert [place for one in files if one.suffix == ".py" for place in pieces(one)] == []
