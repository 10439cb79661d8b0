"""Carries out the login conversation: what cameras, readers, fingers on the keypad and the service say goes in; what it asks for is done.

Lives in the GUI's thread. Comparing fingers takes long and has a thread of its own.
"""

import queue
import secrets
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from bridge.readers.reader import Scan
from console.api.kiosk_link import Checked, KioskLogin, PathStep, Reference
from console.biometrics.faces.live.challenge import Challenge, Task
from console.biometrics.workers.face_watcher import Seen
from console.domain.authentication import Screen, Session, begin, react
from console.domain.kiosks import KioskSettings
from console.domain.login_events import (
    Answer,
    Ask,
    ChallengeDone,
    Compare,
    Compared,
    Effect,
    Equipment,
    Event,
    Evidence,
    FaceLost,
    FaceUnusable,
    FaceUsable,
    FingerPlaced,
    Forget,
    Outcome,
    Person,
    Plugged,
    Record,
    Remember,
    Timeout,
)  # fmt: skip
from console.domain.login_policy import Method
from console.kiosk.cache.people import People, Vector, as_person
from console.kiosk.cache.store import KioskCache
from console.kiosk.flow.finger_matching import FingerMatching
from console.kiosk.flow.link import KioskLink
from console.qt.timers import timer

TRY_PAUSE_S = 1.2
"""Between two tries that count, of a face that does not match: the person needs time to do better."""
CHALLENGE_S = 15
SAME_FACE_FMR = 1e-2
"""Whoever does the challenge must be this much like the face that matched."""
MOST_PICTURES = 3
"""Of one finger that lies there, until the last of them counts."""
TOO_FAR = "eye_distance"
Job = tuple[int, Scan, str, float]
_GET_READY, _REST = "get ready", "rest"
"""For the thread of the fingers: whether its worker will be wanted. Else it would only take memory."""


