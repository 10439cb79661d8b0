"""Screening: an upload becomes a verdict; the verdicts of a submission decide where it goes."""

import time
from collections.abc import Sequence

import structlog
from sqlalchemy import Select, exists, select

from console.biometrics.faces.quality.profiles import ScreeningProfile
from console.biometrics.refusals import PhotoRefused, Refusal
from console.biometrics.workers.photo_pipeline import PhotoPipeline, PhotoResult
from console.domain.id_photos import IdPhotoState
from console.domain.invitations import Event, Status, after_screening
from console.domain.language import tr
from console.service.enrolment.duplicate_guard import DuplicateGuard
from console.service.enrolment.emails import queue_unsuccessful
from console.service.enrolment.face_gallery import FaceGallery, seal_photo_vector
from console.service.enrolment.photo_sets import current_photos, judge_set
from console.service.enrolment.profiles import profile_in_use
from console.service.enrolment.submissions import DESK
from console.service.enrolment.verdicts import decode_verdict, store_verdict, summarise_photo
from console.service.jobs import Pace, one_by_one
from console.service.languages import in_language_of
from console.store.database import Store
from console.store.queries.enrolments import advance_invitation
from console.store.schema import IdPhoto, Invitation, Photo, PhotoPicture
from console.store.unit_of_work import ReadTx, Tx
from console.store.vault import Unsealable, upload_info

log = structlog.get_logger()
UNDER_WAY = (Status.SUBMITTED, Status.SCREENING)


class PhotoJob:
    """Opens, decodes, judges and re-seals uploaded photos."""

    pace = Pace(batch=1, parallel=3)
    subjects: frozenset[str] = frozenset()

    def __init__(self, store: Store, pipeline: PhotoPipeline, gallery: FaceGallery) -> None:
        self._store, self._pipeline, self._gallery = store, pipeline, gallery

    def pending(self) -> Select[str, int]:
        """Photos that nobody has judged, the oldest first."""
        query = select(Photo.id, Photo.attempt).where(Photo.state == "received")
        return query.order_by(Photo.created_at, Photo.id)

    def run(self, row_ids: Sequence[str]) -> None:
        """Screens these photos."""
        one_by_one("photo", self._screen, row_ids)

    def retry(self, tx: Tx, row_id: str, given_up: bool) -> None:
        """A photo that cannot be screened is refused in the end."""
        photo = tx.get_one(Photo, row_id)
        photo.attempt += 1
        if given_up:
            _refuse(tx, photo, Refusal.TOO_HARD.value)

    def _screen(self, row_id: str) -> None:
        try:
            found = self._read(row_id)
        except Unsealable:
            self._store_refusal(row_id, "sealed_wrong")
            return
        if found is None:
            return
        upload, profile = found
        started = time.monotonic()
        try:
            result = self._pipeline.screen(upload, profile)
        except PhotoRefused as refused:
            self._store_refusal(row_id, refused.reason.value)
            return
        self._store_result(row_id, result)
        log.info("photo_screened", photo=row_id, ms=round((time.monotonic() - started) * 1000))

    def _read(self, row_id: str) -> tuple[bytes, ScreeningProfile] | None:
        """The picture file and the limits to judge it by. Raises Unsealable."""
        with self._store.read() as tx:
            photo, picture = tx.get(Photo, row_id), tx.get(PhotoPicture, row_id)
            if photo is None or photo.state != "received":
                return None
            if picture is None or picture.upload is None:
                return None
            return _open_upload(tx, photo, picture.upload), profile_in_use(tx)

    def _store_result(self, row_id: str, result: PhotoResult) -> None:
        verdict = decode_verdict(result.verdict)
        with self._store.write() as tx:
            photo, picture = tx.get(Photo, row_id), tx.get(PhotoPicture, row_id)
            if photo is None or picture is None or photo.state != "received":
                return
            if result.model != self._gallery.model or not self._gallery.is_current(tx):
                photo.attempt += 1  # recogniser or rotation was changed meanwhile: once more
                tx.demand("photo")
                return
            owner = photo.employee_id
            picture.image = tx.seal(owner, "photo", row_id, "image", result.jpeg)
            photo.has_image = True
            if result.vector is not None:
                protected = self._gallery.protect(result.vector)
                photo.vector = seal_photo_vector(tx, owner, row_id, protected)
                photo.perceptual_hash = tx.seal(
                    owner, "photo", row_id, "looks", result.perceptual_hash
                )
                photo.model = result.model
            photo.quality = verdict.quality
            store_verdict(photo, verdict)
            _end(tx, photo, picture)

    def _store_refusal(self, row_id: str, reason: str) -> None:
        with self._store.write() as tx:
            photo = tx.get(Photo, row_id)
            if photo is not None and photo.state == "received":
                _refuse(tx, photo, reason)
        log.info("photo_refused", photo=row_id, reason=reason)


