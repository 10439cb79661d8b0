"""The login conversation as a pure state machine: an event and a session in, the next session and what it asks for out.

S2 to S50 of the behaviour; what policy, database and cache lead to stands in login_policy.TABLE. No clock, no I/O: a kiosk carries
out the effects and tells what came of them. Answers carry the ticket of their question; late ones are dropped.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from console.domain import texts
from console.domain.kiosks import KioskSettings
from console.domain.login_events import (
    Answer,
    Ask,
    Back,
    Cancel,
    ChallengeDone,
    Clear,
    Compare,
    Compared,
    Digit,
    Effect,
    Equipment,
    Event,
    Evidence,
    FaceLost,
    FaceUnusable,
    FaceUsable,
    FingerPlaced,
    Forget,
    Outcome,
    Person,
    Plugged,
    Reason,
    Record,
    Remember,
    Stamp,
    Step,
    Submit,
    Timeout,
    UseNumber,
)  # fmt: skip
from console.domain.login_policy import MatchPolicy, Method, Rule, rule_of

MOST_DIGITS = 24


class Screen(StrEnum):
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
    Method.FACE: Screen.FACE,
    Method.FINGER: Screen.FINGER,
    Method.NUMBER: Screen.KEYPAD,
}


@dataclass(frozen=True)
class Session:
    """One person's try to log in. left, under, right: the three places round the picture; hint: under the title of a keypad; error: what
    was wrong with the last entry; hit: whom the cache found; person: whose number was accepted; unmatched: a scan waits to be compared
    with the person's own; asking: an answer is awaited, with this ticket."""

    settings: KioskSettings
    equipment: Equipment
    may_identify: bool
    screen: Screen = Screen.KEYPAD
    digits: str = ""
    left: str = ""
    under: str = ""
    right: str = ""
    hint: str = ""
    error: str = ""
    hit: Person | None = None
    hit_by: Method = Method.NUMBER
    person: Person | None = None
    number: str = ""
    numbered: bool = False
    matched: Method | None = None
    challenged: bool = False
    unmatched: bool = False
    fallback: bool = False
    stamp: Stamp = Stamp.NONE
    as_of: Any = None
    ticket: int = 0
    asking: bool = False
    misses: dict[str, int] = field(default_factory=dict)
    path: tuple[Step, ...] = ()


Turn = tuple[Session, list[Effect]]


def begin(
    settings: KioskSettings,
    equipment: Equipment,
    may_identify: bool = True,
    error: str = "",
    ticket: int = 0,
) -> Session:
    """The login screen of the default method, or the keypad where that cannot be used now. may_identify: whether faces are looked for
    among all that are cached; error: what is still said of the session before."""
    session = Session(settings, equipment, may_identify, error=error, ticket=ticket + 1)
    method = settings.default_method
    missing = (method is Method.FACE and not equipment.camera) or (
        method is Method.FINGER and not equipment.reader
    )
    if missing:
        gone = texts.CAMERA_GONE if method is Method.FACE else texts.READER_GONE
        return replace(session, screen=Screen.KEYPAD, hint=gone, fallback=True)
    if method is Method.FACE and not may_identify:
        return replace(session, screen=Screen.KEYPAD)
    under = {Method.FACE: texts.STAND_IN_FRONT, Method.FINGER: texts.PUT_FINGER}.get(method, "")
    return replace(session, screen=LOGIN_SCREENS[method], under=under)


def react(session: Session, event: Event) -> Turn:
    """What follows. Events that mean nothing on the present screen change nothing."""
    if isinstance(event, Timeout | Cancel):
        return _leave(session)
    if isinstance(event, Plugged):
        return _plugged(session, event.equipment)
    if isinstance(event, Compared | Answer):
        if not session.asking or event.ticket != session.ticket:
            return session, []
        session = replace(session, asking=False)
        return (
            _compared(session, event) if isinstance(event, Compared) else _answered(session, event)
        )
    handler = _HANDLERS.get(session.screen)
    return handler(session, event) if handler and not session.asking else (session, [])


# ends


def _restart(session: Session, error: str = "") -> Session:
    return begin(session.settings, session.equipment, session.may_identify, error, session.ticket)


