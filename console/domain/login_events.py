"""The events and effects of a login, between the conversation and the kiosk that carries it out."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from console.domain.login_policy import Method
from console.domain.validity import Standing


@dataclass(frozen=True)
class LoginPerson:
    """An employee as the employee database, or the last list of it, has them.

    standing: whether they count as an employee now; face: whether one is enrolled; fingers: the
    enrolled positions; number_only: they have said no to both, and use number or badge instead.
    """

    id: str
    number: str
    name: str
    standing: Standing = Standing.IN_FORCE
    face: bool = False
    fingers: tuple[int, ...] = ()
    number_only: bool = False


@dataclass(frozen=True)
class MatchEvidence:
    """What a comparison showed.

    fmr: the false match rate (0 to 1) at the best score; threshold: the highest fmr that
    counts as a match; margin: decades of fmr between the best and the second; quality: of the
    scan, 0 to 100; finger: the position that matched, 0 for none; poor: why the scan or picture
    could not be used.
    """

    fmr: float | None = None
    threshold: float = 0.0
    margin: float | None = None
    quality: int | None = None
    finger: int = 0
    ambiguous: bool = False
    poor: str = ""


@dataclass(frozen=True)
class ConnectedDevices:
    """Which devices are connected and work."""

    camera: bool = True
    reader: bool = True


# what happens


@dataclass(frozen=True)
class FingerPlaced:
    """A finger was scanned."""


@dataclass(frozen=True)
class FaceUnusable:
    """A face is there, but no usable picture of it came."""

    why: str = ""


@dataclass(frozen=True)
class FaceLost:
    """Nobody stands before the camera."""


@dataclass(frozen=True)
class FaceUsable:
    """A usable picture of a face came."""


@dataclass(frozen=True)
class Compared:
    """The answer to Compare. person: who matched, as the cache has them."""

    ticket: int
    person: LoginPerson | None
    evidence: MatchEvidence = MatchEvidence()


@dataclass(frozen=True)
class Digit:
    """A key with a digit, or a letter of a real keyboard."""

    value: str


@dataclass(frozen=True)
class Back:
    """The last digit is taken back."""


@dataclass(frozen=True)
class Clear:
    """All digits are taken back."""


@dataclass(frozen=True)
class Submit:
    """The number is complete."""


@dataclass(frozen=True)
class BadgeRead:
    """A reader that types as a keyboard has read a badge or a QR code."""

    value: str


@dataclass(frozen=True)
class UseNumber:
    """The person prefers the number, or cannot do what is asked."""


@dataclass(frozen=True)
class Answer:
    """What the employee database says of the person, None where it knows nobody.

    While it cannot be reached: what the last list of it says, and from when that is.
    """

    ticket: int
    reachable: bool
    person: LoginPerson | None
    as_of: datetime | None = None


@dataclass(frozen=True)
class ChallengeDone:
    """The person did what was asked, or did not in time."""

    passed: bool


@dataclass(frozen=True)
class Plugged:
    """What is connected now."""

    equipment: ConnectedDevices


@dataclass(frozen=True)
class Timeout:
    """Nothing happened for the time that a session may take."""


@dataclass(frozen=True)
class Cancel:
    """The person ends the session: Cancel, or “I am done”."""


LoginEvent = (
    FingerPlaced
    | FaceUnusable
    | FaceLost
    | FaceUsable
    | Compared
    | Digit
    | Back
    | Clear
    | Submit
    | BadgeRead
    | UseNumber
    | Answer
    | ChallengeDone
    | Plugged
    | Timeout
    | Cancel
)

# what is asked for


@dataclass(frozen=True)
class Compare:
    """Compares the newest scan or picture with the cache, or with the references of one person."""

    ticket: int
    modality: Method
    employee_id: str = ""


@dataclass(frozen=True)
class Ask:
    """Asks the employee database for a person, by number, id or badge.

    badge: may be a number that was typed as fast as a reader types.
    """

    ticket: int
    number: str = ""
    employee_id: str = ""
    badge: str = ""


@dataclass(frozen=True)
class Remember:
    """A match against the central store: this face or finger may be cached."""

    employee_id: str
    modality: Method
    finger: int = 0


@dataclass(frozen=True)
class Forget:
    """Nothing of this person may stay in the cache."""

    employee_id: str


class LoginOutcome(StrEnum):
    """How an attempt ended."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    ABANDONED = "abandoned"


class Stamp(StrEnum):
    """What an accepted login lacks."""

    NONE = ""
    OFFLINE = "offline"
    NUMBER_ONLY = "number_only"
    UNVERIFIED = "unverified"
    NO_MATCH_POSSIBLE = "no_match_possible"
    WITHOUT_MATCH = "without_match"
    """The person has said no to face and fingers."""


class Reason(StrEnum):
    """Why somebody was refused."""

    NONE = ""
    NOT_VALID = "not_valid"
    NOT_ACTIVE = "not_active"
    NOT_ALLOWED = "not_allowed"
    NOT_YET_VALID = "not_yet_valid"
    NO_LONGER_VALID = "no_longer_valid"
    NOT_ENROLLED = "not_enrolled"
    OTHER_NUMBER = "other_number"
    FINGER = "finger_not_matched"
    FACE = "face_not_matched"
    DATABASE = "database_down"
    CANNOT_MATCH = "cannot_match"
    LEFT = "left"


class LoginStepKind(StrEnum):
    """What a step of the decision path is about."""

    FINGER = "finger"
    FACE = "face"
    NUMBER = "number"
    BADGE = "badge"
    DATABASE = "database"
    CRITERIA = "criteria"
    CHALLENGE = "challenge"
    MATCH = "match"
    EQUIPMENT = "equipment"
    RESET = "reset"


Fact = str | float | bool
"""A plain value beside a step."""


@dataclass(frozen=True)
class LoginStep:
    """One step of the decision path. facts: plain values, sorted by name."""

    what: LoginStepKind
    ok: bool
    facts: tuple[tuple[str, Fact], ...] = ()


@dataclass(frozen=True, kw_only=True)
class LoginRecord:
    """An attempt that has ended, for the login log.

    method: for example number+finger; number: as it was typed, or of the person who was found;
    as_of: the age of the list, where the database was down.
    """

    outcome: LoginOutcome
    method: str
    reason: Reason
    stamp: Stamp
    person: LoginPerson | None
    number: str
    as_of: datetime | None
    path: tuple[LoginStep, ...]


Effect = Compare | Ask | Remember | Forget | LoginRecord
