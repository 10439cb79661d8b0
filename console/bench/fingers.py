"""Fingers: accuracy on sets of prints after the protocol of FVC, and speed of matching and search.

All rates are fractions, 0 to 1. A set is a folder, at any depth, with `101_1.png` to `110_8.png`:
ten fingers with eight impressions each. It has 280 genuine pairs. Impostors are the 45 pairs of
first impressions, or all 360 pairs of equal impression numbers. Pooled figures have all sets at one
threshold, with all pairs of different fingers within a set as impostors.
"""

import itertools
import math
import time
from pathlib import Path
from typing import Any

import numpy as np

from console.bench.finger_field import enrolment_figures, search_figures, second_look_figures
from console.bench.finger_pictures import picture_figures
from console.bench.finger_records import record_figures
from console.bench.finger_sets import (
    ENROLLED,
    IMPRESSIONS,
    PrintSet,
    Scores,
    extract_prints,
    load_prints,
)
from console.biometrics.fingers.calibration import threshold
from console.biometrics.fingers.enrolment import probe_score
from console.biometrics.fingers.matcher import match_all
from console.biometrics.fingers.minutiae import Minutiae, rotated
from console.biometrics.fingers.prepared import Prepared, as_probe, prepare
from console.biometrics.fingers.search import FingerGallery
from console.biometrics.models import model_path, open_session

FMRS = {"1e2": 1e-2, "1e3": 1e-3, "1e4": 1e-4}
"""Name -> false match rate, as in `bench faces`."""
SPEED_GALLERY = 20_000
IDENTIFY = {"identify_100k_s": 100_000, "identify_1m_s": 1_000_000}
PROBES = 5
TURNS = 15
BANDS = (0, 30, 45, 60, 101)


def measure(data: Path | None) -> dict[str, Any]:
    """Return all figures. Raises SystemExit, in words, when there are no sets."""
    folders = sorted({path.parent for path in data.rglob("101_1.png")}) if data else []
    if not data or not folders:
        raise SystemExit(
            "bench fingers needs --data: a folder with sets of prints, "
            "each a folder of 101_1.png to 110_8.png"
        )
    pictures = {folder.relative_to(data).as_posix(): load_prints(folder) for folder in folders}
    sets = [extract_prints(images, name) for name, images in pictures.items()]
    figures: dict[str, Any] = {"sets": {}}
    genuine, impostors = [], []
    for one in sets:
        figures["sets"][one.name], scores, others = _accuracy(one)
        genuine.append(scores)
        impostors.append(others)
    pooled, pooled_impostors = np.concatenate(genuine), np.concatenate(impostors)
    rates = {f"fnmr_at_fmr_{name}": rate for name, rate in FMRS.items()}
    figures["pooled"] = {
        name: fnmr_at(pooled, pooled_impostors, rate)[0] for name, rate in rates.items()
    }
    figures["thresholds"] = {
        f"{rate:g}": fnmr_at(pooled, pooled_impostors, rate)[1] for rate in (0.1, *rates.values())
    }
    figures["enrolled"] = _enrolled(sets)
    figures["quality"] = _by_quality(sets, figures["thresholds"]["0.001"])
    figures |= enrolment_figures(sets, pictures)
    figures["enrolled"] |= second_look_figures(sets, pictures)
    figures |= search_figures(sets)
    figures["pictures"] = picture_figures(sets)
    figures["records"] = record_figures(data, sets, FMRS)
    return figures | _speed(sets) | _networks(data.parent / "models" / "LEADER.onnx")


def _networks(published: Path) -> dict[str, float]:
    """Times of the shipped and of the published network, alternating, on two threads."""
    if not published.is_file():
        return {}
    sessions = {
        "network_ms": open_session(model_path("finger_minutiae"), 2),
        "published_network_ms": open_session(published, 2),
    }
    times: dict[str, list[float]] = {name: [] for name in sessions}
    for _ in range(TURNS):
        for name, session in sessions.items():
            start = time.perf_counter()
            session.run(None, {"input": np.zeros((1, 320, 384, 1), np.float32)})
            times[name].append(1000 * (time.perf_counter() - start))
    return {name: round(float(np.median(every)), 1) for name, every in times.items()}


def _accuracy(one: PrintSet) -> tuple[dict[str, float], Scores, Scores]:
    """(figures, genuine scores, scores of all pairs of different fingers)."""
    fingers = sorted({finger for finger, _ in one.minutiae})
    genuine = one.scores(
        [((f, a), (f, b)) for f in fingers for a, b in itertools.combinations(IMPRESSIONS, 2)]
    )
    others = list(itertools.combinations(fingers, 2))
    first = one.scores([((f, 1), (g, 1)) for f, g in others])
    same = one.scores([((f, k), (g, k)) for k in IMPRESSIONS for f, g in others])
    every = one.scores(
        [((f, a), (g, b)) for f, g in others for a in IMPRESSIONS for b in IMPRESSIONS]
    )
    figures = {
        "eer_45": eer(genuine, first),
        "eer_360": eer(genuine, same),
        "fnmr_at_fmr_1e2": fnmr_at(genuine, same, 1e-2)[0],
        "fnmr_at_fmr_1e3": fnmr_at(genuine, same, 1e-3)[0],
        "fnmr_at_zero_fm": fnmr_at(genuine, same, 0.0)[0],
        "extract_ms": round(one.extract_ms, 1),
        "match_us": _match_us(one),
    }
    return figures, genuine, every


