"""Thresholds from labelled photos of one's own: `muster calibrate DIR`. Photos of one person lie in a folder of the person's own, or are
named `Person_Name_0001.jpg`; different names are different people.
"""

import itertools
import multiprocessing
import os
import re
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.detection.finder import FaceFinder
from console.biometrics.faces.recognition.calibration import Table, make_table
from console.biometrics.faces.recognition.recogniser import CannotAlign
from console.biometrics.faces.recognition.second_opinion import Recogniser, open_recogniser
from console.biometrics.faces.recognition.site_models import SHIPPED, Choice
from console.biometrics.faces.recognition.vectors import fuse
from console.biometrics.images import decode_photo, prepare_decoders
from console.biometrics.refusals import PhotoRefused

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".bmp"})
REFERENCE_PHOTOS = 3
_NUMBER = re.compile(r"[_-]\d+$")
Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Calibration:
    """tables: photos in the reference -> table; people, photos: with a face; genuine_missed: share of genuine comparisons of single photos
    below the threshold for a false match rate of 1 in 1,000, None when there are none or no such threshold."""

    tables: dict[int, Table]
    people: int
    photos: int
    genuine_missed: float | None


def labelled(folder: Path) -> list[tuple[str, Path]]:
    """(person, file) of every picture below the folder. Raises ValueError when there are none."""
    files = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in PICTURES]
    if not files:
        raise ValueError(f"There are no pictures in {folder}.")
    return [
        (path.parent.name if path.parent != folder else _NUMBER.sub("", path.stem), path)
        for path in files
    ]


@cache
def _nets(choice: Choice, models: Path | None) -> tuple[FaceFinder, Recogniser]:
    cv2.setNumThreads(1)
    prepare_decoders()
    return FaceFinder(), open_recogniser(choice, models)


def _embed(choice: Choice, models: Path | None, path: Path) -> Vector | None:
    """None for what is no picture or has no face."""
    finder, recogniser = _nets(choice, models)
    try:
        rgb = decode_photo(path.read_bytes()).rgb
        found = finder.find(rgb)
        return recogniser.embed(rgb, found[0].mesh) if found else None
    except (PhotoRefused, CannotAlign, OSError):
        return None


def calibrate(
    folder: Path,
    choice: Choice = SHIPPED,
    models: Path | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Calibration:
    """Embeds every photo and compares all pairs. Raises ValueError in words when there is too little, ModelRefused."""
    files = labelled(folder)
    by_person: dict[str, list[Vector]] = defaultdict(list)
    open_recogniser(choice, models)
    with ProcessPoolExecutor(
        os.cpu_count(), multiprocessing.get_context("spawn")
    ) as pool:  # a fork would inherit the nets' threads
        vectors = pool.map(
            _embed,
            itertools.repeat(choice),
            itertools.repeat(models),
            (path for _, path in files),
            chunksize=8,
        )
        for done, ((person, _), vector) in enumerate(zip(files, vectors, strict=True), 1):
            progress(done, len(files))
            if vector is not None:
                by_person[person].append(vector)
    if len(by_person) < 2:
        raise ValueError(
            "Faces of two people at least are needed to see how alike different people are."
        )
    return from_vectors(by_person)


def from_vectors(by_person: dict[str, list[Vector]]) -> Calibration:
    """Raises ValueError when there are too few comparisons."""
    people = np.array([person for person, vectors in by_person.items() for _ in vectors])
    rows = np.stack([vector for vectors in by_person.values() for vector in vectors])
    first, second = np.triu_indices(len(rows), 1)
    cosines, same = (rows @ rows.T)[first, second], people[first] == people[second]
    single = make_table(cosines[~same])
    tables = {1: single}
    enrolled = {
        person: vectors for person, vectors in by_person.items() if len(vectors) >= REFERENCE_PHOTOS
    }
    if enrolled:
        references = np.stack([fuse(vectors[:REFERENCE_PHOTOS]) for vectors in enrolled.values()])
        others = people[:, None] != np.array(list(enrolled))[None]
        tables[3] = _or_single((rows @ references.T)[others], single)
    level = next((cosine for cosine, rate in single if rate == 1e-3), None)
    missed = float((cosines[same] < level).mean()) if level is not None and same.any() else None
    return Calibration(tables | {3: tables.get(3, single)}, len(by_person), len(rows), missed)


def _or_single(impostors: NDArray[np.floating], single: Table) -> Table:
    """References of several photos score a little higher against strangers; with too few of them the single photos' table must do."""
    try:
        return make_table(impostors)
    except ValueError:
        return single