def _record(session: Session, outcome: Outcome, reason: Reason = Reason.NONE) -> Record:
    parts = ["number"] if session.numbered else []
    if session.matched is not None:
        parts.append(session.matched.value)
    elif outcome is not Outcome.ACCEPTED:
        parts += [step.what for step in session.path if step.what in ("finger", "face")][-1:]
    method = "+".join(dict.fromkeys(parts)) or session.settings.default_method.value
    person = session.person or session.hit
    number = session.number or (person.number if person else "")
    return Record(
        outcome=outcome,
        method=method,
        reason=reason,
        stamp=session.stamp,
        person=person,
        number=number,
        as_of=session.as_of,
        path=session.path,
    )


def _home(session: Session, stamp: Stamp = Stamp.NONE) -> Turn:
    session = replace(
        session,
        stamp=stamp,
        screen=Screen.HOME,
        person=session.person or session.hit,
        error="",
        digits="",
    )
    effects: list[Effect] = [_record(session, Outcome.ACCEPTED)]
    return session, effects


def _refuse(session: Session, reason: Reason, text: str, *more: Effect) -> Turn:
    """The session is reset; the text stays on the login screen."""
    session = _stepped(session, "reset", False, reason=reason.value)
    return _restart(session, text), [*more, _record(session, Outcome.REFUSED, reason)]


def _leave(session: Session) -> Turn:
    tried = bool(session.path) and session.screen not in (Screen.HOME, Screen.STOP)
    return _restart(session), [_record(session, Outcome.ABANDONED, Reason.LEFT)] if tried else []


def _stop(session: Session) -> Turn:
    stopped = replace(session, screen=Screen.STOP, error=texts.DB_DOWN_STOP, digits="")
    return stopped, [_record(session, Outcome.REFUSED, Reason.DATABASE)]


# steps, counting, questions


def _stepped(session: Session, what: str, ok: bool, **facts: Any) -> Session:
    kept = tuple(
        sorted((name, value) for name, value in facts.items() if value is not None and value != "")
    )
    return replace(session, path=(*session.path, Step(what, ok, kept)))


def _missed(session: Session, what: str, allowed: int) -> tuple[Session, bool]:
    """One more miss; whether there is another try."""
    count = session.misses.get(what, 0) + 1
    return replace(session, misses=session.misses | {what: count}), count < allowed


def _ask(session: Session, number: str = "", employee_id: str = "") -> Turn:
    session = replace(
        session,
        ticket=session.ticket + 1,
        asking=True,
        screen=Screen.WAIT,
        under=texts.FINGER_WAIT,
        error="",
    )
    return session, [Ask(session.ticket, number, employee_id)]


def _compare(session: Session, modality: Method, employee_id: str = "") -> Turn:
    session = replace(session, ticket=session.ticket + 1, asking=True)
    if modality is Method.FINGER:
        session = replace(session, screen=Screen.WAIT, under=texts.FINGER_WAIT, error="")
    return session, [Compare(session.ticket, modality, employee_id)]


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "chance": evidence.chance,
        "threshold": evidence.threshold or None,
        "margin": evidence.margin,
        "quality": evidence.quality,
        "finger": evidence.finger or None,
        "ambiguous": evidence.ambiguous or None,
        "poor": evidence.poor,
    }


# the login screens


def _on_finger(session: Session, event: Event) -> Turn:
    if isinstance(event, FingerPlaced):
        return _compare(session, Method.FINGER)
    return _to_keypad(session) if isinstance(event, UseNumber) else (session, [])


def _on_face(session: Session, event: Event) -> Turn:
    """The login screen by face, and the one where the face is compared with one person's."""
    one = session.person.id if session.screen is Screen.LOOK and session.person else ""
    if isinstance(event, FaceUsable):
        return _compare(replace(session, hint=""), Method.FACE, one)
    if isinstance(event, FaceUnusable):
        session, more = _missed(session, "frames", session.settings.face_frames)
        if more:
            return replace(
                session, under=texts.ADJUST_POSITION, hint=texts.FLAWS.get(event.why, "")
            ), []
        session = replace(session, misses=session.misses | {"frames": 0})
        return _face_missed(_stepped(session, "face", False, poor=event.why or "no usable picture"))
    if isinstance(event, FaceLost):
        frames = {"frames": 0} if session.misses.get("frames") else {}
        return replace(
            session,
            left="",
            right="",
            hint="",
            under=texts.STAND_IN_FRONT,
            misses=session.misses | frames,
        ), []
    if isinstance(event, UseNumber) and not one:
        return _to_keypad(session)
    return session, []


