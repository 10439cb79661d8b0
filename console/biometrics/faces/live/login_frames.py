"""Frames of a login screen: where the face is, whether it can be compared, and its vector."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.landmarks import FaceMesh
from console.biometrics.faces.detection.quick_face_finder import QuickFaceFinder
from console.biometrics.faces.live.face_tracker import FaceTracker
from console.biometrics.faces.quality import measures
from console.biometrics.faces.quality.expression import ExpressionNet
from console.biometrics.faces.quality.gates import BLINK, judge_all
from console.biometrics.faces.quality.profiles import STANDARD, ScreeningProfile
from console.biometrics.faces.recognition.alignment import AlignmentError
from console.biometrics.faces.recognition.shipped_recogniser import ShippedRecogniser
from console.domain.screening import GateOutcome

GATES = (
    "one_face",
    "eye_distance",
    "yaw",
    "pitch",
    "roll",
    "sharpness",
    "brightness",
    "contrast",
)
USABLE = ScreeningProfile("Login", 1, {gate: STANDARD.gates[gate] for gate in GATES})
"""Gates that a frame must pass to be compared; warnings do not matter.

Closed eyes are allowed: someone who blinks is still the same person.
"""

LEAST_CLARITY = 48.0
"""See recogniser.Embedding: 1 in 200 press photos has less, and no portrait."""


@dataclass(frozen=True)
class LoginFrameResult:
    """What one frame shows.

    box: (left, top, width, height) and eyes: (x, y) of both, fractions of the frame, None without
    a face; flaw: the gate that makes the frame unusable, empty when it is usable;
    yaw: degrees, positive to the person's left; blink: 0 (open) to 1;
    vector: float32 (192,) of a usable frame, not protected.
    """

    box: tuple[float, float, float, float] | None = None
    eyes: tuple[tuple[float, float], tuple[float, float]] | None = None
    flaw: str = ""
    yaw: float = 0.0
    blink: float = 0.0
    vector: NDArray[np.float32] | None = None


class LoginFaceAnalyser:
    """Holds the nets. Not thread-safe: use one object per camera."""

    def __init__(self) -> None:
        self._tracker = FaceTracker(QuickFaceFinder())
        self._expression = ExpressionNet()
        self._recogniser = ShippedRecogniser()

    def analyse_frame(self, rgb: NDArray[np.uint8], scale: float = 1.0) -> LoginFrameResult:
        """Analyse one frame, uint8 (height, width, 3). scale: px of the camera's frame per px."""
        mesh = self._tracker.locate(rgb)
        if mesh is None:
            return LoginFrameResult()
        values = self._measure(rgb, mesh, scale)
        outcomes = judge_all(values, USABLE)
        rejected = [gate for gate, one in outcomes.items() if one is GateOutcome.REJECT]
        flaw, vector = rejected[0] if rejected else "", None
        if not flaw:
            flaw, vector = self._embed(rgb, mesh)
        height, width = rgb.shape[:2]
        left, top, right, bottom = mesh.bounds
        (lx, ly), (rx, ry) = (mesh.eyes / (width, height)).tolist()
        return LoginFrameResult(
            box=(left / width, top / height, (right - left) / width, (bottom - top) / height),
            eyes=((lx, ly), (rx, ry)),
            flaw=flaw,
            yaw=values["yaw"],
            blink=values[BLINK],
            vector=vector,
        )

    def _embed(
        self, rgb: NDArray[np.uint8], mesh: FaceMesh
    ) -> tuple[str, NDArray[np.float32] | None]:
        """The gate that fails, or empty, and the vector of a face that can be compared."""
        try:
            embedding = self._recogniser.embed(rgb, mesh)
        except AlignmentError:
            return "one_face", None
        if embedding.clarity is not None and embedding.clarity < LEAST_CLARITY:
            return "clarity", None
        return "", embedding.vector

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
            BLINK: self._expression.measure(mesh).blink,
        }
