"""A reader in the thread that owns it: opened, watched, opened again after it was unplugged; what happens is told as events."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from bridge.readers.reader import (
    Cancelled,
    NothingHappened,
    PoorImage,
    Reader,
    ReaderError,
    ReaderInfo,
    Scan,
)

WAIT_S = 1.0
"""Of one wait for a finger; then it is looked whether one is still wanted."""
AGAIN_S = 1.0
"""Between two tries to open."""
LIFT_S = 30.0
MAX_PICTURES = 8
"""Of one finger that lies there, until it must be lifted."""


@dataclass(frozen=True)
class Ready:
    """It is open."""

    info: ReaderInfo


@dataclass(frozen=True)
class Trouble:
    """It cannot be used now; the session tries again by itself."""

    error: ReaderError


@dataclass(frozen=True)
class FingerDown:
    """A finger lies on it; pictures follow."""


@dataclass(frozen=True)
class Coming:
    """A picture is on its way, of a reader that takes long."""

    done: int
    total: int


@dataclass(frozen=True)
class Taken:
    """A picture. last: no more of this finger come before it is lifted."""

    scan: Scan
    last: bool


@dataclass(frozen=True)
class Spoilt:
    """The scan came to nothing; the finger should be lifted."""

    error: ReaderError


@dataclass(frozen=True)
class Lifted:
    """The finger is gone."""


Event = Ready | Trouble | FingerDown | Coming | Taken | Spoilt | Lifted


class ReaderSession:
    """make: a fresh reader for each try, or raises ReaderError; tell: hears the events, in the session's own thread."""

    def __init__(self, make: Callable[[], Reader], tell: Callable[[Event], None]) -> None:
        self._make, self._tell = make, tell
        self._wanted, self._enough, self._stopped = (
            threading.Event(),
            threading.Event(),
            threading.Event(),
        )
        self._reader: Reader | None = None
        self._thread = threading.Thread(target=self._run, name="fingerprint session", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def want(self, wanted: bool) -> None:
        """Whether the next finger is waited for: one finger each time. False stops a wait under way. From any thread."""
        if wanted:
            self._wanted.set()
            return
        self._wanted.clear()
        self._interrupt()

    def enough(self) -> None:
        """The finger need not be looked at any longer. From any thread."""
        self._enough.set()

    def stop(self) -> None:
        """Ends it and lets the reader go; returns when it is closed. From any other thread."""
        self._stopped.set()
        self._wanted.set()
        self._interrupt()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _interrupt(self) -> None:
        self._enough.set()
        reader = self._reader
        if reader is not None:
            reader.cancel.set()

    def _run(self) -> None:
        said = ""
        while not self._stopped.is_set():
            try:
                reader = self._make()
                reader.open()
            except ReaderError as error:
                if error.reason != said:
                    said = error.reason
                    self._tell(Trouble(error))
                self._stopped.wait(AGAIN_S)
                continue
            said = ""
            self._reader = reader
            try:
                self._tell(Ready(reader.info()))
                self._serve(reader)
            except ReaderError as error:
                said = error.reason
                self._tell(Trouble(error))
            finally:
                self._reader = None
                reader.close()

    def _serve(self, reader: Reader) -> None:
        """Until it is stopped. Raises ReaderError when the reader is lost."""
        while not self._stopped.is_set():
            if not self._wanted.wait(WAIT_S):
                continue
            reader.cancel.clear()
            if self._stopped.is_set():
                return
            with suppress(NothingHappened, Cancelled):
                reader.wait_for_finger(WAIT_S)
                self._look(reader)

    def _look(self, reader: Reader) -> None:
        self._wanted.clear()
        self._enough.clear()
        self._tell(FingerDown())
        pictures = MAX_PICTURES if reader.info().live else 1
        try:
            for number in range(1, pictures + 1):
                if self._enough.is_set():
                    break
                scan = reader.scan(lambda done, total: self._tell(Coming(done, total)))
                self._tell(Taken(scan, number == pictures))
        except PoorImage as error:
            self._tell(Spoilt(error))
        self._await_lift(reader)

    def _await_lift(self, reader: Reader) -> None:
        """However long it takes; a finger that stays is not the next scan."""
        while not self._stopped.is_set():
            reader.cancel.clear()
            with suppress(NothingHappened, Cancelled):
                reader.wait_for_lift(LIFT_S)
                self._tell(Lifted())
                return
