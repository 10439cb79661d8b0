"""What a score means: its false match rate, from impostor comparisons.

`run.py bench fingers` measures these figures again.
"""

import numpy as np

EXTRACTOR = "leader-1"
"""The calibration holds for this extractor and this matcher only."""
TABLE = ((0.0, 0.0), (2.9, -1.0), (5.2, -2.0), (7.8, -3.0), (10.6, -4.0))
"""(score, log10 of the false match rate).

Thresholds over all 23,040 comparisons of different fingers within the four published sets, each
pair in both directions. They show nothing beyond one in ten thousand: there the last slope is an
assumption.
"""
SECOND_TABLE = ((0.0, 0.0), (4.1, -1.0), (6.6, -2.0), (9.3, -3.0), (12.0, -4.0))
"""The same for the best score of a first and a second look.

From the same comparisons, with two pulled and four other readings of each probe: the best of seven
looks scores 1.2 to 1.5 higher at the same rate. At the last rate it is 11.3 over both directions
and 12.3 over one; the slope of the rates before gives 12.0.
"""
LOWEST_LOG10_FMR = -9.0


def log10_fmr(score: float, again: bool = False) -> float:
    """Return log10 of the rate at which two different fingers score this high, -9 to 0.

    again: the score is the best of two looks. Beyond the table its last slope continues.
    """
    scores, rates = zip(*(SECOND_TABLE if again else TABLE), strict=True)
    if score <= scores[-1]:
        return float(np.interp(score, scores, rates))
    slope = (rates[-1] - rates[-2]) / (scores[-1] - scores[-2])
    return float(max(LOWEST_LOG10_FMR, rates[-1] + slope * (score - scores[-1])))


def threshold(log10_rate: float, again: bool = False) -> float:
    """Return the score at which the false match rate is this low. log10_rate: -9 to 0."""
    scores, rates = zip(*(SECOND_TABLE if again else TABLE), strict=True)
    if log10_rate >= rates[-1]:
        return float(np.interp(-log10_rate, [-rate for rate in rates], scores))
    slope = (scores[-1] - scores[-2]) / (rates[-1] - rates[-2])
    return float(scores[-1] + slope * (log10_rate - rates[-1]))


def search_log10_fmr(score: float, references: int, again: bool = False) -> float:
    """Return log10 of the rate at which a search finds a stranger with this score, -9 to 0.

    It grows with the number of references.
    """
    return min(0.0, log10_fmr(score, again) + float(np.log10(max(1, references))))
