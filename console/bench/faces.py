"""Faces: verification after the protocol of LFW, identification, detection and speed.

All rates are fractions, 0 to 1. DATA holds, at any depth, `NAME.zip` with pictures named
`Person_Name_0001.jpg` and beside it `NAME-pairs.tsv` (fold, same, a, b). Folders with
`training.xml` or `testing.xml` (dlib's format) are group photos with marked faces. A face that is
not found matches nobody: a genuine pair with it fails, an impostor pair with it is rejected.
"""

import csv
import itertools
import os
import re
import time
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from xml.etree import ElementTree

import cv2
import numpy as np
from numpy.typing import NDArray

from console.bench.faces_discard import discard_figures
from console.bench.faces_search import search_figures
from console.biometrics.faces.detection.face_finder import FaceFinder
from console.biometrics.faces.detection.hog_detector import HogDetector
from console.biometrics.faces.quality import measures
from console.biometrics.faces.quality.verdict import photo_quality
from console.biometrics.faces.recognition.alignment import AlignmentError
from console.biometrics.faces.recognition.fmr_tables import FMR_BY_COSINE
from console.biometrics.faces.recognition.identification import (
    MIN_MARGIN,
    IdentificationOutcome,
    identify,
)
from console.biometrics.faces.recognition.shipped_recogniser import ShippedRecogniser
from console.biometrics.faces.recognition.vectors import (
    DIMENSION,
    MODEL_ID,
    VectorIndex,
    fuse,
    unit,
)

P = ParamSpec("P")
T = TypeVar("T")
Vectors = NDArray[np.float32]
NOT_FOUND = -2.0
"""The score of a comparison with a face that was not found."""
REFERENCE_PHOTOS = 3
FARS = {"1e2": 1e-2, "1e3": 1e-3, "1e4": 1e-4, "1e5": 1e-5}
CALIBRATED = {"50pct": 0.5, "5pct": 0.05} | FARS
SEARCHED = 100_000
IDENTIFICATION_FMR = 1e-4
SPEED_PHOTOS = 40
SAME_FACE_OVERLAP = 0.3
"""Intersection over union above which a detection is the marked face."""
_NUMBER = re.compile(r"_\d+\.\w+$")


@dataclass(frozen=True)
class Face:
    """One photo. vector: None without a face; quality: as screening ranks photos, 0 to 1."""

    name: str
    vector: Vectors | None
    quality: float


class Nets:
    """The nets of one process."""

    def __init__(self) -> None:
        self.finder, self.recogniser = FaceFinder(), ShippedRecogniser()

    def embed(self, name: str, data: bytes) -> Face:
        """Return the vector and quality of the main face. data: the bytes of a picture."""
        rgb = decode(data)
        found = self.finder.find(rgb)
        if not found:
            return Face(name, None, 0.0)
        box, mesh = found[0].box, found[0].mesh
        try:
            embedding = self.recogniser.embed(rgb, mesh)
        except AlignmentError:
            return Face(name, None, 0.0)
        turn = float(np.hypot(*measures.yaw_pitch(mesh)))
        sharpness = measures.sharpness(measures.face_chip(rgb, mesh))
        quality = photo_quality(box.score, sharpness, turn, embedding.clarity)
        return Face(name, embedding.vector, quality)


def decode(data: bytes) -> NDArray[np.uint8]:
    """Return a picture as RGB, uint8 (height, width, 3). Raises ValueError if it is none."""
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError("not a picture")
    return np.ascontiguousarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


@cache
def _nets() -> Nets:
    cv2.setNumThreads(1)
    return Nets()


def _embed(photo: tuple[str, bytes]) -> Face:
    return _nets().embed(*photo)


def embed_all(archive: Path) -> dict[str, Face]:
    """Return all photos of an archive by name."""
    with zipfile.ZipFile(archive) as photos:
        everything = [
            (name, photos.read(name))
            for name in sorted(photos.namelist())
            if name.lower().endswith((".jpg", ".jpeg", ".png"))
        ]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        return {face.name: face for face in pool.map(_embed, everything, chunksize=32)}


