"""The recogniser that ships: MobileFaceNet on an aligned face and its mirror image."""

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.landmarks import FaceMesh
from console.biometrics.faces.recognition.alignment import aligned
from console.biometrics.faces.recognition.recogniser import Embedding
from console.biometrics.faces.recognition.vectors import unit
from console.biometrics.models import load_session

MEAN, SCALE = 127.5, 128.0
"""The net's input is (x - mean) / scale."""


class ShippedRecogniser:
    """Holds the net. Not thread-safe."""

    def __init__(self) -> None:
        self._net = load_session("face_recogniser")

    def embed(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> Embedding:
        """Return a vector of 192 values with its clarity. Raises AlignmentError."""
        chip = aligned(rgb, mesh)
        batch = (np.stack([chip, chip[:, ::-1]]).astype(np.float32) - MEAN) / SCALE
        photo, mirror = self._net.run(None, {"input": batch})[0]
        clarity = float(np.linalg.norm(photo) + np.linalg.norm(mirror)) / 2
        return Embedding(unit(unit(photo) + unit(mirror)), clarity)
