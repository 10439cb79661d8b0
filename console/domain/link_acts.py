"""What can be done for people whose invitation is stuck, and why not for some of them. N22."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from console.domain.campaigns import Allowed, Candidate, LeftOut, left_out, works
from console.domain.errors import Invalid
from console.domain.funnel import Stage
from console.domain.invitations import LINK_USABLE, OPEN, WITH_US, Status
from console.domain.language import msgid, tr
from console.domain.link_terms import DAYS, LinkTerms


class Act(StrEnum):
    """An act for one invitation, or for each of many."""

    REMIND = "remind"
    """The same link once more."""
    RESEND = "resend"
    """A new link; the old one stops working."""
    EXTEND = "extend"
    REVOKE = "revoke"


LINK_OVER = msgid("The link no longer works. Send a new one.")
LINK_LOCKED = msgid("The link is locked after wrong answers. Send a new one.")
NOT_SENT_YET = msgid("The email with the link has not been sent yet.")
AT_THE_DESK = msgid("Is being enrolled at the desk, without a link.")
ON_PAPER = msgid("Has a printed link. Print it again instead.")
NOT_OPEN = msgid("The invitation is no longer open.")


@dataclass(frozen=True, kw_only=True)
class Link:
    """An invitation, as far as acts and reminders go by it.

    told_at: when the newest email with the link left, or a reminder was queued, or the link was
    printed; None before; on_paper: no email carries it.
    """

    status: Status
    stage: Stage
    created_at: datetime
    changed_at: datetime
    expires_at: datetime
    told_at: datetime | None = None
    reminded: int = 0
    locked: bool = False
    at_desk: bool = False
    on_paper: bool = False


def refusal(act: Act, link: Link, person: Candidate, now: datetime) -> str:
    """Why this cannot be done for this person, as a key of the catalogue; "" if it can."""
    if act is Act.RESEND:
        return left_out(person, _anew(link, person)) or ""
    if act is Act.REVOKE:
        if link.status in WITH_US:
            return LeftOut.WAITS
        return "" if link.status in OPEN else NOT_OPEN
    if link.at_desk and link.status in LINK_USABLE:
        return AT_THE_DESK
    if not works(link.status, link.expires_at, now):
        return LINK_OVER
    if link.locked:
        return LINK_LOCKED
    if act is Act.EXTEND:
        return ""
    if link.on_paper:
        return ON_PAPER
    if link.stage is Stage.WRITTEN:
        return NOT_SENT_YET
    return left_out(person, _anew(link, person)) or ""


def _anew(link: Link, person: Candidate) -> Allowed:
    """What does not speak against another such link.

    Whoever was enrolled when they got the link was to enrol anew.
    """
    enrolled = person.enrolled_at is not None and person.enrolled_at < link.created_at
    return Allowed(enrolled=enrolled, with_link=True, no_email=link.on_paper)


def checked_days(days: int) -> timedelta:
    """How much longer a link works that is extended by so many days. Raises Invalid."""
    if days not in DAYS:
        raise Invalid("days", tr("Extend by {least} to {most} days.", least=DAYS[0], most=DAYS[-1]))
    return timedelta(days=days)


def reminder_due(link: Link, person: Candidate, terms: LinkTerms, now: datetime) -> bool:
    """Whether a reminder should go out now, hours of work aside.

    Never to anybody who has opted out, has left, or has been enrolled meanwhile.
    """
    if not terms.remind_after_days or link.reminded >= terms.remind_most or link.told_at is None:
        return False
    sign = max(link.told_at, link.changed_at if link.stage > Stage.SENT else link.told_at)
    late = now - sign >= timedelta(days=terms.remind_after_days)
    return late and not refusal(Act.REMIND, link, person, now)
