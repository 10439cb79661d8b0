"""`muster restore FILE`: a site comes back on a bare computer, with the recovery key."""

import argparse
import os
import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from console import __version__
from console.domain.backups import KEYS, SITE, BackupProblem, OtherKey
from console.domain.errors import DomainError
from console.key_holder import KeyHolder, key_holder
from console.private_folder import NotPrivate, make_private
from console.recovery_command import ask_key
from console.recovery_pair import OtherRecoveryKey, key_pair
from console.replay import Replayed, ask_once_more, drop_sealed_without_keys, replay
from console.store.audit import verify
from console.store.backup.archive import Manifest
from console.store.backup.database_copy import (
    DATABASE,
    WrappedKey,
    put_keys,
    restore_postgres,
)
from console.store.backup.erasures import ErasureList, list_name, read_list
from console.store.backup.files import files_of, header_of, open_keys_file, open_site_file
from console.store.backup.people_keys import PeopleKeys, wrap_for
from console.store.database import Store, connect, sqlite_url
from console.store.keys import KeyMissing, SiteKeys
from console.store.migrate import CannotUpgrade, current_revision, upgrade
from console.store.recovery import Recovery, load_recovery, unwrap_keys
from console.store.schema import PersonKey
from console.store.vault import Vault

SCRATCH = "restoring-"
NOT_EMPTY = (
    "{folder} holds a site already. Restore into an empty folder: name one with --data, or move "
    "what is there."
)
NO_LIST = (
    "{file} is not beside the backup. It says who was erased after the backup was made; without it "
    "they would come back. Copy it there from any place of the backups, or restore with "
    "--without-erasures and erase them again."
)
LIST_OLD_AFTER = timedelta(days=7)
"""A site that runs renews it each day; a place that was away, or is not used any more, has an old
one."""
OLD_LIST = (
    "{file} ends on {as_of:%d %B %Y %H:%M}. Whoever was erased after that would come back. Take "
    "the newest one from the other places of the backups. If there is none, restore with "
    "--with-old-erasures and erase again who was erased since."
)
OTHER_SITE = (
    "The keyring has the key of another site for {folder}. Restore into another folder with --data."
)


def run_restore(args: argparse.Namespace) -> int:
    """Restores, or only checks. Returns 1 and leaves nothing in the folder where it cannot."""
    try:
        _check_empty(args.data, args.database)
        header = header_of(args.file)
        made = header.made_at.astimezone()
        print(f"{args.file.name}: made {made:%d %B %Y %H:%M}, {_age(header.made_at)}")
        secret = ask_key()
        args.data.mkdir(parents=True, exist_ok=True)
        _remove_scratch(args.data)
        # in the data folder: so everything can be moved, also where a disk of its own begins there
        with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=args.data) as scratch:
            _Restore(args, secret, Path(scratch)).run()
    except (DomainError, CannotUpgrade, NotPrivate, OSError) as problem:
        print(f"muster: {problem}", file=sys.stderr)
        return 1
    except (OtherRecoveryKey, KeyMissing, sa.exc.DBAPIError) as problem:
        print(f"muster: the backup cannot be used: {problem}", file=sys.stderr)
        return 1
    except (EOFError, KeyboardInterrupt):
        print("muster: nothing was restored", file=sys.stderr)
        return 1
    return 0


def _check_empty(data: Path, database: str) -> None:
    if data.is_dir() and not all(map(_is_scratch, data.iterdir())):
        raise BackupProblem(NOT_EMPTY.format(folder=data))
    if database:
        engine = connect(database)
        try:
            if sa.inspect(engine).get_table_names():
                raise BackupProblem("This database is not empty. Restore into an empty one.")
        finally:
            engine.dispose()


def _is_scratch(path: Path) -> bool:
    return path.name.startswith(SCRATCH)


def _remove_scratch(data: Path) -> None:
    """What a restore that was killed has left, people's keys among it."""
    for path in filter(_is_scratch, data.iterdir()):
        shutil.rmtree(path)


