"""What can be measured on one face: numbers with units, without a judgement.

Formulas: docs/screening.md.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.landmarks import CHIN, FOREHEAD, FaceMesh

CHIP_SIDE = 128
CHIP_EYE_DISTANCE = 51.0
"""Sharpness, light and contrast are measured on a chip of this size, px, whatever the camera."""
PITCH_BIAS = 7.5
"""Degrees that the axis formula gives for a level head (median of 70 official portraits)."""
MIRRORED = (
    (50, 280), (205, 425), (187, 411), (123, 352), (147, 376), (213, 433), (101, 330), (36, 266),
    (118, 347), (67, 297), (69, 299), (104, 333), (68, 298), (117, 346), (216, 436),
)  # fmt: skip
"""Pairs of mesh points on the cheeks and the forehead that mirror each other."""
ORDINARY_CONTRAST, LEAST_CONTRAST = 160.0, 60.0
"""Grey levels: the median of portraits, and what is rejected for its contrast anyway."""
GAMMA, LUMINANCE = 2.2, np.array([0.2126, 0.7152, 0.0722])
DARK, BRIGHT = 26, 247
"""Grey levels; a pixel outside them counts as clipped."""


def face_chip(rgb: NDArray[np.uint8], mesh: FaceMesh) -> NDArray[np.uint8]:
    """Return a grey chip, uint8 (128, 128), with the eyes level and 51 px apart."""
    # warping a large photo directly would alias: it is averaged down first
    shrink = min(1.0, CHIP_EYE_DISTANCE / max(mesh.eye_distance, 1.0))
    small = cv2.resize(rgb, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    centre = mesh.points[[FOREHEAD, CHIN], :2].mean(axis=0) * shrink
    warp = cv2.getRotationMatrix2D(
        (float(centre[0]), float(centre[1])),
        mesh.roll,
        CHIP_EYE_DISTANCE / (mesh.eye_distance * shrink),
    )
    warp[:, 2] += CHIP_SIDE / 2 - centre
    chip: NDArray[np.uint8] = cv2.warpAffine(
        grey, warp, (CHIP_SIDE, CHIP_SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.uint8)
    return chip


def sharpness(chip: NDArray[np.uint8]) -> float:
    """Return the variance of the Laplacian after a 3x3 Gaussian, over the contrast of the face.

    The variance alone takes a face in soft light, or a dark picture, for blurred; over the square
    of the contrast it would miss blur, which takes contrast away. Grey levels squared of a face of
    ORDINARY_CONTRAST: portraits have 39 to 116. chip: from face_chip.
    """
    edges = float(cv2.Laplacian(cv2.GaussianBlur(chip, (3, 3), 0), cv2.CV_64F).var())
    return edges * ORDINARY_CONTRAST / max(contrast(chip), LEAST_CONTRAST)


def _inner(chip: NDArray[np.uint8]) -> NDArray[np.uint8]:
    edge = CHIP_SIDE // 5
    return chip[edge:-edge, edge:-edge]


def brightness(chip: NDArray[np.uint8]) -> float:
    """Return the mean grey level of the inner face, 0 to 255. chip: from face_chip."""
    return float(_inner(chip).mean())


def contrast(chip: NDArray[np.uint8]) -> float:
    """Return the grey levels between the 1st and the 99th percentile. chip: from face_chip."""
    low, high = np.percentile(_inner(chip), (1, 99))
    return float(high - low)


def clipped(chip: NDArray[np.uint8]) -> float:
    """Return the fraction of pixels that are burnt out or black, 0 to 1. chip: from face_chip."""
    inner = _inner(chip)
    return float(((inner > BRIGHT) | (inner < DARK)).mean())


def light_ratio(rgb: NDArray[np.uint8], mesh: FaceMesh) -> float:
    """Return the log of the light on the face's left half of the picture over that on the right.

    The mean over mirrored patches, in linear light; 0 when both halves are equally lit.
    """
    reach = max(1, int(0.06 * mesh.eye_distance))
    ratios = []
    for pair in MIRRORED:
        light = []
        for x, y in mesh.points[list(pair), :2].astype(int).tolist():
            patch = rgb[
                max(0, y - reach) : max(0, y + reach + 1), max(0, x - reach) : max(0, x + reach + 1)
            ]
            light.append(
                float((((patch / 255.0) ** GAMMA) @ LUMINANCE).mean()) if patch.size else 0.0
            )
        ratios.append(np.log((light[0] + 1e-3) / (light[1] + 1e-3)))
    return float(np.mean(ratios))


def yaw_pitch(mesh: FaceMesh) -> tuple[float, float]:
    """Return (yaw, pitch) in degrees, from the axes of the mesh with roll removed.

    Yaw is positive to the person's left, pitch is positive upwards.
    """
    x_axis = mesh.upright[263] - mesh.upright[33]
    y_axis = mesh.upright[CHIN] - mesh.upright[FOREHEAD]
    y_axis = y_axis - x_axis * float(np.dot(x_axis, y_axis) / np.dot(x_axis, x_axis))
    yaw = np.degrees(np.arctan2(-x_axis[2], np.hypot(x_axis[0], x_axis[1])))
    pitch = np.degrees(np.arctan2(y_axis[2], np.hypot(y_axis[0], y_axis[1])))
    return float(yaw), float(pitch) - PITCH_BIAS


def _gap(mesh: FaceMesh, pairs: tuple[tuple[int, int], ...]) -> float:
    xy = mesh.points[:, :2]
    return float(np.mean([np.linalg.norm(xy[a] - xy[b]) for a, b in pairs])) / max(mesh.height, 1.0)


def eye_openness(mesh: FaceMesh) -> float:
    """Return the lid gap of the narrower eye over the height of the face."""
    return min(_gap(mesh, ((159, 145), (158, 153))), _gap(mesh, ((386, 374), (385, 380))))


def mouth_openness(mesh: FaceMesh) -> float:
    """Return the lip gap over the height of the face."""
    return _gap(mesh, ((13, 14),))


def margin(mesh: FaceMesh, width: int, height: int) -> float:
    """Return the smallest distance from the face to the border of the picture, in eye distances.

    Negative when the face is cut off. width, height: of the picture, px.
    """
    left, top, right, bottom = mesh.bounds
    return min(left, top, width - right, height - bottom) / max(mesh.eye_distance, 1.0)


def eye_band_darkness(rgb: NDArray[np.uint8], mesh: FaceMesh) -> float:
    """Return the log of the eye band's mean grey level over that of the cheeks.

    Below -0.39 sunglasses are likely.
    """
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.uint8)
    left, right = mesh.eyes
    reach = mesh.eye_distance
    band = _patch(grey, (left + right) / 2, 1.7 * reach, 0.35 * reach)
    cheeks = np.concatenate(
        [_patch(grey, mesh.points[i, :2], 0.3 * reach, 0.3 * reach).ravel() for i in (50, 280)]
    )
    if band.size == 0 or cheeks.size == 0:
        return 0.0
    return float(np.log((band.mean() + 1) / (cheeks.mean() + 1)))


def _patch(
    grey: NDArray[np.uint8], centre: NDArray[np.float32], width: float, height: float
) -> NDArray[np.uint8]:
    x, y = centre
    top, left = max(0, int(y - height / 2)), max(0, int(x - width / 2))
    return grey[top : max(top, int(y + height / 2)), left : max(left, int(x + width / 2))]
