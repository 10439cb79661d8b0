"""A face at a login screen: where it is, whether a picture of it can be compared, its vector, and what a challenge needs to know."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.landmarks import FaceMesh
from console.biometrics.faces.live.glance import GlanceFinder
from console.biometrics.faces.live.tracking import FaceTracker
from console.biometrics.faces.quality import measures
from console.biometrics.faces.quality.expression import ExpressionNet
from console.biometrics.faces.quality.judging import BLINK, Outcome, judge_all
from console.biometrics.faces.quality.profiles import STANDARD, Profile
from console.biometrics.faces.recognition.recogniser import CannotAlign, FaceRecogniser

USABLE = Profile("Login", 1, {gate: STANDARD.gates[gate] for gate in (
    "one_face", "eye_distance", "yaw", "pitch", "roll", "sharpness", "brightness", "contrast",
)})  # fmt: skip
"""What makes a picture worth a comparison; only what rejects counts. Closed eyes do not: who blinks is the same person."""


@dataclass(frozen=True)
class Sight:
    """box: left, top, width, height, and eyes, in shares of the frame; flaw: the gate that makes the picture unusable; vector: (d,) of a
    usable one; yaw in degrees, blink 0 to 1."""

    box: tuple[float, float, float, float] | None = None
    eyes: tuple[tuple[float, float], tuple[float, float]] | None = None
    flaw: str = ""
    yaw: float = 0.0
    blink: float = 0.0
    vector: NDArray[np.float32] | None = None


class FaceWatch:
    """Holds the nets. Not thread-safe; one object per camera."""

    def __init__(self) -> None:
        self._tracker, self._expression, self._recogniser = (
            FaceTracker(GlanceFinder()),
            ExpressionNet(),
            FaceRecogniser(),
        )

    def look(self, rgb: NDArray[np.uint8], scale: float = 1.0) -> Sight:
        """rgb: one frame; scale: px of the camera's frame per px of it."""
        mesh = self._tracker.locate(rgb)
        if mesh is None:
            return Sight()
        values = self._measure(rgb, mesh, scale)
        flaw = next(
            (
                gate
                for gate, outcome in judge_all(values, USABLE).items()
                if outcome is Outcome.REJECT
            ),
            "",
        )
        vector = None
        if not flaw:
            try:
                vector = self._recogniser.embed(rgb, mesh)
            except CannotAlign:
                flaw = "one_face"
        height, width = rgb.shape[:2]
        left, top, right, bottom = mesh.bounds
        (lx, ly), (rx, ry) = (mesh.eyes / (width, height)).tolist()
        box = (left / width, top / height, (right - left) / width, (bottom - top) / height)
        return Sight(box, ((lx, ly), (rx, ry)), flaw, values["yaw"], values[BLINK], vector)

    def _measure(self, rgb: NDArray[np.uint8], mesh: FaceMesh, scale: float) -> dict[str, float]:
        chip = measures.face_chip(rgb, mesh)
        yaw, pitch = measures.yaw_pitch(mesh)
        return {
            "one_face": min(1, self._tracker.people),
            "eye_distance": mesh.eye_distance * scale,
            "yaw": yaw,
            "pitch": pitch,
            "roll": mesh.roll,
            "sharpness": measures.sharpness(chip),
            "brightness": measures.brightness(chip),
            "contrast": measures.contrast(chip),
            BLINK: self._expression.read(mesh).blink,
        }
