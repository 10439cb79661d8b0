"""Minutiae: where ridges end or fork. Image frame: x to the right, y down, at 500 dpi; directions in radians, turning from x towards y."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TAU = 2 * np.pi
DPI = 500
OTHER, ENDING, BIFURCATION = 0, 1, 2
MAX_MINUTIAE = 64
"""As many of the best are kept: prints have about 40, and what is beyond is mostly noise."""


@dataclass(frozen=True, eq=False)
class Minutiae:
    """Columns of equal length. x, y: float32 pixels; angle: float32, 0 to 2 pi; kind: uint8; quality: uint8, 1 to 100, 0 = not given."""

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    angle: NDArray[np.float32]
    kind: NDArray[np.uint8]
    quality: NDArray[np.uint8]
    width: int
    height: int

    def __len__(self) -> int:
        return len(self.x)

    def take(self, rows: NDArray[np.int64]) -> "Minutiae":
        """The minutiae of those rows, in that order."""
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
        """The `limit` of the highest quality; where none is given, those nearest to the middle."""
        if len(self) <= limit:
            return self
        middle = np.hypot(self.x - self.x.mean(), self.y - self.y.mean())
        return self.take(np.lexsort((middle, -self.quality.astype(np.int64)))[:limit])

    def array(self) -> NDArray[np.float32]:
        """(n, 4) float32, C order: x, y, angle, kind. What the matcher works on."""
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
    """From anything that numpy takes as columns; angles are wrapped. size: (width, height)."""
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


def turned(source: Minutiae, radians: float, shift: tuple[float, float] = (0.0, 0.0)) -> Minutiae:
    """The same finger laid down turned and moved."""
    cos, sin = np.cos(radians), np.sin(radians)
    x = cos * source.x - sin * source.y + shift[0]
    y = sin * source.x + cos * source.y + shift[1]
    return minutiae(
        x, y, source.angle + radians, source.kind, source.quality, (source.width, source.height)
    )
