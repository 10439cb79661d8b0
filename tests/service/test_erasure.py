"""Employees who are erased, on a running site with terminals and kiosks: PE4, N7, P12, N17."""

import base64
import io
import json
import time
import zipfile
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bridge.simulator.unit import SimPerson
from console.api import employee_lists as lists
from console.api import employees, erasure, kiosk_link, kiosks, logins, merging, operators, tasks
from console.api.client import Client
from console.api.operation import ById, Nothing, ServiceError
from console.demo.employee import PortalVisit
from console.demo.site import wait_until
from console.domain.employee_lists import Effect
from console.domain.erasure import ErasureState
from console.domain.fingers import FingerPosition
from console.domain.operators import Role
from console.store.schema import Audit, Employee, Erasure, Login
from tests.conftest import RunningSite, start_site
from tests.service.gates import names, push_terminal, with_face
from tests.service.test_access import approved_door
from tests.service.test_dialled import enrol_at, finish, ready
from tests.service.test_kiosks import as_kiosk, attempt, paired, sync
from tests.service.test_terminals import dial
from tests.support.operators import add_operator, signed_in


def erase(site_: RunningSite, *people: employees.EmployeeRow, confirm: str = "") -> erasure.Asked:
    typed = confirm or (people[0].number if len(people) == 1 else str(len(people)))
    request = erasure.Erase(employee_ids=[one.id for one in people], confirm=typed)
    return site_.client.call(erasure.erase, request)


def rows(site_: RunningSite, batch: str) -> list[erasure.ErasureRow]:
    found = site_.client.call(erasure.list_erasures, erasure.ListErasures()).rows
    return [row for row in found if row.batch == batch]


def wait_state(site_: RunningSite, batch: str, state: ErasureState) -> erasure.ErasureRow:
    def found() -> erasure.ErasureRow | None:
        return row if (row := rows(site_, batch)[0]).state is state else None

    return wait_until(found)


def receipt(site_: RunningSite, erasure_id: str) -> dict[str, Any]:
    """The document of a receipt, whose signature is right."""
    signed = site_.client.call(erasure.receipt, ById(id=erasure_id))
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(signed.key))
    key.verify(base64.b64decode(signed.signature), signed.document.encode())
    document: dict[str, Any] = json.loads(signed.document)
    return document


def sync_fully(site_: RunningSite, token: str) -> kiosk_link.Synced:
    """As a kiosk does: it gets the list, and says at its next call that it has it."""
    synced = sync(site_, token)
    sync(site_, token, synced.roster)
    return synced


def traces(site_: RunningSite, words: Iterable[str]) -> list[str]:
    """Files of the site's folder in which one of these words stands."""
    return [
        f"{path.name}: {word}"
        for path in sorted(site_.demo.data_dir.rglob("*"))
        if path.is_file()
        for word in words
        if word.encode() in path.read_bytes()
    ]


def number_of(site_: RunningSite, person: employees.EmployeeRow) -> int:
    listed = site_.client.call(
        employees.list_employees, employees.ListEmployees(search=person.email)
    )
    return len(listed.rows)


