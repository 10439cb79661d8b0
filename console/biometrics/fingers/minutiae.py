"""Minutiae: where ridges end or fork.

Image frame: x to the right, y down, at 500 dpi; directions in radians, from x towards y.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TAU = 2 * np.pi
DPI = 500
OTHER, ENDING, BIFURCATION = 0, 1, 2
"""Kinds, as ISO/IEC 19794-2 numbers them."""
MAX_MINUTIAE = 64
"""Only this many of the best are used: prints have about 40, and more are mostly noise."""


@dataclass(frozen=True, eq=False)
class Minutiae:
    """The minutiae of one print, as columns of equal length.

    x, y: float32, px; angle: float32, 0 to 2 pi; kind: uint8; quality: uint8, 1 to 100, 0 = not
    given; width, height: of the picture, px.
    """

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    angle: NDArray[np.float32]
    kind: NDArray[np.uint8]
    quality: NDArray[np.uint8]
    width: int
    height: int

    def __len__(self) -> int:
        """Return the number of minutiae."""
        return len(self.x)

    def select(self, rows: NDArray[np.int64]) -> "Minutiae":
        """Return the minutiae of these rows, in this order."""
        return Minutiae(
            x=self.x[rows],
            y=self.y[rows],
            angle=self.angle[rows],
            kind=self.kind[rows],
            quality=self.quality[rows],
            width=self.width,
            height=self.height,
        )

    def best(self, limit: int = MAX_MINUTIAE) -> "Minutiae":
        """Return the `limit` minutiae of the highest quality, of equals the most central."""
        if len(self) <= limit:
            return self
        middle = np.hypot(self.x - self.x.mean(), self.y - self.y.mean())
        return self.select(np.lexsort((middle, -self.quality.astype(np.int64)))[:limit])

    def array(self) -> NDArray[np.float32]:
        """Return x, y, angle and kind as the matcher takes them, float32 (n, 4), C order."""
        return np.ascontiguousarray(
            np.column_stack([self.x, self.y, self.angle, self.kind]), np.float32
        )


def minutiae(
    x: object,
    y: object,
    angle: object,
    kind: object = None,
    quality: object = None,
    size: tuple[int, int] = (0, 0),
) -> Minutiae:
    """Make Minutiae from anything that numpy accepts as columns.

    angle: radians, wrapped here; size: (width, height), px.
    """
    xs = np.asarray(x, np.float32)
    n = len(xs)
    width, height = size
    return Minutiae(
        x=xs,
        y=np.asarray(y, np.float32),
        angle=np.mod(np.asarray(angle, np.float64), TAU).astype(np.float32),
        kind=np.zeros(n, np.uint8) if kind is None else np.asarray(kind, np.uint8),
        quality=np.zeros(n, np.uint8) if quality is None else np.asarray(quality, np.uint8),
        width=width,
        height=height,
    )


def rotated(source: Minutiae, radians: float, shift: tuple[float, float] = (0.0, 0.0)) -> Minutiae:
    """Return the same finger laid down rotated by `radians`, then shifted by (x, y) px."""
    cos, sin = np.cos(radians), np.sin(radians)
    x = cos * source.x - sin * source.y + shift[0]
    y = sin * source.x + cos * source.y + shift[1]
    return minutiae(
        x, y, source.angle + radians, source.kind, source.quality, (source.width, source.height)
    )
