"""What was kept in English is said in the language of whoever asks for it. T21, N18."""

import pytest
from babel.messages.catalog import Catalog

from console.domain.kept_texts import said
from console.domain.language import Catalogue, speaking, tr, tr_count
from tests.catalogue.make import mo_of

TEXTS: dict[str | tuple[str, str], str | tuple[str]] = {
    "The terminal is full. Remove people from it.": "PENUH. BUANG ORANG.",
    "Check the cable.": "PERIKSA KABEL.",
    "The terminal refused to {what}.": "ENGGAN {what}.",
    "The terminal says {says:,} {what}, received {received:,}.": "{received:,} / {says:,} {what}.",
    "{name} must not be on it, but {name} is.": "{name} DAN {name}.",
    "Enrolled and stored: {finger}.": "DIDAFTARKAN: {finger}.",
    "{label}: {value}": "{label}: {value}",
    "keep a person": "MENYIMPAN",
    "records": "REKOD",
    "right index finger": "JARI TELUNJUK",
    "Gate": "PAGAR",
    ("{count:,} line is set aside.", "{count:,} lines are set aside."): ("{count:,} BARIS.",),
}


@pytest.fixture(scope="module")
def malay() -> Catalogue:
    texts = Catalog(locale="ms")
    for key, words in TEXTS.items():
        texts.add(key, words)
    return Catalogue(mo_of(texts))


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        ("", ""),
        ("Check the cable.", "PERIKSA KABEL."),
        ("The terminal is full. Remove people from it.", "PENUH. BUANG ORANG."),
        ("The terminal refused to keep a person.", "ENGGAN MENYIMPAN."),
        (
            "The terminal refused to keep a person. Check the cable.",
            "ENGGAN MENYIMPAN. PERIKSA KABEL.",
        ),
        ("The terminal says 1,200 records, received 7.", "7 / 1,200 REKOD."),
        ("Ann Gate must not be on it, but Ann Gate is.", "Ann Gate DAN Ann Gate."),
        ("Enrolled and stored: right index finger.", "DIDAFTARKAN: JARI TELUNJUK."),
        ("Enrolled and stored: Gate.", "DIDAFTARKAN: Gate."),
        ("1 line is set aside.", "1 BARIS."),
        ("2,000 lines are set aside.", "2,000 BARIS."),
        ("Check the cable.\nSomething new.", "PERIKSA KABEL.\nSomething new."),
        ("Something new. Check the cable.", "Something new. PERIKSA KABEL."),
        ("Department: Sales", "Department: Sales"),
        (" ".join(["Check the cable."] * 12), " ".join(["PERIKSA KABEL."] * 12)),
        (" ".join(["Check the cable."] * 13), " ".join(["Check the cable."] * 13)),
    ],
)
def test_T21_a_kept_text_is_recognised_by_the_keys_of_the_catalogue(
    malay: Catalogue, kept: str, words: str
) -> None:
    with speaking(malay):
        assert said(kept) == words
    assert said(kept) == kept, "in English it stays as it was kept"


def test_T21_what_is_said_already_is_not_said_again(malay: Catalogue) -> None:
    with speaking(malay):
        words = tr("The terminal refused to {what}.", what="MENYIMPAN")
        assert said(words) == words
        lines = tr_count("{count:,} line is set aside.", "{count:,} lines are set aside.", 3)
        assert said(lines) == lines


def test_T21_two_different_names_are_not_taken_for_one(malay: Catalogue) -> None:
    other = "Ann must not be on it, but Ben is."
    with speaking(malay):
        assert said(other) == other
