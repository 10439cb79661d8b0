"""Boxes round faces, as detectors give them."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

DETECTION_SIDE = 640
"""Longer side, px, at which detection runs: with one up-sampling HOG then finds faces from 40 px on."""
BORDER = 0.3
"""Of a second look, as a share of the longer side."""


@dataclass(frozen=True)
class FaceBox:
    """A detected face: its square box in picture pixels and HOG's score (threshold 0)."""

    left: float
    top: float
    side: float
    score: float

    @property
    def centre(self) -> tuple[float, float]:
        return self.left + self.side / 2, self.top + self.side / 2


def overlap(a: FaceBox, b: FaceBox) -> float:
    """Intersection over union, 0 to 1."""
    width = min(a.left + a.side, b.left + b.side) - max(a.left, b.left)
    height = min(a.top + a.side, b.top + b.side) - max(a.top, b.top)
    common = max(0.0, width) * max(0.0, height)
    return common / max(a.side**2 + b.side**2 - common, 1e-9)


def with_border(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int]:
    """The picture with its edge drawn out on all sides, and how wide: detectors miss faces that fill a picture."""
    border = int(BORDER * max(rgb.shape[:2]))
    return np.asarray(
        cv2.copyMakeBorder(rgb, border, border, border, border, cv2.BORDER_REPLICATE), np.uint8
    ), border


def moved(box: FaceBox, by: float) -> FaceBox:
    """Right and down by so many px."""
    return FaceBox(box.left + by, box.top + by, box.side, box.score)
