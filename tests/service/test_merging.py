"""PE4: two rows that are one person become one, with everything that they own."""

from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import select

from bridge.terminals.terminal import Punch
from console.api import access_rules, employees, merging, person
from console.api import employee_lists as lists
from console.api.kiosk_link import KioskLogin
from console.api.operation import ById, ServiceError
from console.demo.site import wait_until
from console.domain.access_rules import RuleKind
from console.domain.consent import FACE, FACE_VERSION
from console.domain.errors import Conflict, Forbidden
from console.domain.invitations import Status
from console.domain.language import CHINESE, MALAY
from console.domain.login_events import Stamp
from console.domain.placements import PlacementState
from console.domain.validity import ValidDays
from console.service.kiosks.uploads import store_logins
from console.service.people.employees import fields_of
from console.service.people.erasure import ask_to_erase
from console.service.people.holds import set_hold
from console.service.people.merged_rows import MOVED, STAY
from console.service.people.merging import merge, notes, refusal
from console.service.terminals.login_reports import LoginReport, store_reports
from console.store.columns import Base, new_id
from console.store.database import Store, connect
from console.store.queries.asked_again import QUESTIONS
from console.store.queries.fingers import templates_of
from console.store.queries.people import merged_into
from console.store.schema import (
    AskedAgain,
    Employee,
    Enrolment,
    EnrolmentPicture,
    Finger,
    IdPhoto,
    Invitation,
    KnownLookalike,
    LegalHold,
    Login,
    Outbox,
    PersonKey,
    Photo,
    PhotoPicture,
    Placement,
)
from console.store.unit_of_work import Tx
from console.store.vault import Vault
from tests.conftest import Databases, RunningSite
from tests.service.test_person import add_kiosk, add_logins
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


@pytest.fixture(scope="module")
def store(databases: Databases) -> Iterator[Store]:
    made = Store(connect(databases.migrated()), Vault(bytes(range(32))))
    yield made
    made.close()


def add_face(tx: Tx, row: Employee, age: timedelta) -> Enrolment:
    """A face in force, with its picture and a photo, all sealed."""
    face = add_enrolment(tx, add_invitation(tx, row, Status.IN_USE))
    face.approved_at = NOW - age
    face.template = tx.seal(row.id, "enrolment", face.id, "template", f"face {age.days}".encode())
    image = tx.seal(row.id, "enrolment", face.id, "image", b"picture")
    tx.add(EnrolmentPicture(enrolment_id=face.id, image=image))
    photo = Photo(
        id=new_id(),
        invitation_id=face.invitation_id,
        employee_id=row.id,
        slot=1,
        try_no=1,
        state="screened",
        created_at=NOW,
    )
    photo.vector = tx.seal(row.id, "photo", photo.id, "vector", b"vector")
    tx.add(photo)
    tx.flush()
    sealed = tx.seal(row.id, "photo", photo.id, "image", b"jpeg")
    tx.add(PhotoPicture(photo_id=photo.id, image=sealed))
    return face


def add_sealed_finger(tx: Tx, row: Employee, position: int, scans: list[bytes]) -> None:
    finger = add_finger(tx, row, position, b"")
    packed = msgspec.msgpack.encode(scans)
    finger.templates = tx.seal(row.id, "finger", finger.id, "templates", packed)


