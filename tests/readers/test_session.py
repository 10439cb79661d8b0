"""The thread that owns a reader: pictures of a finger, unplugged and back, stopped at any time."""

import itertools
import queue
import time

import pytest

from bridge.readers import session as events
from bridge.readers.reader import Absent, Unplugged
from bridge.readers.session import MAX_PICTURES, ReaderSession
from bridge.readers.uru4000 import Uru4000
from bridge.readers.zfm import ZfmModule
from bridge.simulator.fingers import impression
from bridge.simulator.uru4000 import SimulatedUru4000
from bridge.simulator.zfm import SimulatedModule

FINGER = impression(6, 1, (290, 384))


class Heard:
    """A session and what it told."""

    def __init__(self, device: SimulatedUru4000) -> None:
        self.events: queue.Queue[events.Event] = queue.Queue()
        self.opened: list[Uru4000] = []
        self._device, self._seeds = device, itertools.count(1)
        self.session = ReaderSession(self._open, self.events.put)
        self.session.start()

    def _open(self) -> Uru4000:
        self.opened.append(Uru4000(self._device.model, lambda: next(self._seeds), self._device))
        return self.opened[-1]

    def next(self, kind: type, timeout: float = 5) -> object:
        """The next event of that kind; others before it are passed over."""
        deadline = time.monotonic() + timeout
        while True:
            event = self.events.get(timeout=max(0.01, deadline - time.monotonic()))
            if isinstance(event, kind):
                return event


@pytest.fixture
def device() -> SimulatedUru4000:
    return SimulatedUru4000()


@pytest.fixture
def heard(device: SimulatedUru4000):
    heard = Heard(device)
    yield heard
    heard.session.stop()
    assert not heard.session._thread.is_alive()


def test_a_finger_gives_pictures_until_there_are_enough_and_then_must_be_lifted(
    device: SimulatedUru4000, heard: Heard
) -> None:
    heard.next(events.Ready)
    heard.session.want(True)
    device.touch(FINGER)
    heard.next(events.FingerDown)
    assert heard.next(events.Taken).scan.image.shape == (290, 384)  # type: ignore[attr-defined]
    heard.next(events.Taken)
    heard.session.enough()
    time.sleep(0.3)
    while not heard.events.empty():
        assert not isinstance(heard.events.get(), events.Lifted)
    device.lift()
    heard.next(events.Lifted)


def test_a_finger_that_stays_gives_a_limited_number_of_pictures(
    device: SimulatedUru4000, heard: Heard
) -> None:
    heard.session.want(True)
    device.touch(FINGER)
    taken = [heard.next(events.Taken) for _ in range(MAX_PICTURES)]
    assert [event.last for event in taken] == [False] * (MAX_PICTURES - 1) + [True]  # type: ignore[attr-defined]
    with pytest.raises(queue.Empty):
        heard.next(events.Taken, 0.3)


def test_each_finger_is_wanted_by_itself(device: SimulatedUru4000, heard: Heard) -> None:
    heard.session.want(True)
    device.touch(FINGER)
    heard.next(events.FingerDown)
    device.lift()
    heard.next(events.Lifted)
    device.touch(FINGER)
    with pytest.raises(queue.Empty):
        heard.next(events.FingerDown, 0.4)
    heard.session.want(True)
    heard.next(events.FingerDown)


def test_nothing_is_scanned_that_nobody_wants(device: SimulatedUru4000, heard: Heard) -> None:
    heard.next(events.Ready)
    device.touch(FINGER)
    with pytest.raises(queue.Empty):
        heard.next(events.FingerDown, 0.4)
    heard.session.want(True)
    heard.next(events.FingerDown)


def test_P13_unplugged_and_plugged_in_again_it_goes_on_by_itself(
    device: SimulatedUru4000, heard: Heard
) -> None:
    heard.session.want(True)
    heard.next(events.Ready)
    device.unplug()
    assert isinstance(heard.next(events.Trouble).error, Unplugged)  # type: ignore[attr-defined]
    assert isinstance(heard.next(events.Trouble).error, Absent)  # type: ignore[attr-defined]
    device.plug_in()
    heard.next(events.Ready)
    device.touch(FINGER)
    heard.next(events.Taken)


def test_a_spoilt_scan_is_told_and_the_next_finger_is_scanned(
    device: SimulatedUru4000, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.readers.uru4000.IMAGE_MS", 100)
    heard.session.want(True)
    device.faults.no_image = 3
    device.touch(FINGER)
    assert heard.next(events.Spoilt).error.remedy  # type: ignore[attr-defined]
    device.lift()
    heard.next(events.Lifted)
    heard.session.want(True)
    device.touch(FINGER)
    heard.next(events.Taken)


@pytest.mark.parametrize("moment", ["at once", "waiting", "finger down", "unwanted"])
def test_it_stops_at_any_time(device: SimulatedUru4000, moment: str) -> None:
    heard = Heard(device)
    if moment != "at once":
        heard.next(events.Ready)
        heard.session.want(moment != "unwanted")
    if moment == "finger down":
        device.touch(FINGER)
        heard.next(events.Taken)
    started = time.monotonic()
    heard.session.stop()
    assert time.monotonic() - started < 3
    assert not heard.session._thread.is_alive()
    assert not any(reader._listener and reader._listener.is_alive() for reader in heard.opened)


def test_a_slow_reader_tells_how_far_its_picture_is() -> None:
    with SimulatedModule() as module:
        told: queue.Queue[events.Event] = queue.Queue()
        session = ReaderSession(lambda: ZfmModule(module.url), told.put)
        session.start()
        session.want(True)
        module.touch(impression(6, 1, (288, 256)))
        seen: list[events.Event] = []
        while not any(isinstance(event, events.Taken) for event in seen):
            seen.append(told.get(timeout=10))
        session.stop()
    assert any(isinstance(event, events.Coming) and event.done < event.total for event in seen)
    assert isinstance(seen[-1], events.Taken)
    assert seen[-1].last
