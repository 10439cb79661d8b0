"""Thorough search for the faces of a photo. The mesh net confirms every box of a detector."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.blazeface_detector import BlazeFaceDetector
from console.biometrics.faces.detection.boxes import FaceBox
from console.biometrics.faces.detection.face_detector import FaceDetector
from console.biometrics.faces.detection.face_presence import FacePresenceNet
from console.biometrics.faces.detection.hog_detector import HogDetector
from console.biometrics.faces.detection.landmarks import (
    FACE_FLAG,
    FaceMesh,
    Landmarker,
    LocatedFace,
)

DOUBTFUL_FACE_FLAG, MIN_PRESENCE = 0.0, 2.0
"""Logits of the newer and the older mesh net.

A face that is half hidden, very blurred or cut by the border reaches only the first. It counts when
the older net sees a face there as well.
"""
SECOND_FACE_SCORE, SECOND_FACE_AREA = 0.5, 0.10
"""A further box counts as a person only with this score and this fraction of the main face's area.

HOG sees faces in the folds of cloth.
"""


class FaceFinder:
    """Holds the nets. Not thread-safe: use one object per worker process."""

    def __init__(self, additional_detectors: Sequence[FaceDetector] = ()) -> None:
        """additional_detectors: asked as well where the first search finds nothing."""
        self.landmarker, self.presence = Landmarker(), FacePresenceNet()
        self._detector = HogDetector()
        self._second_detectors: tuple[FaceDetector, ...] = (
            BlazeFaceDetector(),
            *additional_detectors,
        )

    def find(self, rgb: NDArray[np.uint8]) -> list[LocatedFace]:
        """Return the main face first, then further people; empty without a face.

        rgb: uint8 (height, width, 3).
        """
        located = [self._locate(rgb, box) for box in self._detector.detect(rgb)]
        main = max(located, key=lambda one: (one.mesh.flag > FACE_FLAG, one.box.side), default=None)
        if main is None or main.mesh.flag <= FACE_FLAG:
            return self._search_again(rgb, located)
        return [main, *(one for one in located if one is not main and _is_person(one, main))]

    def find_upright(self, rgb: NDArray[np.uint8]) -> LocatedFace | None:
        """Return the face that the first detector is surest of; it sees upright faces only."""
        boxes = self._detector.detect(rgb)
        return self._locate(rgb, boxes[0]) if boxes else None

    def _locate(self, rgb: NDArray[np.uint8], box: FaceBox) -> LocatedFace:
        return LocatedFace(box, self.landmarker.locate(rgb, box))

    def _search_again(
        self, rgb: NDArray[np.uint8], located: list[LocatedFace]
    ) -> list[LocatedFace]:
        boxes = [
            *self._detector.detect_with_border(rgb),
            *(box for one in self._second_detectors for box in one.detect(rgb)),
        ]
        doubtful = [*located, *(self._locate(rgb, box) for box in boxes)]
        best = max(doubtful, key=lambda one: one.mesh.flag, default=None)
        return [best] if best is not None and self._is_face(rgb, best.mesh) else []

    def _is_face(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> bool:
        return mesh.flag > FACE_FLAG or (
            mesh.flag > DOUBTFUL_FACE_FLAG and self.presence.logit(rgb, mesh) > MIN_PRESENCE
        )


def _is_person(one: LocatedFace, main: LocatedFace) -> bool:
    big_enough = one.box.side**2 >= SECOND_FACE_AREA * main.box.side**2
    return big_enough and one.box.score >= SECOND_FACE_SCORE and one.mesh.flag > FACE_FLAG
