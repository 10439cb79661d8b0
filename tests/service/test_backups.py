"""A site is backed up, lost, and restored with the paper. 2.5, 2.6, 10, on both databases."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from bridge.terminals.errors import Cancelled
from console.cli import main
from console.demo.site import wait_until
from console.domain.erasure import ErasureState
from console.domain.recovery_key import in_groups
from console.key_holder import FileHolder
from console.service.backups.making import BackupMaker
from console.service.backups.schedule import BackupSchedule
from console.service.tasks import BlockingBody, RunningTask
from console.store.backup.book import load_book
from console.store.backup.erasures import gather, write_list
from console.store.backup.files import open_site_file
from console.store.database import Store, connect, sqlite_url
from console.store.recovery import load_recovery, set_recovery_key
from console.store.schema import Consent, Employee, Erasure, Finger, PersonKey
from console.store.unit_of_work import Tx
from console.store.vault import Vault
from tests.conftest import Databases, migrated_sqlite
from tests.store.made import NOW, add_consent, add_employee
from tests.store.test_erasure import add_erasure

pytestmark = pytest.mark.usefixtures("postgres_programs")
KEK, PAPER = bytes(range(32)), bytes(range(1, 33))


class Site:
    """A site with one person whose finger is sealed, and a recovery key."""

    def __init__(self, data: Path, databases: Databases, paper: bytes = PAPER) -> None:
        data.mkdir()
        self.data, self.place = data, data.parent / f"{data.name}-place"
        self.postgres = databases.kind == "postgres"
        self.url = databases.migrated() if self.postgres else sqlite_url(data / "muster.db")
        if not self.postgres:
            (data / "muster.db").write_bytes(migrated_sqlite())
        FileHolder(data / "site.key").set(KEK)
        (data / "certificates").mkdir()
        (data / "certificates" / "authority.pem").write_text("a certificate")
        self.store = Store(connect(self.url), Vault(KEK))
        with self.store.write() as tx:
            set_recovery_key(tx, paper)
            self.person = add_employee(tx).id
            self.finger = _add_finger(tx, self.person)

    def options(self) -> list[str]:
        return ["--key-file", *(["--database", self.url] if self.postgres else [])]

    def back_up(self, *more: str) -> int:
        to = ["--to", str(self.place)]
        return main(["--data", str(self.data), "backup", *self.options(), *to, *more])

    def file(self, kind: str = "*.backup") -> Path:
        return sorted(self.place.glob(kind))[-1]


def _add_finger(tx: Tx, employee_id: str) -> str:
    row = Finger(
        id=employee_id,
        employee_id=employee_id,
        position=1,
        extractor="x",
        quality=1,
        scans=3,
        templates=tx.seal(employee_id, "finger", employee_id, "templates", b"a template"),
        version="1",
        reader="",
        taken_by="",
        taken_at=NOW,
    )
    tx.add(row)
    tx.flush()
    return row.id


@pytest.fixture
def site(tmp_path: Path, databases: Databases) -> Iterator[Site]:
    made = Site(tmp_path / "site", databases)
    yield made
    made.store.close()


@pytest.fixture
def restore(
    tmp_path: Path, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, Path, str]]:
    """Restores on a bare computer; (exit status, data folder, URL of the database)."""

    def run(file: Path, *more: str, paper: bytes = PAPER) -> tuple[int, Path, str]:
        monkeypatch.setattr("builtins.input", lambda _asks: " ".join(in_groups(paper)))
        data = tmp_path / "new" / "muster"
        data.parent.mkdir(exist_ok=True)
        postgres = databases.kind == "postgres"
        url = databases.fresh() if postgres else sqlite_url(data / "muster.db")
        database = ["--database", url] if postgres else []
        command = ["--data", str(data), "restore", str(file), "--key-file", *database, *more]
        return main(command), data, url

    return run


@contextmanager
def opened(data: Path, url: str) -> Iterator[Store]:
    kek = FileHolder(data / "site.key").get()
    assert kek is not None
    store = Store(connect(url), Vault(kek))
    try:
        yield store
    finally:
        store.close()


def template(store: Store, site: Site) -> bytes:
    with store.read() as tx:
        row = tx.get_one(Finger, site.finger)
        return tx.open(site.person, "finger", row.id, "templates", row.templates)


def test_a_lost_site_comes_back_with_the_paper(
    site: Site, restore: Callable[..., tuple[int, Path, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert site.back_up("--drill") == 0
    status, data, url = restore(site.file())
    assert status == 0, capsys.readouterr().err
    with opened(data, url) as store:
        assert template(store, site) == b"a template"
    assert (data / "certificates" / "authority.pem").read_text() == "a certificate"
    assert sorted(path.name for path in data.parent.iterdir()) == ["muster"]


def test_nobody_who_was_erased_after_the_backup_comes_back(
    site: Site, restore: Callable[..., tuple[int, Path, str]]
) -> None:
    assert site.back_up() == 0
    with site.store.write() as tx:
        add_erasure(tx, tx.get_one(Employee, site.person), ErasureState.ASKED)
        recovery = load_recovery(tx)
        assert recovery is not None
        write_list(site.place, gather(tx, recovery.site), tx.vault)
    status, data, url = restore(site.file())
    assert status == 0
    with opened(data, url) as store, store.read() as tx:
        assert tx.get(PersonKey, site.person) is None
        assert tx.get(Finger, site.finger) is None
        assert not tx.get_one(Employee, site.person).active
        assert list(tx.scalars(select(Erasure.state))) == [ErasureState.ASKED]


def test_without_the_files_beside_it_nothing_is_restored_by_accident(
    site: Site,
    restore: Callable[..., tuple[int, Path, str]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert site.back_up() == 0
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(site.file(), alone)
    status, data, _ = restore(alone / site.file().name)
    assert (status, list(data.iterdir())) == (1, [])
    assert "says who was erased" in capsys.readouterr().err
    status, data, url = restore(alone / site.file().name, "--without-erasures")
    assert status == 0
    assert "have to be enrolled again" in capsys.readouterr().out
    with opened(data, url) as store, store.read() as tx:
        assert tx.get(Finger, site.finger) is None, "no key opens it any more"
        assert tx.get(Employee, site.person) is not None


def test_a_damaged_file_and_another_paper_leave_nothing_behind(
    site: Site, restore: Callable[..., tuple[int, Path, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert site.back_up() == 0
    status, data, _ = restore(site.file(), paper=bytes(32))
    assert status == 1
    assert "does not open" in capsys.readouterr().err
    whole = site.file().read_bytes()
    for bad in (whole[:-1], whole[:5000], whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:]):
        site.file().write_bytes(bad)
        assert restore(site.file())[0] == 1
        assert "is damaged" in capsys.readouterr().err
    left = [path for path in data.parent.rglob("*") if path != data]
    assert left == []


def test_a_folder_with_a_site_in_it_is_left_as_it_is(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert site.back_up() == 0
    assert main(["--data", str(site.data), "restore", str(site.file())]) == 1
    assert "holds a site already" in capsys.readouterr().err


def test_the_copy_of_the_database_holds_no_keys_and_is_gone_afterwards(
    site: Site, tmp_path: Path
) -> None:
    assert site.back_up() == 0
    assert not (site.data / "backup-work").exists()
    assert list(site.place.glob("*.part")) == []
    with site.store.read() as tx:
        wrapped = tx.get_one(PersonKey, site.person).wrapped
        templates = tx.get_one(Finger, site.finger).templates
    open_site_file(site.file(), PAPER, lambda _: None, tmp_path / "opened")
    copy = _plain_database(tmp_path / "opened")
    assert templates in copy, "rows are found in it"
    assert wrapped not in copy


def _plain_database(opened: Path) -> bytes:
    """Of PostgreSQL's dump, what its program prints: bytes in hex."""
    file = opened / "database.db"
    if file.exists():
        return file.read_bytes()
    dump = ["pg_restore", "--data-only", "--file=-", str(opened / "database.dump")]
    printed = subprocess.run(dump, check=True, capture_output=True, text=True).stdout
    return b"".join(map(bytes.fromhex, re.findall(r"\\\\x([0-9a-f]+)", printed)))


