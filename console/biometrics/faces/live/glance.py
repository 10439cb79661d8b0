"""The faces of a live frame by the quickest detector alone, as the next frame comes at once."""

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.landmarks import FACE_FLAG, Found, Landmarker
from console.biometrics.faces.detection.second_detector import BlazeDetector


class GlanceFinder:
    """Holds two nets. Not thread-safe."""

    def __init__(self) -> None:
        self.landmarker = Landmarker()
        self._detector = BlazeDetector()

    def find(self, rgb: NDArray[np.uint8]) -> list[Found]:
        """The main face first; empty when there is none."""
        seen = [Found(box, self.landmarker.locate(rgb, box)) for box in self._detector.glance(rgb)]
        return sorted(
            (one for one in seen if one.mesh.flag > FACE_FLAG), key=lambda one: -one.box.side
        )
