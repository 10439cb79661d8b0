"""Where the faces are: dlib's HOG detector."""

from dataclasses import dataclass

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

DETECTION_SIDE = 640
"""Longer side, px, at which detection runs: with one up-sampling HOG then finds faces from 40 px on."""
MAX_FACES = 16


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


class HogDetector:
    """dlib's frontal face detector with one up-sampling. Not thread-safe; one object per thread."""

    def __init__(self) -> None:
        self._hog = dlib.get_frontal_face_detector()

    def detect(self, rgb: NDArray[np.uint8]) -> list[FaceBox]:
        """All faces, best score first."""
        height, width = rgb.shape[:2]
        scale = min(1.0, DETECTION_SIDE / max(height, width))
        small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else rgb
        boxes, scores, _ = self._hog.run(np.ascontiguousarray(small), 1, 0.0)
        found = [
            FaceBox(box.left() / scale, box.top() / scale, max(box.width(), box.height()) / scale, float(score))
            for box, score in zip(boxes, scores, strict=True)
        ]
        return sorted(found, key=lambda face: -face.score)[:MAX_FACES]