def _open_upload(tx: ReadTx, photo: Photo, sealed: bytes) -> bytes:
    """What a browser or the desk sent. Raises Unsealable."""
    invitation = tx.get_one(Invitation, photo.invitation_id)
    if invitation.channel == DESK:
        return tx.open(photo.employee_id, "photo", photo.id, "upload", sealed)
    info = upload_info(invitation.token_hash, photo.slot)
    return tx.vault.open_upload(tx.session, sealed[0], info, sealed[1:])


def _refuse(tx: Tx, photo: Photo, reason: str) -> None:
    photo.refusal, photo.outcome = reason, "reject"
    _end(tx, photo, tx.get(PhotoPicture, photo.id))


def _end(tx: Tx, photo: Photo, picture: PhotoPicture | None) -> None:
    """The photo is screened: its upload goes, and the set is judged anew."""
    photo.state, photo.screened_at, photo.upload_bytes = "screened", tx.now, 0
    if picture is not None:
        picture.upload = None
    judge_set(tx, photo.invitation_id, photo.try_no)
    tx.changed("photos", photo.invitation_id)
    invitation = tx.get_one(Invitation, photo.invitation_id)
    if invitation.status in UNDER_WAY:
        # a job of this attempt may have ended because this very photo was not ready
        invitation.attempt += 1
        tx.demand("settle")


class SettleJob:
    """Decides what follows from the verdicts of a submission: review, another try, or help."""

    pace = Pace(batch=20, parallel=1)
    subjects: frozenset[str] = frozenset()

    def __init__(self, store: Store, gallery: FaceGallery, guard: DuplicateGuard) -> None:
        self._store, self._gallery, self._guard = store, gallery, guard

    def pending(self) -> Select[str, int]:
        """Submissions all of whose photos are screened, and the ID photo, too."""
        unscreened = select(Photo.invitation_id).where(Photo.state == "received")
        query = select(Invitation.id, Invitation.attempt).where(
            Invitation.status.in_(UNDER_WAY),
            Invitation.id.not_in(unscreened),
            ~exists().where(
                IdPhoto.employee_id == Invitation.employee_id, IdPhoto.state == IdPhotoState.WAITING
            ),
        )
        return query.order_by(Invitation.submitted_at, Invitation.id)

    def run(self, row_ids: Sequence[str]) -> None:
        """Settles these submissions, each in a transaction of its own."""
        one_by_one("settle", self._settle, row_ids)

    def retry(self, tx: Tx, row_id: str, given_up: bool) -> None:
        """A submission is never given up."""
        tx.get_one(Invitation, row_id).attempt += 1

    def _settle(self, row_id: str) -> None:
        with self._store.write() as tx:
            invitation = tx.get(Invitation, row_id)
            if invitation is None or invitation.status not in UNDER_WAY:
                return
            if not self._gallery.is_current(tx):
                invitation.attempt += 1  # faces are being protected anew: in a moment
                tx.demand("settle")
                return
            if invitation.status is Status.SUBMITTED:
                advance_invitation(tx, invitation, Event.SCREEN)
            photos = current_photos(tx, invitation, vectors=True)
            if all(photo.state == "screened" for photo in photos):
                self._conclude(tx, invitation, photos)
            tx.changed("invitations", row_id)
            tx.changed("review", row_id)

    def _conclude(self, tx: Tx, invitation: Invitation, photos: Sequence[Photo]) -> None:
        passed = sum(photo.outcome != "reject" for photo in photos)
        result = after_screening(passed, invitation.tries, invitation.tries_given)
        invitation.tries = result.try_counted
        advance_invitation(tx, invitation, result.event)
        tx.audit(f"screening.{result.event}", invitation.id, tries=invitation.tries)
        if result.event is Event.SOME_PASSED:
            self._guard.note_alarms(tx, invitation, photos)
        else:
            with in_language_of(tx, invitation.employee_id):
                lines = [
                    tr("Photo {n}: {finding}", n=photo.slot, finding=summarise_photo(photo))
                    for photo in photos
                ]
            needs_help = result.event is Event.TRIES_SPENT
            queue_unsuccessful(tx, invitation, lines, needs_help)