def _to_keypad(session: Session, hint: str = "", left: str = "") -> Turn:
    return replace(
        session, screen=Screen.KEYPAD, digits="", hint=hint, left=left, under="", right="", error=""
    ), []


def _on_keypad(session: Session, event: Event) -> Turn:
    match event:
        case Digit(value) if (
            value.isascii() and value.isalnum() and len(session.digits) < MOST_DIGITS
        ):
            return replace(session, digits=session.digits + value), []
        case Back():
            return replace(session, digits=session.digits[:-1]), []
        case Clear():
            return replace(session, digits=""), []
        case Submit() if session.digits:
            return _submit(session)
        case FingerPlaced() if (
            session.settings.default_method is not Method.FACE
            and not session.numbered
            and session.hit is None
        ):
            # a finger laid down while the keypad stands there starts anew: nobody has to go back for it
            return _compare(session, Method.FINGER)
    return session, []


def _submit(session: Session) -> Turn:
    session = replace(session, number=session.digits, numbered=True)
    hit = session.hit
    if hit is None:
        return _ask(session, number=session.digits)
    if session.digits.casefold() != hit.number.casefold():
        session = _stepped(
            session, "number", False, number=session.digits, reason=Reason.OTHER_NUMBER.value
        )
        return _number_missed(session, Reason.OTHER_NUMBER, texts.OTHER_NUMBER)
    return _ask(_stepped(session, "number", True, number=session.digits), employee_id=hit.id)


def _number_missed(session: Session, reason: Reason, text: str) -> Turn:
    session, more = _missed(session, "number", session.settings.number_attempts)
    if not more:
        return _refuse(session, reason, f"{text}. {texts.SESSION_RESET}")
    return replace(session, screen=Screen.KEYPAD, digits="", error=text, under=""), []


# comparisons


def _compared(session: Session, event: Compared) -> Turn:
    if session.person is not None:
        return _compared_with_one(session, event)
    face = session.screen is Screen.FACE
    what = "face" if face else "finger"
    session = _stepped(
        session, what, event.person is not None, among="cache", **_evidence(event.evidence)
    )
    if event.person is not None:
        by = Method.FACE if face else Method.FINGER
        session = replace(
            session, hit=event.person, hit_by=by, matched=by, misses=session.misses | {"frames": 0}
        )
        return _hit(session)
    if face:
        return _face_missed(session)
    if event.evidence.poor:
        session, more = _missed(session, "poor", session.settings.finger_attempts)
        if more:
            return replace(
                session, screen=Screen.FINGER, error=texts.MATCH_NOT_FOUND, under=texts.PUT_FINGER
            ), []
    return _to_keypad(replace(session, unmatched=not event.evidence.poor), texts.FIRST_TIME)


def _hit(session: Session) -> Turn:
    assert session.hit is not None
    if session.hit_by is Method.FACE and session.settings.challenge and not session.challenged:
        return replace(session, screen=Screen.CHALLENGE, left="", right="", under=""), []
    if session.settings.require_number:
        return _to_keypad(session)
    return _ask(session, employee_id=session.hit.id)


def _face_missed(session: Session) -> Turn:
    session, more = _missed(session, "face", session.settings.face_attempts)
    if more:
        return replace(
            session,
            left=texts.FACE_NOT_YET_MATCHED,
            under=texts.ADJUST_POSITION,
            right=texts.PROBLEMS_AUTHENTICATING,
            error="",
        ), []
    if session.person is not None:
        return _refuse(session, Reason.FACE, f"{texts.FACE_FAILED}. {texts.SESSION_RESET}")
    return _to_keypad(replace(session, misses=session.misses | {"face": 0}), left=texts.FACE_FAILED)