def measure(data: Path | None) -> dict[str, Any]:
    """Return all figures. Raises SystemExit, in words, when there is no archive with pairs."""
    archives = (
        sorted(path for path in data.rglob("*.zip") if _pairs_file(path).is_file()) if data else []
    )
    if data is None or not archives:
        raise SystemExit(
            "bench faces needs --data: a folder with NAME.zip (photos) "
            "and NAME-pairs.tsv (fold, same, a, b)"
        )
    faces: dict[str, Face] = {}
    pairs: list[tuple[int, bool, str, str]] = []
    for archive in archives:
        faces |= embed_all(archive)
        pairs += read_pairs(_pairs_file(archive))
    figures: dict[str, Any] = {
        "photos": len(faces),
        "not_found": sum(face.vector is None for face in faces.values()),
        "pairs": len(pairs),
    }
    figures |= _verification(faces, pairs)
    figures |= discard_of(faces)
    figures |= {"identification": _identification(faces)}
    figures |= search_figures(_by_person(faces))
    figures |= _group_photos([path.parent for path in data.rglob("training.xml")])
    figures |= _speed(archives[0])
    figures["peak_mb"] = _peak_mb()
    return figures


def discard_of(faces: dict[str, Face]) -> dict[str, float]:
    """Return error against discard, by the quality that ranks photos."""
    usable = [face for face in faces.values() if face.vector is not None]
    return discard_figures(
        matrix(usable),
        [person_of(face.name) for face in usable],
        [face.quality for face in usable],
    )


def _by_person(faces: dict[str, Face]) -> dict[str, list[Vectors]]:
    people: dict[str, list[Vectors]] = defaultdict(list)
    for face in faces.values():
        if face.vector is not None:
            people[person_of(face.name)].append(face.vector)
    return people


def _pairs_file(archive: Path) -> Path:
    return archive.with_name(f"{archive.stem}-pairs.tsv")


def read_pairs(path: Path) -> list[tuple[int, bool, str, str]]:
    """Return (fold, same person, a, b) of each row."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        return [(int(row["fold"]), row["same"] == "1", row["a"], row["b"]) for row in rows]


def person_of(name: str) -> str:
    """Return the person of a photo's name."""
    return _NUMBER.sub("", name)


def matrix(faces: Iterable[Face]) -> Vectors:
    """Return the vectors, float32 (n, 192); rows of zeros where no face was found."""
    return np.stack(
        [np.zeros(DIMENSION, np.float32) if face.vector is None else face.vector for face in faces]
    )


def _verification(
    faces: dict[str, Face], pairs: list[tuple[int, bool, str, str]]
) -> dict[str, Any]:
    found = [pair for pair in pairs if pair[2] in faces and pair[3] in faces]
    scores = np.array([score(faces[a], faces[b]) for _, _, a, b in found])
    same, fold = np.array([same for _, same, _, _ in found]), np.array([fold for fold, *_ in found])
    figures: dict[str, Any] = {"accuracy": round(fold_accuracy(scores, same, fold), 4)}
    genuine, impostors = all_pairs(faces)
    figures["eer"] = round(eer(genuine, impostors), 4)
    figures |= {
        f"tar_at_far_{name}": round(tar(genuine, impostors, far), 4) for name, far in FARS.items()
    }
    figures["thresholds"] = {
        name: round(threshold(impostors, far), 3) for name, far in CALIBRATED.items()
    }
    genuine, impostors = with_templates(faces)
    figures["thresholds_mean3"] = {
        name: round(threshold(impostors, far), 3) for name, far in CALIBRATED.items()
    }
    figures |= {
        f"tar_at_far_{name}_mean3": round(tar(genuine, impostors, far), 4)
        for name, far in FARS.items()
    }
    return figures


def score(a: Face, b: Face) -> float:
    """Return the cosine of two photos."""
    return NOT_FOUND if a.vector is None or b.vector is None else float(a.vector @ b.vector)


