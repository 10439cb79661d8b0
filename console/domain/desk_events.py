"""What happens at the enrolment desk, and what its state machine asks for in return."""

from dataclasses import dataclass, field
from enum import StrEnum

PUT = "Put the finger on the reader"
LIFT = "Lift the finger, then place it again"
READING, STILL = "Reading…", "Keep the finger still."
ANY_FINGER = "Any finger: the search goes over everybody."
SCAN_DROPPED = "That scan was dropped."
TAKEN_BACK = "The last scan was taken back."
STOPPED = "Stopped"


class DeskActivity(StrEnum):
    """What the desk is busy with."""

    NOTHING = "nothing"
    ENROLLING = "enrolling"
    TESTING = "testing"


@dataclass(frozen=True)
class FingerImage:
    """A grey picture, one byte a pixel, dark ridges on light ground; dpi: dots per inch."""

    pixels: bytes
    width: int
    height: int
    dpi: int


@dataclass(frozen=True)
class Hint:
    """A sentence beside the instruction, and its tone: warn, bad, pass or empty."""

    text: str = ""
    tone: str = ""


# events


@dataclass(frozen=True)
class Enrol:
    """Somebody wants to enrol this finger."""

    employee_id: str
    position: int


@dataclass(frozen=True)
class TestFinger:
    """Somebody wants to know whose finger is placed next, again and again."""

    employee_id: str


@dataclass(frozen=True)
class Stop:
    """Whatever is under way ends; a finger that is not complete is forgotten."""


@dataclass(frozen=True)
class DropScan:
    """The scan under way does not count; between scans, the last one is taken back."""


@dataclass(frozen=True)
class Began:
    """The service began an enrolment."""

    ticket: int
    enrolment_id: str


@dataclass(frozen=True)
class FingerArrived:
    """A finger lies on the reader."""


@dataclass(frozen=True)
class PictureComing:
    """A slow reader has sent this share (0 to 1) of a picture."""

    share: float


@dataclass(frozen=True)
class PictureTaken:
    """last: no more pictures of this finger come before it is lifted."""

    picture: FingerImage
    last: bool


@dataclass(frozen=True)
class PictureSpoilt:
    """The reader could make nothing of the finger; text says why."""

    text: str


@dataclass(frozen=True)
class FingerLifted:
    """The finger is gone."""


@dataclass(frozen=True)
class ReaderLost:
    """The reader cannot be used; it opens again by itself."""


@dataclass(frozen=True)
class Assessed:
    """The service's opinion of a picture: quality 0 to 100, and what a scan should have."""

    ticket: int
    finger: int
    picture: FingerImage
    last: bool
    quality: int
    needs: int
    usable: bool
    hint: str = ""


@dataclass(frozen=True)
class ScanResult:
    """What came of a scan. outcome: taken, poor, another, failed, duplicate or saved."""

    ticket: int
    outcome: str
    quality: int = 0
    hint: str = ""
    advice: str = ""


@dataclass(frozen=True)
class SearchResult:
    """The search for the finger's owner has an answer."""

    ticket: int


@dataclass(frozen=True)
class TakenBack:
    """The last scan no longer counts."""

    ticket: int


@dataclass(frozen=True)
class DuplicateAllowed:
    """Somebody with the right let the duplicate through; it is saved."""


@dataclass(frozen=True)
class RequestRefused:
    """The service refused; finger: of the picture that it is about, 0 when it is about none."""

    ticket: int
    message: str
    finger: int = 0


DeskEvent = (
    Enrol
    | TestFinger
    | Stop
    | DropScan
    | Began
    | FingerArrived
    | PictureComing
    | PictureTaken
    | PictureSpoilt
    | FingerLifted
    | ReaderLost
    | Assessed
    | ScanResult
    | SearchResult
    | TakenBack
    | DuplicateAllowed
    | RequestRefused
)


# effects


@dataclass(frozen=True)
class AskBegin:
    """Ask the service to begin an enrolment."""

    ticket: int
    employee_id: str
    position: int


@dataclass(frozen=True)
class AskEnd:
    """Instruct the service that this enrolment is dropped."""

    enrolment_id: str


@dataclass(frozen=True)
class AskAssess:
    """Ask what the picture is good for."""

    ticket: int
    finger: int
    picture: FingerImage
    last: bool


@dataclass(frozen=True)
class AskScan:
    """Hand the picture in as a scan of this enrolment."""

    ticket: int
    finger: int
    enrolment_id: str
    picture: FingerImage


@dataclass(frozen=True)
class AskTest:
    """Ask whose finger this is."""

    ticket: int
    finger: int
    employee_id: str
    picture: FingerImage


@dataclass(frozen=True)
class AskTakeBack:
    """Ask to take the last scan back."""

    ticket: int
    enrolment_id: str


@dataclass(frozen=True)
class WantFinger:
    """The reader waits for the next finger, or stops waiting."""

    wanted: bool


@dataclass(frozen=True)
class EnoughPictures:
    """The reader need take no more pictures of this finger."""


@dataclass(frozen=True)
class Instruct:
    """What the person at the reader should do now. share: how far the reading is, 0 to 1."""

    text: str
    hint: Hint = field(default_factory=Hint)
    share: float | None = None


@dataclass(frozen=True)
class ShowQuality:
    """The quality of the newest picture or scan, 0 to 100."""

    quality: int


@dataclass(frozen=True)
class ShowProgress:
    """Show how far the enrolment is: the answer being handled says so."""


@dataclass(frozen=True)
class ShowEnd:
    """Show how the enrolment ended, or that somebody must decide."""


@dataclass(frozen=True)
class ShowTest:
    """Show what the search found."""


DeskEffect = (
    AskBegin
    | AskEnd
    | AskAssess
    | AskScan
    | AskTest
    | AskTakeBack
    | WantFinger
    | EnoughPictures
    | Instruct
    | ShowQuality
    | ShowProgress
    | ShowEnd
    | ShowTest
)
