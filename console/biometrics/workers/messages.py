"""The headers of the frames, as both sides know them."""

import msgspec

from console.biometrics.refusals import Refusal


class DecodeRequest(msgspec.Struct, frozen=True):
    """The body is a file. face: None decodes it for screening; a rectangle in shares makes the copy for terminals."""

    face: tuple[float, float, float, float] | None = None


class Decoded(msgspec.Struct, frozen=True, omit_defaults=True):
    """Bodies: our JPEG and, when decoded for screening, the RGB pixels. scale: px of the file per px of the copy."""

    width: int = 0
    height: int = 0
    scale: float = 1.0
    refused: Refusal | None = None


class FaceRequest(msgspec.Struct, frozen=True):
    """The body is the RGB picture, height x width x 3 bytes."""

    width: int
    height: int
    scale: float
    profile: str
