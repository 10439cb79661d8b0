"""What has run out is ended for good, and nothing else is. AC15."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from console.domain.one_time_codes import DRIFT, step_at
from console.domain.operators import IDLE_LOCK, SESSION_LIFETIME, Role
from console.store.columns import new_id
from console.store.database import Store, connect
from console.store.queries import lifetimes
from console.store.queries.lifetimes import (
    LONG_AGO,
    end_all_that_runs_out,
    end_what_ran_out,
    forget_oldest_names,
)
from console.store.schema import Kiosk, Operator, OperatorSession, SecondFactor, UnknownName
from console.store.unit_of_work import Tx
from tests.conftest import Databases
from tests.store.made import NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    store = Store(connect(databases.migrated()), clock=lambda: NOW)
    yield store
    store.close()


def add_operator(tx: Tx, until: timedelta | None = None) -> Operator:
    """until: how long a temporary password can still be used; None for one of their own."""
    row = Operator(id=new_id(), username=new_id(), name="Ann", role=Role.ADMIN, created_at=NOW)
    row.password_hash, row.password_until = "a hash", None if until is None else NOW + until
    tx.add(row)
    tx.flush()
    return row


def add_session(tx: Tx, operator: Operator, *, since: timedelta, unseen: timedelta) -> str:
    row = OperatorSession(
        token_hash=new_id(),
        id=new_id(),
        operator_id=operator.id,
        computer="",
        created_at=NOW - since,
        seen_at=NOW - unseen,
    )
    tx.add(row)
    return row.id


def add_kiosk(tx: Tx, until: timedelta) -> Kiosk:
    row = Kiosk(name="Lobby", added_by="ann", added_at=NOW, state={})
    row.pairing_hash, row.pairing_until = "code", NOW + until
    tx.add(row)
    return row


def test_AC15_sessions_end_by_their_age_and_after_a_silence(store: Store) -> None:
    with store.write() as tx:
        ann = add_operator(tx)
        goes_on = add_session(tx, ann, since=SESSION_LIFETIME, unseen=IDLE_LOCK)
        add_session(tx, ann, since=SESSION_LIFETIME + MINUTE, unseen=MINUTE)
        add_session(tx, ann, since=IDLE_LOCK + MINUTE, unseen=IDLE_LOCK + MINUTE)
    heard: list[str] = []
    store.subscribe(lambda commit: heard.extend(subject for subject, _ in commit.changes))
    for _ in range(2):
        with store.write() as tx:
            end_what_ran_out(tx)
    with store.read() as tx:
        assert list(tx.scalars(select(OperatorSession.id))) == [goes_on]
    assert heard == ["operators"], "their live streams are told, once"


def test_AC15_passwords_and_codes_end_that_have_run_out(store: Store) -> None:
    with store.write() as tx:
        own, good, out = (add_operator(tx, until) for until in (None, MINUTE, -MINUTE))
        fresh, old = add_kiosk(tx, MINUTE), add_kiosk(tx, -MINUTE)
    with store.write() as tx:
        end_what_ran_out(tx)
    with store.read() as tx:
        until = [tx.get_one(Operator, one.id).password_until for one in (own, good, out)]
        assert until == [None, NOW + MINUTE, LONG_AGO]
        assert [tx.get_one(Kiosk, one.id).pairing_hash for one in (fresh, old)] == ["code", ""]


def test_AC15_everything_ends_that_is_good_for_a_while(store: Store) -> None:
    with store.write() as tx:
        own, temporary = add_operator(tx), add_operator(tx, MINUTE)
        add_session(tx, own, since=MINUTE, unseen=MINUTE)
        kiosk = add_kiosk(tx, MINUTE)
        steps = {own: step_at(NOW) + 10**6, temporary: step_at(NOW) - 5}
        for operator, step in steps.items():
            tx.add(SecondFactor(operator_id=operator.id, last_step=step, recovery=[]))
    with store.write() as tx:
        end_all_that_runs_out(tx)
    with store.read() as tx:
        assert list(tx.scalars(select(OperatorSession.id))) == []
        assert tx.get_one(Operator, own.id).password_until is None
        assert tx.get_one(Operator, temporary.id).password_until == LONG_AGO
        assert tx.get_one(Kiosk, kiosk.id).pairing_until is None
        used = [tx.get_one(SecondFactor, one.id).last_step for one in steps]
        assert used == [step_at(NOW) + DRIFT, step_at(NOW) - 5]


@pytest.mark.parametrize(("names", "kept"), [(2, 2), (3, 3), (7, 3)])
def test_AC1_the_newest_names_that_nobody_has_are_remembered(
    store: Store, monkeypatch: pytest.MonkeyPatch, names: int, kept: int
) -> None:
    monkeypatch.setattr(lifetimes, "UNKNOWN_NAMES_KEPT", 3)
    with store.write() as tx:
        for number in range(names):
            tx.add(UnknownName(mark=str(number), misses=1, missed_at=NOW + number * MINUTE))
    with store.write() as tx:
        forget_oldest_names(tx)
    with store.read() as tx:
        left = {row.mark for row in tx.scalars(select(UnknownName))}
    assert left == {str(number) for number in range(names - kept, names)}
