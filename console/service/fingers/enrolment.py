"""Enrolment of fingers at the desk: three scans that agree, in memory until they are sealed."""

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from console.biometrics.workers.finger_pipeline import GreyPicture, ScanRefused
from console.biometrics.workers.host import WorkerDied
from console.biometrics.workers.messages import FingerAnswer, FingerMatch
from console.domain.consent import FINGER
from console.domain.errors import Conflict, Invalid, NotFound
from console.domain.fingers import FingerPosition
from console.domain.kept_texts import said
from console.domain.language import tr
from console.domain.texts import ERR_NOT_ACTIVE
from console.service.fingers.records import FingerRecords, key_of
from console.store.database import Store
from console.store.queries.enrolments import consent_in_force
from console.store.schema import Employee, Finger
from console.store.unit_of_work import ReadTx

T = TypeVar("T")
SCANS, TRIES = 3, 6
IDLE = timedelta(minutes=10)
"""An enrolment that nobody goes on with is forgotten."""
CERTAIN_LOG10 = -3.0
"""A search that finds a stranger in fewer than one of a thousand cases tells whose finger it is."""


@dataclass(frozen=True)
class CapturedScan:
    """A usable scan of an enrolment under way."""

    template: bytes
    quality: int
    minutiae: int


@dataclass
class EnrolmentSession:
    """One finger being enrolled.

    result: the worker's newest answer; duplicate: the finger that it matches.
    """

    id: str
    operator_id: str
    employee_id: str
    position: FingerPosition
    reader: str
    touched: datetime
    tries: int = 0
    scans: list[CapturedScan] = field(default_factory=list)
    result: FingerAnswer = field(default_factory=FingerAnswer)
    duplicate: FingerMatch | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def chosen(self) -> list[CapturedScan]:
        """The scans that are kept, once there are enough that agree."""
        return [self.scans[place] for place in self.result.chosen]


