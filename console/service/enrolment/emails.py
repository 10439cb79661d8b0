"""Which email an invitation's events send, and the values that its template needs."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from console.domain.consent import ConsentText
from console.domain.invitations import try_of
from console.domain.texts import ENROL_NOW, moment_in_words
from console.store.columns import new_id
from console.store.queries.asked_again import ASKED_AGAIN
from console.store.queries.face_reach import face_reach
from console.store.schema import Consent, Employee, Invitation, Outbox
from console.store.unit_of_work import Tx

_OF_LINKS = frozenset({"unsuccessful", "rejected"})
"""They ask the person to open the link again. People at the desk are called back there."""


def queue_email(tx: Tx, invitation: Invitation, kind: str, values: dict[str, Any]) -> None:
    """Writes the outbox row, sent after the commit. People without an address get no email."""
    employee = tx.get_one(Employee, invitation.employee_id)
    if not employee.email or (invitation.channel == "desk" and kind in _OF_LINKS):
        return
    row_id = new_id()
    plain = msgspec.json.encode({"first_name": _greeted(employee), **values})
    row = Outbox(
        id=row_id,
        kind=kind,
        employee_id=employee.id,
        invitation_id=invitation.id,
        sealed=tx.seal(employee.id, "outbox", row_id, "values", plain),
        state="queued",
        attempt=1,
        run_at=tx.now,
        created_at=tx.now,
    )
    tx.add(row)
    tx.changed("invitations", invitation.id)
    tx.demand("email")


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


def queue_copy(tx: Tx, given: Consent, text: ConsentText, site: str) -> None:
    """A copy of the text that the person has just agreed to."""
    words = [(heading, body.replace("{site}", site)) for heading, body in text.paragraphs]
    values = {
        "intro": text.intro.replace("{site}", site),
        "paragraphs": words,
        "version": text.version,
        "digest": text.digest,
        "given": moment_in_words(given.given_at),
    }
    _queue_for(tx, given.employee_id, "consent", values)


def queue_asked_again(tx: Tx, employee_id: str) -> None:
    """Asks somebody about another text than the one that they agreed to, or reminds them.

    Until when they have to answer is known when it is sent: the time runs from then.
    """
    _queue_for(tx, employee_id, ASKED_AGAIN, {})


def _queue_for(tx: Tx, employee_id: str, kind: str, values: dict[str, Any]) -> None:
    """An email that is about the person; their newest enrolment shows what became of it."""
    mine = select(Invitation).where(Invitation.employee_id == employee_id)
    newest = tx.scalar(mine.order_by(Invitation.created_at.desc()).limit(1))
    if newest is not None:
        queue_email(tx, newest, kind, values)


def _greeted(employee: Employee) -> str:
    return employee.first_name or employee.last_name
