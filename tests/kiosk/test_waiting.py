"""The window's thread never waits for the disk or for the worker of the fingers. H9."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from bridge.readers.reader import FingerScan
from console.api.kiosk_link import Entry, KioskLogin, Reference
from console.biometrics.workers.finger_pipeline import FingerPipeline, GreyPicture, References
from console.biometrics.workers.host import WorkerDied
from console.biometrics.workers.messages import FingerAnswer
from console.domain.kiosks import KioskSettings
from console.domain.login_events import Ask, Digit, MatchEvidence, Submit
from console.domain.login_policy import MatchPolicy, Method
from console.domain.login_session import LoginScreen
from console.kiosk.cache.disk import KEY_BYTES, CachedPerson, KioskCache, open_cache
from console.kiosk.cache.people import FingerChange, People
from console.kiosk.cache.writer import CacheWriter, Done
from console.kiosk.flow.conductor import Conductor, utc_now
from console.kiosk.flow.finger_matching import (
    NO_PICTURE,
    FingerComparison,
    FingerMatching,
    FingerQuestion,
)
from console.kiosk.flow.service_connection import ServiceConnection
from console.kiosk.service_address import UNKNOWN
from tests.kiosk.test_offline import NOW, model

GENEROUS_S = 30
"""Guards the run: a thread that has not ended by then stands still for good."""
SETTINGS = KioskSettings(tolerance="High")
ENTRY = Entry(id="e1", number="1001", name="Person 1", active=True, fingers={2: "f1"})
REFERENCE = Reference(employee_id="e1", fingers={2: [b"template"]})


class HeldPipeline(FingerPipeline):
    """A worker process behind a lock. `held` runs while `start` has the lock."""

    def __init__(self, references: References, held: Callable[[], object]) -> None:
        super().__init__(references)
        self._worker_lock, self.held, self.alive = threading.Lock(), held, False
        self.fingers: dict[str, list[bytes]] = {}
        self.fault: Exception | None = None
        self.references = references

    @property
    def running(self) -> bool:
        return self.alive

    def start(self) -> None:
        with self._worker_lock:
            self.held()
            self.fingers = dict(self.references())
            self.alive = True

    def put(self, key: str, templates: list[bytes]) -> None:
        with self._worker_lock:
            self.fingers[key] = templates

    def drop(self, key: str) -> None:
        with self._worker_lock:
            self.fingers.pop(key, None)

    def identify(self, _picture: GreyPicture, *_sought: object) -> FingerAnswer:
        if self.fault is not None:
            raise self.fault
        return FingerAnswer()

    def close(self) -> None:
        with self._worker_lock:
            self.alive = False


def matching(
    held: Callable[[], object] = lambda: None,
) -> tuple[FingerMatching, HeldPipeline]:
    made: list[HeldPipeline] = []

    def make(references: References) -> FingerPipeline:
        made.append(HeldPipeline(references, held))
        return made[0]

    return FingerMatching(make), made[0]


def ends(thread: threading.Thread) -> bool:
    thread.join(GENEROUS_S)
    return not thread.is_alive()


def test_H9_a_match_is_cached_while_the_worker_of_the_fingers_starts(tmp_path: Path) -> None:
    """One thread has the lock of the people, the other that of the worker; then each goes on."""
    both_hold_a_lock = threading.Barrier(2)
    fingers, _ = matching(lambda: both_hold_a_lock.wait(GENEROUS_S))

    def publish(change: FingerChange) -> None:
        both_hold_a_lock.wait(GENEROUS_S)
        fingers.apply_change(change)

    people = People(open_cache(tmp_path, key_file=True), publish)
    people.apply_roster("d1", [ENTRY], NOW, model(), SETTINGS)
    fingers.start()
    fingers.get_ready()
    window = threading.Thread(
        target=people.add_match, args=(REFERENCE, False, 2, SETTINGS), daemon=True
    )
    window.start()
    assert ends(window), "the window stands still"
    fingers.stop()
    assert fingers.join(), "nobody logs in by finger any more"


def test_H9_no_call_of_the_fingers_waits_for_a_worker_that_is_busy() -> None:
    started, released = threading.Event(), threading.Event()

    def held() -> None:
        started.set()
        released.wait(GENEROUS_S)

    fingers, pipeline = matching(held)
    fingers.start()
    fingers.get_ready()
    assert started.wait(GENEROUS_S)
    fingers.apply_change(FingerChange("e1:2", [b"template"]))
    fingers.apply_change(FingerChange("e1:2", []))
    fingers.rest()
    fingers.get_ready()
    assert fingers.running is False
    fingers.stop()
    assert not released.is_set(), "all of it came back while the worker was busy"
    released.set()
    assert fingers.join()
    assert pipeline.running is False


def test_a_worker_that_starts_learns_the_fingers_that_are_cached_then() -> None:
    fingers, pipeline = matching()
    for change in (
        FingerChange("e1:2", [b"old"]),
        FingerChange("e2:2", [b"gone"]),
        FingerChange("e1:2", [b"new"]),
        FingerChange("e2:2", []),
    ):
        fingers.apply_change(change)
    fingers.get_ready()
    fingers.start()
    fingers.stop()
    assert fingers.join()
    assert pipeline.fingers == {"e1:2": [b"new"]}


@pytest.mark.parametrize("error", [WorkerDied("killed"), ValueError("a fault")])
def test_a_comparison_that_fails_is_answered_and_the_next_one_is_made(error: Exception) -> None:
    fingers, pipeline = matching()
    pipeline.fault = error
    answers: list[FingerComparison] = []
    scan = FingerScan(np.zeros((4, 4), np.uint8), 500)
    for ticket, reference in ((1, None), (2, REFERENCE)):
        fingers.compare(FingerQuestion(ticket, scan, reference, 1e-4), answers.append)
    fingers.start()
    fingers.stop()
    assert fingers.join()
    poor = MatchEvidence(poor=NO_PICTURE)
    assert answers == [FingerComparison(1, "", poor), FingerComparison(2, "", poor)]


# the disk


class HeldCache(KioskCache):
    """A database whose disk is busy until the test releases it."""

    def __init__(self, folder: Path) -> None:
        self.released = threading.Event()
        self.released.set()
        super().__init__(folder / "kiosk.db", bytes(KEY_BYTES))

    def put(self, name: str, value: object) -> None:
        self.released.wait(GENEROUS_S)
        super().put(name, value)

    def put_people(self, people: list[CachedPerson]) -> None:
        self.released.wait(GENEROUS_S)
        super().put_people(people)


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[HeldCache]:
    opened = HeldCache(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def writer() -> Iterator[CacheWriter]:
    made = CacheWriter()
    yield made
    made.close()


def test_H9_nobody_who_uses_the_people_waits_for_the_disk(
    cache: HeldCache, writer: CacheWriter
) -> None:
    people = People(cache, write=writer.submit)
    cache.released.clear()
    people.apply_roster("d1", [ENTRY], NOW, model(), SETTINGS)
    people.add_match(REFERENCE, False, 2, SETTINGS)
    people.mark_used("e1")
    assert people.person(utc_now(), "1001") is not None
    assert people.reference("e1").fingers == {2: [b"template"]}
    assert not cache.released.is_set(), "all of it came back while the disk was busy"
    cache.released.set()
    writer.close()
    assert [one.id for one in cache.people()] == ["e1"]
    people.forget("e1")
    assert people.cached_ids() == []


def test_writes_keep_their_order_and_one_that_fails_does_not_stop_the_others(
    writer: CacheWriter,
) -> None:
    order: list[object] = []

    def fail() -> None:
        raise OSError("the disk is full")

    writer.submit(partial(order.append, 1), order.append)
    writer.submit(fail, order.append)
    writer.submit(partial(order.append, 2), order.append)
    writer.close()
    assert order == [1, True, False, 2, True]


pytestmark = pytest.mark.usefixtures("qapp")


class LoginStore:
    """Keeps logins when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[tuple[KioskLogin, Done]] = []

    def store(self, login: KioskLogin, done: Done) -> None:
        self.waiting.append((login, done))

    def end(self, stored: bool) -> None:
        self.waiting.pop(0)[1](stored)


