"""From a cosine to a chance: how often two different people score this high.

Source: 12.9 million impostor pairs of LFW; `run.py bench faces` prints these thresholds again.
"""

import itertools
import math

from console.biometrics.faces.vectors import MODEL_ID

FMR_BY_COSINE: dict[tuple[str, int], tuple[tuple[float, float], ...]] = {
    (MODEL_ID, 1): ((0.026, 0.5), (0.270, 0.05), (0.368, 1e-2), (0.471, 1e-3), (0.550, 1e-4), (0.616, 1e-5)),
    (MODEL_ID, 3): ((0.028, 0.5), (0.277, 0.05), (0.376, 1e-2), (0.482, 1e-3), (0.564, 1e-4), (0.631, 1e-5)),
}
"""(model id, photos in the reference) -> ascending (cosine, false match rate)."""
LOWEST_FMR = 1e-6
"""No claim below what so many pairs can show."""
DUPLICATE_FMR = 1e-4
"""From this chance on, another employee is shown as a possible duplicate."""


def false_match_rate(cosine: float, photos: int, model: str = MODEL_ID) -> float:
    """The share of different people who reach this cosine, 1e-6 to 1. `photos`: how many made the reference."""
    table = FMR_BY_COSINE[(model, 3 if photos >= 3 else 1)]
    if cosine <= table[0][0]:
        return min(1.0, 0.5 + (table[0][0] - cosine) / 2)
    lower = table[-2]
    upper = table[-1]
    for left, right in itertools.pairwise(table):
        if cosine <= right[0]:
            lower, upper = left, right
            break
    slope = (math.log10(upper[1]) - math.log10(lower[1])) / (upper[0] - lower[0])
    return max(LOWEST_FMR, float(10 ** (math.log10(lower[1]) + slope * (cosine - lower[0]))))


def cosine_threshold(rate: float, photos: int, model: str = MODEL_ID) -> float:
    """The cosine that different people reach with the given false match rate (a tabled one)."""
    for cosine, fmr in FMR_BY_COSINE[(model, 3 if photos >= 3 else 1)]:
        if math.isclose(fmr, rate):
            return cosine
    raise KeyError(f"no threshold measured for a false match rate of {rate}")