def test_N7_PE4_an_erased_employee_is_nowhere_any_more_and_a_signed_receipt_says_where(
    running: RunningSite,
) -> None:
    door, gate, turnstile = ready(running), push_terminal(running), approved_door(running)
    _, token = paired(running, name="Erasing lobby")
    person = with_face(running, number="914827365")
    request = employees.SaveEmployee(
        id=person.id,
        number=person.number,
        first_name="Zebulon",
        last_name="Quackenbush",
        email=person.email,
        department="Kiln",
    )
    person = running.client.call(employees.save_employee, request)
    enrol_at(door, person, FingerPosition.LEFT_INDEX)
    running.wait_status(person, "pushed")
    assert running.demo.present(gate, person.number)
    running.wait_status(person, "in_use")
    link = running.invite(person)
    sync_fully(running, token)
    template = door.unit.people[person.number].fingers[FingerPosition.LEFT_INDEX.on_terminals]
    look = running.client.call(erasure.look_at_erase, erasure.WhoToErase(employee_ids=[person.id]))
    assert {row.what: row.count for row in look.rows}["face templates"] == 1
    assert {place.kind for place in look.places} == {"terminal", "kiosk"}
    batch = erase(running, person).batch
    wait_until(lambda: rows(running, batch)[0].state is not ErasureState.ASKED)
    assert number_of(running, person) == 0
    with pytest.raises(ServiceError, match="no longer exists"):
        running.reload(person)
    assert PortalVisit(link).open().status_code == 404
    for unit in (door.unit, gate.unit, turnstile.unit):
        wait_until(partial(lambda one: person.number not in one.people, unit))
    wait_until(lambda: rows(running, batch)[0].holding == 1)
    row = rows(running, batch)[0]
    assert row.state is ErasureState.EMPTYING, "the kiosk has shown nothing yet"
    early = receipt(running, row.id)
    assert (early["complete"], early["still holding"]) == (False, 1)
    synced = sync_fully(running, token)
    assert synced.entries is not None
    assert person.id not in {one.id for one in synced.entries}
    wait_state(running, batch, ErasureState.DONE)
    final = receipt(running, row.id)
    assert (final["complete"], final["still holding"]) == (True, 0)
    shown = {place["name"]: place for place in final["places"]}
    assert shown["Erasing lobby"]["state"] == "shown"
    for unit in (door.unit, gate.unit, turnstile.unit):
        place = shown[names(running)[unit.serial].name]
        assert place["state"] == "shown"
        assert place["shown"]
    assert final["removed"]["fingers of terminals"] == 1
    words = ("Quackenbush", "Zebulon", "quackenbush", person.email, person.number)
    assert traces(running, words) == []
    assert template[:48] not in (running.demo.data_dir / "muster.db").read_bytes()
    with running.store().read() as tx:
        said = tx.scalars(sa.select(Audit.action).where(Audit.object_id == person.id)).all()
        assert {"employee.erased", "erasure.done"} <= set(said)
        assert tx.get(Employee, person.id) is None
        pseudonym = tx.get_one(Erasure, row.id).pseudonym
        kept = tx.scalars(sa.select(Login).where(Login.pin == pseudonym)).all()
        assert [login.employee_id for login in kept] == [None]
    found = running.client.call(logins.list_logins, logins.ListLogins(search=pseudonym))
    assert [one.number for one in found.rows] == [pseudonym]


def test_P12_a_terminal_that_is_offline_holds_somebody_until_it_has_shown_otherwise(
    running: RunningSite,
) -> None:
    person, other = running.add_employee(number="914827366"), running.add_employee()
    gate = push_terminal(running, person)
    finished(running, push_terminal(running).unit.serial)
    gate.unit.faults.offline = True
    batch = erase(running, person).batch
    row = wait_state(running, batch, ErasureState.EMPTYING)
    place = held_by(running, row)[names(running)[gate.unit.serial].name]
    assert (place["state"], place["for days"]) == ("holds", 0)
    assert person.number in gate.unit.people
    with pytest.raises(ServiceError, match="can be used again"):
        running.add_employee(number=person.number)
    gate.unit.faults.offline = False
    settle_kiosks(running)
    wait_state(running, batch, ErasureState.DONE)
    assert person.number not in gate.unit.people
    assert traces(running, [person.number, person.email]) == []
    gate.unit.people[person.number] = SimPerson(name="Nur from a backup")
    read_people(running, gate.unit.serial)
    wait_until(lambda: person.number not in gate.unit.people)
    wait_state(running, batch, ErasureState.DONE)
    assert traces(running, [person.number]) == []
    again = running.add_employee(number=person.number)
    assert running.reload(again).number == person.number
    assert running.reload(other)


def finished(site_: RunningSite, serial: str) -> None:
    """When the terminal has seen its first list."""
    wait_until(lambda: names(site_)[serial].online)


def held_by(site_: RunningSite, row: erasure.ErasureRow) -> dict[str, dict[str, Any]]:
    places = receipt(site_, row.id)["places"]
    return {place["name"]: place for place in places if place["state"] == "holds"}


def settle_kiosks(site_: RunningSite) -> None:
    """No kiosk of other tests is in the way."""
    for one in site_.client.call(kiosks.list_kiosks, Nothing()).kiosks:
        request = erasure.PlaceIsGone(kiosk_id=one.id, confirm=one.name)
        site_.client.call(erasure.kiosk_is_gone, request)