@pytest.fixture
def store() -> LoginStore:
    return LoginStore()


class SilentConnection(ServiceConnection):
    """A service that never answers by itself."""

    def __init__(self, cache: KioskCache, people: People) -> None:
        super().__init__(lambda: UNKNOWN, cache, people)
        self.asked: list[Ask] = []

    def ask(self, question: Ask) -> None:
        self.asked.append(question)


@pytest.fixture
def connection(cache: HeldCache) -> SilentConnection:
    settings = KioskSettings(
        default_method=Method.NUMBER, match_policy=MatchPolicy.NOT_REQUIRED, tolerance="High"
    )
    cache.put("settings", settings)
    return SilentConnection(cache, People(cache))


@pytest.fixture
def conductor(cache: HeldCache, store: LoginStore, connection: SilentConnection) -> Conductor:
    """At a keypad, without a service: each number alone is enough."""
    return Conductor(
        connection, People(cache), matching()[0], store.store, lambda: datetime.now(UTC)
    )


def enter_number(
    conductor: Conductor, connection: SilentConnection, shown: list[LoginScreen]
) -> None:
    conductor.changed.connect(lambda session: shown.append(session.screen))
    conductor.feed(Digit("7"))
    conductor.feed(Submit())
    connection.answered.emit(connection.asked.pop(), False, None)


def test_a_result_is_shown_when_it_is_on_the_disk_and_not_before(
    conductor: Conductor, connection: SilentConnection, store: LoginStore
) -> None:
    shown: list[LoginScreen] = []
    enter_number(conductor, connection, shown)
    assert LoginScreen.HOME not in shown
    store.end(stored=True)
    assert shown[-1] is LoginScreen.HOME


def test_a_login_that_cannot_be_recorded_does_not_happen(
    conductor: Conductor, connection: SilentConnection, store: LoginStore
) -> None:
    shown: list[LoginScreen] = []
    enter_number(conductor, connection, shown)
    store.end(stored=False)
    assert LoginScreen.HOME not in shown
    assert shown[-1] is LoginScreen.KEYPAD
