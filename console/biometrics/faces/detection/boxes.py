"""Square boxes round faces, as all detectors return them."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

DETECTION_SIDE = 640
"""Longer side, px, at which detectors run: with one up-sampling HOG then finds faces from 40 px."""
BORDER = 0.3
"""Width of the added border, as a fraction of the picture's longer side."""
JUST_FOUND = 0.0
"""The score of boxes from detectors other than HOG, on HOG's scale."""


@dataclass(frozen=True)
class FaceBox:
    """A square round a face, in pixels of the picture.

    left, top: the upper left corner; side: its length; score: on HOG's scale, whose threshold is 0.
    """

    left: float
    top: float
    side: float
    score: float

    @property
    def centre(self) -> tuple[float, float]:
        """(x, y), px."""
        return self.left + self.side / 2, self.top + self.side / 2


def overlap(a: FaceBox, b: FaceBox) -> float:
    """Return intersection over union, 0 to 1."""
    width = min(a.left + a.side, b.left + b.side) - max(a.left, b.left)
    height = min(a.top + a.side, b.top + b.side) - max(a.top, b.top)
    common = max(0.0, width) * max(0.0, height)
    return common / max(a.side**2 + b.side**2 - common, 1e-9)


def with_border(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int]:
    """Return the picture with its edge pixels repeated outwards, and the border's width in px.

    Detectors miss faces that fill a picture.
    """
    border = int(BORDER * max(rgb.shape[:2]))
    framed = cv2.copyMakeBorder(rgb, border, border, border, border, cv2.BORDER_REPLICATE)
    return np.asarray(framed, np.uint8), border


def shifted(box: FaceBox, by: float) -> FaceBox:
    """Return the box moved right and down by as many px."""
    return FaceBox(box.left + by, box.top + by, box.side, box.score)
