"""Quick search for the faces of a camera frame: one detector only, as the next frame comes soon."""

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.blazeface_detector import BlazeFaceDetector
from console.biometrics.faces.detection.landmarks import FACE_FLAG, Landmarker, LocatedFace


class QuickFaceFinder:
    """Holds two nets. Not thread-safe."""

    def __init__(self) -> None:
        self.landmarker = Landmarker()
        self._detector = BlazeFaceDetector()

    def find(self, rgb: NDArray[np.uint8]) -> list[LocatedFace]:
        """Return the largest face first; empty without a face. rgb: uint8 (height, width, 3)."""
        located = [
            LocatedFace(box, self.landmarker.locate(rgb, box))
            for box in self._detector.detect_quickly(rgb)
        ]
        faces = [one for one in located if one.mesh.flag > FACE_FLAG]
        return sorted(faces, key=lambda one: -one.box.side)
