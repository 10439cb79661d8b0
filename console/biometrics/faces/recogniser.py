"""A face as a vector: MobileFaceNet on five aligned points, photo and mirror image in one batch."""

import cv2
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.landmarks import LEFT_EYE, MOUTH_CORNERS, NOSE_TIP, RIGHT_EYE, FaceMesh
from console.biometrics.faces.vectors import unit
from console.biometrics.models import load_session

SIDE = 112
REFERENCE_POINTS = np.array(
    [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)], np.float32
)
"""Eyes, nose tip and mouth corners in the 112 px chip that the net was trained on."""


class CannotAlign(Exception):
    """The five points do not determine a similarity transform."""


class FaceRecogniser:
    """Turns a located face into a unit vector, float32 (192,)."""

    def __init__(self) -> None:
        self._net = load_session("face_recogniser")

    def embed(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> NDArray[np.float32]:
        """Raises CannotAlign."""
        xy = mesh.points[:, :2]
        points = np.stack([xy[list(LEFT_EYE)].mean(axis=0), xy[list(RIGHT_EYE)].mean(axis=0), xy[NOSE_TIP], *xy[list(MOUTH_CORNERS)]])
        warp, _ = cv2.estimateAffinePartial2D(points, REFERENCE_POINTS, method=cv2.LMEDS)
        if warp is None:
            raise CannotAlign
        shrink = min(1.0, 2 * float(np.hypot(warp[0, 0], warp[1, 0])))
        if shrink < 1:
            rgb = cv2.resize(rgb, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA).astype(np.uint8)
            warp[:, :2] = warp[:, :2] / shrink
        chip = cv2.warpAffine(rgb, warp, (SIDE, SIDE), flags=cv2.INTER_LINEAR)
        batch = (np.stack([chip, chip[:, ::-1]]).astype(np.float32) - 127.5) / 128
        photo, mirror = self._net.run(None, {"input": batch})[0]
        return unit(unit(photo) + unit(mirror))
