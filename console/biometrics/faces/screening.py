"""One photo in, a verdict out: every gate with its measured value, its limits and the region it speaks of."""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces import measures
from console.biometrics.faces.detector import FaceBox, HogDetector
from console.biometrics.faces.expression import ExpressionNet
from console.biometrics.faces.landmarks import FaceMesh, Landmarker
from console.biometrics.faces.profiles import Limits, Profile
from console.biometrics.faces.recogniser import CannotAlign, FaceRecogniser

SECOND_FACE_SCORE = 0.5
SECOND_FACE_FLAG = 5.0
SECOND_FACE_AREA = 0.10
"""A further HOG box counts as a person only with this score, this face flag and this share of the main face's area:
HOG alone sees faces in cloth."""
BLINK_CONFIRMS = 0.40
"""Narrow eyes are normal: a small lid gap rejects only when the expression net sees closed eyes too."""


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105 - an outcome
    WARN = "warn"
    REJECT = "reject"


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
    """What screening says of one photo. quality: 0 to 1, for ranking photos of one person; eyes: in shares of the picture."""

    outcome: Outcome
    gates: tuple[GateResult, ...]
    quality: float
    profile: str
    profile_version: int
    face: Region | None = None
    eyes: tuple[tuple[float, float], tuple[float, float]] | None = None


@dataclass(frozen=True)
class Screened:
    verdict: Verdict
    vector: NDArray[np.float32] | None = field(default=None, compare=False)


def judge(value: float, limits: Limits) -> Outcome:
    """Where a value stands between the limits."""
    if _outside(value, limits.reject_below, limits.reject_above):
        return Outcome.REJECT
    return Outcome.WARN if _outside(value, limits.warn_below, limits.warn_above) else Outcome.PASS


def _outside(value: float, low: float | None, high: float | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)


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

    def __init__(self) -> None:
        self._detector = HogDetector()
        self._landmarker = Landmarker()
        self._expression = ExpressionNet()
        self._recogniser = FaceRecogniser()

    def screen(self, rgb: NDArray[np.uint8], profile: Profile, scale: float = 1.0) -> Screened:
        """Judges one upright picture. scale: how many px of the photo as submitted one px of `rgb` stands for."""
        faces = self._detector.detect(rgb)
        if not faces:
            return Screened(_no_face(profile))
        meshes = [self._landmarker.locate(rgb, face) for face in faces]
        main = max(range(len(faces)), key=lambda i: (meshes[i].flag > SECOND_FACE_FLAG, faces[i].side))
        face, mesh = faces[main], meshes[main]
        values = self._measure(rgb, face, mesh, scale)
        values["one_face"] = 1 + sum(_is_person(faces[i], meshes[i], face) for i in range(len(faces)) if i != main)
        gates = self._judge_all(values, profile, mesh, rgb.shape[1], rgb.shape[0])
        yaw, pitch = values["yaw"], values["pitch"]
        verdict = Verdict(
            outcome=max((gate.outcome for gate in gates), key=list(Outcome).index),
            gates=gates,
            quality=photo_quality(face.score, values["sharpness"], float(np.hypot(yaw, pitch))),
            profile=profile.name,
            profile_version=profile.version,
            face=_box(mesh.bounds, rgb.shape[1], rgb.shape[0]),
            eyes=_eyes(mesh, rgb.shape[1], rgb.shape[0]),
        )
        return Screened(verdict, self._embed(rgb, mesh))

    def _measure(self, rgb: NDArray[np.uint8], face: FaceBox, mesh: FaceMesh, scale: float) -> dict[str, float]:
        chip = measures.face_chip(rgb, mesh)
        yaw, pitch = measures.yaw_pitch(mesh)
        eyes_open = measures.eye_openness(mesh)
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
            "even_light": measures.asymmetry(chip),
            "eyes_open": eyes_open,
            "eyes_visible": measures.eye_band_darkness(rgb, mesh),
            "mouth": measures.mouth_openness(mesh),
        }

    def _judge_all(self, values: dict[str, float], profile: Profile, mesh: FaceMesh, width: int, height: int) -> tuple[GateResult, ...]:
        results = []
        for gate, limits in profile.gates.items():
            outcome = judge(values[gate], limits)
            if gate == "eyes_open" and outcome is Outcome.REJECT and self._expression.blink(mesh) < BLINK_CONFIRMS:
                outcome = Outcome.WARN
            region = None if outcome is Outcome.PASS else _region(gate, mesh, width, height)
            results.append(GateResult(gate, outcome, values[gate], limits, region))
        return tuple(results)

    def _embed(self, rgb: NDArray[np.uint8], mesh: FaceMesh) -> NDArray[np.float32] | None:
        try:
            return self._recogniser.embed(rgb, mesh)
        except CannotAlign:
            return None


def _no_face(profile: Profile) -> Verdict:
    gate = GateResult("one_face", Outcome.REJECT, 0, profile.gates["one_face"])
    return Verdict(Outcome.REJECT, (gate,), 0.0, profile.name, profile.version)


def _is_person(face: FaceBox, mesh: FaceMesh, main: FaceBox) -> bool:
    big_enough = face.side**2 >= SECOND_FACE_AREA * main.side**2
    return big_enough and face.score >= SECOND_FACE_SCORE and mesh.flag > SECOND_FACE_FLAG


def _eyes(mesh: FaceMesh, width: int, height: int) -> tuple[tuple[float, float], tuple[float, float]]:
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
        return _box((min(lx, rx) - reach, min(ly, ry) - reach, max(lx, rx) + reach, max(ly, ry) + reach), width, height)
    if gate == "mouth":
        xy = mesh.points[[61, 291, 13, 14], :2]
        reach = mesh.eye_distance * 0.25
        (left, top), (right, bottom) = xy.min(axis=0).tolist(), xy.max(axis=0).tolist()
        return _box((left - reach, top - reach, right + reach, bottom + reach), width, height)
    return _box(mesh.bounds, width, height)
