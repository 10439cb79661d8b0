"""A terminal from its first call to its removal, at a whole site. TE14, TE16, TE17, TE31."""

import itertools
from collections.abc import Callable

import httpx
import msgspec
import pytest

from bridge.simulator.unit import SimPerson
from console.api import site as site_api
from console.api import tasks, terminal_life, terminals
from console.api.client import Client
from console.api.operation import ById, Nothing, ServiceError
from console.demo.site import wait_until
from console.domain.operators import Role
from console.domain.terminals import TerminalStatus
from tests.conftest import RunningSite
from tests.service.gates import detail, names, with_face
from tests.service.test_dialled import Dialled, finish
from tests.service.test_terminals import all_logins, approve, dial
from tests.support.operators import add_operator, signed_in

ELSEWHERE = "127.0.0.9"
STRANGER = "77001"
_serials = itertools.count(1)


def serial() -> str:
    return f"LIFE{next(_serials):04}"


def technician(site: RunningSite) -> Client:
    username = f"tech{next(_serials)}"
    add_operator(site, username, Role.TECHNICIAN, name="Tom Technician", can_enrol=True)
    return signed_in(site.demo, username)


def former(site: RunningSite) -> dict[str, terminals.TerminalRow]:
    rows = site.client.call(terminal_life.former_terminals, Nothing()).rows
    return {row.serial: row for row in rows}


def receipts(site: RunningSite, terminal_id: str) -> list[str]:
    shown = site.client.call(terminals.get_terminal, ById(id=terminal_id))
    return [row.text for row in shown.receipts]


def listed(kept: "Kept") -> bool:
    """Whether it is in the daily list; it still calls, which makes it a newcomer once removed."""
    row = names(kept.site).get(kept.serial)
    return row is not None and row.status is not TerminalStatus.PENDING


# what a terminal of each kind holds


class Kept:
    """An approved terminal that holds the people of the site, and a stranger."""

    def __init__(self, site: RunningSite, serial: str, people: dict[str, SimPerson]) -> None:
        self.site, self.serial, self.people = site, serial, people
        wait_until(lambda: self.row.may_hold and self.row.confirmed == self.row.expected)
        self.known = set(people) - {STRANGER}

    @property
    def row(self) -> terminals.TerminalRow:
        return names(self.site)[self.serial]

    def typed(self) -> terminal_life.ConfirmedAct:
        """What an act asks for that removes people."""
        return terminal_life.ConfirmedAct(id=self.row.id, confirm=self.row.name)


@pytest.fixture(scope="module")
def faced(running: RunningSite) -> RunningSite:
    """A site with somebody whose face belongs on every terminal."""
    with_face(running)
    return running


def by_push(site: RunningSite) -> Kept:
    unit = site.demo.add_unit(serial(), poll_s=0.2)
    unit.people[STRANGER] = SimPerson(name="Somebody Else")
    approve(site, unit.serial)
    return Kept(site, unit.serial, unit.people)


def by_access(site: RunningSite) -> Kept:
    unit = site.demo.add_access_unit(serial(), 0.2)
    unit.people[STRANGER] = SimPerson(name="Somebody Else", zone="1")
    approve(site, unit.serial)
    return Kept(site, unit.serial, unit.people)


def by_dialling(site: RunningSite) -> Kept:
    door = Dialled(site, people=2, first=63001 + 10 * next(_serials))
    adopt = tasks.AdoptPeople(terminal_id=door.id, pairs=[(pin, "") for pin in door.unit.people])
    assert finish(site.client, site.client.call(tasks.adopt_people, adopt)).state == "done"
    assert door.apply(door.plan()).state == "done"
    door.unit.people[STRANGER] = SimPerson(name="Somebody Else", uid=99)
    return Kept(site, door.unit.serial, door.unit.people)


KINDS = pytest.mark.parametrize("kind", [by_push, by_access, by_dialling])
MakeKept = Callable[[RunningSite], Kept]


@KINDS
def test_TE14_a_terminal_is_retired_when_it_has_shown_that_it_is_empty_and_brought_back(
    faced: RunningSite, kind: MakeKept
) -> None:
    kept, client = kind(faced), faced.client
    row = kept.row
    wrong = terminal_life.ConfirmedAct(id=row.id, confirm="another")
    with pytest.raises(ServiceError, match="Type the terminal’s name"):
        client.call(terminal_life.retire_terminal, wrong)
    with pytest.raises(ServiceError, match="Nothing shows that this terminal is empty"):
        client.call(terminal_life.remove_terminal, terminal_life.RemoveTerminal(id=row.id))
    assert kept.known
    retiring = client.call(terminal_life.retire_terminal, kept.typed())
    assert retiring.status is TerminalStatus.RETIRING
    wait_until(lambda: kept.serial in former(faced))
    assert list(kept.people) == [STRANGER]
    assert kept.serial not in names(faced)
    assert former(faced)[kept.serial].may_hold == 0
    said = receipts(faced, row.id)
    assert said[0] == "Read completely and confirmed empty: unknown people 1"
    assert f"Data removed to empty it: removed {len(kept.known)}" in said
    client.call(terminal_life.bring_back_terminal, ById(id=row.id))
    assert kept.row.status is TerminalStatus.APPROVED
    if kind is not by_dialling:  # fingers come once its people are planned again
        wait_until(lambda: kept.known <= kept.people.keys())


