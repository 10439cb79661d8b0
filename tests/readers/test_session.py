"""The thread that owns a reader: pictures of a finger, unplugged and back, stopped at any time."""

import functools
import itertools
import queue
import threading
from contextlib import suppress

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.readers import session as events
from bridge.readers import uru4000
from bridge.readers.reader import ReaderAbsent, Unplugged
from bridge.readers.session import MAX_PICTURES, ReaderSession
from bridge.readers.uru4000 import Uru4000
from bridge.readers.zfm import ZfmModule
from bridge.simulator.fingers import impression
from bridge.simulator.uru4000 import SimulatedUru4000
from bridge.simulator.zfm import SimulatedModule

HANG_S = 30.0
"""Seconds after which a wait counts as hanging: a watchdog, not a proof."""


@functools.cache
def finger() -> NDArray[np.uint8]:
    """What lies on the reader. Made at the first use: a second of work."""
    return impression(6, 1, (290, 384))


class CheckedEvent(threading.Event):
    """An event that counts how often somebody waited for it in vain."""

    def __init__(self) -> None:
        super().__init__()
        self._in_vain = 0
        self._more = threading.Condition()

    def wait(self, timeout: float | None = None) -> bool:
        found = super().wait(0.01)
        if not found:
            with self._more:
                self._in_vain += 1
                self._more.notify_all()
        return found

    def await_more(self, rounds: int) -> None:
        """Wait until it has been waited for in vain so many more times."""
        with self._more:
            wanted = self._in_vain + rounds
            assert self._more.wait_for(lambda: self._in_vain >= wanted, HANG_S)


class Heard:
    """A session and what it told."""

    def __init__(self, device: SimulatedUru4000) -> None:
        self.events: queue.Queue[events.ReaderEvent] = queue.Queue()
        self.opened: list[Uru4000] = []
        self._device, self._seeds = device, itertools.count(1)
        self.checks = CheckedEvent()
        """Counts how often the session has asked whether a finger is expected."""
        self.session = ReaderSession(self._open, self.events.put, expected=self.checks)
        self.session.start()

    def _open(self) -> Uru4000:
        self.opened.append(Uru4000(self._device.model, lambda: next(self._seeds), self._device))
        return self.opened[-1]

    def next(self, kind: type) -> object:
        """The next event of that kind; others before it are passed over."""
        while True:
            event = self.events.get(timeout=HANG_S)
            if isinstance(event, kind):
                return event

    def rest(self) -> list[events.ReaderEvent]:
        """The events that have come and were not asked for."""
        found = []
        with suppress(queue.Empty):
            while True:
                found.append(self.events.get_nowait())
        return found


@pytest.fixture
def device() -> SimulatedUru4000:
    return SimulatedUru4000()


@pytest.fixture
def heard(device: SimulatedUru4000):
    heard = Heard(device)
    yield heard
    heard.session.stop()
    assert not heard.session.is_running


def test_a_finger_gives_pictures_until_there_are_enough_and_then_must_be_lifted(
    device: SimulatedUru4000, heard: Heard
) -> None:
    heard.next(events.ReaderReady)
    heard.session.expect_finger(True)
    device.touch(finger())
    heard.next(events.FingerDown)
    assert heard.next(events.ScanTaken).scan.image.shape == (290, 384)  # type: ignore[attr-defined]
    heard.next(events.ScanTaken)
    heard.session.finish_finger()
    assert device.await_mode(uru4000.AWAIT_OFF)
    assert not any(isinstance(event, events.FingerUp) for event in heard.rest())
    device.lift()
    heard.next(events.FingerUp)


def test_a_finger_that_stays_gives_a_limited_number_of_pictures(
    device: SimulatedUru4000, heard: Heard
) -> None:
    heard.session.expect_finger(True)
    device.touch(finger())
    taken = [heard.next(events.ScanTaken) for _ in range(MAX_PICTURES)]
    assert [event.last for event in taken] == [False] * (MAX_PICTURES - 1) + [True]  # type: ignore[attr-defined]
    assert device.await_mode(uru4000.AWAIT_OFF)
    assert heard.rest() == []


