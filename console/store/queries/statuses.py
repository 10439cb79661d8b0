"""Statuses in words, for lists: a few queries for all rows of a page."""

from collections import defaultdict

from sqlalchemy import case, func, select

from console.domain.invitations import Status, describe, describe_withdrawn, link_locked
from console.domain.kept_texts import said
from console.store.queries.placements import faces_still_on, refusals_of
from console.store.schema import Employee, Enrolment, Invitation, Placement
from console.store.unit_of_work import ReadTx


def status_texts(tx: ReadTx, invitations: list[Invitation]) -> dict[str, str]:
    """Invitation id -> status with its figures."""
    ids = [row.id for row in invitations]
    counts = _counts(tx, ids)
    reasons = _refusals(tx, ids)
    withdrawn = _withdrawn(tx, invitations)
    return {
        row.id: withdrawn.get(row.id)
        or describe(
            row.status,
            row.tries,
            row.remark,
            *counts.get(row.id, (0, 0)),
            given=row.tries_given,
            locked=link_locked(row.check_misses, passed=row.check_passed),
        )
        + reasons.get(row.id, "")
        for row in invitations
    }


def _withdrawn(tx: ReadTx, invitations: list[Invitation]) -> dict[str, str]:
    """Invitation id -> the text of a withdrawn consent, with what terminals may still hold."""
    rows = [row for row in invitations if row.status is Status.WITHDRAWN]
    if not rows:
        return {}
    people = {row.employee_id for row in rows}
    held = faces_still_on(tx, people)
    query = select(Employee.id).where(Employee.id.in_(people), ~Employee.settled)
    unsettled = set(tx.scalars(query))
    return {
        row.id: describe_withdrawn(
            held.get(row.employee_id, 0), settled=row.employee_id not in unsettled
        )
        for row in rows
    }


def _counts(tx: ReadTx, invitation_ids: list[str]) -> dict[str, tuple[int, int]]:
    """Invitation id -> (terminals that have shown the face, terminals that should have it)."""
    there = case((Placement.face_held == Placement.face_id, 1), else_=0)
    query = (
        select(Enrolment.invitation_id, func.sum(there), func.count())
        .join(Placement, Placement.face_id == Enrolment.id)
        .where(Enrolment.invitation_id.in_(invitation_ids), Placement.belongs)
        .group_by(Enrolment.invitation_id)
    )
    return {one: (confirmed, expected) for one, confirmed, expected in tx.execute(query)}


def _refusals(tx: ReadTx, invitation_ids: list[str]) -> dict[str, str]:
    """Invitation id -> what the terminals that refuse the photo say of it."""
    live = select(Enrolment.id, Enrolment.invitation_id).where(
        Enrolment.live, Enrolment.invitation_id.in_(invitation_ids)
    )
    owner = dict(tx.execute(live).all())
    reasons: dict[str, str] = defaultdict(str)
    for enrolment_id, name, error in refusals_of(tx, list(owner)):
        reasons[owner[enrolment_id]] += f" · {name}: {said(error)}"
    return reasons
