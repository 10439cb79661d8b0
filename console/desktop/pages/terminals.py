"""Terminals, what is wrong first: their state and what each holds; the chosen one in detail."""

from collections.abc import Callable, Sequence

from PyQt6.QtCore import QItemSelectionModel
from PyQt6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from console.api import tasks
from console.api import terminal_life as life
from console.api import terminals as api
from console.api.operation import Nothing
from console.desktop.dialogs.approval_form import ApprovalForm
from console.desktop.dialogs.roll_out_dialog import RollOutDialog
from console.desktop.dialogs.terminal_forms import DiscoverDialog, TerminalForm
from console.desktop.page import Page
from console.desktop.pages.terminal_panel import TerminalPanel
from console.desktop.terminal_needs import most_pressing
from console.desktop.terminal_words import (
    added_text,
    clock_text,
    clock_tone,
    faces_text,
    is_nearly_full,
    people_text,
    problem_text,
    state_of,
    storage_text,
)
from console.desktop.words import MOMENT_PX, local_text
from console.domain.language import paragraph, tr, tr_count
from console.domain.terminal_life import Act
from console.domain.terminals import TerminalStatus
from console.domain.today import Concern
from console.qt.client import ServiceClient
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Switch, button, card, row

BESIDE_DETAIL = (5, 6, 7, 8)
"""Columns that the detail shows too; they are hidden beside it."""


NONE_YET = (
    tr("No terminals yet"),
    paragraph(
        tr(
            "On the terminal, open Communication › Cloud server and enter the address shown under "
            "Settings here."
        ),
        tr("Add older terminals by their address."),
    ),
)
NONE_LEFT = (tr("None left"), tr("“Show all” opens the whole list."))
NO_FORMER = (
    tr("No retired or removed terminals"),
    tr("Clear the check box to see the terminals in use."),
)


