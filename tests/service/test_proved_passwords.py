"""A password is proved first and counts later: what happens in between is not undone. N17, AC1."""

from collections.abc import Callable, Iterator

import pytest

from console.domain.errors import SignInFailed
from console.domain.fingers import FingerPosition
from console.domain.operators import Role
from console.service.fingers.enrolment import EnrolmentSession, FingerEnrolments
from console.service.fingers.records import FingerRecords
from console.service.people.passwords import (
    NewPassword,
    change_password,
    recover_admin,
    reset_password,
    still_proved,
)
from console.store.columns import new_id
from console.store.database import Store, connect
from console.store.schema import Finger, Operator
from console.store.unit_of_work import Tx
from tests.conftest import Databases

MADE = NewPassword("temporary", "another hash")


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    store = Store(connect(databases.migrated()))
    yield store
    store.close()


@pytest.fixture
def proved(store: Store) -> Operator:
    """An administrator whose password was proved just now."""
    with store.write() as tx:
        row = Operator(id=new_id(), username="ann", name="Ann", role=Role.ADMIN, created_at=tx.now)
        row.password_hash, row.misses = "the hash of what was proved", 0
        tx.add(row)
    with store.read() as tx:
        return tx.get_one(Operator, row.id)


def reset(tx: Tx, operator: Operator) -> None:
    reset_password(tx, operator.id, MADE)


def recovered(tx: Tx, operator: Operator) -> None:
    recover_admin(tx, operator.username, MADE, "key", "console")


def locked_out(tx: Tx, operator: Operator) -> None:
    tx.get_one(Operator, operator.id).active = False


Happens = Callable[[Tx, Operator], None]
IN_BETWEEN = pytest.mark.parametrize("happens", [reset, recovered, locked_out])


@IN_BETWEEN
def test_a_change_of_ones_own_undoes_no_reset(
    store: Store, proved: Operator, happens: Happens
) -> None:
    with store.write() as tx:
        happens(tx, proved)
    with store.read() as tx:
        before = tx.get_one(Operator, proved.id).password_hash
    with pytest.raises(SignInFailed), store.write(proved.id) as tx:
        change_password(tx, proved, "the hash of a third one", "session")
    with store.read() as tx:
        assert tx.get_one(Operator, proved.id).password_hash == before


def test_a_change_of_ones_own_counts_if_nothing_happened(store: Store, proved: Operator) -> None:
    with store.write(proved.id) as tx:
        change_password(tx, proved, "the hash of a third one", "session")
    with store.read() as tx:
        assert tx.get_one(Operator, proved.id).password_hash == "the hash of a third one"


@IN_BETWEEN
def test_a_supervisor_who_was_locked_out_lets_no_duplicate_finger_through(
    store: Store, proved: Operator, happens: Happens
) -> None:
    enrolments = FingerEnrolments(store, FingerRecords(store), store.clock)
    session = EnrolmentSession(
        new_id(), "me", "somebody", FingerPosition.RIGHT_INDEX, "reader", store.clock()
    )
    with store.write() as tx:
        happens(tx, proved)
    with pytest.raises(SignInFailed):
        enrolments.save(session, proved.id, lambda tx: still_proved(tx, proved), allowed="twins")
    with store.read() as seen:
        assert list(seen.session.query(Finger)) == []
