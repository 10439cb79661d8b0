"""What follows from a comparison: with everybody in the cache, or with one person."""

from dataclasses import replace

from console.domain import texts
from console.domain.login_events import Compared, LoginPerson, LoginStepKind, Reason, Remember
from console.domain.login_moves import (
    accept,
    add_step,
    ask,
    clear_misses,
    count_miss,
    facts_of,
    refuse,
    show_keypad,
)
from console.domain.login_policy import Method
from console.domain.login_session import LoginScreen, LoginSession, Notice, Tries, Turn


def apply_comparison(session: LoginSession, event: Compared) -> Turn:
    """The answer to a Compare."""
    if session.person is not None:
        return _apply_verification(session, session.person, event)
    face = session.screen is LoginScreen.FACE
    session = add_step(
        session,
        LoginStepKind.FACE if face else LoginStepKind.FINGER,
        event.person is not None,
        among="cache",
        **facts_of(event.evidence),
    )
    if event.person is not None:
        by = Method.FACE if face else Method.FINGER
        session = replace(session, hit=event.person, hit_by=by, matched=by)
        return follow_hit(clear_misses(session, Tries.FRAMES))
    if face:
        return count_face_miss(session)
    if event.evidence.poor:
        session, more = count_miss(session, Tries.POOR_SCANS, session.settings.finger_attempts)
        if more:
            return replace(session, screen=LoginScreen.FINGER, error=texts.MATCH_NOT_FOUND), []
    else:
        session, _ = count_miss(session, Tries.SEARCHES, session.settings.finger_attempts)
    return show_keypad(replace(session, unmatched=not event.evidence.poor), Notice.FIRST_TIME)


def follow_hit(session: LoginSession) -> Turn:
    """The cache has found somebody: challenge, number or database, whichever comes next."""
    assert session.hit is not None
    if session.hit_by is Method.FACE and needs_challenge(session):
        return show_challenge(session)
    if session.settings.require_number:
        return show_keypad(session)
    return ask(session, employee_id=session.hit.id)


def needs_challenge(session: LoginSession) -> bool:
    """Whether a face that matched must still do what the screen asks."""
    return session.settings.challenge and not session.challenged


def show_challenge(session: LoginSession) -> Turn:
    """The person is asked to move."""
    return replace(session, screen=LoginScreen.CHALLENGE, notice=Notice.NONE), []


def count_face_miss(session: LoginSession) -> Turn:
    """The face may be tried again; after the last try the number is asked, or the session reset."""
    session, more = count_miss(session, Tries.FACE, session.settings.face_attempts)
    if more:
        return replace(session, notice=Notice.NOT_YET_MATCHED, error=""), []
    if session.person is not None:
        return refuse(session, Reason.FACE, f"{texts.FACE_FAILED}. {texts.SESSION_RESET}")
    return show_keypad(clear_misses(session, Tries.FACE), Notice.FACE_FAILED)


def accept_by_face(session: LoginSession, person: LoginPerson) -> Turn:
    """The face matched the person's own: it may be cached."""
    accepted, effects = accept(session)
    return accepted, [Remember(person.id, Method.FACE), *effects]


def _apply_verification(session: LoginSession, person: LoginPerson, event: Compared) -> Turn:
    """The comparison was with this one person."""
    face = session.screen is LoginScreen.LOOK
    session = add_step(
        session,
        LoginStepKind.FACE if face else LoginStepKind.FINGER,
        event.person is not None,
        among="own",
        **({"again": True} if session.unmatched and not face else {}),
        **facts_of(event.evidence),
    )
    if event.person is not None:
        method = Method.FACE if face else Method.FINGER
        session = replace(session, matched=method)
        if face and needs_challenge(session):
            return show_challenge(session)
        accepted, effects = accept(session)
        return accepted, [Remember(person.id, method, event.evidence.finger), *effects]
    if face:
        return count_face_miss(session)
    if session.unmatched:  # the scan of before the number: the tries begin after it
        return _ask_for_finger(replace(session, unmatched=False))
    session, more = count_miss(session, Tries.FINGER, session.settings.finger_attempts)
    if not more:
        return refuse(session, Reason.FINGER, f"{texts.MATCH_NOT_FOUND} {texts.SESSION_RESET}")
    return _ask_for_finger(session)


def _ask_for_finger(session: LoginSession) -> Turn:
    return replace(session, screen=LoginScreen.FINGERS, error=texts.MATCH_NOT_FOUND), []
