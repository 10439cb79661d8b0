"""Emails to people: a sealed row each, sent after the commit."""

from typing import Any

import msgspec

from console.store.columns import new_id
from console.store.schema import Employee, Outbox
from console.store.unit_of_work import Tx


def add_email(
    tx: Tx, employee_id: str, kind: str, values: dict[str, Any], invitation_id: str | None = None
) -> None:
    """Writes the row; people without an address get no email. values: what the template needs."""
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
        state="queued",
        attempt=1,
        run_at=tx.now,
        created_at=tx.now,
    )
    tx.add(row)
    if invitation_id is not None:
        tx.changed("invitations", invitation_id)
    tx.demand("email")
