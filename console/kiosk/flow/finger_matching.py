"""Compares fingers at the kiosk, in a thread of its own that alone talks to the worker process.

Everybody else only puts requests and changes into a queue. So nobody waits for the worker, and no
other lock is ever held while the worker is asked or started.
"""

import math
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import structlog

from bridge.readers.reader import FingerScan
from console.api.kiosk_link import Reference
from console.biometrics.workers.finger_pipeline import (
    FingerPipeline,
    GreyPicture,
    References,
    ScanRefused,
)
from console.biometrics.workers.host import WorkerDied
from console.biometrics.workers.messages import FingerAnswer
from console.domain.fingers import QUALITY_LEAST
from console.domain.login_chance import finger_search_fmr
from console.domain.login_events import MatchEvidence
from console.kiosk.cache.people import FingerChange, finger_key

log = structlog.get_logger()
OWN = "~"
"""Prefix of the keys of one person's own fingers, which are known during one comparison only."""
AMBIGUOUS_DECADES = 1.0
"""A finger of another person that is nearer to the best than this makes the result ambiguous."""
STOP_S = 10.0
NO_PICTURE = "no usable picture"


@dataclass(frozen=True)
class FingerQuestion:
    """Whose finger a scan shows. reference: of one person; None: search all cached fingers."""

    ticket: int
    scan: FingerScan
    reference: Reference | None
    fmr: float


@dataclass(frozen=True)
class FingerComparison:
    """The answer to a FingerQuestion. person_id: empty where nobody matched."""

    ticket: int
    person_id: str
    evidence: MatchEvidence


_Work = Callable[[], None] | FingerChange