class Conductor(QObject):
    """changed: the session, after anything happened."""

    changed = pyqtSignal(object)
    _compared = pyqtSignal(int, object, object)

    def __init__(
        self,
        link: KioskLink,
        people: People,
        cache: KioskCache,
        fingers: FingerMatching,
        clock: Callable[[], datetime],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._link, self._people, self._cache, self._fingers, self._clock = (
            link,
            people,
            cache,
            fingers,
            clock,
        )
        self.equipment = Equipment(camera=False, reader=False)
        self.session: Session = begin(
            link.settings, self.equipment, people.may_identify(link.settings)
        )
        self.challenge: Challenge | None = None
        self._events: deque[Event] = deque()
        self._busy = False
        self._reference: Reference | None = None
        self._vector: Vector | None = None
        self._matched_vector: Vector | None = None
        self._scan: Scan | None = None
        self._pictures = 0
        self._fresh_scan: tuple[Scan, bool] | None = None
        self._last_try = 0.0
        self._face_there = False
        self._jobs: queue.Queue[Job | str | None] = queue.Queue()
        self._worker = threading.Thread(target=self._work, name="kiosk fingers", daemon=True)
        self._timeout = timer(
            self, 1000 * link.settings.session_timeout_s, lambda: self.feed(Timeout()), once=True
        )
        self._challenge_end = timer(
            self, 1000 * CHALLENGE_S, lambda: self.feed(ChallengeDone(False)), once=True
        )
        self._compared.connect(self._finger_compared)
        link.answered.connect(self._answered)
        link.settings_changed.connect(self._new_settings)

    def start(self) -> None:
        self._worker.start()
        self.changed.emit(self.session)

    def stop(self) -> None:
        self._timeout.stop()
        self._challenge_end.stop()
        self._jobs.put(None)
        if self._worker.is_alive():
            self._worker.join(timeout=10)

    # the conversation

    def feed(self, event: Event) -> None:
        """One thing happened; what follows from it is done before the next."""
        self._events.append(event)
        if self._busy:
            return
        self._busy = True
        try:
            while self._events:
                before = self.session
                self.session, effects = react(before, self._events.popleft())
                for effect in effects:
                    self._do(effect)
                self._after(before)
        finally:
            self._busy = False
        self.changed.emit(self.session)

    def _after(self, before: Session) -> None:
        session = self.session
        if session.screen is not before.screen:
            self._entered(session.screen)
        pristine = (
            not session.path
            and not session.digits
            and session.hit is None
            and session.person is None
            and not session.error
        )
        at_rest = pristine and not (
            session.screen is Screen.KEYPAD and session.settings.default_method is not Method.NUMBER
        )
        if session.asking:
            self._timeout.stop()  # what is asked answers by itself, in its own time
        elif at_rest:
            self._timeout.stop()
            if session.may_identify is not self._people.may_identify(session.settings):
                self._renew()
        elif session is not before:
            self._timeout.start(1000 * session.settings.session_timeout_s)

    def _entered(self, screen: Screen) -> None:
        self._last_try = time.monotonic()
        if screen is Screen.CHALLENGE:
            self.challenge = Challenge(_tasks())
            self._matched_vector = self._vector
            self._challenge_end.start()
        else:
            self.challenge = None
            self._challenge_end.stop()
        if self.session.person is None and self.session.hit is None and not self.session.asking:
            self._reference = None

    def _renew(self) -> None:
        session = self.session
        self.session = begin(
            self._link.settings,
            self.equipment,
            self._people.may_identify(self._link.settings),
            session.error,
            session.ticket,
        )

    def _new_settings(self, settings: KioskSettings) -> None:
        """At once when nobody stands there, else with the next person."""
        if (
            not self.session.path
            and not self.session.digits
            and not self.session.asking
            and self.session.screen is not Screen.HOME
        ):
            self._renew()
            self._prepare_fingers()
            self.changed.emit(self.session)
        else:
            QTimer.singleShot(1000, lambda: self._new_settings(settings))

    def plugged(self, camera: bool | None = None, reader: bool | None = None) -> None:
        """A camera or reader came or went."""
        now = self.equipment
        self.equipment = Equipment(
            now.camera if camera is None else camera, now.reader if reader is None else reader
        )
        if self.equipment != now:
            self.feed(Plugged(self.equipment))
            self._prepare_fingers()

    def _prepare_fingers(self) -> None:
        wanted = self.equipment.reader and self._link.settings.default_method is not Method.FACE
        self._jobs.put(_GET_READY if wanted else _REST)

    # what it asks for

    def _do(self, effect: Effect) -> None:
        match effect:
            case Compare(ticket, Method.FINGER, person_id):
                self._compare_finger(ticket, person_id)
            case Compare(ticket, _, person_id):
                self._compare_face(ticket, person_id)
            case Ask():
                self._link.ask(effect)
            case Remember(_, modality, finger):
                if self._reference is not None:
                    self._people.remember(
                        self._reference, modality is Method.FACE, finger, self.session.settings
                    )
            case Forget(person_id):
                self._people.forget(person_id)
            case Record():
                self._record(effect)

    def _record(self, record: Record) -> None:
        """On the disk before anybody sees the result."""
        now = self._clock()
        path = [
            PathStep(what=step.what, ok=step.ok, facts=dict(step.facts)) for step in record.path
        ]
        login = KioskLogin(
            id=uuid.uuid4().hex,
            at=now,
            local_time=now.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
            outcome=record.outcome,
            method=record.method,
            reason=record.reason,
            stamp=record.stamp,
            employee_id=record.person.id if record.person else "",
            number=record.number,
            as_of=record.as_of,
            path=path,
        )
        self._cache.add_login(login)
        if record.outcome is Outcome.ACCEPTED and record.person is not None:
            self._people.used(record.person.id)
        self._link.hand_in_soon()

    def _answered(self, question: Ask, reachable: bool, checked: Checked | None) -> None:
        if reachable and checked is not None:
            self._reference = checked.reference
            person = as_person(checked.entry) if checked.entry else None
            self.feed(Answer(question.ticket, True, person))
            return
        roster = self._people.roster
        person = self._people.person(question.number, question.employee_id)
        self._reference = self._people.reference(person.id) if person else None
        self.feed(Answer(question.ticket, False, person, roster.as_of if roster else None))

    # faces

    def saw(self, seen: Seen) -> None:
        """One frame was looked at."""
        session = self.session
        self._vector = (
            None
            if seen.vector is None or not self._people.compares_faces
            else self._people.turned(seen.vector)
        )
        if session.screen is Screen.CHALLENGE:
            self._challenged(seen)
        elif session.screen in (Screen.FACE, Screen.LOOK) and not session.asking:
            self._look(session, seen)

    def _look(self, session: Session, seen: Seen) -> None:
        if seen.sight.box is None:
            if self._face_there:
                self._face_there = False
                self.feed(FaceLost())
            return
        self._face_there = True
        if self._vector is None:
            if seen.sight.flaw != TOO_FAR:  # who walks past is nobody who tries
                self.feed(FaceUnusable(seen.sight.flaw))
            return
        if (
            self._face(self._person_id(session))[0]
            or time.monotonic() - self._last_try >= TRY_PAUSE_S
        ):
            self._last_try = time.monotonic()
            self.feed(FaceUsable())

    @staticmethod
    def _person_id(session: Session) -> str:
        return session.person.id if session.screen is Screen.LOOK and session.person else ""

    def _face(self, person_id: str) -> tuple[str, Evidence]:
        """(whose face the newest picture shows, what was seen)."""
        fmr = self.session.settings.limits.face_fmr
        if self._vector is None:
            return "", Evidence(poor="no usable picture")
        if person_id:
            alike, evidence = self._people.same_face(
                self._vector, self._reference or Reference(employee_id=person_id), fmr
            )
            return (person_id if alike else ""), evidence
        person, evidence = self._people.find_face(self._vector, fmr)
        return (person.id if person else ""), evidence

    def _compare_face(self, ticket: int, person_id: str) -> None:
        found, evidence = self._face(person_id)
        self._events.append(Compared(ticket, self._known(found), evidence))

    def _known(self, person_id: str) -> Person | None:
        """By the list; of somebody newer than it, as the service just said."""
        if not person_id:
            return None
        if self.session.person is not None and self.session.person.id == person_id:
            return self.session.person
        return self._people.person(person_id=person_id)

    def _challenged(self, seen: Seen) -> None:
        if self.challenge is None or seen.sight.box is None:
            return
        if (
            self._vector is not None
            and self._matched_vector is not None
            and not self._people.alike(self._vector, self._matched_vector, SAME_FACE_FMR)
        ):
            self.feed(ChallengeDone(False))
            return
        task, self.challenge = (
            self.challenge.now,
            self.challenge.feed(seen.sight.yaw, seen.sight.blink),
        )
        if self.challenge.done:
            self.feed(ChallengeDone(True))
        elif self.challenge.now is not task:
            self.changed.emit(self.session)

    # fingers

    def finger(self, scan: Scan, last: bool) -> None:
        """A picture of a finger that lies on the reader. last: no more of it come."""
        if self.session.asking and self._scan is not None:
            self._fresh_scan = (scan, last)
            return
        if self.session.asking:
            return
        self._scan, self._pictures, self._fresh_scan = scan, 1, None
        if last:
            self._pictures = MOST_PICTURES
        self.feed(FingerPlaced())

    def finger_lifted(self) -> None:
        self._pictures = MOST_PICTURES

    def _compare_finger(self, ticket: int, person_id: str) -> None:
        if self._scan is None:
            self._events.append(Compared(ticket, None, Evidence(poor="no usable picture")))
            return
        self._jobs.put((ticket, self._scan, person_id, self.session.settings.limits.finger_fmr))

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if isinstance(job, str):
                (self._fingers.start if job == _GET_READY else self._fingers.close)()
                continue
            ticket, scan, person_id, fmr = job
            if person_id:
                alike, evidence = self._fingers.with_own(
                    scan, self._reference or Reference(employee_id=person_id), fmr
                )
                found = person_id if alike else ""
            else:
                found, evidence = self._fingers.among_cached(scan, fmr)
            with suppress(RuntimeError):  # the window was closed meanwhile
                self._compared.emit(ticket, found, evidence)

    def _finger_compared(self, ticket: int, found: str, evidence: Evidence) -> None:
        """A later picture of the same finger may be better."""
        fresh, self._fresh_scan = self._fresh_scan, None
        if (
            not found
            and fresh is not None
            and self._pictures < MOST_PICTURES
            and ticket == self.session.ticket
            and self.session.asking
        ):
            self._scan = fresh[0]
            self._pictures += 1
            person = self.session.person
            self._jobs.put(
                (
                    ticket,
                    self._scan,
                    person.id if person else "",
                    self.session.settings.limits.finger_fmr,
                )
            )
            return
        self.feed(Compared(ticket, self._known(found), evidence))


def _tasks() -> tuple[Task, ...]:
    """A turn and a blink in an order that nobody knows before."""
    turn = secrets.choice((Task.LEFT, Task.RIGHT))
    return secrets.choice(((turn, Task.BLINK), (Task.BLINK, turn)))


def utc_now() -> datetime:
    return datetime.now(UTC)
