"""Copies of the database from before an upgrade do not outlive what they are for."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from console.domain.consent import FINGER
from console.domain.erasure import ErasureState
from console.domain.fingers import FingerPosition
from console.domain.invitations import Status
from console.service.backups.upgrade_copies import KEPT, UpgradeCopies
from console.service.enrolment.id_photos import set_id_photo
from console.service.enrolment.submissions import add_photo, remove_photo
from console.service.fingers.consent import release_copies
from console.service.fingers.records import FingerRecords
from console.store.columns import new_id
from console.store.database import Store, connect, sqlite_url
from console.store.migrate import upgrade
from console.store.queries.id_photos import remove_id_photo
from console.store.schema import Erasure, FingerBlob
from console.store.unit_of_work import Tx
from console.store.upgrade_copy import DATABASE, copies_beside, keep_copy
from console.store.vault import Vault
from tests.store.made import (
    add_consent,
    add_employee,
    add_finger,
    add_invitation,
    add_terminal,
)

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


def a_finger_is_deleted(tx: Tx) -> None:
    person = add_employee(tx)
    add_finger(tx, person, int(FingerPosition.RIGHT_INDEX), b"sealed")
    records = FingerRecords(Store(tx.session.get_bind().engine))
    assert records.remove(tx, person.id, FingerPosition.RIGHT_INDEX) == 1


def a_copy_of_a_finger_is_deleted(tx: Tx) -> None:
    person, terminal = add_employee(tx), add_terminal(tx, "Gate")
    blob = FingerBlob(
        id=new_id(),
        employee_id=person.id,
        terminal_id=terminal.id,
        finger=FingerPosition.RIGHT_INDEX.on_terminals,
        algorithm="10",
        valid=1,
        template=b"sealed",
        identity="i",
        taken_by="Mei",
        taken_at=tx.now,
    )
    tx.add(blob)
    tx.flush()
    assert release_copies(tx, person.id, FingerPosition.RIGHT_INDEX)


def an_id_photo_is_removed(tx: Tx) -> None:
    person = add_employee(tx)
    set_id_photo(tx, person, b"a photo")
    remove_id_photo(tx, person.id)


def a_draft_is_taken_back(tx: Tx) -> None:
    invitation = add_invitation(tx, add_employee(tx), Status.CONSENTED)
    invitation.expires_at = tx.now + timedelta(days=1)
    add_photo(tx, invitation, 1, photo_id=new_id(), sealed=b"sealed")
    remove_photo(tx, invitation, 1)


def somebody_is_added(tx: Tx) -> None:
    tx.audit("employee.saved", add_employee(tx).id, added=True)


@pytest.mark.parametrize(
    ("happens", "later", "stays"),
    [
        (nothing, KEPT - timedelta(hours=1), True),
        (nothing, KEPT + timedelta(hours=1), False),
        (nothing, -timedelta(days=400), False),
        (somebody_is_erased, timedelta(hours=1), False),
        (an_erasure_from_before_the_copy_is_agreed, timedelta(hours=1), False),
        (somebody_withdraws, timedelta(hours=1), False),
        (a_finger_is_deleted, timedelta(hours=1), False),
        (a_copy_of_a_finger_is_deleted, timedelta(hours=1), False),
        (an_id_photo_is_removed, timedelta(hours=1), False),
        (a_draft_is_taken_back, timedelta(hours=1), False),
        (somebody_is_added, timedelta(hours=1), True),
    ],
    ids=[
        "soon",
        "after two weeks",
        "by a clock that was ahead",
        "erased",
        "agreed",
        "withdrawn",
        "finger",
        "finger of terminals",
        "ID photo",
        "draft",
        "nothing deleted",
    ],
)
def test_a_copy_stays_for_two_weeks_and_not_beyond_an_erasure(
    tmp_path: Path, happens: Happens, later: timedelta, *, stays: bool
) -> None:
    file = tmp_path / DATABASE
    engine = connect(sqlite_url(file))
    upgrade(engine)
    store = Store(engine, Vault(bytes(32)))
    keep_copy(file, "0008")
    now = store.clock() + later
    with store.write(now=now) as tx:
        happens(tx)
    store.clock = lambda: now
    UpgradeCopies(store, tmp_path).delete_old()
    store.close()
    assert bool(copies_beside(file)) is stays
