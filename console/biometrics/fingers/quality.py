"""How good a scan is, 0 to 100, and what to do about a poor one.

The value is a linear model of four or five features, fitted to NFIQ 2 (docs/fingers.md). It is
lowered where the finger lies badly: a matcher needs the whole finger in the middle, NFIQ 2 does not
look at that.
"""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from console.biometrics.fingers.extractor import BLOCK, Image, ridge_blocks
from console.biometrics.fingers.minutiae import Minutiae
from console.domain.fingers import QUALITY_GOOD, QUALITY_LEAST

ACCEPT, WARN = QUALITY_GOOD, QUALITY_LEAST
FINGER_BLOCKS = 9
"""Blocks of 16 x 16 pixels with ridges; fewer are not a finger."""
WHOLE_BLOCKS = 150
"""Fewer blocks lower the value; about 10 x 10 mm."""
OFF_CENTRE = 0.375
"""Fraction of the way from the middle to the edge; beyond it the value falls.

98 % of good prints lie nearer to the middle.
"""
PALE, DARK = 0.42, 0.3
"""Fractions of almost white and almost black pixels; a poor scan beyond them is dry or wet."""
INK, PAPER = 70, 235
"""Grey levels below and above which a pixel is almost black or almost white."""
WINDOW = 32
"""Pixels of a side of the windows whose spectrum is measured."""
RIDGE_BAND = (1 / 14, 1 / 5.5)
"""Cycles per pixel that ridges have at 500 dpi."""
COHERENT = 0.4
"""Coherence of the gradient, 0 to 1, from which the ridges of a block run one way."""
STRONG = 55
"""The extractor's quality of a minutia, 1 to 100, from which it counts as strong."""
BY_IMAGE = {"": -41.5, "purity": 312.9, "contrast": 11.0, "pale": 21.8, "area": 24.3}
BY_MINUTIAE = {
    "": -37.2,
    "purity": 294.1,
    "contrast": 16.2,
    "pale": 22.4,
    "area": 7.9,
    "strong": 16.5,
}
"""Weights of the features: least squares against NFIQ 2 of 555 pictures.

Cross-validated by leaving out fingers.
"""
GOOD = 70
"""A scan with ridges better than this is not poor because of them."""


class QualityReason(StrEnum):
    """Why a scan is not better."""

    NONE = ""
    NO_FINGER = "no_finger"
    PARTIAL = "partial"
    OFF_CENTRE = "off_centre"
    TOO_DRY = "too_dry"
    TOO_WET = "too_wet"
    SMUDGED = "smudged"


HINTS = {
    QualityReason.NONE: "",
    QualityReason.NO_FINGER: "Put a finger on the reader.",
    QualityReason.PARTIAL: "Lay the finger down flat, so that more of it touches the glass.",
    QualityReason.OFF_CENTRE: "Move the finger to the middle of the glass.",
    QualityReason.TOO_DRY: "The finger is dry. Breathe on it, or press a little harder.",
    QualityReason.TOO_WET: "The finger is wet. Dry it, or press less.",
    QualityReason.SMUDGED: "Hold still, and wipe the glass if it is smeared.",
}


@dataclass(frozen=True)
class ScanQuality:
    """How good a scan is. value: 0 to 100; features: what it was computed from."""

    value: int
    reason: QualityReason
    features: dict[str, float]

    @property
    def hint(self) -> str:
        """What to do about it; empty for a good scan."""
        return HINTS[self.reason]


def quick_quality(image: Image) -> ScanQuality:
    """Return the quality by the picture alone, in some milliseconds.

    image: uint8 (height, width) at 500 dpi, dark ridges on light ground.
    """
    return _weigh(image, BY_IMAGE, {})


def full_quality(image: Image, found: Minutiae) -> ScanQuality:
    """Return the quality by the picture and the minutiae that were found in it."""
    return _weigh(
        image, BY_MINUTIAE, {"strong": min(int((found.quality >= STRONG).sum()), 50) / 40}
    )


