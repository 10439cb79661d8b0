"""A gallery of fingers in mapped files: how long one among many millions is searched.

The references are those of the sets of prints, turned and moved, over and over. The files lie in
the folder for temporary files (TMPDIR) and have no name: about 1.7 GB for a million fingers.
"""

import itertools
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from console.bench.finger_sets import extract_prints, load_prints
from console.biometrics.fingers.minutiae import Minutiae, rotated
from console.biometrics.fingers.prepared import as_probe, prepare
from console.biometrics.fingers.search import FingerGallery

TURNS, PROBES = 4, 5


def measure(data: Path | None, fingers: int) -> dict[str, Any]:
    """Return all figures. Raises SystemExit, in words, when there are no sets."""
    folders = sorted({path.parent for path in data.rglob("101_1.png")}) if data else []
    if not folders:
        raise SystemExit("bench finger-gallery needs --data with sets of prints, as fingers does")
    prints: list[Minutiae] = []
    for folder in folders:
        prints += extract_prints(load_prints(folder), folder.name).minutiae.values()
    variants = [
        prepare(rotated(found, 0.37 * turn, (3.0 * turn, 5.0)))
        for turn in range(TURNS)
        for found in prints
    ]
    gallery = FingerGallery(folder=Path(tempfile.gettempdir()))
    before = _own_memory_mb()
    for number, reference in enumerate(itertools.islice(itertools.cycle(variants), fingers)):
        gallery.add_reference(number, reference)
    added = _own_memory_mb() - before
    probes = [as_probe(prepare(found)) for found in prints[:: len(prints) // PROBES][:PROBES]]
    times, processor, highest = [], [], 0.0
    for probe in probes:
        start, worked = time.perf_counter(), time.process_time()
        best = gallery.identify(probe, 1)
        times.append(time.perf_counter() - start)
        processor.append(time.process_time() - worked)
        highest = max(highest, _own_memory_mb())
        assert best
    return {
        "fingers": len(gallery),
        "identify_s": round(float(np.median(times)), 2),
        "slowest_s": round(max(times), 2),
        "processor_s": round(float(np.median(processor)), 2),
        "mapped_gb": round(gallery.bytes_each * fingers / 1e9, 2),
        "own_memory_mb": round(added),
        "own_memory_searching_mb": round(highest - before),
    }


def _own_memory_mb() -> float:
    """What this process holds besides mapped files, which the system takes back when it must."""
    status = Path("/proc/self/status").read_text("ascii")
    return next(
        int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("RssAnon:")
    )