def _on_challenge(session: Session, event: Event) -> Turn:
    if isinstance(event, UseNumber):
        session = replace(
            _stepped(session, "challenge", False, poor="number instead"), challenged=True
        )
        return (
            _home_by_face(session, session.person)
            if session.person is not None
            else _to_keypad(session)
        )
    if not isinstance(event, ChallengeDone):
        return session, []
    session = replace(_stepped(session, "challenge", event.passed), challenged=event.passed)
    if event.passed:
        return (
            _home_by_face(session, session.person) if session.person is not None else _hit(session)
        )
    screen = Screen.LOOK if session.person is not None else Screen.FACE
    return _face_missed(replace(session, screen=screen, hit=None, matched=None))


def _home_by_face(session: Session, person: Person) -> Turn:
    turn, effects = _home(session)
    return turn, [Remember(person.id, Method.FACE), *effects]


def _on_fingers(session: Session, event: Event) -> Turn:
    assert session.person is not None
    return (
        _compare(session, Method.FINGER, session.person.id)
        if isinstance(event, FingerPlaced)
        else (session, [])
    )


def _compared_with_one(session: Session, event: Compared) -> Turn:
    person = session.person
    assert person is not None
    face = session.screen is Screen.LOOK
    method = Method.FACE if face else Method.FINGER
    session = _stepped(
        session, method.value, event.person is not None, among="own", **_evidence(event.evidence)
    )
    if event.person is not None:
        session = replace(session, matched=method)
        if face and session.settings.challenge and not session.challenged:
            return replace(session, screen=Screen.CHALLENGE, left="", right="", under=""), []
        turn, effects = _home(session)
        return turn, [Remember(person.id, method, event.evidence.finger), *effects]
    if face:
        return _face_missed(session)
    if session.unmatched:  # the scan of before the number: the tries begin after it
        return replace(
            session,
            unmatched=False,
            screen=Screen.FINGERS,
            error=texts.MATCH_NOT_FOUND,
            under=texts.FINGERS_AVAILABLE,
        ), []
    session, more = _missed(session, "finger", session.settings.finger_attempts)
    if not more:
        return _refuse(session, Reason.FINGER, f"{texts.MATCH_NOT_FOUND} {texts.SESSION_RESET}")
    return replace(
        session, screen=Screen.FINGERS, error=texts.MATCH_NOT_FOUND, under=texts.FINGERS_AVAILABLE
    ), []


# what the employee database says


def failed_criterion(person: Person | None, method: Method) -> Reason:
    """Valid, active, enrolled: the first that is not so. Enrolled is asked for the method; a number is always enrolled."""
    if person is None:
        return Reason.NOT_VALID
    if not person.active:
        return Reason.NOT_ACTIVE
    enrolled = {Method.FACE: person.face, Method.FINGER: bool(person.fingers), Method.NUMBER: True}[
        method
    ]
    return Reason.NONE if enrolled else Reason.NOT_ENROLLED


CRITERION_TEXTS = {
    Reason.NOT_VALID: texts.ERR_NOT_VALID, Reason.NOT_ACTIVE: texts.ERR_NOT_ACTIVE, Reason.NOT_ENROLLED: texts.ERR_NOT_ENROLLED,
}  # fmt: skip


def _answered(session: Session, event: Answer) -> Turn:
    session = replace(session, as_of=None if event.reachable else event.as_of)
    settings = session.settings
    rule = rule_of(
        settings.match_policy, event.reachable, session.hit is not None, settings.cached_when_down
    )
    session = _stepped(
        session, "database", event.reachable, policy=settings.match_policy.value, rule=rule.value
    )
    if session.hit is not None:
        return _answered_hit(session, event, rule)
    if rule is Rule.STOP:
        return _stop(_stepped(session, "number", True, number=session.number))
    if rule is Rule.UNVERIFIED:
        if event.person is not None and not event.person.active:
            return _wrong_number(session, Reason.NOT_ACTIVE)
        known = event.person or Person("", session.number, "")
        session = _stepped(replace(session, person=known), "number", True, number=session.number)
        return _home(session, Stamp.NUMBER_ONLY if event.person is not None else Stamp.UNVERIFIED)
    reason = failed_criterion(event.person, settings.default_method)
    if reason or event.person is None:
        return _wrong_number(replace(session, person=None), reason)
    session = _stepped(replace(session, person=event.person), "number", True, number=session.number)
    return _home(session) if rule is Rule.NUMBER else _match(session)


