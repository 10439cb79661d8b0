"""Counts the logins of a chart: part by part, while the window goes on. CO19."""

from collections import defaultdict
from collections.abc import Mapping

import msgspec
from PyQt6.QtCore import QObject, pyqtSignal

from console.api import logins as api
from console.api.operation import ApiError
from console.domain.login_charts import Tally
from console.qt.client import ServiceClient
from console.qt.requests import ViewRequests


class LoginCount(QObject):
    """One count at a time; a newer one takes the place of one that is under way.

    progressed: the tallies so far by their keys, and down to which moment they are whole; ended:
    all tallies; failed: an ApiError.
    """

    progressed = pyqtSignal(object, object)
    ended = pyqtSignal(object)
    failed = pyqtSignal(object)

    def __init__(self, client: ServiceClient, parent: QObject) -> None:
        super().__init__(parent)
        self._requests = ViewRequests(client, self, self._fail)
        self._tallies: defaultdict[str, Tally] = defaultdict(Tally)
        self.running = False

    def start(self, request: api.CountLogins) -> None:
        """Counts from the newest login on."""
        self._requests.forget()
        self._tallies, self.running = defaultdict(Tally), True
        self._ask(request)

    def stop(self) -> None:
        """Counts no further."""
        self._requests.forget()
        self.running = False

    def _ask(self, request: api.CountLogins) -> None:
        self._requests.read(
            api.count_logins, request, lambda counts: self._add(request, counts), self._fail
        )

    def _add(self, request: api.CountLogins, part: api.LoginCounts) -> None:
        for one in part.counts:
            self._tallies[one.key] += Tally(
                accepted=one.accepted, unknown=one.unknown, refused=one.refused
            )
        if part.cursor:
            self.progressed.emit(self._so_far, part.reached)
            self._ask(msgspec.structs.replace(request, cursor=part.cursor))
            return
        self.running = False
        self.ended.emit(self._so_far)

    @property
    def _so_far(self) -> Mapping[str, Tally]:
        return dict(self._tallies)

    def _fail(self, error: ApiError) -> None:
        self.running = False
        self.failed.emit(error)
