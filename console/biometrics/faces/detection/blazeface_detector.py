"""BlazeFace full range, a second detector that sees faces half hidden in cloth, which HOG misses.

Layout of its outputs: MediaPipe's face_detection_full_range, one anchor per cell of a 48 x 48 grid.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.boxes import (
    JUST_FOUND,
    FaceBox,
    overlap,
    shifted,
    with_border,
)
from console.biometrics.models import load_session

SIDE, GRID = 192, 48
"""Side of the net's input, px, and of its grid of anchors, cells."""
MIN_LOGIT = 0.0
"""A probability of one half."""
SAME_FACE_OVERLAP = 0.3
"""Boxes that overlap more than this (intersection over union) are one face."""


class BlazeFaceDetector:
    """Holds the net. Not thread-safe: use one object per worker process."""

    def __init__(self) -> None:
        self._net = load_session("face_detector")
        self._input = self._net.get_inputs()[0].name
        cells = (np.arange(GRID) + 0.5) / GRID
        self._anchors = np.stack(np.meshgrid(cells, cells), axis=-1).reshape(-1, 2)

    def detect(self, rgb: NDArray[np.uint8]) -> list[FaceBox]:
        """Search the picture as it is and with a border round it; the most certain first."""
        framed, border = with_border(rgb)
        return [*self._run(rgb), *(shifted(box, -border) for box in self._run(framed))]

    def detect_quickly(self, rgb: NDArray[np.uint8]) -> list[FaceBox]:
        """As detect, but with a border only where nothing is found without it."""
        found = self._run(rgb)
        if found:
            return found
        framed, border = with_border(rgb)
        return [shifted(box, -border) for box in self._run(framed)]

    def _run(self, rgb: NDArray[np.uint8]) -> list[FaceBox]:
        height, width = rgb.shape[:2]
        longer = max(height, width)
        scale = SIDE / longer
        small = cv2.resize(
            rgb,
            (max(1, round(width * scale)), max(1, round(height * scale))),
            interpolation=cv2.INTER_AREA,
        )
        square = np.zeros((SIDE, SIDE, 3), np.uint8)
        square[: small.shape[0], : small.shape[1]] = small
        outputs = self._net.run(None, {self._input: square[None].astype(np.float32) / 127.5 - 1})
        logits = next(np.ravel(output) for output in outputs if np.size(output) == GRID * GRID)
        boxes = next(
            np.reshape(output, (GRID * GRID, -1))
            for output in outputs
            if np.size(output) > GRID * GRID
        )
        found: list[FaceBox] = []
        for cell in np.argsort(-logits).tolist():
            if logits[cell] < MIN_LOGIT:
                break
            x, y = (self._anchors[cell] + boxes[cell, :2] / SIDE) * longer
            side = float(max(boxes[cell, 2:4])) / SIDE * longer
            box = FaceBox(float(x) - side / 2, float(y) - side / 2, side, JUST_FOUND)
            if all(overlap(box, other) < SAME_FACE_OVERLAP for other in found):
                found.append(box)
        return found
