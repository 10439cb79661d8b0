"""Follows the face on camera frames: searched now and then, tracked by its mesh in between."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.landmarks import (
    CROP_SCALE,
    FACE_FLAG,
    FaceMesh,
    Landmarker,
    LocatedFace,
)

SEARCH_EVERY = 12
"""Frames from one search to the next. Only a search sees that another person has come."""


class LiveFaceFinder(Protocol):
    """What the tracker asks of FaceFinder and QuickFaceFinder."""

    landmarker: Landmarker

    def find(self, rgb: NDArray[np.uint8]) -> list[LocatedFace]:
        """Return the main face first. rgb: uint8 (height, width, 3)."""
        ...


class FaceTracker:
    """Not thread-safe: use one object per camera. people: number of faces at the last search."""

    def __init__(self, finder: LiveFaceFinder) -> None:
        self._finder = finder
        self._last: FaceMesh | None = None
        self._frames = 0
        self.people = 0

    def locate(self, rgb: NDArray[np.uint8]) -> FaceMesh | None:
        """Return the mesh of the main face, None without one. rgb: uint8 (height, width, 3)."""
        self._frames += 1
        if self._last is not None and self._frames % SEARCH_EVERY:
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
        centre = ((left + right) / 2, (top + bottom) / 2)
        return self._finder.landmarker.locate_in_crop(rgb, centre, side, last.roll)
