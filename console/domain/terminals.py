"""Terminals: their states, and how long to wait for one that fails."""

from datetime import datetime, timedelta
from enum import StrEnum

from console.domain.language import msgid, tr_count

ONLINE_WITHIN = timedelta(seconds=90)
"""A terminal that polled within this time is online."""
NOT_REACHED = msgid("It was added while it did not answer, and has not been reached yet.")
NO_NETWORK = msgid("It has no address, so its log and its people come on a USB stick.")
CLOCK_OFFSET_LIMIT_S = 60.0
"""A clock that is off by more than this is reported as out of sync."""
RETRY_DELAYS = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 3600))


class TerminalStatus(StrEnum):
    """Where a terminal stands in its life at the site; `terminal_life` says what leads where.

    EMPTYING, RETIRING: what this site put on it is being removed. EMPTY: it has shown that nothing
    of it is left. RETIRED: the same, out of the daily list. REMOVED: out of every list; its logins
    stay.
    """

    PENDING = "pending"
    APPROVED = "approved"
    BLOCKED = "blocked"
    EMPTYING = "emptying"
    EMPTY = "empty"
    RETIRING = "retiring"
    RETIRED = "retired"
    REMOVED = "removed"


SERVED = frozenset(
    {
        TerminalStatus.APPROVED,
        TerminalStatus.EMPTYING,
        TerminalStatus.EMPTY,
        TerminalStatus.RETIRING,
    }
)
"""This site talks to terminals of these statuses, and keeps their logins."""
CLOSING = frozenset({TerminalStatus.EMPTYING, TerminalStatus.RETIRING})
"""What this site put on them is being removed."""
BARE = CLOSING | {TerminalStatus.EMPTY}
"""Nobody belongs on them."""
FORMER = frozenset({TerminalStatus.RETIRED, TerminalStatus.REMOVED})
"""Out of the daily list."""


class Dialect(StrEnum):
    """push, access: the terminal dials in over HTTP; zk: we dial the terminal, port 4370.

    push: the attendance dialect; access: the dialect of units of access control.
    """

    PUSH = "push"
    ACCESS = "access"
    ZK = "zk"

    @property
    def dials_in(self) -> bool:
        """Whether the terminal calls us. It is then asked through its command queue."""
        return self is not Dialect.ZK


def is_heard_of(last_seen: datetime | None, now: datetime) -> bool:
    """Whether a terminal was heard of so lately that it counts as online."""
    return last_seen is not None and now - last_seen <= ONLINE_WITHIN


def known_error(clock_offset_s: float | None) -> float | None:
    """The error of a clock that counts for logins: one that is over the limit, else None."""
    is_off = clock_offset_s is not None and abs(clock_offset_s) > CLOCK_OFFSET_LIMIT_S
    return clock_offset_s if is_off else None


def still_held(people: int) -> str:
    """The problem of a terminal that has not shown yet that people are gone from it."""
    return tr_count(
        "{count:,} person who must go may still be on it.",
        "{count:,} people who must go may still be on it.",
        people,
    )


def still_to_remove(people: int) -> str:
    """The problem of a terminal that is being emptied and has not shown yet that it is done."""
    return tr_count(
        "{count:,} person is still to be removed.",
        "{count:,} people are still to be removed.",
        people,
    )


def retry_delay(attempt: int) -> timedelta:
    """How long to wait after the attempt (1 is the first)."""
    return RETRY_DELAYS[min(attempt, len(RETRY_DELAYS)) - 1]
