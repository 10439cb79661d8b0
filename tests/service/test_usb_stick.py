"""Terminals without a network: their log and their people come on a USB stick. P8, P9, TE1."""

import itertools
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from bridge.terminals.terminal import Person
from bridge.terminals.usb_people import parse_people_file
from bridge.terminals.zk.layouts import pack_user
from console.api import employees, tasks, terminal_life, terminals, usb_stick
from console.api.operation import ById, Nothing, ServiceError, Started
from console.demo.site import wait_until
from console.domain.terminals import TerminalStatus
from tests.conftest import RunningSite
from tests.service.gates import detail, names
from tests.service.test_dialled import Dialled, finish

_serials = itertools.count(1)
ORDINARY = b"\x01" + bytes(8)
"""Group 1, and the time zones of the group."""


def added(site: RunningSite, host: str = "") -> terminals.TerminalRow:
    """A terminal that is known by the serial number on its label alone."""
    serial = f"STICK{next(_serials):04}"
    request = terminals.DialTerminal(name=serial, host=host, serial=serial)
    return site.client.call(terminals.dial_terminal, request)


def record(uid: int, pin: str, name: str, privilege: int = 0, card: int = 0) -> bytes:
    person = Person(pin=pin, name=name, uid=uid, privilege=privilege, card=card, extra=ORDINARY)
    return pack_user(person, 72)


def people_file(terminal: terminals.TerminalRow, *records: bytes) -> usb_stick.PeopleFile:
    content = b"".join(records)
    return usb_stick.PeopleFile(terminal_id=terminal.id, name="user.dat", content=content)


def done(site: RunningSite, started: Started) -> tasks.TaskResult:
    task = finish(site.client, started)
    assert task.state == "done", task.error
    return task.result


def receipts(site: RunningSite, terminal: terminals.TerminalRow) -> list[str]:
    return [row.text for row in detail(site, terminal.serial).receipts]


def still_on(site: RunningSite, terminal: terminals.TerminalRow) -> list[str]:
    facts = detail(site, terminal.serial).facts
    return [who for label, who in facts if label == "To be removed, may still be on it"]


def now() -> datetime:
    return datetime.now(UTC)


def set_active(site: RunningSite, person: employees.EmployeeRow, *, active: bool) -> None:
    request = employees.SaveEmployee(
        id=person.id,
        number=person.number,
        first_name=person.first_name,
        last_name=person.last_name,
        email=person.email,
        department=person.department,
        active=active,
    )
    site.client.call(employees.save_employee, request)


def test_TE19_a_terminal_without_a_network_is_added_by_its_label(running: RunningSite) -> None:
    terminal = added(running)
    assert (terminal.problem, terminal.address, terminal.online) == ("", "", False)
    refresh = tasks.OnUnit(terminal_id=terminal.id, action="refresh")
    work = finish(running.client, running.client.call(tasks.on_unit, refresh))
    assert "come on a USB stick" in work.error
    with pytest.raises(ServiceError, match="Enter the terminal's IP address"):
        nobody = terminals.DialTerminal(name="Nobody", host="", serial="")
        running.client.call(terminals.dial_terminal, nobody)


def test_P9_the_people_of_a_file_are_taken_over(running: RunningSite) -> None:
    terminal, here = added(running), running.add_employee()
    file = people_file(
        terminal, record(1, here.number, here.full_name), record(2, "88901", "Ola Ek")
    )
    found = done(running, running.client.call(usb_stick.list_people, file))
    assert [(one.pin, one.how, one.fingers) for one in found.candidates] == [
        (here.number, "number", 0),
        ("88901", "nobody", 0),
    ]
    assert "It holds no fingers and no faces" in found.text
    pairs = [(here.number, here.id), ("88901", "")]
    adopt = usb_stick.AdoptFromFile(file=file, pairs=pairs)
    result = done(running, running.client.call(usb_stick.adopt_from_file, adopt))
    assert result.text == "Imported 2 people, 1 of them new."
    assert any("People read from a file" in text for text in receipts(running, terminal))


