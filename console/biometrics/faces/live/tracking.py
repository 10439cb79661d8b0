"""The face on live frames: looked for anew now and then; in between the mesh of the last frame says where it is."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.landmarks import (
    CROP_SCALE,
    FACE_FLAG,
    FaceMesh,
    Found,
    Landmarker,
)

LOOK_EVERY = 12
"""Frames between two looks for faces, that of another person among them."""


class Finder(Protocol):
    """FaceFinder and GlanceFinder."""

    landmarker: Landmarker

    def find(self, rgb: NDArray[np.uint8]) -> list[Found]:
        """The main face first."""
        ...


class FaceTracker:
    """Not thread-safe; one object per camera. people: faces at the last look."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self._last: FaceMesh | None = None
        self._frames = 0
        self.people = 0

    def locate(self, rgb: NDArray[np.uint8]) -> FaceMesh | None:
        """The largest face of the frame; None without one."""
        self._frames += 1
        if self._last is not None and self._frames % LOOK_EVERY:
            mesh = self._follow(rgb, self._last)
            if mesh.flag > FACE_FLAG:
                self._last = mesh
                return mesh
        found = self._finder.find(rgb)
        self.people = len(found)
        self._last = found[0].mesh if found and found[0].mesh.flag > FACE_FLAG else None
        return self._last

    def _follow(self, rgb: NDArray[np.uint8], last: FaceMesh) -> FaceMesh:
        left, top, right, bottom = last.bounds
        side = CROP_SCALE * max(right - left, bottom - top)
        return self._finder.landmarker.at(
            rgb, ((left + right) / 2, (top + bottom) / 2), side, last.roll
        )
