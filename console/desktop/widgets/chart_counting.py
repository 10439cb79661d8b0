"""Keeps the chart beside the login log in step with its list, at a bounded cost. CO19."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import msgspec
from PyQt6.QtCore import QObject, pyqtSignal

from console.api import logins as api
from console.api.operation import ApiError
from console.desktop.flows.login_count import LoginCount
from console.desktop.widgets.login_charts import LoginCharts
from console.domain.log_coverage import Span, merge
from console.domain.login_charts import Chart, Counted, Tally, counted, first_hour
from console.domain.logins import CountBy
from console.qt.client import ServiceClient
from console.qt.requests import ViewRequests
from console.qt.timers import timer

LEAST_REST_MS, RESTS = 1000, 20
"""While people log in, the logins of a chart are not counted at each of them, for they may be
millions: counting rests for so many times as long as it took."""
AFTER_TROUBLE_MS = 10_000
BY = {Chart.REASON: CountBy.REASON, Chart.PLACE: CountBy.PLACE}
"""What the service counts by; by the hour for all other charts."""


class ChartCounting(QObject):
    """counted: all tallies of the chart together (Tally); gaps: a list of api.LoginGap."""

    counted = pyqtSignal(object)
    gaps = pyqtSignal(object)

    def __init__(
        self,
        client: ServiceClient,
        charts: LoginCharts,
        places: Callable[[], Mapping[str, str]],
        parent: QObject,
    ) -> None:
        """places: names of terminals and kiosks by their ids."""
        super().__init__(parent)
        self._charts, self._places = charts, places
        self._view = api.ListLogins()
        self._span: Counted | None = None
        self._began, self._stale = 0.0, False
        self._gap_requests = ViewRequests(client, self, self._failed)
        self._count = LoginCount(client, self)
        self._count.progressed.connect(self._show)
        self._count.ended.connect(self._end)
        self._count.failed.connect(self._failed)
        self._rest = timer(self, LEAST_REST_MS, self._count_if_stale, once=True)
        charts.wanted.connect(self._begin)

    def show_view(self, view: api.ListLogins) -> None:
        """The list shows this; counted at once if it is another view, else after a while."""
        if view != self._view or self._span is None:
            self._view = view
            self._begin()
            return
        self._stale = True
        if not self._count.running and not self._rest.isActive():
            self._begin()

    def _count_if_stale(self) -> None:
        if self._stale:
            self._begin()

    def _begin(self) -> None:
        wanted, chart = self._view.filter, self._charts.chart
        since = wanted.since.astimezone() if wanted.since is not None else None
        span = counted(chart, since, wanted.until, datetime.now(UTC).astimezone())
        self._rest.stop()
        self._span, self._stale, self._began = span, False, time.monotonic()
        if span.since >= span.until:
            self._count.stop()
            self._end({})
            return
        self._count.start(
            api.CountLogins(
                by=BY.get(chart, CountBy.HOUR),
                start=first_hour(span.since),
                search=self._view.search,
                filter=msgspec.structs.replace(wanted, since=span.since, until=span.until),
                repeat_s=self._view.repeat_s,
            )
        )
        asked = api.AskGaps(since=span.since, until=min(span.until, datetime.now(UTC)))
        if asked.since <= asked.until:
            self._gap_requests.read(api.login_gaps, asked, self._show_gaps)

    def _show(self, tallies: Mapping[str, Tally], reached: datetime | None = None) -> None:
        if self._span is not None:
            self._charts.show_counts(self._span, tallies, self._places(), reached)

    def _end(self, tallies: Mapping[str, Tally]) -> None:
        self._show(tallies)
        self.counted.emit(sum(tallies.values(), Tally()))
        took_ms = (time.monotonic() - self._began) * 1000
        self._rest.start(max(LEAST_REST_MS, round(RESTS * took_ms)))

    def _show_gaps(self, found: api.LoginGaps) -> None:
        spans = merge(Span(one.since, one.until) for one in found.rows)
        self._charts.show_gaps([(span.start, span.end) for span in spans])
        self.gaps.emit(found.rows)

    def _failed(self, _error: ApiError) -> None:
        """The list beside it says what is wrong; the chart is counted again after a while."""
        self._stale = True
        self._rest.start(AFTER_TROUBLE_MS)
