"""Faces: verification after the protocol of LFW, over all pairs and with templates of three photos; detection on group photos; speed.

DATA holds `NAME.zip` with images `Person_Name_0001.jpg` and beside it `NAME-pairs.tsv` (fold, same, a, b), at any depth; folders with
`training.xml` or `testing.xml` (dlib's format) are group photos with face boxes. A face that is not found matches nobody: a genuine
pair with it is missed, an impostor pair with it is turned away.
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
from typing import Any, TypeVar
from xml.etree import ElementTree as XML

import cv2
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.detector import HogDetector
from console.biometrics.faces.detection.finder import FaceFinder
from console.biometrics.faces.quality import measures
from console.biometrics.faces.quality.screening import photo_quality
from console.biometrics.faces.recognition.calibration import FMR_BY_COSINE
from console.biometrics.faces.recognition.identification import LEAST_MARGIN, Outcome, identify
from console.biometrics.faces.recognition.recogniser import CannotAlign, FaceRecogniser
from console.biometrics.faces.recognition.vectors import (
    DIMENSION,
    MODEL_ID,
    VectorIndex,
    fuse,
    unit,
)

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
SAME_BOX = 0.3
"""Intersection over union from which a detection is the marked face."""
_NUMBER = re.compile(r"_\d+\.\w+$")


@dataclass(frozen=True)
class Face:
    """What was made of one photo; vector None: no face was found. quality: as screening ranks photos."""

    name: str
    vector: Vectors | None
    quality: float


class Eye:
    """The nets of one process."""

    def __init__(self) -> None:
        self.finder, self.recogniser = FaceFinder(), FaceRecogniser()

    def see(self, name: str, data: bytes) -> Face:
        rgb = decode(data)
        found = self.finder.find(rgb)
        if not found:
            return Face(name, None, 0.0)
        box, mesh = found[0].box, found[0].mesh
        try:
            vector = self.recogniser.embed(rgb, mesh)
        except CannotAlign:
            return Face(name, None, 0.0)
        turn = float(np.hypot(*measures.yaw_pitch(mesh)))
        return Face(
            name,
            vector,
            photo_quality(box.score, measures.sharpness(measures.face_chip(rgb, mesh)), turn),
        )


def decode(data: bytes) -> NDArray[np.uint8]:
    """RGB. Raises ValueError for what is no picture."""
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError("not a picture")
    return np.ascontiguousarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


@cache
def _eye() -> Eye:
    cv2.setNumThreads(1)
    return Eye()


def _see(photo: tuple[str, bytes]) -> Face:
    return _eye().see(*photo)


def see_all(archive: Path) -> dict[str, Face]:
    """All photos of an archive, by name."""
    with zipfile.ZipFile(archive) as photos:
        everything = [
            (name, photos.read(name))
            for name in sorted(photos.namelist())
            if name.lower().endswith((".jpg", ".jpeg", ".png"))
        ]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        return {face.name: face for face in pool.map(_see, everything, chunksize=32)}


def measure(data: Path | None) -> dict[str, Any]:
    """Raises SystemExit in words when there is no archive with pairs."""
    archives = (
        sorted(path for path in data.rglob("*.zip") if _pairs_file(path).is_file()) if data else []
    )
    if data is None or not archives:
        raise SystemExit(
            "bench faces needs --data: a folder with NAME.zip (photos) and NAME-pairs.tsv (fold, same, a, b)"
        )
    faces: dict[str, Face] = {}
    pairs: list[tuple[int, bool, str, str]] = []
    for archive in archives:
        faces |= see_all(archive)
        pairs += read_pairs(_pairs_file(archive))
    figures: dict[str, Any] = {
        "photos": len(faces),
        "not_found": sum(face.vector is None for face in faces.values()),
        "pairs": len(pairs),
    }
    figures |= _verification(faces, pairs)
    figures |= {"identification": _identification(faces)}
    figures |= _group_photos([path.parent for path in data.rglob("training.xml")])
    figures |= _speed(archives[0])
    figures["peak_mb"] = _peak_mb()
    return figures


def _pairs_file(archive: Path) -> Path:
    return archive.with_name(f"{archive.stem}-pairs.tsv")


def read_pairs(path: Path) -> list[tuple[int, bool, str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        return [(int(row["fold"]), row["same"] == "1", row["a"], row["b"]) for row in rows]


def person_of(name: str) -> str:
    return _NUMBER.sub("", name)


def matrix(faces: Iterable[Face]) -> Vectors:
    """(n, 192); rows of zeros where no face was found."""
    return np.stack(
        [np.zeros(DIMENSION, np.float32) if face.vector is None else face.vector for face in faces]
    )


def _verification(
    faces: dict[str, Face], pairs: list[tuple[int, bool, str, str]]
) -> dict[str, Any]:
    found = [pair for pair in pairs if pair[2] in faces and pair[3] in faces]
    scores = np.array([score(faces[a], faces[b]) for _, _, a, b in found])
    same, fold = np.array([same for _, same, _, _ in found]), np.array([fold for fold, *_ in found])
    figures: dict[str, Any] = {"accuracy": round(100 * fold_accuracy(scores, same, fold), 2)}
    genuine, impostors = all_pairs(faces)
    figures["eer"] = round(100 * eer(genuine, impostors), 2)
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
    return NOT_FOUND if a.vector is None or b.vector is None else float(a.vector @ b.vector)


def fold_accuracy(
    scores: NDArray[np.float64], same: NDArray[np.bool_], fold: NDArray[np.int64]
) -> float:
    """Mean over folds, each with the threshold that is best on the others."""
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
    """(genuine, impostor) scores of every pair of photos."""
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
    """(genuine, impostor) scores of each photo against templates of three other photos of one person."""
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
    """Of people with references of three photos and of strangers: who is missed or taken for somebody, with and without the margin."""
    by_person: dict[str, list[Face]] = defaultdict(list)
    for face in faces.values():
        if face.vector is not None:
            by_person[person_of(face.name)].append(face)
    index, table = VectorIndex(), FMR_BY_COSINE[MODEL_ID][REFERENCE_PHOTOS]
    known = {who: found for who, found in by_person.items() if len(found) > REFERENCE_PHOTOS}
    index.put_all(
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
    for name, margin in (("", 0.0), ("_with_margin", LEAST_MARGIN)):
        right = [identify(index, probe, table, IDENTIFICATION_FMR, margin) for _, probe in mates]
        wrong = [
            identify(index, probe, table, IDENTIFICATION_FMR, margin).outcome is Outcome.IDENTIFIED
            for probe in strangers
        ]
        named = [
            one.owner == who and one.outcome is Outcome.IDENTIFIED
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
    """The share of genuine pairs above the threshold that so many impostor pairs reach."""
    return float((genuine > threshold(impostors, far)).mean())


def threshold(impostors: NDArray[np.float32], far: float) -> float:
    """The cosine that at most so large a share of different people's photos go beyond."""
    place = len(impostors) - int(far * len(impostors)) - 1
    return float(np.partition(impostors, place)[place])


