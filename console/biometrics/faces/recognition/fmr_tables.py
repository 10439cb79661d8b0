"""From a cosine to a false match rate: how often two different people score this high.

Source of the tables: 12.9 million impostor pairs of LFW. `run.py bench faces` measures them again,
`muster calibrate` makes tables from a site's own photos.
"""

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.recognition.vectors import MODEL_ID

FmrTable = tuple[tuple[float, float], ...]
"""Ascending cosines with their false match rates, fractions 0 to 1."""
RATES = (0.5, 0.05, 1e-2, 1e-3, 1e-4, 1e-5)
WITH_DLIB = f"{MODEL_ID} + dlib-resnet-55533b28"
"""The recogniser that ships, paired with dlib's ResNet."""
MIN_PAIRS_ABOVE = 10
"""A table has a threshold only where at least as many impostor pairs lie above it."""

FMR_BY_COSINE: dict[str, dict[int, FmrTable]] = {
    MODEL_ID: {
        1: (
            (0.026, 0.5), (0.270, 0.05), (0.368, 1e-2),
            (0.471, 1e-3), (0.550, 1e-4), (0.616, 1e-5),
        ),
        3: (
            (0.028, 0.5), (0.277, 0.05), (0.376, 1e-2),
            (0.482, 1e-3), (0.564, 1e-4), (0.631, 1e-5),
        ),
    },
    WITH_DLIB: {
        1: (
            (0.690, 0.5), (0.771, 0.05), (0.803, 1e-2),
            (0.834, 1e-3), (0.858, 1e-4), (0.879, 1e-5),
        ),
        3: (
            (0.712, 0.5), (0.792, 0.05), (0.822, 1e-2),
            (0.852, 1e-3), (0.874, 1e-4), (0.891, 1e-5),
        ),
    },
}  # fmt: skip
"""Model id -> number of photos in the reference -> table."""
LOWEST_FMR = 1e-6
"""No rate below this is ever claimed: the pairs cannot show it."""
DUPLICATE_FMR = 1e-4
"""Up to this rate another employee is shown as a possible duplicate."""
NON_MATCH_FMR = 1e-2
"""Above this rate a face does not match the one on file.

Of genuine comparisons with templates of three photos, at most 1 in 100 lie above it.
"""


def references_of(photos: int) -> int:
    """Return the key of the table for references of this many photos: 1 or 3."""
    return 3 if photos >= 3 else 1


def false_match_rate(cosine: float, table: FmrTable) -> float:
    """Return the fraction of different people who reach this cosine, 1e-6 to 1.

    Log-linear between the rows of the table and beyond its end.
    """
    if cosine <= table[0][0]:
        return min(1.0, 0.5 + (table[0][0] - cosine) / 2)
    lower, upper = table[-2], table[-1]
    for left, right in itertools.pairwise(table):
        if cosine <= right[0]:
            lower, upper = left, right
            break
    slope = (math.log10(upper[1]) - math.log10(lower[1])) / (upper[0] - lower[0])
    return max(LOWEST_FMR, float(10 ** (math.log10(lower[1]) + slope * (cosine - lower[0]))))


def make_table(impostors: NDArray[np.floating], rates: Sequence[float] = RATES) -> FmrTable:
    """Return a table from the cosines of different people, (n,).

    It ends at the lowest rate that so many comparisons can show. Raises ValueError when they are
    too few for a table.
    """
    ordered = np.sort(np.asarray(impostors, np.float64))[::-1]
    rows: list[tuple[float, float]] = []
    for rate in rates:
        above = int(rate * len(ordered))
        if above >= MIN_PAIRS_ABOVE and (not rows or ordered[above] > rows[-1][0]):
            rows.append((round(float(ordered[above]), 4), rate))
    if len(rows) < 2:
        raise ValueError(
            f"{len(ordered)} comparisons of different people are too few: "
            f"give at least {MIN_PAIRS_ABOVE * 100}"
        )
    return tuple(rows)
