"""Answers what a desk or a kiosk asks about a scan: its quality, its fit, its owner."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from console.biometrics.fingers.calibration import log10_fmr, search_log10_fmr
from console.biometrics.fingers.enrolment import Assessment, assess_scans, probe_score, usable
from console.biometrics.fingers.extractor import Extractor, at_500_dpi, checked
from console.biometrics.fingers.minutiae import DPI, Minutiae, minutiae
from console.biometrics.fingers.prepared import as_probe, prepare
from console.biometrics.fingers.quality import ScanQuality, full_quality, quick_quality
from console.biometrics.fingers.ridges import Image
from console.biometrics.fingers.search import FingerGallery, was_compiled
from console.biometrics.fingers.second_look import other_looks
from console.biometrics.fingers.templates import MinutiaeTemplate, pack_template, unpack_template

CANDIDATES = 8
"""Fingers whose scans are all compared after a search."""


@dataclass(frozen=True)
class MatchedFinger:
    """A finger that is similar to the probe.

    log10_fmr, search_log10_fmr: of the false match rate at this score, for one comparison and for
    this whole search.
    """

    key: str
    score: float
    log10_fmr: float
    search_log10_fmr: float


@dataclass(frozen=True)
class Sought:
    """What counts as found, so that no second look is needed.

    log10_fmr: the highest false match rate; among: how the keys that count begin, each compared by
    itself; empty: all, by the rate of the whole search. Where no rate that low can be claimed, the
    lowest that can be claimed counts: more looks could not lower it.
    """

    log10_fmr: float
    among: str = ""

    def is_in(self, matches: Sequence[MatchedFinger], fingers: int) -> bool:
        """Whether one of these counts. fingers: how many were searched."""
        lowest = search_log10_fmr(math.inf, 1 if self.among else fingers)
        return any(
            (one.log10_fmr if self.among else one.search_log10_fmr) <= max(self.log10_fmr, lowest)
            for one in matches
            if one.key.startswith(self.among)
        )


@dataclass(frozen=True)
class AssessedScan:
    """A scan of an enrolment.

    template: packed; quality: of this scan; minutiae: how many were found;
    assessment: of the enrolment after this scan.
    """

    template: bytes
    quality: ScanQuality
    minutiae: int
    assessment: Assessment


@dataclass(frozen=True)
class IdentifiedScan:
    """The result of a search.

    matches: best first; fingers: how many were searched; seconds: of the search, and of a second
    look where there was one.
    """

    quality: ScanQuality
    matches: list[MatchedFinger]
    fingers: int
    seconds: float


class Examiner:
    """Holds the extractor and all references. Not thread-safe."""

    def __init__(self, extract: Extractor) -> None:
        self._extract = extract
        self._gallery = FingerGallery()

    def __len__(self) -> int:
        """Return the number of fingers known."""
        return self._gallery.keys

    def warm_up(self) -> bool:
        """Have the comparisons ready, so that nobody waits with a finger on the glass.

        Return whether they were compiled: that takes seconds and much memory at the first start on
        a computer; later the compiled code is cached.
        """
        grid = np.mgrid[40:260:40, 40:260:40].reshape(2, -1)
        made_up = MinutiaeTemplate(
            minutiae(grid[0], grid[1], grid[0] * 0.1, size=(300, 300)), self._extract.id
        )
        self.add_finger("", [pack_template(made_up)])
        self._search(made_up)
        self.remove_finger("")
        return was_compiled()

    def add_finger(self, key: str, templates: Sequence[bytes]) -> None:
        """Add one finger's packed templates, replacing those under this key.

        Templates of another extractor are left out. Raises TemplateError, and changes nothing then.
        """
        unpacked = [unpack_template(template) for template in templates]
        self.remove_finger(key)
        for one in unpacked:
            if one.extractor == self._extract.id:
                self._gallery.add_reference(key, prepare(one.minutiae))

    def remove_finger(self, key: str) -> None:
        """Remove one finger's templates, if there are any."""
        self._gallery.remove_references(key)

    def assess_picture(self, image: Image, dpi: int = DPI) -> ScanQuality:
        """Return a first quality in some milliseconds, without minutiae.

        image: uint8 (height, width). Raises FingerImageError.
        """
        return quick_quality(at_500_dpi(checked(image), dpi))

    def read_scan(self, image: Image, dpi: int = DPI) -> tuple[MinutiaeTemplate, ScanQuality]:
        """Return the template of a scan and its quality; without a finger the template is empty.

        image: uint8 (height, width). Raises FingerImageError.
        """
        upright = at_500_dpi(checked(image), dpi)
        first = quick_quality(upright)
        if not first.value:
            nothing = minutiae([], [], [], size=(upright.shape[1], upright.shape[0]))
            return MinutiaeTemplate(nothing, self._extract.id), first
        found = self._extract(upright)
        quality = full_quality(upright, found)
        return MinutiaeTemplate(found, self._extract.id, quality.value), quality

    def assess_scan(
        self, image: Image, dpi: int, earlier: Sequence[bytes], tries: int
    ) -> AssessedScan:
        """Return one more scan of an enrolment, and where the enrolment then stands.

        earlier: packed templates of its usable scans; tries: scans made before this one. Raises
        FingerImageError, TemplateError.
        """
        template, quality = self.read_scan(image, dpi)
        scans = [unpack_template(one) for one in earlier]
        good = usable(template)
        assessment = assess_scans([*scans, template] if good else scans, tries + 1, poor=not good)
        return AssessedScan(pack_template(template), quality, len(template.minutiae), assessment)

    def identify(
        self, image: Image, dpi: int = DPI, sought: Sought | None = None
    ) -> IdentifiedScan:
        """Return the fingers that are similar to this one.

        Where what is sought is not among them, the picture gets a second look. Raises
        FingerImageError.
        """
        template, quality = self.read_scan(image, dpi)
        start = time.perf_counter()
        matches = self._search(template)
        if sought and quality.value and len(self) and not sought.is_in(matches, len(self)):
            matches = self._look_again(at_500_dpi(image, dpi), template.minutiae, matches, sought)
        return IdentifiedScan(quality, matches, len(self), time.perf_counter() - start)

    def duplicates(self, templates: Sequence[bytes], known_as: str) -> list[MatchedFinger]:
        """Return fingers under other keys that are similar to most of these packed templates.

        Each has the median of its scores. Raises TemplateError.
        """
        found: dict[str, list[MatchedFinger]] = {}
        for template in templates:
            for one in self._search(unpack_template(template)):
                if one.key != known_as:
                    found.setdefault(one.key, []).append(one)
        medians = [
            sorted(rows, key=lambda row: row.score)[len(rows) // 2]
            for rows in found.values()
            if len(rows) > len(templates) // 2
        ]
        return sorted(medians, key=lambda row: -row.score)

    def _look_again(
        self, image: Image, first: Minutiae, earlier: Sequence[MatchedFinger], sought: Sought
    ) -> list[MatchedFinger]:
        """Search with other looks at the finger until what is sought is found.

        first, earlier: the minutiae of the first look, and what it found.
        """
        best = {one.key: one.score for one in earlier}
        matches = self._matched(best, again=True)
        for found in other_looks(self._extract, image, first):
            for key, score in self._scores(found).items():
                best[key] = max(score, best.get(key, 0.0))
            matches = self._matched(best, again=True)
            if sought.is_in(matches, len(self)):
                break
        return matches

    def _search(self, template: MinutiaeTemplate) -> list[MatchedFinger]:
        return self._matched(self._scores(template.minutiae))

    def _scores(self, found: Minutiae) -> dict[str, float]:
        """Score of each candidate finger."""
        probe = as_probe(prepare(found))
        keys = [str(candidate.key) for candidate in self._gallery.identify(probe, CANDIDATES)]
        return {key: probe_score(self._gallery.scores_of(probe, key)) for key in keys}

    def _matched(self, scores: dict[str, float], again: bool = False) -> list[MatchedFinger]:
        """again: the scores are the best of two looks."""
        matches = [
            MatchedFinger(
                key, score, log10_fmr(score, again), search_log10_fmr(score, len(self), again)
            )
            for key, score in scores.items()
        ]
        return sorted(matches, key=lambda one: -one.score)
