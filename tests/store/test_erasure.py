"""People who are erased: what goes, what stays for their places, what brings nobody back. N7."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from console.domain.access_rules import RuleKind
from console.domain.consent import FACE
from console.domain.erasure import (
    STUB_NAME,
    ErasureState,
    check_confirmed,
    needs_second,
)
from console.domain.errors import Conflict, Invalid
from console.domain.invitations import Status
from console.domain.placements import PlacementState
from console.domain.terminals import TerminalStatus
from console.store.columns import Base, new_id
from console.store.database import Store, connect
from console.store.queries.erasure import (
    PlaceState,
    ask_erasure,
    due_erasures,
    erased_numbers,
    going_numbers,
    hide_erased,
    hold_again,
    holding_places,
    is_being_erased,
    is_going,
    places_of,
    proposed_people,
    pseudonym_of,
)
from console.store.queries.purge import forget_stub, purge
from console.store.schema import (
    AccessRuleRow,
    AskedAgain,
    Employee,
    EmployeeGroup,
    EmployeeImport,
    EnrolmentPicture,
    Erasure,
    FingerBlob,
    GroupMember,
    IdPhoto,
    ImportedEmployee,
    InventoryEntry,
    Kiosk,
    KnownLookalike,
    LegalHold,
    Login,
    Operator,
    Outbox,
    PersonKey,
    PersonLink,
    Photo,
    PhotoPicture,
    PinMap,
    Placement,
    PortalSession,
    Terminal,
)
from console.store.unit_of_work import ReadTx, Tx
from tests.conftest import Databases
from tests.store.made import (
    NOW,
    add_consent,
    add_employee,
    add_enrolment,
    add_finger,
    add_invitation,
    add_placement,
    add_terminal,
)

DAY = timedelta(days=1)


def add_erasure(tx: Tx, person: Employee, state: ErasureState = ErasureState.ASKED) -> Erasure:
    batch = new_id()
    ask_erasure(tx, person, batch, state)
    tx.flush()
    return tx.scalars(sa.select(Erasure).where(Erasure.batch == batch)).one()


def erase(store: Store, *people: Employee) -> list[str]:
    """Purges them and returns the ids of their erasures."""
    with store.write() as tx:
        rows = [add_erasure(tx, person) for person in people]
        purge(tx, rows)
        for row in rows:
            row.purged_at = tx.now
        return [row.id for row in rows]


def add_login(tx: Tx, pin: str, **values: Any) -> Login:
    usual = {
        "at": NOW,
        "local_time": "2026-11-22 08:30:00",
        "verify": 1,
        "direction": 0,
        "content_key": new_id() * 2,
        "received_at": NOW,
    }
    row = Login(pin=pin, **{**usual, **values})
    tx.add(row)
    tx.flush()
    return row


def with_everything(tx: Tx) -> Employee:
    """Somebody of whom every table has something."""
    person, other = add_employee(tx), add_employee(tx)
    person.email, person.department = "nur@everything.example", "Kiln"
    invitation = add_invitation(tx, person, Status.APPROVED)
    enrolment, terminal = add_enrolment(tx, invitation), add_terminal(tx, "Gate")
    add_consent(tx, person, FACE, NOW, NOW + DAY)
    add_consent(tx, person, "finger", NOW)
    add_finger(tx, person, 2, b"sealed")
    add_placement(tx, person, terminal, face_id=enrolment.id, face_held=enrolment.id)
    group, photo = EmployeeGroup(id=new_id(), name=new_id()), new_id()
    imported = EmployeeImport(id=new_id(), imported_at=NOW, imported_by="", written=1)
    tx.add(group)
    tx.add(imported)
    submitted = Photo(
        id=photo,
        invitation_id=invitation.id,
        employee_id=person.id,
        slot=1,
        try_no=1,
        state="screened",
        created_at=NOW,
    )
    tx.add(submitted)
    tx.flush()
    first, second = sorted((person.id, other.id))
    for row in (
        PhotoPicture(photo_id=photo, image=b"sealed"),
        EnrolmentPicture(enrolment_id=enrolment.id, image=b"sealed"),
        PortalSession(token_hash=new_id(), invitation_id=invitation.id, created_at=NOW),
        Outbox(
            id=new_id(),
            kind="approved",
            employee_id=person.id,
            invitation_id=invitation.id,
            state="queued",
            run_at=NOW,
            created_at=NOW,
        ),
        FingerBlob(
            id=new_id(),
            employee_id=person.id,
            finger=6,
            algorithm="10",
            template=b"sealed",
            identity="",
            terminal_id=terminal.id,
            taken_by="",
            taken_at=NOW,
        ),
        GroupMember(group_id=group.id, employee_id=person.id),
        PinMap(terminal_id=terminal.id, pin=f"7{person.number}", employee_id=person.id),
        ImportedEmployee(import_id=imported.id, employee_id=person.id, before=None, at=NOW),
        KnownLookalike(
            id=new_id(),
            first_id=first,
            second_id=second,
            reason="Nur's brother",
            noted_by="",
            noted_at=NOW,
        ),
        LegalHold(employee_id=person.id, reason="", placed_by="", placed_at=NOW),
        PersonKey(employee_id=person.id, wrapped=b"", kek_version=1),
        PersonLink(token_hash=new_id(), employee_id=person.id, sealed=b"sealed", created_at=NOW),
        IdPhoto(id=new_id(), employee_id=person.id, state="waiting", added_by="", added_at=NOW),
        AskedAgain(employee_id=person.id, modality="face", version=2, asked_at=NOW, answer_days=30),
        InventoryEntry(terminal_id=terminal.id, pin=person.number, digest="0", seen_at=NOW),
        AccessRuleRow(scope_id=terminal.id, kind=RuleKind.NEVER, names=person.id),
        AccessRuleRow(scope_id=terminal.id, kind=RuleKind.PERSON, names=person.id),
        Operator(
            id=new_id(),
            username=new_id(),
            name="",
            role="technician",
            password_hash="",
            employee_id=person.id,
            created_at=NOW,
        ),
    ):
        tx.add(row)
        tx.flush()
    add_login(tx, person.number, employee_id=person.id, terminal_id=terminal.id, path=[{"a": 1}])
    return person


def referring(tx: ReadTx, employee_id: str) -> set[str]:
    """Columns in which this id stands."""
    found = set()
    for table in Base.metadata.tables.values():
        for column in table.columns:
            is_id = isinstance(column.type, sa.String) and (column.type.length or 0) >= 32
            if is_id and tx.scalar(sa.select(column).where(column == employee_id).limit(1)):
                found.add(f"{table.name}.{column.name}")
    return found


def test_N7_every_table_that_can_be_about_a_person_is(shared_store: Store) -> None:
    """A new table that refers to people joins `with_everything`, and so what is purged."""
    refers = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if any(key.column is Employee.__table__.c.id for key in column.foreign_keys)
    }
    with shared_store.write() as tx:
        person = with_everything(tx)
    with shared_store.read() as tx:
        there = referring(tx, person.id) | {
            "known_lookalike.first_id",
            "known_lookalike.second_id",
        }
        assert refers - {"employee.merged_into"} <= there, "such a row is erased beside theirs"


def test_N7_nothing_of_somebody_erased_is_left_but_what_their_places_need(
    shared_store: Store,
) -> None:
    with shared_store.write() as tx:
        person = with_everything(tx)
    (erasure_id,) = erase(shared_store, person)
    with shared_store.read() as tx:
        assert referring(tx, person.id) == {
            "access_rule.names",
            "audit.object_id",
            "employee.id",
            "erasure.employee_id",
            "placement.employee_id",
        }
        stub = tx.get_one(Employee, person.id)
        assert (stub.last_name, stub.email, stub.department) == (STUB_NAME, "", "")
        assert stub.erased
        assert not stub.in_force
        (rule,) = tx.scalars(
            sa.select(AccessRuleRow.kind).where(AccessRuleRow.names == person.id)
        ).all()
        assert rule is RuleKind.PERSON, "a terminal for one person must not open to everybody"
        erasure = tx.get_one(Erasure, erasure_id)
        assert erasure.state is ErasureState.EMPTYING
        assert erasure.removed["photos"] == erasure.removed["face templates"] == 1
        proven = [(one["modality"], one["language"]) for one in erasure.consents]
        assert proven == [("face", "en"), ("finger", "en")]
        login = tx.scalars(sa.select(Login).where(Login.pin == erasure.pseudonym)).one()
        assert (login.employee_id, login.path) == (None, None)
        (place,) = (
            one
            for one in tx.scalars(sa.select(Placement).where(Placement.employee_id == person.id))
            if one.face_held
        )
        assert (place.belongs, place.state, place.face_id) == (False, PlacementState.WAITING, None)
        assert place.pin == person.number, "by this the terminal removes them"
    with shared_store.write() as tx:
        forget_stub(tx, person.id)
    with shared_store.read() as tx:
        assert referring(tx, person.id) == {
            "access_rule.names",
            "audit.object_id",
            "erasure.employee_id",
        }
        pins = sa.select(InventoryEntry.pin).where(InventoryEntry.pin == person.number)
        assert tx.scalar(pins) is None


def test_P12_every_terminal_is_asked_by_the_number_that_it_knows_somebody_by(
    shared_store: Store,
) -> None:
    with shared_store.write() as tx:
        person, other = add_employee(tx), add_employee(tx)
        mapped, taken, blocked, strange = (add_terminal(tx, name) for name in "abcd")
        waits, used = add_terminal(tx, "e"), add_terminal(tx, "f")
        add_login(tx, person.number, employee_id=person.id, terminal_id=used.id)
        for row in (blocked, strange, used):
            row.status = TerminalStatus.BLOCKED
        waits.status = TerminalStatus.PENDING
        tx.add(PinMap(terminal_id=mapped.id, pin="900000001", employee_id=person.id))
        tx.add(PinMap(terminal_id=taken.id, pin=person.number, employee_id=other.id))
        for terminal in (blocked, waits):
            tx.add(
                InventoryEntry(terminal_id=terminal.id, pin=person.number, digest="0", seen_at=NOW)
            )
        tx.flush()
    erase(shared_store, person)
    with shared_store.read() as tx:
        mine = sa.select(Placement.terminal_id, Placement.pin)
        pins = dict(tx.execute(mine.where(Placement.employee_id == person.id)).all())
        assert pins[mapped.id] == "900000001"
        assert pins[blocked.id] == pins[used.id] == person.number
        assert not pins.keys() & {taken.id, strange.id, waits.id}
        assert erased_numbers(tx, ["900000001"]) == {}
        assert list(erased_numbers(tx, ["900000001"], mapped.id)) == ["900000001"]


def test_N7_late_logins_of_somebody_erased_are_nobodys_and_stored_once(
    shared_store: Store,
) -> None:
    with shared_store.write() as tx:
        person, terminal = add_employee(tx), add_terminal(tx, "Gate")
        add_login(
            tx,
            person.number,
            employee_id=person.id,
            terminal_id=terminal.id,
            content_key="k" * 64,
        )
    (erasure_id,) = erase(shared_store, person)

    def reported(key: str, **more: Any) -> dict[str, Any]:
        usual = {"pin": person.number, "employee_id": None, "at": NOW, "content_key": key}
        return {**usual, **more}

    with shared_store.write() as tx:
        pseudonym = tx.get_one(Erasure, erasure_id).pseudonym
        stranger = reported("s" * 64, pin="no number of anybody")
        found = hide_erased(tx, terminal.id, [reported("k" * 64), reported("n" * 64), stranger])
        assert [row["pin"] for row in found] == [pseudonym, "no number of anybody"]
        assert found[0]["content_key"] != "n" * 64, "whoever has the key could find the number"
        again = add_employee(tx, number=person.number)
        again.created_at = tx.now + DAY
        tx.flush()
        late = reported("l" * 64, employee_id=again.id, at=tx.now)
        theirs = reported("t" * 64, employee_id=again.id, at=tx.now + 2 * DAY)
        found = hide_erased(tx, terminal.id, [late, theirs])
        assert [row["pin"] for row in found] == [pseudonym, person.number]
        again.number = f"{person.number}x"
        tx.flush()
    erase(shared_store, again)
    with shared_store.write() as tx:
        assert hide_erased(tx, terminal.id, [stranger]) == [stranger]
        assert pseudonym_of(tx, person.id, "", NOW) == pseudonym
        assert pseudonym_of(tx, "", person.number, NOW) == pseudonym
        assert pseudonym_of(tx, new_id(), "nobody's", NOW) == ""
        assert pseudonym_of(tx, "", "", NOW) == ""


def test_N7_nobody_erased_is_sealed_for_again(shared_store: Store) -> None:
    with shared_store.write() as tx:
        person = add_employee(tx)
        tx.seal(person.id, "photo", "1", "image", b"plain")
    erase(shared_store, person)
    with shared_store.write() as tx, pytest.raises(Conflict, match="erased"):
        tx.seal(person.id, "photo", "2", "image", b"plain")
    with shared_store.write() as tx, pytest.raises(Conflict, match="erased"):
        tx.make_keys([person.id])


def add_kiosk(tx: Tx, **values: Any) -> Kiosk:
    usual = {"name": "Lobby", "state": {}, "added_by": "", "added_at": NOW, "last_seen": NOW}
    row = Kiosk(id=new_id(), **{**usual, **values})
    tx.add(row)
    tx.flush()
    return row


def test_P12_what_is_offline_holds_until_it_has_shown_that_it_does_not(
    shared_store: Store,
) -> None:
    with shared_store.write() as tx:
        tx.execute(sa.update(Kiosk).values(gone_at=tx.now))
        tx.execute(sa.update(Terminal).values(status=TerminalStatus.REMOVED))
        person, gate, door = add_employee(tx), add_terminal(tx, "Gate"), add_terminal(tx, "")
        kiosk = add_kiosk(tx)
        add_kiosk(tx, last_seen=None)
        add_kiosk(tx, removed_at=NOW - DAY)
        former = add_kiosk(tx, name="Yard", removed_at=NOW + DAY)
    (erasure_id,) = erase(shared_store, person)

    def states() -> dict[str, PlaceState]:
        with shared_store.read() as tx:
            row = tx.get_one(Erasure, erasure_id)
            held = [one for one in places_of(tx, row) if one.state is PlaceState.HOLDS]
            assert holding_places(tx, [row])[row.id] == len(held)
            due = erasure_id in {one for one, _ in tx.execute(due_erasures())}
            assert due == (not held)
            mine = {gate.id, door.id, kiosk.id, former.id}
            return {one.name: one.state for one in places_of(tx, row) if one.id in mine}

    assert set(states()) == {"Gate", door.serial, "Lobby", "Yard"}
    assert set(states().values()) == {PlaceState.HOLDS}
    with shared_store.write() as tx:
        row = tx.get_one(Placement, (gate.id, person.id))
        row.state, row.confirmed_at = PlacementState.CONFIRMED, tx.now
        tx.get_one(Terminal, door.id).status = TerminalStatus.REMOVED
        tx.get_one(Kiosk, kiosk.id).list_at = tx.now
    assert states() == {
        "Gate": PlaceState.SHOWN,
        door.serial: PlaceState.GONE,
        "Lobby": PlaceState.SHOWN,
        "Yard": PlaceState.HOLDS,
    }
    with shared_store.write() as tx:
        tx.get_one(Kiosk, former.id).gone_at = tx.now
    assert states()["Yard"] is PlaceState.GONE


def test_N7_before_the_rows_are_gone_no_kiosk_counts_and_the_job_is_due(
    shared_store: Store,
) -> None:
    with shared_store.write() as tx:
        add_kiosk(tx)
        row = add_erasure(tx, add_employee(tx))
        assert [one for one in places_of(tx, row) if one.kind == "kiosk"] == []
        purge(tx, [row])
        tx.flush()
        assert row.id in {one for one, _ in tx.execute(due_erasures())}, "its moment is not noted"


def test_P12_a_terminal_that_shows_somebody_again_is_asked_again(shared_store: Store) -> None:
    with shared_store.write() as tx:
        person, gate = add_employee(tx), add_terminal(tx, "Gate")
    (erasure_id,) = erase(shared_store, person)
    with shared_store.write() as tx:
        assert hold_again(tx, gate.id, [person.number, "stranger"]) == [person.number]
        row = tx.get_one(Placement, (gate.id, person.id))
        row.state, row.confirmed_at = PlacementState.CONFIRMED, tx.now
        tx.flush()
        hold_again(tx, gate.id, [person.number])
        assert row.state is PlacementState.WAITING
        forget_stub(tx, person.id)
        tx.get_one(Erasure, erasure_id).state = ErasureState.DONE
        tx.flush()
        tx.session.expire_all()
        assert not is_being_erased(tx, person.number)
        hold_again(tx, gate.id, [person.number])
        assert tx.get_one(Employee, person.id).erased
        row = tx.get_one(Placement, (gate.id, person.id))
        assert (row.pin, row.belongs, row.state) == (person.number, False, PlacementState.WAITING)
        assert tx.get_one(Erasure, erasure_id).state is ErasureState.EMPTYING
        assert is_being_erased(tx, person.number)


def test_N7_where_nobody_was_erased_nothing_is_looked_up(databases: Databases) -> None:
    store = Store(connect(databases.migrated()))
    with store.read() as tx:
        assert erased_numbers(tx, ["1042"]) == {}, "and no key is needed for it"
    store.close()


def test_N17_many_at_once_need_two_administrators_where_there_are_two() -> None:
    assert needs_second(2, 2)
    assert not needs_second(1, 2)
    assert not needs_second(500, 1)


@pytest.mark.parametrize(
    ("typed", "people"), [(" 1042 ", 1), ("12", 12), ("1,200", 1200), ("1200", 1200)]
)
def test_N17_what_is_typed_confirms(typed: str, people: int) -> None:
    check_confirmed(typed, people, "1042")


@pytest.mark.parametrize(("typed", "people"), [("", 1), ("1", 1), ("1042", 2), ("", 2)])
def test_N17_anything_else_does_not(typed: str, people: int) -> None:
    with pytest.raises(Invalid, match=r"1042|number of people"):
        check_confirmed(typed, people, "1042")


def test_N17_all_who_wait_for_a_second_administrator_are_counted(shared_store: Store) -> None:
    """However many of them a list shows: their number has to be typed."""
    states = [ErasureState.PROPOSED, ErasureState.PROPOSED, ErasureState.ASKED]
    with shared_store.write() as tx:
        for number, state in enumerate(states):
            add_erasure(tx, add_employee(tx, f"batch-{number}"), state).batch = "counted"
        tx.flush()
        assert proposed_people(tx, ["counted", "none"]) == {"counted": 2}


def test_N7_whose_rows_go_next_is_known_by_number_until_they_are_gone(shared_store: Store) -> None:
    with shared_store.write() as tx:
        asked, proposed = add_employee(tx, "goes-next"), add_employee(tx, "goes-perhaps")
        row = add_erasure(tx, asked)
        add_erasure(tx, proposed, ErasureState.PROPOSED)
        assert going_numbers(tx)[asked.id] == "goes-next"
        assert proposed.id not in going_numbers(tx)
        assert [is_going(tx, one.id) for one in (asked, proposed)] == [True, False]
        purge(tx, [row])
        tx.flush()
        assert asked.id not in going_numbers(tx)
        assert not is_going(tx, asked.id)
