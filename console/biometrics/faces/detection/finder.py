"""The faces of a picture with their meshes, the main one first: two looks of the detector, each confirmed by the mesh net."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.detector import HogDetector
from console.biometrics.faces.detection.landmarks import FACE_FLAG, FaceMesh, Found, Landmarker
from console.biometrics.faces.detection.presence import PresenceNet
from console.biometrics.faces.detection.second_detector import BlazeDetector, Detector

HALF_SEEN, PRESENT = 0.0, 2.0
"""A face that is half hidden, very blurred or cut by the border has as little; then the older net must see it, too."""
SECOND_FACE_SCORE, SECOND_FACE_AREA = 0.5, 0.10
"""A further box counts as a person only with this score and this share of the main face's area: HOG sees faces in cloth."""


class FaceFinder:
    """Not thread-safe; one object per worker process."""

    def __init__(self, more: Sequence[Detector] = ()) -> None:
        """more: detectors that are asked besides, where the first look sees nothing."""
        self.landmarker, self.presence = Landmarker(), PresenceNet()
        self._detector = HogDetector()
        self._second: tuple[Detector, ...] = (BlazeDetector(), *more)

    def find(self, rgb: NDArray[np.uint8]) -> list[Found]:
        """The main face first, then further people; empty when there is none."""
        seen = [Found(box, self.landmarker.locate(rgb, box)) for box in self._detector.detect(rgb)]
        main = max(seen, key=lambda one: (one.mesh.flag > FACE_FLAG, one.box.side), default=None)
        if main is None or main.mesh.flag <= FACE_FLAG:
            return self._look_again(rgb, seen)
        return [main, *(one for one in seen if one is not main and _is_person(one, main))]

    def _look_again(self, rgb: NDArray[np.uint8], seen: list[Found]) -> list[Found]:
        boxes = [
            *self._detector.look_again(rgb),
            *(box for one in self._second for box in one.detect(rgb)),
        ]
        doubtful = [*seen, *(Found(box, self.landmarker.locate(rgb, box)) for box in boxes)]
        best = max(doubtful, key=lambda one: one.mesh.flag, default=None)
        return [best] if best is not None and self._is_face(rgb, best.mesh) else []

    def _is_face(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> bool:
        return mesh.flag > FACE_FLAG or (
            mesh.flag > HALF_SEEN and self.presence.logit(rgb, mesh) > PRESENT
        )


def _is_person(one: Found, main: Found) -> bool:
    big_enough = one.box.side**2 >= SECOND_FACE_AREA * main.box.side**2
    return big_enough and one.box.score >= SECOND_FACE_SCORE and one.mesh.flag > FACE_FLAG
