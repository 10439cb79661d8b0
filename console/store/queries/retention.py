"""What is kept for longer than its kind is, as ids. EN2.

Whoever is on legal hold is left out everywhere.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, union_all

from console.domain.invitations import CLOSED, REVIEWABLE, UPLOADABLE, Status
from console.domain.logins import FELL_BACK, LONGEST_LOG
from console.domain.retention import Kept
from console.store.schema import (
    Audit,
    Employee,
    Enrolment,
    Finger,
    FingerBlob,
    IdPhoto,
    Invitation,
    LegalHold,
    Login,
    Outbox,
    Photo,
    Quarantine,
    Receipt,
)

Due = Callable[[datetime], Select[Any]]
"""What is due of a kind that was old enough at this moment, as ids."""


def _free(owner: Any) -> ColumnElement[bool]:
    """Whether nobody holds the data of this person."""
    return ~exists().where(LegalHold.employee_id == owner)


def _drafts(before: datetime) -> Select[Any]:
    not_submitted = Invitation.status.in_((*UPLOADABLE, Status.EXPIRED, Status.REVOKED))
    query = select(Photo.id).join(Invitation, Invitation.id == Photo.invitation_id)
    return query.where(
        Photo.created_at <= before,
        Photo.try_no > Invitation.tries,
        not_submitted,
        _free(Photo.employee_id),
    )


def _waiting(before: datetime) -> Select[Any]:
    handed_in = func.coalesce(Invitation.submitted_at, Invitation.changed_at)
    waits = Invitation.status.in_(REVIEWABLE), handed_in <= before
    return select(Invitation.id).where(*waits, _free(Invitation.employee_id))


def _rejected(before: datetime) -> Select[Any]:
    """Photos of tries that were handed in and came to nothing."""
    ended = (*CLOSED, Status.REJECTED, Status.REJECTED_AUTO)
    decided = func.coalesce(Invitation.decided_at, Invitation.changed_at)
    approved = exists().where(Enrolment.invitation_id == Photo.invitation_id)
    query = select(Photo.id).join(Invitation, Invitation.id == Photo.invitation_id)
    return query.where(
        Invitation.status.in_(ended),
        Photo.try_no <= Invitation.tries,
        decided <= before,
        ~approved,
        _free(Photo.employee_id),
    )


def _approved(before: datetime) -> Select[Any]:
    query = select(Photo.id).join(Enrolment, Enrolment.invitation_id == Photo.invitation_id)
    return query.where(Enrolment.approved_at <= before, _free(Photo.employee_id))


def _superseded(before: datetime) -> Select[Any]:
    query = select(Enrolment.id).join(Invitation, Invitation.id == Enrolment.invitation_id)
    return query.where(
        ~Enrolment.live,
        Enrolment.version != "",
        Invitation.changed_at <= before,
        _free(Enrolment.employee_id),
    )


def _has_biometrics(owner: Any) -> ColumnElement[bool]:
    return or_(
        exists().where(Enrolment.employee_id == owner, Enrolment.version != ""),
        exists().where(Finger.employee_id == owner),
        exists().where(FingerBlob.employee_id == owner, FingerBlob.removed_at.is_(None)),
        exists().where(Photo.employee_id == owner),
        exists().where(IdPhoto.employee_id == owner),
    )


def _left(before: datetime) -> Select[Any]:
    """Who left: their row was changed last when they did, or their last day was over then."""
    gone_by_day = and_(Employee.valid_until.is_not(None), Employee.valid_until < before.date())
    gone = or_(and_(~Employee.active, Employee.updated_at <= before), gone_by_day)
    return select(Employee.id).where(
        ~Employee.in_force, gone, _has_biometrics(Employee.id), _free(Employee.id)
    )


def _unused(before: datetime) -> Select[Any]:
    """Who has not logged in since; somebody enrolled later than that has not had the time."""
    logged_in = exists().where(
        Login.employee_id == Employee.id,
        Login.at > before,
        Login.received_at > before,  # a clock that was ahead makes nobody seen later
    )
    enrolled = or_(
        exists().where(Enrolment.employee_id == Employee.id, Enrolment.approved_at > before),
        exists().where(Finger.employee_id == Employee.id, Finger.taken_at > before),
        exists().where(FingerBlob.employee_id == Employee.id, FingerBlob.taken_at > before),
    )
    made = or_(
        exists().where(Enrolment.employee_id == Employee.id, Enrolment.version != ""),
        exists().where(Finger.employee_id == Employee.id),
        exists().where(FingerBlob.employee_id == Employee.id, FingerBlob.removed_at.is_(None)),
    )
    return select(Employee.id).where(made, ~logged_in, ~enrolled, _free(Employee.id))


def _links(before: datetime) -> Select[Any]:
    enrolled = exists().where(Enrolment.invitation_id == Invitation.id)
    return select(Invitation.id).where(
        Invitation.status.in_(CLOSED),
        Invitation.changed_at <= before,
        ~enrolled,
        _free(Invitation.employee_id),
    )


def _emails(before: datetime) -> Select[Any]:
    over = Outbox.state != "queued", func.coalesce(Outbox.sent_at, Outbox.run_at) <= before
    return select(Outbox.id).where(*over, _free(Outbox.employee_id))


def _logins(before: datetime) -> Select[Any]:
    """Those of a clock that was wrong are as old as their report: fallen back, or ahead of it.

    Two queries, as each has its index: a table of millions is not read whole while others write.
    """
    free = ~exists().where(LegalHold.employee_id == Login.employee_id)
    measured = func.coalesce(Login.clock_offset_s, 0.0) < -FELL_BACK.total_seconds()
    fell_back = or_(measured, Login.at < before - LONGEST_LOG)
    old = or_(~fell_back, Login.received_at <= before)
    dated_before = select(Login.id).where(Login.at <= before, old, free)
    ahead = Login.at > Login.received_at, Login.received_at <= before, Login.at > before
    both = union_all(dated_before, select(Login.id).where(*ahead, free)).subquery()
    return select(both.c.id)


DUE: dict[Kept, Due] = {
    Kept.DRAFTS: _drafts,
    Kept.WAITING: _waiting,
    Kept.REJECTED: _rejected,
    Kept.APPROVED: _approved,
    Kept.SUPERSEDED: _superseded,
    Kept.LEFT: _left,
    Kept.UNUSED: _unused,
    Kept.LINKS: _links,
    Kept.EMAILS: _emails,
    Kept.LOGINS: _logins,
    Kept.LINES: lambda before: select(Quarantine.id).where(Quarantine.received_at <= before),
    Kept.TERMINAL_RECORDS: lambda before: select(Receipt.id).where(Receipt.at <= before),
    Kept.AUDIT: lambda before: select(Audit.seq).where(Audit.at <= before),
}
