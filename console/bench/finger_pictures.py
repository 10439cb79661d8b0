"""Several pictures of one finger: each a chance of its own, or their mean as one decision.

All rates are fractions. The rules are compared where they take as many strangers for somebody,
over all pictures of a try together: with more risk, every rule misses less. The pictures are three
impressions of a finger in every order, so they differ more than pictures of one touch do.
"""

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from console.bench.finger_sets import ENROLLED, PrintSet, Scores, at_rate
from console.biometrics.fingers.calibration import threshold
from console.biometrics.fingers.enrolment import probe_score
from console.domain.login_chance import MOST_PICTURES

CHANCES = {"1e3": 1e-3, "1e4": 1e-4}
"""Name -> largest share of strangers who match one finger in one try."""
COUNTED_LOG10_FMR = -3.0
"""At the stated threshold of this rate it is counted how many decisions a rule is worth."""
ALIKE = 0.75
"""The pairs of impressions above this quantile of similarity stand for pictures of one touch."""
_ORDERS = list(itertools.permutations(range(MOST_PICTURES)))
Tries = NDArray[np.float64]
"""Scores of the pictures of tries, in their order, float64 (tries, MOST_PICTURES)."""


def best_of_each(tries: Tries) -> dict[str, Scores]:
    """Return the score that decides each try, by rule.

    one: the first picture; any: each picture decides alone; mean: after each picture the mean of
    all so far decides; either: any or mean, whichever matches first.
    """
    means = tries.cumsum(axis=1) / np.arange(1, tries.shape[1] + 1)
    rules = {"one": tries[:, 0], "any": tries.max(axis=1), "mean": means.max(axis=1)}
    return rules | {"either": np.maximum(rules["any"], rules["mean"])}


def picture_figures(sets: list[PrintSet]) -> dict[str, Any]:
    """What the rules miss at the same chance, and what a mean of two would need, by templates."""
    return {
        f"{templates}_template{'s' * (templates > 1)}": _figures(sets, templates)
        for templates in (1, 3)
    }


def _figures(sets: list[PrintSet], templates: int) -> dict[str, Any]:
    own, others, pairs, alike = [], [], [], []
    for one in sets:
        every = _every_score(one)
        finger = np.array([print_[0] for print_ in one.probes])
        for who, known, scores in _references(one, every, templates):
            for other in dict.fromkeys(finger.tolist()):
                places = np.flatnonzero((finger == other) & ~np.isin(np.arange(len(finger)), known))
                tries = _chosen(scores, places, MOST_PICTURES)
                tries = np.concatenate([tries[:, order] for order in _ORDERS])
                if other == who:
                    own.append(tries)
                    continue
                others.append(tries)
                pairs.append(_chosen(scores, places, 2).mean(axis=1))
                both = np.array(list(itertools.combinations(places, 2)))
                alike.append(
                    np.minimum(every[both[:, 0], both[:, 1]], every[both[:, 1], both[:, 0]])
                )
    genuine, strangers = best_of_each(np.concatenate(own)), best_of_each(np.concatenate(others))
    twos, likeness = np.concatenate(pairs), np.concatenate(alike)
    most_alike = twos[likeness >= np.quantile(likeness, ALIKE)]
    stated = threshold(COUNTED_LOG10_FMR)
    matches = {rule: int((best >= stated).sum()) for rule, best in strangers.items()}
    figures: dict[str, Any] = {
        "decisions": {
            rule: round(count / max(1, matches["one"]), 2) for rule, count in matches.items()
        }
    }
    for name, chance in CHANCES.items():
        figures[f"fnmr_at_{name}"] = {
            rule: round(float((genuine[rule] < at_rate(best, chance)).mean()), 4)
            for rule, best in strangers.items()
        }
        figures[f"threshold_at_{name}"] = {
            "one": round(at_rate(strangers["one"], chance), 1),
            "mean_of_two": round(at_rate(twos, chance), 1),
            "mean_of_two_alike": round(at_rate(most_alike, chance), 1),
        }
    return figures


def _every_score(one: PrintSet) -> NDArray[np.float64]:
    """Of each print with each, float64 (prints, prints)."""
    keys = list(one.probes)
    return one.scores(list(itertools.product(keys, keys))).reshape(len(keys), len(keys))


def _references(
    one: PrintSet, every: NDArray[np.float64], templates: int
) -> list[tuple[int, list[int], Scores]]:
    """(finger, places of the prints that are enrolled, score of each print) of each enrolment."""
    keys = list(one.probes)
    if templates == 1:
        return [(keys[place][0], [place], every[:, place]) for place in range(len(keys))]
    enrolments = []
    for finger, enrolled in itertools.product(dict.fromkeys(key[0] for key in keys), ENROLLED):
        places = [keys.index((finger, number)) for number in enrolled]
        scores = np.array([probe_score(row.tolist()) for row in every[:, places]])
        enrolments.append((finger, places, scores))
    return enrolments


def _chosen(scores: Scores, places: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    """The scores of every so many prints of these, float64 (n, size)."""
    chosen: NDArray[np.float64] = scores[np.array(list(itertools.combinations(places, size)))]
    return chosen
