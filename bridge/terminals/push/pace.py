"""How fast a unit that dials in takes commands, measured at its own polls. TE27."""

import time
from collections import deque
from collections.abc import Callable
from statistics import median

POLLS_KEPT = 32
LONGEST_GAP_S = 60.0
"""A unit that was silent for longer was away, which says nothing of its pace."""


class Pace:
    """The polls of one unit, as they come."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: tuple[float, int] | None = None
        self._busy: deque[tuple[int, float]] = deque(maxlen=POLLS_KEPT)
        """How many commands the unit got, and how long after that it polled again."""
        self._idle: deque[float] = deque(maxlen=POLLS_KEPT)
        """The same where it got none."""

    def note_poll(self, commands: int) -> None:
        """The unit has polled, and got so many commands."""
        now = self._clock()
        if self._last is not None and now - self._last[0] <= LONGEST_GAP_S:
            gap, given = now - self._last[0], self._last[1]
            if given:
                self._busy.append((given, gap))
            else:
                self._idle.append(gap)
        self._last = now, commands

    def seconds(self, answers: int, commands: int) -> float | None:
        """How long the unit takes to fetch so many answers with so many commands in all.

        None as long as nothing was measured. What a poll after commands comes later than one
        without is the time that the unit works on them.
        """
        busy = [gap for _, gap in self._busy]
        if not busy and not self._idle:
            return None
        usual = median(self._idle) if self._idle else min(busy)
        between = min(usual, median(busy)) if busy else usual
        given = sum(number for number, _ in self._busy)
        late = sum(max(0.0, gap - usual) for gap in busy)
        return answers * between + (commands * late / given if given else 0.0)
