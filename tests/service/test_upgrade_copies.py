"""Copies of the database from before an upgrade do not outlive what they are for."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from console.domain.consent import FINGER
from console.domain.erasure import ErasureState
from console.service.backups.upgrade_copies import KEPT, UpgradeCopies
from console.store.database import Store, connect, sqlite_url
from console.store.migrate import upgrade
from console.store.schema import Erasure
from console.store.unit_of_work import Tx
from console.store.upgrade_copy import DATABASE, copies_beside, keep_copy
from tests.store.made import add_consent, add_employee

Happens = Callable[[Tx], object]


def nothing(_tx: Tx) -> None:
    return None


def somebody_is_erased(tx: Tx, asked: timedelta = timedelta()) -> None:
    person = add_employee(tx)
    row = Erasure(
        id=person.id,
        employee_id=person.id,
        batch="b",
        state=ErasureState.EMPTYING,
        purged_at=tx.now,
        asked_by="Mei",
        asked_at=tx.now - asked,
        here_since=tx.now,
        pseudonym="erased 1",
    )
    tx.add(row)


def an_erasure_from_before_the_copy_is_agreed(tx: Tx) -> None:
    somebody_is_erased(tx, timedelta(days=1))


def somebody_withdraws(tx: Tx) -> None:
    add_consent(tx, add_employee(tx), FINGER, tx.now - timedelta(days=1), tx.now)


@pytest.mark.parametrize(
    ("happens", "later", "stays"),
    [
        (nothing, KEPT - timedelta(hours=1), True),
        (nothing, KEPT + timedelta(hours=1), False),
        (nothing, -timedelta(days=400), False),
        (somebody_is_erased, timedelta(hours=1), False),
        (an_erasure_from_before_the_copy_is_agreed, timedelta(hours=1), False),
        (somebody_withdraws, timedelta(hours=1), False),
    ],
    ids=["soon", "after two weeks", "by a clock that was ahead", "erased", "agreed", "withdrawn"],
)
def test_a_copy_stays_for_two_weeks_and_not_beyond_an_erasure(
    tmp_path: Path, happens: Happens, later: timedelta, *, stays: bool
) -> None:
    file = tmp_path / DATABASE
    engine = connect(sqlite_url(file))
    upgrade(engine)
    store = Store(engine)
    keep_copy(file, "0008")
    now = store.clock() + later
    with store.write(now=now) as tx:
        happens(tx)
    store.clock = lambda: now
    UpgradeCopies(store, tmp_path).delete_old()
    store.close()
    assert bool(copies_beside(file)) is stays
