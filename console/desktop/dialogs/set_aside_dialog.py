"""Lines of a terminal that could not be read: shown, and read again on request. TE7, TE22."""

from collections.abc import Callable, Sequence
from typing import Any

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from console.api import tasks as tasks_api
from console.api import terminals as api
from console.api.operation import ApiError
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.widgets.task_strip import TaskStrip
from console.desktop.words import MOMENT_PX, local_text
from console.domain.language import paragraph, tr, tr_count
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Switch, button, card, label, row


class SetAsideDialog(Dialog):
    """The lines, newest first."""

    def __init__(
        self, client: ServiceClient, detail: api.TerminalDetail, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Unreadable lines from {terminal}", terminal=detail.terminal.name))
        self.open_at(QSize(980, 560))
        self._client, self._terminal_id = client, detail.terminal.id
        self.watch = TaskWatch(client, self)
        columns: list[Column[api.SetAsideRow]] = [
            Column(tr("Received"), lambda r: local_text(r.received_at), MOMENT_PX),
            Column(tr("Table"), lambda r: r.table, 110),
            Column(tr("Reason"), lambda r: r.reason, 220),
            Column(tr("Line as received"), lambda r: r.text),
        ]
        self.model: PagedModel[api.SetAsideRow] = PagedModel(columns, lambda r: r.id, self)
        self.table = Table(self.model, tr("Unreadable lines"))
        self.nothing = EmptyState(
            "check",
            tr("No unreadable lines"),
            tr("Every line from this terminal could be read."),
        )
        self.list = Switch(self.table, self.nothing)
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        dropped = tr_count(
            "{count:,} older line was deleted.",
            "{count:,} older lines were deleted.",
            detail.lines_dropped,
        )
        text = tr(
            "These lines could not be read, so they are not in the login log. They are read again "
            "after an update and after a change to the terminal’s settings."
        )
        self.again = button(tr("Read again"), self._read_again, "primary", "refresh")
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(
            label(paragraph(text, dropped if detail.lines_dropped else ""), "soft", wrap=True)
        )
        layout.addWidget(card([self.list], margin=1), 1)
        layout.addWidget(self.problem)
        layout.addWidget(TaskStrip(self.watch))
        layout.addWidget(row(None, button(tr("Close"), self.reject), self.again))
        self.model.loaded.connect(lambda _total: self._show_part())
        self.watch.ended.connect(lambda _task: self.reload())
        self.reload()

    def reload(self) -> None:
        """Reads the lines from the start."""
        self.model.load(self._fetch)

    def _fetch(
        self, cursor: str, limit: int, deliver: Callable[[Sequence[Any], str, int], None]
    ) -> None:
        request = api.ListSetAside(terminal_id=self._terminal_id, cursor=cursor, limit=limit)
        self._client.call(
            api.list_set_aside,
            request,
            lambda page: deliver(page.rows, page.cursor, -1),
            self._failed,
            self,
        )

    def _failed(self, error: ApiError) -> None:
        self.problem.setText(error.message)
        self.problem.show()

    def _show_part(self) -> None:
        self.list.show_part(self.table if self.model.rowCount() else self.nothing)
        self.again.setEnabled(bool(self.model.rowCount()))

    def _read_again(self) -> None:
        request = tasks_api.OnUnit(terminal_id=self._terminal_id, action="read_lines")
        self.watch.start(tasks_api.on_unit, request)
