"""From a cosine to a chance: how often two different people score this high.

Source of the tables: 12.9 million impostor pairs of LFW; `run.py bench faces` prints them again, `muster calibrate` makes them from
pairs of one's own.
"""

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.recognition.vectors import MODEL_ID

Table = tuple[tuple[float, float], ...]
"""Ascending (cosine, false match rate)."""
RATES = (0.5, 0.05, 1e-2, 1e-3, 1e-4, 1e-5)
WITH_DLIB = f"{MODEL_ID} + dlib-resnet-55533b28"
"""The recogniser that ships with dlib's ResNet as a second opinion."""
LEAST_BEYOND = 10
"""A threshold is only given where at least as many impostor pairs lie beyond it."""

FMR_BY_COSINE: dict[str, dict[int, Table]] = {
    MODEL_ID: {
        1: (
            (0.026, 0.5),
            (0.270, 0.05),
            (0.368, 1e-2),
            (0.471, 1e-3),
            (0.550, 1e-4),
            (0.616, 1e-5),
        ),
        3: (
            (0.028, 0.5),
            (0.277, 0.05),
            (0.376, 1e-2),
            (0.482, 1e-3),
            (0.564, 1e-4),
            (0.631, 1e-5),
        ),
    },
    WITH_DLIB: {
        1: (
            (0.690, 0.5),
            (0.771, 0.05),
            (0.803, 1e-2),
            (0.834, 1e-3),
            (0.858, 1e-4),
            (0.879, 1e-5),
        ),
        3: (
            (0.712, 0.5),
            (0.792, 0.05),
            (0.822, 1e-2),
            (0.852, 1e-3),
            (0.874, 1e-4),
            (0.891, 1e-5),
        ),
    },
}
"""model id -> photos in the reference -> table."""
LOWEST_FMR = 1e-6
"""No claim below what so many pairs can show."""
DUPLICATE_FMR = 1e-4
"""From this chance on, another employee is shown as a possible duplicate."""
UNLIKE_FMR = 1e-2
"""From this chance up, a face is too unlike the one on file: of genuine comparisons with templates of three 1 in 100 at most."""


def references_of(photos: int) -> int:
    """The table for references of so many photos."""
    return 3 if photos >= 3 else 1


def false_match_rate(cosine: float, table: Table) -> float:
    """The share of different people who reach this cosine, 1e-6 to 1."""
    if cosine <= table[0][0]:
        return min(1.0, 0.5 + (table[0][0] - cosine) / 2)
    lower, upper = table[-2], table[-1]
    for left, right in itertools.pairwise(table):
        if cosine <= right[0]:
            lower, upper = left, right
            break
    slope = (math.log10(upper[1]) - math.log10(lower[1])) / (upper[0] - lower[0])
    return max(LOWEST_FMR, float(10 ** (math.log10(lower[1]) + slope * (cosine - lower[0]))))


def make_table(impostors: NDArray[np.floating], rates: Sequence[float] = RATES) -> Table:
    """A table from cosines of different people, down to the rate that so many can show. Raises ValueError when they show none."""
    ordered = np.sort(np.asarray(impostors, np.float64))[::-1]
    rows: list[tuple[float, float]] = []
    for rate in rates:
        beyond = int(rate * len(ordered))
        if beyond >= LEAST_BEYOND and (not rows or ordered[beyond] > rows[-1][0]):
            rows.append((round(float(ordered[beyond]), 4), rate))
    if len(rows) < 2:
        raise ValueError(
            f"{len(ordered)} comparisons of different people are too few: give at least {LEAST_BEYOND * 100}"
        )
    return tuple(rows)
