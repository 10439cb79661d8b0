"""Which events of an access-control unit are logins.

The codes are those of the vendor's document 3.1.2: below 20, 200 to 255 and 4000 to 4999 something
went as it should, 20 to 99 and 5000 to 5999 somebody was refused, the rest are alarms.
"""

from enum import Enum

NOBODY = frozenset({"", "0"})
"""The number of a person in an event of a door, or of somebody whom the unit does not know."""
OPENED = frozenset({0, 1, 2, 3, 14, 15, 16, 17, 18, 19, 203, 207, 208, 215, 216})
"""Somebody verified and the door opened."""
_UNDER_DURESS = frozenset({101, 103})
_OF_DOORS = frozenset({*range(4, 14), *range(200, 203), *range(204, 207), *range(209, 215)})
_REFUSED_OR_ALARM = (range(20, 200), range(5000, 7000))


class EventKind(Enum):
    """LOGIN: a person opened a door; UNKNOWN: perhaps; OTHER: a door, an alarm, a refusal."""

    LOGIN = "login"
    UNKNOWN = "unknown"
    OTHER = "other"


def kind_of(code: int, pin: str) -> EventKind:
    """Return what an event is. One that nobody knows, but names a person, is kept as a login."""
    if pin in NOBODY or code in _OF_DOORS:
        return EventKind.OTHER
    if code in OPENED or code in _UNDER_DURESS:
        return EventKind.LOGIN
    if any(code in codes for codes in _REFUSED_OR_ALARM):
        return EventKind.OTHER
    return EventKind.UNKNOWN