def fold_accuracy(
    scores: NDArray[np.float64], same: NDArray[np.bool_], fold: NDArray[np.int64]
) -> float:
    """Return the mean accuracy over folds, each at the best threshold of the other folds."""
    rates = []
    for one in np.unique(fold):
        train, test = fold != one, fold == one
        levels = np.unique(scores[train])
        right = [
            ((scores[train] >= level) == same[train]).mean()
            for level in levels[:: max(1, len(levels) // 2000)]
        ]
        best = levels[:: max(1, len(levels) // 2000)][int(np.argmax(right))]
        rates.append(((scores[test] >= best) == same[test]).mean())
    return float(np.mean(rates))


def all_pairs(faces: dict[str, Face]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return (genuine, impostor) scores of every pair of photos."""
    people = np.array([person_of(name) for name in faces])
    vectors = matrix(faces.values())
    cosines = vectors @ vectors.T
    lost = ~vectors.any(axis=1)
    cosines[lost], cosines[:, lost] = NOT_FOUND, NOT_FOUND
    upper = np.triu_indices(len(people), 1)
    together = people[upper[0]] == people[upper[1]]
    values = cosines[upper]
    return values[together], values[~together]


def with_templates(faces: dict[str, Face]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return (genuine, impostor) scores of each photo against templates of three other photos."""
    by_person: dict[str, list[str]] = defaultdict(list)
    for name, face in faces.items():
        if face.vector is not None:
            by_person[person_of(name)].append(name)
    enrolled = {who: names for who, names in by_person.items() if len(names) > REFERENCE_PHOTOS}
    references = np.stack(
        [
            fuse([_vector(faces[name]) for name in names[:REFERENCE_PHOTOS]])
            for names in enrolled.values()
        ]
    )
    used = {name for names in enrolled.values() for name in names[:REFERENCE_PHOTOS]}
    probes = {name: face for name, face in faces.items() if name not in used}
    cosines = matrix(probes.values()) @ references.T
    cosines[[face.vector is None for face in probes.values()]] = NOT_FOUND
    same = np.array([person_of(name) for name in probes])[:, None] == np.array(list(enrolled))[None]
    return cosines[same], cosines[~same]


def _identification(faces: dict[str, Face]) -> dict[str, float]:
    """FNIR of people with references of three photos, FPIR of strangers.

    With and without the margin to the second best.
    """
    by_person: dict[str, list[Face]] = defaultdict(list)
    for face in faces.values():
        if face.vector is not None:
            by_person[person_of(face.name)].append(face)
    index, table = VectorIndex(), FMR_BY_COSINE[MODEL_ID][REFERENCE_PHOTOS]
    known = {who: found for who, found in by_person.items() if len(found) > REFERENCE_PHOTOS}
    index.add_references(
        (who, fuse([_vector(face) for face in found[:REFERENCE_PHOTOS]]))
        for who, found in known.items()
    )
    mates = [
        (who, _vector(face)) for who, found in known.items() for face in found[REFERENCE_PHOTOS:]
    ]
    strangers = [
        _vector(face) for who, found in by_person.items() if who not in known for face in found
    ]
    figures: dict[str, float] = {
        "references": len(index),
        "mates": len(mates),
        "strangers": len(strangers),
    }
    for name, margin in (("", 0.0), ("_with_margin", MIN_MARGIN)):
        right = [identify(index, probe, table, IDENTIFICATION_FMR, margin) for _, probe in mates]
        wrong = [
            identify(index, probe, table, IDENTIFICATION_FMR, margin).outcome
            is IdentificationOutcome.IDENTIFIED
            for probe in strangers
        ]
        named = [
            one.owner == who and one.outcome is IdentificationOutcome.IDENTIFIED
            for one, (who, _) in zip(right, mates, strict=True)
        ]
        figures |= {
            f"fnir{name}": round(1 - float(np.mean(named)), 4),
            f"fpir{name}": round(float(np.mean(wrong)), 5),
        }
    return figures


def _vector(face: Face) -> Vectors:
    assert face.vector is not None
    return face.vector


def tar(genuine: NDArray[np.float32], impostors: NDArray[np.float32], far: float) -> float:
    """Return the fraction of genuine pairs above the threshold for this false accept rate."""
    return float((genuine > threshold(impostors, far)).mean())


def threshold(impostors: NDArray[np.float32], far: float) -> float:
    """Return the cosine that at most this fraction of impostor pairs exceeds."""
    place = len(impostors) - int(far * len(impostors)) - 1
    return float(np.partition(impostors, place)[place])


def eer(genuine: NDArray[np.float32], impostors: NDArray[np.float32]) -> float:
    """Return the equal error rate, a fraction."""
    levels = np.quantile(impostors, np.linspace(0.8, 1, 4001))
    rejected = np.searchsorted(np.sort(genuine), levels) / len(genuine)
    accepted = 1 - np.searchsorted(np.sort(impostors), levels) / len(impostors)
    at = int(np.argmin(np.abs(rejected - accepted)))
    return float(rejected[at] + accepted[at]) / 2


def _group_photos(folders: list[Path]) -> dict[str, Any]:
    """Recall, and number of false faces, on photos with marked faces."""
    detector = HogDetector()
    marked = hits = false = 0
    for folder in folders:
        for sheet in ("training.xml", "testing.xml"):
            tree = ElementTree.parse(folder / sheet)  # noqa: S314 - the bench's own data
            for image in tree.iter("image"):
                boxes = [
                    tuple(float(box.attrib[key]) for key in ("left", "top", "width", "height"))
                    for box in image.iter("box")
                ]
                found = [
                    (f.left, f.top, f.side, f.side)
                    for f in detector.detect(decode((folder / image.attrib["file"]).read_bytes()))
                ]
                seen = [
                    any(_overlap(box, one) > SAME_FACE_OVERLAP for one in found) for box in boxes
                ]
                marked, hits = marked + len(boxes), hits + sum(seen)
                false += sum(
                    all(_overlap(box, one) <= SAME_FACE_OVERLAP for box in boxes) for one in found
                )
    return (
        {"group_faces": marked, "group_recall": round(hits / marked, 3), "group_false": false}
        if marked
        else {}
    )


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    common = max(0.0, width) * max(0.0, height)
    return common / (a[2] * a[3] + b[2] * b[3] - common)


def _speed(archive: Path) -> dict[str, float]:
    """Median milliseconds of each step and of one exact search, on one thread."""
    with zipfile.ZipFile(archive) as photos:
        pictures = [decode(photos.read(name)) for name in sorted(photos.namelist())[:SPEED_PHOTOS]]
    nets, detector = _nets(), HogDetector()
    times: dict[str, list[float]] = defaultdict(list)
    for rgb in pictures:
        boxes = _timed(times["detect_ms"], detector.detect, rgb)
        if boxes:
            mesh = _timed(times["landmarks_ms"], nets.finder.landmarker.locate, rgb, boxes[0])
            _timed(times["embed_ms"], nets.recogniser.embed, rgb, mesh)
    figures = {name: round(1000 * float(np.median(values)), 1) for name, values in times.items()}
    dice = np.random.default_rng(1)
    index = VectorIndex()
    index.add_references(
        (str(number), unit(row))
        for number, row in enumerate(dice.normal(size=(SEARCHED, DIMENSION)).astype(np.float32))
    )
    probe = unit(dice.normal(size=DIMENSION).astype(np.float32))
    searches: list[float] = []
    for _ in itertools.repeat(None, 20):
        _timed(searches, index.nearest, probe)
    return figures | {"search_100k_ms": round(1000 * float(np.median(searches)), 2)}


def _timed(times: list[float], function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The function's result; adds the seconds that it took to times."""
    start = time.perf_counter()
    result = function(*args, **kwargs)
    times.append(time.perf_counter() - start)
    return result


def _peak_mb() -> float:
    """The most memory that a process with the nets has held, MB; 0 where that is unknown."""
    try:
        with ProcessPoolExecutor(1) as pool:
            return pool.submit(_child_peak).result()
    except OSError:
        return 0.0


def _child_peak() -> float:
    nets = _nets()
    nets.embed("grey", cv2.imencode(".png", np.full((600, 480, 3), 128, np.uint8))[1].tobytes())
    status = Path("/proc/self/status").read_text("ascii")
    return round(
        int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")))
        / 1024,
        1,
    )
