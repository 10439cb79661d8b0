"""Where the faces are: dlib's HOG detector."""

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.boxes import DETECTION_SIDE, FaceBox, moved, with_border

MAX_FACES = 16
SECOND_LOOK = -1.0
"""HOG's threshold there."""


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
        small = (
            cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            if scale < 1
            else rgb
        )
        boxes, scores, _ = self._hog.run(np.ascontiguousarray(small), 1, threshold)
        found = [
            FaceBox(
                box.left() / scale,
                box.top() / scale,
                max(box.width(), box.height()) / scale,
                float(score),
            )
            for box, score in zip(boxes, scores, strict=True)
        ]
        return sorted(found, key=lambda face: -face.score)[:MAX_FACES]
