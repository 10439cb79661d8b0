"""The list of employees that kiosks hear. Each asks every ten seconds; it is made anew only after a write that it may depend on."""

import hashlib
import threading
import time
from dataclasses import dataclass

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.api.kiosk_link import Entry
from console.service.fingers.enrolment import EXTRACTOR
from console.store.database import Store
from console.store.schema import Employee, Enrolment, Finger

NO_MATTER = frozenset({"logins", "kiosks"})
"""Who has logged in, and kiosks that say how they are: it does not depend on them."""
LASTS_S = 30.0
"""For what another process may have written."""


@dataclass(frozen=True)
class Roster:
    digest: str
    entries: list[Entry]


class KioskRoster:
    """May be used from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._made: tuple[int, float, Roster] | None = None

    def read(self) -> Roster:
        """As it is, or was when nothing had been written since."""
        commits = self._store.commits_but(
            NO_MATTER
        )  # before a transaction begins: what is written meanwhile makes it anew the next time
        with self._lock:
            made = self._made
        if made is not None and made[0] == commits and time.monotonic() - made[1] < LASTS_S:
            return made[2]
        with self._store.read() as session:
            entries = entries_of(session)
        roster = Roster(hashlib.sha256(msgspec.json.encode(entries)).hexdigest(), entries)
        with self._lock:
            self._made = (commits, time.monotonic(), roster)
        return roster


def entries_of(session: Session, employee_id: str = "") -> list[Entry]:
    """All employees, or one, with the versions of what they have enrolled."""
    people, faces, fingers = (
        select(Employee),
        select(Enrolment).where(Enrolment.live),
        select(Finger).where(Finger.extractor == EXTRACTOR),
    )
    if employee_id:
        people = people.where(Employee.id == employee_id)
        faces, fingers = (
            faces.where(Enrolment.employee_id == employee_id),
            fingers.where(Finger.employee_id == employee_id),
        )
    face_of = {row.employee_id: _version(row.template) for row in session.scalars(faces)}
    fingers_of: dict[str, dict[int, str]] = {}
    for row in session.scalars(fingers.order_by(Finger.position)):
        fingers_of.setdefault(row.employee_id, {})[row.position] = _version(row.templates)
    return [
        Entry(
            id=one.id,
            number=one.number,
            name=f"{one.first_name} {one.last_name}".strip(),
            active=one.active,
            face=face_of.get(one.id, ""),
            fingers=fingers_of.get(one.id, {}),
        )
        for one in session.scalars(people.order_by(Employee.id))
    ]


def _version(sealed: bytes) -> str:
    """Changes whenever what is sealed is sealed anew."""
    return hashlib.sha256(sealed).hexdigest()[:16]
