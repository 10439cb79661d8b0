"""Enrolling one finger: three scans that agree with each other, at most six tries, the odd one out dropped."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from console.biometrics.fingers.calibration import log10_fmr
from console.biometrics.fingers.matcher import match
from console.biometrics.fingers.prepared import as_probe, prepare
from console.biometrics.fingers.templates import FingerTemplate
from console.domain.fingers import QUALITY_GOOD, QUALITY_LEAST

SCANS = 3
MAX_SCANS = 6
CONSISTENT_LOG10_FMR = -3.0
"""Two scans agree when chance would make them look as alike once in a thousand times."""
AGREEING_PAIRS = 2
"""Of the three pairs of three scans."""
GOOD_SCANS = 2
"""As many of the three are better than just usable."""


class Outcome(StrEnum):
    """What came of a scan."""

    TAKEN = "taken"
    POOR = "poor"
    COMPLETE = "complete"
    ANOTHER = "another"
    FAILED = "failed"


@dataclass(frozen=True)
class Assessment:
    """taken: scans that count so far; chosen: after COMPLETE, the places of the three that are kept;
    agrees: of each scan, whether another one shows the same finger; hint: what to do now."""

    outcome: Outcome
    taken: int
    hint: str
    agrees: tuple[bool, ...] = ()
    chosen: tuple[int, ...] = ()


def usable(scan: FingerTemplate) -> bool:
    """Whether a scan is good enough to be one of the three."""
    return scan.quality >= QUALITY_LEAST


def assess(scans: Sequence[FingerTemplate], tries: int, poor: bool = False) -> Assessment:
    """Where an enrolment stands. scans: the usable ones so far; tries: scans made; poor: the last one was not usable."""
    alike = _alike(scans)
    agrees = tuple(
        any(n in pair and value <= CONSISTENT_LOG10_FMR for pair, value in alike.items())
        for n in range(len(scans))
    )
    best = _most_alike(alike, [scan.quality for scan in scans])
    if best is not None and not poor:
        return Assessment(Outcome.COMPLETE, SCANS, "The finger is enrolled.", agrees, best)
    taken = min(len(scans), SCANS - 1)
    if tries >= MAX_SCANS:
        why = "are not good enough" if poor else "do not fit together"
        return Assessment(Outcome.FAILED, taken, f"The scans {why}. Use another finger.", agrees)
    if poor:
        return Assessment(Outcome.POOR, taken, "That scan was not good enough; once more.", agrees)
    if len(scans) < SCANS:
        return Assessment(Outcome.TAKEN, taken, "Lift the finger and put it down again.", agrees)
    return Assessment(
        Outcome.ANOTHER,
        taken,
        "The scans differ, or are poor. Put the same finger down once more, flat.",
        agrees,
    )


def _alike(scans: Sequence[FingerTemplate]) -> dict[tuple[int, int], float]:
    """log10 of the chance that two scans look so alike, of each pair."""
    prepared = [prepare(scan.minutiae) for scan in scans]
    return {
        (a, b): log10_fmr(match(as_probe(prepared[a]), prepared[b]))
        for a, b in combinations(range(len(scans)), 2)
    }


def _most_alike(
    alike: dict[tuple[int, int], float], qualities: Sequence[int]
) -> tuple[int, ...] | None:
    """The three scans that agree best, if enough of their pairs agree and enough of them are good."""
    best, best_sum = None, 0.0
    for three in combinations(range(len(qualities)), SCANS):
        if sum(qualities[n] >= QUALITY_GOOD for n in three) < GOOD_SCANS:
            continue
        values = [alike[pair] for pair in combinations(three, 2)]
        agreeing = sum(value <= CONSISTENT_LOG10_FMR for value in values)
        if agreeing >= AGREEING_PAIRS and sum(values) < best_sum:
            best, best_sum = three, sum(values)
    return best


def probe_score(scores: Sequence[float]) -> float:
    """One score of a probe against a finger's several templates: the mean of its best two."""
    best = sorted(scores, reverse=True)[:2]
    return sum(best) / len(best) if best else 0.0
