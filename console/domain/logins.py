"""Logins that terminals report: their method, their identity, their plausibility."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from console.domain.language import msgid, tr

FUTURE_TOLERANCE = timedelta(minutes=5)
LATE_AFTER = timedelta(days=1)
LONGEST_LOG = timedelta(days=3650)
"""No terminal holds a login for longer: one that seems older was made by a clock that fell back."""
FELL_BACK = timedelta(days=1)
"""A clock that is behind by more than this was not only slow."""
FACE_VERIFY = 15
VERIFY_METHODS = {
    -1: msgid("Not told"),
    0: msgid("Number"),
    1: msgid("Finger"),
    2: msgid("Card"),
    3: msgid("Number"),
    4: msgid("Card"),
    15: msgid("Face"),
    25: msgid("Palm"),
}


class LoginResult(StrEnum):
    """How a login ended, as the log is filtered. UNKNOWN: accepted under a number of nobody."""

    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    ABANDONED = "abandoned"


class CountBy(StrEnum):
    """What logins are counted by."""

    HOUR = "hour"
    REASON = "reason"
    PLACE = "place"


class LoginMethod(StrEnum):
    """What somebody logged in with, alone or together with something else."""

    FACE = "face"
    FINGER = "finger"
    CARD = "card"
    NUMBER = "number"
    PALM = "palm"


VERIFY_OF = {
    LoginMethod.FACE: (FACE_VERIFY,),
    LoginMethod.FINGER: (1,),
    LoginMethod.CARD: (2, 4),
    LoginMethod.NUMBER: (0, 3),
    LoginMethod.PALM: (25,),
}
"""The codes that terminals report."""
KIOSK_METHODS = {
    "face": msgid("Face"),
    "finger": msgid("Finger"),
    "badge": msgid("Badge"),
    "number": msgid("Number"),
}
DIRECTIONS = {
    -1: "",
    0: msgid("In"),
    1: msgid("Out"),
    2: msgid("Break out"),
    3: msgid("Break in"),
    4: msgid("Overtime in"),
    5: msgid("Overtime out"),
}


def method_name(verify: int) -> str:
    """The method of a login by the code that terminals report."""
    known = VERIFY_METHODS.get(verify)
    return tr(known) if known else tr("Method {code}", code=verify)


def direction_name(direction: int) -> str:
    """In or out, by the code that terminals report; "" where nothing is told."""
    known = DIRECTIONS.get(direction)
    return str(direction) if known is None else tr(known)


def kiosk_method_name(method: str) -> str:
    """The methods of a login at a kiosk, as “face+number”, in words: “Face + number”."""
    parts = (tr(KIOSK_METHODS.get(part, part)) for part in method.split("+"))
    return " + ".join(parts).capitalize()


_EVENT = "Event "
_UNKNOWN_EVENT = msgid("Event {code}, which Muster does not know.")


def event_remark(event: int) -> str:
    """A remark on an event that nobody knows, in English: it is kept.

    event: its code, below 0 for an ordinary login.
    """
    return _UNKNOWN_EVENT.format(code=event) if event >= 0 else ""


def remark_of(time_remark: str, before: str) -> str:
    """The remark on a login whose moment was derived.

    time_remark: on its time, "" if that can be right; before: what stood there, of which a remark
    on its event stays.
    """
    return time_remark or (before if before.startswith(_EVENT) else "")


def content_key(
    serial: str, pin: str, local_time: str, status: int, verify: int, ordinal: int
) -> str:
    """Identifies a row of a terminal without sequence numbers: re-sent rows get the same key."""
    return hashlib.sha256(
        "\x1f".join((serial, pin, local_time, str(status), str(verify), str(ordinal))).encode()
    ).hexdigest()


def ordinals(
    rows: Sequence[tuple[str, str, int, int]],
    seen: "Counter[tuple[str, str, int, int]] | None" = None,
) -> list[int]:
    """How many equal rows stand before each (pin, local time, status, verify) of one log.

    seen: the rows of earlier batches; it is updated.
    """
    seen = Counter() if seen is None else seen
    result = []
    for row in rows:
        result.append(seen[row])
        seen[row] += 1
    return result


@dataclass(frozen=True)
class Seen:
    """A login for the eye. who: whom it is of, and where."""

    who: tuple[str, str]
    at: datetime


def fold(logins: Sequence[Seen], within: timedelta) -> list[int | None]:
    """How many repeats are folded into each login, and None for the repeats, oldest first. TE21.

    A repeat is a login of the same person at the same terminal within the time after another one.
    """
    counts: list[int | None] = []
    newest: dict[tuple[str, str], tuple[datetime, int]] = {}
    for place, login in enumerate(logins):
        before = newest.get(login.who)
        if before is not None and login.at - before[0] <= within:
            counts[before[1]] = (counts[before[1]] or 0) + 1
            counts.append(None)
            newest[login.who] = login.at, before[1]
        else:
            counts.append(0)
            newest[login.who] = login.at, place
    return counts


def plausibility(at: datetime, now: datetime) -> str:
    """A remark on the time of a login, in English; empty when it is plausible."""
    if at > now + FUTURE_TOLERANCE:
        return msgid("The terminal's clock is ahead.")
    if at < now - LATE_AFTER:
        return msgid("Reported late.")
    return ""


def clock_had_fallen_back(at: datetime, received: datetime, clock_offset_s: float | None) -> bool:
    """Whether the time of a login says nothing about its age: the terminal's clock had lost it.

    clock_offset_s: the error of the clock that was known when the login came. Such a clock makes no
    time after the one that it shows: a later one is of before it fell back.
    """
    behind = timedelta(seconds=clock_offset_s or 0.0)
    shown = at - received <= behind + FELL_BACK
    return received - at > LONGEST_LOG or (behind < -FELL_BACK and shown)
