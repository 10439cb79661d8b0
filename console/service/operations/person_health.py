"""What the health of an enrolment follows from, read for one person or as a condition for lists."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from console.domain.enrolment_health import (
    FACE_OLD,
    TREND,
    FaceFacts,
    Health,
    HealthFacts,
    Trend,
    Tries,
    health_of,
)
from console.domain.invitations import Status
from console.domain.login_events import LoginOutcome, Reason
from console.domain.login_policy import Method
from console.domain.validity import Standing
from console.store.queries.candidates import often_fails
from console.store.queries.fingers import EXTRACTOR
from console.store.schema import Employee, Enrolment, Finger, FingerBlob, Login
from console.store.unit_of_work import ReadTx

_REASONS = {Method.FACE: Reason.FACE, Method.FINGER: Reason.FINGER}


def health_for(
    tx: ReadTx,
    employee: Employee,
    standing: Standing,
    status: Status | None,
    templates: tuple[Enrolment | None, Sequence[Finger], Sequence[FingerBlob]],
    model: str,
) -> Health:
    """The health of one person. templates: what is in force; model: the recogniser in use."""
    face, fingers, blobs = templates
    own = {finger.position for finger in fingers}
    facts = HealthFacts(
        standing=standing,
        has_email=bool(employee.email),
        status=status,
        face=None
        if face is None
        else FaceFacts(
            taken_at=face.approved_at, outcome=face.outcome, current=face.model == model
        ),
        fingers=tuple(one.quality for one in fingers if one.extractor == EXTRACTOR),
        on_terminals=len({blob.finger for blob in blobs}) if not own else 0,
        face_tries=_trend(tx, employee.id, Method.FACE),
        finger_tries=_trend(tx, employee.id, Method.FINGER),
        last_seen=_last_seen(tx, employee.id),
    )
    return health_of(facts, tx.now)


def _trend(tx: ReadTx, employee_id: str, method: Method) -> Trend:
    """Tries of one person at kiosks; the index of people and times answers this."""
    recent = case((Login.at >= tx.now - TREND, 1), else_=0)
    failed = case((Login.reason == _REASONS[method].value, 1), else_=0)
    query = select(
        func.coalesce(func.sum(recent), 0),
        func.coalesce(func.sum(recent * failed), 0),
        func.count(),
        func.coalesce(func.sum(failed), 0),
    ).where(
        Login.employee_id == employee_id,
        Login.at >= tx.now - 2 * TREND,
        Login.kiosk_id.is_not(None),
        *_tried(method),
    )
    count, missed, all_count, all_missed = tx.execute(query).one()
    return Trend(Tries(count, missed), Tries(all_count - count, all_missed - missed))


def _tried(method: Method) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Login.outcome != LoginOutcome.ABANDONED.value, Login.method.contains(method.value)


def _last_seen(tx: ReadTx, employee_id: str) -> datetime | None:
    query = select(Login.at).where(
        Login.employee_id == employee_id, Login.outcome == LoginOutcome.ACCEPTED.value
    )
    return tx.scalar(query.order_by(Login.at.desc(), Login.id.desc()).limit(1))


def needs_new_face(now: datetime, model: str) -> ColumnElement[bool]:
    """Of employees: a new photo is advised, by the rule of `enrolment_health.must_renew_face`."""
    renew = or_(Enrolment.model != model, Enrolment.approved_at <= now - FACE_OLD)
    old = select(Enrolment.employee_id).where(Enrolment.live, renew)
    has_face = select(Enrolment.employee_id).where(Enrolment.live)
    fails = and_(Employee.id.in_(often_fails(now)), Employee.id.in_(has_face))
    return and_(Employee.in_force, or_(Employee.id.in_(old), fails))