def _age(made_at: datetime) -> str:
    hours = int((datetime.now(UTC) - made_at).total_seconds() // 3600)
    return f"{hours // 24} days ago" if hours >= 48 else f"{hours} hours ago"


class _Restore:
    """One restore, from verified file to the site in its place."""

    def __init__(self, args: argparse.Namespace, secret: bytes, scratch: Path) -> None:
        self._args, self._secret, self._scratch = args, secret, scratch
        self._new_key = b""

    def run(self) -> None:
        """Everything is verified and made ready in the scratch folder; then it is put in place."""
        print("Verifying the backup")
        manifest = open_site_file(self._args.file, self._secret, lambda _: None, self._scratch)
        keys = self._people_keys()
        database = self._database(manifest)
        engine = connect(database)
        try:
            self._check_revision(engine)
            recovery = self._recovery(engine)
            put_keys(engine, self._wrapped(keys, recovery))
            upgrade(engine)
            holder = self._make_ready(engine, manifest, recovery)
        finally:
            engine.dispose()
        if self._args.check:
            print("It could be restored. Nothing was changed.")
            return
        self._put_in_place(holder)

    def _people_keys(self) -> PeopleKeys:
        """The newest file with keys beside the backup: whoever was erased has none in it."""
        folder, site = self._args.file.parent, header_of(self._args.file).site
        for _, file in sorted(files_of(folder, site, KEYS).items(), reverse=True):
            try:
                return open_keys_file(file, self._secret)
            except OtherKey:
                continue  # sealed to a recovery key that was replaced
        print(
            f"There is no file with people's keys ({KEYS}) beside the backup. Names, logins and "
            "the audit log come back; faces and fingers have to be enrolled again."
        )
        return PeopleKeys(keys=[], wrapped_by=b"")

    def _wrapped(self, found: PeopleKeys, recovery: Recovery) -> list[WrappedKey]:
        """For the key that the site had when the backup was made; it may have changed since."""
        pair = key_pair(self._secret)
        mine = SiteKeys.decode(unwrap_keys(recovery, pair))
        return wrap_for(mine, found, pair, recovery.site)

    def _database(self, manifest: Manifest) -> str:
        """The URL of the database that the site will be made ready in."""
        copy = self._scratch / DATABASE[manifest.database]
        if manifest.database == "sqlite":
            if self._args.database:
                raise BackupProblem("This is a site on SQLite. Restore it without --database.")
            copy.rename(self._scratch / "muster.db")
            return sqlite_url(self._scratch / "muster.db")
        if not self._args.database or self._args.check:
            raise BackupProblem(
                "This is a site on PostgreSQL. Name an empty database with --database; --check "
                "needs one, too, and cannot leave it empty: restore into one for the purpose."
            )
        engine = connect(self._args.database)
        try:
            restore_postgres(engine, copy, lambda: None)
        finally:
            engine.dispose()
        copy.unlink()
        return str(self._args.database)

    def _check_revision(self, engine: sa.Engine) -> None:
        if not current_revision(engine):
            raise BackupProblem("The backup holds no database of Muster.")

    def _recovery(self, engine: sa.Engine) -> Recovery:
        with Store(engine).read() as tx:
            recovery = load_recovery(tx)
        if recovery is None:
            raise BackupProblem("The backup holds no wrapped key of the site.")
        return recovery

    def _make_ready(self, engine: sa.Engine, manifest: Manifest, recovery: Recovery) -> KeyHolder:
        held = unwrap_keys(recovery, key_pair(self._secret))
        vault = Vault(held)
        later = self._later(recovery.site, vault)
        if later is not None and not self._is_old(later):
            self._put_own_keys(engine, manifest.made_at, recovery)
        with Store(engine, vault).write() as tx:
            if (broken := verify(tx.session)) is not None:
                raise BackupProblem(f"Entry {broken} of its audit log is not as it was written.")
            replayed = replay(tx, later, manifest.made_at)
            asked = ask_once_more(tx)
            bare = drop_sealed_without_keys(tx)
            tx.audit(
                "backup.restored",
                made=manifest.made_at.isoformat(),
                erased=replayed.erased,
                withdrawn=replayed.withdrawn,
            )
        _tell(manifest, replayed, bare, asked)
        holder = key_holder(self._args.data, "site", self._args.key_file)
        if holder.get() not in (None, held):
            raise BackupProblem(OTHER_SITE.format(folder=self._args.data))
        if holder.get() is None:
            self._new_key = held
        return holder

    def _later(self, site: str, vault: Vault) -> ErasureList | None:
        """What was erased after the backup; None if that is not asked for."""
        if self._args.without_erasures:
            return None
        file = self._args.file.parent / list_name(site)
        if not file.is_file():
            raise BackupProblem(NO_LIST.format(file=file.name))
        later = read_list(file, site, vault)
        if self._is_old(later) and not self._args.with_old_erasures:
            raise BackupProblem(OLD_LIST.format(file=file.name, as_of=later.as_of.astimezone()))
        return later

    def _is_old(self, later: ErasureList) -> bool:
        """Whether people were perhaps erased who are not in it."""
        now, folder = datetime.now(UTC), self._args.file.parent
        made = [*files_of(folder, later.site, SITE), *files_of(folder, later.site, KEYS)]
        newest = max((at for at in made if at <= now), default=later.as_of)
        return later.as_of < newest or now - later.as_of > LIST_OLD_AFTER

    def _put_own_keys(self, engine: sa.Engine, made_at: datetime, recovery: Recovery) -> None:
        """Keys that only the backup's own file has.

        They are of people who were merged since; or a clock that was once ahead made an old file
        look newest. The list must be up to date: it takes out the keys of whoever was erased.
        """
        own = files_of(self._args.file.parent, recovery.site, KEYS).get(made_at)
        if own is None:
            return
        with Store(engine).read() as tx:
            there = set(tx.scalars(sa.select(PersonKey.employee_id)))
        keys = self._wrapped(open_keys_file(own, self._secret), recovery)
        put_keys(engine, [key for key in keys if key.employee_id not in there])

    def _put_in_place(self, holder: KeyHolder) -> None:
        """Where a step fails, the data folder is as empty as it was before."""
        data, own = self._args.data, self._scratch / "files"
        before = set(data.iterdir())
        try:
            for path in own.iterdir() if own.is_dir() else ():
                os.replace(path, data / path.name)
            if self._new_key:
                holder.set(self._new_key)
            if not self._args.database:
                os.replace(self._scratch / "muster.db", data / "muster.db")
                make_private(data)
        except BaseException:
            for path in set(data.iterdir()) - before:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            raise
        print(f"The site is restored in {data}. Start Muster.")


def _tell(manifest: Manifest, replayed: Replayed, bare: int, asked: int) -> None:
    made = manifest.made_at.astimezone()
    print(f"It was made by Muster {manifest.program}; this is Muster {__version__}.")
    print(
        f"Missing is what happened after {made:%d %B %Y %H:%M}: decisions, changes, and logins at "
        "kiosks. Terminals send their logins again as far as they still hold them."
    )
    if replayed.as_of is not None:
        known = replayed.as_of.astimezone()
        print(
            f"Done again, as of {known:%d %B %Y %H:%M}: {replayed.erased} erasures and "
            f"{replayed.withdrawn} withdrawn consents."
        )
    if bare:
        print(f"{bare} people have no key in the backup: enrol their faces and fingers again.")
    if asked:
        print(f"{asked} questions about another text of the consent are asked once more.")
