"""An active challenge: turn the head, blink. It deters someone holding up a photo.

It is no proof of life, and nothing here claims that. Pure: fed with what each frame shows.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

MIN_TURN = 14.0
"""Degrees away from the first frames. The yaw of a photo that is turned changes less."""
SHUT, OPEN = 0.45, 0.30
"""How closed the expression net sees the eyes when they are shut, and when they are open again."""
REFERENCE_FRAMES = 3
"""Frames that show how the head is held at the beginning."""


class ChallengeStep(StrEnum):
    """One thing that a person is asked to do."""

    LEFT = "left"
    RIGHT = "right"
    BLINK = "blink"


@dataclass(frozen=True)
class Challenge:
    """The state of a challenge.

    steps: still to be done, in this order; first_yaws: degrees, of the first frames;
    shut: the eyes have been shut since the present step began.
    """

    steps: tuple[ChallengeStep, ...]
    first_yaws: tuple[float, ...] = ()
    shut: bool = False

    @property
    def done(self) -> bool:
        """Whether all steps are done."""
        return not self.steps

    @property
    def current_step(self) -> ChallengeStep | None:
        """The step to do now; None when all are done."""
        return self.steps[0] if self.steps else None

    def after_frame(self, yaw: float, blink: float) -> "Challenge":
        """Return the state after one more frame.

        yaw: degrees, positive to the person's left, as measures.yaw_pitch gives it; blink: 0 to 1.
        """
        if len(self.first_yaws) < REFERENCE_FRAMES:
            return replace(self, first_yaws=(*self.first_yaws, yaw))
        start = sorted(self.first_yaws)[REFERENCE_FRAMES // 2]
        match self.current_step:
            case ChallengeStep.LEFT if yaw - start >= MIN_TURN:
                return self._next()
            case ChallengeStep.RIGHT if start - yaw >= MIN_TURN:
                return self._next()
            case ChallengeStep.BLINK if self.shut and blink <= OPEN:
                return self._next()
            case ChallengeStep.BLINK if blink >= SHUT:
                return replace(self, shut=True)
        return self

    def _next(self) -> "Challenge":
        return replace(self, steps=self.steps[1:], shut=False)
