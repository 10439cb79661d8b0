"""Employees as lists and pages show them, as far as the operator's role permits."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import load_only

from console.api import employees as api
from console.domain.consent import FACE
from console.domain.employees import describe_absent, describe_still_on
from console.domain.invitations import Status
from console.domain.language import tr
from console.domain.operators import SEE_EMAIL, Role
from console.domain.validity import Standing, ValidDays, standing, validity
from console.domain.zones import zone_of
from console.service.settings import site_zone
from console.store.queries.enrolments import who_agreed
from console.store.queries.placements import faces_still_on, still_on
from console.store.queries.statuses import status_texts
from console.store.schema import Employee, Invitation, LegalHold
from console.store.unit_of_work import ReadTx

_STATUS = load_only(
    Invitation.employee_id,
    Invitation.status,
    Invitation.tries,
    Invitation.tries_given,
    Invitation.remark,
    Invitation.check_misses,
    Invitation.check_passed,
    raiseload=True,
)
"""What is said of an invitation; to read every column takes twice as long."""


def employee_row(tx: ReadTx, row: Employee, role: Role) -> api.EmployeeRow:
    """One employee."""
    return employee_rows(tx, [row], role)[0]


def employee_rows(tx: ReadTx, rows: list[Employee], role: Role) -> list[api.EmployeeRow]:
    """Some employees, in a few statements."""
    newest: dict[str, Invitation] = {}
    ids = [row.id for row in rows]
    query = select(Invitation).options(_STATUS).where(Invitation.employee_id.in_(ids))
    for invitation in tx.scalars(query.order_by(Invitation.created_at)):
        newest[invitation.employee_id] = invitation
    texts = status_texts(tx, list(newest.values()))
    holding, zone = still_on(tx, ids), zone_of(site_zone(tx))
    faces, agreed = faces_still_on(tx, ids), who_agreed(tx, ids, FACE)
    on_hold = set(tx.scalars(select(LegalHold.employee_id).where(LegalHold.employee_id.in_(ids))))
    found = []
    for row in rows:
        last, held = newest.get(row.id), holding.get(row.id, 0)
        text = texts[last.id] if last else ""
        days = ValidDays(row.valid_from, row.valid_until)
        now = standing(row.active, row.may_log_in, validity(zone, days), tx.now)
        if now is not Standing.IN_FORCE:
            text = describe_absent(now, held, settled=row.settled)
        elif held:
            text = " · ".join(filter(None, (text, describe_still_on(held))))
        if row.id in on_hold:
            text = " · ".join(filter(None, (text, tr("On legal hold"))))
        status = last.status if last else None
        facts = _Facts(now, status, text, held + faces.get(row.id, 0), row.id in agreed)
        found.append(_struct(row, facts, row.email if role in SEE_EMAIL else ""))
    return found


@dataclass(frozen=True)
class _Facts:
    """What is known of an employee besides their row."""

    standing: Standing
    status: Status | None
    status_text: str
    still_on: int
    face_agreed: bool


def _struct(row: Employee, facts: _Facts, email: str) -> api.EmployeeRow:
    return api.EmployeeRow(
        id=row.id,
        number=row.number,
        first_name=row.first_name,
        last_name=row.last_name,
        email=email,
        department=row.department,
        active=row.active,
        may_log_in=row.may_log_in,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        standing=facts.standing,
        status=facts.status,
        status_text=facts.status_text,
        still_on=facts.still_on,
        face_agreed=facts.face_agreed,
    )
