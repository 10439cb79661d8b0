"""Whether something is in front of the face: a hand, paper, a phone, a mask.

No net that ships was trained for this. Several that were made for other tasks become unsure when a
face is covered, each in its own way; their doubts are added up.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.boxes import FaceBox
from console.biometrics.faces.detection.crops import square_crop
from console.biometrics.faces.detection.face_presence import FacePresenceNet
from console.biometrics.faces.detection.landmarks import FaceMesh, Landmarker
from console.biometrics.models import load_session

PALM_SIDE = 192
"""Side of the palm net's input, px."""
PALM_SCALE = 2.0
"""Side of the area searched for palms, in sides of the face."""
PALM_ANCHORS = 2016
SHIFTED_CROPS = ((0.05, 0.03, 6.0, 1.40), (-0.05, 0.02, -6.0, 1.62), (0.0, -0.06, 0.0, 1.50))
"""(right and down in sides of the face, degrees, scale) of the crops besides the usual one."""
REGIONS = {
    "mouth": (61, 291, 0, 17, 13, 14, 78, 308, 40, 270, 91, 321),
    "eyes": (33, 133, 159, 145, 263, 362, 386, 374),
    "brows": (70, 63, 105, 66, 107, 336, 296, 334, 293, 300),
    "nose": (1, 4, 5, 195, 98, 327, 48, 278),
    "oval": (10, 338, 284, 454, 361, 397, 378, 152, 149, 172, 132, 234, 54, 109),
    "cheeks": (50, 280, 205, 425, 187, 411, 123, 352),
}
"""Mesh points of each region of the face."""
GOOD_PORTRAITS = {
    "presence": (-27.06, 5.12),
    "flag": (-22.03, 4.30),
    "score": (-2.09, 0.82),
    "instability": (-4.20, 0.40),
    "palm": (-1.97, 2.47),
}
"""(median, 95th percentile less the median) of each doubt on good portraits; more means doubt."""
MAX_DEVIATION = 4.0
"""In units of the second column above; one doubt alone adds at most the square of this."""


@dataclass(frozen=True)
class CoveringDoubts:
    """What the nets say about one face.

    presence: logit of the older mesh net that this is a face;
    instability: log of how far the points of the worst region move from crop to crop, in eye
    distances;
    palm: logit of a palm near the face;
    region: the worst region, a key of REGIONS.
    """

    presence: float
    instability: float
    palm: float
    region: str


class CoveringDetector:
    """Holds the nets. Not thread-safe: use one object per worker process."""

    def __init__(self, landmarker: Landmarker, presence: FacePresenceNet) -> None:
        self._landmarker, self._presence = landmarker, presence
        self._palms = load_session("palms")

    def measure(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> CoveringDoubts:
        """Ask every net. rgb: uint8 (height, width, 3)."""
        instability, region = self._instability(rgb, mesh)
        return CoveringDoubts(
            presence=self._presence.logit(rgb, mesh),
            instability=instability,
            palm=self._palm_logit(rgb, mesh),
            region=region,
        )

    def _palm_logit(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> float:
        crop = square_crop(rgb, mesh, scale=PALM_SCALE, side=PALM_SIDE, roll=0.0)
        outputs = self._palms.run(
            None, {self._palms.get_inputs()[0].name: crop[None].astype(np.float32) / 255}
        )
        return float(next(np.max(output) for output in outputs if np.size(output) == PALM_ANCHORS))

    def _instability(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> tuple[float, str]:
        left, top, right, bottom = mesh.bounds
        side = max(right - left, bottom - top)
        x, y = (left + right) / 2, (top + bottom) / 2
        placements = [mesh.points[:, :2]]
        for right_by, down_by, degrees, scale in SHIFTED_CROPS:
            centre = (x + right_by * side, y + down_by * side)
            roll = mesh.roll + degrees
            shifted = self._landmarker.locate_in_crop(rgb, centre, scale * side, roll)
            placements.append(shifted.points[:, :2])
        spread = np.hypot(*np.stack(placements).std(axis=0).T) / max(mesh.eye_distance, 1.0)
        by_region = {name: float(spread[list(points)].mean()) for name, points in REGIONS.items()}
        worst = max(by_region, key=lambda name: by_region[name])
        return float(np.log(max(by_region[worst], 1e-6))), worst


def covered(face: FaceBox, mesh: FaceMesh, doubts: CoveringDoubts) -> float:
    """Return the sum of all doubts, 0 (none) to 80.

    Each adds the square of how far it lies beyond what good portraits show, at most 16.
    """
    values = {
        "presence": -doubts.presence,
        "flag": -mesh.flag,
        "score": -face.score,
        "instability": doubts.instability,
        "palm": doubts.palm,
    }
    total = 0.0
    for name, value in values.items():
        median, spread = GOOD_PORTRAITS[name]
        total += float(np.clip((value - median) / spread, 0, MAX_DEVIATION)) ** 2
    return total
