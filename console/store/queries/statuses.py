"""Statuses in words, for lists: one query for all rows of a page."""

from collections import defaultdict

from sqlalchemy import func, select

from console.domain.invitations import describe
from console.domain.terminals import ProvisionState
from console.store.schema import Enrolment, Invitation, Provision, Terminal
from console.store.unit_of_work import ReadTx


def status_texts(tx: ReadTx, invitations: list[Invitation]) -> dict[str, str]:
    """Invitation id -> status with its figures."""
    counts: dict[str, dict[ProvisionState, int]] = defaultdict(dict)
    query = (
        select(Enrolment.invitation_id, Provision.state, func.count())
        .join(Provision, Provision.enrolment_id == Enrolment.id)
        .where(Enrolment.invitation_id.in_([row.id for row in invitations]))
        .group_by(Enrolment.invitation_id, Provision.state)
    )
    for invitation_id, state, count in tx.execute(query):
        counts[invitation_id][state] = count
    reasons = _refusals(tx, [row.id for row in invitations])
    return {
        row.id: describe(
            row.status,
            row.tries,
            row.remark,
            counts[row.id].get(ProvisionState.CONFIRMED, 0),
            sum(counts[row.id].values()),
        )
        + reasons.get(row.id, "")
        for row in invitations
    }


def _refusals(tx: ReadTx, invitation_ids: list[str]) -> dict[str, str]:
    """Invitation id -> what the terminals that refuse the photo say of it."""
    query = (
        select(Enrolment.invitation_id, Terminal.name, Provision.error)
        .join(Provision, Provision.enrolment_id == Enrolment.id)
        .join(Terminal, Terminal.id == Provision.terminal_id)
        .where(
            Enrolment.live,
            Enrolment.invitation_id.in_(invitation_ids),
            Provision.state == ProvisionState.FAILED,
        )
        .order_by(Terminal.name, Terminal.id)
    )
    reasons: dict[str, str] = defaultdict(str)
    for invitation_id, name, error in tx.execute(query):
        reasons[invitation_id] += f" · {name}: {error}"
    return reasons
