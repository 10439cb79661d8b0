"""Photos by file name: a task that takes what the console sends, and hands in what passes.

They are screened as photos of the desk are, under the consent that the person has given before.
"""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from bridge.terminals.errors import Cancelled
from console.api.photo_files import PhotoFile, PhotoMatch
from console.api.tasks import PhotoOutcome, PhotoReport, TaskResult
from console.domain.counting import counted
from console.domain.errors import Conflict, Invalid, NotFound
from console.domain.invitations import Event, Status
from console.domain.uploads import MAX_PHOTO, MAX_PHOTO_WORDS
from console.service.enrolment import submissions
from console.service.enrolment.invitations import advance_invitation, close_open
from console.service.enrolment.photo_names import reasons_of
from console.service.enrolment.photo_sets import photos_of_try
from console.service.enrolment.verdicts import summarise_photo
from console.service.pools import Pool, Pools
from console.service.tasks import RunningTask, TaskBody
from console.store.columns import new_id
from console.store.database import Store
from console.store.queries.people import full_name
from console.store.schema import Employee, Invitation, Photo
from console.store.unit_of_work import Tx

LOOK_EVERY_S = 0.25
SILENT_FOR_S = 300.0
"""Without a photo for so long, and none that is screened, the console is gone: the task ends."""
IN_REVIEW = "Waits for review"


@dataclass
class _Upload:
    """What is under way. waiting: invitation id -> the names of its files, by slot."""

    actor: str
    people: int
    again: bool
    outcomes: list[PhotoOutcome]
    waiting: dict[str, dict[int, str]] = field(default_factory=dict)
    sent: int = 0
    done: int = 0
    ended: bool = False


class PhotoFiles:
    """Takes photos by file name. Any thread may call it."""

    def __init__(self, store: Store, pools: Pools) -> None:
        self._store, self._pools = store, pools
        self._uploads: dict[str, _Upload] = {}
        self._lock = threading.Lock()

    def body(
        self, people: int, left_out: Sequence[PhotoMatch], actor: str, *, again: bool
    ) -> TaskBody:
        """The task; it goes on until everything that was sent is screened."""
        outcomes = [_left_out(one) for one in left_out]
        upload = _Upload(actor, people, again, outcomes)

        async def run(task: RunningTask) -> TaskResult:
            with self._lock:
                self._uploads[task.id] = upload
            try:
                await self._watch(task, upload)
            except Cancelled:
                await self._pools.run(Pool.WRITE, self._drop, upload)
                raise
            finally:
                with self._lock:
                    del self._uploads[task.id]
                task.result = _result(upload)
            return task.result

        return run

    async def _watch(self, task: RunningTask, upload: _Upload) -> None:
        task.say("Screening photos")
        silent_s = 0.0
        while not (upload.ended and not upload.waiting):
            before = upload.sent, upload.done
            if upload.waiting:
                await self._pools.run(Pool.WRITE, self._settle, upload)
            task.result = _result(upload)
            task.progress(upload.done, upload.people)
            silent_s = silent_s + LOOK_EVERY_S if (upload.sent, upload.done) == before else 0.0
            if silent_s > SILENT_FOR_S:
                raise Conflict("No more photos came. Those that came are handed in.")
            await asyncio.sleep(LOOK_EVERY_S)

    def send(self, task_id: str, employee_id: str, files: Sequence[PhotoFile]) -> int:
        """Takes the photos of one person. Returns how many people are not screened yet.

        Raises NotFound, Invalid.
        """
        upload = self._upload(task_id)
        if not files or sum(len(one.data) for one in files) > MAX_PHOTO:
            said = f"Send one to five photos of at most {MAX_PHOTO_WORDS} together."
            raise Invalid("files", said)
        with self._store.write(upload.actor) as tx:
            person = tx.get(Employee, employee_id)
            if person is None:
                raise NotFound("This employee does not exist any more.")
            why = reasons_of(tx, [employee_id], again=upload.again)[employee_id]
            row = None if why else _begin(tx, person, files)
        with self._lock:
            upload.sent += 1
            if row is None:
                upload.done += 1
                upload.outcomes += [_outcome(person, one.name, why) for one in files]
            else:
                upload.waiting[row.id] = {n: one.name for n, one in enumerate(files, start=1)}
            return len(upload.waiting)

    def end(self, task_id: str) -> None:
        """Everything was sent. Raises NotFound."""
        self._upload(task_id).ended = True

    def _upload(self, task_id: str) -> _Upload:
        with self._lock:
            found = self._uploads.get(task_id)
        if found is None:
            raise NotFound("This upload has ended. Start it again: what is handed in is left out.")
        return found

    def _settle(self, upload: _Upload) -> None:
        """Hands in whoever is screened by now."""
        with self._lock:
            ids = list(upload.waiting)
        unscreened = select(Photo.invitation_id).where(
            Photo.invitation_id.in_(ids), Photo.state == "received"
        )
        with self._store.read() as tx:
            due = set(ids) - set(tx.scalars(unscreened))
        for invitation_id in sorted(due):
            with self._store.write(upload.actor) as tx:
                found = _conclude(tx, invitation_id, upload.waiting[invitation_id])
            with self._lock:
                upload.outcomes += found
                del upload.waiting[invitation_id]
                upload.done += 1

    def _drop(self, upload: _Upload) -> None:
        """Revokes what was not handed in; its photos are deleted as drafts are."""
        with self._store.write(upload.actor) as tx:
            for invitation_id in upload.waiting:
                row = tx.get_one(Invitation, invitation_id)
                if row.status is Status.CONSENTED:
                    advance_invitation(tx, row, Event.REVOKE)


