"""One photo in, a verdict out: every gate with its measured value, its limits and the region it speaks of."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.boxes import FaceBox
from console.biometrics.faces.detection.finder import FaceFinder
from console.biometrics.faces.detection.landmarks import FaceMesh
from console.biometrics.faces.detection.second_detector import Detector
from console.biometrics.faces.quality import measures
from console.biometrics.faces.quality.blur import anisotropy, spectrum
from console.biometrics.faces.quality.colour import colour_error
from console.biometrics.faces.quality.covering import REGIONS, CoveringNets, covered
from console.biometrics.faces.quality.expression import ExpressionNet
from console.biometrics.faces.quality.judging import BLINK, Outcome, judge_all, worst
from console.biometrics.faces.quality.photo_sets import perceptual_hash
from console.biometrics.faces.quality.profiles import Limits, Profile
from console.biometrics.faces.quality.surroundings import (
    FOREHEAD_OUTLINE,
    background_unrest,
    brow_cover,
)
from console.biometrics.faces.recognition.recogniser import CannotAlign, FaceRecogniser
from console.biometrics.faces.recognition.second_opinion import Recogniser


@dataclass(frozen=True)
class Region:
    """A rectangle in shares (0 to 1) of the picture's width and height, so that it fits any size shown."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class GateResult:
    gate: str
    outcome: Outcome
    value: float
    limits: Limits
    region: Region | None = None


@dataclass(frozen=True)
class Verdict:
    """What screening says of one photo. quality: 0 to 1, for ranking photos of one person; eyes: in shares of the picture;
    values: all that was measured, so that another profile can be tried on it."""

    outcome: Outcome
    gates: tuple[GateResult, ...]
    quality: float
    profile: str
    profile_version: int
    face: Region | None = None
    eyes: tuple[tuple[float, float], tuple[float, float]] | None = None
    values: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Screened:
    """looks: see photo_sets.looks; empty without a face."""

    verdict: Verdict
    vector: NDArray[np.float32] | None = field(default=None, compare=False)
    perceptual_hash: bytes = b""


def photo_quality(score: float, sharp: float, turn: float) -> float:
    """0 to 1: the worst of three ranks among good portraits (detector score, sharpness, frontality). Falls with FNMR."""
    ranks = (
        np.interp(score, (0.0, 0.97, 1.26, 2.09, 3.03), (0.0, 0.05, 0.2, 0.6, 1.0)),
        np.interp(sharp, (5.0, 26.0, 37.0, 63.0, 107.0), (0.0, 0.05, 0.2, 0.6, 1.0)),
        np.interp(turn, (0.0, 5.0, 12.0, 20.0, 35.0), (1.0, 0.7, 0.3, 0.05, 0.0)),
    )
    return float(min(ranks))


