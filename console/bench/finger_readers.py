"""Made-up readers and made-up faults of fingers, to measure on what nobody's sensor has shown.

Each reader turns a picture at 500 dpi into what another reader would give, and says its resolution.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Reader = Callable[[Image, np.random.Generator], tuple[Image, int]]
_LEVELS = np.arange(256) / 255


def _curve(levels: NDArray[np.float64]) -> Reader:
    """A reader with this curve of grey levels, 0 to 1 for each of 256."""
    table = np.clip(255 * levels, 0, 255).astype(np.uint8)
    return lambda image, _: (np.asarray(cv2.LUT(image, table), np.uint8), 500)


def _vignette(image: Image, dice: np.random.Generator) -> tuple[Image, int]:
    """Lit unevenly, over a grainy ground that is not white."""
    rows, columns = np.mgrid[-1 : 1 : image.shape[0] * 1j, -1 : 1 : image.shape[1] * 1j]
    light = 0.85 - 0.35 * (0.7 * rows**2 + 0.3 * columns) + dice.normal(0, 0.01, image.shape)
    return np.clip(image * light - 10, 0, 255).astype(np.uint8), 500


def _frame(image: Image, _: np.random.Generator) -> tuple[Image, int]:
    """A dark mask around a round window."""
    mask = np.zeros(image.shape, np.uint8)
    middle, axes = (image.shape[1] // 2, image.shape[0] // 2), (image.shape[1] * 0.55, 230)
    cv2.ellipse(mask, middle, (int(axes[0]), axes[1]), 0, 0, 360, 1, -1)
    return np.where(mask > 0, image, 25).astype(np.uint8), 500


def _grain(image: Image, dice: np.random.Generator) -> tuple[Image, int]:
    """Shot noise, and lines that differ in brightness."""
    shot = dice.poisson(image / 255 * 45 + 4) / 49 * 255
    return np.clip(shot + dice.normal(0, 4, (image.shape[0], 1)), 0, 255).astype(np.uint8), 500


def _four_bits(image: Image, _: np.random.Generator) -> tuple[Image, int]:
    return (image // 16 * 17).astype(np.uint8), 500


def _inverted(image: Image, _: np.random.Generator) -> tuple[Image, int]:
    return np.asarray(cv2.bitwise_not(image), np.uint8), 500


def _window(image: Image, _: np.random.Generator) -> tuple[Image, int]:
    """A sensor of 256 x 300 pixels on which the finger lies in the middle."""
    ink = 255 - cv2.GaussianBlur(image, (0, 0), 9).astype(np.float64)
    ink = np.maximum(ink - np.percentile(ink, 20), 0) + 1e-6
    y, x = (ink.sum(axis=1 - axis) @ np.arange(image.shape[axis]) / ink.sum() for axis in (0, 1))
    top = int(np.clip(y - 150, 0, max(0, image.shape[0] - 300)))
    left = int(np.clip(x - 128, 0, max(0, image.shape[1] - 256)))
    return image[top : top + 300, left : left + 256], 500


def _resolution(dpi: int) -> Reader:
    """A reader with other optics: blurred by its pixels, then sampled."""

    def read(image: Image, _: np.random.Generator) -> tuple[Image, int]:
        soft = cv2.GaussianBlur(image, (0, 0), max(0.3, 0.4 * 500 / dpi))
        size = (round(image.shape[1] * dpi / 500), round(image.shape[0] * dpi / 500))
        return np.asarray(cv2.resize(soft, size, interpolation=cv2.INTER_LINEAR), np.uint8), dpi

    return read


READERS: dict[str, Reader] = {
    "faint": _curve(0.62 + 0.13 * _LEVELS),
    "s_curve": _curve(1 / (1 + np.exp(-9 * (_LEVELS - 0.5)))),
    "pale": _curve(np.sin(_LEVELS * np.pi / 2) ** 0.6),
    "deep": _curve(1 - np.cos(_LEVELS * np.pi / 2)),
    "vignette": _vignette,
    "frame": _frame,
    "grain": _grain,
    "four_bits": _four_bits,
    "inverted": _inverted,
    "window": _window,
    "dpi_250": _resolution(250),
    "dpi_700": _resolution(700),
    "dpi_1000": _resolution(1000),
}


def _dry(image: Image, dice: np.random.Generator) -> Image:
    """Ridges that touch at their pores only."""
    pores = cv2.GaussianBlur(dice.random(image.shape), (0, 0), 1.8)
    touching = np.clip((pores - np.percentile(pores, 62)) / pores.std() * 2, 0, 1)
    light = float(np.percentile(image, 95))
    return np.asarray(np.clip(light - (light - image) * touching * 0.8, 0, 255), np.uint8)


def _wet(image: Image, _: np.random.Generator) -> Image:
    """Valleys that fill up: the darkest of a round neighbourhood, and what is grey becomes dark."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
    flooded = cv2.erode(cv2.GaussianBlur(image, (0, 0), 1.2), disc).astype(np.float64)
    dark, light = np.percentile(image, (5, 95))
    grey = (flooded - dark) / max(light - dark, 1)
    return np.asarray(np.clip(dark + (light - dark) * np.clip(grey, 0, 1) ** 2, 0, 255), np.uint8)


def _smudged(image: Image, dice: np.random.Generator) -> Image:
    """Drawn over the glass: the mean of places along a path."""
    turn = dice.uniform(0, np.pi)
    path = [(18 * t * np.cos(turn + t), 18 * t * np.sin(turn + t)) for t in np.linspace(-1, 1, 15)]
    moved = [
        cv2.warpAffine(
            image,
            np.array([[1, 0, x], [0, 1, y]]),
            image.shape[::-1],
            borderMode=cv2.BORDER_REPLICATE,
        ).astype(np.float64)
        for x, y in path
    ]
    return np.asarray(np.clip(np.mean(moved, axis=0), 0, 255), np.uint8)


def _middle(image: Image) -> tuple[float, float]:
    """Row and column of the middle of the ink."""
    ink = 255 - cv2.GaussianBlur(image, (0, 0), 9).astype(np.float64)
    ink = np.maximum(ink - np.percentile(ink, 30), 0) + 1e-6
    y, x = (ink.sum(axis=1 - axis) @ np.arange(image.shape[axis]) / ink.sum() for axis in (0, 1))
    return float(y), float(x)


def _partial(image: Image, _: np.random.Generator) -> Image:
    """The tip alone: a disc of 5.5 mm."""
    y, x = _middle(image)
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
    inside = np.clip((54 - np.hypot(rows - y, columns - x)) / 6, 0, 1)
    light = float(np.percentile(image, 95))
    return np.asarray(np.clip(light - (light - image) * inside, 0, 255), np.uint8)


def _off_centre(image: Image, _: np.random.Generator) -> Image:
    """Moved over the right edge until 5 mm of the finger are left."""
    dark = cv2.GaussianBlur(image, (0, 0), 9)
    columns = np.flatnonzero(dark.min(axis=0) < np.percentile(image, 95) - 40)
    first = int(columns[0]) if len(columns) else 0
    light = int(np.percentile(image, 95))
    moved = np.full_like(image, light)
    width = min(100, image.shape[1] - first)
    moved[:, -width:] = image[:, first : first + width]
    return moved


FAULTS: dict[str, Callable[[Image, np.random.Generator], Image]] = {
    "too_dry": _dry,
    "too_wet": _wet,
    "smudged": _smudged,
    "partial": _partial,
    "off_centre": _off_centre,
}
"""By the reason that a technician should be told."""