def _begin(tx: Tx, person: Employee, files: Sequence[PhotoFile]) -> Invitation:
    """An enrolment at the desk, under the consent that is in force."""
    close_open(tx, [person.id])
    row = submissions.open_at_desk(tx, person.id)
    advance_invitation(tx, row, Event.CONSENT)
    for slot, one in enumerate(files, start=1):
        photo_id = new_id()
        sealed = tx.seal(person.id, "photo", photo_id, "upload", one.data)
        submissions.add_photo(tx, row, slot, photo_id=photo_id, sealed=sealed)
    return row


def _conclude(tx: Tx, invitation_id: str, names: dict[int, str]) -> list[PhotoOutcome]:
    """Hands in the photos of a person if one of them passed, else takes them back."""
    row = tx.get_one(Invitation, invitation_id)
    person = tx.get_one(Employee, row.employee_id)
    photos = photos_of_try(tx, row.id, row.tries + 1)
    good = [photo for photo in photos if photo.outcome != "reject"]
    if row.status is Status.CONSENTED and good:
        best = max(good, key=lambda photo: (bool(photo.best_because), photo.quality))
        submissions.submit(tx, row, best.slot, least=1)
    elif row.status is Status.CONSENTED:
        advance_invitation(tx, row, Event.REVOKE)
    return [
        _outcome(
            person,
            names[photo.slot],
            "" if photo in good else summarise_photo(photo) or "Rejected",
        )
        for photo in photos
    ]


def _outcome(person: Employee, name: str, reason: str) -> PhotoOutcome:
    return PhotoOutcome(name=name, number=person.number, employee=full_name(person), reason=reason)


def _left_out(one: PhotoMatch) -> PhotoOutcome:
    return PhotoOutcome(name=one.name, number=one.number, employee=one.employee, reason=one.reason)


def _result(upload: _Upload) -> TaskResult:
    outcomes = list(upload.outcomes)
    taken = sum(not one.reason for one in outcomes)
    waiting = counted(taken, "photo waits", "photos wait")
    text = f"{waiting} for review, not taken: {len(outcomes) - taken:,}."
    return TaskResult(text=text, photos=PhotoReport(rows=outcomes))