def test_PE4_everything_of_a_row_is_of_the_other_and_opens_with_its_key(store: Store) -> None:
    with store.write() as tx:
        keep, gone, third = add_employee(tx), add_employee(tx), add_employee(tx)
        old, new = add_face(tx, keep, 9 * DAY), add_face(tx, gone, DAY)
        add_sealed_finger(tx, keep, 2, [b"kept"])
        add_sealed_finger(tx, gone, 2, [b"dropped"])
        add_sealed_finger(tx, gone, 7, [b"moved"])
        add_consent(tx, gone, FACE, NOW)
        add_logins(tx, gone, add_kiosk(tx), ("accepted", ""))
        pair = sorted((gone.id, third.id))
        tx.add(
            KnownLookalike(
                first_id=pair[0], second_id=pair[1], reason="twins", noted_by="", noted_at=NOW
            )
        )
        tx.flush()
        said = notes(tx, keep, gone)
        assert any("The newer one" in one for one in said)
        assert any(f"right index finger. The one of {keep.number} is kept" in one for one in said)
        ids, faces = (keep.id, gone.id), (old.id, new.id)
        fields, number = fields_of(keep), gone.number
    with store.write() as tx:
        row, fingers = merge(tx, ids[1], ids[0], fields, ValidDays(), "")
        assert row.id == ids[0]
        assert fingers.gone == [2, 7]
        assert sorted(fingers.kept) == [(2, [b"kept"]), (7, [b"moved"])]
    with store.read() as tx:
        assert tx.get(PersonKey, ids[1]) is None
        live = {face.id: face.live for face in tx.scalars(select(Enrolment)) if face.id in faces}
        assert live == {faces[0]: False, faces[1]: True}
        moved = tx.get_one(Enrolment, faces[1])
        assert tx.open(ids[0], "enrolment", moved.id, "template", moved.template) == b"face 1"
        image = tx.get_one(EnrolmentPicture, moved.id).image
        assert tx.open(ids[0], "enrolment", moved.id, "image", image) == b"picture"
        photos = list(tx.scalars(select(Photo).where(Photo.employee_id == ids[0])))
        assert len(photos) == 2
        for photo in photos:
            assert photo.vector is not None
            assert tx.open(ids[0], "photo", photo.id, "vector", photo.vector) == b"vector"
            jpeg = tx.get_one(PhotoPicture, photo.id).image
            assert jpeg is not None
            assert tx.open(ids[0], "photo", photo.id, "image", jpeg) == b"jpeg"
        own = {
            finger.position: templates_of(tx, finger)
            for finger in tx.scalars(select(Finger).where(Finger.employee_id == ids[0]))
        }
        assert own == {2: [b"kept"], 7: [b"moved"]}
        assert tx.scalar(select(Login.id).where(Login.employee_id == ids[0])) is not None
        earlier = select(Invitation.status).where(
            Invitation.id == tx.get_one(Enrolment, faces[0]).invitation_id
        )
        assert tx.scalar(earlier) is Status.SUPERSEDED
        left = tx.get_one(Employee, ids[1])
        assert (left.number, left.merged_into, left.in_force) == (number, ids[0], False)
        assert merged_into(tx, {ids[1], ids[0]}) == {ids[1]: ids[0]}


def test_PE4_no_table_of_a_person_is_forgotten_by_a_merge() -> None:
    refers = {
        table.name
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.target_fullname == "employee.id"
    }
    moved = {kind.__tablename__ for kind in MOVED}
    by_hand = {"asked_again", "group_member", "known_lookalike", "legal_hold", "employee"}
    assert refers == moved | STAY | by_hand


def test_PE4_two_rows_are_not_merged_against_a_withdrawal_or_by_oneself(store: Store) -> None:
    with store.write() as tx:
        keep, gone = add_employee(tx), add_employee(tx)
        add_consent(tx, keep, FACE, NOW - 2 * DAY)
        add_consent(tx, gone, FACE, NOW - 9 * DAY, withdrawn_at=NOW - DAY)
        ids, fields = (keep.id, gone.id), fields_of(keep)
        assert f"withdrawn under {gone.number}" in refusal(tx, keep, gone, "")
        assert refusal(tx, keep, keep, "") == "Choose two different rows."
    with store.write() as tx:
        with pytest.raises(Conflict, match="was withdrawn under"):
            merge(tx, ids[1], ids[0], fields, ValidDays(), "")
        with pytest.raises(Forbidden, match="Another administrator"):
            merge(tx, ids[1], ids[0], fields, ValidDays(), ids[0])


def test_PE4_of_two_open_invitations_the_newer_one_stays(store: Store) -> None:
    with store.write() as tx:
        keep, gone = add_employee(tx), add_employee(tx)
        add_invitation(tx, keep, Status.INVITED)
        newer = add_invitation(tx, gone, Status.PENDING_APPROVAL)
        newer.created_at = NOW + DAY
        tx.flush()
        assert any("open invitation" in one for one in notes(tx, keep, gone))
        merge(tx, gone.id, keep.id, fields_of(keep), ValidDays(), "")
        query = select(Invitation.status).where(Invitation.employee_id == keep.id)
        statuses = set(tx.scalars(query))
        assert statuses == {Status.REVOKED, Status.PENDING_APPROVAL}


def test_PE4_a_legal_hold_holds_under_the_other_number_too(store: Store) -> None:
    with store.write() as tx:
        keep, gone, third = add_employee(tx), add_employee(tx), add_employee(tx)
        set_hold(tx, gone, "A lawsuit")
        set_hold(tx, third, "Another")
        merge(tx, gone.id, keep.id, fields_of(keep), ValidDays(), "")
        assert tx.get_one(LegalHold, keep.id).reason == "A lawsuit"
        assert tx.get(LegalHold, gone.id) is None
        merge(tx, third.id, keep.id, fields_of(keep), ValidDays(), "")
        assert tx.get_one(LegalHold, keep.id).reason == "A lawsuit"


