"""From measured values to outcomes of gates. Pure, so that a profile can be tried on old photos."""

from collections.abc import Mapping, Sequence

from console.biometrics.faces.quality.profiles import GateBounds, ScreeningProfile
from console.domain.screening import GateOutcome

MAX_BLUR_COVERING = 20.0
"""Blur alone makes a face look covered up to this value; a mask or a hand exceeds it."""
MAX_GRAIN_COVERING = 40.0
"""The same for heavy grain."""
BLINK_WARNS = 0.40
"""From here closed eyes warn, whatever the lid gap: 99 % of good portraits stay below 0.36."""
BLINK_CONFIRMS = 0.40
"""Narrow eyes are normal: a small lid gap rejects only if the expression net sees closed eyes."""
BLINK_DOUBTS = 0.30
"""Below it the net sees open eyes, and a small lid gap says nothing."""
SHARP_EYE_DISTANCE = 51.0
"""A smaller face was scaled up to be measured: it looks blurred however sharp it is."""
BLINK = "blink"
"""Measured besides the gates: how closed the expression net sees the eyes, 0 to 1."""


def worst_outcome(outcomes: Sequence[GateOutcome]) -> GateOutcome:
    """Return the worst of the outcomes; PASS without any."""
    return max(outcomes, key=list(GateOutcome).index, default=GateOutcome.PASS)


def judge(value: float, bounds: GateBounds) -> GateOutcome:
    """Return where a value lies; a value equal to a bound is inside it."""
    if _outside(value, bounds.reject_below, bounds.reject_above):
        return GateOutcome.REJECT
    outside = _outside(value, bounds.warn_below, bounds.warn_above)
    return GateOutcome.WARN if outside else GateOutcome.PASS


def _outside(value: float, low: float | None, high: float | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)


def judge_all(values: Mapping[str, float], profile: ScreeningProfile) -> dict[str, GateOutcome]:
    """Return the outcome of each gate of the profile that was measured.

    values: name of a gate (and BLINK) -> measured value. Closed eyes and an open mouth may look
    covered; where that doubt is small they still warn, but do not reject.
    """
    outcomes = {
        gate: judge(values[gate], bounds)
        for gate, bounds in profile.gates.items()
        if gate in values
    }
    if "eyes_open" in outcomes and BLINK in values:
        outcomes["eyes_open"] = _judge_eyes(outcomes["eyes_open"], values[BLINK])
    meaningless = _meaningless_gates(outcomes, values) & outcomes.keys()
    slight = values.get("covered", 0.0) < MAX_BLUR_COVERING
    still_told = {
        gate: GateOutcome.WARN
        for gate in meaningless & {"eyes_open", "mouth"}
        if slight and outcomes[gate] is not GateOutcome.PASS
    }
    return outcomes | dict.fromkeys(meaningless, GateOutcome.PASS) | still_told


def _judge_eyes(by_gap: GateOutcome, blink: float) -> GateOutcome:
    if blink < BLINK_DOUBTS:
        return GateOutcome.PASS
    if by_gap is GateOutcome.REJECT and blink < BLINK_CONFIRMS:
        return GateOutcome.WARN
    return GateOutcome.WARN if by_gap is GateOutcome.PASS and blink >= BLINK_WARNS else by_gap


def _meaningless_gates(
    outcomes: Mapping[str, GateOutcome], values: Mapping[str, float]
) -> set[str]:
    """Gates that the outcome of another one makes meaningless.

    A blurred or grainy face looks covered, and one that is too small looks blurred. A hand in front
    of a face has stripes of its own, hides the expression, and changes the colour of the forehead.
    """
    passed = GateOutcome.PASS
    small = outcomes.get("eye_distance", passed) is GateOutcome.REJECT
    if small and values["eye_distance"] < SHARP_EYE_DISTANCE and "sharpness" in outcomes:
        others = {gate: one for gate, one in outcomes.items() if gate != "eye_distance"}
        return {"sharpness"} | _meaningless_gates(others, values)
    grainy = outcomes.get("noise", passed) is not passed
    if grainy and values.get("covered", 0.0) < MAX_GRAIN_COVERING:
        return {"covered", "motion", "headwear"}
    blurred = outcomes.get("sharpness", passed) is not passed
    if blurred and values.get("covered", 0.0) < MAX_BLUR_COVERING:
        return {"covered"}
    if outcomes.get("covered", passed) is not passed:
        return {"motion", "eyes_open", "mouth", "expression", "headwear"}
    return set()
