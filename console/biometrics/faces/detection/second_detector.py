"""Second opinions on where faces are: BlazeFace full range, which ships, and YuNet by file.

BlazeFace sees faces that are half hidden in cloth, which HOG does not. No box is proof of a face; the mesh net confirms them. Layout of
BlazeFace's outputs: MediaPipe's face_detection_full_range (one anchor a cell of a 48 x 48 grid).
"""

from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.boxes import (
    DETECTION_SIDE,
    FaceBox,
    moved,
    overlap,
    with_border,
)
from console.biometrics.models import load_session
from console.biometrics.refusals import ModelRefused

SIDE, GRID = 192, 48
LEAST_LOGIT = 0.0
"""An even chance."""
SAME = 0.3
"""Boxes that overlap more than this (intersection over union) are one face."""
YUNET_LEAST = 0.6
"""Of its scores, which end at 1."""
SCORE = 0.0
"""What a box of it counts as on HOG's scale: just found."""


class Detector(Protocol):
    """Finds boxes that may show faces."""

    def detect(self, rgb: NDArray[np.uint8]) -> list[FaceBox]:
        """The surest first."""
        ...


class YuNetDetector:
    """YuNet by file, through OpenCV. Not thread-safe."""

    def __init__(self, path: Path) -> None:
        """Raises ModelRefused."""
        try:
            self._net = cv2.FaceDetectorYN.create(str(path), "", (320, 320), YUNET_LEAST)
        except cv2.error as error:
            raise ModelRefused(
                f"{path.name} cannot be used with OpenCV {cv2.__version__}"
            ) from error

    def detect(self, rgb: NDArray[np.uint8]) -> list[FaceBox]:
        scale = min(1.0, DETECTION_SIDE / max(rgb.shape[:2]))
        small = np.asarray(
            cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
        )
        self._net.setInputSize((small.shape[1], small.shape[0]))
        _, rows = self._net.detect(np.ascontiguousarray(small[:, :, ::-1]))
        found = []
        for x, y, width, height in (
            [] if rows is None else rows[np.argsort(-rows[:, -1])][:, :4] / scale
        ).tolist():
            side = max(width, height)
            found.append(FaceBox(x + width / 2 - side / 2, y + height / 2 - side / 2, side, SCORE))
        return found


class BlazeDetector:
    """Not thread-safe; one object per worker process."""

    def __init__(self) -> None:
        self._net = load_session("face_detector")
        self._input = self._net.get_inputs()[0].name
        cells = (np.arange(GRID) + 0.5) / GRID
        self._anchors = np.stack(np.meshgrid(cells, cells), axis=-1).reshape(-1, 2)

    def detect(self, rgb: NDArray[np.uint8]) -> list[FaceBox]:
        """The surest first. Looks at the picture as it is, and with a border drawn round it."""
        framed, border = with_border(rgb)
        return [*self._run(rgb), *(moved(box, -border) for box in self._run(framed))]

    def glance(self, rgb: NDArray[np.uint8]) -> list[FaceBox]:
        """As detect, but the border is only drawn where nothing is seen without it."""
        found = self._run(rgb)
        if found:
            return found
        framed, border = with_border(rgb)
        return [moved(box, -border) for box in self._run(framed)]

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
        for place in np.argsort(-logits).tolist():
            if logits[place] < LEAST_LOGIT:
                break
            x, y = (self._anchors[place] + boxes[place, :2] / SIDE) * longer
            side = float(max(boxes[place, 2:4])) / SIDE * longer
            box = FaceBox(float(x) - side / 2, float(y) - side / 2, side, SCORE)
            if all(overlap(box, other) < SAME for other in found):
                found.append(box)
        return found
