"""How far invitations have come, who is stuck where and why, and what can be done for them. N22.

Pure. A stage is never lost again: whoever opened a link that ran out has opened it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from console.domain.invitations import LINK_USABLE, Status

S = Status


class Stage(IntEnum):
    """The stages of the funnel, in order. The database keeps the numbers."""

    WRITTEN = 0
    """The email has not left yet, or the link on paper has not been printed."""
    SENT = 1
    OPENED = 2
    CONSENTED = 3
    SUBMITTED = 4
    SCREENED = 5
    """Screening has found a photo that can be used."""
    APPROVED = 6
    ON_TERMINALS = 7
    IN_USE = 8
    """There was a first login."""


STAGE_LABELS = {
    Stage.WRITTEN: "Invited",
    Stage.SENT: "Sent",
    Stage.OPENED: "Opened",
    Stage.CONSENTED: "Agreed",
    Stage.SUBMITTED: "Submitted",
    Stage.SCREENED: "Screened",
    Stage.APPROVED: "Approved",
    Stage.ON_TERMINALS: "On terminals",
    Stage.IN_USE: "First login",
}
_REACHED = {
    S.OPENED: Stage.OPENED,
    S.CONSENTED: Stage.CONSENTED,
    S.SUBMITTED: Stage.SUBMITTED,
    S.PENDING_APPROVAL: Stage.SCREENED,
    S.APPROVED: Stage.APPROVED,
    S.PUSHED: Stage.ON_TERMINALS,
    S.IN_USE: Stage.IN_USE,
}


def furthest(stage: int, status: Status) -> Stage:
    """The stage of an invitation that has this status now, and had come to `stage` before."""
    return max(Stage(stage), _REACHED.get(status, Stage.WRITTEN))


class Why(StrEnum):
    """Why somebody is where they are, and not further."""

    EMAIL_WAITS = "email_waits"
    EMAIL_FAILED = "email_failed"
    NOT_PRINTED = "not_printed"
    NOT_OPENED = "not_opened"
    NOT_AGREED = "not_agreed"
    NO_PHOTOS = "no_photos"
    LOCKED = "locked"
    PHOTOS_FAILED = "photos_failed"
    REJECTED = "rejected"
    CHECKING = "checking"
    NEEDS_HELP = "needs_help"
    WAITS_FOR_REVIEW = "waits_for_review"
    ON_THE_WAY = "on_the_way"
    NO_LOGIN = "no_login"
    EXPIRED = "expired"
    DECLINED = "declined"
    REVOKED = "revoked"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    DONE = "done"


WHY_WORDS = {
    Why.EMAIL_WAITS: "Email is waiting to be sent",
    Why.EMAIL_FAILED: "Email could not be sent",
    Why.NOT_PRINTED: "Link not printed yet",
    Why.NOT_OPENED: "Has not opened the link",
    Why.NOT_AGREED: "Opened, has not answered about consent",
    Why.NO_PHOTOS: "Agreed, has not sent photos",
    Why.LOCKED: "Link locked after wrong answers",
    Why.PHOTOS_FAILED: "Photos could not be used, has not sent others",
    Why.REJECTED: "Photos rejected, has not sent others",
    Why.CHECKING: "Photos are being checked",
    Why.NEEDS_HELP: "Needs help: all attempts failed",
    Why.WAITS_FOR_REVIEW: "Awaiting your review",
    Why.ON_THE_WAY: "Approved, not on all terminals yet",
    Why.NO_LOGIN: "On terminals, no login yet",
    Why.EXPIRED: "Link expired",
    Why.DECLINED: "Declined, uses number",
    Why.REVOKED: "Link revoked",
    Why.WITHDRAWN: "Consent withdrawn",
    Why.REPLACED: "Replaced by a newer enrolment",
    Why.DONE: "In use",
}
BY_STATUS = {
    S.OPENED: Why.NOT_AGREED,
    S.CONSENTED: Why.NO_PHOTOS,
    S.REJECTED_AUTO: Why.PHOTOS_FAILED,
    S.REJECTED: Why.REJECTED,
    S.SUBMITTED: Why.CHECKING,
    S.SCREENING: Why.CHECKING,
    S.NEEDS_HELP: Why.NEEDS_HELP,
    S.PENDING_APPROVAL: Why.WAITS_FOR_REVIEW,
    S.APPROVED: Why.ON_THE_WAY,
    S.PUSHED: Why.NO_LOGIN,
    S.EXPIRED: Why.EXPIRED,
    S.DECLINED: Why.DECLINED,
    S.REVOKED: Why.REVOKED,
    S.WITHDRAWN: Why.WITHDRAWN,
    S.ERASED: Why.WITHDRAWN,
    S.SUPERSEDED: Why.REPLACED,
    S.IN_USE: Why.DONE,
}
"""Of every status but INVITED, while the link is not locked."""
FOR_THE_PERSON = frozenset(
    {
        Why.NOT_OPENED,
        Why.NOT_AGREED,
        Why.NO_PHOTOS,
        Why.PHOTOS_FAILED,
        Why.REJECTED,
    }
)
"""The person is to act, and can."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an invitation stands. email_failed: the newest email with its link.

    on_paper: the link is handed out on paper.
    """

    status: Status
    stage: Stage
    locked: bool = False
    email_failed: bool = False
    on_paper: bool = False


def why_here(place: Place) -> Why:
    """Why it has come no further."""
    if place.locked and place.status in LINK_USABLE:
        return Why.LOCKED
    if place.status is not S.INVITED:
        return BY_STATUS[place.status]
    if place.email_failed:
        return Why.EMAIL_FAILED
    if place.stage is not Stage.WRITTEN:
        return Why.NOT_OPENED
    return Why.NOT_PRINTED if place.on_paper else Why.EMAIL_WAITS


@dataclass(frozen=True)
class StageCount:
    """How many people have come so far, and how many of them have come no further."""

    stage: Stage
    reached: int
    here: int


def funnel(counts: Mapping[Place, int]) -> list[StageCount]:
    """The stages in order."""
    here = dict.fromkeys(Stage, 0)
    for place, count in counts.items():
        here[place.stage] += count
    reached = {stage: sum(here[one] for one in Stage if one >= stage) for stage in Stage}
    return [StageCount(stage, reached[stage], here[stage]) for stage in Stage]


def stuck(counts: Mapping[Place, int]) -> dict[tuple[Stage, Why], int]:
    """(stage, why) -> how many people, of everybody who is not done."""
    found: dict[tuple[Stage, Why], int] = {}
    for place, count in counts.items():
        key = place.stage, why_here(place)
        if key[1] is not Why.DONE:
            found[key] = found.get(key, 0) + count
    return dict(sorted(found.items()))
