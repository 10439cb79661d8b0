"""N12: the seal of the login log shows what was done to stored logins by hand, and only that."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from console.store.database import Store, connect
from console.store.queries import login_seal
from console.store.queries.login_seal import (
    KEY,
    SealCheck,
    audit_seal,
    check_seal,
    delete_logins,
    seal_more,
)
from console.store.schema import Audit, Login, Setting
from console.store.unit_of_work import Tx
from console.store.vault import Unsealable, Vault
from tests.conftest import Databases
from tests.store.made import NOW, add_employee
from tests.store.test_erasure import add_login, erase

LOGINS = 5


@pytest.fixture
def store(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """With some logins, which were sealed in several steps."""
    monkeypatch.setattr(login_seal, "SEALED_AT_ONCE", 2)
    monkeypatch.setattr(login_seal, "READ_AT_ONCE", 2)
    made = Store(connect(databases.migrated()), Vault(bytes(32)))
    with made.write() as tx:
        for number in range(LOGINS):
            add_login(tx, str(1001 + number))
    seal_all(made)
    yield made
    made.close()


def seal_all(store: Store) -> None:
    more = True
    while more:
        with store.write() as tx:
            more = seal_more(tx)


def check(store: Store) -> SealCheck:
    with store.read() as tx:
        return check_seal(tx, lambda: None)


def test_N12_what_was_stored_is_whole_and_what_has_just_come_is_not_sealed_yet(
    store: Store,
) -> None:
    whole = SealCheck(sealed=LOGINS, found=LOGINS, same=True, unsealed=0)
    assert check(store) == whole
    with store.write() as tx:
        add_login(tx, "1001")
    assert check(store) == SealCheck(sealed=LOGINS, found=LOGINS, same=True, unsealed=1)
    seal_all(store)
    assert check(store).whole
    assert check(store).sealed == LOGINS + 1


def deleted(tx: Tx) -> None:
    tx.execute(sa.delete(Login).where(Login.id == 3))


def newest_deleted(tx: Tx) -> None:
    tx.execute(sa.delete(Login).where(Login.id == LOGINS))


def moved(tx: Tx) -> None:
    tx.execute(sa.update(Login).where(Login.id == 3).values(local_time="2026-11-22 07:59:00"))


def renumbered(tx: Tx) -> None:
    tx.execute(sa.update(Login).where(Login.id == 3).values(pin="1001"))


def exchanged(tx: Tx) -> None:
    deleted(tx)
    add_login(tx, "1003", id=3, local_time="2026-11-22 07:59:00")


def swapped(tx: Tx) -> None:
    for row_id, pin in ((3, "1004"), (4, "1003")):
        tx.execute(sa.update(Login).where(Login.id == row_id).values(pin=pin))


@pytest.mark.parametrize(
    "by_hand", [deleted, newest_deleted, moved, renumbered, exchanged, swapped]
)
def test_N12_what_was_done_by_hand_is_seen(store: Store, by_hand: Callable[[Tx], None]) -> None:
    with store.write() as tx:
        by_hand(tx)
    assert not check(store).whole


def touch(store: Store, how: str) -> None:
    """What somebody may do to the seal, who has the database and not the key."""
    values = {"changed": {"sealed": "00"}, "garbage": {"sealed": "no hex"}, "empty": {}}
    with store.read() as tx:
        old = tx.get_one(Setting, KEY).value
    with store.write() as tx:
        audit_seal(tx, timedelta(hours=1))
    with store.write() as tx:
        row = tx.get_one(Setting, KEY)
        if how == "deleted":
            tx.delete(row)
        else:
            row.value = old if how == "put back" else values[how]


TOUCHES = ["changed", "garbage", "empty", "deleted", "put back"]


@pytest.mark.parametrize("how", TOUCHES)
def test_N12_the_seal_itself_cannot_be_made_to_fit(store: Store, how: str) -> None:
    touch(store, how)
    assert check(store) == SealCheck(sealed=0, found=LOGINS, same=False, unsealed=LOGINS)


def test_N12_an_old_copy_of_the_seal_does_not_hide_what_was_deleted_since(store: Store) -> None:
    with store.write() as tx:
        audit_seal(tx, timedelta(hours=1))
    with store.read() as tx:
        old = tx.get_one(Setting, KEY).value
    with store.write() as tx:
        add_login(tx, "1001")
    seal_all(store)
    with store.write() as tx:
        audit_seal(tx, timedelta())
    with store.write() as tx:
        tx.execute(sa.delete(Login).where(Login.id == LOGINS + 1))
        tx.get_one(Setting, KEY).value = old
    assert not check(store).whole
    with store.write() as tx, pytest.raises(Unsealable):
        seal_more(tx)
    assert not check(store).whole, "nothing makes it whole again"


@pytest.mark.parametrize("how", TOUCHES)
def test_N12_EN2_a_touched_seal_stops_no_retention_and_no_erasure(store: Store, how: str) -> None:
    with store.write() as tx:
        person = add_employee(tx)
        add_login(tx, person.number, employee_id=person.id)
    seal_all(store)
    touch(store, how)
    with store.write() as tx:
        delete_logins(tx, [1, 2])
    erase(store, person)
    with store.read() as tx:
        assert set(tx.scalars(sa.select(Login.id))) == {3, 4, 5, 6}
        assert tx.scalar(sa.select(Login).where(Login.pin == person.number)) is None
    assert not check(store).whole


def test_N12_how_a_login_is_read_may_be_corrected(store: Store) -> None:
    with store.write() as tx:
        person = add_employee(tx)
        later = {"at": NOW + timedelta(hours=1), "employee_id": person.id, "remark": "Late."}
        tx.execute(sa.update(Login).values(later))
    assert check(store).whole


def test_N12_what_goes_by_its_retention_is_not_missing_also_if_all_goes(store: Store) -> None:
    with store.write() as tx:
        delete_logins(tx, [1, 2, 4])
    assert check(store) == SealCheck(sealed=2, found=2, same=True, unsealed=0)
    with store.write() as tx:
        delete_logins(tx, [3, 5])
        add_login(tx, "1009")  # SQLite gives it the id of one that is gone
    assert check(store) == SealCheck(sealed=0, found=0, same=True, unsealed=1)
    seal_all(store)
    assert check(store).whole


def test_N12_logins_of_somebody_erased_are_nobodys_and_not_missing(store: Store) -> None:
    with store.write() as tx:
        person = add_employee(tx)
        for _ in range(LOGINS):
            add_login(tx, person.number, employee_id=person.id)
    seal_all(store)
    erase(store, person)
    with store.read() as tx:
        assert tx.scalar(sa.select(Login).where(Login.pin == person.number)) is None
    assert check(store) == SealCheck(sealed=2 * LOGINS, found=2 * LOGINS, same=True, unsealed=0)


def test_N12_the_audit_log_says_once_an_hour_what_is_sealed(store: Store) -> None:
    for _ in range(2):
        with store.write() as tx:
            audit_seal(tx, timedelta(hours=1))
    with store.read() as tx:
        (entry,) = tx.scalars(sa.select(Audit).where(Audit.action == "logins.sealed"))
    assert (entry.detail["rows"], entry.detail["last"]) == (LOGINS, LOGINS)
