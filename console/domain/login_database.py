"""What follows from an answer of the employee database, and how a person is matched after it."""

from dataclasses import replace

from console.domain import texts
from console.domain.login_events import (
    Answer,
    Forget,
    LoginPerson,
    LoginStepKind,
    Reason,
    Stamp,
)
from console.domain.login_moves import (
    CRITERION_TEXTS,
    accept,
    add_step,
    compare,
    refuse,
    reject_number,
    show_keypad,
    stop,
)
from console.domain.login_policy import LoginRule, MatchPolicy, Method, rule_of
from console.domain.login_session import LoginScreen, LoginSession, Notice, Turn
from console.domain.validity import Standing

STANDING_REASONS = {
    Standing.LEFT: Reason.NOT_ACTIVE,
    Standing.BARRED: Reason.NOT_ALLOWED,
    Standing.NOT_YET: Reason.NOT_YET_VALID,
    Standing.NO_LONGER: Reason.NO_LONGER_VALID,
}
"""Why somebody who does not count as an employee now is refused."""


def failed_criterion(person: LoginPerson | None, method: Method) -> Reason:
    """The first of valid, in force, enrolled that a person fails; NONE when they pass.

    Enrolled is asked for the method; a number is always enrolled, and so is whoever has said no to
    face and fingers: the number is their way.
    """
    if person is None:
        return Reason.NOT_VALID
    if person.standing is not Standing.IN_FORCE:
        return STANDING_REASONS[person.standing]
    if person.number_only:
        return Reason.NONE
    enrolled = {Method.FACE: person.face, Method.FINGER: bool(person.fingers), Method.NUMBER: True}
    return Reason.NONE if enrolled[method] else Reason.NOT_ENROLLED


def apply_answer(session: LoginSession, event: Answer) -> Turn:
    """What policy, database and cache lead to, by `login_policy.TABLE`."""
    session = replace(session, as_of=None if event.reachable else event.as_of)
    settings = session.settings
    rule = rule_of(
        settings.match_policy, event.reachable, session.hit is not None, settings.cached_when_down
    )
    session = add_step(
        session,
        LoginStepKind.DATABASE,
        event.reachable,
        policy=settings.match_policy.value,
        rule=rule.value,
    )
    if session.hit is not None:
        return _apply_answer_to_hit(session, session.hit, event, rule)
    session = _read_as(session, event.person)
    if rule is LoginRule.STOP:
        return stop(_note_number(session, True))
    if rule is LoginRule.UNVERIFIED:
        return _accept_unverified(session, event)
    reason = failed_criterion(event.person, settings.default_method)
    if reason or event.person is None:
        return _wrong_number(replace(session, person=None), reason)
    session = _note_number(replace(session, person=event.person), True)
    return accept(session) if rule is LoginRule.NUMBER else match_person(session)


def _read_as(session: LoginSession, person: LoginPerson | None) -> LoginSession:
    """What was read quickly is a badge, or a number that somebody typed as quickly."""
    read = session.badge
    if not read:
        return session
    if person is not None and person.number.casefold() == read.casefold():
        return replace(session, badge="", number=person.number, numbered=True)
    return replace(session, badge="", badged=True, number=person.number if person else "")


def _note_number(session: LoginSession, ok: bool, reason: str = "") -> LoginSession:
    what = LoginStepKind.BADGE if session.badged else LoginStepKind.NUMBER
    return add_step(session, what, ok, number=session.number, reason=reason)


def _accept_unverified(session: LoginSession, event: Answer) -> Turn:
    """By the number alone; somebody who is not in force by the last list is refused."""
    if event.person is not None and event.person.standing is not Standing.IN_FORCE:
        return _wrong_number(session, STANDING_REASONS[event.person.standing])
    if event.person is None and session.badged:
        return _wrong_number(session, Reason.NOT_VALID)  # nobody can say whose number it stands for
    session = replace(session, person=event.person or LoginPerson("", session.number, ""))
    session = _note_number(session, True)
    return accept(session, Stamp.NUMBER_ONLY if event.person is not None else Stamp.UNVERIFIED)


def _apply_answer_to_hit(
    session: LoginSession, hit: LoginPerson, event: Answer, rule: LoginRule
) -> Turn:
    """The cache has found the person already."""
    absent = event.person is not None and event.person.standing is not Standing.IN_FORCE
    if event.reachable or absent:
        reason = failed_criterion(event.person, session.hit_by)
        if reason:
            session = add_step(session, LoginStepKind.CRITERIA, False, reason=reason.value)
            return refuse(session, reason, CRITERION_TEXTS[reason], Forget(hit.id))
        return accept(session)
    if rule is LoginRule.STOP:
        return stop(session)
    if rule is LoginRule.STAMPED:
        return accept(session, Stamp.OFFLINE)
    if session.numbered:
        return accept(session, Stamp.NUMBER_ONLY)
    return show_keypad(replace(session, hit=None, matched=None))


def _wrong_number(session: LoginSession, reason: Reason) -> Turn:
    session = _note_number(session, False, reason.value)
    return reject_number(session, reason, CRITERION_TEXTS[reason])


def match_person(session: LoginSession) -> Turn:
    """The number is good; now the person must be recognised, if that is possible at all."""
    person = session.person
    assert person is not None
    if person.number_only and not person.face and not person.fingers:
        return accept(session, Stamp.WITHOUT_MATCH)
    if session.unmatched and person.fingers:
        return compare(session, Method.FINGER, person.id)
    session = replace(session, unmatched=False)
    finger = bool(person.fingers) and session.equipment.reader
    face = person.face and session.equipment.camera
    if finger and not (face and session.settings.default_method is Method.FACE):
        return _show_match_screen(session, LoginScreen.FINGERS)
    if face:
        return _show_match_screen(session, LoginScreen.LOOK)
    session = add_step(session, LoginStepKind.MATCH, False, reason=Reason.CANNOT_MATCH.value)
    if session.settings.match_policy is not MatchPolicy.ALWAYS:
        return accept(session, Stamp.NO_MATCH_POSSIBLE)
    if person.face or person.fingers:
        return refuse(session, Reason.CANNOT_MATCH, texts.CANNOT_MATCH)
    return refuse(session, Reason.NOT_ENROLLED, texts.ERR_NOT_ENROLLED)


def _show_match_screen(session: LoginSession, screen: LoginScreen) -> Turn:
    session = replace(session, screen=screen, notice=Notice.NONE, flaw="", digits="", error="")
    return session, []
