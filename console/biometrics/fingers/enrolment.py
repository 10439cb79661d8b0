"""Enrolling one finger: three scans that agree with each other, at most six tries, the odd one out dropped."""

from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations

from console.biometrics.fingers.calibration import log10_fmr
from console.biometrics.fingers.matcher import match
from console.biometrics.fingers.prepared import Prepared, as_probe, prepare
from console.biometrics.fingers.templates import FingerTemplate

SCANS = 3
MAX_SCANS = 6
CONSISTENT_LOG10_FMR = -3.0
"""Two scans agree when chance would make them look as alike once in a thousand times."""
AGREEING_PAIRS = 2
"""Of the three pairs of three scans."""
MIN_QUALITY = 30


class Outcome(StrEnum):
    """What came of a scan."""

    TAKEN = "taken"
    POOR = "poor"
    COMPLETE = "complete"
    ANOTHER = "another"
    FAILED = "failed"


@dataclass(frozen=True)
class Progress:
    """taken: scans so far that count; of: how many are needed; hint: what to do now."""

    outcome: Outcome
    taken: int
    of: int
    hint: str


@dataclass
class FingerEnrolment:
    """`add` each scan; after COMPLETE, `chosen` holds the three templates."""

    scans: list[FingerTemplate] = field(default_factory=list)
    chosen: list[FingerTemplate] = field(default_factory=list)
    tries: int = 0
    _prepared: list[Prepared] = field(default_factory=list)

    def add(self, scan: FingerTemplate) -> Progress:
        """Takes one scan. Raises ValueError after the end."""
        if self.chosen or self.tries >= MAX_SCANS:
            raise ValueError("this enrolment has ended")
        self.tries += 1
        if scan.quality < MIN_QUALITY:
            return self._poor()
        self.scans.append(scan)
        self._prepared.append(prepare(scan.minutiae))
        if len(self.scans) < SCANS:
            return Progress(Outcome.TAKEN, len(self.scans), SCANS, "Lift the finger and put it down again.")
        best = self._most_alike()
        if best is not None:
            self.chosen = [self.scans[place] for place in best]
            return Progress(Outcome.COMPLETE, SCANS, SCANS, "The finger is enrolled.")
        if self.tries >= MAX_SCANS:
            return Progress(Outcome.FAILED, SCANS - 1, SCANS, "The scans do not fit together. Use another finger.")
        return Progress(Outcome.ANOTHER, SCANS - 1, SCANS, "The scans differ. Put the same finger down once more, flat and in the middle.")

    def _poor(self) -> Progress:
        taken = min(len(self.scans), SCANS - 1)
        if self.tries >= MAX_SCANS:
            return Progress(Outcome.FAILED, taken, SCANS, "The scans are not good enough. Use another finger.")
        return Progress(Outcome.POOR, taken, SCANS, "That scan was not good enough; once more.")

    def _most_alike(self) -> tuple[int, ...] | None:
        """The three scans that agree best, if enough of their pairs agree."""
        alike = {pair: self._alike(*pair) for pair in combinations(range(len(self.scans)), 2)}
        best, best_sum = None, 0.0
        for three in combinations(range(len(self.scans)), SCANS):
            values = [alike[pair] for pair in combinations(three, 2)]
            agreeing = sum(value <= CONSISTENT_LOG10_FMR for value in values)
            if agreeing >= AGREEING_PAIRS and sum(values) < best_sum:
                best, best_sum = three, sum(values)
        return best

    def _alike(self, first: int, second: int) -> float:
        return log10_fmr(match(as_probe(self._prepared[first]), self._prepared[second]))


def probe_score(scores: list[float]) -> float:
    """One score of a probe against a finger's several templates: the mean of its best two."""
    best = sorted(scores, reverse=True)[:2]
    return sum(best) / len(best) if best else 0.0
