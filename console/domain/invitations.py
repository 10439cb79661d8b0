"""The life of an invitation, from the email to the first login.

Every step is an event; every pair that is not in the table is refused.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from console.domain.errors import IllegalTransition
from console.domain.language import msgid, tr, tr_count

MAX_TRIES = 3
PHOTOS_ASKED = 3
PHOTOS_KEPT = 5
SECOND_CHECK_TRIES = 5
SECOND_CHECK_DIGITS = 4


class Status(StrEnum):
    """Where an enrolment stands."""

    INVITED = "invited"
    OPENED = "opened"
    CONSENTED = "consented"
    DECLINED = "declined"
    SUBMITTED = "submitted"
    SCREENING = "screening"
    REJECTED_AUTO = "rejected_auto"
    NEEDS_HELP = "needs_help"
    PENDING_APPROVAL = "pending_approval"
    REJECTED = "rejected"
    APPROVED = "approved"
    PUSHED = "pushed"
    IN_USE = "in_use"
    EXPIRED = "expired"
    REVOKED = "revoked"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"
    SUPERSEDED = "superseded"


class Event(StrEnum):
    """What happens to an enrolment."""

    OPEN = "open"
    CONSENT = "consent"
    DECLINE = "decline"
    SUBMIT = "submit"
    SCREEN = "screen"
    ALL_FAILED = "all_failed"
    TRIES_SPENT = "tries_spent"
    SOME_PASSED = "some_passed"
    APPROVE = "approve"
    REJECT = "reject"
    ON_TERMINALS = "on_terminals"
    FIRST_LOGIN = "first_login"
    EXPIRE = "expire"
    REVOKE = "revoke"
    WITHDRAW = "withdraw"
    ERASE = "erase"
    SUPERSEDE = "supersede"


class FaceReach(StrEnum):
    """Where the face of somebody enrolled opens.

    TERMINALS: all that should have it do; SOON: it is on its way to terminals; KIOSKS: no terminal
    gets it, and there are kiosks.
    """

    TERMINALS = "terminals"
    SOON = "soon"
    KIOSKS = "kiosks"
    NOWHERE = "nowhere"


S, E = Status, Event
_WAITING_FOR_PERSON = (S.INVITED, S.OPENED, S.CONSENTED, S.REJECTED_AUTO, S.REJECTED)
_BEFORE_APPROVED = (
    *_WAITING_FOR_PERSON,
    S.SUBMITTED,
    S.SCREENING,
    S.NEEDS_HELP,
    S.PENDING_APPROVAL,
)
_IN_FORCE = (S.APPROVED, S.PUSHED, S.IN_USE)

TRANSITIONS: dict[tuple[Status, Event], Status] = {
    (S.INVITED, E.OPEN): S.OPENED,
    (S.OPENED, E.OPEN): S.OPENED,
    (S.OPENED, E.CONSENT): S.CONSENTED,
    **{(status, E.DECLINE): S.DECLINED for status in (S.INVITED, S.OPENED)},
    (S.CONSENTED, E.SUBMIT): S.SUBMITTED,
    (S.REJECTED_AUTO, E.SUBMIT): S.SUBMITTED,
    (S.REJECTED, E.SUBMIT): S.SUBMITTED,
    (S.SUBMITTED, E.SCREEN): S.SCREENING,
    (S.SCREENING, E.ALL_FAILED): S.REJECTED_AUTO,
    (S.SCREENING, E.TRIES_SPENT): S.NEEDS_HELP,
    (S.SCREENING, E.SOME_PASSED): S.PENDING_APPROVAL,
    (S.NEEDS_HELP, E.APPROVE): S.APPROVED,
    (S.NEEDS_HELP, E.REJECT): S.REJECTED,
    (S.PENDING_APPROVAL, E.APPROVE): S.APPROVED,
    (S.PENDING_APPROVAL, E.REJECT): S.REJECTED,
    (S.APPROVED, E.ON_TERMINALS): S.PUSHED,
    (S.APPROVED, E.FIRST_LOGIN): S.IN_USE,
    (S.PUSHED, E.FIRST_LOGIN): S.IN_USE,
    (S.WITHDRAWN, E.ERASE): S.ERASED,
    **{(status, E.EXPIRE): S.EXPIRED for status in _WAITING_FOR_PERSON},
    **{(status, E.REVOKE): S.REVOKED for status in _BEFORE_APPROVED},
    **{(status, E.WITHDRAW): S.WITHDRAWN for status in (*_BEFORE_APPROVED, *_IN_FORCE)},
    **{(status, E.SUPERSEDE): S.SUPERSEDED for status in _IN_FORCE},
}
LINK_USABLE = frozenset(_WAITING_FOR_PERSON)
"""The person may still act through the link."""
UPLOADABLE = frozenset({S.CONSENTED, S.REJECTED_AUTO, S.REJECTED})
REVIEWABLE = frozenset({S.PENDING_APPROVAL, S.NEEDS_HELP})
WITH_US = frozenset({S.SUBMITTED, S.SCREENING, S.PENDING_APPROVAL})
"""The person has done their part: a new link would throw it away."""
IN_FORCE = frozenset(_IN_FORCE)
OPEN = frozenset(_BEFORE_APPROVED)
"""It waits for the person, for screening, for review or for help."""
CLOSED = frozenset({S.DECLINED, S.EXPIRED, S.REVOKED, S.WITHDRAWN, S.ERASED, S.SUPERSEDED})


def advance(status: Status, event: Event) -> Status:
    """The status after the event. Raises IllegalTransition."""
    try:
        return TRANSITIONS[(status, event)]
    except KeyError:
        raise IllegalTransition(
            tr(
                "This cannot be done while the enrolment is “{status}”.",
                status=tr(STATUS_LABELS[status]),
            )
        ) from None


STATUS_LABELS: dict[Status, str] = {
    S.INVITED: "Pending Submission",
    S.OPENED: "Pending Submission (opened)",
    S.CONSENTED: "Pending Submission (consented)",
    S.DECLINED: "Declined, uses number",
    S.SUBMITTED: "Processing",
    S.SCREENING: "Processing",
    S.REJECTED_AUTO: "Unsuccessful",
    S.NEEDS_HELP: "Needs help",
    S.PENDING_APPROVAL: "Pending Approval",
    S.REJECTED: "Rejected",
    S.APPROVED: "Approved",
    S.PUSHED: "On terminals",
    S.IN_USE: "In use",
    S.EXPIRED: "Expired",
    S.REVOKED: "Revoked",
    S.WITHDRAWN: "Consent withdrawn",
    S.ERASED: "Erased",
    S.SUPERSEDED: "Replaced by a newer enrolment",
}


LINK_LOCKED = msgid("Link locked: wrong answers to the second check")


def try_of(number: int, given: int = MAX_TRIES) -> str:
    """A try in words. Beyond those that are given there is one whenever photos were rejected."""
    if number <= given:
        return tr("try {number} of {given}", number=number, given=given)
    return tr("try {number}", number=number)


def answers_left(count: int) -> str:
    """How often the second check may still be answered, in words."""
    return tr_count(
        "That does not match. {count} try left.",
        "That does not match. {count} tries left.",
        count,
    )


def link_locked(misses: int, *, passed: bool) -> bool:
    """Whether wrong answers to the second check have locked a link."""
    return misses >= SECOND_CHECK_TRIES and not passed


def describe(
    status: Status,
    tries: int = 0,
    remark: str = "",
    confirmed: int = 0,
    terminals: int = 0,
    *,
    given: int = MAX_TRIES,
    locked: bool = False,
) -> str:
    """The status in the words of the screens, with its figures.

    given: tries that the link gives; locked: by `link_locked`.
    """
    if locked and status in LINK_USABLE:
        return tr(LINK_LOCKED)
    if status is S.REJECTED_AUTO:
        return tr("Unsuccessful ({attempt})", attempt=try_of(tries, given))
    if status is S.REJECTED and remark:
        return tr("Rejected: {remark}", remark=remark)
    if status is S.APPROVED and terminals:
        return tr_count(
            "Approved, on {there:,} of {count:,} terminal",
            "Approved, on {there:,} of {count:,} terminals",
            terminals,
            there=confirmed,
        )
    if status is S.PUSHED and terminals:
        return tr_count(
            "On {there:,} of {count:,} terminal",
            "On {there:,} of {count:,} terminals",
            terminals,
            there=confirmed,
        )
    return tr(STATUS_LABELS[status])


def describe_withdrawn(terminals: int, *, settled: bool) -> str:
    """A withdrawn consent in the words of the screens.

    terminals: how many may still hold the face; settled: whether that is known yet.
    """
    if not settled:
        return tr("Consent withdrawn, terminals are updated next")
    if not terminals:
        return tr(STATUS_LABELS[S.WITHDRAWN])
    return tr_count(
        "Consent withdrawn, face still on {count:,} terminal",
        "Consent withdrawn, face still on {count:,} terminals",
        terminals,
    )


@dataclass(frozen=True)
class ScreeningResult:
    """What follows from the verdicts of one submission.

    try_counted: how many tries the person has used then.
    """

    event: Event
    try_counted: int


def after_screening(passed: int, tries_before: int, given: int = MAX_TRIES) -> ScreeningResult:
    """One photo that passed is enough; after the last try that is given, an operator helps."""
    tries = tries_before + 1
    if passed:
        return ScreeningResult(E.SOME_PASSED, tries)
    return ScreeningResult(E.TRIES_SPENT if tries >= given else E.ALL_FAILED, tries)


def new_token() -> str:
    """A random token of 256 bits. It is known by its hash, and only ever stored sealed."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """The SHA-256 of a token, in hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()


def link_expired(expires_at: datetime, now: datetime) -> bool:
    """Whether a link can no longer be used."""
    return now >= expires_at


def second_check_answer(number: str) -> str:
    """What the person is asked for besides the link: the last characters of their number."""
    return number[-SECOND_CHECK_DIGITS:].lower()