def test_TE14_an_empty_terminal_stays_in_the_list_and_gets_nobody(faced: RunningSite) -> None:
    kept, client = by_push(faced), faced.client
    client.call(terminal_life.empty_terminal, kept.typed())
    wait_until(lambda: kept.row.status is TerminalStatus.EMPTY)
    refresh = tasks.OnUnit(terminal_id=kept.row.id, action="refresh")
    with pytest.raises(ServiceError, match="Bring it back first"):
        client.call(tasks.on_unit, refresh)
    assert by_push(faced).known, "another one gets everybody meanwhile"
    assert list(kept.people) == [STRANGER]
    client.call(terminal_life.remove_terminal, terminal_life.RemoveTerminal(id=kept.row.id))
    assert not listed(kept)
    assert kept.serial not in former(faced)


def test_TE14_a_terminal_that_still_shows_people_is_not_empty(faced: RunningSite) -> None:
    kept, client = by_push(faced), faced.client
    unit = next(one for one in faced.demo.units if one.serial == kept.serial)
    unit.unit.faults.ignore_writes = True
    held = kept.row.may_hold
    client.call(terminal_life.retire_terminal, kept.typed())
    wait_until(lambda: "still to be removed" in kept.row.problem)
    wait_until(lambda: "still holds them" in str(detail(faced, kept.serial).facts))
    row = kept.row
    assert row.status is TerminalStatus.RETIRING
    with pytest.raises(ServiceError, match="Nothing shows"):
        client.call(terminal_life.remove_terminal, terminal_life.RemoveTerminal(id=row.id))
    gone = terminal_life.RemoveTerminal(id=row.id, gone=row.name)
    client.call(terminal_life.remove_terminal, gone)
    assert not listed(kept)
    known = former(faced) | names(faced)  # it still calls, and so waits to be let in again
    assert known[kept.serial].may_hold == held, "what it may hold stays known"


def test_TE14_blocked_and_approved_again(faced: RunningSite) -> None:
    kept, client = by_push(faced), faced.client
    before = kept.row
    blocked = client.call(terminal_life.block_terminal, ById(id=before.id))
    assert blocked.status is TerminalStatus.BLOCKED
    assert (blocked.may_hold, blocked.faces_held) == (before.may_hold, before.confirmed)
    assert blocked.held_as_of is not None
    unit = next(one for one in faced.demo.units if one.serial == kept.serial)
    assert faced.demo.present(unit, next(iter(kept.known)))
    assert dial(faced, "GET", "/iclock/getrequest", SN=kept.serial).text == "OK"
    refused = dial(faced, "POST", "/iclock/cdata", "x", SN=kept.serial, table="ATTLOG")
    assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert unit.unsent, "it keeps its logins"
    approve(faced, kept.serial)
    wait_until(lambda: [one for one in all_logins(faced) if one.terminal == kept.serial])
    assert kept.row.status is TerminalStatus.APPROVED


def test_TE14_a_removed_terminal_that_dials_in_waits_again_and_keeps_its_logins(
    running: RunningSite,
) -> None:
    one = serial()
    dial(running, "GET", "/iclock/cdata", SN=one)
    approve(running, one)
    body = "5\t2026-11-22 08:00:00\t0\t1\n"
    assert dial(running, "POST", "/iclock/cdata", body, SN=one, table="ATTLOG").text == "OK:1"
    gone = terminal_life.RemoveTerminal(id=names(running)[one].id, gone=one)
    running.client.call(terminal_life.remove_terminal, gone)
    assert one not in names(running)
    assert one not in former(running), "it never held anybody"
    dial(running, "GET", "/iclock/cdata", SN=one)
    assert names(running)[one].status is TerminalStatus.PENDING
    dismissed = ById(id=names(running)[one].id)
    running.client.call(terminal_life.dismiss_terminal, dismissed)
    assert one not in names(running)
    assert [login.number for login in all_logins(running) if login.terminal == one] == ["5"]


