"""Whether the colours are those of a face by daylight or lamp: no grey picture, no cast."""

import cv2
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.landmarks import FaceMesh

SKIN_POINTS = (50, 280, 205, 425, 151, 9)
"""Cheeks and forehead."""
GREY_CHROMA = 6.0
"""Lab units: the skin of a colour photo has more."""
SKIN_HUE = (12.0, 82.0)
"""Degrees in the a, b plane between which skin of every tone lies by common light."""


def skin_lab(rgb: NDArray[np.uint8], mesh: FaceMesh) -> NDArray[np.float64]:
    """(3,): lightness 0 to 100, a, b: medians of the cheeks and the forehead."""
    reach = max(1, int(0.08 * mesh.eye_distance))
    patches = []
    for point in SKIN_POINTS:
        x, y = mesh.points[point, :2].astype(int)
        patch = rgb[max(0, y - reach) : max(0, y + reach), max(0, x - reach) : max(0, x + reach)]
        patches.append(patch.reshape(-1, 3))
    pixels = np.concatenate(patches)
    if not len(pixels):
        return np.array([50.0, 10.0, 15.0])
    lab = cv2.cvtColor((pixels[None].astype(np.float32) / 255), cv2.COLOR_RGB2LAB)[0]
    return np.asarray(np.median(lab, axis=0), np.float64)


def colour_error(rgb: NDArray[np.uint8], mesh: FaceMesh) -> float:
    """0 for skin colours; otherwise how far away they are: degrees of hue, or for a grey picture 90."""
    _, a, b = skin_lab(rgb, mesh)
    if np.hypot(a, b) < GREY_CHROMA:
        return 90.0
    hue = float(np.degrees(np.arctan2(b, a)))
    low, high = SKIN_HUE
    return max(0.0, low - hue, hue - high)
