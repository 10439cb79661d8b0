"""What happens to a login and what it asks for: the words between the conversation and the kiosk that carries it out."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from console.domain.login_policy import Method


@dataclass(frozen=True)
class Person:
    """An employee as the employee database, or the last list of it, has them. fingers: positions that are enrolled."""

    id: str
    number: str
    name: str
    active: bool = True
    face: bool = False
    fingers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """What a comparison showed. chance: how often two different people are as alike as the best; margin: in decades to the second;
    poor: why the scan or picture could not be used."""

    chance: float | None = None
    threshold: float = 0.0
    margin: float | None = None
    quality: int | None = None
    finger: int = 0
    ambiguous: bool = False
    poor: str = ""


@dataclass(frozen=True)
class Equipment:
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
    """The answer to Compare. person: who matched, as the cache has them; ticket: of the question."""

    ticket: int
    person: Person | None
    evidence: Evidence = Evidence()


@dataclass(frozen=True)
class Digit:
    value: str


@dataclass(frozen=True)
class Back:
    pass


@dataclass(frozen=True)
class Clear:
    pass


@dataclass(frozen=True)
class Submit:
    pass


@dataclass(frozen=True)
class UseNumber:
    """The person would rather type, or cannot do what is asked."""


@dataclass(frozen=True)
class Answer:
    """What the employee database says; while it cannot be reached, what the last list of it says, as of then."""

    ticket: int
    reachable: bool
    person: Person | None
    as_of: datetime | None = None


@dataclass(frozen=True)
class ChallengeDone:
    passed: bool


@dataclass(frozen=True)
class Plugged:
    """What is connected now."""

    equipment: Equipment


@dataclass(frozen=True)
class Timeout:
    """Nobody did anything for the time of a session."""


@dataclass(frozen=True)
class Cancel:
    """The person goes: Cancel, or “I am done”."""


Event = (
    FingerPlaced | FaceUnusable | FaceLost | FaceUsable | Compared | Digit | Back | Clear | Submit | UseNumber | Answer | ChallengeDone
    | Plugged | Timeout | Cancel
)  # fmt: skip

# what is asked for


@dataclass(frozen=True)
class Compare:
    """Compares the newest scan or picture with the cache, or with the references of one person."""

    ticket: int
    modality: Method
    employee_id: str = ""


@dataclass(frozen=True)
class Ask:
    """Asks the employee database for a person, by number or id."""

    ticket: int
    number: str = ""
    employee_id: str = ""


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


class Outcome(StrEnum):
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


class Reason(StrEnum):
    """Why somebody was refused."""

    NONE = ""
    NOT_VALID = "not_valid"
    NOT_ACTIVE = "not_active"
    NOT_ENROLLED = "not_enrolled"
    OTHER_NUMBER = "other_number"
    FINGER = "finger_not_matched"
    FACE = "face_not_matched"
    DATABASE = "database_down"
    CANNOT_MATCH = "cannot_match"
    LEFT = "left"


@dataclass(frozen=True)
class Step:
    """One step of the decision path. facts: plain values, sorted by name."""

    what: str
    ok: bool
    facts: tuple[tuple[str, str | float | bool], ...] = ()


@dataclass(frozen=True)
class Record:
    """An attempt that has ended, for the login log. method: for example number+finger."""

    outcome: Outcome
    method: str
    reason: Reason
    stamp: Stamp
    person: Person | None
    number: str
    as_of: datetime | None
    path: tuple[Step, ...]


Effect = Compare | Ask | Remember | Forget | Record
