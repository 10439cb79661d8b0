"""Texts of the windows from one catalogue; English is both the key and the fallback."""

import json
from functools import cache

from console.resources import RESOURCES

ENGLISH = "en"
NAMES = {"en": "English", "ms": "Bahasa Melayu", "zh": "中文"}
_current: dict[str, str] = {}


@cache
def catalogue(language: str) -> dict[str, str]:
    """The texts by their English keys; empty for English and for languages without a file."""
    path = RESOURCES / "locale" / f"{language}.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def use_language(language: str) -> None:
    """Uses this language from now on; texts that are shown already must be set again."""
    global _current  # noqa: PLW0603 - a window has one language at a time
    _current = catalogue(language)


def tr(text: str) -> str:
    """The text in the person's language."""
    return _current.get(text, text)
