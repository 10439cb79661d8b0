"""dlib's frontal face detector (histogram of oriented gradients), the first one asked."""

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.boxes import DETECTION_SIDE, FaceBox, shifted, with_border
from console.biometrics.models import model_path

MAX_FACES = 16
SECOND_PASS_THRESHOLD = -1.0
"""HOG's threshold for pictures in which the first pass found nothing."""


class HogDetector:
    """dlib's detector with one up-sampling. Not thread-safe: use one object per thread."""

    def __init__(self) -> None:
        # the very detector that dlib carries; dlib's own copy is packed, and unpacking takes 0.6 s
        self._hog = dlib.fhog_object_detector.__new__(dlib.fhog_object_detector)
        # by its content: on Windows dlib finds no folder whose name the code page cannot spell
        self._hog.__setstate__((model_path("face_hog").read_bytes(),))

    def detect(self, rgb: NDArray[np.uint8]) -> list[FaceBox]:
        """Return at most 16 faces, the best score first. rgb: uint8 (height, width, 3)."""
        return self._run(rgb, 0.0)

    def detect_with_border(self, rgb: NDArray[np.uint8]) -> list[FaceBox]:
        """Search again with a border round the picture and a much lower threshold.

        Most of these boxes are not faces.
        """
        framed, border = with_border(rgb)
        return [shifted(box, -border) for box in self._run(framed, SECOND_PASS_THRESHOLD)]

    def _run(self, rgb: NDArray[np.uint8], threshold: float) -> list[FaceBox]:
        scale = min(1.0, DETECTION_SIDE / max(rgb.shape[:2]))
        small = (
            cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            if scale < 1
            else rgb
        )
        boxes, scores, _ = self._hog.run(np.ascontiguousarray(small), 1, threshold)
        found = [
            FaceBox(
                left=box.left() / scale,
                top=box.top() / scale,
                side=max(box.width(), box.height()) / scale,
                score=float(score),
            )
            for box, score in zip(boxes, scores, strict=True)
        ]
        return sorted(found, key=lambda face: -face.score)[:MAX_FACES]