def eer(genuine: NDArray[np.float32], impostors: NDArray[np.float32]) -> float:
    levels = np.quantile(impostors, np.linspace(0.8, 1, 4001))
    rejected = np.searchsorted(np.sort(genuine), levels) / len(genuine)
    accepted = 1 - np.searchsorted(np.sort(impostors), levels) / len(impostors)
    at = int(np.argmin(np.abs(rejected - accepted)))
    return float(rejected[at] + accepted[at]) / 2


def _group_photos(folders: list[Path]) -> dict[str, Any]:
    """Recall and false faces on photos with marked boxes."""
    detector = HogDetector()
    marked = hits = false = 0
    for folder in folders:
        for sheet in ("training.xml", "testing.xml"):
            for image in XML.parse(folder / sheet).iter("image"):  # noqa: S314 - the bench's own data
                boxes = [
                    tuple(float(box.attrib[key]) for key in ("left", "top", "width", "height"))
                    for box in image.iter("box")
                ]
                found = [
                    (f.left, f.top, f.side, f.side)
                    for f in detector.detect(decode((folder / image.attrib["file"]).read_bytes()))
                ]
                seen = [any(_overlap(box, one) > SAME_BOX for one in found) for box in boxes]
                marked, hits = marked + len(boxes), hits + sum(seen)
                false += sum(all(_overlap(box, one) <= SAME_BOX for box in boxes) for one in found)
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
    """Milliseconds of each step, one thread, medians; and of one exact search."""
    with zipfile.ZipFile(archive) as photos:
        pictures = [decode(photos.read(name)) for name in sorted(photos.namelist())[:SPEED_PHOTOS]]
    eye, detector = _eye(), HogDetector()
    times: dict[str, list[float]] = defaultdict(list)
    for rgb in pictures:
        boxes = _timed(times["detect_ms"], lambda: detector.detect(rgb))  # noqa: B023 - called at once
        if boxes:
            locate = eye.finder.landmarker.locate
            mesh = _timed(times["landmarks_ms"], lambda: locate(rgb, boxes[0]))  # noqa: B023
            _timed(times["embed_ms"], lambda: eye.recogniser.embed(rgb, mesh))  # noqa: B023
    figures = {name: round(1000 * float(np.median(values)), 1) for name, values in times.items()}
    dice = np.random.default_rng(1)
    index = VectorIndex()
    index.put_all(
        (str(number), unit(row))
        for number, row in enumerate(dice.normal(size=(SEARCHED, DIMENSION)).astype(np.float32))
    )
    probe = unit(dice.normal(size=DIMENSION).astype(np.float32))
    searches: list[float] = []
    for _ in itertools.repeat(None, 20):
        _timed(searches, lambda: index.nearest(probe))
    return figures | {"search_100k_ms": round(1000 * float(np.median(searches)), 2)}


def _timed(times: list[float], act: Callable[[], T]) -> T:
    start = time.perf_counter()
    result = act()
    times.append(time.perf_counter() - start)
    return result


def _peak_mb() -> float:
    """The most memory that a process with the nets has held, where the system tells."""
    try:
        with ProcessPoolExecutor(1) as pool:
            return pool.submit(_child_peak).result()
    except OSError:
        return 0.0


def _child_peak() -> float:
    eye = _eye()
    eye.see("grey", cv2.imencode(".png", np.full((600, 480, 3), 128, np.uint8))[1].tobytes())
    status = Path("/proc/self/status").read_text("ascii")
    return round(
        int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")))
        / 1024,
        1,
    )
