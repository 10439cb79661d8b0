"""The operator's own decisions: sent, undone while there is time, and told when they are done. CO5.

The service holds a decision for its time of grace, so that it outlives this window.
"""

from functools import partial

import msgspec
from PyQt6.QtCore import QEventLoop, QObject, QTimer, pyqtSignal

from console.api import review as api
from console.api.operation import ApiError, ById
from console.domain.language import labelled, paragraph, tr
from console.qt.client import ServiceClient

SETTLE_MS = 5_000
"""Whoever leaves waits this long at most; the service takes a decision in tenths of a second."""


class OwnDecisions(QObject):
    """Follows the decisions from the queue, which says what is held.

    stale: the queue has to be read again; returned: a submission that was decided waits again;
    told: what became of a decision, and whether it is bad news; failed: an `ApiError`.
    """

    stale = pyqtSignal()
    returned = pyqtSignal(str)
    told = pyqtSignal(str, bool)
    failed = pyqtSignal(object)

    def __init__(self, client: ServiceClient, parent: QObject) -> None:
        super().__init__(parent)
        self._client = client
        self._deciding: dict[str, api.Decide] = {}
        self._undo_soon: set[str] = set()
        self._undoing: set[str] = set()
        self._held: list[api.Held] = []
        self._words: dict[str, str] = {}
        self._refused = False

    @property
    def ids(self) -> set[str]:
        """Submissions that are decided, although the service may not know it yet."""
        return set(self._deciding)

    @property
    def held(self) -> list[api.Held]:
        """What can still be undone, the newest last."""
        return [one for one in self._held if one.id not in self._undoing]

    def words_of(self, submission_id: str) -> str:
        """What was written for a decision about this submission that has been undone."""
        return self._words.get(submission_id, "")

    def decide(self, request: api.Decide, employee: str) -> None:
        """Sends a decision about a submission of this employee."""
        request = msgspec.structs.replace(request, undoable=True)
        self._deciding[request.id] = request
        self._words[request.id] = request.in_spite if request.approve else request.remark
        refused = partial(self._not_decided, request.id, employee)
        self._client.call(api.decide, request, self._decided, refused, self)

    def undo(self) -> None:
        """Takes the last decision back, also one that is still on its way; then the one before."""
        on_their_way = [one for one in self._deciding if one not in self._undo_soon]
        if on_their_way:
            self._undo_soon.add(on_their_way[-1])
        elif self.held:
            self._take_back(self.held[-1].id)

    def settle(self) -> bool:
        """Waits until the service has taken what was decided; False if it has refused something."""
        self._refused = False
        if self._deciding:
            loop = QEventLoop()
            watched = self.stale.connect(lambda: None if self._deciding else loop.quit())
            QTimer.singleShot(SETTLE_MS, loop.quit)
            loop.exec()
            self.stale.disconnect(watched)
        return not self._refused

    def follow(self, queue: api.Queue) -> None:
        """Tells what became of decisions that were held until now."""
        before, self._held = self._held, queue.held
        waiting = {item.id: item for item in queue.items}
        still = {one.id for one in queue.held} | self._undoing
        for one in before:
            if one.id in still:
                continue
            item = waiting.get(one.id)
            if item is None:
                self._client.call(
                    api.submission, ById(id=one.id), self._tell, self.failed.emit, self
                )
            elif item.not_decided:
                self.told.emit(_not_decided(one.employee, item.not_decided), True)

    def _decided(self, submission: api.Submission) -> None:
        self._deciding.pop(submission.id, None)
        if submission.id in self._undo_soon:
            self._undo_soon.discard(submission.id)
            self._take_back(submission.id)
        self.stale.emit()

    def _not_decided(self, submission_id: str, employee: str, error: ApiError) -> None:
        self._deciding.pop(submission_id, None)
        self._undo_soon.discard(submission_id)
        self._refused = True
        if error.code not in ("service_gone", "not_signed_in"):
            said = _not_decided(employee, error.message)
            error = msgspec.structs.replace(error, message=said)
        self.failed.emit(error)
        self.stale.emit()

    def _take_back(self, submission_id: str) -> None:
        self._undoing.add(submission_id)
        undone = partial(self._undone, submission_id)
        refused = partial(self._not_undone, submission_id)
        self._client.call(api.undo, ById(id=submission_id), undone, refused, self)
        self.stale.emit()

    def _undone(self, submission_id: str, submission: api.Submission) -> None:
        self._forget(submission_id)
        self.told.emit(tr("Decision undone: {employee}.", employee=submission.employee), False)
        self.returned.emit(submission_id)

    def _not_undone(self, submission_id: str, error: ApiError) -> None:
        self._undoing.discard(submission_id)
        self.failed.emit(error)
        self.stale.emit()

    def _forget(self, submission_id: str) -> None:
        self._undoing.discard(submission_id)
        self._held = [one for one in self._held if one.id != submission_id]

    def _tell(self, submission: api.Submission) -> None:
        self.told.emit(labelled(submission.employee, submission.status_text), False)


def _not_decided(employee: str, problem: str) -> str:
    return paragraph(tr("Not decided: {employee}.", employee=employee), problem)