def test_PE4_who_is_to_be_erased_is_not_merged(store: Store) -> None:
    with store.write() as tx:
        keep, gone = add_employee(tx), add_employee(tx)
        ask_to_erase(tx, [gone.id], gone.number)
        assert refusal(tx, keep, gone, "") == "One of the two is to be erased."


def as_request(row: employees.EmployeeRow, **changes: str) -> employees.SaveEmployee:
    plain = employees.SaveEmployee(
        id=row.id,
        number=row.number,
        first_name=row.first_name,
        last_name=row.last_name,
        email=row.email,
        department=row.department,
    )
    return msgspec.structs.replace(plain, **changes)


def test_PE4_after_a_merge_terminals_lose_the_old_number_and_nobody_gets_it(
    running: RunningSite,
) -> None:
    call = running.client.call
    keep, gone = running.add_employee(), running.add_employee()
    with running.store().write() as tx:
        gate = add_terminal(tx, f"Gate {gone.number}")
        row = tx.get_one(Employee, gone.id)
        add_placement(tx, row, gate, PlacementState.CONFIRMED, confirmed_at=tx.now)
        gate_id = gate.id
    rule = access_rules.Rule(kind=RuleKind.NEVER, names=gone.id)
    change = access_rules.SaveTerminalRules(terminal_id=gate_id, zone_id="", rules=[rule])
    impact = call(access_rules.preview_change, access_rules.PreviewChange(change=change))
    request = access_rules.ApplyChange(change=change, confirmed=impact.removals)
    call(access_rules.apply_change, request)
    look = call(merging.look_at_merge, merging.TwoRows(keep_id=keep.id, gone_id=gone.id))
    assert look.refusal == ""
    assert look.gone.owns["Terminals"] == 1
    assert "cannot be undone" in look.notes[-1]
    with pytest.raises(ServiceError, match="Swap the two"):
        wrong = as_request(keep, number=gone.number)
        call(merging.merge, merging.Merge(gone_id=gone.id, employee=wrong))
    wanted = as_request(keep, email=gone.email)
    assert call(merging.merge, merging.Merge(gone_id=gone.id, employee=wanted)).email == gone.email

    def must_go() -> bool:
        with running.store().read() as tx:
            return not tx.get_one(Placement, (gate_id, gone.id)).belongs

    wait_until(must_go)
    own = call(access_rules.of_terminal, ById(id=gate_id)).own
    assert [rule.names for rule in own] == [keep.id]
    with pytest.raises(ServiceError, match=f"merged into number {keep.number}"):
        call(employees.get_employee, ById(id=gone.id))
    found = call(person.read_person, ById(id=keep.id))
    assert found.earlier_numbers == [gone.number]
    assert found.changes is not None
    assert "Merged another row into this one" in [row.what for row in found.changes]
    listed = call(employees.list_employees, employees.ListEmployees(search=gone.number))
    assert gone.id not in [row.id for row in listed.rows]
    data = f"number,last name,active\n{gone.number},Again,yes\n".encode()
    task = call(lists.import_employees, lists.ImportEmployees(data=data, apply=True, returns=True))
    report = running.client.finish(task).imported
    assert report is not None
    assert [line.note for line in report.lines] == [
        f"Merged into number {keep.number}. Use that number."
    ]


def test_PE4_a_late_login_under_the_old_number_is_the_persons(store: Store) -> None:
    with store.write() as tx:
        keep, gone = add_employee(tx), add_employee(tx)
        gate, kiosk = add_terminal(tx, "Gate"), add_kiosk(tx)
        merge(tx, gone.id, keep.id, fields_of(keep), ValidDays(), "")
        at = KioskLogin(
            id="1",
            at=NOW,
            local_time="",
            outcome="accepted",
            method="number",
            reason="",
            stamp=Stamp.NONE,
            employee_id="",
            number=gone.number,
            as_of=None,
            path=[],
        )
        store_logins(tx, kiosk.id, [at])
        number, ids = gone.number, (keep.id, gate.id)
    punch = Punch(number, "2026-11-22 08:00:00", 0, 1)
    assert store_reports(store, [LoginReport(ids[1], [punch])]) == [1]
    with store.read() as tx:
        query = select(Login.employee_id).where(Login.pin == number)
        assert list(tx.scalars(query)) == [ids[0], ids[0]]


