"""What is round the face: something on the head, and how restless the background is. Remarks only: head coverings never reject."""

import cv2
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.landmarks import FOREHEAD, FaceMesh

FOREHEAD_OUTLINE = (103, 67, 109, 10, 338, 297, 332, 334, 296, 336, 9, 107, 66, 105)
"""Mesh points round the forehead: the hair line from one temple to the other and back above the brows."""
CHEEKS = (50, 280, 205, 425, 101, 330)
SKIN_SPREAD = (16.0, 7.0, 7.0)
"""Lab units (lightness, a, b) in which the skin of a forehead differs from that of the cheeks: hair, cloth and shade differ more."""
FAR = 2.5
"""Of these spreads; what is farther away is no skin."""
SIDES, EDGE = 0.95, 0.02
"""Eye distances from the face to the strips in which the background is looked at; share of the picture's border left out."""


def _lab(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def brow_cover(rgb: NDArray[np.uint8], mesh: FaceMesh) -> float:
    """The share of the forehead that has not the colour of the cheeks, 0 to 1. Hats and scarves, but fringes too."""
    left, top, right, bottom = (int(edge) for edge in mesh.bounds)
    lift = int(0.1 * mesh.eye_distance)
    left, top = max(0, left), max(0, top - lift)
    crop = rgb[top : max(top + 1, bottom), left : max(left + 1, right)]
    if crop.size == 0:
        return 0.0
    shrink = min(1.0, 96 / max(mesh.eye_distance, 1.0))
    small = np.asarray(
        cv2.resize(crop, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8
    )
    lab = _lab(small)
    points = (mesh.points[:, :2] - (left, top)) * shrink
    inside = np.zeros(small.shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.round(points[list(FOREHEAD_OUTLINE)]).astype(np.int32)], 1)
    skin = _around(lab, points[list(CHEEKS)], max(2, int(0.1 * mesh.eye_distance * shrink)))
    pixels = lab[inside > 0]
    if not len(pixels) or not len(skin):
        return 0.0
    away = np.abs(pixels - np.median(skin, axis=0)) / np.array(SKIN_SPREAD, np.float32)
    return float((np.hypot(np.hypot(0.6 * away[:, 0], away[:, 1]), away[:, 2]) > FAR).mean())


def _around(
    lab: NDArray[np.float32], points: NDArray[np.float32], reach: int
) -> NDArray[np.float32]:
    patches = []
    for x, y in points.astype(int).tolist():
        patches.append(
            lab[
                max(0, y - reach) : max(0, y + reach), max(0, x - reach) : max(0, x + reach)
            ].reshape(-1, 3)
        )
    return np.concatenate(patches)


def background_unrest(rgb: NDArray[np.uint8], mesh: FaceMesh) -> float:
    """Lab units: how much the background beside the head varies, whatever it shows; 0 for a plain one or where none is seen."""
    height, width = rgb.shape[:2]
    shrink = min(1.0, 48 / max(mesh.eye_distance, 1.0))
    small = np.asarray(
        cv2.resize(rgb, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8
    )
    left, top, right, _ = mesh.bounds
    away, edge = SIDES * mesh.eye_distance, EDGE * width
    chin = mesh.points[FOREHEAD, 1] + 0.75 * (mesh.bounds[3] - top)
    rows = slice(int(EDGE * height * shrink), max(1, int(min(chin, height) * shrink)))
    strips = [
        small[rows, int(edge * shrink) : max(0, int((left - away) * shrink))],
        small[rows, int((right + away) * shrink) : int((width - edge) * shrink)],
    ]
    pixels = np.concatenate([strip.reshape(-1, 3) for strip in strips])
    if len(pixels) < 64:
        return 0.0
    smooth = _lab(pixels[None])[0]
    return float(np.sqrt(smooth.var(axis=0).sum()))