def read_people(site_: RunningSite, serial: str) -> None:
    """Reads who is on a terminal, as a plan does."""
    request = tasks.MakePlan(terminal_id=names(site_)[serial].id, remove_unknown=False)
    finish(site_.client, site_.client.call(tasks.make_plan, request))


def test_N7_late_logins_and_lists_bring_nobody_back(running: RunningSite) -> None:
    kiosk, token = paired(running, name="Late lobby")
    gate = push_terminal(running)
    person = running.add_employee(number="914827367")
    batch = erase(running, person).batch
    row = wait_state(running, batch, ErasureState.EMPTYING)
    late = attempt(person.number, "late one", employee_id=person.id)
    by_number = attempt(person.number, "late two")
    upload = kiosk_link.Upload(logins=[late, by_number])
    assert len(as_kiosk(running, token, kiosk_link.upload, upload).ids) == 2
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    line = f"{person.number}\t{stamp}\t0\t15"
    for _ in range(2):
        query = {"SN": gate.unit.serial, "table": "ATTLOG", "Stamp": "1"}
        assert dial(running, "POST", "/iclock/cdata", line, **query).text.startswith("OK")
    with running.store().read() as tx:
        pseudonym = tx.get_one(Erasure, row.id).pseudonym
        found = tx.scalars(sa.select(Login).where(Login.pin == pseudonym)).all()
        assert len(found) == 3
        assert {(login.employee_id, login.path) for login in found} == {(None, None)}
    asked = kiosk_link.Check(number=person.number)
    assert as_kiosk(running, token, kiosk_link.check, asked).entry is None
    request = lists.ImportEmployees(
        data=f"Number;First name;Last name\n{person.number};Nur;Aisyah".encode(),
        reading=lists.FileReading(),
        apply=True,
    )
    report = finish(running.client, running.client.call(lists.import_employees, request))
    assert report.result.imported is not None
    (said,) = report.result.imported.lines
    assert (said.effect, "was erased" in said.note) == (Effect.ERROR, True)
    running.client.call(erasure.kiosk_is_gone, gone(kiosk, "Late lobby"))
    settle_kiosks(running)
    done = wait_state(running, batch, ErasureState.DONE)
    places = receipt(running, done.id)["places"]
    assert {place["state"] for place in places if place["name"] == "Late lobby"} == {"gone"}
    assert traces(running, [person.number]) == []


def gone(kiosk_id: str, typed: str) -> erasure.PlaceIsGone:
    return erasure.PlaceIsGone(kiosk_id=kiosk_id, confirm=typed)


def as_admin(site_: RunningSite, name: str) -> Client:
    """A client of a second administrator."""
    add_operator(site_, name, Role.ADMIN)
    return signed_in(site_.demo, name)


def test_N17_many_are_erased_only_when_a_second_administrator_agrees(
    running: RunningSite,
) -> None:
    people = [running.add_employee() for _ in range(3)]
    with as_admin(running, "second admin") as second:
        with pytest.raises(ServiceError, match="number of people"):
            erase(running, *people, confirm="2")
        asked = erase(running, *people)
        assert asked.second
        assert {row.state for row in rows(running, asked.batch)} == {ErasureState.PROPOSED}
        assert all(running.reload(one).active for one in people), "nothing has happened yet"
        with pytest.raises(ServiceError, match="waiting for a second"):
            erase(running, people[0])
        agreed = erasure.Agree(batch=asked.batch, confirm="3")
        with pytest.raises(ServiceError, match="Another administrator"):
            running.client.call(erasure.agree, agreed)
        with pytest.raises(ServiceError, match="no receipt"):
            receipt(running, rows(running, asked.batch)[0].id)
        running.client.call(erasure.drop, ById(id=asked.batch))
        assert rows(running, asked.batch) == []
        again = erase(running, *people)
        second.call(erasure.agree, msgspec.structs.replace(agreed, batch=again.batch))
        with pytest.raises(ServiceError, match="Nothing is waiting"):
            second.call(erasure.agree, msgspec.structs.replace(agreed, batch=again.batch))
    settle_kiosks(running)
    wait_until(lambda: {row.state for row in rows(running, again.batch)} == {ErasureState.DONE})
    operator = next(
        one
        for one in running.client.call(operators.list_operators, Nothing()).rows
        if one.username == "second admin"
    )
    closed = operators.SaveOperator(
        id=operator.id, username="second admin", name="", role=Role.TECHNICIAN, can_enrol=False
    )
    running.client.call(operators.save_operator, closed)


