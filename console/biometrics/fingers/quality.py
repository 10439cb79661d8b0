"""How good a scan is, 0 to 100, and what to do about a poor one.

The value grows with what predicts a match: how sure the minutiae network is of what it found,
summed over the finger (docs/fingers.md). It knows nothing of grey levels, margins or resolution,
which describe the reader. The reason looks at how the skin touches the glass.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from console.biometrics.fingers.minutiae import Minutiae
from console.biometrics.fingers.ridges import (
    RIDGES,
    TRACE,
    Image,
    RidgeMap,
    ridge_level,
    ridge_map,
)
from console.domain.fingers import QUALITY_GOOD, QUALITY_LEAST
from console.domain.language import msgid

ACCEPT, WARN = QUALITY_GOOD, QUALITY_LEAST
FINGER_BLOCKS = 9
"""Blocks with a trace of ridges; fewer are not a finger, but it may be smudged beyond that."""
SMEAR_CONTRAST = 8.0
"""Grey levels of standard deviation that an empty glass does not have."""
DOUBTFUL = 60
"""The network's confidence, 0 to 100, up to which a minutia says nothing about the scan."""
HALF_WAY = 18.7
"""Certain minutiae that make half of the value; 9.6 make a usable scan, 16 a good one."""
PER_BLOCK = 0.14
"""Certain minutiae in a block of ridges: the median of each published set is 0.12 to 0.15."""
PART_BLOCKS, WHOLE_BLOCKS = 110, 190
"""Blocks of skin, 0.66 mm2 each: up to the first a scan shows a part of a finger; below the second
the value falls, as a later print may show another part."""
CUT, FREE = 0.5, 0.2
"""Parts of the finger's breadth at one edge of the picture, and at the opposite one, from which and
up to which it lies off the centre."""
WET, DRY = 0.49, 0.62
"""How light the skin is between ridges (0) and valleys (1): darker is wet, lighter is dry."""


class QualityReason(StrEnum):
    """Why a scan is not better."""

    NONE = ""
    NO_FINGER = "no_finger"
    PARTIAL = "partial"
    OFF_CENTRE = "off_centre"
    TOO_DRY = "too_dry"
    TOO_WET = "too_wet"
    SMUDGED = "smudged"


HINTS = {
    QualityReason.NONE: "",
    QualityReason.NO_FINGER: msgid("Put a finger on the reader."),
    QualityReason.PARTIAL: msgid("Lay the finger down flat, so that more of it touches the glass."),
    QualityReason.OFF_CENTRE: msgid("Move the finger to the middle of the glass."),
    QualityReason.TOO_DRY: msgid("The finger is dry. Breathe on it, or press a little harder."),
    QualityReason.TOO_WET: msgid("The finger is wet. Dry it, or press less."),
    QualityReason.SMUDGED: msgid("Hold still, and wipe the glass if it is smeared."),
}


@dataclass(frozen=True)
class ScanQuality:
    """How good a scan is. value: 0 to 100; features: what it was computed from."""

    value: int
    reason: QualityReason
    features: dict[str, float]

    @property
    def hint(self) -> str:
        """What to do about it; empty for a good scan."""
        return HINTS[self.reason]


def quick_quality(image: Image) -> ScanQuality:
    """Return the quality that the picture alone promises, in some milliseconds.

    image: uint8 (height, width) at 500 dpi, dark ridges on light ground.
    """
    seen = ridge_map(image)
    return _judged(image, seen, PER_BLOCK * seen.blocks(RIDGES))


def full_quality(image: Image, found: Minutiae) -> ScanQuality:
    """Return the quality by the minutiae that were found in the picture."""
    excess = np.maximum(found.quality.astype(np.float64) - DOUBTFUL, 0) / (100 - DOUBTFUL)
    return _judged(image, ridge_map(image), float(excess.sum()))


def _judged(image: Image, seen: RidgeMap, certain: float) -> ScanQuality:
    """certain: minutiae, each counted by how sure the network is of it, 0 to 1."""
    if seen.blocks(TRACE) < FINGER_BLOCKS and seen.contrast < SMEAR_CONTRAST:
        return ScanQuality(0, QualityReason.NO_FINGER, {})
    whole = min(1.0, float(seen.touched.sum()) / WHOLE_BLOCKS)
    value = max(1, round(100 * whole * (1 - math.pow(2, -certain / HALF_WAY))))
    features = {
        "certain": certain,
        "skin": float(seen.touched.sum()),
        "ridges": float(seen.blocks(RIDGES)),
        "level": ridge_level(image, seen.touched),
    }
    reason = QualityReason.NONE if value >= ACCEPT else _reason(seen.touched, features)
    return ScanQuality(value, reason, features)


def _reason(skin: NDArray[np.bool_], features: dict[str, float]) -> QualityReason:
    """What a poor scan lacks: skin on the glass, or ridges on the skin."""
    if features["skin"] < WHOLE_BLOCKS and _runs_out(skin):
        return QualityReason.OFF_CENTRE
    if features["skin"] < PART_BLOCKS:
        return QualityReason.PARTIAL
    if features["level"] > DRY:
        return QualityReason.TOO_DRY
    return QualityReason.TOO_WET if features["level"] < WET else QualityReason.SMUDGED


def _runs_out(skin: NDArray[np.bool_]) -> bool:
    """Whether the finger leaves the picture at one edge, with room at the opposite one."""
    for lines in (skin, skin.T):
        breadths = lines.sum(axis=1)
        widest = max(1, breadths.max())
        ends = sorted((breadths[0] / widest, breadths[-1] / widest))
        if ends[0] <= FREE and ends[1] >= CUT:
            return True
    return False
