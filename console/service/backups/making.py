"""Makes a backup: copies, seals and verifies the site, and keeps backups by a rule."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import filelock
import msgspec
import sqlalchemy as sa

from console import __version__
from console.domain.backups import BackupProblem, CannotWrite, Damaged
from console.domain.errors import Conflict, DomainError
from console.domain.language import in_english, msgid, tr
from console.service.backups.drill import run_drill
from console.service.backups.keeping import all_places, is_there, keep_by_rule
from console.store.backup.archive import Manifest
from console.store.backup.book import Book, Copy, Drill, load_book, save_book
from console.store.backup.database_copy import DATABASE, WrappedKey, copy_database
from console.store.backup.erasures import gather, write_list
from console.store.backup.files import (
    copy_file,
    free_work_folder,
    remove_unfinished,
    write_keys_file,
    write_site_file,
)
from console.store.database import Store
from console.store.migrate import HEAD
from console.store.recovery import Recovery, load_recovery
from console.store.unit_of_work import SYSTEM, Tx

LOCK = "backup.lock"
WORK = "backup-work"
OWN_FOLDERS = ("models", "certificates", "backups")
"""Of the data folder, what belongs to the site: recognisers, certificates, logs of terminals."""
NO_KEY = msgid(
    "This site has no recovery key, which backups are sealed with. Make one first, under Backups "
    "or with “muster recovery-key”."
)
LIST_UNWRITTEN = msgid("The list of erasures could not be written in {folder}: {problem}.")
NOT_FINISHED = msgid("The last backup did not finish: {problem}")
RESTORE_FAILED = msgid("The test restore failed.")
MEGABYTE = 1_000_000


class Watch(Protocol):
    """Hears how far a backup is. Both may raise to stop it."""

    def say(self, step: str) -> None:
        """What is being done, in words."""

    def progress(self, done: int, total: int) -> None:
        """In megabytes."""


@dataclass(frozen=True, kw_only=True)
class MadeBackup:
    """What came of it. problems: of places that could not take it; drill: if one was asked for."""

    copies: list[Copy]
    problems: list[str]
    drill: Drill | None


class BackupMaker:
    """Blocking; one backup at a time on a data folder, whoever makes it."""

    def __init__(self, store: Store, data: Path) -> None:
        self._store, self._data = store, data

    def make(self, watch: Watch, actor: str = SYSTEM, *, drill: bool = False) -> MadeBackup:
        """Makes a backup at every place, and deletes what the rule no longer keeps.

        drill: restores it to a scratch folder on the way. Raises Conflict, BackupProblem, and what
        the watch raises; a try that failed is written down with its reason, whatever that was.
        """
        with only_one(self._data):
            recovery, book = self._read()
            try:
                return self._make(recovery, book, watch, actor, drill)
            except BaseException as problem:
                reason = _in_words(problem)
                with self._store.write(actor) as tx:
                    note_problem(tx, reason)
                    tx.audit("backup.failed", reason=reason)
                raise
            finally:
                shutil.rmtree(self._data / WORK, ignore_errors=True)

    def _make(
        self, recovery: Recovery, book: Book, watch: Watch, actor: str, drill: bool
    ) -> MadeBackup:
        work = self._data / WORK
        free_work_folder(work)
        watch.say(tr("Copying the database"))
        made_at = self._store.clock().replace(microsecond=0)
        with in_english():  # its problems are kept
            keys = self._copy_database(work, watch)
        source = _Source(self._data, work, recovery, self._about(made_at), keys)
        copies: list[Copy] = []
        problems: list[str] = []
        for folder in book.folders(self._data):
            watch.say(tr("Writing and verifying the backup in {folder}", folder=folder))
            remove_unfinished(folder, recovery.site)
            try:
                with in_english():  # its problems are kept
                    copies.append(self._place(source, folder, copies, watch, actor, drill))
            except (CannotWrite, Damaged) as problem:
                problems.append(problem.message)
        if not copies:
            raise BackupProblem(" ".join(problems))
        with in_english():
            found = self._examine(source, work) if drill else None
        self._note(source, copies, problems, found, actor)
        return MadeBackup(copies=copies, problems=problems, drill=found)

    def _read(self) -> tuple[Recovery, Book]:
        with self._store.read() as tx:
            recovery = load_recovery(tx)
            if recovery is None:
                raise Conflict(tr(NO_KEY))
            return recovery, load_book(tx)

    def _copy_database(self, work: Path, watch: Watch) -> list[WrappedKey]:
        kind = self._store.engine.dialect.name
        try:
            return copy_database(
                self._store.engine, work / DATABASE[kind], lambda: watch.progress(0, 0)
            )
        except (OSError, sa.exc.DBAPIError, sqlite3.Error) as problem:
            raise BackupProblem(
                msgid(
                    "The database could not be copied: {problem}. Check that the "
                    "disk of {folder} has space for a second copy."
                ).format(problem=problem, folder=self._data)
            ) from problem

    def _about(self, made_at: datetime) -> Manifest:
        return Manifest(
            made_at=made_at,
            program=__version__,
            database=self._store.engine.dialect.name,
            revision=HEAD,
            files={},
        )

    def _place(
        self,
        source: "_Source",
        folder: Path,
        copies: list[Copy],
        watch: Watch,
        actor: str,
        drill: bool,
    ) -> Copy:
        """The backup at one place; at later ones a copy of the first.

        The keys come last: without its site file nobody would look for them again.
        """
        tick = Counting(watch, source.total_bytes() * (1 if copies else 2))
        made_at = source.about.made_at
        if copies:
            first = Path(copies[0].place)
            hashes = copies[0].sha256, copies[0].keys_sha256
            file = copy_file(first / copies[0].name, folder, hashes[0], tick)
            with _removed_if_alone(file):
                keys = copy_file(first / copies[0].keys, folder, hashes[1], tick)
        else:
            into = _emptied(source.work / "drill") if drill else None
            files = source.files()
            file, digest = write_site_file(folder, source.recovery, source.about, files, tick, into)
            with _removed_if_alone(file):
                keys, keys_hash = write_keys_file(folder, source.recovery, made_at, source.keys)
            hashes = digest, keys_hash
        return Copy(
            made_at=made_at,
            place=str(folder),
            name=file.name,
            bytes=file.stat().st_size + keys.stat().st_size,
            sha256=hashes[0],
            keys=keys.name,
            keys_sha256=hashes[1],
            by=actor,
            verified_at=self._store.clock(),
            verified_by=actor,
        )

    def _examine(self, source: "_Source", work: Path) -> Drill:
        with self._store.read() as tx:
            return run_drill(work / "drill", source.about.database, source.keys, tx.vault, tx.now)

    def _note(
        self,
        source: "_Source",
        copies: list[Copy],
        problems: list[str],
        drill: Drill | None,
        actor: str,
    ) -> None:
        """Deletes what is too old, and writes down what is left.

        Files are read and deleted before the transaction, which others would wait for. What a
        power cut leaves deleted and not written down is settled after the next backup.
        """
        with self._store.read() as tx:
            book, now = load_book(tx), tx.now
        left, deleted = keep_by_rule(book, self._data, source.recovery.site, copies, now)
        problems += self._list_erasures(book, source.recovery.site)
        with self._store.write(actor) as tx:
            book = msgspec.structs.replace(
                load_book(tx),
                copies=left,
                tried_at=tx.now,
                problem=" ".join(problems) or _drill_problem(drill),
                drill=drill or book.drill,
            )
            save_book(tx, book)
            sizes = sum(copy.bytes for copy in copies)
            tx.audit("backup.made", places=len(copies), bytes=sizes, problems=problems)
            if drill is not None:
                tx.audit("backup.drilled", good=drill.good, restored=drill.restored)
            if deleted:
                tx.audit("backup.deleted", files=deleted)

    def _list_erasures(self, book: Book, site: str) -> list[str]:
        """Lists them wherever a backup lies. Returns what is wrong at places in use."""
        with self._store.read() as tx:
            found, vault = gather(tx, site), tx.vault
        problems = []
        for folder in all_places(book, self._data):
            try:
                if is_there(folder):
                    write_list(folder, found, vault)
            except OSError as problem:
                if folder in book.folders(self._data):
                    reason = problem.strerror or problem
                    problems.append(LIST_UNWRITTEN.format(folder=folder, problem=reason))
        return problems


@dataclass(frozen=True)
class _Source:
    """What goes into a backup."""

    data: Path
    work: Path
    recovery: Recovery
    about: Manifest
    keys: list[WrappedKey]

    def files(self) -> Iterator[tuple[str, Path]]:
        """(name in the archive, path), the database first."""
        database = DATABASE[self.about.database]
        yield database, self.work / database
        for folder in OWN_FOLDERS:
            for path in sorted((self.data / folder).rglob("*")):
                if path.is_file() and not path.is_symlink():
                    yield f"files/{path.relative_to(self.data).as_posix()}", path

    def total_bytes(self) -> int:
        return sum(path.stat().st_size for _, path in self.files())


class Counting:
    """Tells megabytes from bytes."""

    def __init__(self, watch: Watch, total: int) -> None:
        self._watch, self._total, self._done = watch, total, 0

    def __call__(self, count: int) -> None:
        """So many bytes more are done."""
        self._done += count
        total = self._total // MEGABYTE
        self._watch.progress(min(self._done // MEGABYTE, total), total)


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Held while backups are made, verified or deleted. Raises Conflict."""
    lock = filelock.FileLock(data / LOCK)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise Conflict(tr("A backup is already running. Wait for it, or cancel it.")) from None
    try:
        yield
    finally:
        lock.release()


def note_problem(tx: Tx, problem: str) -> None:
    """Writes down why the last try failed."""
    book = load_book(tx)
    save_book(tx, msgspec.structs.replace(book, tried_at=tx.now, problem=problem))


@contextmanager
def _removed_if_alone(site_file: Path) -> Iterator[None]:
    """A backup whose keys were not written is none."""
    try:
        yield
    except BaseException:
        with suppress(OSError):  # then it is found after the next backup, and kept by the rule
            site_file.unlink(missing_ok=True)
        raise


def _emptied(folder: Path) -> Path:
    """For a restore that is tried out; one at another place may have failed half-way."""
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def _in_words(problem: BaseException) -> str:
    if isinstance(problem, DomainError):
        return problem.message
    return NOT_FINISHED.format(problem=str(problem) or type(problem).__name__)


def _drill_problem(drill: Drill | None) -> str:
    if drill is None or drill.good:
        return ""
    return " ".join([RESTORE_FAILED, *drill.report])
