"""Whether a picture shows a finger, for readers that do not report it."""

import numpy as np
from numpy.typing import NDArray

BLOCK = 16
RIDGES = 12.0
"""Grey levels: a block with a higher standard deviation shows ridges."""
ON_SHARE, OFF_SHARE = 0.15, 0.06
"""Shares of the picture at which a finger comes and goes: apart, so that it does not flicker."""


def ridge_share(image: NDArray[np.uint8]) -> float:
    """Return the share of blocks that show ridges, 0 to 1. image: (rows, columns) uint8.

    A steady pattern in an empty picture (dust, scratches) stays below 0.1.
    """
    rows, columns = image.shape[0] // BLOCK, image.shape[1] // BLOCK
    blocks = (
        image[: rows * BLOCK, : columns * BLOCK]
        .reshape(rows, BLOCK, columns, BLOCK)
        .astype(np.float32)
    )
    return float((blocks.std(axis=(1, 3)) > RIDGES).mean())
