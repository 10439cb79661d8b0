"""Emails to people: a sealed row each, sent after the commit."""

from datetime import datetime
from typing import Any

import msgspec

from console.domain.funnel import Stage
from console.store.columns import new_id
from console.store.schema import Employee, Invitation, Outbox
from console.store.unit_of_work import Tx

INVITATION, REMINDER = "invitation", "reminder"
LINK_KINDS = INVITATION, REMINDER
"""The kinds that carry the link of an invitation."""
QUEUED, HELD = "queued", "held"
UNSENT = QUEUED, HELD
"""States of emails that have not left and may yet; held: while enrolment by link is off."""


def add_email(
    tx: Tx,
    employee_id: str,
    kind: str,
    values: dict[str, Any],
    invitation_id: str | None = None,
    *,
    leaves_at: datetime | None = None,
) -> None:
    """Writes the row; people without an address get no email.

    values: what the template needs; leaves_at: not before then.
    """
    employee = tx.get_one(Employee, employee_id)
    if not employee.email:
        return
    row_id = new_id()
    greeted = employee.first_name or employee.last_name
    plain = msgspec.json.encode({"first_name": greeted, **values})
    row = Outbox(
        id=row_id,
        kind=kind,
        employee_id=employee.id,
        invitation_id=invitation_id,
        sealed=tx.seal(employee.id, "outbox", row_id, "values", plain),
        state=QUEUED,
        attempt=1,
        run_at=leaves_at or tx.now,
        created_at=tx.now,
    )
    tx.add(row)
    if invitation_id is not None:
        tx.changed("invitations", invitation_id)
    tx.demand("email")


def note_left(tx: Tx, row: Outbox) -> None:
    """An email has left: what it says to the person is sent."""
    if row.kind in LINK_KINDS and row.invitation_id is not None:
        invitation = tx.get_one(Invitation, row.invitation_id)
        invitation.stage = max(invitation.stage, Stage.SENT)
        invitation.told_at, invitation.email_failed = tx.now, False


def note_lost(tx: Tx, row: Outbox) -> None:
    """An email is not tried again."""
    if row.kind == INVITATION and row.invitation_id is not None:
        tx.get_one(Invitation, row.invitation_id).email_failed = True
