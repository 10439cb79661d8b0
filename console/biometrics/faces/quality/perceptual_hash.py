"""Whether two files show the same picture: a difference hash. Pure; numpy only."""

import numpy as np
from numpy.typing import NDArray

HASH_SIDE = 16
HASH_BYTES = HASH_SIDE * HASH_SIDE // 8
LUMA = (0.299, 0.587, 0.114)
"""ITU-R BT.601."""


def perceptual_hash(rgb: NDArray[np.uint8]) -> bytes:
    """Return 32 bytes: where a grey copy of 17 x 16 cells brightens to the right.

    rgb: uint8 (height, width, 3). Scaled or saved again, a picture differs in a few bits only.
    """
    grey = rgb.astype(np.float32) @ np.array(LUMA, np.float32)
    rows = _cell_means(grey, HASH_SIDE, axis=0)
    cells = _cell_means(rows, HASH_SIDE + 1, axis=1)
    return np.packbits(cells[:, 1:] > cells[:, :-1]).tobytes()


def _cell_means(values: NDArray[np.float32], count: int, axis: int) -> NDArray[np.float32]:
    """Means of `count` stretches of equal length along the axis."""
    edges = np.linspace(0, values.shape[axis], count + 1).astype(int)
    starts = np.minimum(edges[:-1], values.shape[axis] - 1)
    sums = np.add.reduceat(values, starts, axis=axis)
    widths = np.maximum(1, np.diff(np.append(starts, values.shape[axis])))
    return np.asarray(sums / (widths[:, None] if axis == 0 else widths[None]), np.float32)


def hash_distance(a: bytes, b: bytes) -> float:
    """Return the fraction of bits that differ, 0 to 1; about 0.5 for two different pictures."""
    differing = np.unpackbits(np.frombuffer(a, np.uint8) ^ np.frombuffer(b, np.uint8))
    return float(differing.mean())