def test_what_a_killed_backup_left_is_never_taken_for_a_backup(site: Site) -> None:
    with site.store.read() as tx:
        recovery = load_recovery(tx)
    assert recovery is not None
    site.place.mkdir()
    half = site.place / f"muster-{recovery.site}-20260101T000000Z.backup.part"
    half.write_bytes(b"half")
    (site.data / "backup-work").mkdir()
    (site.data / "backup-work" / "database.db").write_bytes(b"half")
    assert site.back_up() == 0
    assert not half.exists()
    with site.store.read() as tx:
        assert [copy.name for copy in load_book(tx).copies] == [site.file().name]


class Quiet:
    def say(self, step: str) -> None: ...

    def progress(self, done: int, total: int) -> None: ...


class Cancelling(Quiet):
    """Stops a backup once so many megabytes of it are written."""

    def progress(self, done: int, total: int) -> None:
        """Raises Cancelled."""
        if done >= 3:
            raise Cancelled("Stopped.")


def test_a_cancelled_backup_leaves_the_former_ones_and_no_half_file(site: Site) -> None:
    moment = NOW
    site.store.clock = lambda: moment
    maker = BackupMaker(site.store, site.data)
    maker.make(Quiet())
    place = site.data / "site-backups"
    before = {file.name: file.read_bytes() for file in place.iterdir()}
    (site.data / "models").mkdir()
    (site.data / "models" / "large").write_bytes(os.urandom(5_000_000))
    moment += timedelta(hours=1)
    with pytest.raises(Cancelled):
        maker.make(Cancelling())
    assert not (site.data / "backup-work").exists()
    left = {file.name for file in place.iterdir()} - set(before)
    assert [name for name in left if not name.endswith(".keys")] == []
    assert {name: (place / name).read_bytes() for name in before} == before
    moment += timedelta(hours=1)
    maker.make(Quiet())
    assert not [name for name in left if (place / name).exists()], "keys without a backup go"


