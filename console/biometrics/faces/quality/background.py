"""How busy the background beside the head is."""

import cv2
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.landmarks import FOREHEAD, FaceMesh
from console.biometrics.faces.quality.skin_colour import to_lab

GAP = 0.95
"""Eye distances between the face and the strips that are measured."""
EDGE = 0.02
"""Fraction of the picture that is left out at its border."""
MIN_PIXELS = 64
EYE_DISTANCE = 48
"""Pixels; larger faces are scaled down to this."""


def background_variation(rgb: NDArray[np.uint8], mesh: FaceMesh) -> float:
    """Return the standard deviation of the background beside the head, Lab units.

    0 for a plain background, and where none is visible.
    """
    height, width = rgb.shape[:2]
    shrink = min(1.0, EYE_DISTANCE / max(mesh.eye_distance, 1.0))
    small = np.asarray(
        cv2.resize(rgb, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8
    )
    left, top, right, bottom = mesh.bounds
    away, edge = GAP * mesh.eye_distance, EDGE * width
    lowest = mesh.points[FOREHEAD, 1] + 0.75 * (bottom - top)
    rows = slice(int(EDGE * height * shrink), max(1, int(min(lowest, height) * shrink)))
    strips = [
        small[rows, int(edge * shrink) : max(0, int((left - away) * shrink))],
        small[rows, int((right + away) * shrink) : int((width - edge) * shrink)],
    ]
    pixels = np.concatenate([strip.reshape(-1, 3) for strip in strips])
    if len(pixels) < MIN_PIXELS:
        return 0.0
    return float(np.sqrt(to_lab(pixels[None])[0].var(axis=0).sum()))
