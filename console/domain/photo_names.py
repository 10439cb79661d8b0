"""Which person a photo is of, by the name of its file: an employee number or an email address."""

import re
from enum import StrEnum


class PhotoUse(StrEnum):
    """What the photos of a folder are taken for."""

    ENROLMENT = "enrolment"
    ID_PHOTO = "id_photo"


PICTURES = frozenset({"jpg", "jpeg", "png", "webp", "heic", "heif"})
"""Endings of files that are pictures; what is in them is found out by screening."""
_SEVERAL = re.compile(r"[ _-]*(?:\(\d{1,2}\)|[_ -]\d{1,2})$")
"""What programs append to the names of further photos of one person."""


def is_picture(name: str) -> bool:
    """Whether a file of this name is taken for a photo."""
    return name.rpartition(".")[2].lower() in PICTURES and not name.startswith(".")


def keys_of(name: str) -> list[str]:
    """What the name may mean, the most literal first: 1042_2.jpg is of 1042_2, or of 1042."""
    stem = name.rpartition(".")[0].strip().casefold()
    shorter = _SEVERAL.sub("", stem).strip()
    return [key for key in dict.fromkeys((stem, shorter)) if key]
