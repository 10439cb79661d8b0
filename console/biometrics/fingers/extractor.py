"""From an image to minutiae, by the LEADER network (R. Cappelli, arXiv 2602.15493)."""

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from console.biometrics.fingers.minutiae import BIFURCATION, DPI, ENDING, Minutiae, minutiae
from console.biometrics.models import load_session

Image = NDArray[np.uint8]
MULTIPLE = 32
"""Both sides of the network's input are multiples of this."""
MIN_QUALITY = 0.30
"""Of the network's own quality. pyfing's default is 0.6; the matcher gains more from a true minutia than it loses by a false one, on all
four published sets (docs/fingers.md)."""
BLOCK = 16
FINGER_DEVIATION = 8.0
"""Grey levels: a block whose standard deviation is higher shows ridges."""
MARGIN = 16
MAX_SIDE = 1600
MIN_SIDE = 64


class BadImage(ValueError):
    """Not an image of a finger that can be worked on."""


class Extractor(Protocol):
    """id: name and version, kept with each template: templates of different extractors are never compared."""

    id: str

    def __call__(self, image: Image, dpi: int = DPI) -> Minutiae: ...


class Leader:
    """Dark ridges on light ground, 8-bit grey. One session a thread; the call releases the GIL."""

    id = "leader-1"

    def __init__(self, threads: int = 1) -> None:
        """Raises ModelRefused when the model is missing or changed."""
        self._session = load_session("finger_minutiae", threads, one_size=False)
        self._input = self._session.get_inputs()[0].name

    def __call__(self, image: Image, dpi: int = DPI) -> Minutiae:
        """Minutiae in the frame of the image at 500 dpi. Raises BadImage."""
        image = at_500_dpi(checked(image), dpi)
        top, left, height, width = finger_box(image)
        found = self._run(image[top : top + height, left : left + width])
        size = (image.shape[1], image.shape[0])
        return minutiae(
            found[:, 0] + left, found[:, 1] + top, found[:, 2], found[:, 3], found[:, 4], size
        )

    def _run(self, image: Image) -> NDArray[np.float64]:
        """(n, 5): x, y, angle in the image frame, kind, quality 1 to 100."""
        height, width = image.shape
        more_y, more_x = -height % MULTIPLE, -width % MULTIPLE
        top, left = more_y // 2, more_x // 2
        canvas = np.full((height + more_y, width + more_x), float(image[0, 0]), np.float32)
        canvas[top : top + height, left : left + width] = image
        maps = np.asarray(self._session.run(None, {self._input: canvas[None, :, :, None]})[0])[0]
        maps = maps[:, top : top + height, left : left + width]
        y, x = np.nonzero(maps[0] >= MIN_QUALITY)
        quality, ending, along_x, along_y = maps[:, y, x].astype(np.float64)
        kind = np.where(ending >= 0.5, ENDING, BIFURCATION)
        # the network's direction is mathematical (y up); the image's y points down
        return np.column_stack(
            [x, y, -np.arctan2(along_y, along_x), kind, np.clip(np.rint(quality * 100), 1, 100)]
        )


def checked(image: Image) -> Image:
    """Raises BadImage for what is no grey picture of a sensible size."""
    if image.ndim != 2 or image.dtype != np.uint8:
        raise BadImage("A fingerprint is an 8-bit grey image.")
    if min(image.shape) < MIN_SIDE or max(image.shape) > MAX_SIDE:
        raise BadImage(
            f"A fingerprint has sides of {MIN_SIDE} to {MAX_SIDE} pixels, not {image.shape[1]} × {image.shape[0]}."
        )
    return image


def at_500_dpi(image: Image, dpi: int) -> Image:
    """The image as a 500 dpi sensor would see it. Raises BadImage for a resolution that no reader has."""
    if not 100 <= dpi <= 2000:
        raise BadImage(f"A reader has 100 to 2000 dpi, not {dpi}.")
    if abs(dpi - DPI) <= 2:
        return image
    scale = DPI / dpi
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=way), np.uint8)


def ridge_blocks(image: Image) -> NDArray[np.bool_]:
    """Which blocks of 16 pixels show ridges; cut at the right and lower edge."""
    rows, columns = image.shape[0] // BLOCK, image.shape[1] // BLOCK
    blocks = (
        image[: rows * BLOCK, : columns * BLOCK]
        .reshape(rows, BLOCK, columns, BLOCK)
        .astype(np.float32)
    )
    return np.asarray(blocks.std(axis=(1, 3)) > FINGER_DEVIATION)


def finger_box(image: Image) -> tuple[int, int, int, int]:
    """(top, left, height, width) of the part that shows a finger, with a margin; the whole image where none is clear."""
    shown = ridge_blocks(image)
    if shown.sum() < 9:
        return 0, 0, *image.shape
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    top, left = max(0, rows[0] * BLOCK - MARGIN), max(0, columns[0] * BLOCK - MARGIN)
    bottom = min(image.shape[0], (rows[-1] + 1) * BLOCK + MARGIN)
    right = min(image.shape[1], (columns[-1] + 1) * BLOCK + MARGIN)
    return int(top), int(left), int(bottom - top), int(right - left)