class FingerMatching:
    """Compares scans in its own thread. All public methods may be called from any thread.

    None of them waits, but for `join`.
    """

    def __init__(self, make: Callable[[References], FingerPipeline] = FingerPipeline) -> None:
        """make: the worker process, given the fingers that it must learn at its start."""
        self._pipeline = make(self._known_fingers)
        self._known: dict[str, list[bytes]] = {}
        """What a worker that starts must learn. Only the thread of this object uses it."""
        self._changes: dict[str, list[bytes]] = {}
        self._work: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="kiosk fingers", daemon=True)

    def start(self) -> None:
        """Starts the thread; the worker process follows with the first need."""
        self._thread.start()

    def stop(self) -> None:
        """Lets the thread and its worker end after the work under way."""
        self._work.put(None)

    def join(self) -> bool:
        """Waits until the thread has ended, if it was ever started; whether it has."""
        if self._thread.is_alive():
            self._thread.join(timeout=STOP_S)
        return not self._thread.is_alive()

    @property
    def running(self) -> bool:
        """Whether the worker process runs."""
        return self._pipeline.running

    def get_ready(self) -> None:
        """Starts the worker process ahead of the first scan."""
        self._work.put(self._start_worker)

    def rest(self) -> None:
        """Ends the worker process, which would only take memory."""
        self._work.put(self._pipeline.close)

    def apply_change(self, change: FingerChange) -> None:
        """A cached finger came or went."""
        self._work.put(change)

    def compare(
        self, question: FingerQuestion, answered: Callable[[FingerComparison], object]
    ) -> None:
        """Compares soon; `answered` is called in the thread of this object."""

        def work() -> None:
            answered(self._compare(question))

        self._work.put(work)

    # in the thread

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            try:
                if not isinstance(work, FingerChange):
                    self._apply_changes()
                    work()
                    continue
                self._changes[work.key] = work.templates
                if self._work.empty():
                    self._apply_changes()
            except Exception:  # the thread must go on: without it nobody logs in by finger
                log.exception("finger_work_failed")
        self._pipeline.close()

    def _known_fingers(self) -> Iterator[tuple[str, list[bytes]]]:
        return iter(self._known.items())

    def _start_worker(self) -> None:
        with suppress(WorkerDied):
            self._pipeline.start()

    def _apply_changes(self) -> None:
        """Tells the worker what has changed. A worker that dies learns all fingers again."""
        changes, self._changes = self._changes, {}
        learnt = {key: templates for key, templates in changes.items() if templates}
        gone = [key for key, templates in changes.items() if not templates and key in self._known]
        for key in gone:
            del self._known[key]
        self._known |= learnt
        with suppress(WorkerDied, ScanRefused):
            for key in gone:
                self._pipeline.remove_finger(key)
            for key, templates in learnt.items():
                self._pipeline.add_finger(key, templates)

    def _compare(self, question: FingerQuestion) -> FingerComparison:
        try:
            if question.reference is None:
                person_id, evidence = self._search(question.scan, question.fmr)
            else:
                person_id, evidence = self._verify(question.scan, question.reference, question.fmr)
        except Exception:  # somebody stands there and waits for an answer
            log.exception("finger_comparison_failed")
            person_id, evidence = "", MatchEvidence(poor=NO_PICTURE)
        return FingerComparison(question.ticket, person_id, evidence)

    def _search(self, scan: FingerScan, fmr: float) -> tuple[str, MatchEvidence]:
        """Among all cached fingers: (person id or empty, what was seen)."""
        found = self._identify(scan, fmr)
        if found is None:
            return "", MatchEvidence(poor=NO_PICTURE)
        fmr = finger_search_fmr(fmr, found.fingers)
        matches = [one for one in found.matches if not one.key.startswith(OWN)]
        if not matches:
            return "", MatchEvidence(threshold=fmr, quality=found.quality, poor=_poor(found))
        best = matches[0]
        person, _, finger = best.key.partition(":")
        other = next((one for one in matches if one.key.partition(":")[0] != person), None)
        margin = other.search_log10_fmr - best.search_log10_fmr if other else None
        rate = 10**best.search_log10_fmr
        match = rate <= fmr
        ambiguous = (
            match
            and other is not None
            and 10**other.search_log10_fmr <= fmr
            and margin is not None
            and margin < AMBIGUOUS_DECADES
        )
        evidence = MatchEvidence(
            fmr=rate,
            threshold=fmr,
            margin=margin,
            quality=found.quality,
            finger=int(finger),
            ambiguous=ambiguous,
            poor="" if match else _poor(found),
        )
        return person if match and not ambiguous else "", evidence

    def _verify(
        self, scan: FingerScan, reference: Reference, fmr: float
    ) -> tuple[str, MatchEvidence]:
        """With one person's own fingers: (their id or empty, what was seen)."""
        own = {
            OWN + finger_key(reference.employee_id, place): templates
            for place, templates in reference.fingers.items()
        }
        found = self._identify_with(own, scan, fmr, f"{OWN}{reference.employee_id}:")
        if found is None:
            return "", MatchEvidence(poor=NO_PICTURE)
        best = max(
            (
                one
                for one in found.matches
                if one.key.lstrip(OWN).partition(":")[0] == reference.employee_id
            ),
            key=lambda one: one.score,
            default=None,
        )
        if best is None:
            return "", MatchEvidence(threshold=fmr, quality=found.quality, poor=_poor(found))
        rate, finger = 10**best.log10_fmr, int(best.key.partition(":")[2])
        match = rate <= fmr
        evidence = MatchEvidence(
            fmr=rate,
            threshold=fmr,
            quality=found.quality,
            finger=finger if match else 0,
            poor="" if match else _poor(found),
        )
        return reference.employee_id if match else "", evidence

    def _identify_with(
        self, own: dict[str, list[bytes]], scan: FingerScan, fmr: float, among: str
    ) -> FingerAnswer | None:
        """Identifies while the worker knows these fingers as well. among: how their keys begin."""
        with suppress(WorkerDied, ScanRefused):
            self._pipeline.start()
            for key, templates in own.items():
                self._pipeline.add_finger(key, templates)
        try:
            return self._identify(scan, fmr, among)
        finally:
            for key in own:
                with suppress(WorkerDied, ScanRefused):
                    self._pipeline.remove_finger(key)

    def _identify(self, scan: FingerScan, fmr: float, among: str = "") -> FingerAnswer | None:
        height, width = scan.image.shape
        picture = GreyPicture(scan.image.tobytes(), width, height, scan.dpi)
        try:
            return self._pipeline.identify(picture, math.log10(fmr), among)
        except (WorkerDied, ScanRefused):
            return None


def _poor(found: FingerAnswer) -> str:
    """Why the scan itself was not good enough; empty when it was."""
    return (found.reason or "poor scan") if found.quality < QUALITY_LEAST else ""
