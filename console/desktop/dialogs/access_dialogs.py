"""Who belongs on a terminal, and on the terminals of a zone: the rules of both."""

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from console.api import access_rules as api
from console.api import terminals as terminals_api
from console.api.operation import ApiError, ById, Nothing
from console.desktop.flows.access_change import AccessChanger
from console.desktop.widgets.rules_editor import RulesEditor
from console.domain.language import tr
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.sizes import sized
from console.qt.theme import px
from console.qt.widgets import Field, button, card, label, row

ROW_PX = 28
"""Height of a terminal in the list of a zone."""
HOW = tr(
    "People belong here if a rule of the terminal or of its zone names them. If there is no such "
    "rule, everyone belongs here. “Never this person” overrides every other rule."
)


class _AccessDialog(Dialog):
    """What both dialogs share: rules, what went wrong, and saving."""

    def __init__(self, client: ServiceClient, title: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.open_at(QSize(720, 560))
        self.client = client
        self.changer = AccessChanger(client, self, self.show_error)
        self.editor = RulesEditor(client, tr("Rules"))
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self.save = button(tr("Save…"), self.make_change, "primary")

    def make_change(self) -> None:
        """Saves what was put together."""
        raise NotImplementedError

    def show_error(self, error: ApiError) -> None:
        """Says why something was refused."""
        self.problem.setText(error.message)
        self.problem.show()

    def commit(self, change: api.AccessChange) -> None:
        """Makes the change and closes."""
        self.problem.hide()
        self.changer.make(change, lambda _: self.accept())

    def buttons(self, *first: QWidget) -> QWidget:
        """The last row."""
        return row(*first, None, button(tr("Cancel"), self.reject), self.save)


class TerminalAccessDialog(_AccessDialog):
    """The zone and the own rules of one terminal."""

    def __init__(
        self,
        client: ServiceClient,
        terminal: terminals_api.TerminalRow,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(client, tr("Who belongs on {terminal}", terminal=terminal.name), parent)
        self._terminal = terminal
        self._zones: dict[str, api.ZoneRow] = {}
        self.zone = QComboBox()
        self.zone.setAccessibleName(tr("Zone"))
        sized(self.zone, least_width=220)
        self.of_zone = label("", "soft", wrap=True)
        self.edit_zone = button(tr("Rules of the zone…"), self._open_zone, icon_name="edit")
        self.new_zone = button(tr("New zone…"), self._make_zone, icon_name="plus")
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(label(HOW, "soft", wrap=True))
        layout.addWidget(
            row(label(tr("Zone"), "soft"), self.zone, self.edit_zone, self.new_zone, None)
        )
        layout.addWidget(self.of_zone)
        layout.addWidget(label(tr("Rules of this terminal"), "heading"))
        layout.addWidget(self.editor, 1)
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons())
        self.zone.currentIndexChanged.connect(lambda _: self._show_zone())
        client.call(api.overview, Nothing(), self._show, self.show_error, self)

    def _show(self, overview: api.AccessOverview) -> None:
        def show_own(found: api.TerminalAccess) -> None:
            self._offer_zones(overview, found.zone_id)
            self.editor.fill(overview, found.own)

        named = ById(id=self._terminal.id)
        self.client.call(api.of_terminal, named, show_own, self.show_error, self)

    def _offer_zones(self, overview: api.AccessOverview, chosen: str) -> None:
        self._zones = {zone.id: zone for zone in overview.zones}
        self.zone.clear()
        self.zone.addItem(tr("None"), "")
        for zone in overview.zones:
            self.zone.addItem(zone.name, zone.id)
        self.zone.setCurrentIndex(max(0, self.zone.findData(chosen)))
        self._show_zone()

    def _show_zone(self) -> None:
        zone = self._zones.get(str(self.zone.currentData() or ""))
        self.edit_zone.setEnabled(zone is not None)
        rules = "; ".join(rule.label for rule in zone.rules) if zone else ""
        no_rules = tr("The zone has no rules.")
        self.of_zone.setText(tr("From the zone: {rules}", rules=rules) if rules else no_rules)
        self.of_zone.setVisible(zone is not None)

    def _open_zone(self) -> None:
        zone = self._zones.get(str(self.zone.currentData() or ""))
        if zone is not None:
            self._edit(ZoneDialog(self.client, zone, parent=self))

    def _make_zone(self) -> None:
        empty = api.ZoneRow(id="", name="", terminal_ids=[self._terminal.id], rules=[])
        self._edit(ZoneDialog(self.client, empty, parent=self))

    def _edit(self, dialog: "ZoneDialog") -> None:
        """What was put together here stays; only the zones are read again."""
        dialog.saved.connect(self._read_zones)
        dialog.open()

    def _read_zones(self, zone_id: str) -> None:
        self.client.call(
            api.overview,
            Nothing(),
            lambda found: self._offer_zones(found, zone_id),
            self.show_error,
            self,
        )

    def make_change(self) -> None:
        """Saves the zone and the rules of the terminal."""
        self.commit(
            api.SaveTerminalRules(
                terminal_id=self._terminal.id,
                zone_id=str(self.zone.currentData() or ""),
                rules=self.editor.rules(),
            )
        )


class ZoneDialog(_AccessDialog):
    """The name, the terminals and the rules of a zone; saved: its id, empty once it is deleted."""

    saved = pyqtSignal(str)

    def __init__(
        self, client: ServiceClient, zone: api.ZoneRow, parent: QWidget | None = None
    ) -> None:
        super().__init__(client, tr("Change zone") if zone.id else tr("New zone"), parent)
        self._zone = zone
        self.name = Field(tr("Name"), hint=tr("Ground floor"))
        self.name.edit.setText(zone.name)
        self.terminals = QListWidget()
        self.terminals.setAccessibleName(tr("Terminals of the zone"))
        terminals = card([self.terminals], margin=1)
        sized(terminals, most_height=170)
        self.delete = button(tr("Delete zone"), self._delete, "danger")
        self.delete.setVisible(bool(zone.id))
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(self.name)
        layout.addWidget(label(tr("Terminals of the zone"), "heading"))
        layout.addWidget(terminals)
        layout.addWidget(label(tr("Rules of the zone"), "heading"))
        layout.addWidget(self.editor, 1)
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons(self.delete))
        client.call(terminals_api.list_terminals, Nothing(), self._offer, self.show_error, self)
        client.call(
            api.overview,
            Nothing(),
            lambda found: self.editor.fill(found, zone.rules),
            self.show_error,
            self,
        )

    def _offer(self, found: terminals_api.Terminals) -> None:
        for terminal in found.rows:
            other = terminal.access_zone and terminal.id not in self._zone.terminal_ids
            there = {"terminal": terminal.name, "zone": terminal.access_zone}
            text = tr("{terminal} (now in {zone})", **there) if other else terminal.name
            item = QListWidgetItem(text)
            item.setSizeHint(QSize(0, px(ROW_PX)))
            inside = terminal.id in self._zone.terminal_ids
            item.setData(Qt.ItemDataRole.UserRole, terminal.id)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if inside else Qt.CheckState.Unchecked)
            self.terminals.addItem(item)

    def _chosen(self) -> list[str]:
        items = [self.terminals.item(number) for number in range(self.terminals.count())]
        return [
            str(item.data(Qt.ItemDataRole.UserRole))
            for item in items
            if item is not None and item.checkState() is Qt.CheckState.Checked
        ]

    def make_change(self) -> None:
        """Saves the zone."""
        self.problem.hide()
        self.name.set_problem("")
        change = api.SaveZone(
            id=self._zone.id,
            name=self.name.text(),
            terminal_ids=self._chosen(),
            rules=self.editor.rules(),
        )
        self.changer.make(change, self._done)

    def _done(self, made: api.Applied) -> None:
        self.saved.emit(made.id)
        self.accept()

    def _delete(self) -> None:
        self.problem.hide()
        gone = ById(id=self._zone.id)
        self.client.call(api.delete_zone, gone, self._deleted, self.show_error, self)

    def _deleted(self, _nothing: Nothing) -> None:
        self.saved.emit("")
        self.accept()

    def show_error(self, error: ApiError) -> None:
        """Says it beside the field that it is about."""
        if error.field == "name":
            self.name.set_problem(error.message)
        else:
            super().show_error(error)
