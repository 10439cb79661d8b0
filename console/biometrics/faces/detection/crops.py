"""Square crops round a face, as the nets take them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.landmarks import FaceMesh


def square_crop(
    rgb: NDArray[np.uint8], mesh: FaceMesh, *, scale: float, side: int, roll: float
) -> NDArray[np.uint8]:
    """Return the face and its surroundings, uint8 (side, side, 3), with the roll undone.

    scale: side of the crop in sides of the mesh's bounding box; roll: degrees.
    """
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
