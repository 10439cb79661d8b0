"""Several worker processes of one kind, for work that would keep one of them busy for too long."""

import threading
from collections.abc import Sequence

import msgspec

from console.biometrics.workers.host import WorkerDied, WorkerHost


class WorkerPool:
    """Each call goes to a worker that is free, or waits for one. Thread-safe.

    The worker that was free last is asked first, so that the others start only when they are
    needed.
    """

    def __init__(self, hosts: Sequence[WorkerHost]) -> None:
        self._hosts = tuple(hosts)
        self._free = list(self._hosts)
        self._changed = threading.Condition()
        self._closed = False

    def call(self, header: msgspec.Struct, body: bytes = b"") -> list[bytes]:
        """As WorkerHost.call. Raises WorkerDied, also once this is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._free or self._closed)
            if self._closed:
                raise WorkerDied("the workers were closed")
            host = self._free.pop()
        try:
            return host.call(header, body)
        finally:
            with self._changed:
                self._free.append(host)
                self._changed.notify_all()

    def close(self) -> None:
        """Stop all of them, after the calls that are under way. Later calls are refused."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: len(self._free) == len(self._hosts))
        for host in self._hosts:
            host.close()

    def peak_memory_mb(self) -> float:
        """Return the most memory that each of the present processes has held, together, MB."""
        return sum(host.peak_memory_mb() for host in self._hosts)