def _enrolled(sets: list[PrintSet]) -> dict[str, float]:
    """Rates with three prints enrolled as at the desk, and every other print as a probe.

    At the thresholds that the calibration gives for each of FMRS.
    """
    genuine: list[float] = []
    impostors: list[float] = []
    for one in sets:
        fingers = sorted({finger for finger, _ in one.minutiae})
        for finger, enrolled in itertools.product(fingers, ENROLLED):
            references = [one.prepared[finger, k] for k in enrolled]
            for (who, k), probe in one.probes.items():
                if who != finger or k not in enrolled:
                    score = probe_score([float(value) for value in match_all(probe, references)])
                    (genuine if who == finger else impostors).append(score)
    scores, others = np.array(genuine), np.array(impostors)
    figures: dict[str, float] = {"genuine": len(scores), "impostors": len(others)}
    for name, rate in FMRS.items():
        level = threshold(math.log10(rate))
        figures[f"fmr_at_{name}"] = round(float((others >= level).mean()), 6)
        figures[f"fnmr_at_{name}"] = round(float((scores < level).mean()), 4)
    return figures


def _by_quality(sets: list[PrintSet], level: float) -> dict[str, dict[str, float]]:
    """Genuine pairs by the worse of both qualities: their number, and their FNMR at FMR 0.001."""
    rows = []
    for one in sets:
        for finger in sorted({finger for finger, _ in one.minutiae}):
            for a, b in itertools.combinations(IMPRESSIONS, 2):
                rows.append(
                    (
                        min(one.quality[finger, a], one.quality[finger, b]),
                        one.scores([((finger, a), (finger, b))])[0] < level,
                    )
                )
    worse, missed = np.array([quality for quality, _ in rows]), np.array([miss for _, miss in rows])
    bands = {
        f"{low}_to_{high}": (worse >= low) & (worse < high)
        for low, high in itertools.pairwise(BANDS)
    }
    return {
        name: {"pairs": int(inside.sum()), "fnmr": round(float(missed[inside].mean()), 4)}
        for name, inside in bands.items()
    }


def _match_us(one: PrintSet) -> float:
    """Microseconds of one full comparison on one thread: the median over probes."""
    gallery = FingerGallery(threads=1)
    for number, prepared in enumerate([*one.prepared.values()] * 10):
        gallery.add_reference(number, prepared)
    everybody = np.arange(len(gallery))
    times = []
    for probe in [*one.probes.values()][::2]:
        start = time.perf_counter()
        gallery.scores(probe, everybody)
        times.append((time.perf_counter() - start) / len(gallery))
    return round(1e6 * float(np.median(times)), 1)


def eer(genuine: Scores, impostors: Scores) -> float:
    """Return the equal error rate, a fraction."""
    levels = np.unique(
        np.concatenate([genuine, impostors, [max(genuine.max(), impostors.max()) + 1]])
    )
    rejected = np.searchsorted(np.sort(genuine), levels) / len(genuine)
    accepted = 1 - np.searchsorted(np.sort(impostors), levels) / len(impostors)
    at = int(np.argmin(np.abs(rejected - accepted)))
    return round(float(rejected[at] + accepted[at]) / 2, 4)


def fnmr_at(genuine: Scores, impostors: Scores, fmr: float) -> tuple[float, float]:
    """Return (false non-match rate, threshold) at the lowest threshold with at most this FMR.

    Rates are fractions.
    """
    levels = np.unique(
        np.concatenate([genuine, impostors, [max(genuine.max(), impostors.max()) + 1e-6]])
    )
    accepted = 1 - np.searchsorted(np.sort(impostors), levels) / len(impostors)
    level = levels[np.argmax(accepted <= fmr + 1e-12)]
    return round(float((genuine < level).mean()), 4), round(float(level), 2)


def _speed(sets: list[PrintSet]) -> dict[str, Any]:
    prints = [
        (f"{one.name}/{finger}", one.prepared[finger, k], one.minutiae[finger, k])
        for one in sets
        for finger, k in sorted(one.prepared)
    ]
    figures: dict[str, Any] = {"rank1": _rank1(prints)}
    variants = [
        prepare(rotated(found, 0.37 * turn, (3.0 * turn, 5.0)))
        for turn in range(4)
        for _, _, found in prints
    ]
    gallery = _gallery(variants, SPEED_GALLERY)
    probes = [
        as_probe(prepared) for _, prepared, _ in prints[:: max(1, len(prints) // PROBES)][:PROBES]
    ]
    gallery.votes(probes[0])
    start = time.perf_counter()
    for probe in probes:
        gallery.votes(probe)
    figures["prefilter_per_s"] = round(len(probes) * len(gallery) / (time.perf_counter() - start))
    figures["bytes_per_finger"] = round(gallery.bytes_each)
    for name, size in IDENTIFY.items():
        gallery = _gallery(variants, size)
        times = []
        for probe in probes:
            start = time.perf_counter()
            gallery.identify(probe)
            times.append(time.perf_counter() - start)
        figures[name] = round(float(np.median(times)), 3)
    return figures


def _gallery(variants: list[Prepared], size: int) -> FingerGallery:
    gallery = FingerGallery()
    for number in range(size):
        gallery.add_reference(number, variants[number % len(variants)])
    return gallery


def _rank1(prints: list[tuple[str, Prepared, Minutiae]]) -> float:
    """Fraction of prints whose finger a search finds first, with its other impressions enrolled."""
    gallery = FingerGallery()
    for number, (_, prepared, _) in enumerate(prints):
        gallery.add_reference(number, prepared)
    right = 0
    for number, (who, prepared, _) in enumerate(prints):
        best = next(
            (found for found in gallery.identify(as_probe(prepared), 2) if found.key != number),
            None,
        )
        right += best is not None and prints[int(str(best.key))][0] == who
    return round(right / len(prints), 4)
