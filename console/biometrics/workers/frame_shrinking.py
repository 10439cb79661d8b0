"""Camera frames made small enough for the workers. Imports numpy only."""

import numpy as np
from numpy.typing import NDArray

MAX_SIDE = 640
"""Pixels of the longer side of what is sent; detection runs at this size anyway."""


def shrunk(frame: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int]:
    """Return the frame scaled down by an integer factor, and that factor.

    frame: uint8 (height, width, 3). Squares of pixels are averaged: to skip pixels instead would
    make the frame look sharper than it is.
    """
    step = max(1, round(max(frame.shape[:2]) / MAX_SIDE))
    if step == 1:
        return np.ascontiguousarray(frame), 1
    height, width = (side // step * step for side in frame.shape[:2])
    cells = frame[:height, :width].reshape(height // step, step, width // step, step, 3)
    return np.ascontiguousarray(cells.mean(axis=(1, 3), dtype=np.float32).astype(np.uint8)), step
