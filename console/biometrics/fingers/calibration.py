"""What a score means: the false match rate, from impostor comparisons. `run.py bench fingers` prints these figures again."""

import numpy as np

EXTRACTOR = "leader-1"
"""The calibration holds for this extractor and this matcher only."""
TABLE = ((0.0, 0.0), (2.6, -1.0), (4.7, -2.0), (7.2, -3.0), (10.2, -4.0))
"""(score, log10 of the false match rate): thresholds over all 11,520 pairs of different fingers within the four published sets.

Ten thousand pairs say nothing beyond one in ten thousand: there the last slope is an assumption.
"""


def log10_fmr(score: float) -> float:
    """log10 of the chance that two different fingers score as high. Beyond the table the last slope goes on, down to -9."""
    scores, rates = zip(*TABLE, strict=True)
    if score <= scores[-1]:
        return float(np.interp(score, scores, rates))
    slope = (rates[-1] - rates[-2]) / (scores[-1] - scores[-2])
    return float(max(-9.0, rates[-1] + slope * (score - scores[-1])))


def threshold(log10_rate: float) -> float:
    """The score at which the false match rate is that low. log10_rate: 0 to -9."""
    scores, rates = zip(*TABLE, strict=True)
    if log10_rate >= rates[-1]:
        return float(np.interp(-log10_rate, [-rate for rate in rates], scores))
    slope = (scores[-1] - scores[-2]) / (rates[-1] - rates[-2])
    return float(scores[-1] + slope * (log10_rate - rates[-1]))


def search_log10_fmr(score: float, references: int) -> float:
    """The chance that a search among so many references turns up a stranger with this score: it grows with their number."""
    return min(0.0, log10_fmr(score) + float(np.log10(max(1, references))))
