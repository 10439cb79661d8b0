"""Queries about enrolments, and the two steps of them that logins and terminals cause."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select
from sqlalchemy.orm import aliased

from console.domain.consent import FACE, TEXT_VERSIONS
from console.domain.funnel import furthest
from console.domain.invitations import LINK_USABLE, OPEN, REVIEWABLE, Event, Status, advance
from console.store.queries.emails import LINK_KINDS, UNSENT
from console.store.schema import Consent, Employee, Enrolment, Invitation, Outbox
from console.store.unit_of_work import ReadTx, Tx


def consent_in_force(tx: ReadTx, employee_id: str, modality: str) -> Consent | None:
    """The newest consent of a person to this modality (face or finger) that was not withdrawn."""
    query = select(Consent).where(
        Consent.employee_id == employee_id,
        Consent.modality == modality,
        Consent.withdrawn_at.is_(None),
    )
    return tx.scalar(query.order_by(Consent.given_at.desc()).limit(1))


def outdated_consent(tx: ReadTx, employee_id: str, modality: str) -> Consent | None:
    """The consent in force to a modality, if it is to an earlier text than the one in force."""
    given = select(Consent).where(
        Consent.employee_id == employee_id,
        Consent.modality == modality,
        Consent.withdrawn_at.is_(None),
    )
    newest = tx.scalar(
        given.order_by(Consent.text_version.desc(), Consent.given_at.desc()).limit(1)
    )
    outdated = newest is not None and newest.text_version < TEXT_VERSIONS[modality]
    return newest if outdated else None


def who_agreed(tx: ReadTx, employee_ids: Collection[str], modality: str) -> set[str]:
    """Those of these people who have agreed to this modality and not withdrawn it."""
    query = select(Consent.employee_id).where(
        Consent.employee_id.in_(employee_ids),
        Consent.modality == modality,
        Consent.withdrawn_at.is_(None),
    )
    return set(tx.scalars(query))


def who_said_no(tx: ReadTx, employee_id: str = "") -> set[str]:
    """Who uses the number instead: whoever opted out, or withdrew and has not agreed since.

    employee_id: only this person.
    """
    withdrawn = aliased(Consent)
    since = exists().where(
        Consent.employee_id == Employee.id,
        Consent.modality == FACE,
        Consent.withdrawn_at.is_(None),
    )
    before = exists().where(
        withdrawn.employee_id == Employee.id,
        withdrawn.modality == FACE,
        withdrawn.withdrawn_at.is_not(None),
    )
    query = select(Employee.id).where(or_(Employee.opted_out_at.is_not(None), before), ~since)
    return set(tx.scalars(query.where(Employee.id == employee_id) if employee_id else query))


def mark_in_use(tx: Tx, employee_id: str) -> None:
    """Notes the first login by face: from then on the enrolment is in use."""
    query = (
        select(Invitation)
        .join(Enrolment, Enrolment.invitation_id == Invitation.id)
        .where(Enrolment.live, Enrolment.employee_id == employee_id)
    )
    invitation = tx.scalar(query)
    if invitation is not None and invitation.status in (Status.APPROVED, Status.PUSHED):
        advance_invitation(tx, invitation, Event.FIRST_LOGIN)


def mark_on_terminals(tx: Tx, enrolment: Enrolment) -> None:
    """Notes that every terminal that should have the face has confirmed it."""
    invitation = tx.get_one(Invitation, enrolment.invitation_id)
    if invitation.status is Status.APPROVED:
        advance_invitation(tx, invitation, Event.ON_TERMINALS)


def to_review() -> ColumnElement[bool]:
    """Whether a submission waits for a decision, and none about it is held."""
    return and_(Invitation.status.in_(REVIEWABLE), Invitation.held_until.is_(None))


def advance_invitation(tx: Tx, invitation: Invitation, event: Event) -> None:
    """Moves the status on and announces it. Raises IllegalTransition.

    Emails with the link that have not left stay there once the person need not act through it any
    more; once they never have to, it cannot be sent again either.
    """
    invitation.status = advance(invitation.status, event)
    invitation.stage = furthest(invitation.stage, invitation.status)
    if invitation.status not in OPEN:
        invitation.link = None
    if invitation.status not in LINK_USABLE:
        unsent = Outbox.invitation_id == invitation.id, Outbox.kind.in_(LINK_KINDS)
        tx.execute(delete(Outbox).where(*unsent, Outbox.state.in_(UNSENT)))
    invitation.changed_at = tx.now
    tx.changed("invitations", invitation.id)
    tx.changed("employees", invitation.employee_id)
