"""Fingers as in the field: enrolment at the desk, a second look, and one among many.

All rates are fractions.
"""

import itertools
import math
from dataclasses import replace
from typing import Any

import numpy as np

from console.bench.finger_readers import FAULTS, READERS
from console.bench.finger_sets import (
    ENROLLED,
    IMPRESSIONS,
    Print,
    PrintSet,
    Scores,
    at_rate,
    extract_prints,
)
from console.biometrics.fingers.calibration import threshold
from console.biometrics.fingers.enrolment import (
    MAX_SCANS,
    ScanOutcome,
    assess_scans,
    probe_score,
    usable,
)
from console.biometrics.fingers.extractor import Leader, at_500_dpi
from console.biometrics.fingers.matcher import match_all
from console.biometrics.fingers.prepared import as_probe, prepare
from console.biometrics.fingers.quality import ACCEPT, WARN, quick_quality
from console.biometrics.fingers.ridges import Image
from console.biometrics.fingers.second_look import other_looks
from console.biometrics.fingers.templates import MinutiaeTemplate

Pictures = dict[str, dict[Print, Image]]
SEED = 20260
READ = (1, 5, 10)
"""Fingers of each set that made-up readers read."""
FAULTY = (1, 6)
"""Impressions of each finger that faults are drawn into."""
DISCARDED = 0.1
LEVELS = (4, 15)
"""Per cent of the prints of the sets that are not usable, and not good."""
SINGLE_FMR = 1e-3
FPIR = 0.003
SIZES = (300, 1_000, 10_000)
"""Fingers in larger galleries than the sets have; there the threshold is the stated one."""
AGAIN = (4, 8)
"""Impressions that are looked at twice as impostors: all would take five minutes."""


def enrolment_figures(sets: list[PrintSet], pictures: Pictures) -> dict[str, Any]:
    """Failures to enrol, by set and by made-up reader; what quality predicts; what reasons say."""
    fails = {one.name: _enrol_fail(one) for one in sets}
    for reader in READERS:
        fails |= {
            f"{name} {reader}": _enrol_fail(_read(images, reader))
            for name, images in pictures.items()
        }
    told = {name: _reasons_told(images) for name, images in pictures.items()}
    return {
        "enrol_fail": fails,
        "enrol_fail_max": max(fails.values()),
        "enrol_fail_left_out": {one.name: _left_out(one, sets) for one in sets},
        "later_fnmr": {one.name: _later_fnmr(one) for one in sets},
        "discard_10pct_left": _left_after_discard(sets),
        "reasons_true": {
            name: {reason: _share(true) for reason, true in by_reason.items()}
            for name, by_reason in told.items()
        },
        "reasons_true_all": {
            reason: _share([true for by_reason in told.values() for true in by_reason[reason]])
            for reason in FAULTS
        },
    }


def _read(images: dict[Print, Image], reader: str) -> PrintSet:
    """The first prints of some fingers as the reader gives them, brought to 500 dpi."""
    dice = np.random.default_rng(SEED)
    read = {}
    for key in ((finger, k) for finger in READ for k in IMPRESSIONS[:MAX_SCANS]):
        image, dpi = READERS[reader](images[key], dice)
        read[key] = at_500_dpi(np.ascontiguousarray(image), dpi)
    return extract_prints(read, reader)


def _enrol_fail(one: PrintSet) -> float:
    """Fraction of enrolments by the desk's rules that fail."""
    return round(float(np.mean([not chosen for _, chosen in _enrolments(one)])), 4)


def _later_fnmr(one: PrintSet) -> float:
    """FNMR at FMR 0.001 of all prints that an enrolment did not keep, over those that succeed."""
    level = threshold(math.log10(SINGLE_FMR))
    missed: list[bool] = []
    for finger, chosen in _enrolments(one):
        references = [one.prepared[key] for key in chosen]
        later = [key for key in one.probes if chosen and key[0] == finger and key not in chosen]
        for key in later:
            scores = [float(value) for value in match_all(one.probes[key], references)]
            missed.append(probe_score(scores) < level)
    return round(float(np.mean(missed)), 4)


