"""The search of the login log finds what looking at each login would find, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from console.domain.terminals import TerminalStatus
from console.service.operations import login_search
from console.service.operations.login_search import searched
from console.store.database import Store, connect
from console.store.schema import Employee, Kiosk, Login, Terminal
from tests.conftest import Databases

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
PEOPLE = (("1001", "Nur", "Aisyah"), ("1002", "Wei Ling", "Tan"), ("x7", "Ravi", "Kumar"))
PLACES = ("Front door", "Tan's 100 % gate")
KIOSK = "Lobby"
STRANGER, OLD_NUMBER = "3141", "9001"


@pytest.fixture(scope="module")
def store(databases: Databases) -> Iterator[Store]:
    store = Store(connect(databases.migrated()))
    with store.write() as tx:
        for number, first, last in PEOPLE:
            name = {"first_name": first, "last_name": last}
            tx.add(
                Employee(
                    id=f"p{number}",
                    number=number,
                    **name,
                    email="",
                    department="",
                    active=True,
                    in_force=True,
                    sort_name=f"{last} {first}".lower(),
                    created_at=START,
                    updated_at=START,
                )
            )
        for index, place in enumerate(PLACES):
            tx.add(
                Terminal(
                    id=f"t{index}",
                    serial=f"S{index}",
                    name=place,
                    status=TerminalStatus.APPROVED,
                    address="",
                    info={},
                    first_seen=START,
                    last_seen=START,
                )
            )
        tx.add(Kiosk(id="k0", name=KIOSK, added_by="Mei", added_at=START))
        tx.flush()
        for terminal in ("t0", "t1", None):
            for number, _, _ in PEOPLE:
                tx.add(_login(terminal, f"p{number}", number))
            tx.add(_login(terminal, None, STRANGER))
        tx.add(_login("t0", "p1002", OLD_NUMBER))
    yield store
    store.close()


def _login(terminal: str | None, person: str | None, pin: str) -> Login:
    return Login(
        terminal_id=terminal,
        kiosk_id=None if terminal else "k0",
        employee_id=person,
        pin=pin,
        at=START + timedelta(minutes=len(pin)),
        local_time="2026-11-22 08:00:00",
        verify=15,
        direction=0,
        content_key=f"{terminal} {person} {pin}",
        received_at=START,
    )


def found(store: Store, search: str) -> set[str]:
    with store.read() as tx:
        return set(tx.scalars(select(Login.content_key).where(*searched(tx, search))))


def looked_at(store: Store, search: str) -> set[str]:
    """Each login, with all that is written about it, one word after the other."""
    query = (
        select(Login, Employee, Terminal, Kiosk)
        .outerjoin(Employee, Employee.id == Login.employee_id)
        .outerjoin(Terminal, Terminal.id == Login.terminal_id)
        .outerjoin(Kiosk, Kiosk.id == Login.kiosk_id)
    )
    fitting = set()
    with store.read() as tx:
        for login, employee, terminal, kiosk in tx.execute(query):
            texts = [
                employee.sort_name if employee else "",
                login.pin.lower(),
                terminal.name.lower() if terminal else "",
                kiosk.name.lower() if kiosk else "",
            ]
            words = search.lower().split()
            if all(any(word in text for text in texts) for word in words):
                fitting.add(login.content_key)
    return fitting


SEARCHES = {
    "": 13,
    "aisyah": 3,
    "TAN": 7,  # a person of this name, and all who came in at Tan's gate
    "tan front": 2,
    "wei 9001": 1,  # under a number of before
    "100": 8,  # numbers, and the gate
    "100 %": 4,
    "3141": 3,
    "x7 lobby": 1,
    "lobby": 4,
    "nobody": 0,
    "aisyah nobody": 0,
    "_": 0,
}


@pytest.mark.parametrize("few", [login_search.FEW, 0], ids=["few", "many"])
@pytest.mark.parametrize("search", SEARCHES)
def test_the_log_is_searched_for_names_numbers_and_places(
    store: Store, monkeypatch: pytest.MonkeyPatch, search: str, few: int
) -> None:
    """few: up to so many people are found by person; with 0 each search goes along the time."""
    monkeypatch.setattr(login_search, "FEW", few)
    assert found(store, search) == looked_at(store, search)
    assert len(found(store, search)) == SEARCHES[search]
