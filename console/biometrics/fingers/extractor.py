"""From a picture to minutiae, by the LEADER network (R. Cappelli, arXiv 2602.15493)."""

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from console.biometrics.fingers.minutiae import BIFURCATION, DPI, ENDING, Minutiae, minutiae
from console.biometrics.fingers.ridges import BLOCK, Image, evened
from console.biometrics.models import load_session
from console.domain.language import tr

MULTIPLE = 32
"""Pixels; both sides of the network's input are multiples of this."""
MIN_QUALITY = 0.30
"""Of the network's own quality, 0 to 1; pyfing's default is 0.6.

The matcher gains more from a true minutia than it loses by a false one, on all four published sets
(docs/fingers.md).
"""
FINGER_DEVIATION = 8.0
"""Grey levels; a block with a higher standard deviation shows ridges."""
MARGIN = 16
"""Pixels round the finger that are given to the network as well."""
MIN_SIDE, MAX_SIDE = 64, 1600
"""Pixels."""
MIN_SCALED = 32
"""Pixels of a side at 500 dpi, 1.6 mm; the largest is MAX_SIDE, 81 mm: more memory is not used."""
MIN_DPI, MAX_DPI = 100, 2000


class FingerImageError(ValueError):
    """A picture that cannot be one of a finger; the message says why."""


class Extractor(Protocol):
    """Finds minutiae.

    id: name and version, stored with each template: templates of different extractors are never
    compared.
    """

    id: str

    def __call__(self, image: Image, dpi: int = DPI) -> Minutiae:
        """Return the minutiae in the frame of the picture at 500 dpi."""
        ...


class Leader:
    """The network that ships. Use one object per thread; a call releases the GIL."""

    id = "leader-1"

    def __init__(self, threads: int = 1) -> None:
        """Raises ModelRefused when the model file is missing or was changed."""
        self._session = load_session("finger_minutiae", threads, one_size=False)
        self._input = self._session.get_inputs()[0].name

    def __call__(self, image: Image, dpi: int = DPI) -> Minutiae:
        """Return the minutiae in the frame of the picture at 500 dpi. Raises FingerImageError."""
        image = evened(at_500_dpi(checked(image), dpi))
        top, left, height, width = finger_box(image)
        found = self._run(image[top : top + height, left : left + width])
        size = (image.shape[1], image.shape[0])
        x, y, angle, kind, quality = found.T
        return minutiae(x + left, y + top, angle, kind, quality, size)

    def _run(self, image: Image) -> NDArray[np.float64]:
        """float64 (n, 5): x, y, angle in the image frame, kind, quality 1 to 100."""
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
    """Return the picture. Raises FingerImageError unless it is grey and of a sensible size."""
    if image.ndim != 2 or image.dtype != np.uint8:
        raise FingerImageError(tr("A fingerprint is an 8-bit grey image."))
    if min(image.shape) < MIN_SIDE or max(image.shape) > MAX_SIDE:
        raise FingerImageError(
            tr(
                "A fingerprint has sides of {least} to {most} pixels, not {width} × {height}.",
                least=MIN_SIDE,
                most=MAX_SIDE,
                width=image.shape[1],
                height=image.shape[0],
            )
        )
    return image


def at_500_dpi(image: Image, dpi: int) -> Image:
    """Return the picture as a sensor of 500 dpi would see it.

    Raises FingerImageError for a resolution that no reader has, or that does not fit the picture.
    """
    if not MIN_DPI <= dpi <= MAX_DPI:
        raise FingerImageError(
            tr(
                "A reader has {least} to {most} dpi, not {dpi}.",
                least=MIN_DPI,
                most=MAX_DPI,
                dpi=dpi,
            )
        )
    if abs(dpi - DPI) <= 2:
        return image
    scale = DPI / dpi
    if not MIN_SCALED <= min(image.shape) * scale <= max(image.shape) * scale <= MAX_SIDE:
        raise FingerImageError(
            tr(
                "At {dpi} dpi, a picture of {width} × {height} pixels cannot be one "
                "of a finger. Check the resolution of the reader.",
                dpi=dpi,
                width=image.shape[1],
                height=image.shape[0],
            )
        )
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=way), np.uint8)


def ridge_blocks(image: Image) -> NDArray[np.bool_]:
    """Return which blocks of 16 x 16 pixels show ridges, bool (rows, columns).

    Incomplete blocks at the right and lower edge are left out.
    """
    rows, columns = image.shape[0] // BLOCK, image.shape[1] // BLOCK
    blocks = (
        image[: rows * BLOCK, : columns * BLOCK]
        .reshape(rows, BLOCK, columns, BLOCK)
        .astype(np.float32)
    )
    return np.asarray(blocks.std(axis=(1, 3)) > FINGER_DEVIATION)


def finger_box(image: Image) -> tuple[int, int, int, int]:
    """Return (top, left, height, width) of the part that shows a finger, with a margin, px.

    The whole picture where no finger is clear.
    """
    shown = ridge_blocks(image)
    if shown.sum() < 9:
        return 0, 0, *image.shape
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    top, left = max(0, rows[0] * BLOCK - MARGIN), max(0, columns[0] * BLOCK - MARGIN)
    bottom = min(image.shape[0], (rows[-1] + 1) * BLOCK + MARGIN)
    right = min(image.shape[1], (columns[-1] + 1) * BLOCK + MARGIN)
    return int(top), int(left), int(bottom - top), int(right - left)