def test_TE24_whom_a_file_shows_may_be_there_until_one_that_was_written_later_does_not(
    running: RunningSite,
) -> None:
    terminal, gone = added(running), running.add_employee()
    set_active(running, gone, active=False)
    other = record(2, "88902", "Somebody Else")
    with_them = people_file(terminal, record(1, gone.number, gone.full_name), other)
    without = people_file(terminal, other)
    before = msgspec.structs.replace(without, written_at=now() - timedelta(hours=1))
    for file in (with_them, without, before):
        done(running, running.client.call(usb_stick.list_people, file))
        assert any(gone.full_name in who for who in still_on(running, terminal))
    after = msgspec.structs.replace(without, written_at=now() + timedelta(seconds=1))
    done(running, running.client.call(usb_stick.list_people, after))
    assert still_on(running, terminal) == []


def test_TE1_a_file_for_the_terminal_changes_names_and_adds_people_and_nothing_else(
    running: RunningSite,
) -> None:
    terminal = added(running)
    renamed, new, left, other = (running.add_employee() for _ in range(4))
    set_active(running, left, active=False)
    records = [
        record(4, renamed.number, f"{renamed.first_name} Old", privilege=14, card=77),
        record(5, left.number, left.full_name),
        record(6, other.number, "Quite Different"),
        record(9, "88903", "A Stranger", card=99),
    ]
    file = people_file(terminal, *records)
    result = done(running, running.client.call(usb_stick.write_people, file))
    written = parse_people_file(result.file, "auto").people
    assert len(result.file) % 72 == 0
    first = record(4, renamed.number, renamed.full_name, privilege=14, card=77)
    assert result.file[:72] == first
    assert result.file[72 : 4 * 72] == b"".join(records[1:])
    (added_one,) = [one for one in written if one.pin == new.number]
    assert added_one.uid is not None
    assert (added_one.uid > 9, added_one.name, added_one.extra) == (True, new.full_name, ORDINARY)
    assert f"Delete at the terminal: {left.number} {left.full_name}." in result.text
    assert f"left as they are: {other.number} “Quite Different”." in result.text
    assert any("which cannot be checked" in text for text in receipts(running, terminal))


def test_P3_a_file_that_is_none_is_refused(running: RunningSite) -> None:
    terminal = added(running)
    for operation in (usb_stick.list_people, usb_stick.write_people):
        file = people_file(terminal, b"rubbish")
        task = finish(running.client, running.client.call(operation, file))
        assert task.error.startswith("This is not a user.dat that can be read for certain.")
    with pytest.raises(ServiceError, match="is empty, so it proves nothing"):
        running.client.call(usb_stick.list_people, people_file(terminal))
    with pytest.raises(ServiceError, match="Choose at least one person"):
        nobody = usb_stick.AdoptFromFile(file=people_file(terminal, b"x"), pairs=[])
        running.client.call(usb_stick.adopt_from_file, nobody)
    running.add_employee()
    other_group = pack_user(Person("2", uid=2, extra=b"\x02" + bytes(8)), 72)
    different = people_file(terminal, record(1, "1", "A B"), other_group)
    task = finish(running.client, running.client.call(usb_stick.write_people, different))
    assert "No file can be written: the people there have different groups" in task.error


def test_P6_a_log_from_a_usb_stick_is_stored_once_however_else_it_comes(
    running: RunningSite,
) -> None:
    door = Dialled(running, punches=3)
    wait_until(lambda: len(door.logins()) == 3)
    lines = [
        f"{p.pin}\t{p.at:%Y-%m-%d %H:%M:%S}\t1\t{p.status}\t{p.verify}\t0"
        for p in door.unit.punches
    ]
    content = "\r\n".join([*lines, "5001\t2026-01-02 03:04:05\t1\t0\t1\t0", "rub bish"]).encode()
    request = usb_stick.LoadLogFile(terminal_id=door.id, name="1_attlog.dat", content=content)
    for fresh in (1, 0):
        result = done(running, running.client.call(usb_stick.load_log_file, request))
        assert result.text.startswith(f"4 logins in the file, {fresh} of them new. 1 line ")
    assert len(door.logins()) == 4
    assert door.row.set_aside == 1
    assert any("file 1_attlog.dat" in text for text in receipts(running, door.row))
    empty = usb_stick.LoadLogFile(terminal_id=door.id, name="", content=b"")
    with pytest.raises(ServiceError, match="empty or too large"):
        running.client.call(usb_stick.load_log_file, empty)


