"""The language of the windows. A window has one at a time, whichever thread asks."""

from gettext import NullTranslations

from console.catalogue import catalogue_of
from console.domain.language import ENGLISH, best_language

NAMES = {"en": "English", "ms": "Bahasa Melayu", "zh": "中文"}
"""What the buttons of a kiosk call its languages."""
_current = NullTranslations()


def use_language(language: str) -> None:
    """Uses this language from now on; texts that are shown already must be set again."""
    global _current  # noqa: PLW0603 - a window has one language at a time
    _current = catalogue_of(best_language([language]) or ENGLISH)


def tr(text: str) -> str:
    """The text in the person's language."""
    return _current.gettext(text) if text else ""


def tr_count(one: str, many: str, count: int) -> str:
    """The same of a number of things; {count} stands for the number."""
    return _current.ngettext(one, many, count).format(count=count)
