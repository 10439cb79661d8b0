"""Legal holds: whose data must be kept, whatever the retention says."""

from console.api.erasure import HoldState
from console.domain.errors import Invalid
from console.domain.language import tr
from console.store.schema import Employee, LegalHold, Operator
from console.store.unit_of_work import ReadTx, Tx

REASON_CHARS = 300


def set_hold(tx: Tx, person: Employee, reason: str) -> HoldState:
    """Places a hold, or ends it where the reason is empty. Raises Invalid."""
    reason = reason.strip()
    if len(reason) > REASON_CHARS:
        raise Invalid("reason", tr("Use at most {most} characters.", most=REASON_CHARS))
    row = tx.get(LegalHold, person.id)
    if row is not None:
        tx.delete(row)
        tx.flush()
    if reason:
        hold = LegalHold(employee_id=person.id, reason=reason, placed_by=tx.actor, placed_at=tx.now)
        tx.add(hold)
        tx.flush()
    tx.audit("hold.placed" if reason else "hold.ended", person.id)
    tx.changed("employees", person.id)
    return hold_state(tx, person.id)


def hold_state(tx: ReadTx, employee_id: str) -> HoldState:
    """Whether somebody is on hold, and since when."""
    row = tx.get(LegalHold, employee_id)
    if row is None:
        return HoldState(reason="")
    operator = tx.get(Operator, row.placed_by)
    return HoldState(
        reason=row.reason,
        placed_by=operator.name if operator is not None else "",
        placed_at=row.placed_at,
    )
