"""Carries out the login conversation.

What cameras, readers, the keypad and the service say goes in; what the conversation asks for is
done. It lives in the window's thread and never waits: fingers, the disk and the network have
threads of their own, whose answers come back as signals.
"""

import uuid
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from bridge.readers.reader import FingerScan
from console.api.kiosk_link import Checked, KioskLogin, PathStep, Reference
from console.biometrics.faces.live.challenge import Challenge
from console.biometrics.workers.face_watcher import WatchedFrame
from console.domain.authentication import react
from console.domain.kiosks import KioskSettings
from console.domain.login_chance import MOST_PICTURES, finger_fmr
from console.domain.login_events import (
    Answer,
    Ask,
    ChallengeDone,
    Compare,
    Compared,
    ConnectedDevices,
    Effect,
    FingerPlaced,
    Forget,
    LoginEvent,
    LoginOutcome,
    LoginPerson,
    LoginRecord,
    MatchEvidence,
    Plugged,
    Remember,
    Timeout,
)
from console.domain.login_policy import Method
from console.domain.login_session import LoginScreen, LoginSession, begin
from console.kiosk.cache.people import People, as_person
from console.kiosk.cache.writer import Done
from console.kiosk.flow.face_tries import FaceTries
from console.kiosk.flow.finger_matching import (
    NO_PICTURE,
    FingerComparison,
    FingerMatching,
    FingerQuestion,
)
from console.kiosk.flow.service_connection import ServiceConnection
from console.qt.timers import timer

CHALLENGE_S = 15
SETTINGS_RETRY_MS = 1000
"""New settings wait for the person who stands there; this is how often the kiosk checks."""
StoreLogin = Callable[[KioskLogin, Done], None]
"""Keeps a login on the disk without waiting; reports success from another thread."""


