"""The login log: live, newest first, counted by the hour."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from PyQt6.QtWidgets import QVBoxLayout

from console.api import logins as api
from console.desktop.page import Page
from console.qt.client import ServiceClient
from console.qt.hour_chart import HourChart
from console.qt.language import tr
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Switch, card, label, row


def _remark(login: api.Login) -> str:
    """What is odd about it. The reported time stands; the right one is told beside it."""
    right = f"{tr('Really')} {login.corrected_at.astimezone():%H:%M:%S}: {tr('clock was off.')}" if login.corrected_at else ""
    return " ".join(part for part in (login.remark, right) if part)


class LoginsPage(Page):
    subjects = frozenset({"logins"})
    title = tr("Login log")
    searches = tr("Find logins")

    def __init__(self, client: ServiceClient) -> None:
        super().__init__(client)
        columns: list[Column[api.Login]] = [
            Column(tr("Time"), lambda x: f"{x.at.astimezone():%d %b, %H:%M:%S}", 140),
            Column(tr("Employee"), lambda x: x.employee or tr("unknown"), 0),
            Column(tr("Number"), lambda x: x.number, 100),
            Column(tr("Place"), lambda x: x.terminal, 160),
            Column(tr("Method"), lambda x: x.method, 100),
            Column(tr("Direction"), lambda x: x.direction, 100),
            Column(tr("Remark"), _remark, 260, tone=lambda x: "warn" if _remark(x) else ""),
        ]
        self.model: PagedModel[api.Login] = PagedModel(columns, lambda x: x.id, self)
        self.table = Table(self.model, tr("Logins"))
        self.chart = HourChart()
        self.counts = label("", "soft")
        self.empty = EmptyState("login", tr("No logins yet"), tr("They appear here within a second after somebody logs in at a terminal."))
        self.list = Switch(self.table, self.empty)
        head = card(row(label(tr("Logins by hour, last 24 hours"), "heading"), None, self.counts), self.chart)
        head.setFixedHeight(176)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(head)
        layout.addWidget(card(self.list, margin=1), 1)
        self.model.loaded.connect(self._loaded)

    def refresh(self) -> None:
        search = self.search_text

        def fetch(cursor: str, limit: int, deliver: Callable[[Sequence[Any], str, int], None]) -> None:
            self.call(api.list_logins, api.ListLogins(search, cursor, limit), lambda page: deliver(page.rows, page.cursor, -1))

        self.model.load(fetch)
        since = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=23)
        self.call(api.hourly_logins, api.HourlyLogins(since, 24), lambda counts: self._show_counts(since, counts))

    def _show_counts(self, since: datetime, counts: api.HourlyCounts) -> None:
        self.chart.show_counts(since, counts.known, counts.unknown)
        self.counts.setText(f"{tr('known')} {sum(counts.known)} · {tr('unknown number')} {sum(counts.unknown)}")
        self.state_text.emit(f"{tr('live')} · {sum(counts.known) + sum(counts.unknown)} {tr('in 24 hours')}")

    def _loaded(self, _total: int) -> None:
        self.list.show_part(self.table if self.model.rowCount() else self.empty)
