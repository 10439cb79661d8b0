"""From measured values to outcomes: limits, and which gates make others meaningless. Pure, so that a profile can be tried on old photos."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from console.biometrics.faces.quality.profiles import Limits, Profile

BLUR_EXPLAINS = 20.0
"""Blur alone makes a face look as covered as this at most; a mask or a hand goes beyond it."""
BLINK_WARNS = 0.40
"""From here on closed eyes are remarked, whatever the lid gap: of good portraits 99 % stay below 0.36."""
BLINK_CONFIRMS = 0.40
"""Narrow eyes are normal: a small lid gap rejects only when the expression net sees closed eyes too."""
BLINK = "blink"
"""Measured beside the gates: how closed the expression net sees the eyes."""


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105 - an outcome
    WARN = "warn"
    REJECT = "reject"


@dataclass(frozen=True)
class Advice:
    """What to do about a live frame.

    gate: the first of those that do not pass, empty when all do; too_high: on which side; box: left, top, width, height in shares of
    the frame, None without a face."""

    outcome: Outcome
    gate: str
    value: float
    too_high: bool
    box: tuple[float, float, float, float] | None
    eyes: tuple[tuple[float, float], tuple[float, float]] | None


def worst(outcomes: "list[Outcome]") -> Outcome:
    return max(outcomes, key=list(Outcome).index, default=Outcome.PASS)


def judge(value: float, limits: Limits) -> Outcome:
    """Where a value stands between the limits."""
    if _outside(value, limits.reject_below, limits.reject_above):
        return Outcome.REJECT
    return Outcome.WARN if _outside(value, limits.warn_below, limits.warn_above) else Outcome.PASS


def _outside(value: float, low: float | None, high: float | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)


def judge_all(values: Mapping[str, float], profile: Profile) -> dict[str, Outcome]:
    """The outcome of each gate of the profile that was measured.

    Closed eyes may look covered: where the doubt is small they are still remarked, but no reason to reject.
    """
    outcomes = {
        gate: judge(values[gate], limits)
        for gate, limits in profile.gates.items()
        if gate in values
    }
    if "eyes_open" in outcomes and BLINK in values:
        outcomes["eyes_open"] = _eyes(outcomes["eyes_open"], values[BLINK])
    silent = _not_to_be_read(outcomes, values) & outcomes.keys()
    closed = (
        outcomes.get("eyes_open", Outcome.PASS) is not Outcome.PASS
        and values.get("covered", 0.0) < BLUR_EXPLAINS
    )
    outcomes |= dict.fromkeys(silent, Outcome.PASS)
    return outcomes | ({"eyes_open": Outcome.WARN} if closed and "eyes_open" in silent else {})


def _eyes(by_gap: Outcome, blink: float) -> Outcome:
    if by_gap is Outcome.REJECT and blink < BLINK_CONFIRMS:
        return Outcome.WARN
    return Outcome.WARN if by_gap is Outcome.PASS and blink >= BLINK_WARNS else by_gap


def _not_to_be_read(outcomes: Mapping[str, Outcome], values: Mapping[str, float]) -> set[str]:
    """Gates that another one makes meaningless: a blurred face looks covered; a hand has stripes, and a covered face no expression;
    what covers the face colours the brow."""
    silent: set[str] = set()
    if (
        outcomes.get("sharpness", Outcome.PASS) is not Outcome.PASS
        and values.get("covered", 0.0) < BLUR_EXPLAINS
    ):
        silent |= {"covered"}
    elif outcomes.get("covered", Outcome.PASS) is not Outcome.PASS:
        silent |= {"motion", "eyes_open", "mouth", "expression", "headwear"}
    return silent
