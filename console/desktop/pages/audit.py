"""The audit log: who did what, and whether the log is whole."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PyQt6.QtWidgets import QComboBox, QFileDialog, QVBoxLayout

from console.api import audit as api
from console.api.operation import Nothing
from console.api.tasks import Task, TaskState
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.page import Page
from console.desktop.widgets.task_strip import TaskStrip
from console.desktop.words import MOMENT_PX, local_text
from console.qt.client import ServiceClient
from console.qt.language import tr
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Switch, button, card, label, row

SPANS: tuple[tuple[str, timedelta | None], ...] = (
    (tr("All times"), None),
    (tr("Last 24 hours"), timedelta(days=1)),
    (tr("Last 7 days"), timedelta(days=7)),
    (tr("Last 30 days"), timedelta(days=30)),
    (tr("Last 365 days"), timedelta(days=365)),
)
NOT_VERIFIED = tr("Not verified yet: Verify looks through every entry.")


class AuditPage(Page):
    """Entries, newest first; they can be searched, exported and verified."""

    subjects = frozenset({"audit"})
    title = tr("Audit log")
    searches = tr("Find people, terminals, operators, acts")

    def __init__(self, client: ServiceClient) -> None:
        super().__init__(client)
        columns: list[Column[api.AuditRow]] = [
            Column(tr("When"), lambda entry: local_text(entry.at), MOMENT_PX),
            Column(tr("By"), lambda entry: entry.by, 150),
            Column(tr("Act"), lambda entry: entry.act, 300),
            Column(tr("About"), lambda entry: entry.about, 210),
            Column(tr("Details"), lambda entry: entry.detail, 0),
        ]
        self.model: PagedModel[api.AuditRow] = PagedModel(columns, lambda entry: entry.seq, self)
        self.table = Table(self.model, tr("Audit log"))
        self.span = QComboBox()
        self.span.setAccessibleName(tr("Time"))
        self.span.addItems([words for words, _ in SPANS])
        self.span.currentIndexChanged.connect(lambda _place: self.refresh())
        self.verifying = TaskWatch(client, self)
        self.strip = TaskStrip(self.verifying)
        self.verifying.ended.connect(self._verified)
        self.verify = button(tr("Verify"), self._verify, icon_name="shield")
        self.export = button(tr("Export…"), self._ask_file, icon_name="download")
        self.whole = label(NOT_VERIFIED, "soft", wrap=True)
        nothing = EmptyState(
            "list", tr("Nothing found"), tr("Search for other words, or choose a longer time.")
        )
        self.list, self.nothing = Switch(self.table, nothing), nothing
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(row(self.span, self.verify, None, self.export))
        layout.addWidget(self.whole)
        layout.addWidget(self.strip)
        layout.addWidget(card([self.list], margin=1), 1)
        self.model.loaded.connect(self._loaded)

    def refresh(self) -> None:
        """Reads again what is shown."""
        wanted = self._wanted()

        def fetch(
            cursor: str, limit: int, deliver: Callable[[Sequence[Any], str, int], None]
        ) -> None:
            request = api.ListAudit(filter=wanted, cursor=cursor, limit=limit)
            self.read(
                api.list_audit,
                request,
                lambda page: deliver(page.rows, page.cursor, page.total),
            )

        self.model.load(fetch)

    def _wanted(self) -> api.AuditFilter:
        span = SPANS[self.span.currentIndex()][1]
        since = None if span is None else datetime.now(UTC) - span
        return api.AuditFilter(search=self.search_text, since=since)

    def _loaded(self, total: int) -> None:
        if total >= 0:
            self.state_text.emit(f"{total:,} {tr('entries')}")
        self.list.show_part(self.table if self.model.rowCount() else self.nothing)

    def _verify(self) -> None:
        self.whole.setText("")
        self.verifying.start(api.verify_audit, Nothing())

    def _verified(self, task: Task) -> None:
        if task.state is TaskState.DONE:
            self.verifying.leave()
            now = local_text(datetime.now(UTC))
            self.whole.setText(f"{task.result.text} {tr('Verified')} {now}.")
        else:
            self.whole.setText(NOT_VERIFIED)

    def _ask_file(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, tr("Export the audit log"), "audit.csv", "CSV (*.csv)"
        )
        if path:
            self.save_file(Path(path))

    def save_file(self, path: Path) -> None:
        """Writes what is shown, all of it, into a CSV file."""

        def write(file: api.AuditFile) -> None:
            try:
                path.write_bytes(file.data)
            except OSError as problem:
                self.message.emit(f"{tr('The file could not be written')}: {problem}", True)
                return
            self.message.emit(f"{file.rows:,} {tr('entries were exported to')} {path.name}", False)

        self.call(api.export_audit, self._wanted(), write)
