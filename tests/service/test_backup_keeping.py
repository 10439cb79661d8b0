"""What is left at the places of backups: by the rule, after failures, and where one was away. N7"""

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from bridge.terminals.errors import Cancelled
from console.demo.site import wait_until
from console.domain.backups import KEYS, SITE, file_name, is_due
from console.domain.erasure import ErasureState
from console.service.backups.making import BackupMaker
from console.service.backups.schedule import BackupSchedule
from console.service.people.receipts import issue_receipt
from console.store.backup.book import Book, load_book, save_book
from console.store.backup.erasures import ErasureList, read_list
from console.store.database import Store, connect, sqlite_url
from console.store.recovery import set_recovery_key
from console.store.schema import Employee
from console.store.vault import Vault
from tests.conftest import migrated_sqlite
from tests.store.made import NOW, add_employee
from tests.store.test_erasure import add_erasure

DAY = timedelta(days=1)
VAULT = Vault(bytes(range(32)))


class Quiet:
    """Hears everything, and may do something each time that bytes were written."""

    def __init__(self, tick: Callable[[], None] = lambda: None) -> None:
        self._tick = tick

    def say(self, step: str) -> None: ...

    def progress(self, done: int, total: int) -> None:
        self._tick()


class Kept:
    """A site whose clock is set by hand, and two places."""

    def __init__(self, folder: Path) -> None:
        self.data, self.near = folder / "site", folder / "near"
        self.share = folder / "mount" / "share"
        self.data.mkdir()
        (self.data / "muster.db").write_bytes(migrated_sqlite())
        self.now = NOW
        self.store = Store(connect(sqlite_url(self.data / "muster.db")), VAULT)
        self.store.clock = lambda: self.now
        with self.store.write() as tx:
            self.site = set_recovery_key(tx, bytes(range(1, 33))).site
            self.person = add_employee(tx).id
            tx.make_keys([self.person])
        self.name_places(self.near, self.share)

    def name_places(self, *folders: Path) -> None:
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
        with self.store.write() as tx:
            places = [str(folder) for folder in folders]
            save_book(tx, msgspec.structs.replace(load_book(tx), places=places))

    def make(self, days: float = 0, tick: Callable[[], None] = lambda: None) -> list[str]:
        """A backup so many days after the first. Returns what was wrong at the places."""
        self.now = NOW + days * DAY
        return BackupMaker(self.store, self.data).make(Quiet(tick)).problems

    def book(self) -> Book:
        with self.store.read() as tx:
            return load_book(tx)

    def days(self, folder: Path, kind: str) -> list[int]:
        """Of which days there are such files at a place."""
        days = range(-400, 401)
        return [n for n in days if (folder / file_name(self.site, NOW + n * DAY, kind)).exists()]

    def erasures(self, folder: Path) -> ErasureList:
        return read_list(folder / f"muster-{self.site}-erasures.json", self.site, VAULT)

    def erase(self) -> None:
        with self.store.write() as tx:
            add_erasure(tx, tx.get_one(Employee, self.person), ErasureState.ASKED)

    def take_share_away(self) -> None:
        self.share.parent.rename(self.share.parent.with_name("away"))
        self.share.parent.write_text("no folder")

    def bring_share_back(self) -> None:
        self.share.parent.unlink()
        self.share.parent.with_name("away").rename(self.share.parent)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Kept]:
    made = Kept(tmp_path)
    yield made
    made.store.close()


def test_others_write_while_a_found_file_of_a_place_is_read(site: Kept) -> None:
    """A pipe stands for a long file on a slow share."""
    pipe = site.share / file_name(site.site, NOW - DAY, SITE)
    os.mkfifo(pipe)
    (site.share / file_name(site.site, NOW - DAY, KEYS)).write_bytes(b"keys")

    def write() -> None:
        with site.store.write() as tx:
            add_employee(tx)

    def is_read() -> int | None:
        with suppress(OSError):  # nobody reads it yet
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        return None

    with ThreadPoolExecutor(2) as pool:
        making = pool.submit(site.make)
        writing = wait_until(is_read, timeout=20)
        try:
            pool.submit(write).result(timeout=10)
        finally:
            os.close(writing)
        assert making.result(timeout=60) == []


@pytest.mark.parametrize("kind", [SITE, KEYS])
def test_a_cancelled_backup_leaves_nothing_where_it_was_not_whole(site: Kept, kind: str) -> None:
    def stop() -> None:
        if list(site.share.glob(f"*{kind}.part")):
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        site.make(0, stop)
    assert list(site.share.iterdir()) == []


def test_a_backup_that_cannot_be_whole_at_its_first_place_leaves_no_keys(site: Kept) -> None:
    def stop() -> None:
        if list(site.near.glob("*.part")):
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        site.make(0, stop)
    assert list(site.near.iterdir()) == []


def test_whatever_ends_a_backup_is_written_down_and_not_tried_again_at_once(site: Kept) -> None:
    def stop() -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        site.make(0, stop)
    book = site.book()
    assert "Stopped." in book.problem
    assert not is_due(book.newest, book.tried_at, NOW + timedelta(minutes=1))


