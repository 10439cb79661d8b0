"""The list of employees that kiosks get.

Each kiosk asks every ten seconds. The list is made anew only after a change.
"""

import hashlib
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVarTuple

import msgspec
from sqlalchemy import Row, Select, select

from console.api.kiosk_link import Entry
from console.domain.validity import ValidDays, validity
from console.domain.zones import zone_of
from console.service.portions import hurry, in_turns
from console.service.settings import site_zone
from console.store.database import Store
from console.store.queries.enrolments import who_said_no
from console.store.queries.fingers import EXTRACTOR
from console.store.schema import Employee, Enrolment, Finger
from console.store.unit_of_work import ReadTx

DEPENDS_ON = frozenset({"employees", "enrolments", "fingers", "faces", "site"})
"""Changes of these subjects make the list anew."""
LASTS_S = 30.0
"""After this time it is made anew in any case: another process may have written."""


MANY, REST, LONGEST_REST_S = 2000, 9.0, 5.0
"""A list of more people than that serves for this many times as long as it took to make.

A long import changes people all the time. A kiosk that asks within this time, five seconds at most,
gets the older list and hears of a change, a leaver too, at its next question ten seconds later.
"""


ROWS_IN_TURN = 500
"""Rows that are read before whoever waits for an answer comes first: a few milliseconds."""


Columns = TypeVarTuple("Columns")


@dataclass(frozen=True)
class Roster:
    """The list, a digest by which a kiosk knows that it has it already, and when it was so."""

    digest: str
    entries: list[Entry]
    as_of: datetime


class KioskRoster:
    """Keeps the newest list. May be used from any thread."""

    def __init__(self, store: Store, give_way: Callable[[], None] = hurry) -> None:
        """give_way: waits while somebody waits for an answer."""
        self._store, self._give_way = store, give_way
        self._lock = threading.Lock()
        self._made: MadeRoster | None = None

    def read(self) -> Roster:
        """The list as it is, or as it was when nothing has changed since."""
        # Counted before the transaction begins, so a write in between makes it anew next time.
        commits = self._store.commits_of(DEPENDS_ON)
        with self._lock:
            made = self._made
        began = time.monotonic()
        if made is not None and made.serves(commits, began):
            return made.roster
        with self._store.read() as tx:
            entries = entries_of(tx, give_way=self._give_way)
            as_of = tx.now
        digest = hashlib.sha256(msgspec.json.encode(entries)).hexdigest()
        roster = Roster(digest, entries, as_of)
        took = time.monotonic() - began
        rest_s = min(REST * took, LONGEST_REST_S) if len(entries) > MANY else 0.0
        with self._lock:
            self._made = MadeRoster(commits, began, began + rest_s, roster)
        return roster


@dataclass(frozen=True)
class MadeRoster:
    """A list and when it was made. commits: the changes that are in it."""

    commits: int
    at: float
    rests_until: float
    roster: Roster

    def serves(self, commits: int, now: float) -> bool:
        """Whether it may still be given out."""
        return now < self.rests_until or (commits == self.commits and now - self.at < LASTS_S)


def entries_of(
    tx: ReadTx, employee_id: str = "", give_way: Callable[[], None] = hurry
) -> list[Entry]:
    """All employees, or one, with the versions of their references. Loads no templates."""

    def rows(query: Select[*Columns]) -> Iterator[Row[*Columns]]:
        some = query.execution_options(yield_per=ROWS_IN_TURN)
        return in_turns(tx.execute(some), ROWS_IN_TURN, give_way)

    people = select(
        Employee.id,
        Employee.number,
        Employee.first_name,
        Employee.last_name,
        Employee.active,
        Employee.may_log_in,
        Employee.valid_from,
        Employee.valid_until,
        Employee.badge_mark,
    ).where(~Employee.erased)
    faces = select(Enrolment.employee_id, Enrolment.version).where(Enrolment.live)
    fingers = select(Finger.employee_id, Finger.position, Finger.version)
    fingers = fingers.where(Finger.extractor == EXTRACTOR)
    if employee_id:
        people = people.where(Employee.id == employee_id)
        faces = faces.where(Enrolment.employee_id == employee_id)
        fingers = fingers.where(Finger.employee_id == employee_id)
    face_of = dict(rows(faces))
    fingers_of: dict[str, dict[int, str]] = defaultdict(dict)
    for owner, position, version in rows(fingers.order_by(Finger.position)):
        fingers_of[owner][position] = version
    said_no = who_said_no(tx, employee_id)
    zone = zone_of(site_zone(tx))
    return [
        Entry(
            id=row_id,
            number=number,
            name=f"{first} {last}".strip(),
            active=active,
            may_log_in=may_log_in,
            begins=valid.begins,
            ends=valid.ends,
            face=face_of.get(row_id, ""),
            fingers=fingers_of.get(row_id, {}),
            badge=badge or "",
            number_only=row_id in said_no,
        )
        for row_id, number, first, last, active, may_log_in, *days, badge in rows(
            people.order_by(Employee.id)
        )
        for valid in (validity(zone, ValidDays(*days)),)
    ]
