"""The catalogue of translated texts: one file for each language, made from its `.po`."""

from functools import cache
from gettext import NullTranslations

from console.domain.language import Catalogue
from console.resources import RESOURCES


@cache
def catalogue_of(language: str) -> NullTranslations:
    """The texts by their English keys; English itself for English and languages without a file."""
    path = RESOURCES / "locale" / f"{language}.mo"
    if not path.is_file():
        return NullTranslations()
    return Catalogue(path.read_bytes())