class FaceScreener:
    """Holds the nets. Not thread-safe; one object per worker process."""

    def __init__(
        self, recogniser: Recogniser | None = None, detectors: Sequence[Detector] = ()
    ) -> None:
        """recogniser: the one that ships, unless another is given; detectors: asked besides those that ship."""
        self._finder = FaceFinder(detectors)
        self._covering = CoveringNets(self._finder.landmarker, self._finder.presence)
        self._expression = ExpressionNet()
        self._recogniser = recogniser or FaceRecogniser()

    def screen(
        self,
        rgb: NDArray[np.uint8],
        profile: Profile,
        scale: float = 1.0,
        compression: float = 100.0,
    ) -> Screened:
        """Judges one upright picture. scale: how many px of the photo as submitted one px of `rgb` stands for;
        compression: the JPEG quality that it was submitted with."""
        found = self._finder.find(rgb)
        if not found:
            return Screened(_no_face(profile))
        face, mesh = found[0].box, found[0].mesh
        values = self._measure(rgb, face, mesh, scale)
        doubts = self._covering.look(rgb, mesh)
        values |= {
            "one_face": len(found),
            "covered": covered(face, mesh, doubts),
            "compression": compression,
        }
        height, width = rgb.shape[:2]
        outcomes = judge_all(values, profile)
        gates = tuple(
            GateResult(
                gate,
                outcome,
                values[gate],
                profile.gates[gate],
                _where(gate, outcome, mesh, doubts.region, width, height),
            )
            for gate, outcome in outcomes.items()
        )
        verdict = Verdict(
            outcome=worst(list(outcomes.values())),
            gates=gates,
            quality=photo_quality(
                face.score, values["sharpness"], float(np.hypot(values["yaw"], values["pitch"]))
            ),
            profile=profile.name,
            profile_version=profile.version,
            face=_box(mesh.bounds, width, height),
            eyes=_eyes(mesh, width, height),
            values={name: round(float(value), 5) for name, value in values.items()},
        )
        return Screened(verdict, self._embed(rgb, mesh), perceptual_hash(rgb))

    def _measure(
        self, rgb: NDArray[np.uint8], face: FaceBox, mesh: FaceMesh, scale: float
    ) -> dict[str, float]:
        chip = measures.face_chip(rgb, mesh)
        yaw, pitch = measures.yaw_pitch(mesh)
        expression = self._expression.read(mesh)
        return {
            "face_found": mesh.flag,
            "eye_distance": mesh.eye_distance * scale,
            "in_frame": measures.margin(mesh, rgb.shape[1], rgb.shape[0]),
            "yaw": yaw,
            "pitch": pitch,
            "roll": mesh.roll,
            "sharpness": measures.sharpness(chip),
            "brightness": measures.brightness(chip),
            "contrast": measures.contrast(chip),
            "clipped": measures.clipped(chip),
            "even_light": abs(measures.light_ratio(rgb, mesh)),
            "eyes_open": measures.eye_openness(mesh),
            "eyes_visible": measures.eye_band_darkness(rgb, mesh),
            "mouth": measures.mouth_openness(mesh),
            "motion": anisotropy(spectrum(rgb, mesh)),
            "colour": colour_error(rgb, mesh),
            "headwear": brow_cover(rgb, mesh),
            "background": background_unrest(rgb, mesh),
            "expression": expression.strain,
            BLINK: expression.blink,
        }

    def _embed(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> NDArray[np.float32] | None:
        try:
            return self._recogniser.embed(rgb, mesh)
        except CannotAlign:
            return None


def _where(
    gate: str, outcome: Outcome, mesh: FaceMesh, doubtful: str, width: int, height: int
) -> Region | None:
    """The part of the picture that a remark speaks of."""
    if outcome is Outcome.PASS:
        return None
    if gate == "covered":
        xy = mesh.points[list(REGIONS[doubtful]), :2]
        reach = 0.2 * mesh.eye_distance
        (left, top), (right, bottom) = (
            (xy.min(axis=0) - reach).tolist(),
            (xy.max(axis=0) + reach).tolist(),
        )
        return _box((left, top, right, bottom), width, height)
    return _region(gate, mesh, width, height)


def _no_face(profile: Profile) -> Verdict:
    gate = GateResult("one_face", Outcome.REJECT, 0, profile.gates["one_face"])
    return Verdict(
        Outcome.REJECT, (gate,), 0.0, profile.name, profile.version, values={"one_face": 0}
    )


def _eyes(
    mesh: FaceMesh, width: int, height: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    (lx, ly), (rx, ry) = (mesh.eyes / (width, height)).tolist()
    return (lx, ly), (rx, ry)


def _box(bounds: tuple[float, float, float, float], width: int, height: int) -> Region:
    left, top, right, bottom = bounds
    left, right = max(0.0, left / width), min(1.0, right / width)
    top, bottom = max(0.0, top / height), min(1.0, bottom / height)
    return Region(left, top, max(0.0, right - left), max(0.0, bottom - top))


def _region(gate: str, mesh: FaceMesh, width: int, height: int) -> Region:
    """The part of the picture that a gate speaks of."""
    if gate in ("eyes_open", "eyes_visible"):
        (lx, ly), (rx, ry) = mesh.eyes.tolist()
        reach = mesh.eye_distance * 0.45
        return _box(
            (min(lx, rx) - reach, min(ly, ry) - reach, max(lx, rx) + reach, max(ly, ry) + reach),
            width,
            height,
        )
    if gate == "headwear":
        xy = mesh.points[list(FOREHEAD_OUTLINE), :2]
        (left, top), (right, bottom) = xy.min(axis=0).tolist(), xy.max(axis=0).tolist()
        return _box((left, top - 0.3 * mesh.eye_distance, right, bottom), width, height)
    if gate == "background":
        return Region(0.0, 0.0, 1.0, 1.0)
    if gate == "mouth":
        xy = mesh.points[[61, 291, 13, 14], :2]
        reach = mesh.eye_distance * 0.25
        (left, top), (right, bottom) = xy.min(axis=0).tolist(), xy.max(axis=0).tolist()
        return _box((left - reach, top - reach, right + reach, bottom + reach), width, height)
    return _box(mesh.bounds, width, height)
