"""The enrolment desk: fingers while they are enrolled (in memory), and as they are kept (sealed rows, and a worker that finds them)."""

import functools
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.biometrics.workers.finger_pipeline import FingerPipeline, GreyPicture, ScanRefused
from console.biometrics.workers.host import WorkerDied
from console.biometrics.workers.messages import FingerAnswer, FingerMatch
from console.domain.errors import Conflict, Invalid, NotFound
from console.domain.fingers import FingerPosition
from console.domain.texts import ERR_NOT_ACTIVE
from console.service.tools import Service
from console.store import audit
from console.store.columns import new_id
from console.store.database import after_commit, changed
from console.store.schema import Consent, Employee, Finger

T = TypeVar("T")
EXTRACTOR = "leader-1"
"""What the finger worker's templates come from."""
SCANS, TRIES = 3, 6
IDLE = timedelta(minutes=10)
"""An enrolment that nobody goes on with is forgotten."""
SURE_LOG10 = -3.0
"""A search that turns up a stranger in fewer than one of a thousand cases tells whose finger it is."""
FINGER = "finger"


@dataclass(frozen=True)
class Kept:
    """A usable scan of an enrolment under way."""

    template: bytes
    quality: int
    points: int


@dataclass
class Sitting:
    """One finger being enrolled. told: what the worker said last; alike: the finger it looks like, when it is a duplicate."""

    id: str
    operator_id: str
    employee_id: str
    position: FingerPosition
    reader: str
    touched: datetime
    tries: int = 0
    scans: list[Kept] = field(default_factory=list)
    told: FingerAnswer = field(default_factory=FingerAnswer)
    alike: FingerMatch | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def chosen(self) -> list[Kept]:
        """The scans that are kept, once there are enough that agree."""
        return [self.scans[place] for place in self.told.chosen]


def key_of(employee_id: str, position: int) -> str:
    return f"{employee_id}:{position}"


def parse_key(key: str) -> tuple[str, FingerPosition]:
    """(employee id, position)."""
    employee_id, _, position = key.partition(":")
    return employee_id, FingerPosition(int(position))


