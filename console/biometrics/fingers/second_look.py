"""A finger that matched nobody is looked at again: its minutiae, then its picture, in other ways.

First the minutiae are placed as if the finger had been pressed or drawn over the glass. Then the
picture is read in four other ways; each reading finds partly other minutiae. The best score of all
counts. So strangers score higher, too, and calibration.py has thresholds of its own for it. Nothing
but time is lost, and time only where the first look found nobody.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from console.biometrics.fingers.extractor import Extractor, finger_box
from console.biometrics.fingers.minutiae import Minutiae, minutiae
from console.biometrics.fingers.ridges import Image, evened

CLIP, TILES = 3.0, (8, 8)
"""Limit of contrast, and tiles, of the equalisation."""
AROUND = 12.0
"""Pixels of standard deviation over which levels are made even: somewhat more than a ridge."""
LEVEL, SPREAD, LEAST_SPREAD = 128.0, 50.0, 6.0
"""Grey levels: the mean and the deviation that are aimed at, and a deviation that is only noise."""
SCALES = (1.15, 0.85)
"""A finger pressed flat has wider ridges, a light touch finer ones."""
PULLS = ((0.93, 1.1), (1.1, 0.93))
"""Width and height of skin that is drawn along the glass, or pressed along it: its area stays."""


def other_looks(extract: Extractor, image: Image, found: Minutiae) -> Iterator[Minutiae]:
    """Yield the minutiae of each other look, the quick ones first.

    image: of a finger, uint8 (height, width), at 500 dpi; found: at the first look, in its frame.
    """
    for width, height in PULLS:
        yield pulled(found, width, height)
    yield from other_readings(extract, image)


def pulled(found: Minutiae, width: float, height: float) -> Minutiae:
    """Return the minutiae of skin of this width and height; 1 is as found."""
    along_x, along_y = np.cos(found.angle) * width, np.sin(found.angle) * height
    return minutiae(
        found.x * width,
        found.y * height,
        np.arctan2(along_y, along_x),
        found.kind,
        found.quality,
        (round(found.width * width), round(found.height * height)),
    )


def other_readings(extract: Extractor, image: Image) -> Iterator[Minutiae]:
    """Yield the minutiae of each other reading, in the frame of the picture at 500 dpi.

    image: of a finger, uint8 (height, width), at 500 dpi.
    """
    top, left, height, width = finger_box(evened(image))
    cut = evened(image)[top : top + height, left : left + width]
    size = (image.shape[1], image.shape[0])
    for scale in SCALES:
        yield _placed(extract(_scaled(cut, scale)), (left, top), scale, size)
    for prepared in (_levelled(cut), cv2.createCLAHE(CLIP, TILES).apply(cut)):
        yield _placed(extract(np.asarray(prepared, np.uint8)), (left, top), 1.0, size)


def _scaled(image: Image, scale: float) -> Image:
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=way), np.uint8)


def _levelled(image: Image) -> Image:
    """The picture with the same mean and deviation everywhere."""
    grey = image.astype(np.float32)
    mean = cv2.GaussianBlur(grey, (0, 0), AROUND)
    square = cv2.GaussianBlur(grey * grey, (0, 0), AROUND)
    spread = np.sqrt(np.maximum(square - mean * mean, LEAST_SPREAD**2))
    return np.clip(LEVEL + SPREAD * (grey - mean) / spread, 0, 255).astype(np.uint8)


def _placed(
    found: Minutiae, corner: tuple[int, int], scale: float, size: tuple[int, int]
) -> Minutiae:
    """The minutiae back in the frame of the whole picture."""
    left, top = corner
    return minutiae(
        found.x / scale + left,
        found.y / scale + top,
        found.angle,
        found.kind,
        found.quality,
        size,
    )
