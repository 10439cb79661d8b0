"""Backups as files: whole or not there, and read by the paper alone. 2.5, 10."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from console.domain.backups import (
    KEYS,
    SITE,
    BackupProblem,
    CannotWrite,
    Damaged,
    NotABackup,
    OtherKey,
)
from console.domain.erasure import ErasureState
from console.store.backup import erasures, files
from console.store.backup.archive import Manifest
from console.store.backup.book import Book, Copy, load_book, save_book
from console.store.backup.database_copy import (
    WrappedKey,
    check_sqlite,
    copy_database,
    put_keys,
    restore_postgres,
)
from console.store.backup.erasures import gather, list_name, read_list, write_list
from console.store.backup.sealed_stream import Header, SealedWriter
from console.store.database import Store, connect, sqlite_url
from console.store.recovery import Recovery, set_recovery_key
from console.store.schema import PersonKey
from console.store.vault import Vault
from tests.conftest import Databases, migrated_sqlite
from tests.store.made import NOW, add_consent, add_employee
from tests.store.test_erasure import add_erasure

PAPER, KEK = bytes(range(1, 33)), bytes(range(32))
MADE = datetime(2026, 11, 27, 2, tzinfo=UTC)
ABOUT = Manifest(made_at=MADE, program="1", database="sqlite", revision="0020", files={})
ROWS = [WrappedKey("a", b"\1\2", 1), WrappedKey("b", b"\3", 1)]


def quiet(_count: int = 0) -> None:
    """Hears how far it is."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "muster.db").write_bytes(migrated_sqlite())
    made = Store(connect(sqlite_url(tmp_path / "muster.db")), Vault(KEK))
    yield made
    made.close()


@pytest.fixture
def recovery(store: Store) -> Recovery:
    with store.write() as tx:
        return set_recovery_key(tx, PAPER)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "place"


@pytest.fixture
def site_file(place: Path, recovery: Recovery, tmp_path: Path) -> Path:
    (tmp_path / "one").write_bytes(b"what is backed up")
    some = [("one", tmp_path / "one")]
    return files.write_site_file(place, recovery, ABOUT, some, quiet)[0]


def test_the_paper_opens_a_backup_and_nothing_else_does(
    site_file: Path, place: Path, recovery: Recovery, tmp_path: Path
) -> None:
    assert files.open_site_file(site_file, PAPER, quiet, tmp_path / "in").made_at == MADE
    assert (tmp_path / "in" / "one").read_bytes() == b"what is backed up"
    assert files.header_of(site_file).site == recovery.site
    assert b"what is backed up" not in site_file.read_bytes()
    with pytest.raises(OtherKey):
        files.open_site_file(site_file, bytes(32), quiet, tmp_path / "other")


def test_keys_are_a_file_of_their_own(place: Path, recovery: Recovery, site_file: Path) -> None:
    keys, _ = files.write_keys_file(place, recovery, MADE, ROWS)
    assert files.open_keys_file(keys, PAPER).keys == ROWS
    with pytest.raises(NotABackup, match=r"ends in \.backup"):
        files.open_site_file(keys, PAPER, quiet, place)
    (place / "x.part").write_bytes(b"")
    (place / f"muster-{recovery.site}-nonsense{SITE}").write_bytes(b"")
    assert files.files_of(place, recovery.site, SITE) == {MADE: site_file}
    assert files.files_of(place, recovery.site, KEYS) == {MADE: keys}
    assert files.files_of(place / "none", recovery.site, SITE) == {}


@pytest.mark.parametrize("data", [b"{}", b"\xff", b'[["a", "', b"[[1, 2]]"])
def test_keys_that_are_no_list_are_damage(tmp_path: Path, recovery: Recovery, data: bytes) -> None:
    header = Header(kind="keys", site=recovery.site, made_at=MADE, sealed_to=recovery.fingerprint)
    with (tmp_path / "x.keys").open("wb") as out:
        writer = SealedWriter(out, header, recovery.public)
        writer.write(data)
        writer.finish()
    with pytest.raises(Damaged):
        files.open_keys_file(tmp_path / "x.keys", PAPER)


def test_more_keys_than_there_can_be_are_damage(
    place: Path, recovery: Recovery, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, _ = files.write_keys_file(place, recovery, MADE, ROWS)
    monkeypatch.setattr(files, "MOST_KEYS_BYTES", 3)
    with pytest.raises(Damaged):
        files.open_keys_file(keys, PAPER)


def test_a_copy_at_another_place_is_verified_there(site_file: Path, tmp_path: Path) -> None:
    digest, other = files.hash_file(site_file), tmp_path / "other"
    copy = files.copy_file(site_file, other, digest, quiet)
    assert copy.read_bytes() == site_file.read_bytes()
    with pytest.raises(Damaged):
        files.copy_file(site_file, tmp_path / "third", "0" * 64, quiet)
    assert list((tmp_path / "third").iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="cannot take the backup"):
        files.copy_file(site_file, tmp_path / "file", digest, quiet)


def test_halves_are_removed_and_the_work_folder_is_emptied(
    site_file: Path, place: Path, recovery: Recovery, tmp_path: Path
) -> None:
    half, foreign = place / f"{site_file.name}.part", place / "muster-ffffffff-x.part"
    half.touch()
    foreign.touch()
    files.remove_unfinished(place, recovery.site)
    assert sorted(place.iterdir()) == sorted([site_file, foreign])
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "left").touch()
    files.free_work_folder(tmp_path / "work")
    assert list((tmp_path / "work").iterdir()) == []
    with pytest.raises(BackupProblem, match="cannot be used"):
        files.free_work_folder(tmp_path / "no" / "work")


