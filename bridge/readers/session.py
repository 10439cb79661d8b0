"""A reader session: the thread that owns a reader.

It opens the reader, watches it, opens it again after it was unplugged, and reports events.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from bridge.readers.reader import (
    FingerScan,
    NothingHappened,
    PoorImage,
    Reader,
    ReaderError,
    ReaderInfo,
    ScanCancelled,
)

WAIT_S = 1.0
"""Seconds of one wait for a finger; then the session checks whether one is still expected."""
AGAIN_S = 1.0
"""Seconds between two attempts to open the reader."""
LIFT_S = 30.0
"""Seconds of one wait for the lift."""
MAX_PICTURES = 8
"""Pictures of one finger, until it must be lifted."""


@dataclass(frozen=True)
class ReaderReady:
    """The reader is open."""

    info: ReaderInfo


@dataclass(frozen=True)
class ReaderTrouble:
    """The reader cannot be used; the session tries again by itself."""

    error: ReaderError


@dataclass(frozen=True)
class FingerDown:
    """A finger lies on the reader; pictures follow."""


@dataclass(frozen=True)
class ScanProgress:
    """A picture is on its way from a slow reader."""

    done: int
    total: int


@dataclass(frozen=True)
class ScanTaken:
    """A picture. last: there are no more pictures of this finger before it is lifted."""

    scan: FingerScan
    last: bool


@dataclass(frozen=True)
class ScanFailed:
    """The scan failed; the finger should be lifted."""

    error: ReaderError


@dataclass(frozen=True)
class FingerUp:
    """The finger was lifted."""


ReaderEvent = (
    ReaderReady | ReaderTrouble | FingerDown | ScanProgress | ScanTaken | ScanFailed | FingerUp
)


class ReaderSession:
    """Owns a reader in a thread of its own.

    make_reader: returns a fresh reader for each attempt, or raises ReaderError. on_event: called
    with each event, in the session's thread. expected: set while a finger is expected; tests
    give their own.
    """

    def __init__(
        self,
        make_reader: Callable[[], Reader],
        on_event: Callable[[ReaderEvent], None],
        expected: threading.Event | None = None,
    ) -> None:
        self._make_reader, self._on_event = make_reader, on_event
        self._expected = expected or threading.Event()
        self._finished = threading.Event()
        self._stopped = threading.Event()
        self._reader: Reader | None = None
        self._thread = threading.Thread(target=self._run, name="fingerprint session", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def expect_finger(self, expected: bool) -> None:
        """Wait for the next finger, one each time; False stops a wait. From any thread."""
        if expected:
            self._expected.set()
            return
        self._expected.clear()
        self._interrupt()

    def finish_finger(self) -> None:
        """Take no more pictures of the finger that lies there. From any thread."""
        self._finished.set()

    @property
    def is_running(self) -> bool:
        """Whether the thread is alive."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """End the session and return when the reader is closed. From any other thread."""
        self._stopped.set()
        self._expected.set()
        self._interrupt()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _interrupt(self) -> None:
        self._finished.set()
        reader = self._reader
        if reader is not None:
            reader.cancel.set()

    def _run(self) -> None:
        reported = ""
        while not self._stopped.is_set():
            try:
                reader = self._make_reader()
                reader.open()
            except ReaderError as error:
                if error.reason != reported:
                    reported = error.reason
                    self._on_event(ReaderTrouble(error))
                self._stopped.wait(AGAIN_S)
                continue
            reported = ""
            self._reader = reader
            try:
                self._on_event(ReaderReady(reader.info()))
                self._serve(reader)
            except ReaderError as error:
                reported = error.reason
                self._on_event(ReaderTrouble(error))
            finally:
                self._reader = None
                reader.close()

    def _serve(self, reader: Reader) -> None:
        """Serve fingers until the session is stopped. Raises ReaderError if the reader is lost."""
        while not self._stopped.is_set():
            if not self._expected.wait(WAIT_S):
                continue
            reader.cancel.clear()
            if self._stopped.is_set():
                return
            with suppress(NothingHappened, ScanCancelled):
                reader.wait_for_finger(WAIT_S)
                self._scan_finger(reader)

    def _scan_finger(self, reader: Reader) -> None:
        self._expected.clear()
        self._finished.clear()
        self._on_event(FingerDown())
        pictures = MAX_PICTURES if reader.info().live else 1
        try:
            for number in range(1, pictures + 1):
                if self._finished.is_set():
                    break
                scan = reader.scan(lambda done, total: self._on_event(ScanProgress(done, total)))
                self._on_event(ScanTaken(scan, number == pictures))
        except PoorImage as error:
            self._on_event(ScanFailed(error))
        self._await_lift(reader)

    def _await_lift(self, reader: Reader) -> None:
        """Wait as long as it takes: a finger that stays must not become the next scan."""
        while not self._stopped.is_set():
            reader.cancel.clear()
            with suppress(NothingHappened, ScanCancelled):
                reader.wait_for_lift(LIFT_S)
                self._on_event(FingerUp())
                return
