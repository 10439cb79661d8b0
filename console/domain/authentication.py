"""The login conversation as a pure state machine.

An event and a session go in; the next session and what it asks for come out (S2 to S50). There is
no clock and no I/O: a kiosk carries out the effects and reports what came of them. Answers carry
the ticket of their question; late ones are dropped.

What a session holds stands in `login_session`, what each screen does with an event in
`login_screens`, what an answer leads to in `login_comparison` and `login_database`, by the table in
`login_policy`.
"""

from dataclasses import replace

from console.domain import texts
from console.domain.login_comparison import apply_comparison
from console.domain.login_database import apply_answer, match_person
from console.domain.login_events import (
    Answer,
    BadgeRead,
    Cancel,
    Compared,
    ConnectedDevices,
    LoginEvent,
    LoginOutcome,
    LoginStepKind,
    Plugged,
    Reason,
    Timeout,
)
from console.domain.login_moves import add_step, leave, record
from console.domain.login_screens import HANDLERS, read_badge
from console.domain.login_session import LOGIN_SCREENS, LoginScreen, LoginSession, Turn, restart


def react(session: LoginSession, event: LoginEvent) -> Turn:
    """What follows. Events that mean nothing on the present screen change nothing."""
    match event:
        case Timeout() | Cancel():
            return leave(session)
        case BadgeRead():
            begins = session.screen in LOGIN_SCREENS.values() and not session.asking
            return read_badge(session, event.value) if begins else (session, [])
        case Plugged():
            return _apply_equipment(session, event.equipment)
        case Compared() | Answer():
            if not session.asking or event.ticket != session.ticket:
                return session, []
            session = replace(session, asking=False)
            if isinstance(event, Compared):
                return apply_comparison(session, event)
            return apply_answer(session, event)
    handler = HANDLERS.get(session.screen)
    return handler(session, event) if handler and not session.asking else (session, [])


def _apply_equipment(session: LoginSession, equipment: ConnectedDevices) -> Turn:
    """A camera or reader came or went. Nobody is interrupted who can go on without it."""
    if equipment == session.equipment:
        return session, []
    session = replace(session, equipment=equipment)
    at_login = session.screen in (LoginScreen.FACE, LoginScreen.FINGER)
    if at_login or (
        session.screen is LoginScreen.KEYPAD and session.fallback and _is_free(session)
    ):
        fresh = restart(session, session.error)
        return replace(fresh, path=session.path, misses=session.misses), []
    if (session.screen is LoginScreen.LOOK and not equipment.camera) or (
        session.screen is LoginScreen.FINGERS and not equipment.reader
    ):
        session = add_step(
            session,
            LoginStepKind.EQUIPMENT,
            False,
            camera=equipment.camera,
            reader=equipment.reader,
        )
        return match_person(session)
    if session.screen is LoginScreen.CHALLENGE and not equipment.camera:
        lost = record(session, LoginOutcome.REFUSED, Reason.CANNOT_MATCH)
        return restart(session, texts.CAMERA_GONE), [lost]
    return session, []


def _is_free(session: LoginSession) -> bool:
    """Nobody has begun to type, and nobody was found."""
    found = session.hit is not None or session.person is not None
    return not found and not session.digits and not session.asking
