"""How good a scan is, 0 to 100, and what to do about a bad one. Each part has its limit; the one that pulls down most gives the reason."""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from console.biometrics.fingers.extractor import BLOCK, Image, ridge_blocks
from console.biometrics.fingers.minutiae import Minutiae

ACCEPT, WARN = 45, 30
"""Below WARN a scan is not taken; below ACCEPT it is taken with a word."""
WHOLE_BLOCKS = 160
"""Blocks of 16 pixels that a finger laid down flat covers at least: about 12 by 13 mm."""
GOOD_MINUTIAE = 22
INK = 70
PAPER = 235


class Reason(StrEnum):
    """Why a scan is not better."""

    NONE = ""
    NO_FINGER = "no_finger"
    PARTIAL = "partial"
    OFF_CENTRE = "off_centre"
    TOO_DRY = "too_dry"
    TOO_WET = "too_wet"
    SMUDGED = "smudged"


HINTS = {
    Reason.NONE: "",
    Reason.NO_FINGER: "Put a finger on the reader.",
    Reason.PARTIAL: "Lay the finger down flat, so that more of it touches the glass.",
    Reason.OFF_CENTRE: "Move the finger to the middle of the glass.",
    Reason.TOO_DRY: "The finger is dry. Breathe on it, or press a little harder.",
    Reason.TOO_WET: "The finger is wet. Dry it, or press less.",
    Reason.SMUDGED: "Hold still, and wipe the glass if it is smeared.",
}


@dataclass(frozen=True)
class Quality:
    """value: 0 to 100; parts: each part's share, 0 to 1."""

    value: int
    reason: Reason
    parts: dict[str, float]

    @property
    def hint(self) -> str:
        return HINTS[self.reason]


def judge(image: Image, found: Minutiae) -> Quality:
    """image: 8-bit grey at 500 dpi, dark ridges on light ground."""
    shown = ridge_blocks(image)
    if shown.sum() < 9:
        return Quality(0, Reason.NO_FINGER, {})
    area = min(1.0, float(shown.sum()) / WHOLE_BLOCKS)
    dark, pale = _ink(image, shown)
    parts = {
        "area": area,
        "centre": _centred(shown),
        "not_pale": float(np.clip(1.6 - 2.2 * pale, 0, 1)),
        "not_dark": float(np.clip(1.6 - 2.2 * dark, 0, 1)),
        "ridges": float(np.clip((_coherence(image, shown) - 0.25) / 0.35, 0, 1)),
        "minutiae": min(1.0, len(found) / GOOD_MINUTIAE),
    }
    # a geometric mean: one part that fails cannot be made up for by the others
    weights = {"area": 1.2, "centre": 0.5, "not_pale": 0.8, "not_dark": 0.8, "ridges": 1.5, "minutiae": 1.2}
    logs = sum(weight * np.log(max(parts[name], 0.02)) for name, weight in weights.items())
    value = round(100 * float(np.exp(logs / sum(weights.values()))) * min(1.0, 0.4 + min(parts.values())))
    return Quality(value, _reason(parts, weights) if value < ACCEPT else Reason.NONE, parts)


def _reason(parts: dict[str, float], weights: dict[str, float]) -> Reason:
    worst = min(parts, key=lambda name: weights[name] * np.log(max(parts[name], 0.02)))
    by_part = {
        "area": Reason.PARTIAL, "centre": Reason.OFF_CENTRE, "not_pale": Reason.TOO_DRY, "not_dark": Reason.TOO_WET,
        "ridges": Reason.SMUDGED, "minutiae": Reason.PARTIAL,
    }  # fmt: skip
    return by_part[worst]


def _ink(image: Image, shown: NDArray[np.bool_]) -> tuple[float, float]:
    """Shares of the finger that are almost black, and almost white."""
    mask = np.kron(shown, np.ones((BLOCK, BLOCK), bool))
    pixels = image[: mask.shape[0], : mask.shape[1]][mask]
    return float((pixels < INK).mean()), float((pixels > PAPER).mean())


def _centred(shown: NDArray[np.bool_]) -> float:
    """1 in the middle of the glass, falling to 0 at its edge."""
    rows, columns = np.nonzero(shown)
    off_y = abs(rows.mean() - (shown.shape[0] - 1) / 2) / (shown.shape[0] / 2)
    off_x = abs(columns.mean() - (shown.shape[1] - 1) / 2) / (shown.shape[1] / 2)
    return float(np.clip(1.5 - 2.0 * max(off_x, off_y), 0, 1))


def _coherence(image: Image, shown: NDArray[np.bool_]) -> float:
    """How much the ridges of a block run one way, 0 to 1, on average over the finger."""
    smooth = cv2.GaussianBlur(image, (0, 0), 1.0).astype(np.float32)
    gx, gy = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    rows, columns = shown.shape

    def total(values: NDArray[np.float32]) -> NDArray[np.float32]:
        cut = values[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
        return np.asarray(cut.sum(axis=(1, 3)), np.float32)

    xx, yy, xy = total(gx * gx), total(gy * gy), total(gx * gy)
    coherence = np.hypot(xx - yy, 2 * xy) / np.maximum(xx + yy, 1e-6)
    return float(coherence[shown].mean())
