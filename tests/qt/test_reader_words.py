"""P13: every trouble of a reader is told with what to do about it."""

import pytest

from bridge.readers import reader
from bridge.readers.reader import ReaderError
from console.qt.reader_words import trouble_text

TROUBLES = [
    one for one in vars(reader).values() if isinstance(one, type) and issubclass(one, ReaderError)
]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_P13_each_trouble_has_words_of_its_own(trouble: type[ReaderError]) -> None:
    others = {trouble_text(one("")) for one in TROUBLES if one is not trouble}
    assert trouble_text(trouble("")) not in others


def test_P13_the_remedy_follows_what_happened() -> None:
    said = trouble_text(reader.Unplugged("the last words of the reader"))
    assert said == "The reader no longer answers. Unplug the reader and plug it in again."
