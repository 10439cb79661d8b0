"""Many employees are erased where many terminals of all dialects hold them, a third of them off."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from bridge.simulator.unit import Unit
from console.api import employee_lists as lists
from console.api import employees, erasure, terminals
from console.api.client import Client
from console.api.operation import Nothing
from console.bench.site_tasks import perform
from console.demo.site import DemoSite, wait_until
from console.domain.erasure import ErasureState
from console.domain.terminals import TerminalStatus

T = TypeVar("T")
Persist = Callable[[Callable[[], T]], T]
"""Does something again until it comes to something true."""
LIMIT_S = 600.0
PAGE = 500
ASKED_EVERY_S = 1.0
FIRST_NUMBER = 713_400_000
"""Long enough that a number stands nowhere by chance."""


@dataclass(frozen=True, kw_only=True)
class ErasingSizes:
    """How much of it."""

    people: int
    erased: int
    units: int


@dataclass
class ErasingSite:
    """A site with people, and terminals that hold all of them."""

    site: DemoSite
    client: Callable[[], Client]
    sizes: ErasingSizes
    persist: Callable[[Callable[[], Any]], Any] = wait_until
    units: list[Unit] = field(default_factory=list)

    def fill(self) -> None:
        """Imports the people and approves the terminals."""
        request = lists.ImportEmployees(data=_list(self.sizes.people).encode(), apply=True)
        perform(self.client(), lists.import_employees, request, LIMIT_S)
        for place in range(self.sizes.units):
            self._add_unit(place)
        self.persist(self._all_approved)

    def _add_unit(self, place: int) -> None:
        serial = f"ERASE{place:04}"
        if place % 3 == 0:
            unit = self.site.add_unit(serial, poll_s=0.5).unit
        elif place % 3 == 1:
            unit = self.site.add_access_unit(serial, poll_s=0.5).unit
        else:
            unit = Unit(serial)
        for number in range(self.sizes.people):
            unit.person(str(FIRST_NUMBER + number)).name = _name(number)
        self.units.append(unit)
        if place % 3 == 2:
            port = self.site.add_dialled(unit).port
            dial = terminals.DialTerminal(name=serial, host="127.0.0.1", port=port, key="")
            self.client().call(terminals.dial_terminal, dial)

    def _all_approved(self) -> bool:
        client = self.client()
        rows = client.call(terminals.list_terminals, Nothing()).rows
        for row in rows:
            if row.status is TerminalStatus.PENDING:
                request = terminals.ApproveTerminal(id=row.id, name=row.serial)
                client.call(terminals.approve_terminal, request)
        approved = [row for row in rows if row.status is TerminalStatus.APPROVED]
        return len(approved) == self.sizes.units and all(row.online for row in approved)

    def turn_off_a_third(self, off: bool) -> None:
        """Every third of each dialect goes, or comes back."""
        for unit in self.units[: -(-len(self.units) // 3)]:
            unit.faults.offline = off

    def erase(self) -> None:
        """Asks to erase the first of the people."""
        client, ids = self.client(), list[str]()
        cursor = ""
        while len(ids) < self.sizes.erased:
            request = employees.ListEmployees(sort="number", cursor=cursor, limit=PAGE)
            page = client.call(employees.list_employees, request)
            ids += [row.id for row in page.rows]
            cursor = page.cursor
        some = ids[: self.sizes.erased]
        client.call(erasure.erase, erasure.Erase(employee_ids=some, confirm=str(len(some))))

    def states(self) -> set[ErasureState]:
        """How far the erasures of the first page are; those that are not done come first."""
        found = self.client().call(erasure.list_erasures, erasure.ListErasures()).rows
        return {row.state for row in found}

    def still_on_units(self) -> list[str]:
        """Who of the erased is in the memory of a terminal."""
        gone = {str(FIRST_NUMBER + number) for number in range(self.sizes.erased)}
        return [f"{unit.serial}: {one}" for unit in self.units for one in gone & set(unit.people)]

    def traces(self) -> list[str]:
        """Where one of the erased stands in a file of the site's folder."""
        words = [
            word
            for number in range(self.sizes.erased)
            for word in (str(FIRST_NUMBER + number), f"{_name(number)}", f"q{number}@gone.example")
        ]
        return [
            f"{path.name}: {word}"
            for path in sorted(self.site.data_dir.rglob("*"))
            if path.is_file()
            for data in [path.read_bytes()]
            for word in words
            if word.encode() in data
        ]


def _name(number: int) -> str:
    return f"Zebulon Quack{number:05}"


def _list(people: int) -> str:
    head = "Number,First name,Last name,E-mail,Department\n"
    return head + "".join(
        f"{FIRST_NUMBER + n},Zebulon,Quack{n:05},q{n}@gone.example,Kiln\n" for n in range(people)
    )


def _persist(act: Callable[[], Any]) -> Any:
    """Asks rarely: whoever asks all the time measures that."""
    return wait_until(act, LIMIT_S, lambda _: time.sleep(ASKED_EVERY_S))


def measure(folder: Path, sizes: ErasingSizes) -> dict[str, Any]:
    """The figures by name: times in s. Raises AssertionError where anything is left."""
    with DemoSite(folder) as site:
        with site.client() as client:
            session = client.set_up("bench", "Bench", "a password for the bench", "Bench")

        def signed_in() -> Client:
            client = Client.at(site.running.address, LIMIT_S)
            client.resume(session)
            return client

        one = ErasingSite(site, signed_in, sizes, _persist)
        one.fill()
        one.turn_off_a_third(True)
        began = time.monotonic()
        one.erase()
        one.persist(lambda: not one.states() & {ErasureState.ASKED})
        gone = time.monotonic()
        one.turn_off_a_third(False)
        one.persist(lambda: one.states() == {ErasureState.DONE})
        done = time.monotonic()
        assert one.still_on_units() == []
        assert one.traces() == []
        return {
            "erase_people": sizes.people,
            "erase_units": sizes.units,
            "erase_1000_s": round(gone - began, 2),
            "erase_1000_everywhere_s": round(done - began, 2),
        }
