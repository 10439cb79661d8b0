"""Who is this? Identification among a number of references (ISO/IEC 2382-37: 1:N), never by the bare best match: the best must be alike
enough for so many comparisons, and clearly more alike than the second."""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.recognition.calibration import LOWEST_FMR, Table, false_match_rate
from console.biometrics.faces.recognition.vectors import VectorIndex

LEAST_MARGIN = 1.0
"""Decades of chance that must lie between the best and the second: ten times less likely by chance."""


class Outcome(StrEnum):
    IDENTIFIED = "identified"
    NOBODY = "nobody"
    """No reference is alike enough."""
    AMBIGUOUS = "ambiguous"
    """Two are."""


@dataclass(frozen=True)
class Identification:
    """owner: of the most similar reference; chance: how often two different people are as alike; margin: in decades of chance to the
    second, None without a second."""

    outcome: Outcome
    owner: str = ""
    chance: float = 1.0
    margin: float | None = None


def identify(
    index: VectorIndex,
    probe: NDArray[np.float32],
    table: Table,
    fmr: float,
    least_margin: float = LEAST_MARGIN,
) -> Identification:
    """probe: (d,) float32, as the index holds them; fmr: of one comparison."""
    found = index.best(probe, 2)
    if not found:
        return Identification(Outcome.NOBODY)
    chances = [_chance(cosine, table) for _, cosine in found]
    margin = math.log10(chances[1] / chances[0]) if len(chances) > 1 else None
    owner, chance = found[0][0], max(LOWEST_FMR, chances[0])
    if chances[0] > fmr:
        return Identification(Outcome.NOBODY, owner, chance, margin)
    clear = margin is None or margin >= least_margin
    return Identification(Outcome.IDENTIFIED if clear else Outcome.AMBIGUOUS, owner, chance, margin)


def _chance(cosine: float, table: Table) -> float:
    """As false_match_rate, going on in a straight line below what is claimed, so that a margin is left between two very good matches."""
    (low, low_rate), (high, high_rate) = table[-2:]
    if cosine <= high:
        return false_match_rate(cosine, table)
    slope = (math.log10(high_rate) - math.log10(low_rate)) / (high - low)
    return float(10 ** (math.log10(high_rate) + slope * (cosine - high)))
