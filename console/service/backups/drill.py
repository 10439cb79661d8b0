"""Tries a restore out in a scratch folder, and says whether a whole site came back."""

import secrets
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.domain.backups import BackupProblem
from console.domain.language import msgid
from console.store.audit import anchor, check_chain, entries
from console.store.backup.book import Drill
from console.store.backup.database_copy import DATABASE, WrappedKey, check_sqlite, put_keys
from console.store.database import Store, connect, sqlite_url
from console.store.schema import Enrolment, Finger, PersonKey
from console.store.vault import Unsealable, Vault

FINGERS = "templates"
"""What fingers are sealed as."""
SEALED_OPENED = 20
"""So many sealed templates of different people are opened."""


def run_drill(
    folder: Path, database: str, keys: list[WrappedKey], vault: Vault, now: datetime
) -> Drill:
    """Examines what was restored. Never raises for what it finds."""
    if database != "sqlite":
        report = [_of_dump(folder / DATABASE[database], keys)]
        return Drill(at=now, good=True, restored=False, report=report)
    file = folder / DATABASE[database]
    try:
        with closing(sqlite3.connect(file)) as copy:
            check_sqlite(copy)
        return _examine(file, keys, vault, now)
    except (BackupProblem, sqlite3.Error) as problem:
        return Drill(at=now, good=False, report=[str(problem)])


def _of_dump(dump: Path, keys: list[WrappedKey]) -> str:
    return msgid(
        "The dump is intact ({bytes:,} bytes, {keys:,} keys of people). It was not restored, "
        "because that needs an empty database. To test a restore, name one with “muster restore "
        "--database”, and an empty folder with “--data”."
    ).format(bytes=dump.stat().st_size, keys=len(keys))


def _examine(file: Path, keys: list[WrappedKey], vault: Vault, now: datetime) -> Drill:
    engine = connect(sqlite_url(file))
    try:
        put_keys(engine, keys)
        store = Store(engine, vault)
        with store.read() as tx:
            checked = check_chain(entries(tx.session), anchor(tx.session))
            people = len(list(tx.scalars(select(PersonKey.employee_id))))
            opened, shut = _open_some(tx.session, vault)
    finally:
        engine.dispose()
    whole = checked.broken_at is None
    intact = msgid("The audit log is intact (entries: {count:,}).").format(count=checked.count)
    broken = msgid("Entry {entry} of the audit log was changed.").format(entry=checked.broken_at)
    report = [
        msgid("The database is intact."),
        intact if whole else broken,
        msgid("People with keys: {people:,}. Sealed templates opened: {opened} of {tried}.").format(
            people=people, opened=opened, tried=opened + shut
        ),
    ]
    return Drill(at=now, good=whole and not shut, report=report)


def _open_some(session: Session, vault: Vault) -> tuple[int, int]:
    """How many of some sealed templates opened, and how many did not."""
    faces = select(Enrolment.id).where(Enrolment.live)
    ids = [("enrolment", one) for one in session.scalars(faces)]
    ids += [("finger", one) for one in session.scalars(select(Finger.id))]
    some = secrets.SystemRandom().sample(ids, min(SEALED_OPENED, len(ids)))
    opened = 0
    for table, row_id in some:
        if table == "enrolment":
            face = session.get_one(Enrolment, row_id)
            owner, kind, value = face.employee_id, "template", face.template
        else:
            finger = session.get_one(Finger, row_id)
            owner, kind, value = finger.employee_id, FINGERS, finger.templates
        try:
            vault.open(session, owner, table, row_id, kind, value)
            opened += 1
        except Unsealable:
            continue
    return opened, len(some) - opened