class Conductor(QObject):
    """Holds the session of the person who stands there.

    changed: the session, after anything happened; what it records is on the disk by then.
    """

    changed = pyqtSignal(object)
    _compared = pyqtSignal(object)
    _stored = pyqtSignal(bool)

    def __init__(
        self,
        connection: ServiceConnection,
        people: People,
        fingers: FingerMatching,
        store_login: StoreLogin,
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__()
        self._connection, self._people, self._fingers = connection, people, fingers
        self._store_login, self.clock = store_login, clock
        self.equipment = ConnectedDevices(camera=False, reader=False)
        self.session: LoginSession = begin(
            connection.settings, self.equipment, people.may_identify(connection.settings)
        )
        self._faces = FaceTries(people, self.feed)
        self._events: deque[LoginEvent] = deque()
        self._busy = False
        self._unstored = 0
        self._reference: Reference | None = None
        self._scan: FingerScan | None = None
        self._pictures = 0
        self._fresh_scan: FingerScan | None = None
        self._timeout = timer(
            self,
            1000 * connection.settings.session_timeout_s,
            lambda: self.feed(Timeout()),
            once=True,
        )
        self._challenge_end = timer(
            self, 1000 * CHALLENGE_S, lambda: self.feed(ChallengeDone(False)), once=True
        )
        self._compared.connect(self._finger_compared)
        self._stored.connect(self._login_stored)
        connection.answered.connect(self._answered)
        connection.settings_changed.connect(self._apply_settings)
        connection.people_changed.connect(self._apply_people)

    @property
    def challenge(self) -> Challenge | None:
        """What the person is asked to do now, if anything."""
        return self._faces.challenge

    @property
    def takes_badges(self) -> bool:
        """Whether there are badges that stand for the number."""
        return self._people.has_badges

    def start(self) -> None:
        """Begins with the first person."""
        self._fingers.start()
        self.changed.emit(self.session)

    def stop(self) -> None:
        """Ends the timers and lets the thread of the fingers end; returns at once."""
        self._timeout.stop()
        self._challenge_end.stop()
        self._fingers.stop()

    # the conversation

    def feed(self, event: LoginEvent) -> None:
        """Handles one event; everything that follows from it is done before the next."""
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
        self._show_session()

    def _show_session(self) -> None:
        if not self._unstored:
            self.changed.emit(self.session)

    def _after(self, before: LoginSession) -> None:
        session = self.session
        if session.screen is not before.screen:
            self._enter_screen(session.screen)
        pristine = (
            not session.path
            and not session.digits
            and session.hit is None
            and session.person is None
            and not session.error
        )
        at_rest = pristine and not (
            session.screen is LoginScreen.KEYPAD
            and session.settings.default_method is not Method.NUMBER
        )
        if session.asking:
            self._timeout.stop()  # the answer comes by itself, in its own time
        elif at_rest:
            self._timeout.stop()
            if session.may_identify is not self._people.may_identify(session.settings):
                self._renew()
        elif session is not before:
            self._timeout.start(1000 * session.settings.session_timeout_s)

    def _enter_screen(self, screen: LoginScreen) -> None:
        self._faces.enter_screen(screen)
        if screen is LoginScreen.CHALLENGE:
            self._challenge_end.start()
        else:
            self._challenge_end.stop()
        if self.session.person is None and self.session.hit is None and not self.session.asking:
            self._reference = None

    def _renew(self) -> None:
        session = self.session
        self.session = begin(
            self._connection.settings,
            self.equipment,
            self._people.may_identify(self._connection.settings),
            session.error,
            session.ticket,
        )

    def _apply_settings(self, settings: KioskSettings) -> None:
        """Applies new settings at once when nobody stands there, else with the next person."""
        session = self.session
        nobody = not session.path and not session.digits and not session.asking
        if nobody and session.screen is not LoginScreen.HOME:
            self._renew()
            self._prepare_fingers()
            self._show_session()
        else:
            QTimer.singleShot(SETTINGS_RETRY_MS, lambda: self._apply_settings(settings))

    def _apply_people(self) -> None:
        """With more or fewer faces than before, another screen may be the first one."""
        session = self.session
        waits = session.screen in (LoginScreen.FACE, LoginScreen.KEYPAD) and not session.asking
        if not waits or session.path or session.digits or session.hit is not None:
            return  # whoever comes next begins as it is then: see _after
        if session.may_identify is not self._people.may_identify(session.settings):
            self._renew()
            self._show_session()

    def plugged(self, camera: bool | None = None, reader: bool | None = None) -> None:
        """A camera or reader came or went; None: as it was."""
        before = self.equipment
        self.equipment = ConnectedDevices(
            before.camera if camera is None else camera,
            before.reader if reader is None else reader,
        )
        if self.equipment != before:
            self.feed(Plugged(self.equipment))
            self._prepare_fingers()

    def _prepare_fingers(self) -> None:
        if self.equipment.reader and self._connection.settings.default_method is not Method.FACE:
            self._fingers.get_ready()
        else:
            self._fingers.rest()

    # what the conversation asks for

    def _do(self, effect: Effect) -> None:
        match effect:
            case Compare(ticket, Method.FINGER, person_id):
                self._compare_finger(ticket, person_id)
            case Compare(ticket, _, person_id):
                found, evidence = self._faces.compare(self.session, person_id, self._reference)
                self._events.append(Compared(ticket, self._known(found), evidence))
            case Ask():
                self._connection.ask(effect)
            case Remember(_, modality, finger):
                if self._reference is not None:
                    self._people.add_match(
                        self._reference, modality is Method.FACE, finger, self.session.settings
                    )
            case Forget(person_id):
                self._people.forget(person_id)
            case LoginRecord():
                self._record(effect)

    def _record(self, record: LoginRecord) -> None:
        """Nobody sees the result before it is on the disk: `changed` waits for it."""
        self._unstored += 1
        self._store_login(_login_of(record, self.clock()), self._report_stored)
        if record.outcome is LoginOutcome.ACCEPTED and record.person is not None:
            self._people.mark_used(record.person.id)

    def _report_stored(self, stored: bool) -> None:
        """Called in the thread that writes."""
        self._connection.hand_in_soon()
        with suppress(RuntimeError):  # the window was closed meanwhile
            self._stored.emit(stored)

    def _login_stored(self, stored: bool) -> None:
        self._unstored -= 1
        if not stored and self.session.screen is LoginScreen.HOME:
            self._renew()  # a login that cannot be recorded does not happen
        self._show_session()

    def _answered(self, question: Ask, reachable: bool, checked: Checked | None) -> None:
        if reachable and checked is not None:
            self._reference = checked.reference
            person = as_person(checked.entry, self.clock()) if checked.entry else None
            self.feed(Answer(question.ticket, True, person))
            return
        roster = self._people.roster
        person = self._people.person(
            self.clock(), question.number, question.employee_id, question.badge
        )
        self._reference = self._people.reference(person.id) if person else None
        self.feed(Answer(question.ticket, False, person, roster.as_of if roster else None))

    def _known(self, person_id: str) -> LoginPerson | None:
        """The person as the service just said, if it did, else as the last list has them."""
        if not person_id:
            return None
        if self.session.person is not None and self.session.person.id == person_id:
            return self.session.person
        return self._people.person(self.clock(), person_id=person_id)

    # faces and fingers

    def assess_frame(self, seen: WatchedFrame) -> None:
        """The camera's worker has looked at one frame."""
        if self._faces.assess(seen, self.session):
            self._show_session()

    def add_scan(self, scan: FingerScan, last: bool) -> None:
        """A picture of the finger on the reader came. last: there are no more of this finger."""
        if self.session.asking:
            if self._scan is not None:
                self._fresh_scan = scan
            return
        self._scan, self._fresh_scan = scan, None
        self._pictures = MOST_PICTURES if last else 1
        self.feed(FingerPlaced())

    def lift_finger(self) -> None:
        """The finger is gone: no better picture of it comes."""
        self._pictures = MOST_PICTURES

    def _compare_finger(self, ticket: int, person_id: str) -> None:
        if self._scan is None:
            self._events.append(Compared(ticket, None, MatchEvidence(poor=NO_PICTURE)))
            return
        reference = None
        if person_id:
            reference = self._reference or Reference(employee_id=person_id)
        fmr = finger_fmr(self.session.settings)
        question = FingerQuestion(ticket, self._scan, reference, fmr)
        self._fingers.compare(question, self._report_compared)

    def _report_compared(self, comparison: FingerComparison) -> None:
        """Called in the thread of the fingers."""
        with suppress(RuntimeError):  # the window was closed meanwhile
            self._compared.emit(comparison)

    def _finger_compared(self, comparison: FingerComparison) -> None:
        """A later picture of the same finger may be better than one that matched nobody."""
        fresh, self._fresh_scan = self._fresh_scan, None
        awaited = self.session.asking and comparison.ticket == self.session.ticket
        if (
            awaited
            and not comparison.person_id
            and fresh is not None
            and self._pictures < MOST_PICTURES
        ):
            self._scan = fresh
            self._pictures += 1
            person = self.session.person
            self._compare_finger(comparison.ticket, person.id if person else "")
            return
        found = self._known(comparison.person_id)
        self.feed(Compared(comparison.ticket, found, comparison.evidence))


def _login_of(record: LoginRecord, now: datetime) -> KioskLogin:
    path = [PathStep(what=step.what, ok=step.ok, facts=dict(step.facts)) for step in record.path]
    return KioskLogin(
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


def utc_now() -> datetime:
    """The time by this computer's clock."""
    return datetime.now(UTC)
