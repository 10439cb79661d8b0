"""People who want to be asked no more: nobody invites or reminds them. N8."""

from sqlalchemy import delete, select

from console.domain.invitations import Event, Status
from console.store.queries.asked_again import QUESTIONS
from console.store.queries.emails import LINK_KINDS, UNSENT
from console.store.queries.enrolments import advance_invitation
from console.store.queries.id_photos import remove_id_photo
from console.store.schema import Employee, Invitation, Outbox
from console.store.unit_of_work import Tx

ASKS = (*LINK_KINDS, *QUESTIONS.values())
"""Kinds of emails that ask for something."""


def opt_out(tx: Tx, employee_id: str) -> None:
    """Notes that the person is not to be asked any more. Links that they never agreed by end."""
    person = tx.get_one(Employee, employee_id)
    if person.opted_out_at is not None:
        return
    person.opted_out_at, person.opted_out_by = tx.now, tx.actor
    query = select(Invitation).where(
        Invitation.employee_id == employee_id,
        Invitation.status.in_((Status.INVITED, Status.OPENED)),
    )
    for invitation in tx.scalars(query):
        advance_invitation(tx, invitation, Event.DECLINE)
    waiting = Outbox.employee_id == employee_id, Outbox.state.in_(UNSENT), Outbox.kind.in_(ASKS)
    tx.execute(delete(Outbox).where(*waiting))
    remove_id_photo(tx, employee_id)
    tx.audit("employee.opted_out", employee_id)
    tx.changed("employees", employee_id)


def opt_in(tx: Tx, employee_id: str) -> None:
    """The person may be asked again."""
    person = tx.get_one(Employee, employee_id)
    if person.opted_out_at is None:
        return
    person.opted_out_at, person.opted_out_by = None, ""
    tx.audit("employee.opted_in", employee_id)
    tx.changed("employees", employee_id)