def test_a_file_that_cannot_be_read_stops_no_backup(site: Kept) -> None:
    for kind in (SITE, KEYS):
        (site.share / file_name(site.site, NOW - DAY, kind)).mkdir()
    assert site.make() == []
    assert {copy.made_at for copy in site.book().copies} == {NOW}


def test_keys_without_a_backup_go_and_a_backup_without_keys_is_kept_by_the_rule(
    site: Kept,
) -> None:
    site.make(0)
    (site.share / file_name(site.site, NOW + 2 * DAY, KEYS)).write_bytes(b"of a killed backup")
    alone = site.share / file_name(site.site, NOW + DAY, SITE)
    (site.share / file_name(site.site, NOW, SITE)).rename(alone)
    site.make(3)
    assert site.days(site.share, KEYS) == [0, 3]
    assert NOW + DAY in {copy.made_at for copy in site.book().copies if not copy.keys}


def test_keys_at_a_place_that_was_away_that_day_go_when_it_is_back(site: Kept) -> None:
    site.make(0)
    site.make(1)
    site.take_share_away()
    assert len(site.make(40)) == 1
    there = [copy for copy in site.book().copies if copy.place == str(site.share)]
    assert all(copy.keys for copy in there), "nobody has deleted them yet"
    site.bring_share_back()
    site.make(41)
    assert site.days(site.share, KEYS) == [41]
    assert site.days(site.near, KEYS) == [40, 41]


def test_at_a_place_that_is_named_no_more_even_the_newest_keys_go(site: Kept) -> None:
    site.make(0)
    site.name_places(site.near)
    site.make(20)
    assert site.days(site.share, KEYS) == [0]
    site.make(36)
    assert (site.days(site.share, SITE), site.days(site.share, KEYS)) == ([0], [])


def test_a_place_that_gives_back_other_bytes_is_named_and_the_others_get_theirs(
    site: Kept,
) -> None:
    def spoil() -> None:
        for draft in site.share.glob("*.part"):
            with draft.open("ab") as file:
                file.write(b"other bytes")

    (problem,) = site.make(0, spoil)
    assert "damaged" in problem
    assert site.days(site.near, SITE) == [0]
    assert {copy.place for copy in site.book().copies} == {str(site.near)}
    assert site.book().problem == problem


def test_the_list_of_erasures_reaches_former_places_and_those_that_were_away(site: Kept) -> None:
    def not_started(title: str, body: object) -> str:
        raise AssertionError("no backup is due")

    schedule = BackupSchedule(site.store, site.data, not_started)
    site.make(0)
    site.name_places(site.near)
    schedule.run_when_due()
    site.take_share_away()
    site.erase()
    schedule.run_when_due()
    assert len(site.erasures(site.near).erased) == 1
    site.bring_share_back()
    assert site.erasures(site.share).erased == []
    schedule.run_when_due()
    assert len(site.erasures(site.share).erased) == 1


def test_a_backup_renews_the_list_of_erasures_at_former_places(site: Kept) -> None:
    site.make(0)
    site.name_places(site.near)
    site.erase()
    site.make(1)
    assert len(site.erasures(site.share).erased) == 1


def test_backups_of_a_clock_that_was_ahead_go_once_there_are_as_many_others(site: Kept) -> None:
    site.make(0)
    site.make(365)
    site.make(1)
    assert site.days(site.near, SITE) == [0, 1]
    assert site.days(site.near, KEYS) == [1], "those of the first day went when the clock was ahead"
    assert site.book().newest == NOW + DAY


def test_a_clock_that_was_set_back_deletes_no_backups(site: Kept) -> None:
    for day in (0, 1, 2):
        site.make(day)
    site.make(-300)
    assert site.days(site.near, SITE) == [-300, 0, 1, 2]


def test_a_receipt_lists_every_backup_that_holds_something_of_the_person(site: Kept) -> None:
    """N7"""
    site.make(0)
    site.make(40)
    site.name_places(site.near)
    with site.store.write() as tx:
        erasure = add_erasure(tx, tx.get_one(Employee, site.person), ErasureState.DONE)
        erasure.here_since, erasure.purged_at = NOW - DAY, site.now
        document = json.loads(issue_receipt(tx, erasure.id).document)
    outside = document["outside Muster"]
    said = {
        (Path(one["place"]).name, one["made"][:10]): (
            one["face and fingers until"][:10],
            one["name, number and logins until"].split(",")[0],
        )
        for one in outside["backups"]
    }
    first, last = NOW.date().isoformat(), site.now.date().isoformat()
    until = (site.now + 35 * DAY).date().isoformat()
    rule, hand = "the backup is deleted by rule", "somebody deletes the backup"
    assert said == {
        ("near", first): ("deleted", rule),
        ("near", last): (until, rule),
        ("share", first): ("deleted", hand),
        ("share", last): (until, hand),
    }
    assert "Name, number, email address and logins can be read" in outside["note"]
