"""Statuses in words, for lists: one query for all rows of a page."""

from collections import defaultdict

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.domain.invitations import describe
from console.domain.terminals import ProvisionState
from console.store.schema import Enrolment, Invitation, Provision


def status_texts(session: Session, invitations: list[Invitation]) -> dict[str, str]:
    """Invitation id -> status with its figures."""
    counts: dict[str, dict[ProvisionState, int]] = defaultdict(dict)
    query = (
        select(Enrolment.invitation_id, Provision.state, func.count())
        .join(Provision, Provision.enrolment_id == Enrolment.id)
        .where(Enrolment.invitation_id.in_([row.id for row in invitations]))
        .group_by(Enrolment.invitation_id, Provision.state)
    )
    for invitation_id, state, count in session.execute(query):
        counts[invitation_id][state] = count
    return {
        row.id: describe(row.status, row.tries, row.remark, counts[row.id].get(ProvisionState.CONFIRMED, 0), sum(counts[row.id].values()))
        for row in invitations
    }
