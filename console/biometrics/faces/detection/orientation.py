"""Photos that lie on their side: some phones and chat programs drop the note that says so (EN5)."""

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.face_finder import FaceFinder
from console.biometrics.faces.detection.landmarks import LocatedFace

SURE_SCORE, SURE_FLAG = 0.6, 15.0
"""Detector's score and mesh flag; nearly all upright portraits exceed both, and none that lies."""
TURNS = (1, 3, 2)
"""Quarter turns, the likely ones first."""


def quarter_turns(finder: FaceFinder, rgb: NDArray[np.uint8], found: list[LocatedFace]) -> int:
    """Return by how many quarter turns, counter-clockwise, the picture must be turned: 0 to 3.

    found: what the finder sees in it as it is. A picture is turned only where that is not sure and
    the face is sure in the turned one.
    """
    if found and _is_sure(found[0]):
        return 0
    for turns in TURNS:
        face = finder.find_upright(turned(rgb, turns))
        if face is not None and _is_sure(face):
            return turns
    return 0


def turned(rgb: NDArray[np.uint8], turns: int) -> NDArray[np.uint8]:
    """Return the picture after so many quarter turns, counter-clockwise."""
    return np.ascontiguousarray(np.rot90(rgb, turns))


def _is_sure(face: LocatedFace) -> bool:
    return face.box.score >= SURE_SCORE and face.mesh.flag >= SURE_FLAG
