"""Whether something covers the forehead. This only warns: headwear never rejects a photo."""

import cv2
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.landmarks import FaceMesh
from console.biometrics.faces.quality.skin_colour import to_lab

FOREHEAD_OUTLINE = (103, 67, 109, 10, 338, 297, 332, 334, 296, 336, 9, 107, 66, 105)
"""Mesh points round the forehead: along the hair line, and back above the brows."""
CHEEKS = (50, 280, 205, 425, 101, 330)
SKIN_SPREAD = (16.0, 7.0, 7.0)
"""Lab units (lightness, a, b) by which the skin of a forehead differs from that of the cheeks.

Hair, cloth and shade differ more.
"""
LIGHTNESS_WEIGHT = 0.6
MAX_SKIN_DISTANCE = 2.5
"""In units of SKIN_SPREAD; what is farther away is not skin."""
EYE_DISTANCE = 96
"""Pixels; larger faces are scaled down to this."""


def forehead_cover(rgb: NDArray[np.uint8], mesh: FaceMesh) -> float:
    """Return the fraction of the forehead without the colour of the cheeks, 0 to 1.

    Hats and scarves raise it, and so do dark fringes.
    """
    left, top, right, bottom = (int(edge) for edge in mesh.bounds)
    lift = int(0.1 * mesh.eye_distance)
    left, top = max(0, left), max(0, top - lift)
    crop = rgb[top : max(top + 1, bottom), left : max(left + 1, right)]
    if crop.size == 0:
        return 0.0
    shrink = min(1.0, EYE_DISTANCE / max(mesh.eye_distance, 1.0))
    small = np.asarray(
        cv2.resize(crop, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8
    )
    lab = to_lab(small)
    points = (mesh.points[:, :2] - (left, top)) * shrink
    inside = np.zeros(small.shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.round(points[list(FOREHEAD_OUTLINE)]).astype(np.int32)], 1)
    reach = max(2, int(0.1 * mesh.eye_distance * shrink))
    skin = _patches(lab, points[list(CHEEKS)], reach)
    pixels = lab[inside > 0]
    if not len(pixels) or not len(skin):
        return 0.0
    away = np.abs(pixels - np.median(skin, axis=0)) / np.array(SKIN_SPREAD, np.float32)
    distance = np.hypot(np.hypot(LIGHTNESS_WEIGHT * away[:, 0], away[:, 1]), away[:, 2])
    return float((distance > MAX_SKIN_DISTANCE).mean())


def _patches(
    lab: NDArray[np.float32], points: NDArray[np.float32], reach: int
) -> NDArray[np.float32]:
    """All pixels of the squares round the points, (n, 3)."""
    patches = []
    for x, y in points.astype(int).tolist():
        rows = slice(max(0, y - reach), max(0, y + reach))
        columns = slice(max(0, x - reach), max(0, x + reach))
        patches.append(lab[rows, columns].reshape(-1, 3))
    return np.concatenate(patches)
