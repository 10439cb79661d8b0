"""Consent to the face: withdrawn, it takes everything that was made of the face with it. EN1."""

from typing import Protocol

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from console.domain.consent import FACE, ConsentText
from console.domain.invitations import IN_FORCE, OPEN, Event
from console.service.enrolment import submissions
from console.store.queries.asked_again import end_questions
from console.store.queries.enrolments import advance_invitation, consent_in_force, outdated_consent
from console.store.queries.id_photos import remove_id_photo
from console.store.queries.placements import faces_must_go
from console.store.schema import (
    Consent,
    Enrolment,
    EnrolmentPicture,
    Invitation,
    Outbox,
    Photo,
)
from console.store.unit_of_work import ReadTx, Tx


class Gallery(Protocol):
    """Knows the faces that are in force."""

    def learn(self, employee_id: str) -> object:
        """Reads anew what is in force of a person; after the commit."""


class FaceConsents:
    """Consent to the face, as every modality's is asked for."""

    modality = FACE

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery

    def in_force(self, tx: ReadTx, employee_id: str) -> bool:
        """Whether the person has agreed."""
        return has_agreed(tx, employee_id)

    def in_use(self, employee_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
        """A face is in use, or photos are under way."""
        face = exists().where(Enrolment.employee_id == employee_id, Enrolment.live)
        photos = exists().where(
            Photo.employee_id == employee_id,
            Invitation.id == Photo.invitation_id,
            Invitation.status.in_(OPEN),
        )
        return or_(face, photos)

    def renew(
        self, tx: Tx, employee_id: str, text: ConsentText, *, channel: str, user_agent: str
    ) -> None:
        """Keeps what was made of the face, under this text."""
        before = outdated_consent(tx, employee_id, FACE)
        if before is not None:
            said = {"channel": channel, "user_agent": user_agent}
            submissions.note_consent(tx, employee_id, before.invitation_id, text, **said)

    def withdraw(self, tx: Tx, employee_id: str, *, channel: str) -> None:
        """Ends it; twice changes nothing."""
        if has_agreed(tx, employee_id):
            withdraw_consent(tx, employee_id, self._gallery, channel=channel)


def answers_again(tx: ReadTx, employee_id: str) -> bool:
    """Whether a yes of this person keeps the face that is in force, under another text."""
    live = select(Enrolment.id).where(Enrolment.live, Enrolment.employee_id == employee_id)
    return outdated_consent(tx, employee_id, FACE) is not None and tx.scalar(live) is not None


def has_agreed(tx: ReadTx, employee_id: str) -> bool:
    """Whether the person has agreed to the use of their face and not withdrawn it."""
    return consent_in_force(tx, employee_id, FACE) is not None


def withdraw_consent(tx: Tx, employee_id: str, gallery: Gallery, *, channel: str) -> None:
    """Ends the consent and destroys the face, wherever the enrolment stands.

    Open links stop. The person stays, with number and fingers: terminals are asked to remove just
    the face, and kiosks do so with their next list. channel: link, desk or
    console, or that there was no answer about another text.
    """
    given = update(Consent).where(
        Consent.employee_id == employee_id,
        Consent.modality == FACE,
        Consent.withdrawn_at.is_(None),
    )
    tx.execute(given.values(withdrawn_at=tx.now))
    end_questions(tx, [employee_id], FACE)
    _end_enrolments(tx, employee_id)
    _destroy(tx, employee_id)
    faces_must_go(tx, employee_id)
    tx.audit("consent.withdrawn", employee_id, modality=FACE, channel=channel)
    tx.after_commit(lambda: gallery.learn(employee_id))


def _end_enrolments(tx: Tx, employee_id: str) -> None:
    query = select(Invitation).where(
        Invitation.employee_id == employee_id, Invitation.status.in_(OPEN | IN_FORCE)
    )
    for invitation in tx.scalars(query):
        advance_invitation(tx, invitation, Event.WITHDRAW)
        tx.changed("review", invitation.id)
    # what waits to be sent speaks of a face, or of a link that stops working
    of_enrolments = Outbox.employee_id == employee_id, Outbox.invitation_id.is_not(None)
    tx.execute(delete(Outbox).where(*of_enrolments, Outbox.state == "queued"))


def _destroy(tx: Tx, employee_id: str) -> None:
    """The rows of enrolments stay without a template: terminals are known to hold them."""
    tx.execute(delete(Photo).where(Photo.employee_id == employee_id))
    remove_id_photo(tx, employee_id)
    mine = select(Enrolment.id).where(Enrolment.employee_id == employee_id)
    tx.execute(delete(EnrolmentPicture).where(EnrolmentPicture.enrolment_id.in_(mine)))
    for enrolment in tx.scalars(select(Enrolment).where(Enrolment.employee_id == employee_id)):
        enrolment.live = False
        enrolment.template, enrolment.version, enrolment.model = b"", "", ""
        tx.changed("enrolments", enrolment.id)
    tx.changed("photos")
    tx.changed("faces")