def _answered_hit(session: Session, event: Answer, rule: Rule) -> Turn:
    hit = session.hit
    assert hit is not None
    reason = failed_criterion(event.person, session.hit_by)
    if event.reachable or (event.person is not None and not event.person.active):
        if reason:
            session = _stepped(session, "criteria", False, reason=reason.value)
            return _refuse(session, reason, CRITERION_TEXTS[reason], Forget(hit.id))
        return _home(session)
    if rule is Rule.STOP:
        return _stop(session)
    if rule is Rule.STAMPED:
        return _home(session, Stamp.OFFLINE)
    if session.numbered:
        return _home(session, Stamp.NUMBER_ONLY)
    return _to_keypad(replace(session, hit=None, matched=None))


def _wrong_number(session: Session, reason: Reason) -> Turn:
    session = _stepped(session, "number", False, number=session.number, reason=reason.value)
    return _number_missed(session, reason, CRITERION_TEXTS[reason])


def _match(session: Session) -> Turn:
    """The number is good; now the person must be recognised, if that is possible at all."""
    person = session.person
    assert person is not None
    if session.unmatched and person.fingers:
        return _compare(session, Method.FINGER, person.id)
    session = replace(session, unmatched=False)
    order = (
        [Method.FACE, Method.FINGER]
        if session.settings.default_method is Method.FACE
        else [Method.FINGER, Method.FACE]
    )
    possible = {
        Method.FACE: person.face and session.equipment.camera,
        Method.FINGER: bool(person.fingers) and session.equipment.reader,
    }
    chosen = next((method for method in order if possible[method]), None)
    if chosen is Method.FINGER:
        return replace(
            session,
            screen=Screen.FINGERS,
            under=texts.FINGERS_AVAILABLE,
            digits="",
            error="",
            hint="",
            left="",
        ), []
    if chosen is Method.FACE:
        return replace(
            session,
            screen=Screen.LOOK,
            under=texts.STAND_IN_FRONT,
            digits="",
            error="",
            hint="",
            left="",
            right="",
        ), []
    session = _stepped(session, "match", False, reason=Reason.CANNOT_MATCH.value)
    if session.settings.match_policy is not MatchPolicy.ALWAYS:
        return _home(session, Stamp.NO_MATCH_POSSIBLE)
    enrolled = person.face or person.fingers
    return _refuse(
        session,
        Reason.CANNOT_MATCH if enrolled else Reason.NOT_ENROLLED,
        texts.CANNOT_MATCH if enrolled else texts.ERR_NOT_ENROLLED,
    )


# cameras and readers that come and go


def _plugged(session: Session, equipment: Equipment) -> Turn:
    if equipment == session.equipment:
        return session, []
    session = replace(session, equipment=equipment)
    waiting = (
        session.hit is None and session.person is None and not session.digits and not session.asking
    )
    if session.screen in (Screen.FACE, Screen.FINGER) or (
        session.screen is Screen.KEYPAD and session.fallback and waiting
    ):
        fresh = _restart(session, session.error)
        return replace(fresh, path=session.path, misses=session.misses), []
    if (session.screen is Screen.LOOK and not equipment.camera) or (
        session.screen is Screen.FINGERS and not equipment.reader
    ):
        return _match(
            _stepped(session, "equipment", False, camera=equipment.camera, reader=equipment.reader)
        )
    if session.screen is Screen.CHALLENGE and not equipment.camera:
        return _restart(session, texts.CAMERA_GONE), [
            _record(session, Outcome.REFUSED, Reason.CANNOT_MATCH)
        ]
    return session, []


_HANDLERS: dict[Screen, Callable[[Session, Event], Turn]] = {
    Screen.FACE: _on_face, Screen.LOOK: _on_face, Screen.FINGER: _on_finger, Screen.KEYPAD: _on_keypad, Screen.FINGERS: _on_fingers,
    Screen.CHALLENGE: _on_challenge,
}  # fmt: skip
