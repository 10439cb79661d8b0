"""Why was I refused? A decision path in words: what was tried, what came of it, what it would have needed. N9."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.domain.fingers import FingerPosition
from console.domain.login_events import Outcome, Reason, Stamp
from console.domain.texts import ERR_NOT_ACTIVE, ERR_NOT_ENROLLED, ERR_NOT_VALID, HELP

Facts = Mapping[str, Any]

SUMMARIES: dict[str, str] = {
    Reason.NOT_VALID: "Nobody has the number that was entered.",
    Reason.NOT_ACTIVE: "The person is not active in the employee database.",
    Reason.NOT_ENROLLED: "The person has not enrolled the face or finger that this kiosk asks for.",
    Reason.OTHER_NUMBER: "The number that was entered belongs to somebody else than the face or finger.",
    Reason.FINGER: "The finger was read, but matched none of the fingers that are enrolled for this number.",
    Reason.FACE: "The face did not match the one that is enrolled for this number.",
    Reason.DATABASE: "The employee database could not be reached, and the settings of this kiosk allow no login then.",
    Reason.CANNOT_MATCH: "A match is always required here, and the camera or reader for it was not connected.",
    Reason.LEFT: "The person went away, or took too long.",
}
STAMPS: dict[str, str] = {
    Stamp.OFFLINE: "The database could not be reached; the kiosk knew the person and went by the last status it had.",
    Stamp.NUMBER_ONLY: "The database could not be reached; the number alone was taken, as the settings say.",
    Stamp.UNVERIFIED: "The database could not be reached, and the kiosk did not know the number; it was taken, as the settings say.",
    Stamp.NO_MATCH_POSSIBLE: "No match could be made, so the number alone was taken, as the settings say.",
}
REASONS: dict[str, str] = {
    Reason.NOT_VALID: ERR_NOT_VALID, Reason.NOT_ACTIVE: ERR_NOT_ACTIVE, Reason.NOT_ENROLLED: ERR_NOT_ENROLLED,
    Reason.OTHER_NUMBER: "Number of somebody else", Reason.FINGER: "Finger did not match", Reason.FACE: "Face did not match",
    Reason.DATABASE: "Database away", Reason.CANNOT_MATCH: "No camera or reader", Reason.LEFT: "Left or too slow",
}  # fmt: skip
"""In the log, in a few words."""
_HELPS: dict[str, str] = {
    Reason.NOT_VALID: HELP[ERR_NOT_VALID],
    Reason.NOT_ACTIVE: HELP[ERR_NOT_ACTIVE],
    Reason.NOT_ENROLLED: HELP[ERR_NOT_ENROLLED],
    Reason.FINGER: "Clean the finger and the sensor, lay it down flat; or enrol the finger again.",
    Reason.FACE: "Avoid strong light from behind, step closer; or enrol the face again.",
    Reason.DATABASE: "Look why the service cannot be reached. Under Kiosks you decide what is allowed meanwhile.",
    Reason.CANNOT_MATCH: "Connect the camera or reader at the kiosk.",
}
_POLICIES = {
    "always": "match always",
    "when_available": "match while the database is up",
    "not_required": "no match needed",
}


@dataclass(frozen=True)
class Line:
    ok: bool
    title: str
    detail: str


def odds(chance: float) -> str:
    """For example “1 in 10,000 by chance”, with two digits that count."""
    if chance <= 0:
        return "less than can be measured"
    whole = round(1 / chance)
    return f"1 in {round(whole, 2 - len(str(whole))):,} by chance"


def summary(outcome: str, reason: str, stamp: str) -> str:
    if outcome == Outcome.ACCEPTED:
        return STAMPS.get(stamp, "Everything that this kiosk asks for was right.")
    return SUMMARIES.get(reason, "The login was refused.")


def what_helps(reason: str) -> str:
    return _HELPS.get(reason, "")


def explain(path: Sequence[tuple[str, bool, Facts]]) -> list[Line]:
    """Each step of a path, in words. Facts that are not what they should be are left out: a path comes from another machine."""
    tries = {"finger": 0, "face": 0}
    lines = []
    for what, ok, facts in path:
        if what in tries:
            tries[what] += 1
            lines.append(_compared(what, ok, facts, tries[what]))
        else:
            lines.append(_other(what, ok, facts))
    return lines


def _number(facts: Facts, name: str) -> float | None:
    value = facts.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _compared(what: str, ok: bool, facts: Facts, number: int) -> Line:
    chance, threshold, quality = (
        _number(facts, "chance"),
        _number(facts, "threshold"),
        _number(facts, "quality"),
    )
    parts = []
    if facts.get("poor"):
        parts.append(f"could not be used: {facts['poor']}")
    if facts.get("ambiguous"):
        parts.append("two people are nearly as alike")
    if chance is not None:
        parts.append(
            f"best {odds(chance)}" + (f", needs {odds(threshold)}" if threshold and not ok else "")
        )
    if quality is not None:
        parts.append(f"quality {quality:.0f}")
    if facts.get("among"):
        parts.append(
            "compared with all that this kiosk knows"
            if facts["among"] == "cache"
            else "compared with this person's own"
        )
    return Line(ok, f"Try {number} · {_of(what, facts)}", " · ".join(parts))


def _of(what: str, facts: Facts) -> str:
    finger = _number(facts, "finger")
    if what == "finger" and finger is not None and int(finger) in set(FingerPosition):
        return FingerPosition(int(finger)).words
    return what


def _other(what: str, ok: bool, facts: Facts) -> Line:
    reason = REASONS.get(str(facts.get("reason", "")), "")
    match what:
        case "number":
            return Line(ok, f"Number {facts.get('number', '')} entered", reason if not ok else "")
        case "database":
            policy = _POLICIES.get(str(facts.get("policy", "")), "")
            return Line(
                ok,
                "Employee database asked" if ok else "Employee database not reached",
                f"policy: {policy}" if policy else "",
            )
        case "criteria":
            return Line(ok, "Valid, active, enrolled?", reason)
        case "challenge":
            return Line(ok, "Asked to move", str(facts.get("poor", "")))
        case "match":
            return Line(ok, "No match could be made", reason)
        case "equipment":
            return Line(ok, "Camera or reader unplugged", "")
        case "reset":
            return Line(ok, "Session reset", reason)
    return Line(ok, what, "")