class Desk:
    """All enrolments of fingers that are under way, and the fingers that there are. Blocking; thread-safe."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._sittings: dict[str, Sitting] = {}
        self._lock = threading.Lock()
        self.pipeline = FingerPipeline(self._references)

    def wake(self) -> None:
        """Starts the worker, so that it is ready when the first finger is."""
        threading.Thread(target=self.pipeline.start, name="finger worker", daemon=True).start()

    def _references(self) -> Iterator[tuple[str, list[bytes]]]:
        with self._service.store.read() as session:
            for row in session.scalars(select(Finger).where(Finger.extractor == EXTRACTOR)):
                yield key_of(row.employee_id, row.position), self.templates(session, row)

    def templates(self, session: Session, row: Finger) -> list[bytes]:
        plain = self._service.vault.open(
            session, row.employee_id, FINGER, row.id, "templates", row.templates
        )
        return msgspec.msgpack.decode(plain, type=list[bytes])

    # enrolling

    def begin(self, operator_id: str, employee_id: str, position: int, reader: str) -> Sitting:
        """Raises NotFound, Conflict (not active, no consent), Invalid."""
        if position not in set(FingerPosition):
            raise Invalid("position", "A finger is 1 to 10.")
        self.check(employee_id)
        now = self._service.clock()
        sitting = Sitting(
            uuid.uuid4().hex, operator_id, employee_id, FingerPosition(position), reader[:80], now
        )
        with self._lock:
            self._sittings = {
                one.id: one for one in self._sittings.values() if now - one.touched < IDLE
            } | {sitting.id: sitting}
        return sitting

    def check(self, employee_id: str) -> None:
        """Whether a finger of this person may be taken. Raises NotFound, Conflict."""
        with self._service.store.read() as session:
            employee = session.get(Employee, employee_id)
            if employee is None:
                raise NotFound("This employee does not exist any more.")
            if not employee.active:
                raise Conflict(ERR_NOT_ACTIVE)
            if consent_of(session, employee_id) is None:
                raise Conflict(
                    "This person has not agreed to their fingerprints being used. Show them the text first."
                )

    def sitting(self, sitting_id: str, operator_id: str) -> Sitting:
        """Raises NotFound."""
        found = self._sittings.get(sitting_id)
        if found is None or found.operator_id != operator_id:
            raise NotFound("This enrolment has ended. Tap the finger to begin again.")
        found.touched = self._service.clock()
        return found

    def end(self, sitting_id: str) -> None:
        with self._lock:
            self._sittings.pop(sitting_id, None)

    def scan(self, sitting: Sitting, picture: GreyPicture) -> str:
        """Takes one scan; the outcome. With the last the finger is saved, unless it is somebody's already. Raises Invalid, Conflict."""
        with sitting.lock:
            if sitting.told.chosen or sitting.tries >= TRIES:
                raise Conflict("This enrolment has ended. Tap the finger to begin again.")
            told, template = ask(
                lambda: self.pipeline.scan(
                    picture, [kept.template for kept in sitting.scans], sitting.tries
                )
            )
            if template in [kept.template for kept in sitting.scans]:
                raise Invalid(
                    "picture", "This is the same picture again. Lift the finger between two scans."
                )
            sitting.tries += 1
            sitting.told = told
            if len(told.agrees) > len(sitting.scans):
                sitting.scans.append(Kept(template, told.quality, told.minutiae))
            return self._finish(sitting) if told.outcome == "complete" else told.outcome

    def take_back(self, sitting: Sitting) -> None:
        """The last usable scan does not count; the try does. Raises Conflict."""
        with sitting.lock:
            if sitting.told.chosen:
                raise Conflict("This finger is complete. Delete it and enrol it again.")
            if sitting.scans:
                sitting.scans.pop()
                sitting.told = FingerAnswer(agrees=list(sitting.told.agrees[: len(sitting.scans)]))

    def _finish(self, sitting: Sitting) -> str:
        templates = [kept.template for kept in sitting.chosen()]
        found = ask(
            lambda: self.pipeline.duplicates(
                key_of(sitting.employee_id, sitting.position), templates
            )
        ).matches
        sitting.alike = next((one for one in found if one.search_fmr <= SURE_LOG10), None)
        if sitting.alike is not None:
            return "duplicate"
        self.save(sitting, sitting.operator_id)
        return "saved"

    def save(self, sitting: Sitting, actor: str, **allowed: str) -> None:
        """Seals the finger, in place of an earlier one. allowed: who let a duplicate through, and why."""
        chosen = sitting.chosen()
        templates = [kept.template for kept in chosen]
        quality = sorted(kept.quality for kept in chosen)[len(chosen) // 2]
        now, position = self._service.clock(), int(sitting.position)
        with self._service.store.write() as session:
            if consent_of(session, sitting.employee_id) is None:
                raise Conflict("The consent was withdrawn meanwhile.")
            query = select(Finger).where(
                Finger.employee_id == sitting.employee_id, Finger.position == position
            )
            row = session.scalars(query).first()
            again = row is not None
            row = row or Finger(id=new_id(), employee_id=sitting.employee_id, position=position)
            packed = msgspec.msgpack.encode(templates)
            row.templates = self._service.vault.seal(
                session, sitting.employee_id, FINGER, row.id, "templates", packed
            )
            row.extractor, row.quality, row.scans = EXTRACTOR, quality, len(chosen)
            row.reader, row.taken_by, row.taken_at = sitting.reader, sitting.operator_id, now
            session.add(row)
            audit.record(
                session,
                now,
                actor,
                "finger.enrolled",
                sitting.employee_id,
                position=position,
                again=again,
                **allowed,
            )
            changed(session, "fingers", sitting.employee_id)
            after_commit(
                session, lambda: self.pipeline.put(key_of(sitting.employee_id, position), templates)
            )
        self.end(sitting.id)

    # testing and deleting

    def look(self, picture: GreyPicture) -> FingerAnswer:
        """Raises Invalid, Conflict."""
        return ask(lambda: self.pipeline.look(picture))

    def identify(self, picture: GreyPicture) -> FingerAnswer:
        """Raises Invalid, Conflict."""
        return ask(lambda: self.pipeline.identify(picture))

    def remove(self, session: Session, employee_id: str, position: int | None, actor: str) -> int:
        """Deletes Muster's own templates of one finger, or (position None) of all; how many. Inside the caller's transaction."""
        query = select(Finger).where(Finger.employee_id == employee_id)
        rows = [
            row for row in session.scalars(query) if position is None or row.position == position
        ]
        for row in rows:
            session.delete(row)
            audit.record(
                session,
                self._service.clock(),
                actor,
                "finger.deleted",
                employee_id,
                position=row.position,
            )
            after_commit(
                session, functools.partial(self.pipeline.drop, key_of(employee_id, row.position))
            )
        changed(session, "fingers", employee_id)
        return len(rows)


def ask(question: Callable[[], T]) -> T:
    """Asks the worker. Raises Invalid for a picture that cannot be worked on, Conflict when the worker died over it."""
    try:
        return question()
    except ScanRefused as refused:
        raise Invalid("picture", str(refused)) from refused
    except WorkerDied as died:
        raise Conflict("The fingerprint worker stopped and starts anew. Scan once more.") from died


def consent_of(session: Session, employee_id: str) -> Consent | None:
    """The consent to fingers that is in force."""
    query = select(Consent).where(
        Consent.employee_id == employee_id,
        Consent.modality == FINGER,
        Consent.withdrawn_at.is_(None),
    )
    return session.scalars(query.order_by(Consent.given_at.desc()).limit(1)).first()