def _enrolments(one: PrintSet) -> list[tuple[int, list[Print]]]:
    """Each finger with the prints that an enrolment keeps, none where it fails.

    The impressions come in their order, beginning with each in turn.
    """
    enrolments: list[tuple[int, list[Print]]] = []
    for finger in sorted({finger for finger, _ in one.minutiae}):
        keys = sorted(key for key in one.minutiae if key[0] == finger)
        orders = [keys[first:] + keys[:first] for first in range(len(keys))]
        enrolments += [(finger, _kept(one, order[:MAX_SCANS])) for order in orders]
    return enrolments


def _kept(one: PrintSet, keys: list[Print]) -> list[Print]:
    """The prints that the desk keeps of these, scanned one after the other."""
    taken: list[Print] = []
    scans: list[MinutiaeTemplate] = []
    for tries, key in enumerate(keys, 1):
        scan = MinutiaeTemplate(one.minutiae[key], Leader.id, one.quality[key])
        poor = not usable(scan)
        if not poor:
            taken.append(key)
            scans.append(scan)
        assessment = assess_scans(scans, tries, poor)
        if assessment.outcome is ScanOutcome.COMPLETE:
            return [taken[place] for place in assessment.chosen]
    return []


def _left_out(one: PrintSet, sets: list[PrintSet]) -> float:
    """Failures to enrol where the limits of quality come from the other sets alone."""
    others = [value for other in sets if other is not one for value in other.quality.values()]
    levels = [0, *np.percentile(others, LEVELS), 100]
    quality = {
        key: round(float(np.interp(value, levels, [0, WARN, ACCEPT, 100])))
        for key, value in one.quality.items()
    }
    return _enrol_fail(replace(one, quality=quality))


def _left_after_discard(sets: list[PrintSet]) -> float:
    """Share of the misses that is left when the tenth of worst quality is not compared."""
    quality, missed = [], []
    for one in sets:
        for finger in sorted({finger for finger, _ in one.minutiae}):
            for a, b in itertools.combinations(IMPRESSIONS, 2):
                quality.append(min(one.quality[finger, a], one.quality[finger, b]))
                score = one.scores([((finger, a), (finger, b))])[0]
                missed.append(score < threshold(math.log10(SINGLE_FMR)))
    kept = np.argsort(quality, kind="stable")[int(DISCARDED * len(quality)) :]
    return round(float(np.array(missed)[kept].sum() / max(1, np.sum(missed))), 4)


def _reasons_told(images: dict[Print, Image]) -> dict[str, list[bool]]:
    """By reason: of each scan with that fault drawn that is not good, whether it is named."""
    dice = np.random.default_rng(SEED)
    told: dict[str, list[bool]] = {}
    for reason, draw in FAULTS.items():
        judged = [
            quick_quality(draw(image, dice)) for (_, k), image in images.items() if k in FAULTY
        ]
        told[reason] = [one.reason == reason for one in judged if one.value < ACCEPT]
    return told


def _share(true: list[bool]) -> float:
    return round(float(np.mean(true)), 4) if true else 1.0


def second_look_figures(sets: list[PrintSet], pictures: Pictures) -> dict[str, float]:
    """Rates of three enrolled prints where a probe that failed is looked at again.

    The first look must reach the measured threshold at FMR 0.001, or the best of both looks its
    own. Every genuine probe that fails the first look has a second one, and of the impostors those
    of the impressions AGAIN.
    """
    firsts = [_enrolled_scores(one) for one in sets]
    level = at_rate(np.concatenate([others for _, others in firsts]), SINGLE_FMR)
    leader = Leader()
    genuine = 0
    best_genuine: list[float] = []
    best_others: list[float] = []
    for one, (own, _) in zip(sets, firsts, strict=True):
        genuine += len(own)
        images = pictures[one.name]
        failing = {(key, enrolled) for key, enrolled, score in own if score < level}
        for key in {key for key, _ in failing} | {key for key in one.probes if key[1] in AGAIN}:
            looks = other_looks(leader, images[key], one.minutiae[key])
            again = [as_probe(prepare(found)) for found in looks]
            for finger, enrolled in _galleries(one):
                own_finger = finger == key[0]
                if (key, enrolled) not in failing if own_finger else key[1] not in AGAIN:
                    continue
                references = [one.prepared[finger, k] for k in enrolled]
                score = max(
                    probe_score([float(value) for value in match_all(probe, references)])
                    for probe in [one.probes[key], *again]
                )
                (best_genuine if own_finger else best_others).append(score)
    second_level = at_rate(np.array(best_others), SINGLE_FMR)
    missed = sum(score < second_level for score in best_genuine)
    stated = threshold(math.log10(SINGLE_FMR), again=True)
    return {
        "fnmr_at_fmr_01pct_one_look": round(len(best_genuine) / genuine, 4),
        "fnmr_at_fmr_01pct": round(missed / genuine, 4),
        "fmr_second_look_at_1e3": round(float((np.array(best_others) >= stated).mean()), 6),
    }


