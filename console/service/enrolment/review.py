"""Decisions on submissions: what an approval needs, and what follows from it.

A worker process makes the picture for terminals. So an approval reads first, asks the worker, and
then writes, after it has checked that nothing has changed meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from console.api.review import Decided, NotDecided
from console.api.tasks import TaskResult
from console.biometrics.faces.recognition.vectors import fuse
from console.biometrics.refusals import PhotoRefused
from console.biometrics.workers.photo_pipeline import PhotoPipeline
from console.domain.consent import FACE
from console.domain.errors import Conflict, DomainError, Forbidden, NeedsReason, NotFound
from console.domain.invitations import IN_FORCE, REVIEWABLE, Event, advance
from console.domain.language import msgid, paragraph, tr
from console.domain.screening import REFUSALS
from console.service.enrolment.duplicate_guard import (
    Comparison,
    DuplicateGuard,
    mark_known_lookalike,
)
from console.service.enrolment.emails import queue_approved, queue_rejected
from console.service.enrolment.face_gallery import (
    FaceGallery,
    Generation,
    Vector,
    generation_of,
    open_photo_vector,
    seal_template,
)
from console.service.enrolment.photo_sets import current_photos
from console.service.enrolment.verdicts import StoredRegion, verdict_of
from console.service.tasks import BlockingBody, RunningTask
from console.store.columns import new_id
from console.store.database import Store
from console.store.queries.enrolments import advance_invitation, consent_in_force
from console.store.queries.id_photos import remove_id_photo
from console.store.queries.people import full_name
from console.store.queries.placements import unsettle
from console.store.schema import (
    Employee,
    Enrolment,
    EnrolmentPicture,
    IdPhoto,
    Invitation,
    Operator,
    Photo,
    PhotoPicture,
)
from console.store.unit_of_work import ReadTx, Tx
from console.store.vault import version_of

EXTRA_TIME = timedelta(days=2)
"""A rejected person has at least this long to send new photos."""
REPEATS = 3
"""How often an approval begins again because other faces have changed meanwhile."""
FACES_CHANGED = msgid("Other faces have changed meanwhile. Try again in a moment.")
PHOTOS_CHANGED = msgid("The photos have changed meanwhile. Look at them again.")
WHOLE = StoredRegion(left=0, top=0, width=1, height=1)


@dataclass(frozen=True, kw_only=True)
class Reviewer:
    """The operator who decides. employee_id: the employee that they are, "" for none."""

    id: str
    employee_id: str


@dataclass(frozen=True, kw_only=True)
class OverrideReason:
    """Why a submission is approved in spite of what the guard says.

    known_lookalike: the duplicates that it names are other people, and are noted as such.
    """

    text: str = ""
    known_lookalike: bool = False


@dataclass(frozen=True, kw_only=True)
class _Prepared:
    """What an approval is about to write. seen: the photos that it goes by."""

    generation: Generation
    seen: frozenset[str]
    comparison: Comparison
    photos: int
    outcome: str
    template: Vector
    jpeg: bytes
    face: StoredRegion


class _OutdatedError(Exception):
    """What was read does not hold any more: an approval begins again."""


def find_submission(tx: ReadTx, invitation_id: str) -> Invitation:
    """Raises NotFound."""
    row = tx.get(Invitation, invitation_id)
    if row is None:
        raise NotFound(tr("This submission no longer exists."))
    return row


class Reviews:
    """Approves and rejects. Blocking; approvals take a few tenths of a second."""

    def __init__(
        self, store: Store, pipeline: PhotoPipeline, gallery: FaceGallery, guard: DuplicateGuard
    ) -> None:
        self._store, self._pipeline = store, pipeline
        self._gallery, self._guard = gallery, guard

    def approve(
        self,
        invitation_id: str,
        reviewer: Reviewer,
        reason: OverrideReason,
        *,
        unseen: bool = False,
        due: datetime | None = None,
    ) -> None:
        """Makes the enrolment. unseen: nobody has looked at the photos; due: see `find_waiting`.

        Raises NotFound, Conflict, Forbidden, NeedsReason.
        """
        for _ in range(REPEATS):
            try:
                if unseen:
                    self._check_compared(invitation_id)
                prepared = self._prepare(invitation_id, reviewer, reason, due)
                picture = self._terminal_picture(prepared)
                with self._store.write(reviewer.id) as tx:
                    invitation = find_waiting(tx, invitation_id, due)
                    self._write(tx, invitation, prepared, picture, reason)
                return
            except _OutdatedError:
                continue
        raise Conflict(tr(FACES_CHANGED))

    def check_approval(
        self, invitation_id: str, reviewer: Reviewer, reason: OverrideReason
    ) -> None:
        """Raises what an approval would raise now."""
        for _ in range(REPEATS):
            try:
                self._prepare(invitation_id, reviewer, reason, None)
                return
            except _OutdatedError:
                continue
        raise Conflict(tr(FACES_CHANGED))

    def reject(
        self, invitation_id: str, reviewer: Reviewer, remark: str, due: datetime | None = None
    ) -> None:
        """Sends the person back to new photos. Raises NotFound, Conflict."""
        with self._store.write(reviewer.id) as tx:
            invitation = find_waiting(tx, invitation_id, due)
            _note_decision(tx, invitation, Event.REJECT)
            invitation.remark = remark.strip()[:500]
            invitation.expires_at = max(invitation.expires_at, tx.now + EXTRA_TIME)
            queue_rejected(tx, invitation)
            tx.audit("review.rejected", invitation.id)

    def approve_many(self, invitation_ids: Sequence[str], reviewer: Reviewer) -> BlockingBody:
        """The task that approves what raises no question, one after the other."""
        wanted = list(dict.fromkeys(invitation_ids))

        def run(task: RunningTask) -> TaskResult:
            approved, left = 0, list[NotDecided]()
            task.say(tr("Approving"))
            for done, invitation_id in enumerate(wanted):
                task.progress(done, len(wanted))
                try:
                    self.approve(invitation_id, reviewer, OverrideReason(), unseen=True)
                    approved += 1
                except DomainError as refused:
                    left.append(self._left(invitation_id, refused))
                task.result = _result(approved, left)
            task.done = len(wanted)
            return task.result

        return run

    def _check_compared(self, invitation_id: str) -> None:
        """Raises NeedsReason where only eyes can compare."""
        with self._store.read() as tx:
            invitation = find_waiting(tx, invitation_id)
            photos = current_photos(tx, invitation, vectors=True)
            problem = self._guard.compare(tx, invitation, photos).not_compared
        if problem:
            raise NeedsReason(problem)

    def _left(self, invitation_id: str, refused: DomainError) -> NotDecided:
        with self._store.read() as tx:
            invitation = tx.get(Invitation, invitation_id)
            employee = tx.get(Employee, invitation.employee_id) if invitation else None
        name = full_name(employee) if employee else ""
        return NotDecided(id=invitation_id, employee=name, reason=refused.message)

    # before the transaction

    def _prepare(
        self,
        invitation_id: str,
        reviewer: Reviewer,
        reason: OverrideReason,
        due: datetime | None,
    ) -> _Prepared:
        """Reads everything. Raises what `approve` raises, and _OutdatedError."""
        with self._store.read() as tx:
            generation = generation_of(tx)
            if not self._gallery.is_current(tx):
                raise _OutdatedError
            invitation = find_waiting(tx, invitation_id, due)
            employee = tx.get_one(Employee, invitation.employee_id)
            if employee.id == reviewer.employee_id:
                raise Forbidden(
                    tr("You cannot approve your own enrolment. Ask another administrator.")
                )
            photos = current_photos(tx, invitation, vectors=True)
            comparison = self._guard.compare(tx, invitation, photos)
            if comparison.alarms and not reason.text.strip():
                raise NeedsReason(_what_the_guard_says(tx, comparison))
            _check_consent(tx, invitation)
            good, best = _choose(photos)
            verdict = verdict_of(best)
            return _Prepared(
                generation=generation,
                seen=seen_photos(photos),
                comparison=comparison,
                photos=len(good),
                outcome=best.outcome,
                template=fuse([open_photo_vector(tx, photo) for photo in good]),
                jpeg=open_photo_image(tx, best),
                face=(verdict.face if verdict else None) or WHOLE,
            )

    def _terminal_picture(self, prepared: _Prepared) -> bytes:
        face = prepared.face
        try:
            return self._pipeline.terminal_copy(
                prepared.jpeg, (face.left, face.top, face.width, face.height)
            )
        except PhotoRefused as refused:
            raise Conflict(
                tr(
                    "The chosen photo cannot be used for terminals: {reason}",
                    reason=REFUSALS[refused.reason.value],
                )
            ) from refused

    # in the transaction

    def _write(
        self,
        tx: Tx,
        invitation: Invitation,
        prepared: _Prepared,
        picture: bytes,
        reason: OverrideReason,
    ) -> None:
        """Raises Conflict or _OutdatedError when something has changed since `_prepare`."""
        photos = current_photos(tx, invitation, vectors=True)
        if seen_photos(photos) != prepared.seen:
            raise Conflict(tr(PHOTOS_CHANGED))
        if generation_of(tx) != prepared.generation:
            raise _OutdatedError
        if self._guard.compare(tx, invitation, photos).alarms_more_than(prepared.comparison):
            raise _OutdatedError  # somebody who looks like this person was approved meanwhile
        _check_consent(tx, invitation)
        _note_alarms(tx, invitation, prepared.comparison, reason)
        _supersede(tx, invitation)
        remove_id_photo(tx, invitation.employee_id)  # the face that is approved takes its place
        unsettle(tx, [invitation.employee_id])
        enrolment = _enrolment(tx, invitation, prepared)
        tx.add(enrolment)
        tx.flush()
        sealed = tx.seal(invitation.employee_id, "enrolment", enrolment.id, "image", picture)
        tx.add(EnrolmentPicture(enrolment_id=enrolment.id, image=sealed))
        _note_decision(tx, invitation, Event.APPROVE)
        invitation.remark = ""
        queue_approved(tx, invitation)
        tx.audit("review.approved", invitation.id)
        tx.changed("enrolments", enrolment.id)
        employee_id = invitation.employee_id
        tx.after_commit(lambda: self._gallery.learn(employee_id))


def open_photo_image(tx: ReadTx, photo: Photo) -> bytes:
    """Our own JPEG of a photo. Raises NotFound."""
    picture = tx.get(PhotoPicture, photo.id)
    if picture is None or picture.image is None:
        raise NotFound(tr("This photo is no longer kept."))
    return tx.open(photo.employee_id, "photo", photo.id, "image", picture.image)


def open_enrolment_image(tx: ReadTx, enrolment: Enrolment) -> bytes:
    """The picture that terminals get. Raises NotFound."""
    picture = tx.get(EnrolmentPicture, enrolment.id)
    if picture is None:
        raise NotFound(tr("This photo is no longer kept."))
    return tx.open(enrolment.employee_id, "enrolment", enrolment.id, "image", picture.image)


def open_id_photo(tx: ReadTx, row: IdPhoto) -> bytes:
    """Our own JPEG of an ID photo. Raises NotFound."""
    if row.image is None:
        raise NotFound(tr("This photo has not been read yet, or could not be read."))
    return tx.open(row.employee_id, "id_photo", row.id, "image", row.image)


def find_waiting(tx: ReadTx, invitation_id: str, due: datetime | None = None) -> Invitation:
    """A submission that waits for a decision, or whose held decision takes effect now.

    due: until when that one was held. Raises NotFound; Conflict where there is another decision.
    """
    invitation = find_submission(tx, invitation_id)
    if invitation.status not in REVIEWABLE or invitation.held_until != due:
        by = invitation.held["by"] if invitation.held else invitation.decided_by
        other = tx.get(Operator, by) if by else None
        raise Conflict(
            tr("{name} has already decided this.", name=other.name)
            if other
            else tr("This submission is no longer awaiting a decision.")
        )
    return invitation


def _choose(photos: Sequence[Photo]) -> tuple[list[Photo], Photo]:
    """(the photos that make the template, the one whose picture is kept). Raises Conflict."""
    faces = [photo for photo in photos if photo.has_image and photo.has_vector]
    good = (
        [photo for photo in faces if photo.outcome != "reject"]
        or [photo for photo in faces if photo.chosen]
        or faces
    )
    if not good:
        raise Conflict(
            tr(
                "No face was found in any of these photos. Reject them with a "
                "comment, or enrol the person at the desk."
            )
        )
    clearest = max(good, key=lambda photo: photo.quality)
    return good, next((photo for photo in good if photo.chosen), clearest)


def seen_photos(photos: Sequence[Photo]) -> frozenset[str]:
    """What a decision goes by: which photos, what screening said, and which is the best."""
    return frozenset(f"{photo.id} {photo.outcome} {photo.chosen}" for photo in photos)


def _what_the_guard_says(tx: ReadTx, seen: Comparison) -> str:
    ids = [other.employee_id for other in seen.duplicates]
    people = {one.id: one for one in tx.scalars(select(Employee).where(Employee.id.in_(ids)))}
    parts = [
        tr(
            "This looks like {person} ({number}).",
            person=full_name(people[one]),
            number=people[one].number,
        )
        for one in ids
        if one in people
    ]
    if seen.non_match:
        id_photo = tr("This does not look like the ID photo.")
        face = tr("This does not look like the face on file.")
        parts.append(id_photo if isinstance(seen.on_file, IdPhoto) else face)
    return paragraph(*parts, tr("Give a reason for approving it, or reject it."))


def _check_consent(tx: ReadTx, invitation: Invitation) -> None:
    if consent_in_force(tx, invitation.employee_id, FACE) is None:
        raise Conflict(tr("There is no valid consent for this enrolment."))


def _note_alarms(tx: Tx, invitation: Invitation, seen: Comparison, reason: OverrideReason) -> None:
    """Writes down that the guard was overruled, and why."""
    if not seen.alarms:
        return
    tx.audit(
        "guard.overruled",
        invitation.id,
        reason=reason.text.strip()[:200],
        non_match=seen.non_match,
        duplicates=len(seen.duplicates),
    )
    for other in seen.duplicates if reason.known_lookalike else []:
        mark_known_lookalike(
            tx,
            invitation.employee_id,
            other.employee_id,
            known_lookalike=True,
            reason=reason.text,
        )


def _supersede(tx: Tx, invitation: Invitation) -> None:
    """Earlier enrolments of the person step back."""
    query = select(Enrolment).where(Enrolment.employee_id == invitation.employee_id, Enrolment.live)
    for earlier in tx.scalars(query):
        earlier.live = False
        tx.changed("enrolments", earlier.id)
        row = tx.get_one(Invitation, earlier.invitation_id)
        if row.status in IN_FORCE:
            row.status = advance(row.status, Event.SUPERSEDE)
            tx.changed("invitations", row.id)


def _enrolment(tx: Tx, invitation: Invitation, prepared: _Prepared) -> Enrolment:
    row_id = new_id()
    sealed = seal_template(tx, invitation.employee_id, row_id, prepared.template)
    return Enrolment(
        id=row_id,
        employee_id=invitation.employee_id,
        invitation_id=invitation.id,
        modality="face",
        model=prepared.generation[1],
        photos=prepared.photos,
        template=sealed,
        version=version_of(sealed),
        outcome=prepared.outcome,
        approved_by=tx.actor,
        approved_at=tx.now,
        live=True,
    )


def _note_decision(tx: Tx, invitation: Invitation, event: Event) -> None:
    advance_invitation(tx, invitation, event)
    invitation.decided_by, invitation.decided_at = tx.actor, tx.now
    invitation.held_until, invitation.held, invitation.not_decided = None, None, ""
    tx.changed("review", invitation.id)


def _result(approved: int, left: Sequence[NotDecided]) -> TaskResult:
    text = tr(
        "{approved:,} approved, {left:,} left for you to decide.",
        approved=approved,
        left=len(left),
    )
    return TaskResult(text=text, decided=Decided(approved=approved, left=list(left)))
