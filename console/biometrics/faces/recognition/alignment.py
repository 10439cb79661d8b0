"""Five points of a face, brought to where the nets for 112 x 112 px expect them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.landmarks import (
    LEFT_EYE,
    MOUTH_CORNERS,
    NOSE_TIP,
    RIGHT_EYE,
    FaceMesh,
)

SIDE = 112
"""Side of an aligned chip, px."""
REFERENCE_POINTS = np.array(
    [
        (38.2946, 51.6963),
        (73.5318, 51.5014),
        (56.0252, 71.7366),
        (41.5493, 92.3655),
        (70.7299, 92.2041),
    ],
    np.float32,
)
"""Eyes, tip of the nose and corners of the mouth in the chips that such nets are trained on."""
IRISES = (468, 473)
"""Mesh points: the middle of each iris."""


class AlignmentError(Exception):
    """The five points do not determine a similarity transform."""


def five_points(mesh: FaceMesh) -> NDArray[np.float64]:
    """Return eyes, tip of the nose and corners of the mouth, float64 (5, 2), px.

    An eye is half way between the middle of its corners and its iris: the one moves when the eye
    narrows, the other when it looks about.
    """
    xy = mesh.points[:, :2].astype(np.float64)
    eyes = [
        (xy[list(corners)].mean(axis=0) + xy[iris]) / 2
        for corners, iris in zip((LEFT_EYE, RIGHT_EYE), IRISES, strict=True)
    ]
    return np.stack([*eyes, xy[NOSE_TIP], *xy[list(MOUTH_CORNERS)]])


def similarity_transform(
    points: NDArray[np.float64], reference: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return rotation, scale and shift that bring the points to the reference, float64 (2, 3).

    Least squares, after S. Umeyama, IEEE PAMI 13 (1991). Raises AlignmentError.
    """
    middle, goal = points.mean(axis=0), reference.mean(axis=0)
    away, wanted = points - middle, reference - goal
    size = float((away**2).sum())
    if size < 1e-6:
        raise AlignmentError
    left, strength, right = np.linalg.svd(wanted.T @ away)
    mirror = np.array([1.0, np.sign(np.linalg.det(left @ right))])
    rotation = left @ np.diag(mirror) @ right
    scale = float((strength * mirror).sum()) / size
    return np.hstack([scale * rotation, (goal - scale * rotation @ middle)[:, None]])


def aligned(rgb: NDArray[np.uint8], mesh: FaceMesh) -> NDArray[np.uint8]:
    """Return the face rotated, scaled and shifted, uint8 (112, 112, 3). Raises AlignmentError."""
    warp = similarity_transform(five_points(mesh), REFERENCE_POINTS.astype(np.float64))
    shrink = min(1.0, 2 * float(np.hypot(warp[0, 0], warp[1, 0])))
    if shrink < 1:
        rgb = cv2.resize(rgb, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA).astype(
            np.uint8
        )
        warp[:, :2] = warp[:, :2] / shrink
    return np.asarray(cv2.warpAffine(rgb, warp, (SIDE, SIDE), flags=cv2.INTER_LINEAR), np.uint8)
