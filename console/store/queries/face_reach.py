"""Where a person's enrolled face opens, or will: on terminals, at kiosks, or nowhere yet."""

from sqlalchemy import func, select

from console.domain.access_rules import Claimant
from console.domain.invitations import FaceReach
from console.domain.terminals import SERVED, Dialect
from console.store.queries.access_rules import access_map, groups_of
from console.store.queries.placements import progress
from console.store.schema import Employee, Enrolment, Kiosk, Terminal
from console.store.unit_of_work import ReadTx


def face_reach(tx: ReadTx, employee: Employee) -> FaceReach:
    """By what the terminals have shown, and by what is on its way to them."""
    live = select(Enrolment.id).where(Enrolment.live, Enrolment.employee_id == employee.id)
    enrolment_id = tx.scalar(live)
    confirmed, expected = progress(tx, enrolment_id) if enrolment_id else (0, 0)
    if expected and confirmed == expected:
        return FaceReach.TERMINALS
    if expected or _will_reach(tx, employee):
        return FaceReach.SOON
    paired = select(func.count()).where(Kiosk.token_hash != "", Kiosk.removed_at.is_(None))
    return FaceReach.KIOSKS if tx.scalar(paired) else FaceReach.NOWHERE


def _will_reach(tx: ReadTx, employee: Employee) -> bool:
    """Whether a terminal takes faces and lets this person on."""
    takes = select(Terminal.id).where(
        Terminal.status.in_(SERVED),
        Terminal.takes_faces,
        Terminal.dialect.in_([one for one in Dialect if one.dials_in]),
    )
    rules, groups = access_map(tx), groups_of(tx, [employee.id])[employee.id]
    claimant = Claimant(employee.id, employee.department, groups)
    return any(rules.allows(claimant, terminal_id) for terminal_id in tx.scalars(takes))
