"""The photo of an ID paper or a personnel file, to compare a first enrolment with. N5.

It is kept sealed and is not looked at until its person has agreed to the use of their face. The
first approval takes its place, so it is deleted then; a no deletes it at once. One that compares
with nothing stays, so that whoever decides is told.
"""

from collections.abc import Sequence

import structlog
from sqlalchemy import Select, exists, select
from sqlalchemy.orm import undefer

from console.biometrics.refusals import PhotoRefused
from console.biometrics.workers.photo_pipeline import PhotoPipeline
from console.domain.consent import FACE
from console.domain.errors import Conflict, Invalid
from console.domain.id_photos import IdPhotoState
from console.domain.language import tr
from console.domain.uploads import MAX_PHOTO, MAX_PHOTO_WORDS
from console.service.enrolment.face_gallery import FaceGallery
from console.service.jobs import Pace, one_by_one
from console.store.columns import new_id
from console.store.database import Store
from console.store.queries.id_photos import remove_id_photo
from console.store.schema import Consent, Employee, Enrolment, IdPhoto
from console.store.unit_of_work import Tx

log = structlog.get_logger()
JOB = "id_photo"


def set_id_photo(tx: Tx, person: Employee, data: bytes) -> None:
    """Keeps an ID photo in place of the one before. Raises Invalid, Conflict."""
    if not 0 < len(data) <= MAX_PHOTO:
        raise Invalid("data", tr("Send a photo of at most {size}.", size=MAX_PHOTO_WORDS))
    if person.opted_out_at is not None:
        raise Conflict(tr("This person has refused the use of their face."))
    live = select(Enrolment.id).where(Enrolment.employee_id == person.id, Enrolment.live)
    if tx.scalar(live) is not None:
        raise Conflict(
            tr("This person is already enrolled. New photos are compared with the face on file.")
        )
    remove_id_photo(tx, person.id)
    row_id = new_id()
    sealed = tx.seal(person.id, "id_photo", row_id, "upload", data)
    tx.add(
        IdPhoto(
            id=row_id,
            employee_id=person.id,
            state=IdPhotoState.WAITING,
            upload=sealed,
            added_by=tx.actor,
            added_at=tx.now,
        )
    )
    tx.flush()
    tx.audit("id_photo.added", person.id)
    tx.changed("employees", person.id)
    tx.demand(JOB)


class IdPhotoJob:
    """Decodes ID photos and makes their vectors, once their people have agreed."""

    pace = Pace(batch=1, parallel=1)
    subjects: frozenset[str] = frozenset()

    def __init__(self, store: Store, pipeline: PhotoPipeline, gallery: FaceGallery) -> None:
        self._store, self._pipeline, self._gallery = store, pipeline, gallery

    def pending(self) -> Select[str, int]:
        """Those of people whose consent is in force."""
        agreed = exists().where(
            Consent.employee_id == IdPhoto.employee_id,
            Consent.modality == FACE,
            Consent.withdrawn_at.is_(None),
        )
        waiting = IdPhoto.state == IdPhotoState.WAITING
        return select(IdPhoto.id, IdPhoto.attempt).where(waiting, agreed)

    def run(self, row_ids: Sequence[str]) -> None:
        """Each by itself."""
        one_by_one(JOB, self._make, row_ids)

    def retry(self, tx: Tx, row_id: str, given_up: bool) -> None:
        """One that cannot be read compares with nothing in the end."""
        row = tx.get(IdPhoto, row_id)
        if row is not None:
            row.attempt += 1
            if given_up:
                _end(tx, row, IdPhotoState.UNREADABLE)

    def _make(self, row_id: str) -> None:
        with self._store.read() as tx:
            found = tx.scalar(_whole(row_id))
            if found is None:
                return
            kind, sealed = ("upload", found.upload) if found.upload else ("image", found.image)
            if sealed is None:
                return
            data = tx.open(found.employee_id, "id_photo", row_id, kind, sealed)
        try:
            result = self._pipeline.screen(data)
        except PhotoRefused as refused:
            log.info("id_photo_refused", reason=refused.reason.value)
            with self._store.write() as tx:
                if (row := tx.scalar(_whole(row_id))) is not None:
                    _end(tx, row, IdPhotoState.UNREADABLE)
            return
        with self._store.write() as tx:
            row = tx.scalar(_whole(row_id))
            if row is None:
                return
            if result.model != self._gallery.model or not self._gallery.is_current(tx):
                row.attempt += 1  # recogniser or rotation was changed meanwhile: once more
                tx.demand(JOB)
                return
            owner = row.employee_id
            row.image = tx.seal(owner, "id_photo", row_id, "image", result.jpeg)
            if result.vector is not None:
                vector = self._gallery.protect(result.vector).astype("float32").tobytes()
                row.vector = tx.seal(owner, "id_photo", row_id, "vector", vector)
            faceless = result.vector is None
            _end(tx, row, IdPhotoState.FACELESS if faceless else IdPhotoState.READY)


def _whole(row_id: str) -> Select[IdPhoto]:
    query = select(IdPhoto).where(IdPhoto.id == row_id, IdPhoto.state == IdPhotoState.WAITING)
    return query.options(undefer(IdPhoto.upload), undefer(IdPhoto.image))


def _end(tx: Tx, row: IdPhoto, state: IdPhotoState) -> None:
    """Submissions of the person may have waited for it."""
    row.state, row.upload = state, None
    tx.changed("review")
    tx.changed("employees", row.employee_id)
    tx.demand("settle")
