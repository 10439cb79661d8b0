"""Help pages as text: their titles, what they name, and how they are searched."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from console.domain.language import msgid, tr

LAST_HEADING = msgid("When something goes wrong")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_KEY = re.compile(r"`(.+?)`")
_TITLE = re.compile(r"\A# (.+)$", re.MULTILINE)
_MARKS = re.compile(r"[*`#>]|^\s*[-\d]+\.?\s+", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class HelpPage:
    """One page in Markdown. name: of its file; its first line is its title."""

    name: str
    text: str

    @property
    def title(self) -> str:
        """What the page is called."""
        return self.text.partition("\n")[0].lstrip("# ").strip()

    @property
    def headings(self) -> list[str]:
        """What it tells of, part by part, but for what every page has at its end."""
        return [one for one in _HEADING.findall(self.text) if one != tr(LAST_HEADING)]

    @property
    def named(self) -> list[str]:
        """What the screen shows by these names: buttons, fields, states. They stand in bold."""
        return _BOLD.findall(self.text)

    @property
    def keys(self) -> list[str]:
        """The keys that it tells of."""
        return _KEY.findall(self.text)


@dataclass(frozen=True, kw_only=True)
class Found:
    """A page that has all words, and the first line with one of them, without marks."""

    page: HelpPage
    line: str


def name_as_shown(text: str) -> str:
    """A page's text with what stands in English in every language: what the screen calls by name.

    Its title, names in bold, and the heading that every page has are said as on the screen.
    """
    text = _TITLE.sub(lambda found: "# " + tr(found[1]), text)
    text = text.replace(f"## {LAST_HEADING}\n", "## " + tr(LAST_HEADING) + "\n")
    return _BOLD.sub(lambda found: "**" + tr(found[1]) + "**", text)


def find_help(pages: Iterable[HelpPage], sought: str) -> Sequence[Found]:
    """The pages with every word that is sought, those first that have them in their title."""
    words = sought.casefold().split()
    found = [page for page in pages if all(word in page.text.casefold() for word in words)]
    found.sort(key=lambda page: not all(word in page.title.casefold() for word in words))
    return [Found(page=page, line=_first_line(page, words)) for page in found]


def _first_line(page: HelpPage, words: Sequence[str]) -> str:
    lines = [_MARKS.sub("", line).strip() for line in page.text.splitlines()[1:]]
    return next(
        (line for line in lines if line and any(word in line.casefold() for word in words)),
        next((line for line in lines if line), ""),
    )
