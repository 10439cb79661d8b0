"""A lock that serves waiting threads in the order of their arrival."""

import threading
from collections import deque
from types import TracebackType


class FairLock:
    """Like `threading.Lock`, but first come, first served.

    With a plain lock, one thread that writes batch after batch keeps all others waiting. Here it
    joins the end of the queue after each batch.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._held = False

    def __enter__(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append(gate)
        gate.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False
