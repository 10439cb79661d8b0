"""Whether there is a face at all, by MediaPipe's older mesh net: an opinion of its own beside the flag of the newer one."""

import cv2
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.landmarks import FaceMesh
from console.biometrics.models import load_session

SIDE, CROP = 192, 1.5


class PresenceNet:
    """Not thread-safe; one object per worker process."""

    def __init__(self) -> None:
        self._net = load_session("face_presence")
        self._input = self._net.get_inputs()[0].name

    def logit(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> float:
        """That this mesh lies on a face: most above 20 for good portraits, a few for half hidden faces, below 0 for other things."""
        crop = square_crop(rgb, mesh, CROP, SIDE, mesh.roll)
        outputs = self._net.run(None, {self._input: crop[None].astype(np.float32) / 255})
        return float(next(np.ravel(output)[0] for output in outputs if np.size(output) == 1))


def square_crop(
    rgb: NDArray[np.uint8], mesh: FaceMesh, scale: float, side: int, roll: float
) -> NDArray[np.uint8]:
    """The face with as much around it, turned upright by roll (degrees)."""
    left, top, right, bottom = mesh.bounds
    reach = scale * max(right - left, bottom - top)
    centre = ((left + right) / 2, (top + bottom) / 2)
    shrink = min(1.0, 2 * side / max(reach, 1.0))
    if shrink < 1:
        rgb = np.asarray(
            cv2.resize(rgb, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8
        )
    centre = (centre[0] * shrink, centre[1] * shrink)
    warp = np.asarray(
        cv2.getRotationMatrix2D(centre, roll, side / max(reach * shrink, 1.0)), np.float64
    )
    warp[:, 2] = warp[:, 2] + side / 2 - np.asarray(centre)
    return np.asarray(cv2.warpAffine(rgb, warp, (side, side), flags=cv2.INTER_LINEAR), np.uint8)