class TerminalsPage(Page):
    """The table of terminals, and the chosen one in detail."""

    subjects = frozenset({"terminals"})
    title = tr("Terminals")

    def __init__(self, client: ServiceClient) -> None:
        super().__init__(client)
        self._wanted = ""
        columns: list[Column[api.TerminalRow]] = [
            Column(tr("Name"), lambda t: t.name, 145),
            Column(tr("State"), lambda t: state_of(t)[0], 145, tone=lambda t: state_of(t)[1]),
            Column(tr("Zone"), lambda t: t.access_zone, 90),
            Column(tr("Faces"), faces_text, 132),
            Column(tr("People"), people_text, 90, tone=lambda t: "warn" if t.out_of_sync else ""),
            Column(
                tr("Storage"),
                storage_text,
                84,
                tone=lambda t: "warn" if is_nearly_full(t) else "",
            ),
            Column(
                tr("Clock"),
                lambda t: "" if t.clock_offset_s is None else clock_text(t.clock_offset_s),
                110,
                tone=lambda t: clock_tone(t.clock_offset_s),
            ),
            Column(tr("Last contact"), lambda t: local_text(t.last_seen), MOMENT_PX),
            Column(tr("Problem"), problem_text, 0),
        ]
        self.model: PagedModel[api.TerminalRow] = PagedModel(columns, lambda t: t.id, self)
        self.table = Table(self.model, tr("Terminals"))
        self.approve = button(tr("Approve…"), self._approve, "primary", "check")
        self.roll_out = button(tr("From a list…"), self.open_roll_out, icon_name="list")
        self.dismiss = button(tr("Dismiss"), lambda: self._each_pending(self.detail.life.dismiss))
        self.block = button(tr("Block"), lambda: self._each_pending(self._block))
        self.former = QCheckBox(tr("Retired and removed"))
        self.former.toggled.connect(lambda _: self.show_concern(None))
        self.add = button(tr("Add by address…"), self.add_by_address, icon_name="plus")
        self.discover = button(tr("Find in a subnet…"), self.find_units, icon_name="search")
        self.empty = EmptyState("device-tablet", *NONE_YET)
        self.list = Switch(self.table, self.empty)
        self.detail = TerminalPanel(client, self.message.emit)
        self.detail.hide()
        self.offer(api.approve_terminal, self.approve)
        self.offer(life.approve_many, self.roll_out)
        self.offer(life.dismiss_terminal, self.dismiss)
        self.offer(life.block_terminal, self.block)
        self.offer(api.dial_terminal, self.add)
        self.offer(tasks.discover, self.discover)
        self._lay_out()
        self.model.loaded.connect(self._loaded)
        selection = self.table.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(lambda *_: self._selection_changed())

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(12)
        waiting = (self.approve, self.roll_out, self.dismiss, self.block)
        layout.addWidget(row(*waiting, None, self.former, self.add, self.discover))
        layout.addWidget(self.narrowed)
        beside = QWidget()
        columns = QHBoxLayout(beside)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(16)
        columns.addWidget(card([self.list], margin=1), 1)
        columns.addWidget(self.detail)
        layout.addWidget(beside, 1)

    def refresh(self) -> None:
        """Reads again what is shown."""
        self.model.load(
            lambda _cursor, _limit, deliver: self.call(
                life.former_terminals if self.former.isChecked() else api.list_terminals,
                Nothing(),
                lambda answer: deliver(*self._narrow(answer.rows)),
            )
        )

    def _narrow(
        self, rows: Sequence[api.TerminalRow]
    ) -> tuple[Sequence[api.TerminalRow], str, int]:
        if self.concern is not None:
            rows = [one for one in rows if self.concern in one.concerns]
            self.narrowed.show_concern(self.concern, len(rows))
        return sorted(rows, key=most_pressing), "", len(rows)

    def _loaded(self, total: int) -> None:
        former = self.former.isChecked()
        narrowed = self.concern is not None
        self.empty.set_text(*(NONE_LEFT if narrowed else NO_FORMER if former else NONE_YET))
        self.list.show_part(self.table if total else self.empty)
        rows = [self.model.row(number) for number in range(self.model.rowCount())]
        pending = sum(row_.status is TerminalStatus.PENDING for row_ in rows)
        online = sum(row_.online and row_.status is TerminalStatus.APPROVED for row_ in rows)
        differ = sum(row_.out_of_sync for row_ in rows)
        callers = sum(bool(row_.question) for row_ in rows)
        parts = (
            tr_count("{count:,} retired or removed", "{count:,} retired or removed", total)
            if former
            else tr_count("{count:,} online", "{count:,} online", online),
            tr_count("{count:,} awaiting approval", "{count:,} awaiting approval", pending)
            if pending
            else "",
            tr_count("{count:,} person out of sync", "{count:,} people out of sync", differ)
            if differ
            else "",
            tr_count(
                "{count:,} with an unknown caller", "{count:,} with an unknown caller", callers
            )
            if callers
            else "",
        )
        self.state_text.emit(" · ".join(filter(None, parts)) if total else "")
        wanted, self._wanted = self._wanted, ""
        self.select(wanted)
        self._selection_changed()

    def _selection_changed(self) -> None:
        chosen = self.table.selected()
        self._offer([t for t in chosen if t.status is TerminalStatus.PENDING])
        one = (
            chosen[0]
            if len(chosen) == 1 and chosen[0].status is not TerminalStatus.PENDING
            else None
        )
        self.detail.setVisible(one is not None)
        for column in BESIDE_DETAIL:
            self.table.setColumnHidden(column, one is not None)
        if one is not None:
            self.detail.show_terminal(one.id)

    def select(self, terminal_id: str) -> None:
        """Shows one terminal in detail."""
        selection = self.table.selectionModel()
        keys = self.model.keys()
        if selection is not None and terminal_id in keys:
            flags = (
                QItemSelectionModel.SelectionFlag.ClearAndSelect
                | QItemSelectionModel.SelectionFlag.Rows
            )
            selection.select(self.model.index(keys.index(terminal_id), 0), flags)

    def show_terminal(self, terminal_id: str, concern: Concern | None = None) -> None:
        """Shows those in use, or what this line of the first page counts.

        Selects this one as soon as the list has it; "" for none.
        """
        self._wanted = terminal_id
        self.former.setChecked(False)
        self.show_concern(concern)

    def _offer(self, pending: list[api.TerminalRow]) -> None:
        """What can be done to the terminals that wait and are chosen, by whoever is signed in."""
        admin = self.detail.life.is_admin
        asks = not admin and any(terminal.biometric for terminal in pending)
        self.approve.setText(tr("Ask for approval…") if asks else tr("Approve…"))
        for act in (self.approve, self.dismiss, self.block):
            act.setEnabled(bool(pending))
        self.roll_out.setVisible(admin)

    def _each_pending(self, act: Callable[[api.TerminalRow], None]) -> None:
        for terminal in self.table.selected():
            if terminal.status is TerminalStatus.PENDING:
                act(terminal)

    def _approve(self) -> None:
        self._each_pending(self._open_approval)

    def _open_approval(self, terminal: api.TerminalRow) -> None:
        may = self.detail.life.is_admin or not terminal.biometric
        form = ApprovalForm(self.client, terminal, may_approve=may, parent=self)
        form.done_text.connect(lambda text: self.message.emit(text, False))
        form.open()

    def _block(self, terminal: api.TerminalRow) -> None:
        self.detail.life.do(Act.BLOCK, terminal)

    def open_roll_out(self) -> None:
        """Opens the approval of many terminals by a list."""
        dialog = RollOutDialog(self.client, self)
        dialog.finished.connect(lambda _: self.refresh())
        dialog.open()

    def approve_terminal(self, terminal_id: str, name: str) -> None:
        """Lets the terminal in; its clock is taken to run on the site's time zone."""
        request = api.ApproveTerminal(id=terminal_id, name=name)
        self.call(
            api.approve_terminal,
            request,
            lambda t: self.message.emit(tr("{terminal} is approved.", terminal=t.name), False),
        )

    def add_by_address(self, host: str = "") -> None:
        """Asks for a terminal that this site dials."""
        form = TerminalForm(self.client, host=host, parent=self)
        form.saved.connect(lambda terminal: self.message.emit(added_text(terminal), False))
        form.open()

    def add_first(self) -> None:
        """Lets in the terminal that waits, or looks for one in the network."""

        def begin(found: api.Terminals) -> None:
            pending = [one for one in found.rows if one.status is TerminalStatus.PENDING]
            if pending:
                self._open_approval(pending[0])
            else:
                self.find_units()

        self.call(api.list_terminals, Nothing(), begin)

    def find_units(self) -> None:
        """Looks for terminals in a subnet, and adds the one that is chosen."""
        dialog = DiscoverDialog(self.client, self)
        dialog.chosen.connect(self.add_by_address)
        dialog.open()
