"""The catalogue of translated texts: one file for each language, made from its `.po`."""

from functools import cache
from gettext import GNUTranslations, NullTranslations

from console.resources import RESOURCES


@cache
def catalogue_of(language: str) -> NullTranslations:
    """The texts by their English keys; English itself for English and languages without a file."""
    path = RESOURCES / "locale" / f"{language}.mo"
    if not path.is_file():
        return NullTranslations()
    with path.open("rb") as file:
        return GNUTranslations(file)
