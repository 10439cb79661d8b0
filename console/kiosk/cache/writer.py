"""Writes to the disk in a thread of its own, so that nobody else waits for it."""

import queue
import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger()
Write = Callable[[Callable[[], object]], None]
"""Carries out one write to the disk, now or soon; writes keep their order."""
Done = Callable[[bool], None]
"""Hears whether the write succeeded."""


def write_at_once(write: Callable[[], object]) -> None:
    """Carries out the write in the caller's thread, for programs without a window."""
    write()


class CacheWriter:
    """Carries out writes in the order of the calls. May be used from any thread."""

    def __init__(self) -> None:
        self._writes: queue.SimpleQueue[tuple[Callable[[], object], Done | None] | None]
        self._writes = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="kiosk cache writer", daemon=True)
        self._thread.start()

    def submit(self, write: Callable[[], object], done: Done | None = None) -> None:
        """Returns at once. `done` is called in the writer's thread."""
        self._writes.put((write, done))

    def close(self) -> None:
        """Returns when everything that was submitted has been written."""
        self._writes.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (entry := self._writes.get()) is not None:
            write, done = entry
            succeeded = True
            try:
                write()
            except Exception:  # a full disk must not end the thread: later writes may succeed
                log.exception("cache_write_failed")
                succeeded = False
            if done is not None:
                done(succeeded)
