"""Whether there is a face at all, by MediaPipe's older mesh net.

Its opinion is independent of the flag that the newer mesh net gives (landmarks.py).
"""

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.crops import square_crop
from console.biometrics.faces.detection.landmarks import FaceMesh
from console.biometrics.models import load_session

SIDE, CROP_SCALE = 192, 1.5
"""Side of the net's input, px, and of the crop in sides of the face."""


class FacePresenceNet:
    """Holds the net. Not thread-safe: use one object per worker process."""

    def __init__(self) -> None:
        self._net = load_session("face_presence")
        self._input = self._net.get_inputs()[0].name

    def logit(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> float:
        """Return the logit that this mesh lies on a face.

        Good portraits mostly have more than 20, half-hidden faces a few, other things less than 0.
        """
        crop = square_crop(rgb, mesh, scale=CROP_SCALE, side=SIDE, roll=mesh.roll)
        outputs = self._net.run(None, {self._input: crop[None].astype(np.float32) / 255})
        return float(next(np.ravel(output)[0] for output in outputs if np.size(output) == 1))
