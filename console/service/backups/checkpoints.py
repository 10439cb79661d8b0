"""Checkpoints of the audit log go to a folder that an administrator chooses. AC10."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import structlog
from sqlalchemy import select

from console.domain.errors import Conflict
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
DIFFERS = (
    "The audit log does not hold what its checkpoint of {at:%d %B %Y, %H:%M} UTC says: it was cut, "
    "written anew, or restored from a backup. If it was not restored, keep the database as it is "
    "and find out who may write to it. Choose the folder again to begin a new file."
)
EVERY, AT_MOST = timedelta(minutes=10), 1000
"""A checkpoint is written after so long, or so many entries, whichever comes first."""


class CheckpointFile(msgspec.Struct, frozen=True, kw_only=True):
    """Where checkpoints go. folder: "" for nowhere; name: of the file, the site's own."""

    folder: str = ""
    name: str = ""

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
    """From now on, checkpoints go to a new file there. Audited. folder: from `checked_folder`."""
    name = f"audit-{secrets.token_hex(4)}.checkpoints"
    keep_setting(tx, SETTING, CheckpointFile(folder=folder, name=name))
    tx.audit("audit.folder", kept=bool(folder))
    tx.changed("audit")


def known_checkpoints(tx: ReadTx) -> Sequence[Checkpoint]:
    """All that were written to the folder. Reads a file. Raises Conflict if it cannot be read."""
    path = load_file(tx).path
    if path is None:
        return []
    try:
        return read_checkpoints(path)
    except (OSError, NotCheckpoints) as problem:
        raise Conflict(f"The checkpoints cannot be read: {problem}") from problem


class Checkpoints:
    """Writes them. problem: why the newest could not be written, in words; "" if it was."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.problem = ""
        self.newest: Checkpoint | None = None

    def run_once(self) -> None:
        """Writes where the log ends now, if that is not written yet and nothing contradicts."""
        with self._store.read() as tx:
            path = load_file(tx).path
        if path is None:
            self.problem, self.newest = "", None
            return
        try:
            self.problem = self._write(path)
        except (OSError, NotCheckpoints) as problem:
            self.problem = f"The checkpoint could not be written: {problem}"
        if self.problem:
            log.error("audit_checkpoint", problem=self.problem)

    def _write(self, path: Path) -> str:
        before = newest_checkpoint(path)
        with self._store.read() as tx:
            ends = select(Audit.seq, Audit.hash).order_by(Audit.seq.desc()).limit(1)
            seq, digest = tx.execute(ends).first() or (0, GENESIS)
            now = Checkpoint(at=tx.now, seq=seq, hash=digest)
            if before is not None:
                there = select(Audit.hash).where(Audit.seq == before.seq)
                held = tx.scalar(there) or (GENESIS if before.seq == 0 else "")
                if held != before.hash:
                    return DIFFERS.format(at=before.at)
        if before is None or _is_due(before, now):
            append_checkpoint(path, now)
            before = now
        self.newest = before
        return ""


def _is_due(before: Checkpoint, now: Checkpoint) -> bool:
    new = now.seq - before.seq
    return new >= AT_MOST or (new > 0 and abs(now.at - before.at) >= EVERY)
