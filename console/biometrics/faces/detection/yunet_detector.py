"""YuNet, a detector that a site may add by file (`muster models FILE`)."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.boxes import DETECTION_SIDE, JUST_FOUND, FaceBox
from console.biometrics.refusals import ModelRefused

MIN_SCORE = 0.6
"""On YuNet's own scale, 0 to 1."""


class YuNetDetector:
    """YuNet through OpenCV. Not thread-safe."""

    def __init__(self, path: Path) -> None:
        """Raises ModelRefused when this OpenCV cannot load the file."""
        # on Windows OpenCV finds no folder whose name the code page cannot spell
        content, none = np.frombuffer(path.read_bytes(), np.uint8), np.empty(0, np.uint8)
        try:
            self._net = cv2.FaceDetectorYN.create("onnx", content, none, (320, 320), MIN_SCORE)
        except cv2.error as error:
            raise ModelRefused(
                f"{path.name} cannot be used with OpenCV {cv2.__version__}"
            ) from error

    def detect(self, rgb: NDArray[np.uint8]) -> list[FaceBox]:
        """Return the boxes, the most certain first. rgb: uint8 (height, width, 3)."""
        scale = min(1.0, DETECTION_SIDE / max(rgb.shape[:2]))
        small = np.asarray(
            cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
        )
        self._net.setInputSize((small.shape[1], small.shape[0]))
        _, rows = self._net.detect(np.ascontiguousarray(small[:, :, ::-1]))
        if rows is None:
            return []
        found = []
        for x, y, width, height in (rows[np.argsort(-rows[:, -1])][:, :4] / scale).tolist():
            side = max(width, height)
            left, top = x + width / 2 - side / 2, y + height / 2 - side / 2
            found.append(FaceBox(left, top, side, JUST_FOUND))
        return found
