"""FMR tables from labelled photos of a site's own: `muster calibrate DIR`.

The photos of one person lie in a folder of their own, or are named `Person_Name_0001.jpg`.
Different names are different people.
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

from console.biometrics.faces.detection.face_finder import FaceFinder
from console.biometrics.faces.recognition.alignment import AlignmentError
from console.biometrics.faces.recognition.fmr_tables import FmrTable, make_table
from console.biometrics.faces.recognition.recogniser import Recogniser
from console.biometrics.faces.recognition.site_models import SHIPPED, RecogniserChoice
from console.biometrics.faces.recognition.site_recognisers import open_recogniser
from console.biometrics.faces.recognition.vectors import fuse
from console.biometrics.images import decode_photo, prepare_decoders
from console.biometrics.refusals import PhotoRefused

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".bmp"})
REFERENCE_PHOTOS = 3
REPORTED_FMR = 1e-3
"""The false match rate at which the false non-match rate is reported."""
_NUMBER = re.compile(r"[_-]\d+$")
Vector = NDArray[np.float32]
Progress = Callable[[int, int], None]
"""Called with the number of photos done and the number of all."""


@dataclass(frozen=True)
class FmrCalibration:
    """The result of a calibration.

    tables: number of photos in the reference -> table;
    people, photos: those with a face;
    fnmr: fraction of genuine comparisons of single photos that fail at a false match rate of 1 in
    1,000; None without genuine comparisons, or where the table does not reach that rate.
    """

    tables: dict[int, FmrTable]
    people: int
    photos: int
    fnmr: float | None


def labelled_photos(folder: Path) -> list[tuple[str, Path]]:
    """Return (person, file) of every picture below the folder. Raises ValueError without any."""
    files = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in PICTURES]
    if not files:
        raise ValueError(f"There are no pictures in {folder}.")
    return [
        (path.parent.name if path.parent != folder else _NUMBER.sub("", path.stem), path)
        for path in files
    ]


@cache
def _nets(choice: RecogniserChoice, models: Path | None) -> tuple[FaceFinder, Recogniser]:
    cv2.setNumThreads(1)
    prepare_decoders()
    return FaceFinder(), open_recogniser(choice, models)


def _embed(choice: RecogniserChoice, models: Path | None, path: Path) -> Vector | None:
    """The vector of the main face; None for a file that is not a picture or shows no face."""
    finder, recogniser = _nets(choice, models)
    try:
        rgb = decode_photo(path.read_bytes()).rgb
        found = finder.find(rgb)
        return recogniser.embed(rgb, found[0].mesh).vector if found else None
    except (PhotoRefused, AlignmentError, OSError):
        return None


def _report_nothing(_done: int, _total: int) -> None:
    """The progress of a caller that does not show any."""


def calibrate_photos(
    folder: Path,
    choice: RecogniserChoice = SHIPPED,
    models: Path | None = None,
    progress: Progress = _report_nothing,
) -> FmrCalibration:
    """Embed every photo below the folder and compare all pairs.

    models: the folder of the site's models. Raises ValueError, in words, when the photos are too
    few, and ModelRefused.
    """
    files = labelled_photos(folder)
    by_person: dict[str, list[Vector]] = defaultdict(list)
    open_recogniser(choice, models)
    # spawned, as a forked process would inherit threads of the nets that do not run in it
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
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
        raise ValueError("At least two people are needed to see how similar different people are.")
    return calibrate_vectors(by_person)


def calibrate_vectors(by_person: dict[str, list[Vector]]) -> FmrCalibration:
    """Compare all pairs of vectors, float32 (d,). Raises ValueError when they are too few."""
    people = np.array([person for person, vectors in by_person.items() for _ in vectors])
    rows = np.stack([vector for vectors in by_person.values() for vector in vectors])
    first, second = np.triu_indices(len(rows), 1)
    cosines, genuine = (rows @ rows.T)[first, second], people[first] == people[second]
    single = make_table(cosines[~genuine])
    level = next((cosine for cosine, rate in single if rate == REPORTED_FMR), None)
    measurable = level is not None and genuine.any()
    return FmrCalibration(
        tables={1: single, 3: _template_table(by_person, people, rows, single)},
        people=len(by_person),
        photos=len(rows),
        fnmr=float((cosines[genuine] < level).mean()) if measurable else None,
    )


def _template_table(
    by_person: dict[str, list[Vector]],
    people: NDArray[np.str_],
    rows: NDArray[np.float32],
    single: FmrTable,
) -> FmrTable:
    """The table for references of three photos, which score a little higher against strangers.

    The table of single photos serves where there are too few such references.
    """
    enrolled = {
        person: vectors for person, vectors in by_person.items() if len(vectors) >= REFERENCE_PHOTOS
    }
    if not enrolled:
        return single
    references = np.stack([fuse(vectors[:REFERENCE_PHOTOS]) for vectors in enrolled.values()])
    others = people[:, None] != np.array(list(enrolled))[None]
    try:
        return make_table((rows @ references.T)[others])
    except ValueError:
        return single
