"""A face as a vector: MobileFaceNet on five points, aligned with the least squares; photo and mirror image in one batch."""

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
from console.biometrics.faces.recognition.vectors import unit
from console.biometrics.models import load_session

SIDE = 112
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
"""Eyes, nose tip and mouth corners in the 112 px chip that the net was trained on."""


IRISES = (468, 473)


class CannotAlign(Exception):
    """The five points do not determine a similarity transform."""


def five_points(mesh: FaceMesh) -> NDArray[np.float64]:
    """(5, 2): eyes, nose tip, mouth corners. An eye is half way from its corners' middle to its iris: one moves as it is narrowed, the
    other as it looks about."""
    xy = mesh.points[:, :2].astype(np.float64)
    eyes = [
        (xy[list(corners)].mean(axis=0) + xy[iris]) / 2
        for corners, iris in zip((LEFT_EYE, RIGHT_EYE), IRISES, strict=True)
    ]
    return np.stack([*eyes, xy[NOSE_TIP], *xy[list(MOUTH_CORNERS)]])


def similarity(points: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2, 3): the turn, scale and shift that bring points to the reference with the least squares (S. Umeyama, PAMI 13, 1991).
    Raises CannotAlign."""
    middle, goal = points.mean(axis=0), reference.mean(axis=0)
    away, wanted = points - middle, reference - goal
    size = float((away**2).sum())
    if size < 1e-6:
        raise CannotAlign
    left, strength, right = np.linalg.svd(wanted.T @ away)
    mirror = np.array([1.0, np.sign(np.linalg.det(left @ right))])
    turn = left @ np.diag(mirror) @ right
    scale = float((strength * mirror).sum()) / size
    return np.hstack([scale * turn, (goal - scale * turn @ middle)[:, None]])


def aligned(rgb: NDArray[np.uint8], mesh: FaceMesh) -> NDArray[np.uint8]:
    """(112, 112, 3): the face turned, scaled and shifted to where the nets expect it. Raises CannotAlign."""
    warp = similarity(five_points(mesh), REFERENCE_POINTS.astype(np.float64))
    shrink = min(1.0, 2 * float(np.hypot(warp[0, 0], warp[1, 0])))
    if shrink < 1:
        rgb = cv2.resize(rgb, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA).astype(
            np.uint8
        )
        warp[:, :2] = warp[:, :2] / shrink
    return np.asarray(cv2.warpAffine(rgb, warp, (SIDE, SIDE), flags=cv2.INTER_LINEAR), np.uint8)


class FaceRecogniser:
    """Turns a located face into a unit vector, float32 (192,)."""

    def __init__(self) -> None:
        self._net = load_session("face_recogniser")

    def embed(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> NDArray[np.float32]:
        """Raises CannotAlign."""
        chip = aligned(rgb, mesh)
        batch = (np.stack([chip, chip[:, ::-1]]).astype(np.float32) - 127.5) / 128
        photo, mirror = self._net.run(None, {"input": batch})[0]
        return unit(unit(photo) + unit(mirror))
