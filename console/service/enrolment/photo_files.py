"""Photos by file name: a task that takes what the console sends, and reports what became of it."""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from bridge.terminals.errors import Cancelled
from console.api.photo_files import PhotoFile, PhotoMatch
from console.api.tasks import PhotoOutcome, PhotoReport, TaskResult
from console.domain.errors import Conflict, Invalid, NotFound
from console.domain.language import paragraph, tr, tr_count
from console.domain.uploads import MAX_PHOTO, MAX_PHOTO_WORDS
from console.service.enrolment.photo_uses import Use, outcome
from console.service.pools import Pool, Pools
from console.service.tasks import RunningTask, TaskBody
from console.store.database import Store
from console.store.schema import Employee

LOOK_EVERY_S = 0.25
SILENT_FOR_S = 300.0
"""Without a photo for so long, and none that is screened, the console is gone: the task ends."""


@dataclass
class _Upload:
    """What is under way. waiting: what is screened -> the names of its files, by slot."""

    use: Use
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
        self, people: int, left_out: Sequence[PhotoMatch], use: Use, actor: str, *, again: bool
    ) -> TaskBody:
        """The task; it goes on until everything that was sent is screened."""
        outcomes = [_left_out(one) for one in left_out]
        upload = _Upload(use, actor, people, again, outcomes)

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
        task.say(tr("Screening photos"))
        silent_s = 0.0
        while not (upload.ended and not upload.waiting):
            before = upload.sent, upload.done
            if upload.waiting:
                await self._pools.run(Pool.WRITE, self._settle, upload)
            task.result = _result(upload)
            task.progress(upload.done, upload.people)
            silent_s = silent_s + LOOK_EVERY_S if (upload.sent, upload.done) == before else 0.0
            if silent_s > SILENT_FOR_S:
                raise Conflict(
                    tr("No more photos arrived. Those that arrived have been submitted.")
                )
            await asyncio.sleep(LOOK_EVERY_S)

    def send(self, task_id: str, employee_id: str, files: Sequence[PhotoFile]) -> int:
        """Takes the photos of one person. Returns how many people are not screened yet.

        Raises NotFound, Invalid.
        """
        upload = self._upload(task_id)
        sizes = [len(one.data) for one in files]
        if not all(sizes) or not 0 < len(sizes) <= upload.use.most or sum(sizes) > MAX_PHOTO:
            said = tr("Send one to five photos of at most {size} in total.", size=MAX_PHOTO_WORDS)
            raise Invalid("files", said)
        with self._store.write(upload.actor) as tx:
            person = tx.get(Employee, employee_id)
            if person is None:
                raise NotFound(tr("This employee no longer exists."))
            why = upload.use.reasons(tx, [employee_id], again=upload.again)[employee_id]
            row_id = None if why else upload.use.begin(tx, person, files)
        with self._lock:
            upload.sent += 1
            if row_id is None:
                upload.done += 1
                upload.outcomes += [outcome(person, one.name, why) for one in files]
            else:
                upload.waiting[row_id] = {n: one.name for n, one in enumerate(files, start=1)}
            return len(upload.waiting)

    def end(self, task_id: str) -> None:
        """Everything was sent. Raises NotFound."""
        self._upload(task_id).ended = True

    def _upload(self, task_id: str) -> _Upload:
        with self._lock:
            found = self._uploads.get(task_id)
        if found is None:
            raise NotFound(
                tr("This upload has ended. Start it again; photos already submitted are left out.")
            )
        return found

    def _settle(self, upload: _Upload) -> None:
        """Hands in whoever is screened by now."""
        with self._lock:
            ids = list(upload.waiting)
        with self._store.read() as tx:
            due = set(ids) - set(tx.scalars(upload.use.unscreened(ids)))
        for row_id in sorted(due):
            with self._store.write(upload.actor) as tx:
                found = upload.use.conclude(tx, row_id, upload.waiting[row_id])
            with self._lock:
                upload.outcomes += found
                del upload.waiting[row_id]
                upload.done += 1

    def _drop(self, upload: _Upload) -> None:
        """Ends what is under way."""
        with self._store.write(upload.actor) as tx:
            for row_id, names in upload.waiting.items():
                upload.outcomes += upload.use.cancel(tx, row_id, names)


def _left_out(one: PhotoMatch) -> PhotoOutcome:
    return PhotoOutcome(name=one.name, number=one.number, employee=one.employee, reason=one.reason)


def _result(upload: _Upload) -> TaskResult:
    outcomes = list(upload.outcomes)
    taken = sum(not one.reason for one in outcomes)
    rejected = tr_count(
        "{count:,} photo was not accepted.",
        "{count:,} photos were not accepted.",
        len(outcomes) - taken,
    )
    text = paragraph(upload.use.in_words(taken), rejected)
    return TaskResult(text=text, photos=PhotoReport(rows=outcomes))
