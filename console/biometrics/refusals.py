"""Why a photo or a model file is refused."""

from enum import StrEnum


class Refusal(StrEnum):
    """Why a file is not a usable photo."""

    NOT_AN_IMAGE = "not_an_image"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_SMALL = "too_small"
    ODD_SHAPE = "odd_shape"
    DAMAGED = "damaged"
    ANIMATED = "animated"
    TOO_HARD = "too_hard"


class PhotoRefused(Exception):
    """A file is not a usable photo. reason: why."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


class ModelRefused(Exception):
    """A model file is missing, unknown, or not the one that was vetted; the message says which."""
