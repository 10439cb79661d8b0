"""What is known of people who may be invited, and of the emails that carry their links. N22."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from console.domain.campaigns import Candidate
from console.domain.enrolment_health import FAILED_LEAST
from console.domain.funnel import Stage
from console.domain.invitations import Event, Status
from console.store.columns import new_id
from console.store.database import Store, connect
from console.store.queries.candidates import candidates, held_people
from console.store.queries.emails import INVITATION, REMINDER, add_email, note_left, note_lost
from console.store.queries.enrolments import advance_invitation
from console.store.schema import (
    Employee,
    EmployeeGroup,
    GroupMember,
    Invitation,
    Kiosk,
    Login,
    Outbox,
)
from console.store.unit_of_work import Tx
from console.store.vault import Vault
from tests.conftest import Databases
from tests.store.made import NOW, add_employee, add_enrolment, add_invitation

TODAY = date(2026, 11, 22)


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    """A database of this test alone: it knows everybody."""
    made = Store(connect(databases.migrated()), Vault(bytes(range(32))), clock=lambda: NOW)
    yield made
    made.close()


def add_kiosk(tx: Tx) -> Kiosk:
    row = Kiosk(id=new_id(), name="Lobby", state={}, added_by="Mei", added_at=NOW)
    tx.add(row)
    tx.flush()
    return row


def add_login(tx: Tx, kiosk: Kiosk, person: Employee, reason: str = "") -> None:
    tx.add(
        Login(
            kiosk_id=kiosk.id,
            employee_id=person.id,
            pin=person.number,
            at=NOW - timedelta(days=1),
            local_time="2026-11-21 08:30:00",
            verify=-1,
            direction=-1,
            method="face",
            outcome="refused" if reason else "accepted",
            reason=reason,
            content_key=new_id(),
            received_at=NOW,
        )
    )


def test_N22_what_is_known_of_people_is_read_in_a_few_statements(store: Store) -> None:
    with store.write() as tx:
        for _ in range(30):
            add_invitation(tx, add_employee(tx), Status.EXPIRED)
    statements = []
    sa.event.listen(store.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    with store.read() as tx:
        assert len(candidates(tx, date(2026, 11, 22), whole=True)) == 30
    assert len([one for one in statements if one.startswith("SELECT")]) <= 5


def test_N22_facts_about_a_person(store: Store) -> None:
    with store.write() as tx:
        person = add_employee(tx)
        person.valid_until = date(2026, 11, 21)
        earlier = add_invitation(tx, person, Status.IN_USE)
        add_enrolment(tx, earlier)
        open_link = add_invitation(tx, person, Status.OPENED)
        open_link.created_at = NOW + timedelta(minutes=1)
        merged = add_employee(tx)
        merged.merged_into = person.id
    with store.read() as tx:
        tx.now = NOW
        found = candidates(tx, date(2026, 11, 22))
    assert set(found) == {person.id}
    assert found[person.id] == Candidate(
        id=person.id,
        number=person.number,
        name="Nur Aisyah",
        email="",
        last_day_over=True,
        statuses=frozenset({Status.IN_USE, Status.OPENED}),
        newest=Status.OPENED,
        has_link=True,
        enrolled_at=NOW,
    )


def test_N22_whose_face_often_fails_and_who_is_in_which_group(store: Store) -> None:
    with store.write() as tx:
        kiosk = add_kiosk(tx)
        failing, well, nobody = (add_employee(tx) for _ in range(3))
        for person in (failing, well):
            add_enrolment(tx, add_invitation(tx, person, Status.IN_USE))
        for _ in range(FAILED_LEAST):
            add_login(tx, kiosk, failing, "face_not_matched")
            add_login(tx, kiosk, nobody, "face_not_matched")
            add_login(tx, kiosk, well)
        tx.add(EmployeeGroup(id="a" * 32, name="Night shift"))
        tx.flush()
        tx.add(GroupMember(group_id="a" * 32, employee_id=well.id))
    with store.read() as tx:
        found = candidates(tx, TODAY, whole=True)
        plain = candidates(tx, TODAY, [failing.id])
    assert [found[one.id].often_fails for one in (failing, well, nobody)] == [True, False, False]
    assert found[well.id].groups == {"a" * 32}
    assert list(plain) == [failing.id]
    assert not plain[failing.id].often_fails, "it was not asked for"


def test_N22_people_who_are_held_are_read_once(store: Store) -> None:
    with store.write() as tx:
        ids = [add_employee(tx).id for _ in range(5)]
    statements = []
    sa.event.listen(store.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    with store.read() as reading, held_people(reading, ids):
        assert all(reading.get_one(Employee, one).active for one in ids)
    assert len([one for one in statements if one.startswith("SELECT")]) == 1


def queued(
    tx: Tx, status: Status = Status.INVITED, kind: str = INVITATION
) -> tuple[Invitation, Outbox]:
    person = add_employee(tx)
    person.email = "nur@example.com"
    row = add_invitation(tx, person, status)
    add_email(tx, person.id, kind, {}, row.id, leaves_at=NOW + timedelta(hours=1))
    tx.flush()
    return row, tx.scalars(sa.select(Outbox).where(Outbox.invitation_id == row.id)).one()


@pytest.mark.parametrize(
    ("kind", "stage", "told"),
    [(INVITATION, Stage.SENT, True), (REMINDER, Stage.SENT, True), ("approved", 0, False)],
)
def test_N22_an_email_with_the_link_that_has_left_was_sent(
    store: Store, kind: str, stage: int, told: bool
) -> None:
    with store.write() as tx:
        row, email = queued(tx, kind=kind)
        assert email.run_at == NOW + timedelta(hours=1)
        row.email_failed = told
        note_left(tx, email)
        assert (row.stage, row.told_at, row.email_failed) == (stage, NOW if told else None, False)


@pytest.mark.parametrize(("kind", "failed"), [(INVITATION, True), (REMINDER, False)])
def test_N22_only_the_first_email_with_a_link_leaves_somebody_without_one(
    store: Store, kind: str, failed: bool
) -> None:
    with store.write() as tx:
        row, email = queued(tx, kind=kind)
        note_lost(tx, email)
        assert row.email_failed is failed


@pytest.mark.parametrize(
    ("status", "event", "link", "emails"),
    [
        (Status.INVITED, Event.OPEN, True, 1),
        (Status.INVITED, Event.REVOKE, False, 0),
        (Status.OPENED, Event.EXPIRE, False, 0),
        (Status.PENDING_APPROVAL, Event.REJECT, True, 1),
        (Status.CONSENTED, Event.SUBMIT, True, 0),
        (Status.PENDING_APPROVAL, Event.APPROVE, False, 0),
    ],
)
def test_N22_a_link_is_kept_and_sent_as_long_as_it_may_be_needed(
    store: Store, status: Status, event: Event, link: bool, emails: int
) -> None:
    with store.write() as tx:
        row, _ = queued(tx, status)
        row.link = b"sealed"
        advance_invitation(tx, row, event)
        tx.flush()
        assert (row.link is not None) is link
        assert len(list(tx.scalars(sa.select(Outbox.id)))) == emails