def asked_again(tx: Tx, person: Employee) -> None:
    """They agreed to the text before the one in force, and were told to answer."""
    add_consent(tx, person, FACE, NOW - DAY).text_version = FACE_VERSION - 1
    told = {"asked_at": NOW, "answer_days": 30, "told_at": NOW, "answer_by": NOW + 30 * DAY}
    tx.add(AskedAgain(employee_id=person.id, modality=FACE, version=FACE_VERSION, **told))
    tx.flush()


@pytest.mark.parametrize("asked_under", ["keep", "gone"])
def test_PE4_N8_a_question_that_was_answered_under_the_other_number_is_over(
    store: Store, asked_under: str
) -> None:
    with store.write() as tx:
        keep, gone = add_employee(tx), add_employee(tx)
        asked, answered = (keep, gone) if asked_under == "keep" else (gone, keep)
        asked_again(tx, asked)
        add_consent(tx, answered, FACE, NOW).text_version = FACE_VERSION
        add_waiting_email(tx, asked)
        merge(tx, gone.id, keep.id, fields_of(keep), ValidDays(), "")
        assert tx.get(AskedAgain, (keep.id, FACE)) is None
        assert tx.get(AskedAgain, (gone.id, FACE)) is None
        mine = select(Outbox.id).where(Outbox.employee_id == keep.id)
        assert tx.scalar(mine) is None, "nothing is sent about it"


def test_PE4_N8_a_question_that_nobody_answered_stays_after_a_merge(store: Store) -> None:
    with store.write() as tx:
        keep, gone = add_employee(tx), add_employee(tx)
        asked_again(tx, keep)
        add_consent(tx, gone, FACE, NOW).text_version = FACE_VERSION - 1
        merge(tx, gone.id, keep.id, fields_of(keep), ValidDays(), "")
        assert tx.get(AskedAgain, (keep.id, FACE)) is not None


def add_waiting_email(tx: Tx, person: Employee) -> None:
    row_id = new_id()
    tx.add(
        Outbox(
            id=row_id,
            kind=QUESTIONS[FACE],
            employee_id=person.id,
            invitation_id=add_invitation(tx, person, Status.SUPERSEDED).id,
            sealed=tx.seal(person.id, "outbox", row_id, "values", b"{}"),
            state="queued",
            attempt=1,
            run_at=NOW,
            created_at=NOW,
        )
    )
    tx.flush()


def test_PE4_N8_a_no_under_either_number_is_a_no_after_a_merge(store: Store) -> None:
    with store.write() as tx:
        keep, gone = add_employee(tx), add_employee(tx)
        gone.opted_out_at, gone.opted_out_by = NOW, "Mei"
        invitation = add_invitation(tx, keep, Status.INVITED)
        tx.add(
            IdPhoto(id=new_id(), employee_id=keep.id, state="waiting", added_by="", added_at=NOW)
        )
        tx.flush()
        assert any("opt-out list" in one for one in notes(tx, keep, gone))
        row, _ = merge(tx, gone.id, keep.id, fields_of(keep), ValidDays(), "")
        assert (row.opted_out_at, row.opted_out_by) == (NOW, "Mei")
        assert tx.get_one(Employee, gone.id).opted_out_at is None
        assert tx.get_one(Invitation, invitation.id).status is Status.REVOKED
        kept = select(IdPhoto.id).where(IdPhoto.employee_id == keep.id)
        assert tx.scalar(kept) is None


def test_PE4_N8_who_has_agreed_is_not_opted_out_by_a_merge(store: Store) -> None:
    with store.write() as tx:
        keep, gone = add_employee(tx), add_employee(tx)
        gone.opted_out_at = NOW
        add_consent(tx, keep, FACE, NOW)
        assert not any("opt-out list" in one for one in notes(tx, keep, gone))
        row, _ = merge(tx, gone.id, keep.id, fields_of(keep), ValidDays(), "")
        assert row.opted_out_at is None


def test_T21_a_merge_keeps_the_language_of_the_person(store: Store) -> None:
    with store.write() as tx:
        keep, gone, other = (add_employee(tx) for _ in range(3))
        gone.language, other.language = MALAY, CHINESE
        row, _ = merge(tx, gone.id, keep.id, fields_of(keep), ValidDays(), "")
        assert row.language == MALAY
        row, _ = merge(tx, other.id, keep.id, fields_of(keep), ValidDays(), "")
        assert row.language == MALAY, "their own stays"
