"""The moves that all parts of the login conversation share: ends, steps, questions, the keypad."""

from dataclasses import replace

from console.domain import texts
from console.domain.login_events import (
    Ask,
    Compare,
    Effect,
    Fact,
    LoginOutcome,
    LoginRecord,
    LoginStep,
    LoginStepKind,
    MatchEvidence,
    Reason,
    Stamp,
)
from console.domain.login_policy import Method
from console.domain.login_session import LoginScreen, LoginSession, Notice, Tries, Turn, restart

CRITERION_TEXTS = {
    Reason.NOT_VALID: texts.ERR_NOT_VALID,
    Reason.NOT_ACTIVE: texts.ERR_NOT_ACTIVE,
    Reason.NOT_ALLOWED: texts.ERR_NOT_VALID,
    Reason.NOT_YET_VALID: texts.ERR_NOT_YET_VALID,
    Reason.NO_LONGER_VALID: texts.ERR_NO_LONGER_VALID,
    Reason.NOT_ENROLLED: texts.ERR_NOT_ENROLLED,
}

# ends


def record(
    session: LoginSession, outcome: LoginOutcome, reason: Reason = Reason.NONE
) -> LoginRecord:
    """The attempt as the login log keeps it."""
    parts = ["badge"] if session.badged else ["number"] if session.numbered else []
    if session.matched is not None:
        parts.append(session.matched.value)
    elif outcome is not LoginOutcome.ACCEPTED:
        scans = (LoginStepKind.FINGER, LoginStepKind.FACE)
        parts += [step.what.value for step in session.path if step.what in scans][-1:]
    method = "+".join(dict.fromkeys(parts)) or session.settings.default_method.value
    person = session.person or session.hit
    return LoginRecord(
        outcome=outcome,
        method=method,
        reason=reason,
        stamp=session.stamp,
        person=person,
        number=session.number or (person.number if person else ""),
        as_of=session.as_of,
        path=session.path,
    )


def accept(session: LoginSession, stamp: Stamp = Stamp.NONE) -> Turn:
    """The person is in."""
    session = replace(
        session,
        stamp=stamp,
        screen=LoginScreen.HOME,
        person=session.person or session.hit,
        error="",
        digits="",
    )
    return session, [record(session, LoginOutcome.ACCEPTED)]


def refuse(session: LoginSession, reason: Reason, text: str, *more: Effect) -> Turn:
    """The session is reset; the text stays on the login screen."""
    session = add_step(session, LoginStepKind.RESET, False, reason=reason.value)
    return restart(session, text), [*more, record(session, LoginOutcome.REFUSED, reason)]


def leave(session: LoginSession) -> Turn:
    """The person goes away; it is recorded when something was tried."""
    tried = bool(session.path) and session.screen not in (LoginScreen.HOME, LoginScreen.STOP)
    effects: list[Effect] = []
    if tried:
        effects.append(record(session, LoginOutcome.ABANDONED, Reason.LEFT))
    return restart(session), effects


def stop(session: LoginSession) -> Turn:
    """Nobody can log in while the employee database cannot be reached."""
    stopped = replace(session, screen=LoginScreen.STOP, error=texts.DB_DOWN_STOP, digits="")
    return stopped, [record(session, LoginOutcome.REFUSED, Reason.DATABASE)]


# steps and counts


def add_step(
    session: LoginSession, what: LoginStepKind, ok: bool, **facts: Fact | None
) -> LoginSession:
    """One more step of the decision path; empty facts are left out."""
    given = tuple(
        sorted((name, value) for name, value in facts.items() if value is not None and value != "")
    )
    return replace(session, path=(*session.path, LoginStep(what, ok, given)))


def count_miss(session: LoginSession, what: Tries, allowed: int) -> tuple[LoginSession, bool]:
    """One more miss: (the session, whether there is another try)."""
    count = session.misses.get(what, 0) + 1
    return replace(session, misses=session.misses | {what: count}), count < allowed


def clear_misses(session: LoginSession, what: Tries) -> LoginSession:
    """The count begins anew."""
    return replace(session, misses=session.misses | {what: 0})


def facts_of(evidence: MatchEvidence) -> dict[str, Fact | None]:
    """What a comparison showed, as the decision path keeps it."""
    return {
        "chance": evidence.fmr,  # stored paths know it by this name
        "threshold": evidence.threshold or None,
        "margin": evidence.margin,
        "quality": evidence.quality,
        "finger": evidence.finger or None,
        "ambiguous": evidence.ambiguous or None,
        "poor": evidence.poor,
    }


# questions


def ask(session: LoginSession, number: str = "", employee_id: str = "", badge: str = "") -> Turn:
    """Asks the employee database for a person, by number, id or badge."""
    session = replace(
        session, ticket=session.ticket + 1, asking=True, screen=LoginScreen.WAIT, error=""
    )
    return session, [Ask(session.ticket, number, employee_id, badge)]


def compare(session: LoginSession, modality: Method, employee_id: str = "") -> Turn:
    """Compares with one person, or with everybody in the cache."""
    session = replace(session, ticket=session.ticket + 1, asking=True)
    if modality is Method.FINGER:
        session = replace(session, screen=LoginScreen.WAIT, error="")
    return session, [Compare(session.ticket, modality, employee_id)]


# the keypad


def show_keypad(session: LoginSession, notice: Notice = Notice.NONE) -> Turn:
    """Asks for the number."""
    session = replace(
        session, screen=LoginScreen.KEYPAD, digits="", notice=notice, flaw="", error=""
    )
    return session, []


def reject_number(session: LoginSession, reason: Reason, text: str) -> Turn:
    """The number may be typed again until the tries are used up."""
    session = replace(session, badge="", badged=False)
    session, more = count_miss(session, Tries.NUMBER, session.settings.number_attempts)
    if not more:
        return refuse(session, reason, f"{text}. {texts.SESSION_RESET}")
    return replace(session, screen=LoginScreen.KEYPAD, digits="", error=text), []
