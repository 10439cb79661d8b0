"""Who is signed in, where and since when; any session can be ended."""

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from console.api import operators as api
from console.api.operation import ApiError, ById, Nothing
from console.desktop.words import MOMENT_PX, local_text
from console.domain.language import tr
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import button, label, row

SIZE = QSize(920, 420)


class SessionsDialog(Dialog):
    """The sessions of whoever is signed in; administrators see everybody's."""

    def __init__(self, client: ServiceClient, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Sessions"))
        self.open_at(SIZE)
        self._client = client
        columns: list[Column[api.SessionRow]] = [
            Column(tr("Operator"), lambda one: f"{one.name} ({one.username})", 210),
            Column(tr("Computer"), lambda one: one.computer or tr("Not known"), 170),
            Column(tr("Signed in"), lambda one: local_text(one.since), MOMENT_PX),
            Column(tr("Last seen"), lambda one: local_text(one.seen), MOMENT_PX),
            Column("", lambda one: tr("This one") if one.own else "", 0, tone=lambda _row: "info"),
        ]
        self.model: PagedModel[api.SessionRow] = PagedModel(columns, lambda one: one.id, self)
        self.table = Table(self.model, tr("Sessions"))
        self.problem = label("", "error", wrap=True)
        self.end = button(tr("End session"), self._end, "danger")
        self.end.setEnabled(False)
        explained = tr(
            "The computer names are as reported by the consoles. A session ends automatically "
            "after ten minutes without its console, and after twelve hours in any case."
        )
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(label(explained, "soft", wrap=True))
        layout.addWidget(self.table, 1)
        layout.addWidget(self.problem)
        layout.addWidget(row(self.end, None, button(tr("Close"), self.accept)))
        self.problem.hide()
        chosen = self.table.selectionModel()
        if chosen is not None:
            chosen.selectionChanged.connect(lambda _new, _old: self._enable())
        client.changed.connect(self._on_change)
        self._read()

    def _read(self) -> None:
        self._client.call(api.list_sessions, Nothing(), self._show, self._failed, self)

    def _show(self, found: api.Sessions) -> None:
        self.model.show_rows(found.rows)
        self._enable()

    def _on_change(self, subject: str, _row_id: str) -> None:
        if subject in ("operators", "*"):
            self._read()

    def _enable(self) -> None:
        self.end.setEnabled(bool(self._ending()))

    def _ending(self) -> list[api.SessionRow]:
        """Those that are chosen; one's own session is ended by signing out."""
        return [one for one in self.table.selected() if not one.own]

    def _end(self) -> None:
        self.problem.hide()
        for one in self._ending():
            self._client.call(
                api.end_session, ById(id=one.id), lambda _done: self._read(), self._failed, self
            )

    def _failed(self, error: ApiError) -> None:
        self.problem.setText(error.message)
        self.problem.show()
