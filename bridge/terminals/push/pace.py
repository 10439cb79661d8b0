"""How fast a unit that dials in takes commands, measured at its own polls. TE27."""

import time
from collections import deque
from collections.abc import Callable
from statistics import median

from bridge.terminals.terminal import Estimate

POLLS_KEPT = 8
"""Of each kind, the newest: a unit's pace changes with its settings and its firmware."""
POLLS_NEEDED, EVEN, JITTER_S = 3, 2.0, 0.2
"""A pace is known by so many polls after commands, none of which was that much later than usual."""
LONGEST_GAP_S = 60.0
"""A unit that was silent for longer was away, which says nothing of its pace."""
SLOWEST_POLL_S = 10.0
"""How often a unit polls at least, before it has shown it: recorded units take 3 to 8 s."""
LONGEST_WORK_S = 0.1
"""What a unit may work on a command that it has not shown yet: a guess."""


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

    def time_for(self, answers: int, commands: int) -> Estimate:
        """How long the unit takes to fetch so many answers with so many commands in all.

        What a poll after commands comes later than one without is the time that the unit works on
        them; the rest of it is waiting.
        """
        busy = [gap for _, gap in self._busy]
        usual = median(self._idle) if self._idle else max(busy, default=0.0)
        waits = [min(gap, usual) for gap in busy]
        given = sum(number for number, _ in self._busy)
        work = sum(max(0.0, gap - usual) for gap in busy) / given if given else 0.0
        if len(waits) >= POLLS_NEEDED and max(waits) <= EVEN * median(waits) + JITTER_S:
            return Estimate(answers * median(waits) + commands * work, measured=True)
        slowest = max([*waits, *self._idle], default=SLOWEST_POLL_S)
        return Estimate(answers * slowest + commands * max(work, LONGEST_WORK_S), measured=False)