def test_P8_the_log_of_another_terminal_is_refused(running: RunningSite) -> None:
    terminal, other = added(running), added(running)
    login = "1042\t2026-01-02 03:04:05\t1\t0\t1\t0\r\n"
    whose = {
        f"{other.serial}_attlog.dat": login,
        "1_attlog.dat": f"{other.serial}\r\n{login}",
    }
    for name, text in whose.items():
        request = usb_stick.LoadLogFile(terminal_id=terminal.id, name=name, content=text.encode())
        task = finish(running.client, running.client.call(usb_stick.load_log_file, request))
        assert task.error.startswith(f"This file is of terminal {other.serial}, and")
    assert names(running)[terminal.serial].set_aside == 0


def test_TE14_a_file_with_a_date_in_the_future_shows_nothing(running: RunningSite) -> None:
    terminal, gone = added(running), running.add_employee()
    set_active(running, gone, active=False)
    them = people_file(terminal, record(1, gone.number, gone.full_name))
    done(running, running.client.call(usb_stick.list_people, them))
    without = people_file(terminal, record(2, "88905", "Somebody Else"))
    ahead = msgspec.structs.replace(without, written_at=now() + timedelta(hours=1))
    task = finish(running.client, running.client.call(usb_stick.list_people, ahead))
    assert "written in the future" in task.error
    assert any(gone.full_name in who for who in still_on(running, terminal))


def test_TE14_a_terminal_without_a_network_is_empty_when_a_later_file_shows_it(
    running: RunningSite,
) -> None:
    terminal, held = added(running), running.add_employee()
    theirs, stranger = (
        record(1, held.number, held.full_name),
        record(2, "88904", "Somebody Else"),
    )
    with_them, without = (
        people_file(terminal, theirs, stranger),
        people_file(terminal, stranger),
    )
    done(running, running.client.call(usb_stick.list_people, with_them))
    before = msgspec.structs.replace(without, written_at=now())
    typed = terminal_life.ConfirmedAct(id=terminal.id, confirm=terminal.name)
    running.client.call(terminal_life.retire_terminal, typed)

    def said(file: usb_stick.PeopleFile) -> str:
        return done(running, running.client.call(usb_stick.list_people, file)).text

    later = msgspec.structs.replace(with_them, written_at=now() + timedelta(seconds=1))
    assert f"Delete at the terminal, and let it write its people again: {held.number}" in said(
        later
    )
    assert any(held.full_name in who for who in still_on(running, terminal))
    assert "does not show that the terminal is empty" in said(before)
    assert "does not show that the terminal is empty" in said(without)
    remove = terminal_life.RemoveTerminal(id=terminal.id)
    with pytest.raises(ServiceError, match="Nothing shows that this terminal is empty"):
        running.client.call(terminal_life.remove_terminal, remove)
    shows_it = msgspec.structs.replace(without, written_at=now() + timedelta(seconds=2))
    wait_until(lambda: "counts as empty" in said(shows_it))
    retired = running.client.call(terminal_life.former_terminals, Nothing()).rows
    (row,) = (one for one in retired if one.id == terminal.id)
    assert (row.status, row.may_hold) == (TerminalStatus.RETIRED, 0)
    text = running.client.call(terminals.get_terminal, ById(id=terminal.id)).receipts[0].text
    assert text.startswith("Confirmed empty by a file of its people: unknown people 1, by the ")
    assert f"by the date of the file {shows_it.written_at:%Y-%m-%d}" in text
    running.client.call(terminal_life.remove_terminal, remove)
