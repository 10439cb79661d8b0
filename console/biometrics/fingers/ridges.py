"""Where a picture shows skin and where it shows ridges, whatever the reader's gain and offset.

Pictures are looked at in blocks of 16 x 16 pixels at 500 dpi; bool and float maps have a value for
each block. All levels are fractions of the picture's own contrast.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""uint8 (height, width), dark ridges on light ground."""
BLOCK = 16
"""Pixels of a side."""
STRONG_BLOCKS = 30
"""The contrast of a picture is that of its block of this rank: even a fingertip has as many."""
ORDINARY_CONTRAST = 30.0
"""Grey levels of standard deviation; pictures of less contrast are stretched to it."""
MAX_STRETCH = 16.0
BLANK_CONTRAST = 1.0
"""Grey levels; a picture with less shows nothing at all."""
LIGHT = 250.0
"""Grey level that the lightest hundredth gets when a picture is stretched."""
WINDOW = 16
"""Pixels of half the size of a side of the windows whose spectrum is measured."""
RIDGE_BAND = (1 / 7.0, 1 / 2.75)
"""Cycles per pixel of half the size that ridges have at 500 dpi."""
TOUCHED = 0.3
"""Fraction of the picture's contrast from which a block shows skin."""
FLOODED = 0.4
"""Fraction of the picture's range of grey levels below which a block without ridges is wet."""
TRACE, RIDGES = 0.10, 0.15
"""Purity from which a block shows a trace of ridges, and ridges; noise stays below 0.08."""
CLEAR = 0.2
"""Fraction of the picture's range of grey levels from which ridges and valleys are clear."""
_TAPER = np.outer(np.hanning(WINDOW + 2)[1:-1], np.hanning(WINDOW + 2)[1:-1]).astype(np.float32)
_FREQUENCY = np.hypot(np.fft.fftfreq(WINDOW)[:, None], np.fft.rfftfreq(WINDOW)[None])
_IN_BAND = (RIDGE_BAND[0] < _FREQUENCY) & (RIDGE_BAND[1] > _FREQUENCY)
_TWICE = np.where(np.isin(np.arange(WINDOW // 2 + 1), (0, WINDOW // 2)), 1, 2)[None]
"""How often each frequency of a real spectrum counts."""


@dataclass(frozen=True)
class RidgeMap:
    """What each block shows.

    touched: bool, skin lies there; purity: float32, 0 to 1, the part of the block's energy that
    lies in one wave as wide as ridges are; contrast: of the picture, grey levels.
    """

    touched: NDArray[np.bool_]
    purity: NDArray[np.float32]
    contrast: float

    def blocks(self, purity: float) -> int:
        """Return the number of blocks of skin that have at least this purity."""
        return int((self.touched & (self.purity >= purity)).sum())


def evened(image: Image) -> Image:
    """Return the picture with ordinary contrast where its own is fainter, else as it is."""
    contrast = _strongest(_deviations(image))
    if contrast >= ORDINARY_CONTRAST or contrast < BLANK_CONTRAST:
        return image
    gain = min(ORDINARY_CONTRAST / contrast, MAX_STRETCH)
    stretched = LIGHT - gain * (np.percentile(image, 99) - image.astype(np.float32))
    return np.clip(stretched, 0, 255).astype(np.uint8)


def ridge_map(image: Image) -> RidgeMap:
    """Return what each block shows. image: at 500 dpi; at half the size ridges are still clear."""
    half = cv2.resize(
        image, (image.shape[1] // 2, image.shape[0] // 2), interpolation=cv2.INTER_AREA
    )
    padded = np.pad(half.astype(np.float32), (WINDOW - BLOCK // 2) // 2, mode="edge")
    windows = sliding_window_view(padded, (WINDOW, WINDOW))[:: BLOCK // 2, :: BLOCK // 2]
    levels = windows.mean(axis=(2, 3))
    windows = windows - levels[:, :, None, None]
    contrast = windows.std(axis=(2, 3))
    power = np.abs(np.fft.rfft2(windows * _TAPER)) ** 2
    wave = 2 * (power * _IN_BAND).max(axis=(2, 3))
    total = (power * _TWICE * (_FREQUENCY > 0)).sum(axis=(2, 3))
    strongest = _strongest(contrast)
    purity = (wave / np.maximum(total, 1e-3)).astype(np.float32)
    touched = contrast > max(BLANK_CONTRAST, TOUCHED * strongest)
    darkest, lightest = np.percentile(half, (2, 98))
    dark = levels < darkest + FLOODED * (lightest - darkest)
    return RidgeMap(_without_holes(touched, dark), purity, strongest)


def ridge_level(image: Image, touched: NDArray[np.bool_]) -> float:
    """Return how light the skin is between its ridges (0) and its valleys (1), on the average.

    Dry skin is lighter, as its ridges are thin and broken; wet skin is darker. Where ridges and
    valleys are not clear, the levels of the whole picture count. The rim of the finger is left out:
    beside it there is light ground.
    """
    smooth = cv2.GaussianBlur(image, (0, 0), 1.0)
    around = np.ones((BLOCK - 1, BLOCK - 1), np.uint8)
    low = cv2.erode(smooth, around).astype(np.float32)
    high = cv2.dilate(smooth, around).astype(np.float32)
    darkest, lightest = np.percentile(image, (2, 98))
    everywhere = (image - darkest) / max(lightest - darkest, 1.0)
    clear = np.minimum((high - low) / max(CLEAR * (lightest - darkest), 1.0), 1)
    level = clear * (image - low) / np.maximum(high - low, 1) + (1 - clear) * everywhere
    inner = cv2.erode(touched.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1) > 0
    skin = np.kron(inner, np.ones((BLOCK, BLOCK), np.bool_))[: image.shape[0], : image.shape[1]]
    inside = level[: skin.shape[0], : skin.shape[1]][skin]
    return float(np.clip(inside.mean(), 0, 1)) if inside.size else 0.5


def _without_holes(touched: NDArray[np.bool_], dark: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill what the skin encloses: there it is so wet or so dry that no ridge can be seen.

    Where it is dark, the skin may enclose it together with one edge of the picture: a wet finger
    that is cut off there. What meets more edges is the ground.
    """
    _, areas = cv2.connectedComponents((~touched).astype(np.uint8), connectivity=4)
    edges = [np.unique(edge) for edge in (areas[0], areas[-1], areas[:, 0], areas[:, -1])]
    met = np.bincount(np.concatenate(edges), minlength=int(areas.max()) + 1)[areas]
    return np.asarray(touched | (met == 0) | ((met == 1) & dark))


def _deviations(image: Image) -> NDArray[np.float32]:
    """Standard deviation of each whole block."""
    rows, columns = image.shape[0] // BLOCK, image.shape[1] // BLOCK
    cut = image[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
    return np.asarray(cut.astype(np.float32).std(axis=(1, 3)))


def _strongest(contrast: NDArray[np.float32]) -> float:
    """The contrast of the block of rank STRONG_BLOCKS, or of the last one of a small picture."""
    ranked = np.sort(contrast, axis=None)
    return float(ranked[-min(STRONG_BLOCKS, len(ranked))])
