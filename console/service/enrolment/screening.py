"""Screening: a sealed upload becomes a verdict; the verdicts of a submission decide where it goes."""

from typing import Any

import msgspec
import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.biometrics.refusals import PhotoRefused, Refusal
from console.biometrics.workers.pipeline import PhotoResult
from console.domain.invitations import MAX_TRIES, Event, Status, advance, after_screening
from console.domain.screening import REFUSALS, Finding, describe_gate, summary
from console.service.enrolment.duplicate_guard import note_alarms
from console.service.enrolment.emails import queue_email
from console.service.enrolment.photo_sets import judge_set
from console.service.enrolment.profiles import profile_in_use
from console.service.jobs import Demand
from console.service.tools import Service
from console.store import audit
from console.store.database import changed
from console.store.schema import Employee, Invitation, Photo
from console.store.vault import Unsealable, upload_info

log = structlog.get_logger()
ACTOR = "muster"


def findings(verdict: dict[str, Any] | None) -> list[Finding]:
    """The gates of a stored verdict in words."""
    gates = (verdict or {}).get("gates", [])
    return [
        describe_gate(gate["gate"], gate["outcome"], gate["value"], **gate["limits"])
        for gate in gates
    ]


def photo_summary(photo: Photo) -> str:
    """One line on a photo: what is wrong with it first."""
    return REFUSALS[photo.refusal] if photo.refusal else summary(findings(photo.verdict))


