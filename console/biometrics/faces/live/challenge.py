"""An active challenge: turn the head, blink. It deters who holds up a photo; it is no proof of life, and nothing here says so.

Pure: fed with what is seen frame by frame.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

TURN = 14.0
"""Degrees from where the head was at the beginning; a photo that is turned does not change its yaw like a head."""
SHUT, OPEN = 0.45, 0.30
"""How closed the expression net sees the eyes when they are shut, and open again."""
STEADY = 3
"""Frames that show where the head is at the beginning."""


class Task(StrEnum):
    LEFT = "left"
    RIGHT = "right"
    BLINK = "blink"


@dataclass(frozen=True)
class Challenge:
    """tasks: to be done in this order; seen: yaws of the first frames; shut: the eyes were shut since the task began."""

    tasks: tuple[Task, ...]
    seen: tuple[float, ...] = ()
    shut: bool = False

    @property
    def done(self) -> bool:
        return not self.tasks

    @property
    def now(self) -> Task | None:
        return self.tasks[0] if self.tasks else None

    def feed(self, yaw: float, blink: float) -> "Challenge":
        """One frame. yaw: degrees, positive to the person's left, as measures.yaw_pitch gives it."""
        if len(self.seen) < STEADY:
            return replace(self, seen=(*self.seen, yaw))
        start = sorted(self.seen)[STEADY // 2]
        match self.now:
            case Task.LEFT if yaw - start >= TURN:
                return self._next()
            case Task.RIGHT if start - yaw >= TURN:
                return self._next()
            case Task.BLINK if self.shut and blink <= OPEN:
                return self._next()
            case Task.BLINK if blink >= SHUT:
                return replace(self, shut=True)
        return self

    def _next(self) -> "Challenge":
        return replace(self, tasks=self.tasks[1:], shut=False)