def _galleries(one: PrintSet) -> list[tuple[int, tuple[int, ...]]]:
    fingers = sorted({finger for finger, _ in one.minutiae})
    return list(itertools.product(fingers, ENROLLED))


def _enrolled_scores(
    one: PrintSet,
) -> tuple[list[tuple[Print, tuple[int, ...], float]], Scores]:
    """(each genuine probe with the impressions enrolled and its score, scores of impostors)."""
    own, others = [], []
    for finger, enrolled in _galleries(one):
        references = [one.prepared[finger, k] for k in enrolled]
        for key, probe in one.probes.items():
            score = probe_score([float(value) for value in match_all(probe, references)])
            if key[0] != finger:
                others.append(score)
            elif key[1] not in enrolled:
                own.append((key, enrolled, score))
    return own, np.array(others)


def search_figures(sets: list[PrintSet]) -> dict[str, Any]:
    """FNIR at FPIR 0.003, all fingers of all sets in one gallery.

    A search without a mate has all fingers but the probe's own. Two probes: the mean of both. For
    larger galleries, at the threshold where one comparison is wrong FPIR / size times by the
    calibration; so that is an extrapolation.
    """
    prints = [(one, key) for one in sets for key in sorted(one.minutiae)]
    scores = np.array(
        [
            [float(value) for value in match_all(one.probes[key], _all_prepared(prints))]
            for one, key in prints
        ]
    )
    owner = np.array([f"{one.name} {finger}" for one, (finger, _) in prints])
    number = np.array([k for _, (_, k) in prints])
    rates: dict[str, float] = {}
    by_size: dict[str, dict[str, float]] = {str(size): {} for size in SIZES}
    for templates, probes in itertools.product((1, 3), (1, 2)):
        name = f"{templates}_template{'s' * (templates > 1)}_{probes}_probe{'s' * (probes > 1)}"
        own, strangers = _searches(scores, owner, number, templates, probes)
        rates[name] = _below(own, at_rate(strangers, FPIR))
        for size in SIZES:
            by_size[str(size)][name] = _below(own, threshold(math.log10(FPIR / size)))
    return {
        "fnir_at_fpir_0003": rates["3_templates_1_probe"],
        "fnir_by": rates,
        "fnir_gallery": len(set(owner)),
        "fnir_at_stated_threshold": by_size,
    }


def _all_prepared(prints: list[tuple[PrintSet, Print]]) -> list[Any]:
    return [one.prepared[key] for one, key in prints]


def _searches(
    scores: Scores, owner: Any, number: Any, templates: int, probes: int
) -> tuple[Scores, Scores]:
    """The best scores of searches: (of the mate, 0 where another finger is best; of all others).

    scores: of each probe and reference; owner, number: finger and impression of each.
    """
    own, strangers = [], []
    names = list(dict.fromkeys(owner))
    for enrolled in ENROLLED:
        known = enrolled[:templates]
        columns = {name: np.flatnonzero((owner == name) & np.isin(number, known)) for name in names}
        for name in names:
            free = np.flatnonzero((owner == name) & ~np.isin(number, known))
            for group in itertools.combinations(free, probes):
                found = {
                    other: float(np.mean([probe_score(scores[row, at].tolist()) for row in group]))
                    for other, at in columns.items()
                }
                mate = found.pop(name)
                strangers.append(max(found.values()))
                own.append(mate if mate > strangers[-1] else 0.0)
    return np.array(own), np.array(strangers)


def _below(scores: Scores, level: float) -> float:
    return round(float((scores < level).mean()), 4)