def test_TE15_a_waiting_terminal_is_dismissed_or_blocked_from_the_list(
    running: RunningSite,
) -> None:
    first, second = serial(), serial()
    for one in (first, second):
        dial(running, "GET", "/iclock/cdata", SN=one)
    running.client.call(terminal_life.dismiss_terminal, ById(id=names(running)[first].id))
    assert first not in names(running)
    running.client.call(terminal_life.block_terminal, ById(id=names(running)[second].id))
    dial(running, "GET", "/iclock/cdata", SN=second)
    assert names(running)[second].status is TerminalStatus.BLOCKED
    with pytest.raises(ServiceError, match="does not wait"):
        running.client.call(terminal_life.dismiss_terminal, ById(id=names(running)[second].id))
    dial(running, "GET", "/iclock/cdata", SN=first)
    assert names(running)[first].status is TerminalStatus.PENDING, "it can always come again"


# who calls in its name


def dial_from(site: RunningSite, address: str, method: str, path: str, **sent: str) -> str:
    transport = httpx.HTTPTransport(local_address=address)
    content, params = sent.pop("body", ""), sent
    with httpx.Client(transport=transport) as client:
        url = f"{site.demo.running.push}/iclock/{path}"
        return client.request(method, url, params=params, content=content.encode()).text


def test_TE16_a_stranger_with_an_approved_serial_gets_no_face_and_is_shown(
    faced: RunningSite,
) -> None:
    unit = faced.demo.add_unit(serial(), poll_s=0.2)
    approve(faced, unit.serial)
    while not any(person.photo for person in unit.people.values()):
        assert dial_from(faced, ELSEWHERE, "GET", "getrequest", SN=unit.serial) == "OK"
    kept_aside = {"SN": unit.serial, "table": "ATTLOG", "body": "4711\t2026-11-22 08:00:00\t0\t1\n"}
    assert dial_from(faced, ELSEWHERE, "POST", "cdata", **kept_aside) == "OK:1"
    assert not [one for one in all_logins(faced) if one.number == "4711"]
    shown = detail(faced, unit.serial)
    assert [caller.address for caller in shown.callers] == [ELSEWHERE]
    assert shown.terminal.question.startswith(f"It calls from {ELSEWHERE}, and not from 127.0.0.1")
    assert shown.terminal.online, "the terminal itself is served"
    caller = terminal_life.Caller(id=shown.terminal.id, address=ELSEWHERE)
    faced.client.call(terminal_life.refuse_caller, caller)
    assert detail(faced, unit.serial).terminal.question == ""
    assert dial_from(faced, ELSEWHERE, "POST", "cdata", **kept_aside).startswith("ERROR")


def test_TE16_an_accepted_caller_is_the_terminal_and_its_logins_count(
    running: RunningSite,
) -> None:
    one = serial()
    dial(running, "GET", "/iclock/cdata", SN=one, options="all")
    approve(running, one)
    body = "4712\t2026-11-22 08:00:00\t0\t1\n"
    dial_from(running, ELSEWHERE, "POST", "cdata", SN=one, table="ATTLOG", body=body)
    assert names(running)[one].question
    caller = terminal_life.Caller(id=names(running)[one].id, address=ELSEWHERE)
    with pytest.raises(ServiceError, match="an administrator lets it in"):
        technician(running).call(terminal_life.accept_caller, caller)
    accepted = running.client.call(terminal_life.accept_caller, caller)
    assert (accepted.address, accepted.question) == (ELSEWHERE, "")
    wait_until(lambda: [login for login in all_logins(running) if login.number == "4712"])
    wait_until(lambda: dial_from(running, ELSEWHERE, "GET", "getrequest", SN=one) != "OK")


def test_TE16_a_dialled_terminal_that_tells_another_mac_is_asked_about(
    running: RunningSite,
) -> None:
    door = Dialled(running)
    assert door.run_action("refresh").state == "done"
    door.unit.options["MAC"] = "66:66:66:66:66:66"
    refused = door.run_action("refresh")
    assert "Accept or block it" in refused.error
    assert "Its MAC address is “66:66:66:66:66:66”" in door.row.question
    with pytest.raises(ServiceError, match="Accept or block it"):
        door.run_action("read_log")
    caller = terminal_life.Caller(id=door.id, address=door.row.address)
    with pytest.raises(ServiceError, match="the terminal itself"):
        running.client.call(terminal_life.refuse_caller, caller)
    running.client.call(terminal_life.accept_caller, caller)
    assert door.row.question == ""
    assert door.run_action("refresh").state == "done"


