"""Sets of prints after the protocol of FVC, with the minutiae and qualities that are found."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from console.biometrics.fingers.extractor import Leader
from console.biometrics.fingers.matcher import compare, workspace
from console.biometrics.fingers.minutiae import Minutiae
from console.biometrics.fingers.prepared import as_probe, prepare
from console.biometrics.fingers.quality import full_quality
from console.biometrics.fingers.ridges import Image

IMPRESSIONS = range(1, 9)
ENROLLED = ((1, 2, 3), (4, 5, 6), (2, 5, 8))
"""Impressions that are enrolled together."""
THREADS = 2
_NAME = re.compile(r"1(\d\d)_([1-8])\.png")
Print = tuple[int, int]
"""Finger and impression."""
Scores = NDArray[np.float64]


@dataclass
class PrintSet:
    """One set of prints, with the minutiae and qualities that were extracted."""

    name: str
    minutiae: dict[Print, Minutiae]
    quality: dict[Print, int]
    extract_ms: float

    def __post_init__(self) -> None:
        self.prepared = {key: prepare(found) for key, found in self.minutiae.items()}
        self.probes = {key: as_probe(prepared) for key, prepared in self.prepared.items()}

    def scores(self, pairs: list[tuple[Print, Print]]) -> Scores:
        """Return the score of each (probe, reference), float64 (n,)."""
        work, p, r = workspace(), self.probes, self.prepared
        return np.array(
            [
                compare(p[a].points, p[a].head, p[a].edges, r[b].points, r[b].edges, work)
                for a, b in pairs
            ]
        )


def load_prints(folder: Path) -> dict[Print, Image]:
    """Return the pictures of a set."""
    images = {}
    for path in sorted(folder.iterdir()):
        named = _NAME.fullmatch(path.name)
        if named:
            image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
            images[int(named[1]), int(named[2])] = np.asarray(image, np.uint8)
    return images


def extract_prints(images: dict[Print, Image], name: str) -> PrintSet:
    """Return the minutiae and qualities of pictures at 500 dpi."""
    extract = Leader()

    def one(key: Print) -> tuple[Minutiae, int, float]:
        start = time.thread_time()
        found = extract(images[key])
        seconds = time.thread_time() - start
        return found, full_quality(images[key], found).value, seconds

    with ThreadPoolExecutor(THREADS) as pool:
        results = dict(zip(images, pool.map(one, images), strict=True))
    extract_ms = 1000 * float(np.median([seconds for _, _, seconds in results.values()]))
    return PrintSet(
        name=name,
        minutiae={key: found for key, (found, _, _) in results.items()},
        quality={key: quality for key, (_, quality, _) in results.items()},
        extract_ms=extract_ms,
    )


def at_rate(scores: Scores, rate: float) -> float:
    """Return the lowest threshold that at most this fraction of the scores reaches."""
    ranked = np.sort(scores)[::-1]
    return float(np.nextafter(ranked[int(rate * len(ranked))], np.inf))
