"""About Muster: what runs here, where its data lies, how the service is, whose work it contains."""

import platform
from pathlib import Path

from PyQt6.QtCore import PYQT_VERSION_STR, QT_VERSION_STR, QSize, Qt
from PyQt6.QtWidgets import QApplication, QGridLayout, QVBoxLayout, QWidget

from console import __version__
from console.desktop.licences import OWN, Part, parts
from console.domain.language import labelled, tr
from console.installation import DATA, computer_folder, installed_service_for
from console.qt.client import ConnectionState, ServiceClient
from console.qt.dialog import Dialog
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import button, card, label, row

SIZE = QSize(680, 560)
_STATES = {
    ConnectionState.SEARCHING: tr("Looking for the service"),
    ConnectionState.SIGNED_OUT: tr("Connected; nobody is signed in"),
    ConnectionState.READY: tr("Connected"),
    ConnectionState.GONE: tr("Unreachable"),
}


def data_place(folder: Path | None) -> str:
    """Where the data of the site lies. folder: of the data that the console was started with."""
    if folder is None:
        return tr("Not known")
    installed = installed_service_for(folder)
    return str(computer_folder() / DATA if installed is not None else folder)


class AboutDialog(Dialog):
    """Shows facts that a supporter asks for, and copies them; no name and no key is among them."""

    def __init__(self, client: ServiceClient, folder: Path | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("About Muster"))
        self.open_at(SIZE)
        self._client, self._folder = client, folder
        self._facts = QGridLayout()
        self._facts.setColumnStretch(1, 1)
        self._facts.setHorizontalSpacing(16)
        self._values = {name: label(value, wrap=True) for name, value in self.facts().items()}
        for place, (name, value) in enumerate(self._values.items()):
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setAccessibleName(labelled(name, value.text()))
            self._facts.addWidget(label(name, "soft"), place, 0, Qt.AlignmentFlag.AlignTop)
            self._facts.addWidget(value, place, 1)
        columns: list[Column[Part]] = [
            Column(tr("Part"), lambda part: part.name, 230),
            Column(tr("Version"), lambda part: part.version, 90),
            Column(tr("Licence"), lambda part: part.licence),
        ]
        self.model: PagedModel[Part] = PagedModel(columns, lambda part: part.name, self)
        self.model.show_rows(parts())
        self.copy = button(tr("Copy for support"), self._copy)
        close = button(tr("Close"), self.accept, "primary")
        close.setDefault(True)
        free = tr(
            "Muster is free software: you may use, study, share and change it under the GNU "
            "General Public License. It comes without any warranty."
        )
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addLayout(self._facts)
        layout.addWidget(label(free, "soft", wrap=True))
        layout.addWidget(card([Table(self.model, tr("Licences of all parts"))], margin=1), 1)
        layout.addWidget(row(self.copy, None, close))
        client.state_changed.connect(self._refresh)

    def facts(self) -> dict[str, str]:
        """What is shown, by what it is."""
        health = self._client.health
        return {
            tr("Version"): f"{__version__} · {OWN}",
            tr("Runs on"): f"Python {platform.python_version()}, Qt {QT_VERSION_STR}, "
            f"PyQt {PYQT_VERSION_STR}, {platform.platform()}",
            tr("Service"): _STATES[self._client.state],
            tr("Address of the service"): self._client.address or tr("Not known"),
            tr("Version of the service"): health.version if health else tr("Not known"),
            tr("Data"): data_place(self._folder),
        }

    def _refresh(self, _state: object) -> None:
        for name, value in self.facts().items():
            self._values[name].setText(value)
            self._values[name].setAccessibleName(labelled(name, value))

    def _copy(self) -> None:
        clipboard = QApplication.clipboard()
        if clipboard is not None:
            lines = [labelled(name, value) for name, value in self.facts().items()]
            clipboard.setText("\n".join(["Muster", *lines]))
            self.copy.setText(tr("Copied"))
