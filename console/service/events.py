"""Live changes, from any thread to every open stream."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from console.api.operation import Change
from console.store.unit_of_work import Commit

QUEUE_LENGTH = 1000
"""Changes that a slow window may lag behind; after that it is told to read everything again."""
EVERYTHING = Change(subject="*")


class EventHub:
    """Publishes changes. Thread-safe once the loop is known."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._queues: set[asyncio.Queue[Change | None]] = set()

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Streams live on this loop."""
        self._loop = loop

    def hear(self, commit: Commit) -> None:
        """A transaction changed these."""
        if commit.changes:
            self.publish(list(commit.changes))

    def publish(self, changes: list[tuple[str, str]]) -> None:
        """Tells every open stream. From any thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has just been closed: nobody listens any more
                self._loop.call_soon_threadsafe(
                    self._spread,
                    [Change(subject=subject, id=row_id) for subject, row_id in changes],
                )

    def _spread(self, changes: list[Change]) -> None:
        for queue in self._queues:
            for change in changes:
                if queue.qsize() < QUEUE_LENGTH:
                    queue.put_nowait(change)
                    continue
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(EVERYTHING)

    async def stream(self) -> AsyncIterator[Change]:
        """Changes from now on, until `close`."""
        queue: asyncio.Queue[Change | None] = asyncio.Queue()
        self._queues.add(queue)
        try:
            while (change := await queue.get()) is not None:
                yield change
        finally:
            self._queues.discard(queue)

    def close(self) -> None:
        """Ends all streams."""
        for queue in self._queues:
            queue.put_nowait(None)
