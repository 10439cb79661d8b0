"""The help pages that come with Muster, one for each page of the console."""

from functools import cache

from console.desktop.page import Page
from console.domain.help_text import HelpPage, name_as_shown
from console.qt.language import current_language
from console.resources import RESOURCES

BEGINNING = "start"
"""The page for whoever is on no page: the keys everywhere, the parts of the window."""


def help_pages() -> dict[str, HelpPage]:
    """All pages by their names, the beginning first, then by title; in the console's language."""
    return _pages(current_language())


@cache
def _pages(language: str) -> dict[str, HelpPage]:
    pages = [
        HelpPage(name=path.stem, text=name_as_shown(path.read_text("utf-8")))
        for path in (RESOURCES / "help" / language).glob("*.md")
    ]
    pages.sort(key=lambda page: (page.name != BEGINNING, page.title))
    return {page.name: page for page in pages}


def help_name(page: Page | None) -> str:
    """The name of the help of the page that one is on."""
    return BEGINNING if page is None else page_name(type(page))


def page_name(kind: type[Page]) -> str:
    """The name of the help of a page: as its module is called."""
    return kind.__module__.rpartition(".")[2]
