"""Whose face is this? Identification (1:N, ISO/IEC 2382-37) among a number of references.

The best match alone never decides: it must be similar enough for so many comparisons, and clearly
more similar than the second.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.recognition.fmr_tables import LOWEST_FMR, FmrTable, false_match_rate
from console.biometrics.faces.recognition.vectors import VectorIndex

MIN_MARGIN = 1.0
"""Decades of the false match rate between the best and the second: ten times less likely."""


class IdentificationOutcome(StrEnum):
    """What came of a search."""

    IDENTIFIED = "identified"
    NOBODY = "nobody"
    """No reference is similar enough."""
    AMBIGUOUS = "ambiguous"
    """Two references are similar enough, and too close to each other."""


@dataclass(frozen=True)
class Identification:
    """The result of a search.

    owner: of the most similar reference, empty without any;
    fmr: the fraction of different people who are as similar, 1e-6 to 1;
    margin: decades of the false match rate to the second reference, None without one.
    """

    outcome: IdentificationOutcome
    owner: str = ""
    fmr: float = 1.0
    margin: float | None = None


def identify(
    index: VectorIndex,
    probe: NDArray[np.float32],
    table: FmrTable,
    max_fmr: float,
    min_margin: float = MIN_MARGIN,
) -> Identification:
    """Search for the owner of the probe, float32 (d,), protected as the index holds its references.

    max_fmr: the highest false match rate of one comparison at which somebody is identified.
    """
    found = index.most_similar(probe, 2)
    if not found:
        return Identification(IdentificationOutcome.NOBODY)
    rates = [_extrapolated_fmr(cosine, table) for _, cosine in found]
    margin = math.log10(rates[1] / rates[0]) if len(rates) > 1 else None
    owner, fmr = found[0][0], max(LOWEST_FMR, rates[0])
    if rates[0] > max_fmr:
        return Identification(IdentificationOutcome.NOBODY, owner, fmr, margin)
    clear = margin is None or margin >= min_margin
    outcome = IdentificationOutcome.IDENTIFIED if clear else IdentificationOutcome.AMBIGUOUS
    return Identification(outcome, owner, fmr, margin)


def _extrapolated_fmr(cosine: float, table: FmrTable) -> float:
    """As false_match_rate, continued in a straight line below what is claimed.

    Otherwise two very good matches would have no margin between them.
    """
    (low, low_rate), (high, high_rate) = table[-2:]
    if cosine <= high:
        return false_match_rate(cosine, table)
    slope = (math.log10(high_rate) - math.log10(low_rate)) / (high - low)
    return float(10 ** (math.log10(high_rate) + slope * (cosine - high)))
