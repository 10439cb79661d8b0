"""Which email an invitation's events send, and the values that its template needs."""

from collections.abc import Sequence
from typing import Any

from console.domain.invitations import try_of
from console.domain.texts import ENROL_NOW, moment_in_words
from console.store.queries.emails import add_email
from console.store.queries.face_reach import face_reach
from console.store.schema import Employee, Invitation
from console.store.unit_of_work import Tx

_OF_LINKS = frozenset({"unsuccessful", "rejected"})
"""They ask the person to open the link again. People at the desk are called back there."""


def queue_email(tx: Tx, invitation: Invitation, kind: str, values: dict[str, Any]) -> None:
    """Queues an email that belongs to this enrolment."""
    if invitation.channel != "desk" or kind not in _OF_LINKS:
        add_email(tx, invitation.employee_id, kind, values, invitation.id)


def queue_invitation(tx: Tx, invitation: Invitation, sender: str, link: str) -> None:
    """The email with the link. sender: the name of the operator who invites."""
    values = {
        "sender": sender,
        "link": link,
        "button": ENROL_NOW,
        "expires": moment_in_words(invitation.expires_at),
    }
    queue_email(tx, invitation, "invitation", values)


def queue_unsuccessful(
    tx: Tx, invitation: Invitation, findings: Sequence[str], needs_help: bool
) -> None:
    """No photo of a try can be used. findings: a line for each photo."""
    values = {
        "findings": list(findings),
        "which": try_of(invitation.tries),
        "needs_help": needs_help,
        "expires": moment_in_words(invitation.expires_at),
    }
    queue_email(tx, invitation, "unsuccessful", values)


def queue_approved(tx: Tx, invitation: Invitation) -> None:
    """The face was approved. It says where the person can log in with it."""
    reach = face_reach(tx, tx.get_one(Employee, invitation.employee_id))
    queue_email(tx, invitation, "approved", {"reach": reach.value})


def queue_rejected(tx: Tx, invitation: Invitation) -> None:
    """The photos were rejected, with the remark of the invitation."""
    values = {"remark": invitation.remark, "expires": moment_in_words(invitation.expires_at)}
    queue_email(tx, invitation, "rejected", values)
