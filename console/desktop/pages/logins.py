"""The login log: live, newest first, counted by charts; one click says why."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import (
    QAction,
    QCloseEvent,
    QIcon,
    QKeySequence,
    QPagedPaintDevice,
    QShowEvent,
)
from PyQt6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QPushButton, QVBoxLayout

from console.api import faces
from console.api import logins as api
from console.api.operation import ApiError, Nothing
from console.desktop.dialogs.log_coverage_dialog import LogCoverageDialog
from console.desktop.dialogs.login_export_dialog import LoginExportDialog
from console.desktop.flows.login_list import (
    WHOLE,
    Destination,
    LoginListExport,
    to_file,
    to_printer,
)
from console.desktop.list_paper import PaperHead
from console.desktop.login_words import RESULTS, reason_and_remarks, result_tone
from console.desktop.page import Page
from console.desktop.view_memory import SavedView, State
from console.desktop.widgets.chart_counting import ChartCounting
from console.desktop.widgets.chart_words import ChartPart
from console.desktop.widgets.export_strip import ExportStrip
from console.desktop.widgets.login_charts import LoginCharts
from console.desktop.widgets.login_filter import LoginFilterBar
from console.desktop.widgets.repeat_choice import RepeatChoice
from console.desktop.widgets.saved_views import SavedViews
from console.desktop.widgets.span_choice import Part
from console.desktop.widgets.why_panel import WhyPanel
from console.domain.language import labelled, tr, tr_count, tr_minute, tr_second, tr_short_minute
from console.domain.login_charts import Chart, Tally
from console.qt.client import ServiceClient
from console.qt.tables import Column, PagedModel, Table
from console.qt.theme import icon
from console.qt.widgets import EmptyState, Switch, button, card

METHOD, DIRECTION = 4, 5
"""Columns."""
SHIPPED = (
    SavedView(name=tr("Refused today"), state={"result": "refused", "span": "today"}),
    SavedView(name=tr("Refused, last 7 days"), state={"result": "refused", "span": "last 7 days"}),
    SavedView(
        name=tr("Unknown numbers, last 7 days"), state={"result": "unknown", "span": "last 7 days"}
    ),
)


class LoginsPage(Page):
    """The table of logins, their number by the hour, and why one was refused."""

    subjects = frozenset({"logins"})
    title = tr("Login log")
    searches = tr("Find logins")
    enrol_again = pyqtSignal(str, str)
    """The employee, and by what means they logged in."""

    def __init__(self, client: ServiceClient) -> None:
        super().__init__(client)
        columns: list[Column[api.LoginRow]] = [
            Column(tr("Time"), lambda x: tr_second(x.at.astimezone()), 164),
            Column(tr("Employee"), lambda x: x.employee or tr("unknown"), 0),
            Column(tr("Number"), lambda x: x.number, 80),
            Column(tr("Place"), lambda x: x.terminal, 130),
            Column(tr("Method"), lambda x: x.method, 120),
            Column(tr("Direction"), lambda x: x.direction, 72),
            Column(
                tr("Result"), lambda x: RESULTS.get(x.outcome, x.outcome), 116, tone=result_tone
            ),
            Column(tr("Reason"), reason_and_remarks, 190),
        ]
        self.model: PagedModel[api.LoginRow] = PagedModel(columns, lambda x: x.id, self)
        self.table = Table(self.model, tr("Logins"))
        self.empty = EmptyState(
            "login",
            tr("No logins yet"),
            tr("Logins at terminals and kiosks appear here within a second."),
        )
        self.nothing = EmptyState(
            "login",
            tr("No matches"),
            tr("Clear a filter, or search for fewer words."),
        )
        self.list = Switch(self.table, self.empty, self.nothing)
        self.repeats = RepeatChoice()
        self.strip = ExportStrip()
        self.strip.cancelled.connect(self._cancel_export)
        self._exporting: LoginListExport | None = None
        self.export = self._export_button()
        self._repeat_s: int | None = None
        self.repeats.activated.connect(lambda _place: self._choose_repeats())
        self.views = SavedViews(SHIPPED)
        self.views.chosen.connect(self._show_view)
        self.filter = LoginFilterBar(self.views, self.repeats)
        self.filter.changed.connect(self.refresh)
        self.coverage = button(tr("Log coverage…"), self.open_coverage)
        self._gaps: list[api.LoginGap] = []
        self.charts = LoginCharts(self.coverage, self.export)
        self.charts.chosen.connect(self._choose_part)
        self.charting = ChartCounting(client, self.charts, self.filter.places, self)
        self.charting.counted.connect(self._show_total)
        self.charting.gaps.connect(self._show_gaps)
        head = card([self.charts])
        self.table.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.why = WhyPanel(may_enrol=client.may(faces.begin_capture))
        self.why.hide()
        self.why.closed.connect(self._close_why)
        self.why.enrol_again.connect(
            lambda person: self.enrol_again.emit(
                person, self.why.login.method if self.why.login else ""
            )
        )
        left = QVBoxLayout()
        left.setSpacing(12)
        left.addWidget(head)
        left.addWidget(card([self.list], margin=1), 1)
        beside = QHBoxLayout()
        beside.setSpacing(16)
        beside.addLayout(left, 1)
        beside.addWidget(self.why)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 16, 24, 16)
        outer.setSpacing(12)
        outer.addWidget(self.strip)
        outer.addWidget(self.filter)
        outer.addLayout(beside, 1)
        self.model.loaded.connect(self._loaded)
        selection = self.table.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(lambda *_: self._chosen())

    def _export_button(self) -> QPushButton:
        made = button(tr("Export…"), lambda: None)
        menu = QMenu(made)
        self.export_list = QAction(tr("What is shown, as Excel, CSV or PDF…"), self)
        self.export_list.setShortcut(QKeySequence("Ctrl+E"))
        self.export_list.triggered.connect(lambda _checked: self.ask_file())
        self.addAction(self.export_list)
        menu.addAction(self.export_list)
        self.print_action = QAction(tr("Print what is shown…"), self)
        self.print_action.setShortcut(QKeySequence("Ctrl+P"))
        self.print_action.triggered.connect(lambda _checked: self.ask_print())
        self.addAction(self.print_action)
        menu.addAction(self.print_action)
        menu.addAction(tr("For auditors, with a signed statement…"), self.open_export)
        made.setMenu(menu)
        return made

    def ask_file(self) -> None:
        """Asks where to write what is shown."""
        kinds = tr("Excel workbook (*.xlsx);;CSV files (*.csv);;PDF files (*.pdf)")
        name, title = "logins.xlsx", tr("Export what is shown")
        path, _ = QFileDialog.getSaveFileName(self, title, name, kinds)
        if path:
            self.save_list(Path(path))

    def save_list(self, path: Path) -> None:
        """Writes all logins that are shown, by its ending as a workbook, PDF or CSV."""
        self._export_to(to_file(path, self._head()))

    def ask_print(self) -> None:
        """Asks on which printer to print what is shown."""
        from PyQt6.QtPrintSupport import QPrintDialog, QPrinter  # when needed: the start is fast

        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        if QPrintDialog(printer, self).exec() == QPrintDialog.DialogCode.Accepted:
            self.print_list(printer, printer.printerName())

    def print_list(self, printer: QPagedPaintDevice, name: str) -> None:
        """Prints all logins that are shown. name: of the printer."""
        self._export_to(to_printer(printer, name or tr("Printer"), self._head()))

    def _head(self) -> PaperHead:
        """What stands on each page of paper."""
        chosen = self.filter.words()
        search = self.search_text.strip()
        if search:
            chosen.append(labelled(tr("Search"), search))
        session = self.client.session
        by = session.name if session is not None else ""
        made = tr_minute(datetime.now().astimezone())
        return PaperHead(
            title=self.title, chosen=" · ".join(chosen), made=" · ".join(filter(None, (made, by)))
        )

    def _export_to(self, target: Destination) -> None:
        wanted = self.filter.wanted()
        if wanted is None or self._exporting is not None:
            return
        request = api.BeginList(
            kind=target.kind, search=self.search_text, filter=wanted, repeat_s=self._repeat_s
        )
        self._exporting = LoginListExport(self.client, target, request, self)
        self._exporting.progressed.connect(self.strip.show_progress)
        self._exporting.ended.connect(self._exported)
        self.strip.begin(target.name, WHOLE)
        self._offer_list()
        self._exporting.start()

    @property
    def exporting(self) -> bool:
        """Whether a list is being written."""
        return self._exporting is not None

    def _cancel_export(self) -> None:
        if self._exporting is not None:
            self._exporting.cancel()

    def _exported(self, text: str, bad: bool) -> None:
        self._exporting = None
        self.strip.hide()
        self._offer_list()
        self.message.emit(text, bad)

    def _offer_list(self) -> None:
        for act in (self.export_list, self.print_action):
            act.setEnabled(self._exporting is None)

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Whoever signs out leaves no part of a list behind."""
        self._cancel_export()
        super().closeEvent(event)

    def open_export(self) -> LoginExportDialog:
        """Opens the export of the log with its signed statement."""
        dialog = LoginExportDialog(self.client, self)
        dialog.open()
        return dialog

    def _chosen(self) -> None:
        chosen = self.table.selected()
        if not chosen:
            self.requests.show("")
            self.why.hide()
            self._make_room(False)
        elif self.requests.show(str(chosen[0].id)):
            login = chosen[0]
            if not login.explained:
                self.why.show_times(login)
                self.why.show()
                self._make_room(True)
                return
            self.why.hide()
            self.requests.read(
                api.why,
                api.AskWhy(id=login.id),
                lambda why: self._show_why(login, why),
                self._no_why,
            )

    def _no_why(self, error: ApiError) -> None:
        self.requests.show("")
        self.failed(error)

    def _show_why(self, login: api.LoginRow, why: api.Why) -> None:
        self.why.show_why(login, why)
        self.why.show()
        self._make_room(True)

    def _close_why(self) -> None:
        self.requests.show("")
        self.why.hide()
        self._make_room(False)
        self.table.clearSelection()

    def _make_room(self, narrow: bool) -> None:
        """Hides the columns that the panel beside the table says too."""
        for column in (METHOD, DIRECTION):
            self.table.setColumnHidden(column, narrow)

    def refresh(self) -> None:
        """Reads again what is shown."""
        search, repeat_s, wanted = self.search_text, self._repeat_s, self.filter.wanted()
        self.views.show_state(self._state())
        if wanted is None:
            return

        def fetch(
            cursor: str, limit: int, deliver: Callable[[Sequence[Any], str, int], None]
        ) -> None:
            self.call(
                api.list_logins,
                api.ListLogins(
                    search=search, filter=wanted, cursor=cursor, limit=limit, repeat_s=repeat_s
                ),
                lambda page: self._deliver(page, deliver),
            )

        self.model.load(fetch)
        self.charting.show_view(api.ListLogins(search=search, filter=wanted, repeat_s=repeat_s))

    def showEvent(self, event: QShowEvent | None) -> None:
        """Reads anew what can be chosen, whenever the page is opened."""
        super().showEvent(event)
        self.read(api.login_choices, Nothing(), self.filter.show_choices)

    def _state(self) -> State:
        search, repeat_s = self.search_text.strip(), self._repeat_s
        found = self.filter.state() | ({"search": search} if search else {})
        return found | ({"repeats": str(repeat_s)} if repeat_s is not None else {})

    def _show_view(self, state: State) -> None:
        """Shows what a saved view holds, and nothing of what was chosen before."""
        self.set_search(state.get("search", ""))
        seconds = state.get("repeats", "")
        self._repeat_s = int(seconds) if seconds.isdecimal() and len(seconds) < 5 else None
        self.filter.show_state(state)

    def _choose_part(self, part: ChartPart) -> None:
        """Narrows the list to what a part of a chart counts, by its time, reason or place."""
        span = self.charts.counted
        if part.bar is not None:
            bar, hours = part.bar, part.bar.spans if len(part.bar.spans) > 1 else ()
            shown = Part(words=part.words, since=bar.since, until=bar.until, hours=hours)
            self.filter.span.show_part(shown)
        elif span is not None:
            self.filter.choose_key(part.key, at_place=self.charts.chart is Chart.PLACE)
            if not self.filter.span.hours:
                words = tr(
                    "{begin} to {end}",
                    begin=tr_short_minute(span.since.astimezone()),
                    end=tr_short_minute(span.until.astimezone()),
                )
                self.filter.span.show_part(Part(words=words, since=span.since, until=span.until))

    def _deliver(
        self, page: api.LoginPage, deliver: Callable[[Sequence[Any], str, int], None]
    ) -> None:
        self.repeats.choose(page.repeat_s)
        deliver(page.rows, page.cursor, -1)

    def _choose_repeats(self) -> None:
        """For this view; what is usual at the site stands in the settings."""
        self._repeat_s = self.repeats.seconds()
        self.refresh()

    def _show_gaps(self, gaps: list[api.LoginGap]) -> None:
        self._gaps = gaps
        self.coverage.setIcon(icon("alert-triangle", "warn") if gaps else QIcon())
        places = len({gap.place for gap in gaps})
        text = tr_count(
            "{count} place may miss logins of this time",
            "{count} places may miss logins of this time",
            places,
        )
        self.coverage.setToolTip(text if gaps else "")
        self.coverage.setAccessibleDescription(text if gaps else "")

    def open_coverage(self) -> LogCoverageDialog:
        """Shows of which times of the chart logins may be missing."""
        dialog = LogCoverageDialog(self._gaps, self)
        dialog.open()
        return dialog

    def _show_total(self, total: Tally) -> None:
        text = tr_count("{count:,} login", "{count:,} logins", total.total)
        self.state_text.emit(" · ".join([tr("live"), text]))

    def _loaded(self, _total: int) -> None:
        narrow = bool(self.search_text) or self.filter.narrow
        empty = self.nothing if narrow else self.empty
        self.list.show_part(self.table if self.model.rowCount() else empty)
