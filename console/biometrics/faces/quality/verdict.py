"""What screening says of one photo."""

import math
from dataclasses import dataclass, field

import numpy as np

from console.biometrics.faces.quality.profiles import GateBounds
from console.domain.screening import GateOutcome

Eyes = tuple[tuple[float, float], tuple[float, float]]
"""(x, y) of both eyes, fractions of the picture's width and height."""
SCORE_RANKS = ((0.0, 0.97, 1.26, 2.09, 3.03), (0.0, 0.05, 0.2, 0.6, 1.0))
SHARPNESS_RANKS = ((10.0, 35.0, 42.0, 60.0, 100.0), (0.0, 0.05, 0.2, 0.6, 1.0))
ANGLE_RANKS = ((0.0, 5.0, 12.0, 20.0, 35.0), (1.0, 0.7, 0.3, 0.05, 0.0))
"""(values, ranks among good portraits) between which a rank is interpolated."""

FULL_CLARITY = 100.0
"""Hardly any face is clearer."""
SURE_SCORE, DOUBT_WEIGHT = 2.0, 0.1
"""What HOG does not see as frontal (portraits have 2.1) may still have a long vector.

Each unit that its score lacks counts like a vector that is a tenth shorter.
"""


@dataclass(frozen=True)
class PictureRegion:
    """A rectangle in fractions (0 to 1) of the picture's width and height."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class GateResult:
    """The outcome of one gate. region: the part of the picture that it speaks of."""

    gate: str
    outcome: GateOutcome
    value: float
    limits: GateBounds
    region: PictureRegion | None = None


@dataclass(frozen=True)
class Verdict:
    """What screening says of one photo.

    outcome: the worst of all gates; quality: 0 to 1, for ranking the photos of one person;
    face: the bounding box of the mesh; eyes: their centres;
    quarter_turns: the picture had to be turned by so many, counter-clockwise, to stand upright; all
    places are those of the turned picture;
    values: everything that was measured, so that another profile can be tried on it.
    """

    outcome: GateOutcome
    gates: tuple[GateResult, ...]
    quality: float
    profile: str
    profile_version: int
    face: PictureRegion | None = None
    eyes: Eyes | None = None
    quarter_turns: int = 0
    values: dict[str, float] = field(default_factory=dict)


def photo_quality(score: float, sharpness: float, angle: float, clarity: float | None) -> float:
    """Return how well a photo can be compared, 0 to 1. FNMR falls as it rises.

    score: of the HOG detector; sharpness: see measures.sharpness; angle: degrees off frontal;
    clarity: see recogniser.Embedding; where a net has none, the worst of the other three decides,
    each as a rank among good portraits.
    """
    if clarity is not None:
        doubt = max(0.0, SURE_SCORE - score)
        return min(1.0, clarity / FULL_CLARITY * math.exp(-DOUBT_WEIGHT * doubt))
    ranks = (
        np.interp(score, *SCORE_RANKS),
        np.interp(sharpness, *SHARPNESS_RANKS),
        np.interp(angle, *ANGLE_RANKS),
    )
    return float(min(ranks))