def test_TE16_subnets_where_addresses_may_change_are_checked(running: RunningSite) -> None:
    settings = running.client.call(site_api.get_settings, Nothing())
    assert settings.moving_subnets == [], "each change of an address is asked about at first"
    odd = msgspec.structs.replace(settings, moving_subnets=["192.168.1.5/24"], zone="")
    with pytest.raises(ServiceError, match="is not a subnet") as refused:
        running.client.call(site_api.save_settings, odd)
    assert refused.value.error.field == "moving_subnets"
    good = msgspec.structs.replace(settings, moving_subnets=["192.168.1.0/24", ""])
    saved = running.client.call(site_api.save_settings, good)
    assert saved.moving_subnets == ["192.168.1.0/24"]
    running.client.call(site_api.save_settings, settings)


# who may let it in


def test_TE17_a_technician_prepares_and_an_administrator_approves(running: RunningSite) -> None:
    one, tom = serial(), technician(running)
    dial(running, "GET", "/iclock/cdata", SN=one)
    row = names(running)[one]
    assert row.biometric
    with pytest.raises(ServiceError, match="an administrator lets it in"):
        tom.call(terminals.approve_terminal, terminals.ApproveTerminal(id=row.id, name="Mine"))
    request = terminal_life.PrepareTerminal(id=row.id, name="West door", note="Mounted today")
    prepared = tom.call(terminal_life.prepare_terminal, request)
    assert (prepared.name, prepared.status) == ("West door", TerminalStatus.PENDING)
    assert (prepared.asked_by, prepared.asked_note) == ("Tom Technician", "Mounted today")
    approved = terminals.ApproveTerminal(id=row.id, name="West door")
    done = running.client.call(terminals.approve_terminal, approved)
    assert (done.status, done.asked_by) == (TerminalStatus.APPROVED, "")


def test_TE17_a_terminal_without_biometrics_is_approved_by_a_technician(
    running: RunningSite,
) -> None:
    one = serial()
    options = "FaceFunOn=0,FingerFunOn=0"
    dial(running, "GET", "/iclock/cdata", SN=one)
    dial(running, "POST", "/iclock/cdata", options, SN=one, table="options")
    request = terminals.ApproveTerminal(id=names(running)[one].id, name=one)
    done = technician(running).call(terminals.approve_terminal, request)
    assert done.status is TerminalStatus.APPROVED


def test_TE17_a_dialled_terminal_of_a_technician_waits_for_an_administrator(
    running: RunningSite,
) -> None:
    door = Dialled(running)
    tom = technician(running)
    moved = terminals.ChangeTerminal(
        id=door.id,
        name=door.row.name,
        zone="Etc/UTC",
        encoding="auto",
        host="127.0.0.66",
        port=door.server.port,
    )
    with pytest.raises(ServiceError, match="an administrator lets it in"):
        tom.call(terminals.change_terminal, moved)
    gone = terminal_life.RemoveTerminal(id=door.id, gone=door.row.name)
    with pytest.raises(ServiceError, match="role"):
        tom.call(terminal_life.remove_terminal, gone)
    running.client.call(terminal_life.remove_terminal, gone)
    request = terminals.DialTerminal(name="Mine", host="127.0.0.1", port=door.server.port)
    added = tom.call(terminals.dial_terminal, request)
    assert (added.id, added.status) == (door.id, TerminalStatus.PENDING)
    assert added.asked_by == "Tom Technician"


# many at a time


def test_TE31_many_are_approved_with_one_look(running: RunningSite) -> None:
    waiting = [serial() for _ in range(30)]
    known, missing, odd = waiting.pop(), serial(), serial()
    for one in (*waiting, known, odd):
        dial(running, "GET", "/iclock/cdata", SN=one)
    dial(running, "GET", "/iclock/cdata", SN=odd, DeviceType="video")
    approve(running, known)
    lines = [f"{one};Gate {one};Etc/UTC" for one in (*waiting, known, missing, odd)]
    text = "\n".join(["Serial number;Name;Zone", *lines, "?"])
    found = running.client.call(terminal_life.match_serials, terminal_life.SerialList(text=text))
    assert [one.serial for one in found.matched] == [*waiting, odd]
    assert (found.known, found.missing) == ([known], [missing])
    assert found.bad == ["Line 34: “?” is not a serial number."]
    assert not {*waiting, known, odd} & set(found.unexpected)
    started = running.client.call(terminal_life.approve_many, terminal_life.ApproveMany(text=text))
    done = finish(running.client, started)
    assert done.result.text.startswith("29 terminals are approved. ")
    assert odd in done.result.text
    rows = names(running)
    assert {rows[one].status for one in waiting} == {TerminalStatus.APPROVED}
    assert rows[waiting[0]].name == f"Gate {waiting[0]}"
    again = terminal_life.ApproveMany(text=missing)
    with pytest.raises(ServiceError, match="None of these terminals is awaiting"):
        running.client.call(terminal_life.approve_many, again)
