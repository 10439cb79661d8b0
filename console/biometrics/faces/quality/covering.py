"""Whether something is before the face: a hand, paper, a telephone, a mask. No net says so by itself; several that were made for
something else become unsure, each in its own way, and their doubts are added up.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.boxes import FaceBox
from console.biometrics.faces.detection.landmarks import FaceMesh, Landmarker
from console.biometrics.faces.detection.presence import PresenceNet, square_crop
from console.biometrics.models import load_session

PALM_SIDE = 192
PALM_CROP = 2.0
"""Sides of the face's box in which palms are looked for."""
SHAKES = ((0.05, 0.03, 6.0, 1.40), (-0.05, 0.02, -6.0, 1.62), (0.0, -0.06, 0.0, 1.50))
"""(right, down in sides of the box, degrees, scale) of the crops beside the usual one."""
REGIONS = {
    "mouth": (61, 291, 0, 17, 13, 14, 78, 308, 40, 270, 91, 321),
    "eyes": (33, 133, 159, 145, 263, 362, 386, 374),
    "brows": (70, 63, 105, 66, 107, 336, 296, 334, 293, 300),
    "nose": (1, 4, 5, 195, 98, 327, 48, 278),
    "oval": (10, 338, 284, 454, 361, 397, 378, 152, 149, 172, 132, 234, 54, 109),
    "cheeks": (50, 280, 205, 425, 187, 411, 123, 352),
}


@dataclass(frozen=True)
class Doubts:
    """presence: logit of the older mesh net that this is a face; shake: log of how far points move from crop to crop, in eye distances,
    in the worst region; palm: logit of a palm near the face; region: the worst one."""

    presence: float
    shake: float
    palm: float
    region: str


class CoveringNets:
    """Not thread-safe; one object per worker process."""

    def __init__(self, landmarker: Landmarker, presence: PresenceNet) -> None:
        self._landmarker, self._presence = landmarker, presence
        self._palms = load_session("palms")

    def look(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> Doubts:
        shake, region = self._shake(rgb, mesh)
        return Doubts(self._presence.logit(rgb, mesh), shake, self._palm(rgb, mesh), region)

    def _palm(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> float:
        crop = square_crop(rgb, mesh, PALM_CROP, PALM_SIDE, 0.0)
        outputs = self._palms.run(
            None, {self._palms.get_inputs()[0].name: crop[None].astype(np.float32) / 255}
        )
        return float(next(np.max(output) for output in outputs if np.size(output) == 2016))

    def _shake(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> tuple[float, str]:
        left, top, right, bottom = mesh.bounds
        side = max(right - left, bottom - top)
        centre = ((left + right) / 2, (top + bottom) / 2)
        seen = [mesh.points[:, :2]]
        for right_by, down_by, degrees, scale in SHAKES:
            moved = (centre[0] + right_by * side, centre[1] + down_by * side)
            seen.append(
                self._landmarker.at(rgb, moved, scale * side, mesh.roll + degrees).points[:, :2]
            )
        spread = np.hypot(*np.stack(seen).std(axis=0).T) / max(mesh.eye_distance, 1.0)
        by_region = {name: float(spread[list(points)].mean()) for name, points in REGIONS.items()}
        worst = max(by_region, key=lambda name: by_region[name])
        return float(np.log(max(by_region[worst], 1e-6))), worst


GOOD = {
    "presence": (-27.06, 5.12),
    "flag": (-22.03, 4.30),
    "score": (-2.09, 0.82),
    "shake": (-4.20, 0.40),
    "palm": (-1.97, 2.47),
}
"""(median, what the 95th percentile lies beyond it in the doubtful direction) on good portraits."""


def covered(face: FaceBox, mesh: FaceMesh, doubts: Doubts) -> float:
    """The sum of all doubts: squares of how far each lies beyond what good portraits show, each at most 16."""
    values = {
        "presence": -doubts.presence,
        "flag": -mesh.flag,
        "score": -face.score,
        "shake": doubts.shake,
        "palm": doubts.palm,
    }
    return float(
        sum(
            np.clip((value - GOOD[name][0]) / GOOD[name][1], 0, 4) ** 2
            for name, value in values.items()
        )
    )
