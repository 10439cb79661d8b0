"""One photo in; verdict, vector and perceptual hash out.

Joins detection, quality and recognition. Each gate of the verdict carries its measured value, its
limits and the region it speaks of.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.boxes import FaceBox
from console.biometrics.faces.detection.face_detector import FaceDetector
from console.biometrics.faces.detection.face_finder import FaceFinder
from console.biometrics.faces.detection.landmarks import FaceMesh
from console.biometrics.faces.detection.orientation import quarter_turns, turned
from console.biometrics.faces.quality import measures
from console.biometrics.faces.quality.background import background_variation
from console.biometrics.faces.quality.expression import ExpressionNet
from console.biometrics.faces.quality.face_covering import CoveringDetector, covered
from console.biometrics.faces.quality.gate_regions import as_region, gate_region
from console.biometrics.faces.quality.gates import BLINK, judge_all, worst_outcome
from console.biometrics.faces.quality.headwear import forehead_cover
from console.biometrics.faces.quality.motion_blur import anisotropy, directional_spectrum
from console.biometrics.faces.quality.noise import noise_level
from console.biometrics.faces.quality.perceptual_hash import perceptual_hash
from console.biometrics.faces.quality.profiles import ScreeningProfile
from console.biometrics.faces.quality.skin_colour import colour_error
from console.biometrics.faces.quality.verdict import Eyes, GateResult, Verdict, photo_quality
from console.biometrics.faces.recognition.alignment import AlignmentError
from console.biometrics.faces.recognition.recogniser import Embedding, Recogniser
from console.biometrics.faces.recognition.shipped_recogniser import ShippedRecogniser
from console.domain.screening import GateOutcome


@dataclass(frozen=True)
class ScreenedPhoto:
    """What screening makes of one photo.

    vector: float32 (d,), length 1; None when no face was found or it could not be aligned;
    perceptual_hash: 32 bytes, empty without a face.
    """

    verdict: Verdict
    vector: NDArray[np.float32] | None = field(default=None, compare=False)
    perceptual_hash: bytes = b""


class PhotoScreener:
    """Holds the nets. Not thread-safe: use one object per worker process."""

    def __init__(
        self,
        recogniser: Recogniser | None = None,
        additional_detectors: Sequence[FaceDetector] = (),
    ) -> None:
        """recogniser: None for the one that ships; additional_detectors: see FaceFinder."""
        self._finder = FaceFinder(additional_detectors)
        self._covering = CoveringDetector(self._finder.landmarker, self._finder.presence)
        self._expression = ExpressionNet()
        self._recogniser = recogniser or ShippedRecogniser()

    def screen(
        self,
        rgb: NDArray[np.uint8],
        profile: ScreeningProfile,
        scale: float = 1.0,
        compression: float = 100.0,
    ) -> ScreenedPhoto:
        """Judge one picture, uint8 (height, width, 3). One that lies on its side is turned first.

        scale: pixels of the photo as submitted per pixel of `rgb`;
        compression: the JPEG quality that the photo was submitted with, 1 to 100.
        """
        found = self._finder.find(rgb)
        turns = quarter_turns(self._finder, rgb, found)
        if turns:
            rgb = turned(rgb, turns)
            found = self._finder.find(rgb)
        if not found:
            return ScreenedPhoto(_no_face_verdict(profile))
        face, mesh = found[0].box, found[0].mesh
        embedding = self._embed(rgb, mesh)
        doubts = self._covering.measure(rgb, mesh)
        values = self._measure(rgb, mesh, scale) | {
            "one_face": len(found),
            "covered": covered(face, mesh, doubts),
            "compression": compression,
        }
        if embedding is not None and embedding.clarity is not None:
            values["clarity"] = embedding.clarity
        height, width = rgb.shape[:2]
        outcomes = judge_all(values, profile)
        gates = tuple(
            GateResult(
                gate=gate,
                outcome=outcome,
                value=values[gate],
                limits=profile.gates[gate],
                region=None
                if outcome is GateOutcome.PASS
                else gate_region(gate, mesh, doubts.region, width, height),
            )
            for gate, outcome in outcomes.items()
        )
        verdict = Verdict(
            outcome=worst_outcome(list(outcomes.values())),
            gates=gates,
            quality=_quality(face, values),
            profile=profile.name,
            profile_version=profile.version,
            face=as_region(mesh.bounds, width, height),
            eyes=_eyes(mesh, width, height),
            quarter_turns=turns,
            values={name: round(float(value), 5) for name, value in values.items()},
        )
        vector = None if embedding is None else embedding.vector
        return ScreenedPhoto(verdict, vector, perceptual_hash(rgb))

    def _measure(self, rgb: NDArray[np.uint8], mesh: FaceMesh, scale: float) -> dict[str, float]:
        chip = measures.face_chip(rgb, mesh)
        yaw, pitch = measures.yaw_pitch(mesh)
        expression = self._expression.measure(mesh)
        return {
            "face_found": mesh.flag,
            "eye_distance": mesh.eye_distance * scale,
            "in_frame": measures.margin(mesh, rgb.shape[1], rgb.shape[0]),
            "yaw": yaw,
            "pitch": pitch,
            "roll": mesh.roll,
            "sharpness": measures.sharpness(chip),
            "noise": noise_level(rgb, mesh),
            "brightness": measures.brightness(chip),
            "contrast": measures.contrast(chip),
            "clipped": measures.clipped(chip),
            "even_light": abs(measures.light_ratio(rgb, mesh)),
            "eyes_open": measures.eye_openness(mesh),
            "eyes_visible": measures.eye_band_darkness(rgb, mesh),
            "mouth": measures.mouth_openness(mesh),
            "motion": anisotropy(directional_spectrum(rgb, mesh)),
            "colour": colour_error(rgb, mesh),
            "headwear": forehead_cover(rgb, mesh),
            "background": background_variation(rgb, mesh),
            "expression": expression.strain,
            BLINK: expression.blink,
        }

    def _embed(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> Embedding | None:
        try:
            return self._recogniser.embed(rgb, mesh)
        except AlignmentError:
            return None


def _quality(face: FaceBox, values: dict[str, float]) -> float:
    angle = float(np.hypot(values["yaw"], values["pitch"]))
    return photo_quality(face.score, values["sharpness"], angle, values.get("clarity"))


def _no_face_verdict(profile: ScreeningProfile) -> Verdict:
    gate = GateResult("one_face", GateOutcome.REJECT, 0, profile.gates["one_face"])
    return Verdict(
        outcome=GateOutcome.REJECT,
        gates=(gate,),
        quality=0.0,
        profile=profile.name,
        profile_version=profile.version,
        values={"one_face": 0},
    )


def _eyes(mesh: FaceMesh, width: int, height: int) -> Eyes:
    (lx, ly), (rx, ry) = (mesh.eyes / (width, height)).tolist()
    return (lx, ly), (rx, ry)
