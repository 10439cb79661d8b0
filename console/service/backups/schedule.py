"""Backups by themselves: one each day, and each month a restore of one that is tried out."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import func, select

from console.api.tasks import TaskResult
from console.domain.backups import DRILL_EVERY, drill_in_words, is_due, newest_made
from console.domain.errors import Conflict
from console.domain.kept_texts import said
from console.domain.language import msgid, paragraph, tr
from console.service.backups.keeping import all_places, is_there
from console.service.backups.making import BackupMaker
from console.service.tasks import BlockingBody, RunningTask
from console.store.backup.book import Book, load_book
from console.store.backup.erasures import gather, write_list
from console.store.database import Store
from console.store.recovery import load_recovery
from console.store.schema import Consent, Erasure
from console.store.unit_of_work import SYSTEM, ReadTx

log = structlog.get_logger()
TITLE = msgid("Backing up the site")
StartTask = Callable[[str, BlockingBody], str]
Known = tuple[object, ...]


class BackupSchedule:
    """A step of the upkeep, once a minute; the backup itself is a task that can be watched."""

    def __init__(self, store: Store, data: Path, start: StartTask) -> None:
        """start: starts a blocking task and returns its id."""
        self._store, self._data, self._start = store, data, start
        self._task_ended = True
        self._listed: dict[Path, Known] = {}

    def run_when_due(self) -> None:
        """Starts a backup if one is due, and renews the list of erasures where it has changed."""
        with self._store.read() as tx:
            ready, book, now = load_recovery(tx) is not None, load_book(tx), tx.now
        if not ready:
            return
        self._renew_list(book)
        newest = newest_made([copy.made_at for copy in book.copies if not copy.problem], now)
        if book.scheduled and self._task_ended and is_due(newest, book.tried_at, now):
            self._task_ended = False
            self._start(TITLE, self._run)

    def _run(self, task: RunningTask) -> TaskResult:
        try:
            return make_as_task(self._store, self._data, task)
        finally:
            self._task_ended = True

    def before_update(self, task: RunningTask, actor: str) -> str:
        """Makes a backup and says what came of it. The set-up copies SQLite's databases, too.

        Raises as BackupMaker.make, and Conflict for a database that nothing else could bring back.
        """
        with self._store.read() as tx:
            ready = load_recovery(tx) is not None
        if ready:
            return make_as_task(self._store, self._data, task, actor).text
        if self._store.engine.dialect.name != "sqlite":
            raise Conflict(
                tr("Make the recovery key first. An update needs a backup to go back to.")
            )
        return tr("The site has no recovery key, so only the set-up keeps a copy of the data.")

    def _renew_list(self, book: Book) -> None:
        """Wherever a backup lies; at a place that is away, as soon as it is back."""
        with self._store.read() as tx:
            known = _newest(tx), book.newest, tuple(book.places)
            recovery = load_recovery(tx)
        old = [one for one in all_places(book, self._data) if self._listed.get(one) != known]
        there = [one for one in old if is_there(one)]
        if recovery is None or not there:
            return
        with self._store.read() as tx:
            found, vault = gather(tx, recovery.site), tx.vault
        for folder in there:
            try:
                write_list(folder, found, vault)
                self._listed[folder] = known
            except OSError as problem:
                log.warning("erasures_not_listed", place=str(folder), error=str(problem))


def make_as_task(
    store: Store, data: Path, task: RunningTask, actor: str = SYSTEM, *, drill: bool = False
) -> TaskResult:
    """Makes a backup; each month a restore of it is tried out. Raises as BackupMaker.make."""
    with store.read() as tx:
        last = load_book(tx).drill
        due = last is None or tx.now - last.at >= DRILL_EVERY
    made = BackupMaker(store, data).make(GivingWay(task), actor, drill=drill or due)
    files = [Path(copy.place) / copy.name for copy in made.copies]
    lines = [tr("{file} has been verified.", file=file) for file in files]
    if made.drill is not None:
        outcome = drill_in_words(good=made.drill.good, restored=made.drill.restored)
        lines += [tr("{outcome}.", outcome=outcome), *map(said, made.drill.report)]
    return TaskResult(text=paragraph(*lines, *map(said, made.problems)))


class GivingWay:
    """A task that lets others be answered first."""

    def __init__(self, task: RunningTask) -> None:
        self._task = task

    def say(self, step: str) -> None:
        """Says it. Raises Cancelled."""
        self._task.say(step)

    def progress(self, done: int, total: int) -> None:
        """Says it, once nobody waits for an answer. Raises Cancelled."""
        self._task.give_way()
        self._task.progress(done, total)


def _newest(tx: ReadTx) -> Known:
    """Changes with every erasure and every withdrawal."""
    asked = select(func.count(), func.max(Erasure.asked_at)).select_from(Erasure)
    ended = select(func.count(Consent.withdrawn_at), func.max(Consent.withdrawn_at))
    states = select(Erasure.state, func.count()).group_by(Erasure.state).order_by(Erasure.state)
    found: list[datetime | int | None] = [*tx.execute(asked).one(), *tx.execute(ended).one()]
    return (*found, *map(tuple, tx.execute(states).all()))