class PhotoJob:
    """Opens, decodes, judges and re-seals one uploaded photo."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def run(self, row_id: str) -> None:
        service = self._service
        with service.store.read() as session:
            photo = session.get(Photo, row_id)
            if photo is None or photo.state != "received" or photo.sealed is None:
                return
            profile = profile_in_use(session)
            try:
                data = self._open(session, photo, photo.sealed)
            except Unsealable:
                data = None
        if data is None:
            self._refuse(row_id, "sealed_wrong")
            return
        started = service.clock()
        try:
            result = service.pipeline.screen(data, profile)
        except PhotoRefused as refused:
            self._refuse(row_id, refused.reason.value)
            return
        self._keep(row_id, result)
        log.info(
            "photo_screened",
            photo=row_id,
            ms=round((service.clock() - started).total_seconds() * 1000),
        )

    def _open(self, session: Session, photo: Photo, sealed: bytes) -> bytes:
        """What a browser or the desk sent. Raises Unsealable."""
        vault, invitation = self._service.vault, session.get_one(Invitation, photo.invitation_id)
        if invitation.channel == "desk":
            return vault.open(session, photo.employee_id, "photo", photo.id, "upload", sealed)
        return vault.open_upload(
            session, sealed[0], upload_info(invitation.token_hash, photo.slot), sealed[1:]
        )

    def _keep(self, row_id: str, result: PhotoResult) -> None:
        service = self._service
        verdict = msgspec.json.decode(result.verdict)
        with service.store.write() as session:
            photo = session.get(Photo, row_id)
            if photo is None or photo.state != "received":
                return
            if (
                result.model != service.faces.model
            ):  # the recogniser was changed meanwhile: once more, with the new one
                photo.attempt += 1
                service.jobs.demand(session, "photo", photo.id, photo.attempt)
                return
            seal = service.vault.seal
            photo.image = seal(session, photo.employee_id, "photo", row_id, "image", result.jpeg)
            if result.vector is not None:
                vector = service.faces.turned(result.vector).tobytes()
                photo.vector = seal(session, photo.employee_id, "photo", row_id, "vector", vector)
                photo.perceptual_hash = seal(
                    session, photo.employee_id, "photo", row_id, "looks", result.perceptual_hash
                )
                photo.model = service.faces.model
            photo.verdict, photo.outcome, photo.quality = (
                verdict,
                verdict["outcome"],
                verdict["quality"],
            )
            self._done(session, photo)

    def _refuse(self, row_id: str, reason: str) -> None:
        with self._service.store.write() as session:
            photo = session.get(Photo, row_id)
            if photo is not None and photo.state == "received":
                photo.refusal, photo.outcome = reason, "reject"
                self._done(session, photo)
        log.info("photo_refused", photo=row_id, reason=reason)

    def _done(self, session: Session, photo: Photo) -> None:
        photo.state, photo.sealed, photo.screened_at = "screened", None, self._service.clock()
        session.flush()
        judge_set(self._service, session, photos_of_try(session, photo.invitation_id, photo.try_no))
        changed(session, "photos", photo.invitation_id)
        invitation = session.get_one(Invitation, photo.invitation_id)
        if invitation.status in (Status.SUBMITTED, Status.SCREENING):
            invitation.attempt += (
                1  # a job of this attempt may have ended because of this very photo
            )
            self._service.jobs.demand(session, "settle", invitation.id, invitation.attempt)

    def pending(self, session: Session) -> list[Demand]:
        rows = session.scalars(select(Photo).where(Photo.state == "received"))
        return [Demand(row.id, row.attempt) for row in rows]

    def retry(self, session: Session, row_id: str, given_up: bool) -> None:
        photo = session.get_one(Photo, row_id)
        photo.attempt += 1
        if given_up:
            photo.refusal, photo.outcome = Refusal.TOO_HARD, "reject"
            self._done(session, photo)


def photos_of_try(session: Session, invitation_id: str, try_no: int) -> list[Photo]:
    """By slot."""
    query = select(Photo).where(Photo.invitation_id == invitation_id, Photo.try_no == try_no)
    return list(session.scalars(query.order_by(Photo.slot)))


def current_photos(session: Session, invitation: Invitation) -> list[Photo]:
    """The photos of the try that is open or was submitted last, by slot."""
    query = (
        select(Photo)
        .where(Photo.invitation_id == invitation.id)
        .order_by(Photo.try_no.desc(), Photo.slot)
    )
    rows = list(session.scalars(query))
    return [row for row in rows if row.try_no == rows[0].try_no]


class SettleJob:
    """Decides what follows from the verdicts of a submission: review, another try, or help."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def run(self, row_id: str) -> None:
        with self._service.store.write() as session:
            invitation = session.get(Invitation, row_id)
            if invitation is None or invitation.status not in (Status.SUBMITTED, Status.SCREENING):
                return
            if invitation.status is Status.SUBMITTED:
                invitation.status = advance(invitation.status, Event.SCREEN)
            photos = current_photos(session, invitation)
            if all(photo.state == "screened" for photo in photos):
                self._settle(session, invitation, photos)
            changed(session, "invitations", row_id)
            changed(session, "review", row_id)

    def _settle(self, session: Session, invitation: Invitation, photos: list[Photo]) -> None:
        now = self._service.clock()
        result = after_screening(
            sum(photo.outcome != "reject" for photo in photos), invitation.tries
        )
        invitation.tries = result.try_counted
        invitation.status = advance(invitation.status, result.event)
        invitation.changed_at = now
        audit.record(
            session, now, ACTOR, f"screening.{result.event}", invitation.id, tries=invitation.tries
        )
        if result.event is Event.SOME_PASSED:
            note_alarms(self._service, session, invitation, photos)
        else:
            employee = session.get_one(Employee, invitation.employee_id)
            values = {
                "first_name": employee.first_name or employee.last_name,
                "findings": [f"Photo {photo.slot}: {photo_summary(photo)}" for photo in photos],
                "tries": invitation.tries,
                "max_tries": MAX_TRIES,
                "needs_help": result.event is Event.TRIES_SPENT,
                "expires": f"{invitation.expires_at:%d %B %Y, %H:%M} UTC",
            }
            queue_email(self._service, session, invitation, "unsuccessful", values)

    def pending(self, session: Session) -> list[Demand]:
        unscreened = select(Photo.invitation_id).where(Photo.state == "received")
        query = select(Invitation).where(
            Invitation.status.in_((Status.SUBMITTED, Status.SCREENING)),
            Invitation.id.not_in(unscreened),
        )
        return [Demand(row.id, row.attempt) for row in session.scalars(query)]

    def retry(self, session: Session, row_id: str, given_up: bool) -> None:
        session.get_one(Invitation, row_id).attempt += 1