def test_each_finger_is_wanted_by_itself(device: SimulatedUru4000, heard: Heard) -> None:
    heard.session.expect_finger(True)
    device.touch(finger())
    heard.next(events.FingerDown)
    device.lift()
    heard.next(events.FingerUp)
    device.touch(finger())
    heard.checks.await_more(3)
    assert not any(isinstance(event, events.FingerDown) for event in heard.rest())
    heard.session.expect_finger(True)
    heard.next(events.FingerDown)


def test_nothing_is_scanned_that_nobody_wants(device: SimulatedUru4000, heard: Heard) -> None:
    heard.next(events.ReaderReady)
    device.touch(finger())
    heard.checks.await_more(3)
    assert not any(isinstance(event, events.FingerDown) for event in heard.rest())
    heard.session.expect_finger(True)
    heard.next(events.FingerDown)


def test_P13_unplugged_and_plugged_in_again_it_goes_on_by_itself(
    device: SimulatedUru4000, heard: Heard
) -> None:
    heard.session.expect_finger(True)
    heard.next(events.ReaderReady)
    device.unplug()
    assert isinstance(heard.next(events.ReaderTrouble).error, Unplugged)  # type: ignore[attr-defined]
    assert isinstance(heard.next(events.ReaderTrouble).error, ReaderAbsent)  # type: ignore[attr-defined]
    device.plug_in()
    heard.next(events.ReaderReady)
    device.touch(finger())
    heard.next(events.ScanTaken)


def test_EN6_a_reader_that_fell_asleep_is_woken_and_scans_the_finger_that_lies_there(
    device: SimulatedUru4000, heard: Heard
) -> None:
    heard.next(events.ReaderReady)
    device.fall_asleep()
    heard.session.expect_finger(True)
    device.touch(finger())
    assert isinstance(heard.next(events.ScanTaken), events.ScanTaken)
    assert len(heard.opened) == 1


def test_a_spoilt_scan_is_told_and_the_next_finger_is_scanned(
    device: SimulatedUru4000, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.readers.uru4000.IMAGE_MS", 100)
    heard.session.expect_finger(True)
    device.faults.no_image = 3
    device.touch(finger())
    assert heard.next(events.ScanFailed).error.remedy  # type: ignore[attr-defined]
    device.lift()
    heard.next(events.FingerUp)
    heard.session.expect_finger(True)
    device.touch(finger())
    heard.next(events.ScanTaken)


@pytest.mark.parametrize("moment", ["at once", "waiting", "finger down", "unwanted"])
def test_it_stops_at_any_time(device: SimulatedUru4000, moment: str) -> None:
    heard = Heard(device)
    if moment != "at once":
        heard.next(events.ReaderReady)
        heard.session.expect_finger(moment != "unwanted")
    if moment == "finger down":
        device.touch(finger())
        heard.next(events.ScanTaken)
    heard.session.stop()
    assert not heard.session.is_running
    assert not any(reader.is_open for reader in heard.opened)


def test_a_slow_reader_tells_how_far_its_picture_is() -> None:
    with SimulatedModule() as module:
        told: queue.Queue[events.ReaderEvent] = queue.Queue()
        session = ReaderSession(lambda: ZfmModule(module.url), told.put)
        session.start()
        session.expect_finger(True)
        module.touch(impression(6, 1, (288, 256)))
        seen: list[events.ReaderEvent] = []
        while not any(isinstance(event, events.ScanTaken) for event in seen):
            seen.append(told.get(timeout=10))
        session.stop()
    assert any(
        isinstance(event, events.ScanProgress) and event.done < event.total for event in seen
    )
    assert isinstance(seen[-1], events.ScanTaken)
    assert seen[-1].last
