"""Checkpoints of the audit log go to a folder that an administrator chooses. AC10."""

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import structlog
from sqlalchemy import select

from console.domain.language import msgid
from console.service.backups.places import check_place
from console.service.settings import keep_setting
from console.store.audit import GENESIS
from console.store.audit_checkpoints import (
    Checkpoint,
    NotCheckpoints,
    append_checkpoint,
    newest_checkpoint,
    read_checkpoints,
)
from console.store.database import Store
from console.store.schema import Audit, Setting
from console.store.unit_of_work import ReadTx, Tx

log = structlog.get_logger()
SETTING = "audit_checkpoints"
MOMENT = "%Y-%m-%d %H:%M"
DIFFERS = msgid(
    "The audit log does not match its checkpoint of {at} UTC. It was cut, rewritten, or restored "
    "from a backup. If it was not restored, keep the database as it is and find out who can write "
    "to it. To start a new file, choose the folder again."
)
LOST = msgid(
    "Checkpoints of the audit log are lost. {file} had them until {at} UTC (entry {seq}), but no "
    "longer does. If the folder is not mounted, mount it. If somebody removed or emptied the file, "
    "put a copy of it back and find out who did it. Without a copy, choose the folder again to "
    "start a new file."
)
UNREADABLE = msgid("Checkpoints of the audit log cannot be read: {problem}")
UNWRITTEN = msgid("Checkpoints of the audit log cannot be written: {problem}")
EVERY, AT_MOST = timedelta(minutes=10), 1000
"""A checkpoint is written after so long, or so many entries, whichever comes first."""


class CheckpointFile(msgspec.Struct, frozen=True, kw_only=True):
    """Where checkpoints go. folder: "" for nowhere; name: of the file, the site's own.

    newest: the last one that was written there, so that a file that has lost it is found out.
    """

    folder: str = ""
    name: str = ""
    newest: Checkpoint | None = None

    @property
    def path(self) -> Path | None:
        """The file; None where checkpoints go nowhere."""
        return Path(self.folder) / self.name if self.folder else None


def load_file(tx: ReadTx) -> CheckpointFile:
    """Where checkpoints go now."""
    row = tx.get(Setting, SETTING)
    return CheckpointFile() if row is None else msgspec.convert(row.value, CheckpointFile)


def checked_folder(folder: str, data: Path) -> str:
    """The folder as it is kept, "" for none. Looks whether it can be written to. Raises Invalid."""
    return str(check_place(folder, data)) if folder.strip() else ""


def set_folder(tx: Tx, folder: str) -> None:
    """From now on, checkpoints go to a new file there. Audited. folder: from `checked_folder`.

    The audit says how far the file before went: whoever has a copy of it can still compare.
    """
    before = load_file(tx)
    name = f"audit-{secrets.token_hex(4)}.checkpoints"
    keep_setting(tx, SETTING, CheckpointFile(folder=folder, name=name))
    detail: dict[str, Any] = {"kept": bool(folder)}
    if before.newest is not None:
        detail |= {"left": before.name, "until": before.newest.seq}
    tx.audit("audit.folder", **detail)
    tx.changed("audit")


@dataclass(frozen=True)
class Kept:
    """What can be read of the checkpoints. problem: why that is not all, in English; or ""."""

    checkpoints: Sequence[Checkpoint] = ()
    problem: str = ""


def read_kept(tx: ReadTx) -> Kept:
    """All that were written to the folder, and whether some are lost. Reads a file."""
    file = load_file(tx)
    if file.path is None:
        return Kept()
    try:
        found = read_checkpoints(file.path) if file.path.exists() else []
    except (OSError, NotCheckpoints) as problem:
        return Kept(problem=UNREADABLE.format(problem=problem))
    known = file.newest
    there = known is None or any((one.seq, one.hash) == (known.seq, known.hash) for one in found)
    return Kept(found, "" if there else _lost(file))


def _lost(file: CheckpointFile) -> str:
    assert file.newest is not None
    return LOST.format(file=file.path, at=f"{file.newest.at:{MOMENT}}", seq=file.newest.seq)


class Checkpoints:
    """Writes them. Thread-safe.

    problem: why the newest could not be written, or which are lost, in English; "" if all is well;
    looked: whether that is known yet.
    """

    def __init__(self, store: Store) -> None:
        self._store, self._turn = store, threading.Lock()
        self.problem, self.looked = "", False
        self.newest: Checkpoint | None = None

    def run_once(self) -> None:
        """Writes where the log ends now, if that is not written yet and nothing contradicts."""
        with self._turn:
            self._run_once()

    def _run_once(self) -> None:
        with self._store.read() as tx:
            file = load_file(tx)
        self.newest = file.newest
        try:
            said = self._write(file, file.path) if file.path is not None else ""
        except (OSError, NotCheckpoints) as problem:
            said = UNWRITTEN.format(problem=problem)
        before, self.problem, self.looked = self.problem, said, True
        if said != before:
            log.warning("audit_checkpoint", problem=self.problem or "no more")
            with self._store.write() as tx:
                tx.changed("audit")

    def _write(self, file: CheckpointFile, path: Path) -> str:
        newest, known = newest_checkpoint(path), file.newest
        if known is not None and _is_older(newest, known):
            return _lost(file)
        with self._store.read() as tx:
            ends = select(Audit.seq, Audit.hash).order_by(Audit.seq.desc()).limit(1)
            seq, digest = tx.execute(ends).first() or (0, GENESIS)
            now = Checkpoint(at=tx.now, seq=seq, hash=digest)
            if newest is not None:
                there = select(Audit.hash).where(Audit.seq == newest.seq)
                held = tx.scalar(there) or (GENESIS if newest.seq == 0 else "")
                if held != newest.hash:
                    return DIFFERS.format(at=f"{newest.at:{MOMENT}}")
        if newest is None or _is_due(newest, now):
            append_checkpoint(path, now)
            newest = now
        if known is None or known.seq < newest.seq:
            self._note(file, newest)
        self.newest = newest
        return ""

    def _note(self, file: CheckpointFile, newest: Checkpoint) -> None:
        with self._store.write() as tx:
            now = load_file(tx)
            if (now.folder, now.name) == (file.folder, file.name):
                keep_setting(tx, SETTING, msgspec.structs.replace(now, newest=newest))


def _is_older(newest: Checkpoint | None, known: Checkpoint) -> bool:
    """Whether the end of the file is not what was written to it last."""
    if newest is None or newest.seq < known.seq:
        return True
    return newest.seq == known.seq and newest.hash != known.hash


def _is_due(before: Checkpoint, now: Checkpoint) -> bool:
    new = now.seq - before.seq
    return new >= AT_MOST or (new > 0 and abs(now.at - before.at) >= EVERY)