def _weigh(image: Image, weights: dict[str, float], more: dict[str, float]) -> ScanQuality:
    """weights: of the features, the one of "" is the constant; more: features besides."""
    shown = ridge_blocks(image)
    if shown.sum() < FINGER_BLOCKS:
        return ScanQuality(0, QualityReason.NO_FINGER, {})
    features = {
        **_ink(image, shown),
        "purity": _purity(image),
        "area": min(_coherent_blocks(image, shown) / 160, 1.3),
        **more,
    }
    ridges = float(
        np.clip(sum(weight * features.get(name, 1.0) for name, weight in weights.items()), 1, 100)
    )
    whole = min(1.0, float(shown.sum()) / WHOLE_BLOCKS)
    centred = float(np.clip(1 - 1.6 * (_off_centre(shown) - OFF_CENTRE), 0, 1))
    value = round(ridges * whole * centred)
    lost = {
        QualityReason.PARTIAL: 1 - whole,
        QualityReason.OFF_CENTRE: 1 - centred,
        _ridge_reason(features): max(0.0, 1 - ridges / GOOD),
    }
    reason = max(lost, key=lambda name: lost[name]) if value < ACCEPT else QualityReason.NONE
    return ScanQuality(value, reason, features | {"whole": whole, "centred": centred})


def _ridge_reason(features: dict[str, float]) -> QualityReason:
    if features["dark"] > DARK:
        return QualityReason.TOO_WET
    return QualityReason.TOO_DRY if features["pale"] > PALE else QualityReason.SMUDGED


def _ink(image: Image, shown: NDArray[np.bool_]) -> dict[str, float]:
    """Fractions of the finger that are almost black and almost white, and its contrast."""
    mask = np.kron(shown, np.ones((BLOCK, BLOCK), bool))
    pixels = image[: mask.shape[0], : mask.shape[1]][mask]
    return {
        "dark": float((pixels < INK).mean()),
        "pale": float((pixels > PAPER).mean()),
        "contrast": float(pixels.std()) / 80,
    }


def _off_centre(shown: NDArray[np.bool_]) -> float:
    """How far the finger lies off the middle, as a fraction of the way to the edge."""
    rows, columns = np.nonzero(shown)
    off_y = abs(rows.mean() - (shown.shape[0] - 1) / 2) / (shown.shape[0] / 2)
    off_x = abs(columns.mean() - (shown.shape[1] - 1) / 2) / (shown.shape[1] / 2)
    return float(max(off_x, off_y))


def _coherent_blocks(image: Image, shown: NDArray[np.bool_]) -> int:
    """Number of blocks whose ridges run one way."""
    smooth = cv2.GaussianBlur(image, (0, 0), 1.0).astype(np.float32)
    gx, gy = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    rows, columns = shown.shape

    def total(values: NDArray[np.float32]) -> NDArray[np.float32]:
        cut = values[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
        return np.asarray(cut.sum(axis=(1, 3)), np.float32)

    xx, yy, xy = total(gx * gx), total(gy * gy), total(gx * gy)
    coherence = np.hypot(xx - yy, 2 * xy) / np.maximum(xx + yy, 1e-6)
    return int(((coherence > COHERENT) & shown).sum())


def _purity(image: Image) -> float:
    """Fraction of a window's energy in one wave of ridge width, 0 to 1.

    The mean over the windows that show something.
    """
    rows, columns = image.shape[0] // WINDOW, image.shape[1] // WINDOW
    cut = (
        image[: rows * WINDOW, : columns * WINDOW]
        .reshape(rows, WINDOW, columns, WINDOW)
        .transpose(0, 2, 1, 3)
        .astype(np.float32)
    )
    cut = cut[cut.std(axis=(2, 3)) > 10]
    if not len(cut):
        return 0.0
    taper = np.hanning(WINDOW)[:, None] * np.hanning(WINDOW)[None]
    power = np.abs(np.fft.fft2((cut - cut.mean(axis=(1, 2), keepdims=True)) * taper)) ** 2
    frequency = np.hypot(np.fft.fftfreq(WINDOW)[:, None], np.fft.fftfreq(WINDOW)[None])
    ridges = (frequency > RIDGE_BAND[0]) & (frequency < RIDGE_BAND[1])
    best = 2 * (power * ridges).max(axis=(1, 2))
    return float((best / np.maximum((power * (frequency > 0)).sum(axis=(1, 2)), 1e-6)).mean())
