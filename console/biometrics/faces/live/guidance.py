"""The gates of screening on live frames, fast enough to guide a person: where the face is and the one thing to do better now.

Values and limits are those of screening; what takes long (covering, motion) is left to the photo itself.
"""

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.finder import FaceFinder
from console.biometrics.faces.detection.landmarks import FaceMesh
from console.biometrics.faces.live.tracking import FaceTracker
from console.biometrics.faces.quality import measures
from console.biometrics.faces.quality.colour import colour_error
from console.biometrics.faces.quality.expression import ExpressionNet
from console.biometrics.faces.quality.judging import BLINK, Advice, Outcome, judge_all, worst
from console.biometrics.faces.quality.profiles import Profile

ORDER = (
    "one_face", "face_found", "eye_distance", "in_frame", "roll", "yaw", "pitch", "brightness", "clipped", "contrast", "even_light",
    "eyes_visible", "eyes_open", "sharpness", "mouth", "expression", "colour",
)  # fmt: skip
"""What is said first: who is not in the picture cannot mind the light."""


class Guide:
    """Holds the nets. Not thread-safe; one object per camera."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._tracker, self._expression = FaceTracker(FaceFinder()), ExpressionNet()

    def advise(self, rgb: NDArray[np.uint8], scale: float = 1.0) -> Advice:
        """rgb: one frame; scale: px of the camera's frame per px of it."""
        mesh = self._tracker.locate(rgb)
        if mesh is None:
            return Advice(Outcome.REJECT, "one_face", 0.0, False, None, None)
        values = self._measure(rgb, mesh, scale)
        outcomes = judge_all(values, self._profile)
        height, width = rgb.shape[:2]
        left, top, right, bottom = mesh.bounds
        box = (left / width, top / height, (right - left) / width, (bottom - top) / height)
        eyes = (mesh.eyes / (width, height)).tolist()
        gate = self._first(outcomes)
        limits = self._profile.gates.get(gate)
        above = limits is not None and any(
            one is not None and values[gate] > one
            for one in (limits.warn_above, limits.reject_above)
        )
        return Advice(
            worst(list(outcomes.values())),
            gate,
            values.get(gate, 0.0),
            above,
            box,
            ((eyes[0][0], eyes[0][1]), (eyes[1][0], eyes[1][1])),
        )

    @staticmethod
    def _first(outcomes: dict[str, Outcome]) -> str:
        """Rejecting gates before remarks, each in the order of ORDER."""
        for wanted in (Outcome.REJECT, Outcome.WARN):
            for gate in ORDER:
                if outcomes.get(gate) is wanted:
                    return gate
        return ""

    def _measure(self, rgb: NDArray[np.uint8], mesh: FaceMesh, scale: float) -> dict[str, float]:
        chip = measures.face_chip(rgb, mesh)
        yaw, pitch = measures.yaw_pitch(mesh)
        expression = self._expression.read(mesh)
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
