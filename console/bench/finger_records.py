"""Own scans compared with what another program found in the same prints: records of ISO 19794-2."""

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from console.bench.finger_sets import PrintSet
from console.biometrics.fingers.calibration import threshold
from console.biometrics.fingers.matcher import match_all
from console.biometrics.fingers.prepared import Prepared, prepare
from console.biometrics.fingers.record_templates import templates_of_record
from console.biometrics.fingers.records import read_record

FOLDER = "iso"
"""Holds the records of each set, as 101_1.iso to 110_8.iso, under the set's own name."""


def record_figures(
    data: Path, sets: list[PrintSet], rates: Mapping[str, float]
) -> dict[str, float]:
    """Rates at the thresholds of the calibration, one record against one scan; {} without records.

    rates: name -> false match rate.
    """
    genuine: list[float] = []
    impostors: list[float] = []
    for one in sets:
        records = _records(data / FOLDER / one.name)
        if not records:
            continue
        for own_key, probe in one.probes.items():
            others = {key: found for key, found in records.items() if key != own_key}
            scores = match_all(probe, list(others.values()))
            for (whose, _), score in zip(others, scores, strict=True):
                (genuine if whose == own_key[0] else impostors).append(float(score))
    if not genuine:
        return {}
    own, strange = np.array(genuine), np.array(impostors)
    figures: dict[str, float] = {"genuine": len(own), "impostors": len(strange)}
    for name, rate in rates.items():
        level = threshold(math.log10(rate))
        figures[f"fmr_at_{name}"] = round(float((strange >= level).mean()), 6)
        figures[f"fnmr_at_{name}"] = round(float((own < level).mean()), 4)
    return figures


def _records(folder: Path) -> dict[tuple[int, int], Prepared]:
    """(finger, impression) -> the print of a record."""
    found = {}
    for path in sorted(folder.glob("1??_?.iso")):
        finger, impression = path.stem[1:].split("_")
        for templates in templates_of_record(read_record(path.read_bytes())).values():
            if templates:
                found[int(finger), int(impression)] = prepare(templates[0].minutiae)
    return found
