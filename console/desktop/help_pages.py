"""The help pages that come with Muster, one for each page of the console."""

from functools import cache

from console.desktop.page import Page
from console.domain.help_text import HelpPage
from console.resources import RESOURCES

LANGUAGE = "en"
BEGINNING = "start"
"""The page for whoever is on no page: the keys everywhere, the parts of the window."""


@cache
def help_pages() -> dict[str, HelpPage]:
    """All pages by their names, the beginning first, then by title."""
    folder = RESOURCES / "help" / LANGUAGE
    pages = [HelpPage(name=path.stem, text=path.read_text("utf-8")) for path in folder.glob("*.md")]
    pages.sort(key=lambda page: (page.name != BEGINNING, page.title))
    return {page.name: page for page in pages}


def help_name(page: Page | None) -> str:
    """The name of the help of the page that one is on."""
    return BEGINNING if page is None else page_name(type(page))


def page_name(kind: type[Page]) -> str:
    """The name of the help of a page: as its module is called."""
    return kind.__module__.rpartition(".")[2]
