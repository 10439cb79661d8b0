"""Enrolment of one finger: three scans that agree, at most six tries, the odd one out dropped."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from console.biometrics.fingers.calibration import log10_fmr
from console.biometrics.fingers.matcher import match
from console.biometrics.fingers.prepared import as_probe, prepare
from console.biometrics.fingers.templates import MinutiaeTemplate
from console.domain.fingers import QUALITY_GOOD, QUALITY_LEAST
from console.domain.language import msgid

SCANS = 3
MAX_SCANS = 6
CONSISTENT_LOG10_FMR = -3.0
"""Two scans agree when different fingers are as similar at most once in a thousand comparisons."""
AGREEING_PAIRS = 2
"""Of the three pairs of three scans, this many must agree."""
GOOD_SCANS = 2
"""Of the three scans, this many must be better than just usable."""


class ScanOutcome(StrEnum):
    """What came of a scan."""

    TAKEN = "taken"
    POOR = "poor"
    COMPLETE = "complete"
    ANOTHER = "another"
    FAILED = "failed"


@dataclass(frozen=True)
class Assessment:
    """Where an enrolment stands.

    taken: scans that count so far; hint: what to do now;
    agrees: for each scan, whether another one shows the same finger;
    chosen: after COMPLETE, the places of the three scans to store.
    """

    outcome: ScanOutcome
    taken: int
    hint: str
    agrees: tuple[bool, ...] = ()
    chosen: tuple[int, ...] = ()


_TOO_POOR = msgid("The scans are not good enough. Use another finger.")
_NO_FIT = msgid("The scans do not fit together. Use another finger.")


def usable(scan: MinutiaeTemplate) -> bool:
    """Whether a scan is good enough to be one of the three."""
    return scan.quality >= QUALITY_LEAST


def assess_scans(scans: Sequence[MinutiaeTemplate], tries: int, poor: bool = False) -> Assessment:
    """Return where an enrolment stands.

    scans: the usable ones so far; tries: scans made; poor: the last scan was not usable.
    """
    rates = _pair_rates(scans)
    agrees = tuple(
        any(n in pair and rate <= CONSISTENT_LOG10_FMR for pair, rate in rates.items())
        for n in range(len(scans))
    )
    best = _most_similar_three(rates, [scan.quality for scan in scans])
    if best is not None and not poor:
        return Assessment(
            ScanOutcome.COMPLETE, SCANS, msgid("The finger is enrolled."), agrees, best
        )
    taken = min(len(scans), SCANS - 1)
    if tries >= MAX_SCANS:
        hint = _TOO_POOR if poor else _NO_FIT
        return Assessment(ScanOutcome.FAILED, taken, hint, agrees)
    if poor:
        hint = msgid("That scan was not good enough; once more.")
        return Assessment(ScanOutcome.POOR, taken, hint, agrees)
    if len(scans) < SCANS:
        hint = msgid("Lift the finger and put it down again.")
        return Assessment(ScanOutcome.TAKEN, taken, hint, agrees)
    hint = msgid("The scans differ, or are poor. Put the same finger down once more, flat.")
    return Assessment(ScanOutcome.ANOTHER, taken, hint, agrees)


def _pair_rates(scans: Sequence[MinutiaeTemplate]) -> dict[tuple[int, int], float]:
    """log10 of the false match rate of each pair of scans."""
    prepared = [prepare(scan.minutiae) for scan in scans]
    return {
        (a, b): log10_fmr(match(as_probe(prepared[a]), prepared[b]))
        for a, b in combinations(range(len(scans)), 2)
    }


def _most_similar_three(
    rates: dict[tuple[int, int], float], qualities: Sequence[int]
) -> tuple[int, ...] | None:
    """The three scans that agree best, if enough of their pairs agree and enough are good."""
    best, best_sum = None, 0.0
    for three in combinations(range(len(qualities)), SCANS):
        if sum(qualities[n] >= QUALITY_GOOD for n in three) < GOOD_SCANS:
            continue
        values = [rates[pair] for pair in combinations(three, 2)]
        agreeing = sum(value <= CONSISTENT_LOG10_FMR for value in values)
        if agreeing >= AGREEING_PAIRS and sum(values) < best_sum:
            best, best_sum = three, sum(values)
    return best


def probe_score(scores: Sequence[float]) -> float:
    """Return one score of a probe against a finger's templates: the mean of its best two."""
    best = sorted(scores, reverse=True)[:2]
    return sum(best) / len(best) if best else 0.0
