"""Why was I refused? The decision path of a login in words. N9.

It says what was tried, what came of it and what it would have needed.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.domain.fingers import FingerPosition
from console.domain.language import msgid, tr
from console.domain.login_events import LoginOutcome, LoginStepKind, Reason, Stamp
from console.domain.texts import (
    ERR_NO_LONGER_VALID,
    ERR_NOT_ACTIVE,
    ERR_NOT_ENROLLED,
    ERR_NOT_VALID,
    ERR_NOT_YET_VALID,
    HELP,
)

Facts = Mapping[str, str | float | bool]

SUMMARIES: dict[str, str] = {
    Reason.NOT_VALID: msgid("Nobody has the number or the badge."),
    Reason.NOT_ACTIVE: msgid("The person is not active in the employee database."),
    Reason.NOT_ALLOWED: msgid("The person may not log in at terminals and kiosks."),
    Reason.NOT_YET_VALID: msgid("The person is not valid yet: their first day has not come."),
    Reason.NO_LONGER_VALID: msgid("The person is no longer valid: their last day is over."),
    Reason.NOT_ENROLLED: msgid(
        "The person has not enrolled the face or finger that this kiosk asks for."
    ),
    Reason.OTHER_NUMBER: msgid(
        "The number that was entered belongs to somebody else than the face or finger."
    ),
    Reason.FINGER: msgid(
        "The finger was read, but matched none of the fingers that are enrolled for this number."
    ),
    Reason.FACE: msgid("The face did not match the one that is enrolled for this number."),
    Reason.DATABASE: msgid(
        "The employee database could not be reached, and the settings of this kiosk "
        "allow no login then."
    ),
    Reason.CANNOT_MATCH: msgid(
        "A match is always required here, and the camera or reader for it was not connected."
    ),
    Reason.LEFT: msgid("The person went away, or took too long."),
}
STAMPS: dict[str, str] = {
    Stamp.OFFLINE: msgid(
        "The database could not be reached; the kiosk knew the person and went by the "
        "last status it had."
    ),
    Stamp.NUMBER_ONLY: msgid(
        "The database could not be reached; the number alone was taken, as the settings say."
    ),
    Stamp.UNVERIFIED: msgid(
        "The database could not be reached, and the kiosk did not know the number; "
        "it was taken, as the settings say."
    ),
    Stamp.WITHOUT_MATCH: msgid(
        "The person has said no to face and fingers, and uses number or badge."
    ),
    Stamp.NO_MATCH_POSSIBLE: msgid(
        "No match could be made, so the number alone was taken, as the settings say."
    ),
}
REASONS: dict[str, str] = {
    Reason.NOT_VALID: ERR_NOT_VALID,
    Reason.NOT_ACTIVE: ERR_NOT_ACTIVE,
    Reason.NOT_ALLOWED: msgid("Employee may not log in"),
    Reason.NOT_YET_VALID: ERR_NOT_YET_VALID,
    Reason.NO_LONGER_VALID: ERR_NO_LONGER_VALID,
    Reason.NOT_ENROLLED: ERR_NOT_ENROLLED,
    Reason.OTHER_NUMBER: msgid("Number of somebody else"),
    Reason.FINGER: msgid("Finger did not match"),
    Reason.FACE: msgid("Face did not match"),
    Reason.DATABASE: msgid("Database unavailable"),
    Reason.CANNOT_MATCH: msgid("No camera or reader"),
    Reason.LEFT: msgid("Left or too slow"),
}
"""The reason as the login log shows it."""
_HELPS: dict[str, str] = {
    Reason.NOT_VALID: HELP[ERR_NOT_VALID],
    Reason.NOT_ACTIVE: HELP[ERR_NOT_ACTIVE],
    Reason.NOT_ALLOWED: msgid(
        "Tick “May log in at terminals and kiosks” under Employees, if that is right."
    ),
    Reason.NOT_YET_VALID: HELP[ERR_NOT_YET_VALID],
    Reason.NO_LONGER_VALID: HELP[ERR_NO_LONGER_VALID],
    Reason.NOT_ENROLLED: HELP[ERR_NOT_ENROLLED],
    Reason.FINGER: msgid(
        "Clean the finger and the sensor, lay it down flat; or enrol the finger again."
    ),
    Reason.FACE: msgid("Avoid strong light from behind, step closer; or enrol the face again."),
    Reason.DATABASE: msgid(
        "Find out why the service cannot be reached. Under Kiosks you decide what is "
        "allowed meanwhile."
    ),
    Reason.CANNOT_MATCH: msgid("Connect the camera or reader at the kiosk."),
}
ALL_PASSED = msgid("All required checks passed.")
REFUSED = msgid("The login was refused.")
_WHATS: dict[str, str] = {
    LoginStepKind.FACE: msgid("face"),
    LoginStepKind.FINGER: msgid("finger"),
}
_POLICIES = {
    "always": msgid("match always"),
    "when_available": msgid("match while the database is up"),
    "not_required": msgid("no match needed"),
}


@dataclass(frozen=True)
class ExplainedStep:
    """One step of a decision path, in words."""

    ok: bool
    title: str
    detail: str


def odds(fmr: float) -> str:
    """A false match rate (0 to 1) in words, for example “1 in 10,000 by chance”, in two digits."""
    one_in = 1 / fmr if fmr > 0 else math.inf
    if math.isinf(one_in):
        return tr("less than can be measured")
    whole = round(one_in)
    return tr("1 in {one_in:,} by chance", one_in=round(whole, 2 - len(str(whole))))


def summary(outcome: str, reason: str, stamp: str) -> str:
    """How the login ended, in one sentence."""
    if outcome == LoginOutcome.ACCEPTED:
        return tr(STAMPS.get(stamp, ALL_PASSED))
    return tr(SUMMARIES.get(reason, REFUSED))


def what_helps(reason: str) -> str:
    """What an operator can do about a refusal; empty where there is nothing."""
    return tr(_HELPS.get(reason, ""))


def explain(path: Sequence[tuple[str, bool, Facts]]) -> list[ExplainedStep]:
    """Each step of a path, in words.

    A path comes from another machine: facts of a wrong type are left out. Tries are counted as the
    kiosk counts them: anew once the number is known, and a scan that is compared again is none.
    """
    tries: Counter[tuple[str, bool]] = Counter()
    lines = []
    for what, ok, facts in path:
        if what not in (LoginStepKind.FINGER, LoginStepKind.FACE):
            lines.append(_other(what, ok, facts))
            continue
        before = facts.get("among") == "cache"
        again = facts.get("again") is True
        tries[what, before] += not again
        name = _name_of_try(tries[what, before], before=before, again=again)
        lines.append(_compared(name, what, ok, facts))
    return lines


def _name_of_try(number: int, *, before: bool, again: bool) -> str:
    """before: before the number was known; again: the same scan is compared again."""
    if again:
        return tr("The same scan")
    if before:
        return tr("Before the number, try {number}", number=number)
    return tr("Try {number}", number=number)


def _number(facts: Facts, name: str) -> float | None:
    value = facts.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _compared(name: str, what: str, ok: bool, facts: Facts) -> ExplainedStep:
    fmr, threshold, quality = (
        _number(facts, "chance"),
        _number(facts, "threshold"),
        _number(facts, "quality"),
    )
    parts = []
    if facts.get("poor"):
        parts.append(tr("could not be used: {reason}", reason=tr(str(facts["poor"]))))
    if facts.get("ambiguous"):
        parts.append(tr("two people match almost equally"))
    if fmr is not None:
        parts.append(tr("best {odds}", odds=odds(fmr)))
        if threshold and not ok:
            parts.append(tr("needs {odds}", odds=odds(threshold)))
    if quality is not None:
        parts.append(tr("quality {quality:.0f}", quality=quality))
    if facts.get("among"):
        parts.append(
            tr("compared with everyone whom this kiosk knows")
            if facts["among"] == "cache"
            else tr("compared with this person's own")
        )
    return ExplainedStep(ok, f"{name} · {_of(what, facts)}", " · ".join(parts))


def _of(what: str, facts: Facts) -> str:
    finger = _number(facts, "finger")
    if what == LoginStepKind.FINGER and finger is not None and int(finger) in set(FingerPosition):
        return tr(FingerPosition(int(finger)).words)
    return tr(_WHATS.get(what, what))


def _other(what: str, ok: bool, facts: Facts) -> ExplainedStep:
    reason = tr(REASONS.get(str(facts.get("reason", "")), ""))
    match what:
        case LoginStepKind.NUMBER:
            return ExplainedStep(
                ok,
                tr("Number {number} entered", number=facts.get("number", "")),
                reason if not ok else "",
            )
        case LoginStepKind.BADGE:
            number = facts.get("number")
            title = (
                tr("Badge of number {number} read", number=number) if number else tr("Badge read")
            )
            return ExplainedStep(ok, title, reason if not ok else "")
        case LoginStepKind.DATABASE:
            policy = tr(_POLICIES.get(str(facts.get("policy", "")), ""))
            return ExplainedStep(
                ok,
                tr("Employee database asked") if ok else tr("Employee database not reached"),
                tr("policy: {policy}", policy=policy) if policy else "",
            )
        case LoginStepKind.CRITERIA:
            return ExplainedStep(ok, tr("Valid, active, enrolled?"), reason)
        case LoginStepKind.CHALLENGE:
            return ExplainedStep(ok, tr("Asked to move"), tr(str(facts.get("poor", ""))))
        case LoginStepKind.MATCH:
            return ExplainedStep(ok, tr("No match could be made"), reason)
        case LoginStepKind.EQUIPMENT:
            return ExplainedStep(ok, tr("Camera or reader unplugged"), "")
        case LoginStepKind.RESET:
            return ExplainedStep(ok, tr("Session reset"), reason)
    return ExplainedStep(ok, what, "")
