"""One person's try to log in, as a value: on which screen it is, what is known, what was tried."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from console.domain.kiosks import KioskSettings
from console.domain.login_events import ConnectedDevices, Effect, LoginPerson, LoginStep, Stamp
from console.domain.login_policy import Method


class LoginScreen(StrEnum):
    """What the kiosk shows."""

    FACE = "face"
    FINGER = "finger"
    KEYPAD = "keypad"
    WAIT = "wait"
    FINGERS = "fingers"
    """Which fingers of this person are enrolled; one of them is asked for."""
    LOOK = "look"
    """The face is compared with this person's."""
    CHALLENGE = "challenge"
    HOME = "home"
    STOP = "stop"


LOGIN_SCREENS = {
    Method.FACE: LoginScreen.FACE,
    Method.FINGER: LoginScreen.FINGER,
    Method.NUMBER: LoginScreen.KEYPAD,
}


class Notice(StrEnum):
    """What the person is told beside an error. Where it stands on the screen is the window's."""

    NONE = ""
    ADJUST_POSITION = "adjust_position"
    """No usable picture of the face came yet."""
    NOT_YET_MATCHED = "not_yet_matched"
    """The face was compared and did not match; there are more tries."""
    FACE_FAILED = "face_failed"
    """No try with the face matched; the number is asked for."""
    FIRST_TIME = "first_time"
    """The finger is not known at this kiosk yet."""
    NUMBER_FIRST = "number_first"
    """More faces are known here than a face alone can tell apart safely."""
    CAMERA_GONE = "camera_gone"
    READER_GONE = "reader_gone"


class Tries(StrEnum):
    """What is counted until the session is reset or another way is taken."""

    NUMBER = "number"
    FINGER = "finger"
    FACE = "face"
    FRAMES = "frames"
    """Frames with a face, but without a usable picture of it."""
    POOR_SCANS = "poor"
    SEARCHES = "searches"
    """Fingers that were searched among everybody's and found nobody."""


@dataclass(frozen=True)
class LoginSession:
    """The state of one try to log in.

    flaw: the gate that the face failed last; error: what was wrong with the last entry; hit: the
    person whom the cache found; person: the one whose number was accepted; unmatched: a scan waits
    to be compared with the person's own; badge: what was read, until it is known whose it is;
    badged: it is known; fallback: the keypad stands in for a missing device;
    asking: an answer with this ticket is awaited.
    """

    settings: KioskSettings
    equipment: ConnectedDevices
    may_identify: bool
    screen: LoginScreen = LoginScreen.KEYPAD
    digits: str = ""
    notice: Notice = Notice.NONE
    flaw: str = ""
    error: str = ""
    hit: LoginPerson | None = None
    hit_by: Method = Method.NUMBER
    person: LoginPerson | None = None
    number: str = ""
    numbered: bool = False
    badge: str = ""
    badged: bool = False
    matched: Method | None = None
    challenged: bool = False
    unmatched: bool = False
    fallback: bool = False
    stamp: Stamp = Stamp.NONE
    as_of: datetime | None = None
    ticket: int = 0
    asking: bool = False
    misses: dict[Tries, int] = field(default_factory=dict)
    path: tuple[LoginStep, ...] = ()


Turn = tuple[LoginSession, list[Effect]]
"""The next session, and what it asks for."""


def begin(
    settings: KioskSettings,
    equipment: ConnectedDevices,
    may_identify: bool = True,
    error: str = "",
    ticket: int = 0,
) -> LoginSession:
    """The login screen of the default method, or the keypad where that cannot be used now.

    may_identify: whether a face is searched for among all that are cached; error: what is still
    said of the session before; ticket: the last one of the session before.
    """
    session = LoginSession(settings, equipment, may_identify, error=error, ticket=ticket + 1)
    method = settings.default_method
    if method is Method.FACE and not equipment.camera:
        return replace(session, notice=Notice.CAMERA_GONE, fallback=True)
    if method is Method.FINGER and not equipment.reader:
        return replace(session, notice=Notice.READER_GONE, fallback=True)
    if method is Method.FACE and not may_identify:
        return replace(session, notice=Notice.NUMBER_FIRST)
    return replace(session, screen=LOGIN_SCREENS[method])


def restart(session: LoginSession, error: str = "") -> LoginSession:
    """The login screen for the next person; the error stays on it."""
    return begin(session.settings, session.equipment, session.may_identify, error, session.ticket)
