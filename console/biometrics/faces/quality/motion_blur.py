"""Motion blur removes detail along one direction, which leaves a dent in the spectrum."""

import cv2
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.landmarks import CHIN, FOREHEAD, FaceMesh

SIDE, WINDOW, EYE_DISTANCE = 160, 112, 64.0
"""Pixels: the chip, its inner part that is measured, and the eye distance it is scaled to."""
SECTORS = 12
"""Directions, each 15 degrees wide."""
BANDS = ((0.1, 0.2), (0.2, 0.4))
"""Cycles per pixel."""
PROFILE = np.array(
    [
        [-0.52, -0.54, -0.32, -0.01, 0.46, 0.67, 0.92, 0.46, -0.01, -0.18, -0.45, -0.49],
        [-0.34, -0.43, -0.22, 0.0, 0.27, 0.55, 0.67, 0.29, 0.03, -0.14, -0.35, -0.31],
    ]
)
"""Mean log power of good portraits by band and direction, less the mean of the band.

A face has more detail in some directions than in others.
"""


def directional_spectrum(rgb: NDArray[np.uint8], mesh: FaceMesh) -> NDArray[np.float64]:
    """Return log power by band and direction, float64 (2, 12), each band less its mean."""
    shrink = min(1.0, EYE_DISTANCE / max(mesh.eye_distance, 1.0))
    small = cv2.resize(rgb, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    centre = mesh.points[[FOREHEAD, CHIN], :2].mean(axis=0) * shrink
    warp = cv2.getRotationMatrix2D(
        (float(centre[0]), float(centre[1])), mesh.roll, EYE_DISTANCE / (mesh.eye_distance * shrink)
    )
    warp[:, 2] += SIDE / 2 - centre
    chip = cv2.warpAffine(
        grey, warp, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    edge = (SIDE - WINDOW) // 2
    inner = chip[edge:-edge, edge:-edge].astype(np.float64)
    taper = np.hanning(WINDOW)[:, None] * np.hanning(WINDOW)[None]
    power = np.abs(np.fft.fft2((inner - inner.mean()) * taper)) ** 2
    fy, fx = np.fft.fftfreq(WINDOW)[:, None], np.fft.fftfreq(WINDOW)[None]
    frequency, angle = np.hypot(fy, fx), np.arctan2(fy, fx) % np.pi
    sector = np.minimum((angle / np.pi * SECTORS).astype(np.int64), SECTORS - 1)
    rows = []
    for low, high in BANDS:
        inside = (frequency >= low) & (frequency < high)
        rows.append(
            [np.log(power[inside & (sector == one)].mean() + 1e-3) for one in range(SECTORS)]
        )
    logs = np.array(rows)
    return np.asarray(logs - logs.mean(axis=1, keepdims=True))


def anisotropy(spectrum: NDArray[np.float64]) -> float:
    """Return the depth of the deepest dent, log power; 99 % of good portraits stay below 2.4.

    spectrum: from directional_spectrum. The larger value of the two bands counts.
    """
    deviation = spectrum - PROFILE
    return float((deviation.max(axis=1) - deviation.min(axis=1)).max())
