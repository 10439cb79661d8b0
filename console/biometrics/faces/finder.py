"""The faces of a picture with their meshes, the main one first: two looks of the detector, each confirmed by the mesh net."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detector import FaceBox, HogDetector
from console.biometrics.faces.landmarks import FaceMesh, Landmarker
from console.biometrics.faces.second_detector import BlazeDetector

FACE_FLAG = 5.0
"""From this logit of the mesh net on, a box shows a face: portraits have 12 and more, other things less than 0."""
HALF_SEEN = 2.0
"""A face that is half hidden, or very blurred, has as little; of other things that a detector took for a face none has more than -0.7."""
SECOND_FACE_SCORE, SECOND_FACE_AREA = 0.5, 0.10
"""A further box counts as a person only with this score and this share of the main face's area: HOG sees faces in cloth."""


@dataclass(frozen=True)
class Found:
    """A face. sure: the first look saw it; the second look finds faces that fill the picture or are half covered."""

    box: FaceBox
    mesh: FaceMesh
    sure: bool = True


class FaceFinder:
    """Not thread-safe; one object per worker process."""

    def __init__(self) -> None:
        self.landmarker = Landmarker()
        self._detector, self._second = HogDetector(), BlazeDetector()

    def find(self, rgb: NDArray[np.uint8]) -> list[Found]:
        """The main face first, then further people; empty when there is none."""
        seen = [Found(box, self.landmarker.locate(rgb, box)) for box in self._detector.detect(rgb)]
        main = max(seen, key=lambda one: (one.mesh.flag > FACE_FLAG, one.box.side), default=None)
        if main is None or main.mesh.flag <= FACE_FLAG:
            return self._look_again(rgb, seen)
        return [main, *(one for one in seen if one is not main and _is_person(one, main))]

    def _look_again(self, rgb: NDArray[np.uint8], seen: list[Found]) -> list[Found]:
        boxes = [*self._detector.look_again(rgb), *self._second.detect(rgb)]
        doubtful = [*seen, *(Found(box, self.landmarker.locate(rgb, box), sure=False) for box in boxes)]
        best = max(doubtful, key=lambda one: one.mesh.flag, default=None)
        return [best] if best is not None and best.mesh.flag > HALF_SEEN else []


def _is_person(one: Found, main: Found) -> bool:
    big_enough = one.box.side**2 >= SECOND_FACE_AREA * main.box.side**2
    return big_enough and one.box.score >= SECOND_FACE_SCORE and one.mesh.flag > FACE_FLAG
