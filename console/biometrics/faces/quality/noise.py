"""How grainy a picture is where a face is smooth: on the cheeks and the forehead."""

import cv2
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.landmarks import FaceMesh
from console.biometrics.faces.quality.skin_colour import SKIN_POINTS

NOISE_EYE_DISTANCE = 64.0
"""Pixels; a larger face is scaled down to it, as grain that vanishes then does no harm."""
REACH = 0.16
"""Half the side of a patch, in eye distances."""
KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
"""Blind to edges and slopes, after J. Immerkær, CVIU 64 (1996); noise of sigma 1 gives sigma 6."""
KERNEL_GAIN = 6.0


def noise_level(rgb: NDArray[np.uint8], mesh: FaceMesh) -> float:
    """Return the standard deviation of the grain, grey levels, as the calmest patches have it."""
    scale = min(1.0, NOISE_EYE_DISTANCE / max(mesh.eye_distance, 1.0))
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    response = cv2.filter2D(small.astype(np.float32), -1, KERNEL)
    reach = max(3, int(REACH * mesh.eye_distance * scale))
    levels = []
    for point in SKIN_POINTS:
        x, y = (mesh.points[point, :2] * scale).astype(int)
        patch = response[
            max(0, y - reach) : max(0, y + reach), max(0, x - reach) : max(0, x + reach)
        ]
        if patch.size:
            levels.append(1.4826 * float(np.median(np.abs(patch))) / KERNEL_GAIN)
    return float(np.median(levels)) if levels else 0.0
