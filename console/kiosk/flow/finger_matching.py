"""Fingers at the kiosk: scans compared by a worker process, among all that are cached or with one person's own."""

from collections.abc import Callable, Iterator
from contextlib import suppress

from bridge.readers.reader import Scan
from console.api.kiosk_link import Reference
from console.biometrics.workers.finger_pipeline import FingerPipeline, GreyPicture, ScanRefused
from console.biometrics.workers.host import WorkerDied
from console.biometrics.workers.messages import FingerAnswer, FingerMatch
from console.domain.fingers import QUALITY_LEAST
from console.domain.login_events import Evidence
from console.kiosk.cache.people import FingerChange, People, finger_key

OWN = "~"
"""Keys of one person's own fingers begin with it, for as long as the person stands there."""
AMBIGUOUS_DECADES = 1.0
"""Another person's finger nearer than this to the best makes it ambiguous."""


class FingerMatching:
    """Blocking, but for `changed`; used by one thread. changed may be called from any thread."""

    def __init__(self) -> None:
        self._pipeline = FingerPipeline(self._everything)
        self._references: Callable[[], People] | None = None
        self._own: list[str] = []

    def know(self, people: Callable[[], People]) -> None:
        """Where a worker that starts learns the cached fingers."""
        self._references = people

    def _everything(self) -> Iterator[tuple[str, list[bytes]]]:
        return self._references().fingers() if self._references else iter(())

    def start(self) -> None:
        with suppress(WorkerDied):
            self._pipeline.start()

    @property
    def running(self) -> bool:
        return self._pipeline.running

    def close(self) -> None:
        self._pipeline.close()

    def changed(self, change: FingerChange) -> None:
        """A cached finger came or went. A worker that dies learns them all again."""
        with suppress(WorkerDied, ScanRefused):
            if change.templates:
                self._pipeline.put(change.key, change.templates)
            else:
                self._pipeline.drop(change.key)

    def among_cached(self, scan: Scan, fmr: float) -> tuple[str, Evidence]:
        """(person id or empty, what was seen)."""
        told = self._identify(scan)
        if told is None:
            return "", Evidence(poor="no usable picture")
        matches = [one for one in told.matches if not one.key.startswith(OWN)]
        if not matches:
            return "", Evidence(threshold=fmr, quality=told.quality, poor=_poor(told))
        best = matches[0]
        person, _, finger = best.key.partition(":")
        other = next((one for one in matches if one.key.partition(":")[0] != person), None)
        margin = other.search_fmr - best.search_fmr if other else None
        chance = 10**best.search_fmr
        alike = chance <= fmr
        ambiguous = (
            alike
            and other is not None
            and 10**other.search_fmr <= fmr
            and margin is not None
            and margin < AMBIGUOUS_DECADES
        )
        evidence = Evidence(
            chance=chance,
            threshold=fmr,
            margin=margin,
            quality=told.quality,
            finger=int(finger),
            ambiguous=ambiguous,
            poor="" if alike else _poor(told),
        )
        return person if alike and not ambiguous else "", evidence

    def with_own(self, scan: Scan, reference: Reference, fmr: float) -> tuple[bool, Evidence]:
        """Whether it is a finger of this person."""
        self._learn_own(reference)
        told = self._identify(scan)
        self._forget_own()
        if told is None:
            return False, Evidence(poor="no usable picture")
        best: FingerMatch | None = max(
            (
                one
                for one in told.matches
                if one.key.lstrip(OWN).partition(":")[0] == reference.employee_id
            ),
            key=lambda one: one.score,
            default=None,
        )
        if best is None:
            return False, Evidence(threshold=fmr, quality=told.quality, poor=_poor(told))
        chance, finger = 10**best.fmr, int(best.key.partition(":")[2])
        alike = chance <= fmr
        return alike, Evidence(
            chance=chance,
            threshold=fmr,
            margin=None,
            quality=told.quality,
            finger=finger if alike else 0,
            poor="" if alike else _poor(told),
        )

    def _learn_own(self, reference: Reference) -> None:
        for place, templates in reference.fingers.items():
            key = OWN + finger_key(reference.employee_id, place)
            self._own.append(key)
            with suppress(WorkerDied, ScanRefused):
                self._pipeline.start()
                self._pipeline.put(key, templates)

    def _forget_own(self) -> None:
        for key in self._own:
            with suppress(WorkerDied, ScanRefused):
                self._pipeline.drop(key)
        self._own.clear()

    def _identify(self, scan: Scan) -> FingerAnswer | None:
        height, width = scan.image.shape
        try:
            return self._pipeline.identify(
                GreyPicture(scan.image.tobytes(), width, height, scan.dpi)
            )
        except (WorkerDied, ScanRefused):
            return None


def _poor(told: FingerAnswer) -> str:
    """Why the scan itself was not good enough; empty when it was."""
    return (told.reason or "poor scan") if told.quality < QUALITY_LEAST else ""