def test_EN2_whoever_is_on_legal_hold_is_not_erased(running: RunningSite) -> None:
    person = running.add_employee()
    hold = erasure.Hold(employee_id=person.id, reason=" A lawsuit ")
    state = running.client.call(erasure.hold, hold)
    assert state.reason == "A lawsuit"
    assert state == running.client.call(erasure.get_hold, ById(id=person.id))
    assert running.reload(person).status_text == "On legal hold"
    look = running.client.call(erasure.look_at_erase, erasure.WhoToErase(employee_ids=[person.id]))
    assert look.held == [person.full_name]
    with pytest.raises(ServiceError, match="On legal hold: Nur"):
        erase(running, person)
    with pytest.raises(ServiceError, match="at most"):
        running.client.call(erasure.hold, msgspec.structs.replace(hold, reason="x" * 301))
    running.client.call(erasure.hold, msgspec.structs.replace(hold, reason=""))
    assert running.client.call(erasure.get_hold, ById(id=person.id)).reason == ""
    batch = erase(running, person).batch
    wait_until(lambda: rows(running, batch)[0].state is not ErasureState.ASKED)


@pytest.mark.parametrize("who", [[], ["nobody"]])
def test_PE4_only_employees_are_erased(running: RunningSite, who: list[str]) -> None:
    with pytest.raises(ServiceError, match=r"Choose who|no longer exists"):
        running.client.call(erasure.erase, erasure.Erase(employee_ids=who, confirm=""))


def test_N8_everything_that_is_kept_of_a_person_is_handed_out_in_plain_words(
    running: RunningSite,
) -> None:
    door = ready(running)
    person = with_face(running)
    enrol_at(door, person, FingerPosition.LEFT_INDEX)
    exported = running.client.call(erasure.export_person, ById(id=person.id))
    assert exported.name == f"muster-{person.number}.zip"
    with zipfile.ZipFile(io.BytesIO(exported.data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    facts = json.loads(files["data.json"])
    assert facts["person"]["email"] == person.email
    assert {one["to"] for one in facts["consents"]} == {"your face", "your fingerprints"}
    assert files["photos/photo-1.jpg"].startswith(b"\xff\xd8")
    assert files["photos/for-terminals-1.jpg"].startswith(b"\xff\xd8")
    assert {"templates/face-1.f32"} <= files.keys()
    assert any(name.startswith("templates/of-a-terminal") for name in files)
    page = files["about.html"].decode()
    assert person.full_name in page
    assert names(running)[door.unit.serial].name in page
    assert "English" in page, "in which language the person agreed"
    assert "{{" not in page
    with running.store().read() as tx:
        query = sa.select(Audit.action).where(Audit.object_id == person.id)
        assert "person.exported" in tx.scalars(query).all()


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[RunningSite]:
    """A site without terminals, for which an erasure would have to wait."""
    yield from start_site(tmp_path / "site")


def test_PE4_earlier_numbers_of_a_merged_person_are_erased_with_them(bare: RunningSite) -> None:
    running = bare
    keep, gone = running.add_employee(), running.add_employee()
    fields = ("id", "number", "first_name", "last_name", "email", "department")
    wanted = employees.SaveEmployee(**{name: getattr(keep, name) for name in fields})
    running.client.call(merging.merge, merging.Merge(gone_id=gone.id, employee=wanted))
    batch = erase(running, keep).batch
    assert len(rows(running, batch)) == 2

    def done() -> bool:
        return all(row.state is ErasureState.DONE for row in rows(running, batch))

    wait_until(done)
    with running.store().read() as tx:
        ids = sa.select(Employee.id).where(Employee.id.in_((keep.id, gone.id)))
        assert list(tx.scalars(ids)) == []
