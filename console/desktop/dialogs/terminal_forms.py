"""Adding a terminal by its address, changing one, and finding some in a subnet."""

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from console.api import tasks as tasks_api
from console.api import terminals as api
from console.api.operation import ApiError, ById, Nothing
from console.desktop.dialogs.doctor_dialog import DoctorDialog
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.widgets.encoding_choice import EncodingChoice
from console.desktop.widgets.task_strip import TaskStrip
from console.desktop.widgets.zone_choice import ZoneChoice
from console.domain.language import tr
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.number_box import NumberBox
from console.qt.sizes import sized
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Field, Switch, button, card, label, row

PORT = 4370
TRANSPORTS = (
    ("auto", tr("Automatic (TCP, then UDP)")),
    ("tcp", tr("TCP only")),
    ("udp", tr("UDP only")),
)


class TerminalForm(Dialog):
    """Adds a terminal that is dialled, or changes any; saved: the `terminals.TerminalRow`."""

    saved = pyqtSignal(object)

    def __init__(
        self,
        client: ServiceClient,
        detail: api.TerminalDetail | None = None,
        host: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Change terminal") if detail else tr("Add terminal by address"))
        sized(self, least_width=640 if detail else 580)
        self._client, self._detail = client, detail
        terminal = detail.terminal if detail else None
        self.name = Field(tr("Name"), hint=tr("Main gate"))
        self.host = Field(tr("Address"), hint=tr("192.168.1.201; leave empty if it has no network"))
        self.key = Field(
            tr("Comm key"),
            password=True,
            hint=tr("Unchanged") if detail and detail.has_key else tr("None"),
        )
        self.serial = Field(
            tr("Serial number"), hint=tr("From its label, only if it is off or has no network")
        )
        self.port = NumberBox(tr("Port"), 1, 65535)
        self.port.setValue(detail.port if detail and detail.port else PORT)
        self.transport = QComboBox()
        self.transport.setAccessibleName(tr("Transport"))
        for value, text in TRANSPORTS:
            self.transport.addItem(text, value)
        self.zone, self.encoding = ZoneChoice(), EncodingChoice()
        self.encoding.setVisible(detail is not None)
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self.save = button(tr("Save") if detail else tr("Connect and add"), self._save, "primary")
        self.save.setDefault(True)
        self.examine = button(tr("Diagnose…"), self._examine, icon_name="search")
        self.examine.setToolTip(tr("Checks the connection step by step. Nothing is changed."))
        layout = QVBoxLayout(self)
        layout.addWidget(self.name)
        if terminal is None or not terminal.dialect.dials_in:
            layout.addWidget(self.host)
            layout.addWidget(self.key)
            layout.addWidget(self.serial)
            self.serial.setHidden(terminal is not None)
            layout.addWidget(
                row(
                    label(tr("Port"), "soft"),
                    self.port,
                    label(tr("Transport"), "soft"),
                    self.transport,
                    None,
                )
            )
        layout.addWidget(label(tr("Time zone of its clock"), "soft"))
        layout.addWidget(self.zone)
        layout.addWidget(self.encoding)
        layout.addWidget(self.problem)
        layout.addWidget(row(self.examine, None, button(tr("Cancel"), self.reject), self.save))
        self.examine.setHidden(detail is not None)
        if detail is not None:
            self.zone.fill([detail.zone] if detail.zone else [], detail.zone, detail.site_zone)
            self.encoding.begin(detail.encoding)
        self._client.call(api.zone_names, Nothing(), self._show_zones, self._failed, self)
        self.host.edit.setText(host)
        if detail is not None and terminal is not None:
            self.name.edit.setText(terminal.name)
            self.host.edit.setText(terminal.address)
            self.transport.setCurrentIndex(max(0, self.transport.findData(detail.transport)))

    def _show_zones(self, found: api.ZoneNames) -> None:
        self.zone.fill(found.names, self.zone.zone(), tr("The site’s ({zone})", zone=found.site))
        if self._detail is not None:
            named = ById(id=self._detail.terminal.id)
            self._client.call(api.name_readings, named, self._show_readings, self._failed, self)

    def _show_readings(self, found: api.NameReadings) -> None:
        assert self._detail is not None
        self.encoding.show_readings(found, self._detail)

    def _clear_problems(self) -> None:
        for field in (self.name, self.host, self.key, self.serial):
            field.set_problem("")
        self.problem.hide()

    def _examine(self) -> None:
        self._clear_problems()
        host = self.host.text()
        if not host:
            self.host.set_problem(tr("Enter the terminal’s address first."))
            return
        request = tasks_api.ExamineAddress(
            host=host,
            port=self.port.value(),
            key=self.key.text(),
            transport=str(self.transport.currentData()),
            serial=self.serial.text(),
            zone=self.zone.zone(),
        )
        DoctorDialog(self._client, host, request, self).open()

    def _save(self) -> None:
        self._clear_problems()
        self.save.setEnabled(False)
        self.save.setText(tr("Connecting…") if self._detail is None else tr("Saving…"))
        host, port, key = self.host.text(), self.port.value(), self.key.text()
        transport = str(self.transport.currentData())
        if self._detail is None:
            request = api.DialTerminal(
                name=self.name.text(),
                host=host,
                port=port,
                key=key,
                transport=transport,
                serial=self.serial.text(),
                zone=self.zone.zone(),
            )
            self._client.call(api.dial_terminal, request, self._done, self._failed, self)
        else:
            change = api.ChangeTerminal(
                id=self._detail.terminal.id,
                name=self.name.text(),
                zone=self.zone.zone(),
                encoding=self.encoding.encoding(),
                host=host,
                port=port,
                key=key,
                transport=transport,
            )
            self._client.call(api.change_terminal, change, self._done, self._failed, self)

    def _done(self, terminal: api.TerminalRow) -> None:
        self.saved.emit(terminal)
        self.accept()

    def _failed(self, error: ApiError) -> None:
        self.save.setEnabled(True)
        self.save.setText(tr("Save") if self._detail else tr("Connect and add"))
        fields = {"name": self.name, "host": self.host, "key": self.key, "serial": self.serial}
        if error.field in fields:
            fields[error.field].set_problem(error.message)
        else:
            self.problem.setText(error.message)
            self.problem.show()
            self.adjustSize()  # else the fields would be squeezed


class DiscoverDialog(Dialog):
    """Looks for terminals in one subnet; chosen: the address of the one to add."""

    chosen = pyqtSignal(str)

    def __init__(self, client: ServiceClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Find terminals"))
        self.open_at(QSize(680, 480))
        self.watch = TaskWatch(client, self)
        columns: list[Column[tasks_api.FoundUnit]] = [
            Column(tr("Address"), lambda f: f.host, 140),
            Column(tr("Serial number"), lambda f: f.serial, 160),
            Column(tr("Device"), lambda f: f.what),
            Column(
                tr("In the list"),
                lambda f: tr("Yes") if f.known else tr("New"),
                100,
                tone=lambda f: "mut" if f.known else "pass",
            ),
        ]
        self.model: PagedModel[tasks_api.FoundUnit] = PagedModel(columns, lambda f: f.host, self)
        self.table = Table(self.model, tr("Found"))
        advice = tr(
            "Searches up to 256 addresses of a private network on port 4370. Terminals that "
            "connect to Muster are listed automatically."
        )
        self.empty = EmptyState("search", tr("No search yet"), advice)
        again = tr("Is the terminal on and in this network? Its screen shows its address.")
        self.nothing = EmptyState("search", tr("No terminal answered"), again)
        self.list = Switch(self.table, self.empty, self.nothing)
        self.subnet = Field(tr("Subnet"), hint="192.168.1.0/24")
        self.search = button(tr("Search"), self._find, "primary", "search")
        self.add = button(tr("Add…"), self._add)
        self.add.setEnabled(False)
        self.list.show_part(self.empty)
        layout = QVBoxLayout(self)
        layout.addWidget(self.subnet)
        layout.addWidget(card([self.list], margin=1), 1)
        layout.addWidget(TaskStrip(self.watch))
        layout.addWidget(row(self.search, None, button(tr("Close"), self.reject), self.add))
        self.subnet.edit.returnPressed.connect(self._find)
        self.watch.progressed.connect(self._show)
        self.watch.ended.connect(self._show)
        selection = self.table.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(lambda *_: self.add.setEnabled(self._new() is not None))

    def _find(self) -> None:
        self.watch.start(
            tasks_api.discover, tasks_api.Discover(subnet=self.subnet.text(), port=PORT)
        )

    def _show(self, task: tasks_api.Task) -> None:
        found = task.result.found
        if found:
            self.model.show_rows(found)
            self.list.show_part(self.table)
        elif task.state == "done":
            self.list.show_part(self.nothing)

    def _new(self) -> tasks_api.FoundUnit | None:
        return next((unit for unit in self.table.selected() if not unit.known), None)

    def _add(self) -> None:
        unit = self._new()
        if unit is not None:
            self.chosen.emit(unit.host)
            self.accept()
