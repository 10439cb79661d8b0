"""Terminals of a running site, simulated, and people who go to them."""

import itertools

from bridge.simulator.push import SimulatedTerminal
from bridge.simulator.unit import SimPerson, Unit, made_up_people
from console.api import employees, review, terminals
from console.api.operation import ById, Nothing
from console.demo.photos import good_photos
from console.demo.site import wait_until
from tests.conftest import ONE_FACE, RunningSite
from tests.support.profiles import shaped

_serials = itertools.count(1)


def wait_text(site: RunningSite, person: employees.EmployeeRow, text: str) -> None:
    wait_until(lambda: site.reload(person).status_text == text)


def push_terminal(
    site: RunningSite, *held: employees.EmployeeRow, poll_s: float = 0.2
) -> SimulatedTerminal:
    """An approved terminal that dials in and holds these people and a stranger."""
    serial = f"GATE{next(_serials):04}"
    gate = site.demo.add_unit(serial, poll_s=poll_s)
    shaped(gate.unit, "push")
    for number in ("77001", *(person.number for person in held)):
        gate.unit.people[number] = SimPerson(name=f"Person {number}", privilege=14)
    wait_until(lambda: serial in names(site))
    request = terminals.ApproveTerminal(id=names(site)[serial].id, name=serial)
    site.client.call(terminals.approve_terminal, request)
    return gate


def dialled_terminal(site: RunningSite, people: int, first: int) -> Unit:
    """A terminal that is dialled and holds made-up people, numbered from `first`."""
    unit = Unit(f"DOOR{next(_serials):04}")
    made_up_people(unit, people, first)
    key = shaped(unit, "zk").key
    port = site.demo.add_dialled(unit, key).port
    request = terminals.DialTerminal(
        name=unit.serial, host="127.0.0.1", port=port, key=str(key) if key else ""
    )
    site.client.call(terminals.dial_terminal, request)
    return unit


def names(site: RunningSite) -> dict[str, terminals.TerminalRow]:
    rows = site.client.call(terminals.list_terminals, Nothing()).rows
    return {row.serial: row for row in rows}


def detail(site: RunningSite, serial: str) -> terminals.TerminalDetail:
    return site.client.call(terminals.get_terminal, ById(id=names(site)[serial].id))


def with_face(site: RunningSite, number: str = "", **changes: str) -> employees.EmployeeRow:
    """An employee whose face is approved."""
    person = site.add_employee(number=number, **changes)
    enrol_face(site, person)
    return person


def enrol_face(site: RunningSite, person: employees.EmployeeRow) -> None:
    """They follow a link, and their face is approved."""
    site.visit(person).enrol(person.number, good_photos())
    waiting = site.wait_submission(person)
    decision = review.Decide(id=waiting.id, approve=True, in_spite=ONE_FACE)
    site.client.call(review.decide, decision)
