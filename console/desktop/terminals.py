"""Terminals: which have dialled in, which are let in, what each has confirmed."""

from datetime import datetime

from PyQt6.QtWidgets import QInputDialog, QVBoxLayout

from console.api import terminals as api
from console.api.operation import Nothing
from console.desktop.invitations import local_text
from console.desktop.page import Page
from console.domain.terminals import TerminalStatus
from console.qt.client import ServiceClient
from console.qt.language import tr
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Switch, button, card, row


def _state(terminal: api.Terminal) -> tuple[str, str]:
    if terminal.status is TerminalStatus.PENDING:
        return tr("Waits for approval"), "warn"
    if terminal.status is TerminalStatus.BLOCKED:
        return tr("Blocked"), "mut"
    return (tr("Online"), "pass") if terminal.online else (tr("Not heard from"), "bad")


def _faces(terminal: api.Terminal) -> str:
    return f"{terminal.confirmed} {tr('of')} {terminal.expected}" if terminal.expected else "0"


class TerminalsPage(Page):
    subjects = frozenset({"terminals"})
    title = tr("Terminals")

    def __init__(self, client: ServiceClient) -> None:
        super().__init__(client)
        columns: list[Column[api.Terminal]] = [
            Column(tr("Name"), lambda t: t.name, 180),
            Column(tr("State"), lambda t: _state(t)[0], 150, tone=lambda t: _state(t)[1]),
            Column(tr("Serial number"), lambda t: t.serial, 130),
            Column(tr("Address"), lambda t: t.address, 110),
            Column(tr("Faces confirmed"), _faces, 120),
            Column(tr("Last heard from"), lambda t: local_text(t.last_seen), 150),
            Column(tr("Problem"), lambda t: t.problem, 0),
        ]
        self.model: PagedModel[api.Terminal] = PagedModel(columns, lambda t: t.id, self)
        self.table = Table(self.model, tr("Terminals"))
        self.approve = button(tr("Approve…"), self._approve, "primary", "check")
        self.empty = EmptyState(
            "device-tablet",
            tr("No terminal has dialled in"),
            tr("On the terminal, open Communication › Cloud server and enter the address that stands under Settings here."),
        )
        self.list = Switch(self.table, self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(row(self.approve, None))
        layout.addWidget(card(self.list, margin=1), 1)
        self.model.loaded.connect(self._loaded)
        selection = self.table.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(lambda *_: self._selection_changed())

    def refresh(self) -> None:
        self.model.load(
            lambda _cursor, _limit, deliver: self.call(
                api.list_terminals, Nothing(), lambda answer: deliver(answer.rows, "", len(answer.rows))
            )
        )

    def _loaded(self, total: int) -> None:
        self.list.show_part(self.table if total else self.empty)
        rows = [self.model.row(number) for number in range(self.model.rowCount())]
        pending = sum(row_.status is TerminalStatus.PENDING for row_ in rows)
        online = sum(row_.online and row_.status is TerminalStatus.APPROVED for row_ in rows)
        waiting = f" · {pending} {tr('wait for approval')}" if pending else ""
        self.state_text.emit(f"{online} {tr('online')}{waiting}" if total else "")
        self._selection_changed()

    def _selection_changed(self) -> None:
        self.approve.setEnabled(any(t.status is TerminalStatus.PENDING for t in self.table.selected()))

    def _approve(self) -> None:
        for terminal in self.table.selected():
            if terminal.status is TerminalStatus.PENDING:
                name, accepted = QInputDialog.getText(
                    self, tr("Approve terminal"), f"{tr('Name for')} {terminal.serial}:", text=terminal.name
                )
                if accepted:
                    self.approve_terminal(terminal.id, name)

    def approve_terminal(self, terminal_id: str, name: str) -> None:
        """Lets the terminal in; its clock is taken to run on this computer's time zone."""
        offset = datetime.now().astimezone().utcoffset()
        minutes = int(offset.total_seconds() // 60) if offset else 0
        request = api.ApproveTerminal(terminal_id, name, minutes)
        self.call(api.approve_terminal, request, lambda t: self.message.emit(f"{t.name} {tr('may talk to this site now.')}", False))
