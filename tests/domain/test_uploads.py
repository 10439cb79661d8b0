"""The limit of a photo is what a call can carry, and what the words say."""

import base64

from console.domain.uploads import MAX_PHOTO, MAX_PHOTO_WORDS
from console.service.listeners.api import MAX_BODY

ROOM = 64 * 1024
"""Bytes for the rest of the call."""


def test_the_largest_photo_fits_into_a_call() -> None:
    assert len(base64.b64encode(bytes(MAX_PHOTO))) + ROOM < MAX_BODY


def test_the_words_say_the_limit() -> None:
    assert f"{MAX_PHOTO // 1024**2} MB" == MAX_PHOTO_WORDS
