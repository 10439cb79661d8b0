"""Texts of the windows, through one catalogue; English is both the key and the fallback."""

import gettext

from console.resources import RESOURCES

_catalogue = gettext.translation("muster", RESOURCES / "locale", fallback=True)


def tr(text: str) -> str:
    """The text in the person's language."""
    return _catalogue.gettext(text)
