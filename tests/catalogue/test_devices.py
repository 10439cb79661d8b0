"""What terminals, kiosks and readers say to operators, in every language. T21, N13."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.readers.reader import ReaderError
from bridge.terminals.errors import BridgeError
from console.catalogue import catalogue_of
from console.domain import errors
from console.domain.kept_texts import LEAST_LETTERS, said
from console.domain.language import CHINESE, MALAY, Catalogue, speaking
from tests.conftest import ROOT

SAYS = {"tr", "tr_count", "msgid", "worded", "paragraph", "said", "labelled"}
DOMAIN = [one for one in vars(errors) if one[:1].isupper()]
ROOMS = {
    "console/service/terminals": DOMAIN,
    "console/service/kiosks": DOMAIN,
    "console/service/fingers": DOMAIN,
    "bridge/terminals": ["Unsupported", "Unreachable", "NoAnswer", "Refused", "NotConfirmed"],
    "bridge/readers": ["ReaderAbsent", "ReaderBusy", "Unplugged", "PoorImage", "NothingHappened"],
}
"""Rooms, and the errors of theirs whose texts are shown."""
PLACE = re.compile(r"\{(\w+)[^{}]*\}")


def bare_texts(path: Path, names: list[str]) -> Iterator[str]:
    """The texts of errors that are handed over as they stand in the source."""
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in names:
            for text in call.args:
                whole = isinstance(text, ast.JoinedStr)
                if whole or (isinstance(text, ast.Constant) and " " in str(text.value)):
                    yield f"{path.relative_to(ROOT)}:{text.lineno}"


@pytest.mark.parametrize("room", ROOMS)
def test_T21_no_error_of_a_device_bypasses_the_catalogue(room: str) -> None:
    files = (ROOT / room).glob("**/*.py")
    assert [place for one in files for place in bare_texts(one, ROOMS[room])] == []


def all_of(root: type[Exception]) -> list[type[Exception]]:
    return [root, *(kind for one in root.__subclasses__() for kind in all_of(one))]


@pytest.mark.parametrize("tag", [MALAY, CHINESE])
@pytest.mark.parametrize("root", [BridgeError, ReaderError])
def test_N13_every_remedy_is_said_in_the_language_of_the_operator(
    root: type[Exception], tag: str
) -> None:
    remedies = {str(vars(one).get("remedy", "")) for one in all_of(root)} - {""}
    with speaking(catalogue_of(tag)):
        assert len(remedies) > 5
        assert [one for one in remedies if said(one) == one] == []


def samples(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Texts of the catalogue with values, in English and in its own language."""
    for key in catalogue.keys:
        names = dict.fromkeys(PLACE.findall(key[0]))
        if (
            len(key) > 1
            or not names
            or sum(map(str.isalpha, PLACE.sub("", key[0]))) < 3 * LEAST_LETTERS
        ):
            continue
        values = {name: f"{number}7" for number, name in enumerate(names, 1)}
        english, words = (
            PLACE.sub(lambda place: values[place[1]], text)
            for text in (key[0], catalogue.gettext(key[0]))
        )
        yield english, words


@pytest.mark.parametrize("tag", [MALAY, CHINESE])
def test_T21_whatever_was_kept_in_english_is_recognised(tag: str) -> None:
    """Also beside all other texts, some of which begin in the same way."""
    catalogue = catalogue_of(tag)
    assert isinstance(catalogue, Catalogue)
    with speaking(catalogue):
        checked = [(said(english), words) for english, words in samples(catalogue)]
    assert len(checked) > 150
    assert [pair for pair in checked if pair[0] != pair[1]] == []