def test_a_backup_that_is_killed_leaves_no_file_that_is_taken_for_whole(site: Site) -> None:
    (site.data / "models").mkdir()
    (site.data / "models" / "large").write_bytes(os.urandom(60_000_000))
    command = ["--data", str(site.data), "backup", *site.options(), "--to", str(site.place)]
    started = "from console.cli import main; import sys; sys.exit(main(sys.argv[1:]))"
    process = subprocess.Popen([sys.executable, "-c", started, *command])
    try:
        wait_until(lambda: any(file.stat().st_size for file in _half_written(site.place)))
    finally:
        process.kill()
    assert process.wait() == -signal.SIGKILL
    assert list(site.place.glob("*.backup")) == []
    assert _half_written(site.place)
    assert site.back_up() == 0
    assert _half_written(site.place) == []
    with site.store.read() as tx:
        (copy,) = load_book(tx).copies
    whole = {copy.name, copy.keys}
    assert {file.name for file in site.place.iterdir() if file.suffix != ".json"} == whole


def _half_written(place: Path) -> list[Path]:
    return list(place.glob("*.backup.part"))


def test_a_consent_that_was_withdrawn_after_the_backup_is_withdrawn_again(
    site: Site, restore: Callable[..., tuple[int, Path, str]]
) -> None:
    with site.store.write() as tx:
        person = tx.get_one(Employee, site.person)
        consent = add_consent(tx, person, "finger", given_at=tx.now).id
    assert site.back_up() == 0
    with site.store.write() as tx:
        tx.get_one(Consent, consent).withdrawn_at = tx.now
        recovery = load_recovery(tx)
        assert recovery is not None
        tx.flush()
        write_list(site.place, gather(tx, recovery.site), tx.vault)
    status, data, url = restore(site.file())
    assert status == 0
    with opened(data, url) as store, store.read() as tx:
        assert tx.get_one(Consent, consent).withdrawn_at is not None
        assert tx.get(Finger, site.finger) is None


class AtOnce:
    """Does each task as it is started."""

    def __init__(self) -> None:
        self.results: list[str] = []

    def __call__(self, title: str, body: BlockingBody) -> str:
        task = RunningTask(
            id="1",
            terminal_id="",
            title=title,
            started_at=NOW,
            announce=lambda: None,
            give_way=lambda: None,
        )
        self.results.append(body(task).text)
        return task.id


def test_a_site_with_a_recovery_key_is_backed_up_each_day_by_itself(site: Site) -> None:
    moment = NOW
    site.store.clock = lambda: moment
    tasks = AtOnce()
    schedule = BackupSchedule(site.store, site.data, tasks)
    for hours in (0, 1, 23, 24, 25):
        moment = NOW + timedelta(hours=hours)
        schedule.run_when_due()
    assert len(tasks.results) == 2
    tried = "Read back, but not restored" if site.postgres else "Test restore: successful"
    assert tried in tasks.results[0]
    assert "--check" not in tasks.results[0], "of PostgreSQL it is refused"
    with site.store.read() as tx:
        drill = load_book(tx).drill
    assert drill is not None
    assert drill.restored is not site.postgres
    assert "Restore" not in tasks.results[1], "once a month"
    with site.store.write() as tx:
        add_erasure(tx, tx.get_one(Employee, site.person), ErasureState.ASKED)
    schedule.run_when_due()
    (listed,) = (site.data / "site-backups").glob("*-erasures.json")
    assert site.person in listed.read_text()
    assert len(tasks.results) == 2


