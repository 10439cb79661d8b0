"""The language of the windows of this program."""

from PyQt6.QtCore import QLocale

from console.catalogue import catalogue_of
from console.domain.language import ENGLISH, best_language, use_catalogue

NAMES = {"en": "English", "ms": "Bahasa Melayu", "zh": "中文"}
"""What the buttons of a kiosk call its languages."""
_language = ENGLISH


def current_language() -> str:
    """The tag of the language in use."""
    return _language


def use_language(wanted: str) -> str:
    """Uses the best language for this tag from now on: its own tag. English if there is none.

    Texts that are shown already must be set again.
    """
    language = best_language([wanted]) or ENGLISH
    global _language  # noqa: PLW0603 - a window has one language at a time
    _language = language
    use_catalogue(catalogue_of(language))
    QLocale.setDefault(QLocale(language.replace("-", "_")))
    return language