def test_the_copy_of_a_sqlite_database_has_no_keys_until_they_are_put_back(
    store: Store, tmp_path: Path
) -> None:
    with store.write() as tx:
        person = add_employee(tx).id
        tx.seal(person, "finger", person, "templates", b"a template")
    keys = copy_database(store.engine, tmp_path / "copy.db", quiet)
    assert [key.employee_id for key in keys] == [person]
    assert keys[0].wrapped not in (tmp_path / "copy.db").read_bytes()
    engine = connect(sqlite_url(tmp_path / "copy.db"))
    copy = Store(engine, Vault(KEK))
    put_keys(engine, [])
    with copy.read() as tx:
        assert tx.get(PersonKey, person) is None
    put_keys(engine, keys)
    with copy.read() as tx:
        assert tx.get_one(PersonKey, person).wrapped == keys[0].wrapped
    copy.close()


@pytest.mark.usefixtures("postgres_programs")
def test_a_dump_of_postgres_has_no_keys_until_they_are_put_back(
    databases: Databases, tmp_path: Path
) -> None:
    if databases.kind != "postgres":
        pytest.skip("a database of SQLite is copied page by page")
    store, target = Store(connect(databases.migrated()), Vault(KEK)), connect(databases.fresh())
    with store.write() as tx:
        person = add_employee(tx).id
        tx.seal(person, "finger", person, "templates", b"a template")
    dump = tmp_path / "database.dump"
    keys = copy_database(store.engine, dump, quiet)
    assert [key.employee_id for key in keys] == [person]
    restore_postgres(target, dump, quiet)
    copy = Store(target, Vault(KEK))
    with copy.read() as tx:
        assert tx.get(PersonKey, person) is None
    put_keys(target, keys)
    with copy.read() as tx:
        assert tx.get_one(PersonKey, person).wrapped == keys[0].wrapped
    with pytest.raises(BackupProblem, match="pg_restore failed"):
        restore_postgres(target, dump, quiet)
    with store.engine.begin() as other:  # makes pg_dump wait
        other.execute(sa.text("LOCK TABLE employee IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(InterruptedError):
            copy_database(store.engine, dump, _stop)
    for one in (store, copy):
        one.close()


def _stop() -> None:
    raise InterruptedError


def test_without_the_programs_of_postgres_it_says_what_to_install(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if databases.kind != "postgres":
        pytest.skip("SQLite needs none")
    monkeypatch.setenv("PATH", str(tmp_path))
    engine = connect(databases.migrated())
    with pytest.raises(BackupProblem, match="pg_dump is missing"):
        copy_database(engine, tmp_path / "database.dump", quiet)
    engine.dispose()


def test_a_database_that_is_none_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "bad.db").write_bytes(b"rubbish" * 1000)
    with closing(sqlite3.connect(tmp_path / "bad.db")) as bad:
        with pytest.raises(BackupProblem, match="is damaged"):
            check_sqlite(bad)


def test_the_list_of_erasures_is_read_as_the_site_wrote_it(
    store: Store, recovery: Recovery, tmp_path: Path
) -> None:
    with store.write() as tx:
        person = add_employee(tx)
        add_consent(tx, person, "face", given_at=NOW, withdrawn_at=NOW)
        add_erasure(tx, person, ErasureState.ASKED)
        found, vault = gather(tx, recovery.site), tx.vault
    assert [one.employee_id for one in found.erased] == [person.id]
    assert [(one.employee_id, one.modality) for one in found.withdrawn] == [(person.id, "face")]
    write_list(tmp_path, found, vault)
    file = tmp_path / list_name(recovery.site)
    assert read_list(file, recovery.site, vault) == found
    whole = file.read_bytes()
    for altered, site in (
        (whole.replace(b"face", b"fice"), recovery.site),
        (b"rubbish", recovery.site),
        (b"\xff\xfe", recovery.site),
        (whole, "ffffffff"),
        (msgspec.json.encode({"document": "{}", "mark": "é"}), recovery.site),
    ):
        file.write_bytes(altered)
        with pytest.raises(BackupProblem, match="not as this site has written it"):
            read_list(file, site, vault)


def test_a_list_too_long_to_be_one_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "long.json").write_bytes(b"x" * 11)
    monkeypatch.setattr(erasures, "MOST_BYTES", 10)
    with pytest.raises(BackupProblem):
        read_list(tmp_path / "long.json", "ffffffff", Vault(KEK))


def test_a_backup_that_is_not_whole_is_never_the_newest(store: Store, tmp_path: Path) -> None:
    copy = Copy(
        made_at=MADE,
        place=str(tmp_path),
        name="x",
        bytes=1,
        sha256="",
        keys="",
        keys_sha256="",
        by="muster",
        verified_at=MADE,
    )
    bad = msgspec.structs.replace(copy, made_at=NOW.replace(year=2030), problem="Damaged.")
    with store.write() as tx:
        assert load_book(tx) == Book()
        save_book(tx, Book(copies=[copy, bad]))
        assert load_book(tx).newest == MADE
    assert Book().folders(tmp_path) == [tmp_path / "site-backups"]
    assert Book(places=["/mnt"]).folders(tmp_path) == [Path("/mnt")]
    assert (copy.keys_until - MADE).days == 35
