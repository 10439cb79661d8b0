"""The audit log: who did what, and whether the log is whole."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PyQt6.QtWidgets import QFileDialog, QVBoxLayout

from console.api import audit as api
from console.api.operation import ApiError, Nothing
from console.api.tasks import Task, TaskState
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.page import Page
from console.desktop.view_memory import SavedView, State
from console.desktop.widgets.audit_filter import AuditFilterBar
from console.desktop.widgets.saved_views import SavedViews
from console.desktop.widgets.task_strip import TaskStrip
from console.desktop.words import MOMENT_PX, local_text
from console.domain.language import paragraph, tr, tr_count
from console.qt.client import ServiceClient
from console.qt.questions import ask_text
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Switch, button, card, label

NOTHING = tr("No matches"), tr("Choose a longer time, or search for fewer words.")
NOWHERE = tr(
    "No checkpoints are saved elsewhere, so entries missing from the end cannot be detected."
)
WHERE = tr(
    "A folder on the service's computer where the service can add files, but where nobody who runs "
    "the service can change them: for example a share managed by someone else. Leave it empty for "
    "none."
)
SHIPPED = (
    SavedView(name=tr("Everything today"), state={"span": "today"}),
    SavedView(
        name=tr("Wrong passwords, last 7 days"),
        state={"act": "operator.sign_in_missed", "span": "last 7 days"},
    ),
    SavedView(
        name=tr("Photos viewed, last 30 days"),
        state={"act": "photo.viewed", "span": "last 30 days"},
    ),
)
NOT_VERIFIED = tr("Not verified yet. Verify checks every entry.")


class AuditPage(Page):
    """Entries, newest first; they can be searched, exported and verified."""

    subjects = frozenset({"audit"})
    title = tr("Audit log")
    searches = tr("Find by person, terminal, kiosk")

    def __init__(self, client: ServiceClient) -> None:
        super().__init__(client)
        self._at_least = False
        columns: list[Column[api.AuditRow]] = [
            Column(tr("When"), lambda entry: local_text(entry.at), MOMENT_PX),
            Column(tr("By"), lambda entry: entry.by, 150),
            Column(tr("Act"), lambda entry: entry.act, 300),
            Column(tr("About"), lambda entry: entry.about, 210),
            Column(tr("Details"), lambda entry: entry.detail, 0),
        ]
        self.model: PagedModel[api.AuditRow] = PagedModel(columns, lambda entry: entry.seq, self)
        self.table = Table(self.model, tr("Audit log"))
        self.views = SavedViews(SHIPPED)
        self.views.chosen.connect(self._show_view)
        self.verifying = TaskWatch(client, self)
        self.strip = TaskStrip(self.verifying)
        self.verifying.ended.connect(self._verified)
        self.verify = button(tr("Verify"), self.verify_now, icon_name="shield")
        self.export = button(tr("Export…"), self.ask_file, icon_name="download")
        self.whole = label(NOT_VERIFIED, "soft", wrap=True)
        self.elsewhere, self.problem = label("", "soft", wrap=True), label("", "error", wrap=True)
        self.folder = button(tr("Checkpoints…"), self._ask_folder)
        self.offer(api.set_checkpoint_folder, self.folder)
        self.filter = AuditFilterBar(self.views, self.folder, self.verify, self.export)
        self.filter.changed.connect(self.refresh)
        self._folder = ""
        self.nothing = EmptyState("list", *NOTHING)
        self.list = Switch(self.table, self.nothing)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(self.filter)
        layout.addWidget(self.filter.days)
        layout.addWidget(self.whole)
        layout.addWidget(self.elsewhere)
        layout.addWidget(self.problem)
        layout.addWidget(self.strip)
        layout.addWidget(card([self.list], margin=1), 1)
        self.model.loaded.connect(self._loaded)

    def refresh(self) -> None:
        """Reads again what is shown."""
        search = self.search_text.strip()
        self.views.show_state(self.filter.state() | ({"search": search} if search else {}))
        self.read(api.list_actors, Nothing(), self.filter.show_operators)
        self.read(api.checkpoints, Nothing(), self._show_checkpoints)
        wanted = self.filter.wanted(self.search_text)
        if wanted is None:
            return

        def fetch(
            cursor: str, limit: int, deliver: Callable[[Sequence[Any], str, int], None]
        ) -> None:
            def show(page: api.AuditPage) -> None:
                self._at_least = page.at_least
                deliver(page.rows, page.cursor, page.total)

            request = api.ListAudit(filter=wanted, cursor=cursor, limit=limit)
            self.read(api.list_audit, request, show, self._too_vague)

        self.nothing.set_text(*NOTHING)
        self.model.load(fetch)

    def _show_view(self, state: State) -> None:
        """Shows what a saved view holds, and nothing of what was chosen before."""
        self.set_search(state.get("search", ""))
        self.filter.show_state(state)

    def _too_vague(self, error: ApiError) -> None:
        """Words that fit nearly everybody find nobody, and say so in the place of the list."""
        if error.field != "about":
            self.failed(error)
            return
        self.model.show_rows([])
        self.nothing.set_text(tr("Too many matches"), error.message)
        self.state_text.emit("")

    def _loaded(self, total: int) -> None:
        if total >= 0:
            entries = tr_count("{count:,} entry", "{count:,} entries", total)
            more = tr_count("more than {count:,} entry", "more than {count:,} entries", total)
            self.state_text.emit(more if self._at_least else entries)
        self.list.show_part(self.table if self.model.rowCount() else self.nothing)

    def _show_checkpoints(self, state: api.CheckpointState) -> None:
        self._folder = state.folder
        newest = tr("The newest is of {time}.", time=local_text(state.at)) if state.at else ""
        place = tr("Checkpoints are saved in {folder}.", folder=state.folder)
        self.elsewhere.setText(paragraph(place, newest) if state.folder else NOWHERE)
        self.problem.setText(state.problem)
        self.problem.setVisible(bool(state.problem))

    def _ask_folder(self) -> None:
        asked = ask_text(self, tr("Checkpoints"), WHERE, tr("Save"), text=self._folder)
        if asked is not None:
            self.set_folder(asked)

    def set_folder(self, folder: str) -> None:
        """Sends checkpoints to this folder of the service's computer from now on, "" for none."""
        request = api.CheckpointFolder(folder=folder)
        self.call(api.set_checkpoint_folder, request, self._show_checkpoints)

    def verify_now(self) -> None:
        """Goes through the whole log."""
        self.whole.setText("")
        self.verifying.start(api.verify_audit, Nothing())

    def _verified(self, task: Task) -> None:
        if task.state is TaskState.DONE:
            self.verifying.leave()
            now = local_text(datetime.now(UTC))
            self.whole.setText(paragraph(task.result.text, tr("Verified on {time}.", time=now)))
        else:
            self.whole.setText(NOT_VERIFIED)

    def ask_file(self) -> None:
        """Asks where the entries that are shown are written to."""
        kinds = tr("Excel workbook (*.xlsx);;CSV files (*.csv)")
        path, _ = QFileDialog.getSaveFileName(self, tr("Export the audit log"), "audit.xlsx", kinds)
        if path:
            self.save_file(Path(path))

    def save_file(self, path: Path) -> None:
        """Writes every entry that the filter means, by its ending as a workbook or as CSV."""
        wanted = self.filter.wanted(self.search_text)
        if wanted is None:
            return

        def write(file: api.AuditFile) -> None:
            try:
                path.write_bytes(file.data)
            except OSError as problem:
                said = tr("The file could not be written: {problem}", problem=problem)
                self.message.emit(said, True)
                return
            said = tr_count(
                "{count:,} entry was exported to {file}.",
                "{count:,} entries were exported to {file}.",
                file.rows,
                file=path.name,
            )
            self.message.emit(said, False)

        kind = "xlsx" if path.suffix.lower() == ".xlsx" else "csv"
        self.call(api.export_audit, api.ExportAudit(filter=wanted, kind=kind), write)
