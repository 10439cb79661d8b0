"""The gates of screening on camera frames: where the face is, and the one thing to do better now.

Values and limits are those of screening. What takes long (face covering, motion) is left to the
photo itself.
"""

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.face_finder import FaceFinder
from console.biometrics.faces.detection.landmarks import FaceMesh
from console.biometrics.faces.live.advice import LiveAdvice
from console.biometrics.faces.live.face_tracker import FaceTracker
from console.biometrics.faces.quality import measures
from console.biometrics.faces.quality.expression import ExpressionNet
from console.biometrics.faces.quality.gates import BLINK, judge_all, worst_outcome
from console.biometrics.faces.quality.profiles import ScreeningProfile
from console.biometrics.faces.quality.skin_colour import colour_error
from console.domain.screening import GateOutcome

ORDER = (
    "one_face", "face_found", "eye_distance", "in_frame", "roll", "yaw", "pitch", "brightness",
    "clipped", "contrast", "even_light", "eyes_visible", "eyes_open", "sharpness", "mouth",
    "expression", "colour",
)  # fmt: skip
"""The order in which gates are mentioned. A person must be in the picture before light matters."""


class Guide:
    """Holds the nets. Not thread-safe: use one object per camera."""

    def __init__(self, profile: ScreeningProfile) -> None:
        self._profile = profile
        self._tracker, self._expression = FaceTracker(FaceFinder()), ExpressionNet()

    def advise(self, rgb: NDArray[np.uint8], scale: float = 1.0) -> LiveAdvice:
        """Judge one frame, uint8 (height, width, 3). scale: px of the camera's frame per px."""
        mesh = self._tracker.locate(rgb)
        if mesh is None:
            return LiveAdvice(
                outcome=GateOutcome.REJECT,
                gate="one_face",
                value=0.0,
                too_high=False,
                box=None,
                eyes=None,
            )
        values = self._measure(rgb, mesh, scale)
        outcomes = judge_all(values, self._profile)
        height, width = rgb.shape[:2]
        left, top, right, bottom = mesh.bounds
        (lx, ly), (rx, ry) = (mesh.eyes / (width, height)).tolist()
        gate = self._most_important(outcomes)
        bounds = self._profile.gates.get(gate)
        too_high = bounds is not None and any(
            one is not None and values[gate] > one
            for one in (bounds.warn_above, bounds.reject_above)
        )
        return LiveAdvice(
            outcome=worst_outcome(list(outcomes.values())),
            gate=gate,
            value=values.get(gate, 0.0),
            too_high=too_high,
            box=(left / width, top / height, (right - left) / width, (bottom - top) / height),
            eyes=((lx, ly), (rx, ry)),
        )

    @staticmethod
    def _most_important(outcomes: dict[str, GateOutcome]) -> str:
        """Gates that reject come before those that warn, each kind in the order of ORDER."""
        for wanted in (GateOutcome.REJECT, GateOutcome.WARN):
            for gate in ORDER:
                if outcomes.get(gate) is wanted:
                    return gate
        return ""

    def _measure(self, rgb: NDArray[np.uint8], mesh: FaceMesh, scale: float) -> dict[str, float]:
        chip = measures.face_chip(rgb, mesh)
        yaw, pitch = measures.yaw_pitch(mesh)
        expression = self._expression.measure(mesh)
        return {
            "one_face": self._tracker.people,
            "face_found": mesh.flag,
            "eye_distance": mesh.eye_distance * scale,
            "in_frame": measures.margin(mesh, rgb.shape[1], rgb.shape[0]),
            "roll": mesh.roll,
            "yaw": yaw,
            "pitch": pitch,
            "sharpness": measures.sharpness(chip),
            "brightness": measures.brightness(chip),
            "contrast": measures.contrast(chip),
            "clipped": measures.clipped(chip),
            "even_light": abs(measures.light_ratio(rgb, mesh)),
            "eyes_visible": measures.eye_band_darkness(rgb, mesh),
            "eyes_open": measures.eye_openness(mesh),
            BLINK: expression.blink,
            "expression": expression.strain,
            "mouth": measures.mouth_openness(mesh),
            "colour": colour_error(rgb, mesh),
        }
