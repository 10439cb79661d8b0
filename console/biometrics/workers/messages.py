"""The headers of the frames, as both sides of a pipe know them."""

from enum import StrEnum

import msgspec

from console.biometrics.faces.quality.profiles import ScreeningProfile
from console.biometrics.refusals import Refusal


class DecodeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Decode a file, which is the body.

    face: None to decode it for screening; (left, top, width, height), fractions of the picture, to
    make the copy for terminals; quarter_turns: turn it by so many, counter-clockwise.
    """

    face: tuple[float, float, float, float] | None = None
    quarter_turns: int = 0


class Decoded(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The answer of the decoding worker; bodies: our JPEG, and the RGB pixels for screening.

    width, height: of the RGB pixels; scale: pixels of the file per pixel of the copy;
    compression: the file's JPEG quality, 100 for other formats; refused: why it is not a photo.
    """

    width: int = 0
    height: int = 0
    scale: float = 1.0
    compression: float = 100.0
    refused: Refusal | None = None


class FaceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Screen a picture; the body is RGB, uint8 (height, width, 3). See PhotoScreener.screen."""

    width: int
    height: int
    scale: float
    compression: float
    profile: ScreeningProfile


class GuideRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Advise on a camera frame; the body is RGB, uint8 (height, width, 3).

    scale: pixels of the camera's frame per pixel of the body; fresh: forget the frames before.
    """

    width: int
    height: int
    scale: float
    profile: ScreeningProfile
    fresh: bool = False


class WatchRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Analyse a frame of the login screen; the body is RGB, uint8 (height, width, 3).

    scale: pixels of the camera's frame per pixel of the body.
    """

    width: int
    height: int
    scale: float


class WatchAnswer(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """See LoginFrameResult; the body is the vector, float32, empty without one."""

    box: tuple[float, float, float, float] | None = None
    eyes: tuple[tuple[float, float], tuple[float, float]] | None = None
    flaw: str = ""
    yaw: float = 0.0
    blink: float = 0.0


class FingerRequestKind(StrEnum):
    """What the finger worker can be asked."""

    ASSESS_PICTURE = "assess_picture"
    ASSESS_SCAN = "assess_scan"
    IDENTIFY = "identify"
    DUPLICATES = "duplicates"
    ADD_FINGERS = "add_fingers"
    REMOVE_FINGER = "remove_finger"


class FingerRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request to the finger worker.

    The body is a grey picture, uint8 (height, width); for DUPLICATES the templates, for ADD_FINGERS
    {key: templates}, both as msgpack.
    earlier: templates of an enrolment's usable scans so far; tries: scans made before this one.
    enough, key: for IDENTIFY, see examiner.Sought; without `enough` there is no second look.
    """

    kind: FingerRequestKind
    width: int = 0
    height: int = 0
    dpi: int = 500
    key: str = ""
    earlier: list[bytes] = []
    tries: int = 0
    enough: float | None = None


class FingerMatch(msgspec.Struct, frozen=True, kw_only=True):
    """A finger that is similar to the probe.

    log10_fmr, search_log10_fmr: of the false match rate at this score, for one comparison and for
    this whole search.
    """

    key: str
    score: float
    log10_fmr: float
    search_log10_fmr: float


class FingerAnswer(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The answer of the finger worker; the body is the template of a scan.

    quality (0 to 100), reason, hint, minutiae: of this picture;
    outcome, taken, advice, agrees, chosen: of the enrolment, see enrolment.Assessment;
    matches: best first; fingers: number of fingers known; seconds: of the search alone;
    refused: why the picture or a template cannot be used.
    """

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
