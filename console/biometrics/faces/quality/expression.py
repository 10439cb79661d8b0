"""Closed eyes and strong expressions, by MediaPipe's Blendshape V2 on the face mesh."""

from dataclasses import dataclass

import numpy as np

from console.biometrics.faces.detection.landmarks import FaceMesh
from console.biometrics.models import load_session

# fmt: off
INPUT_POINTS = [
    0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65,
    66, 67, 70, 78, 80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136,
    144, 145, 146, 148, 149, 150, 152, 153, 154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172,
    173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251, 263, 267, 269, 270, 276, 282, 283,
    284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318, 321, 323, 324,
    332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385,
    386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472,
    473, 474, 475, 476, 477,
]
# fmt: on
"""The 146 of the 478 mesh points that are the net's input, in its order."""
EYE_BLINK = (9, 10)
"""Places of the two eyelids among the weights."""
STRAIN = ((3,), (4, 5), (30, 31))
"""Weights of inner brows up, outer brows up, corners of the mouth down.

Neither a smile nor a calm face does these. An open mouth has a gate of its own. Puckered lips are
left out, because the net sees them on calm faces too often.
"""


@dataclass(frozen=True)
class Expression:
    """Two figures of one face, each 0 to 1.

    blink: how closed the more closed eye is (open eyes mostly have less than 0.30);
    strain: how far the face is from calm or smiling (good portraits mostly have less than 0.25).
    """

    blink: float
    strain: float


class ExpressionNet:
    """Derives 52 expression weights from a mesh. Holds the net; not thread-safe."""

    def __init__(self) -> None:
        self._net = load_session("face_blendshapes")
        self._input = self._net.get_inputs()[0].name

    def measure(self, mesh: FaceMesh) -> Expression:
        """Return blink and strain of the face with this mesh."""
        weights = np.ravel(
            self._net.run(None, {self._input: mesh.points[INPUT_POINTS, :2][None]})[0]
        )
        return Expression(
            blink=float(max(weights[i] for i in EYE_BLINK)),
            strain=float(max(np.mean([weights[i] for i in group]) for group in STRAIN)),
        )
