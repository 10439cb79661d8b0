"""The headers of the frames, as both sides know them."""

from enum import StrEnum

import msgspec

from console.biometrics.faces.quality.profiles import Profile
from console.biometrics.refusals import Refusal


class DecodeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The body is a file. face: None decodes it for screening; a rectangle in shares makes the copy for terminals."""

    face: tuple[float, float, float, float] | None = None


class Decoded(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Bodies: our JPEG and, when decoded for screening, the RGB pixels. scale: px of the file per px of the copy;
    compression: the file's JPEG quality, 100 for other formats."""

    width: int = 0
    height: int = 0
    scale: float = 1.0
    compression: float = 100.0
    refused: Refusal | None = None


class FaceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The body is the RGB picture, height x width x 3 bytes."""

    width: int
    height: int
    scale: float
    compression: float
    profile: Profile


class GuideRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The body is a frame, height x width x 3 bytes; scale: px of the camera's frame per px of it. fresh: forget the frames before."""

    width: int
    height: int
    scale: float
    profile: Profile
    fresh: bool = False


class WatchRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The body is a frame, height x width x 3 bytes; scale: px of the camera's frame per px of it."""

    width: int
    height: int
    scale: float


class WatchAnswer(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """See faces.watching.Sight; the body is the vector, float32, empty without one."""

    box: tuple[float, float, float, float] | None = None
    eyes: tuple[tuple[float, float], tuple[float, float]] | None = None
    flaw: str = ""
    yaw: float = 0.0
    blink: float = 0.0


class FingerAct(StrEnum):
    """What the finger worker can be asked."""

    LOOK = "look"
    SCAN = "scan"
    IDENTIFY = "identify"
    DUPLICATES = "duplicates"
    PUT = "put"
    DROP = "drop"


class FingerRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The body is a grey picture, height x width bytes; for DUPLICATES the templates, for PUT {key: templates} as msgpack.

    earlier, tries: the usable scans of an enrolment so far, and how many scans were made.
    """

    act: FingerAct
    width: int = 0
    height: int = 0
    dpi: int = 500
    key: str = ""
    earlier: list[bytes] = []
    tries: int = 0


class FingerMatch(msgspec.Struct, frozen=True, kw_only=True):
    """fmr, search_fmr: log10 of the chance that another finger scores so high, in one comparison and in this search."""

    key: str
    score: float
    fmr: float
    search_fmr: float


class FingerAnswer(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The body is the template of a scan. quality 0 to 100, reason and hint: of this picture; outcome, taken, advice, agrees, chosen:
    of the enrolment it belongs to; fingers: how many are known; refused: why the picture cannot be worked on."""

    quality: int = 0
    reason: str = ""
    hint: str = ""
    minutiae: int = 0
    outcome: str = ""
    taken: int = 0
    advice: str = ""
    agrees: list[bool] = []
    chosen: list[int] = []
    matches: list[FingerMatch] = []
    fingers: int = 0
    seconds: float = 0.0
    refused: str = ""
