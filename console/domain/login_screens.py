"""What follows from an event on each screen of the login."""

from collections.abc import Callable
from dataclasses import replace

from console.domain import texts
from console.domain.login_comparison import accept_by_face, count_face_miss, follow_hit
from console.domain.login_events import (
    Back,
    ChallengeDone,
    Clear,
    Digit,
    FaceLost,
    FaceUnusable,
    FaceUsable,
    FingerPlaced,
    LoginEvent,
    LoginStepKind,
    Reason,
    Submit,
    UseNumber,
)
from console.domain.login_moves import (
    add_step,
    ask,
    clear_misses,
    compare,
    count_miss,
    reject_number,
    show_keypad,
)
from console.domain.login_policy import Method
from console.domain.login_session import LoginScreen, LoginSession, Notice, Tries, Turn

MOST_DIGITS = 24


def _on_finger(session: LoginSession, event: LoginEvent) -> Turn:
    if isinstance(event, FingerPlaced):
        return compare(session, Method.FINGER)
    return show_keypad(session) if isinstance(event, UseNumber) else (session, [])


def _on_face(session: LoginSession, event: LoginEvent) -> Turn:
    """The login screen by face, and the one where the face is compared with one person's."""
    one = session.person.id if session.screen is LoginScreen.LOOK and session.person else ""
    if isinstance(event, FaceUsable):
        return compare(replace(session, flaw=""), Method.FACE, one)
    if isinstance(event, FaceUnusable):
        return _count_unusable_frame(session, event)
    if isinstance(event, FaceLost):
        session = replace(session, notice=Notice.NONE, flaw="")
        return (clear_misses(session, Tries.FRAMES) if _has_frames(session) else session), []
    if isinstance(event, UseNumber) and not one:
        return show_keypad(session)
    return session, []


def _has_frames(session: LoginSession) -> bool:
    return bool(session.misses.get(Tries.FRAMES))


def _count_unusable_frame(session: LoginSession, event: FaceUnusable) -> Turn:
    """So many frames without a usable picture are one try."""
    session, more = count_miss(session, Tries.FRAMES, session.settings.face_frames)
    if more:
        failed = session.notice is Notice.NOT_YET_MATCHED
        notice = session.notice if failed else Notice.ADJUST_POSITION
        return replace(session, notice=notice, flaw=event.why), []
    session = clear_misses(session, Tries.FRAMES)
    poor = event.why or "no usable picture"
    among = "own" if session.person is not None else "cache"
    return count_face_miss(add_step(session, LoginStepKind.FACE, False, among=among, poor=poor))


def _on_keypad(session: LoginSession, event: LoginEvent) -> Turn:
    match event:
        case Digit(value) if _accepts_digit(session, value):
            return replace(session, digits=session.digits + value), []
        case Back():
            return replace(session, digits=session.digits[:-1]), []
        case Clear():
            return replace(session, digits=""), []
        case Submit() if session.digits:
            return _submit(session)
        case FingerPlaced() if _accepts_finger(session):
            return compare(session, Method.FINGER)
    return session, []


def _accepts_digit(session: LoginSession, value: str) -> bool:
    return value.isascii() and value.isalnum() and len(session.digits) < MOST_DIGITS


def _accepts_finger(session: LoginSession) -> bool:
    """A finger laid down at the keypad starts anew: nobody has to go back for it.

    But not without an end: the chance that a site sets counts so many searches (`login_chance.py`).
    """
    by_face = session.settings.default_method is Method.FACE
    searched = session.misses.get(Tries.SEARCHES, 0) >= session.settings.finger_attempts
    return not by_face and not searched and not session.numbered and session.hit is None


def _submit(session: LoginSession) -> Turn:
    session = replace(session, number=session.digits, numbered=True, badge="", badged=False)
    hit = session.hit
    if hit is None:
        return ask(session, number=session.digits)
    number = session.digits
    if number.casefold() != hit.number.casefold():
        reason = Reason.OTHER_NUMBER
        session = add_step(session, LoginStepKind.NUMBER, False, number=number, reason=reason.value)
        return reject_number(session, reason, texts.OTHER_NUMBER)
    return ask(add_step(session, LoginStepKind.NUMBER, True, number=number), employee_id=hit.id)


def read_badge(session: LoginSession, value: str) -> Turn:
    """A badge stands for the number, on every screen where a login begins."""
    fresh = replace(session, hit=None, matched=None, digits="", number="", numbered=False)
    return ask(replace(fresh, badge=value), badge=value)


def _on_challenge(session: LoginSession, event: LoginEvent) -> Turn:
    if isinstance(event, UseNumber):
        session = add_step(session, LoginStepKind.CHALLENGE, False, poor="number instead")
        session = replace(session, challenged=True)
        if session.person is not None:
            return accept_by_face(session, session.person)
        return show_keypad(session)
    if not isinstance(event, ChallengeDone):
        return session, []
    session = add_step(session, LoginStepKind.CHALLENGE, event.passed)
    session = replace(session, challenged=event.passed)
    if not event.passed:
        screen = LoginScreen.LOOK if session.person is not None else LoginScreen.FACE
        return count_face_miss(replace(session, screen=screen, hit=None, matched=None))
    if session.person is not None:
        return accept_by_face(session, session.person)
    return follow_hit(session)


def _on_fingers(session: LoginSession, event: LoginEvent) -> Turn:
    if session.person is None or not isinstance(event, FingerPlaced):
        return session, []
    return compare(session, Method.FINGER, session.person.id)


HANDLERS: dict[LoginScreen, Callable[[LoginSession, LoginEvent], Turn]] = {
    LoginScreen.FACE: _on_face,
    LoginScreen.LOOK: _on_face,
    LoginScreen.FINGER: _on_finger,
    LoginScreen.KEYPAD: _on_keypad,
    LoginScreen.FINGERS: _on_fingers,
    LoginScreen.CHALLENGE: _on_challenge,
}
"""On the other screens only time, answers and devices change anything."""
