"""Which email an invitation's events send, and the values that its template needs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from console.domain.invitations import try_of
from console.domain.language import tr, tr_day, tr_moment
from console.domain.texts import ENROL_NOW
from console.service.languages import in_language_of, language_of
from console.store.queries.emails import INVITATION, REMINDER, add_email
from console.store.queries.face_reach import face_reach
from console.store.schema import Employee, Invitation
from console.store.unit_of_work import Tx

PHOTOS_IN_WORDS = {
    1: "one photo",
    2: "two photos, and choose the better one",
    3: "three photos, and choose the best one",
    4: "four photos, and choose the best one",
    5: "five photos, and choose the best one",
}
"""Keys of the catalogue."""
_OF_LINKS = frozenset({"unsuccessful", "rejected"})
"""They ask the person to open the link again. People at the desk are called back there."""


def queue_email(tx: Tx, invitation: Invitation, kind: str, values: dict[str, Any]) -> None:
    """Queues an email that belongs to this enrolment."""
    if invitation.channel != "desk" or kind not in _OF_LINKS:
        add_email(tx, invitation.employee_id, kind, values, invitation.id)


def link_values(sender: str, link: str, photos: int, expires_at: datetime) -> dict[str, Any]:
    """What an email with a link says. sender: the name of the operator who invites."""
    return {
        "sender": sender,
        "link": link,
        "button": tr(ENROL_NOW),
        "photos": tr(PHOTOS_IN_WORDS[photos]),
        "expires": tr_moment(expires_at),
    }


def queue_invitation(
    tx: Tx, invitation: Invitation, sender: str, link: str, *, leaves_at: datetime
) -> None:
    """The email with the link."""
    with in_language_of(tx, invitation.employee_id) as language:
        values = link_values(sender, link, invitation.photos_asked, invitation.expires_at)
    values |= {"language": language}
    add_email(tx, invitation.employee_id, INVITATION, values, invitation.id, leaves_at=leaves_at)


def queue_reminder(tx: Tx, invitation: Invitation, link: str) -> None:
    """The same link once more."""
    with in_language_of(tx, invitation.employee_id) as language:
        values = link_values("", link, invitation.photos_asked, invitation.expires_at)
        values |= {"language": language, "sent": tr_day(invitation.created_at)}
    add_email(tx, invitation.employee_id, REMINDER, values, invitation.id)


def queue_unsuccessful(
    tx: Tx, invitation: Invitation, findings: Sequence[str], needs_help: bool
) -> None:
    """No photo of a try can be used. findings: a line for each photo, in the person's language."""
    with in_language_of(tx, invitation.employee_id) as language:
        values = {
            "language": language,
            "findings": list(findings),
            "which": try_of(invitation.tries, invitation.tries_given),
            "needs_help": needs_help,
            "expires": tr_moment(invitation.expires_at),
        }
    queue_email(tx, invitation, "unsuccessful", values)


def queue_approved(tx: Tx, invitation: Invitation) -> None:
    """The face was approved. It says where the person can log in with it."""
    reach = face_reach(tx, tx.get_one(Employee, invitation.employee_id))
    values = {"language": language_of(tx, invitation.employee_id), "reach": reach.value}
    queue_email(tx, invitation, "approved", values)


def queue_rejected(tx: Tx, invitation: Invitation) -> None:
    """The photos were rejected, with the remark of the invitation."""
    with in_language_of(tx, invitation.employee_id) as language:
        expires = tr_moment(invitation.expires_at)
    values = {"language": language, "remark": invitation.remark, "expires": expires}
    queue_email(tx, invitation, "rejected", values)