class FingerEnrolments:
    """All enrolments of fingers that are under way. Blocking; thread-safe."""

    def __init__(self, store: Store, records: FingerRecords, clock: Callable[[], datetime]) -> None:
        self._store, self._records, self._clock = store, records, clock
        self._sessions: dict[str, EnrolmentSession] = {}
        self._lock = threading.Lock()

    def wake(self) -> None:
        """Starts the worker, so that it is ready when the first finger is."""
        start = self._records.pipeline.start
        threading.Thread(target=start, name="finger worker", daemon=True).start()

    def begin(
        self, operator_id: str, employee_id: str, position: int, reader: str
    ) -> EnrolmentSession:
        """Raises NotFound, Conflict (not active, no consent), Invalid."""
        if position not in set(FingerPosition):
            raise Invalid("position", tr("A finger is 1 to 10."))
        self.check_enrollable(employee_id)
        now = self._clock()
        session = EnrolmentSession(
            id=uuid.uuid4().hex,
            operator_id=operator_id,
            employee_id=employee_id,
            position=FingerPosition(position),
            reader=reader[:80],
            touched=now,
        )
        with self._lock:
            self._sessions = {
                one.id: one for one in self._sessions.values() if now - one.touched < IDLE
            }
            self._sessions[session.id] = session
        return session

    def check_enrollable(self, employee_id: str) -> None:
        """Whether a finger of this person may be taken. Raises NotFound, Conflict."""
        with self._store.read() as tx:
            employee = tx.get(Employee, employee_id)
            if employee is None:
                raise NotFound(tr("This employee does not exist any more."))
            if not employee.active:
                raise Conflict(ERR_NOT_ACTIVE)
            if consent_in_force(tx, employee_id, FINGER) is None:
                raise Conflict(
                    tr(
                        "This person has not agreed to their fingerprints being used. "
                        "Show them the text first."
                    )
                )

    def session(self, session_id: str, operator_id: str) -> EnrolmentSession:
        """The operator's own enrolment with this id. Raises NotFound."""
        found = self._sessions.get(session_id)
        if found is None or found.operator_id != operator_id:
            raise NotFound(tr("This enrolment has ended. Tap the finger to begin again."))
        found.touched = self._clock()
        return found

    def end(self, session_id: str) -> None:
        """Forgets an enrolment that is under way."""
        with self._lock:
            self._sessions.pop(session_id, None)

    def add_scan(self, session: EnrolmentSession, picture: GreyPicture) -> str:
        """Adds one scan and returns the outcome.

        With the last scan the finger is saved, unless it is enrolled already. Raises Invalid,
        Conflict.
        """
        with session.lock:
            if session.result.chosen or session.tries >= TRIES:
                raise Conflict(tr("This enrolment has ended. Tap the finger to begin again."))
            earlier = [scan.template for scan in session.scans]
            result, template = ask_worker(
                lambda: self._records.pipeline.assess_scan(picture, earlier, session.tries)
            )
            if template in earlier:
                raise Invalid(
                    "picture",
                    tr("This is the same picture again. Lift the finger between two scans."),
                )
            session.tries += 1
            session.result = result
            if len(result.agrees) > len(session.scans):
                session.scans.append(CapturedScan(template, result.quality, result.minutiae))
            return self._finish(session) if result.outcome == "complete" else result.outcome

    def take_back(self, session: EnrolmentSession) -> None:
        """Drops the last usable scan; its try still counts. Raises Conflict."""
        with session.lock:
            if session.result.chosen:
                raise Conflict(tr("This finger is complete. Delete it and enrol it again."))
            if session.scans:
                session.scans.pop()
                agrees = list(session.result.agrees[: len(session.scans)])
                session.result = FingerAnswer(agrees=agrees)

    def _finish(self, session: EnrolmentSession) -> str:
        templates = [scan.template for scan in session.chosen()]
        key = key_of(session.employee_id, session.position)
        found = ask_worker(lambda: self._records.pipeline.duplicates(key, templates)).matches
        certain = (match for match in found if match.search_log10_fmr <= CERTAIN_LOG10)
        session.duplicate = next(certain, None)
        if session.duplicate is not None:
            return "duplicate"
        self.save(session, session.operator_id)
        return "saved"

    def save(
        self,
        session: EnrolmentSession,
        actor: str,
        may_save: Callable[[ReadTx], object] = lambda _tx: None,
        **allowed: str,
    ) -> None:
        """Seals the finger. Raises Conflict, and what `may_save` raises in the transaction.

        allowed: who let a duplicate through, and why.
        """
        chosen = session.chosen()
        with self._store.write(actor) as tx:
            may_save(tx)
            if consent_in_force(tx, session.employee_id, FINGER) is None:
                raise Conflict(tr("The consent was withdrawn meanwhile."))
            row = Finger(
                employee_id=session.employee_id,
                position=int(session.position),
                quality=sorted(scan.quality for scan in chosen)[len(chosen) // 2],
                scans=len(chosen),
                reader=session.reader,
                taken_by=session.operator_id,
                taken_at=tx.now,
            )
            again = self._records.add(tx, row, [scan.template for scan in chosen])
            tx.audit(
                "finger.enrolled",
                session.employee_id,
                position=int(session.position),
                again=again,
                **allowed,
            )
        self.end(session.id)

    def assess(self, picture: GreyPicture) -> FingerAnswer:
        """How good a picture is. Raises Invalid, Conflict."""
        return ask_worker(lambda: self._records.pipeline.assess_picture(picture))

    def identify(self, picture: GreyPicture) -> FingerAnswer:
        """Whose finger this is, as far as can be said. Raises Invalid, Conflict."""
        return ask_worker(lambda: self._records.pipeline.identify(picture, CERTAIN_LOG10))


def ask_worker(question: Callable[[], T]) -> T:
    """Asks the worker. Raises Invalid for an unusable picture, Conflict if the worker dies."""
    try:
        return question()
    except ScanRefused as refused:
        raise Invalid("picture", said(str(refused))) from refused
    except WorkerDied as died:
        raise Conflict(
            tr("The fingerprint worker stopped and starts anew. Scan once more.")
        ) from died
