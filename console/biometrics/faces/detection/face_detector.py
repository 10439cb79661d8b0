"""What the face finders ask of a detector."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.boxes import FaceBox


class FaceDetector(Protocol):
    """Finds boxes that may show faces. No box is proof of a face: the mesh net confirms it."""

    def detect(self, rgb: NDArray[np.uint8]) -> list[FaceBox]:
        """Return the boxes, the most certain first. rgb: uint8 (height, width, 3)."""
        ...
