"""What a person in front of a camera should do better now. Plain data, for windows."""

from dataclasses import dataclass

from console.domain.screening import GateOutcome


@dataclass(frozen=True)
class LiveAdvice:
    """What to do about one camera frame.

    gate: the most important gate that does not pass, empty when all do; value: what it measured;
    too_high: the value is above its limits, not below them; box: (left, top, width, height) of
    the face, None without one; eyes: (x, y) of both. Places are fractions of the frame, 0 to 1.
    """

    outcome: GateOutcome
    gate: str
    value: float
    too_high: bool
    box: tuple[float, float, float, float] | None
    eyes: tuple[tuple[float, float], tuple[float, float]] | None
