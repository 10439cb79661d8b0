"""Whether a picture shows a finger, for readers that do not tell by themselves."""

import numpy as np
from numpy.typing import NDArray

BLOCK = 16
RIDGES = 12.0
"""Grey levels: a block whose standard deviation is higher shows ridges."""
ON_SHARE, OFF_SHARE = 0.15, 0.06
"""Of the picture: a finger comes and goes at different shares, so that it does not flicker."""


def ridge_share(image: NDArray[np.uint8]) -> float:
    """The share of blocks that show something, 0 to 1. A steady pattern in an empty picture (dust, scratches) stays below 0.1."""
    rows, columns = image.shape[0] // BLOCK, image.shape[1] // BLOCK
    blocks = (
        image[: rows * BLOCK, : columns * BLOCK]
        .reshape(rows, BLOCK, columns, BLOCK)
        .astype(np.float32)
    )
    return float((blocks.std(axis=(1, 3)) > RIDGES).mean())
