"""Where the faces are: dlib's HOG detector."""

from dataclasses import dataclass

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

DETECTION_SIDE = 640
"""Longer side, px, at which detection runs: with one up-sampling HOG then finds faces from 40 px on."""
MAX_FACES = 16
BORDER, SECOND_LOOK = 0.3, -1.0
"""Of the second look: the border as a share of the longer side, and HOG's threshold."""


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
    return np.asarray(cv2.copyMakeBorder(rgb, border, border, border, border, cv2.BORDER_REPLICATE), np.uint8), border


def moved(box: FaceBox, by: float) -> FaceBox:
    """Right and down by so many px."""
    return FaceBox(box.left + by, box.top + by, box.side, box.score)


class HogDetector:
    """dlib's frontal face detector with one up-sampling. Not thread-safe; one object per thread."""

    def __init__(self) -> None:
        self._hog = dlib.get_frontal_face_detector()

    def detect(self, rgb: NDArray[np.uint8]) -> list[FaceBox]:
        """All faces, best score first."""
        return self._run(rgb, 0.0)

    def look_again(self, rgb: NDArray[np.uint8]) -> list[FaceBox]:
        """Where nothing was found: with a border drawn round the picture, and much less to go by. Most of these boxes are no faces."""
        framed, border = with_border(rgb)
        return [moved(box, -border) for box in self._run(framed, SECOND_LOOK)]

    def _run(self, rgb: NDArray[np.uint8], threshold: float) -> list[FaceBox]:
        height, width = rgb.shape[:2]
        scale = min(1.0, DETECTION_SIDE / max(height, width))
        small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else rgb
        boxes, scores, _ = self._hog.run(np.ascontiguousarray(small), 1, threshold)
        found = [
            FaceBox(box.left() / scale, box.top() / scale, max(box.width(), box.height()) / scale, float(score))
            for box, score in zip(boxes, scores, strict=True)
        ]
        return sorted(found, key=lambda face: -face.score)[:MAX_FACES]
