"""What the page of a person costs, who is to enrol again, and a list of all logins."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import insert, select

from console.api import logins
from console.api.operation import ById
from console.biometrics.faces.recognition.vectors import MODEL_ID
from console.desktop.list_file import ListFile
from console.desktop.login_words import LIST_HEADINGS, list_cells
from console.domain.invitations import Status
from console.domain.operators import Role
from console.service.callers import OperatorCaller
from console.service.operations.dispatch import Call
from console.service.operations.login_list import LoginListOperations
from console.service.operations.person import PersonOperations
from console.service.operations.person_health import needs_new_face
from console.store.database import Store, connect, sqlite_url
from console.store.migrate import upgrade
from console.store.schema import Employee, Enrolment, Invitation, Kiosk, Login

PEOPLE, LOGINS, KIOSKS = 5_000, 1_000_000, 10
AT_ONCE = 20_000
TIMES = 20
DAYS = 365
"""Over so many days the logins are spread."""
FAILS_EVERY = 12
"""One of so many logins does not match."""


def measure_pages(folder: Path) -> dict[str, Any]:
    """CPU of one answer in ms, and the time of a list of all logins in s, in this process."""
    engine = connect(sqlite_url(folder / "pages.db"))
    upgrade(engine)
    store = Store(engine)
    fill(store, LOGINS)
    caller = OperatorCaller("bench", "bench", "Bench", Role.ADMIN, True, "")
    call = Call(store, datetime.now(UTC), caller)
    operations = PersonOperations(lambda: MODEL_ID)
    page = _cpu_ms(lambda: operations.read(call, ById(id="m1")))

    def to_enrol_again() -> None:
        with store.read() as tx:
            tx.scalars(select(Employee.id).where(needs_new_face(tx.now, MODEL_ID))).all()

    listed = _cpu_ms(to_enrol_again)
    began = time.perf_counter()
    _write_list(call, folder / "logins.csv")
    written = time.perf_counter() - began
    store.close()
    return {
        "person_page_cpu_ms": page,
        "to_enrol_again_cpu_ms": listed,
        "login_list_csv_1m_s": round(written, 1),
    }


def _write_list(call: Call, path: Path) -> None:
    """All logins as CSV: what service and console do at the same time, one after the other."""
    operations = LoginListOperations(lambda: None)
    begun, cursor = operations.begin(call, logins.BeginList(kind="csv", repeat_s=0)), ""
    file = ListFile(path, LIST_HEADINGS)
    while True:
        request = logins.NextOfList(id=begun.id, cursor=cursor)
        sent = msgspec.json.encode(operations.read_next(call, request))
        part = msgspec.json.decode(sent, type=logins.LoginListPart)
        file.add(map(list_cells, part.rows))
        cursor = part.cursor
        if not cursor:
            break
    file.pack()
    file.take_place()
    file.drop()


def _cpu_ms(act: Callable[[], object]) -> float:
    act()
    began = time.process_time()
    for _ in range(TIMES):
        act()
    return round(1000 * (time.process_time() - began) / TIMES, 1)


def fill(store: Store, count: int) -> None:
    """People who are enrolled, kiosks, and so many logins at them."""
    now = datetime.now(UTC)
    people = [_person(number, now) for number in range(PEOPLE)]
    kiosks = [
        {"id": f"k{place}", "name": f"Kiosk {place}", "added_by": "bench", "added_at": now}
        for place in range(KIOSKS)
    ]
    with store.write() as tx:
        for table, rows in ((Employee, people), (Kiosk, [one | {"state": {}} for one in kiosks])):
            tx.execute(insert(table), rows)
        tx.execute(insert(Invitation), [_invitation(number, now) for number in range(PEOPLE)])
        tx.execute(insert(Enrolment), [_face(number, now) for number in range(PEOPLE)])
    for start in range(0, count, AT_ONCE):
        with store.write() as tx:
            tx.execute(insert(Login), list(_logins(start, count, now)))


def _person(number: int, now: datetime) -> dict[str, Any]:
    return {
        "id": f"m{number}",
        "number": str(10_000 + number),
        "first_name": "Person",
        "last_name": str(number),
        "email": f"p{number}@example.com",
        "department": f"Department {number % 20}",
        "active": True,
        "in_force": True,
        "sort_name": f"{number} person",
        "created_at": now,
        "updated_at": now,
    }


def _invitation(number: int, now: datetime) -> dict[str, Any]:
    return {
        "id": f"i{number}",
        "employee_id": f"m{number}",
        "token_hash": f"t{number}",
        "status": Status.IN_USE,
        "created_by": "bench",
        "created_at": now,
        "expires_at": now,
        "changed_at": now,
    }


def _face(number: int, now: datetime) -> dict[str, Any]:
    return {
        "id": f"e{number}",
        "employee_id": f"m{number}",
        "invitation_id": f"i{number}",
        "modality": "face",
        "model": MODEL_ID,
        "photos": 3,
        "template": b"",
        "version": "",
        "approved_by": "bench",
        "approved_at": now,
    }


def _logins(start: int, count: int, now: datetime) -> Iterator[dict[str, Any]]:
    for place in range(start, start + AT_ONCE):
        at = now - timedelta(days=DAYS) * (place / count)
        fails = place % FAILS_EVERY == 0
        yield {
            "kiosk_id": f"k{place % KIOSKS}",
            "employee_id": f"m{place * 7919 % PEOPLE}",
            "pin": str(10_000 + place * 7919 % PEOPLE),
            "at": at,
            "local_time": f"{at:%Y-%m-%d %H:%M:%S}",
            "verify": -1,
            "direction": -1,
            "method": "face",
            "outcome": "refused" if fails else "accepted",
            "reason": "face_not_matched" if fails else "",
            "content_key": str(place),
            "received_at": now,
        }