def test_without_a_recovery_key_nothing_is_made(site: Site) -> None:
    tasks = AtOnce()
    with site.store.write() as tx:
        tx.session.execute(sa.text("DELETE FROM setting WHERE key = 'recovery_key'"))
    BackupSchedule(site.store, site.data, tasks).run_when_due()
    assert tasks.results == []
    assert site.back_up() == 1


def test_old_ones_go_by_the_rule_once_a_newer_one_is_verified(site: Site) -> None:
    moment = NOW
    site.store.clock = lambda: moment
    maker = BackupMaker(site.store, site.data)
    for hours in (0, 1, 24 * 40):
        moment = NOW + timedelta(hours=hours)
        maker.make(Quiet())
    with site.store.read() as tx:
        copies = load_book(tx).copies
    assert [(NOW - copy.made_at) // timedelta(hours=-1) for copy in copies] == [1, 24 * 40]
    assert [bool(copy.keys) for copy in copies] == [False, True], "keys go after 35 days"
    names = {name for copy in copies for name in (copy.name, copy.keys) if name}
    there = {file.name for file in (site.data / "site-backups").iterdir()}
    assert {name for name in there if not name.endswith(".json")} == names


def test_a_place_that_is_away_is_named_and_the_others_get_theirs(site: Site) -> None:
    site.place.write_text("a file where the share should be")
    good = site.data.parent / "good"
    more = ["--to", str(site.place), "--to", str(good)]
    assert main(["--data", str(site.data), "backup", *site.options(), *more]) == 2
    assert len(list(good.glob("*.backup"))) == 1
    with site.store.read() as tx:
        assert str(site.place) in load_book(tx).problem
    assert main(["--data", str(site.data), "backup", *site.options(), *more[:2]]) == 1


def test_a_folder_inside_the_data_folder_keeps_no_backup(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    inside = site.data / "backups"
    command = ["--data", str(site.data), "backup", *site.options(), "--to", str(inside)]
    assert main(command) == 1
    assert "inside the data folder and would be lost" in capsys.readouterr().err
    with site.store.read() as tx:
        assert load_book(tx).places == []
    assert not inside.exists()


def test_a_place_that_cannot_even_be_looked_at_stops_no_backup(site: Site) -> None:
    """A share may refuse every question; here a name that is too long stands for it."""
    refused, good = site.data.parent / ("x" * 300), site.data.parent / "good"
    with pytest.raises(OSError, match="too long"):
        refused.is_dir()
    more = ["--to", str(refused), "--to", str(good)]
    assert main(["--data", str(site.data), "backup", *site.options(), *more]) == 2
    assert len(list(good.glob("*.backup"))) == 1
    with site.store.read() as tx:
        assert len(load_book(tx).copies) == 1


def test_a_full_disk_is_a_sentence_and_harms_no_former_backup(site: Site) -> None:
    if site.postgres:
        pytest.skip("the limit would stop pg_dump, too, which writes elsewhere")
    import resource

    assert site.back_up() == 0
    before = {file: file.read_bytes() for file in site.place.iterdir()}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        assert site.back_up() == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert {file: file.read_bytes() for file in site.place.iterdir()} == before


def test_a_damaged_page_of_the_database_is_an_alarm(site: Site) -> None:
    """AC20"""
    if site.postgres:
        pytest.skip("PostgreSQL checks its pages itself")
    site.store.close()
    with connect(site.url).connect() as connection:
        connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))
    file = site.data / "muster.db"
    data = bytearray(file.read_bytes())
    with connect(site.url).connect() as connection:
        (page,) = connection.execute(
            sa.text("SELECT rootpage FROM sqlite_master WHERE name='ix_finger_employee_id'")
        ).one()
        (size,) = connection.execute(sa.text("PRAGMA page_size")).one()
    data[(page - 1) * size + 8 : (page - 1) * size + 60] = bytes([0xFF]) * 52
    file.write_bytes(data)
    assert site.back_up() == 1
    with site.store.read() as tx:
        assert "damaged" in load_book(tx).problem
