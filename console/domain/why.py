"""Why was I refused? The decision path of a login in words. N9.

It says what was tried, what came of it and what it would have needed.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.domain.fingers import FingerPosition
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
    Reason.NOT_VALID: "Nobody has the number or the badge.",
    Reason.NOT_ACTIVE: "The person is not active in the employee database.",
    Reason.NOT_ALLOWED: "The person may not log in at terminals and kiosks.",
    Reason.NOT_YET_VALID: "The person is not valid yet: their first day has not come.",
    Reason.NO_LONGER_VALID: "The person is no longer valid: their last day is over.",
    Reason.NOT_ENROLLED: "The person has not enrolled the face or finger that this kiosk asks for.",
    Reason.OTHER_NUMBER: "The number that was entered belongs to somebody else than the face or "
    "finger.",
    Reason.FINGER: "The finger was read, but matched none of the fingers that are enrolled for "
    "this number.",
    Reason.FACE: "The face did not match the one that is enrolled for this number.",
    Reason.DATABASE: "The employee database could not be reached, and the settings of this kiosk "
    "allow no login then.",
    Reason.CANNOT_MATCH: "A match is always required here, and the camera or reader for it was not "
    "connected.",
    Reason.LEFT: "The person went away, or took too long.",
}
STAMPS: dict[str, str] = {
    Stamp.OFFLINE: "The database could not be reached; the kiosk knew the person and went by the "
    "last status it had.",
    Stamp.NUMBER_ONLY: "The database could not be reached; the number alone was taken, as the "
    "settings say.",
    Stamp.UNVERIFIED: "The database could not be reached, and the kiosk did not know the number; "
    "it was taken, as the settings say.",
    Stamp.WITHOUT_MATCH: "The person has said no to face and fingers, and uses number or badge.",
    Stamp.NO_MATCH_POSSIBLE: "No match could be made, so the number alone was taken, as the "
    "settings say.",
}
REASONS: dict[str, str] = {
    Reason.NOT_VALID: ERR_NOT_VALID,
    Reason.NOT_ACTIVE: ERR_NOT_ACTIVE,
    Reason.NOT_ALLOWED: "Employee may not log in",
    Reason.NOT_YET_VALID: ERR_NOT_YET_VALID,
    Reason.NO_LONGER_VALID: ERR_NO_LONGER_VALID,
    Reason.NOT_ENROLLED: ERR_NOT_ENROLLED,
    Reason.OTHER_NUMBER: "Number of somebody else",
    Reason.FINGER: "Finger did not match",
    Reason.FACE: "Face did not match",
    Reason.DATABASE: "Database away",
    Reason.CANNOT_MATCH: "No camera or reader",
    Reason.LEFT: "Left or too slow",
}
"""The reason as the login log shows it."""
_HELPS: dict[str, str] = {
    Reason.NOT_VALID: HELP[ERR_NOT_VALID],
    Reason.NOT_ACTIVE: HELP[ERR_NOT_ACTIVE],
    Reason.NOT_ALLOWED: "Tick “May log in at terminals and kiosks” under Employees, if that is "
    "right.",
    Reason.NOT_YET_VALID: HELP[ERR_NOT_YET_VALID],
    Reason.NO_LONGER_VALID: HELP[ERR_NO_LONGER_VALID],
    Reason.NOT_ENROLLED: HELP[ERR_NOT_ENROLLED],
    Reason.FINGER: "Clean the finger and the sensor, lay it down flat; or enrol the finger again.",
    Reason.FACE: "Avoid strong light from behind, step closer; or enrol the face again.",
    Reason.DATABASE: "Look why the service cannot be reached. Under Kiosks you decide what is "
    "allowed meanwhile.",
    Reason.CANNOT_MATCH: "Connect the camera or reader at the kiosk.",
}
_POLICIES = {
    "always": "match always",
    "when_available": "match while the database is up",
    "not_required": "no match needed",
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
        return "less than can be measured"
    whole = round(one_in)
    return f"1 in {round(whole, 2 - len(str(whole))):,} by chance"


def summary(outcome: str, reason: str, stamp: str) -> str:
    """How the login ended, in one sentence."""
    if outcome == LoginOutcome.ACCEPTED:
        return STAMPS.get(stamp, "Everything that this kiosk asks for was right.")
    return SUMMARIES.get(reason, "The login was refused.")


def what_helps(reason: str) -> str:
    """What an operator can do about a refusal; empty where there is nothing."""
    return _HELPS.get(reason, "")


def explain(path: Sequence[tuple[str, bool, Facts]]) -> list[ExplainedStep]:
    """Each step of a path, in words.

    A path comes from another machine: facts of a wrong type are left out. Tries are counted as the
    kiosk counts them: anew once the number is known, and a scan that is compared again is none.
    """
    tries: Counter[str] = Counter()
    lines = []
    for what, ok, facts in path:
        if what not in (LoginStepKind.FINGER, LoginStepKind.FACE):
            lines.append(_other(what, ok, facts))
            continue
        when = "Before the number, try" if facts.get("among") == "cache" else "Try"
        again = facts.get("again") is True
        tries[what + when] += not again
        name = "The same scan" if again else f"{when} {tries[what + when]}"
        lines.append(_compared(name, what, ok, facts))
    return lines


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
        parts.append(f"could not be used: {facts['poor']}")
    if facts.get("ambiguous"):
        parts.append("two people are nearly as alike")
    if fmr is not None:
        parts.append(
            f"best {odds(fmr)}" + (f", needs {odds(threshold)}" if threshold and not ok else "")
        )
    if quality is not None:
        parts.append(f"quality {quality:.0f}")
    if facts.get("among"):
        parts.append(
            "compared with all that this kiosk knows"
            if facts["among"] == "cache"
            else "compared with this person's own"
        )
    return ExplainedStep(ok, f"{name} · {_of(what, facts)}", " · ".join(parts))


def _of(what: str, facts: Facts) -> str:
    finger = _number(facts, "finger")
    if what == LoginStepKind.FINGER and finger is not None and int(finger) in set(FingerPosition):
        return FingerPosition(int(finger)).words
    return what


def _other(what: str, ok: bool, facts: Facts) -> ExplainedStep:
    reason = REASONS.get(str(facts.get("reason", "")), "")
    match what:
        case LoginStepKind.NUMBER:
            return ExplainedStep(
                ok, f"Number {facts.get('number', '')} entered", reason if not ok else ""
            )
        case LoginStepKind.BADGE:
            whose = f", of number {facts['number']}" if facts.get("number") else ""
            return ExplainedStep(ok, f"Badge read{whose}", reason if not ok else "")
        case LoginStepKind.DATABASE:
            policy = _POLICIES.get(str(facts.get("policy", "")), "")
            return ExplainedStep(
                ok,
                "Employee database asked" if ok else "Employee database not reached",
                f"policy: {policy}" if policy else "",
            )
        case LoginStepKind.CRITERIA:
            return ExplainedStep(ok, "Valid, active, enrolled?", reason)
        case LoginStepKind.CHALLENGE:
            return ExplainedStep(ok, "Asked to move", str(facts.get("poor", "")))
        case LoginStepKind.MATCH:
            return ExplainedStep(ok, "No match could be made", reason)
        case LoginStepKind.EQUIPMENT:
            return ExplainedStep(ok, "Camera or reader unplugged", "")
        case LoginStepKind.RESET:
            return ExplainedStep(ok, "Session reset", reason)
    return ExplainedStep(ok, what, "")
