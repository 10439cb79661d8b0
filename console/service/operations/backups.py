"""Backups as admins run them, and as auditors look at them."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from console.api import backups as api
from console.api.operation import Nothing, Started
from console.api.tasks import TaskResult
from console.domain.backups import place_in_words, problem_in_words
from console.domain.errors import Conflict, Invalid
from console.domain.kept_texts import said
from console.domain.language import msgid, tr
from console.domain.recovery_key import ASKED_BACK, GROUPS, KEY_BYTES, check_typed_back, in_groups
from console.service.backups import places
from console.service.backups.schedule import TITLE, GivingWay, make_as_task
from console.service.backups.verifying import verify_copy
from console.service.operations.audit_names import name_objects
from console.service.operations.dispatch import Call, handles
from console.service.pools import Pool
from console.service.tasks import RunningTask, Tasks
from console.store.backup.book import Book, Copy, load_book
from console.store.recovery import Recovery, load_recovery, set_recovery_key


@dataclass(frozen=True)
class _Draft:
    """A recovery key that was shown and not typed back yet. before: the fingerprint in force."""

    secret: bytes
    asked: list[int]
    before: str


class BackupOperations:
    """Lists, makes and verifies backups; their places and the recovery key."""

    def __init__(self, tasks: Tasks, data: Path) -> None:
        self._tasks, self._data = tasks, data
        self._drafts: dict[str, _Draft] = {}

    @handles(api.list_backups, Pool.DEVICE)
    def list_all(self, call: Call, _request: Nothing) -> api.BackupsState:
        """All backups, newest first, and how their places are now."""
        with call.read() as tx:
            book, recovery = load_book(tx), load_recovery(tx)
            people = {who for one in book.copies for who in (one.by, one.verified_by)}
            names = name_objects(tx, people)
            problem = problem_in_words(
                has_key=recovery is not None,
                newest=book.newest,
                problem=said(book.problem),
                now=tx.now,
            )
        where = self._places(book)
        newest_first = sorted(book.copies, key=lambda one: one.made_at, reverse=True)
        return api.BackupsState(
            problem=problem or place_in_words(one.folder for one in where if one.problem),
            newest=book.newest,
            key=_fingerprint(recovery),
            key_made_at=recovery.made_at if recovery is not None else None,
            rows=[_row(one, names) for one in newest_first],
            places=where,
            tried_out_at=book.drill.at if book.drill is not None else None,
            tried_out_well=book.drill is not None and book.drill.good,
            tried_out_restored=book.drill is not None and book.drill.restored,
        )

    def _places(self, book: Book) -> list[api.PlaceRow]:
        """The folder beside the data is made with the first backup, so it may be missing."""
        return [
            api.PlaceRow(
                folder=str(folder),
                own=not book.places,
                problem=said(places.place_problem(folder))
                if book.places or folder.exists()
                else "",
            )
            for folder in book.folders(self._data)
        ]

    @handles(api.back_up, Pool.READ)
    def make(self, call: Call, _request: Nothing) -> Started:
        """Starts the task that makes a backup. Raises Conflict without a recovery key."""
        store, actor = call.store, call.operator.id
        with call.read() as tx:
            if load_recovery(tx) is None:
                raise Conflict(tr("Make the recovery key first. Backups are sealed with it."))

        def run(task: RunningTask) -> TaskResult:
            return make_as_task(store, self._data, task, actor)

        return Started(task_id=self._tasks.start_blocking(TITLE, run, by=call.operator.id))

    @handles(api.verify_backup, Pool.READ)
    def verify(self, call: Call, request: api.WhichBackup) -> Started:
        """Starts the task that reads a backup back."""
        store, actor = call.store, call.operator.id

        def run(task: RunningTask) -> TaskResult:
            verify_copy(store, self._data, request.place, request.name, GivingWay(task), actor)
            return TaskResult(text=tr("{name} is intact.", name=request.name))

        return Started(
            task_id=self._tasks.start_blocking(
                msgid("Verifying a backup"), run, by=call.operator.id
            )
        )

    @handles(api.add_place, Pool.DEVICE)
    def add_place(self, call: Call, request: api.Place) -> Nothing:
        """Backups go there, too. Raises Invalid, Conflict."""
        folder = places.check_place(request.folder, self._data)
        with call.write() as tx:
            places.add_place(tx, folder)
        return Nothing()

    @handles(api.remove_place, Pool.WRITE)
    def remove_place(self, call: Call, request: api.Place) -> Nothing:
        """No backup goes there any more; what lies there stays. Raises NotFound."""
        with call.write() as tx:
            places.remove_place(tx, request.folder)
        return Nothing()

    @handles(api.new_key, Pool.READ)
    def new_key(self, call: Call, _request: Nothing) -> api.NewKey:
        """A new recovery key, to be shown once. It counts when two groups are typed back."""
        with call.read() as tx:
            before = _fingerprint(load_recovery(tx))
        asked = sorted(secrets.SystemRandom().sample(range(1, GROUPS + 1), ASKED_BACK))
        draft = _Draft(secrets.token_bytes(KEY_BYTES), asked, before)
        self._drafts[call.operator.id] = draft
        return api.NewKey(groups=in_groups(draft.secret), asked=asked)

    @handles(api.confirm_key, Pool.WRITE)
    def confirm_key(self, call: Call, request: api.TypedBack) -> api.KeyInForce:
        """Puts the key that was shown in force. Raises Invalid, Conflict."""
        draft = self._drafts.get(call.operator.id)
        if draft is None:
            raise Conflict(tr("This recovery key is no longer known. Make another one."))
        if sorted(request.groups) != draft.asked:
            raise Invalid("groups", tr("Type the requested groups."))
        check_typed_back(draft.secret, request.groups)
        with call.write() as tx:
            if _fingerprint(load_recovery(tx)) != draft.before:
                raise Conflict(tr("Somebody else has just made a recovery key. Check it first."))
            made = set_recovery_key(tx, draft.secret)
        del self._drafts[call.operator.id]
        return api.KeyInForce(fingerprint=made.fingerprint)


def _fingerprint(recovery: Recovery | None) -> str:
    return recovery.fingerprint if recovery is not None else ""


def _row(copy: Copy, names: dict[str, str]) -> api.BackupRow:
    return api.BackupRow(
        name=copy.name,
        place=copy.place,
        made_at=copy.made_at,
        made_by=names.get(copy.by, copy.by),
        bytes=copy.bytes,
        keys_until=copy.keys_until if copy.keys else None,
        verified_at=copy.verified_at,
        verified_by=names.get(copy.verified_by, copy.verified_by),
        problem=said(copy.problem),
    )
