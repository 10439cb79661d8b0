"""A language that nobody speaks: all that the catalogue says is marked in it, and longer.

What is shown without marks was not said through the catalogue.
"""

import math
import re
from gettext import NullTranslations

from console import catalogue
from console.domain.language import CHINESE

LONGER = 1.4
MARKS = "⟦⟧"
_PLACE = re.compile(r"(\{[^{}]*\})")
_chinese = catalogue.catalogue_of(CHINESE)


class MadeUp(NullTranslations):
    """Says only what is translated for real; a text that no catalogue has stays in English."""

    def gettext(self, message: str) -> str:
        """The text in the made-up language."""
        return made_up(message) if _chinese.gettext(message) != message else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The text of so many things in the made-up language."""
        text = msgid1 if n == 1 else msgid2
        return made_up(text) if _chinese.ngettext(msgid1, msgid2, n) != text else text


def speak_made_up() -> None:
    """Puts it in the place of English, before any module that says something is loaded."""
    spoken = MadeUp()
    catalogue.catalogue_of = lambda _language: spoken  # type: ignore[assignment]


def made_up(text: str) -> str:
    """Marked, longer by its own beginning; values in the text stand outside of the marks."""
    parts = _PLACE.split(text)
    plain = " ".join(" ".join(parts[::2]).split())
    more = plain[: math.ceil(len(plain) * (LONGER - 1))]
    marked = [
        f"⟦{part}⟧" if place % 2 == 0 and part.strip() else part for place, part in enumerate(parts)
    ]
    return f"{''.join(marked)}⟦ {more}⟧"


def unmarked(text: str) -> str:
    """What of a text stands outside of the marks, however they are nested."""
    depth, outside = 0, []
    for one in text:
        depth += one == MARKS[0]
        outside.append(one if depth == 0 else " ")
        depth = max(0, depth - (one == MARKS[1]))
    return "".join(outside)
