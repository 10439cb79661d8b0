"""Chooses the desk's reader: the menu of readers, their doctor, and pictures in place of one."""

from functools import partial
from pathlib import Path

from PyQt6.QtCore import QTimer, pyqtSignal
from PyQt6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QMessageBox, QWidget

from bridge.readers.files import SUFFIXES
from bridge.readers.models import ReaderAlias
from bridge.readers.reader import ReaderInfo
from console.api import fingers as api
from console.desktop.dialogs.module_password_dialog import ModulePasswordDialog
from console.desktop.dialogs.reader_dialogs import ReaderDoctorDialog, ReaderSettingsDialog
from console.domain.language import tr
from console.qt.client import ServiceClient
from console.qt.desk_reader import DeskReader
from console.qt.dialog import MessageBox
from console.qt.equipment import FILES, Aliases, Equipment, ReaderSource
from console.qt.widgets import button


class ReaderChoice(QWidget):
    """Two buttons and the reader behind them.

    leaving: another reader is about to be used; searching: the reader with this name is being
    opened.
    """

    leaving = pyqtSignal()
    searching = pyqtSignal(str)

    def __init__(self, client: ServiceClient) -> None:
        super().__init__()
        self.client = client
        self.reader = DeskReader(self)
        self.reader_name = ""
        self._equipment = Equipment()
        self._source: ReaderSource | None = None
        self._aliases: Aliases = ()
        self._settings = api.ReaderSettings(aliases=[])
        self._open = False
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill_menu)
        self._pictures = button(tr("Choose pictures…"), self._choose_files, icon_name="upload")
        self._pictures.hide()
        readers = button(tr("Readers"), lambda: None)
        readers.setMenu(self._menu)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._pictures)
        layout.addWidget(readers)
        self.reader.ready.connect(self._ready)

    def equip(self, equipment: Equipment) -> None:
        """Uses what is plugged into this computer."""
        self._equipment = equipment
        self._source = equipment.reader_sources()[0]

    def open(self) -> None:
        """Opens the chosen reader, in place of the one that was open."""
        if self._source is None:
            self._source = self._equipment.reader_sources()[0]
        self._open = True
        self._pictures.setVisible(self._source.key == FILES)
        self.searching.emit(self._source.name)
        self.reader.use(self._source, self._aliases)

    def close_reader(self) -> None:
        """Releases the reader."""
        self._open = False
        self.reader.close()

    def set_readers(self, settings: api.ReaderSettings) -> None:
        """Uses the site's list of readers sold under other names."""
        self._settings = settings
        aliases = tuple(
            ReaderAlias(
                vendor_id=a.vendor_id,
                product_id=a.product_id,
                driver=a.driver,
                name=a.name,
                dpi=a.dpi,
                turned=a.turned,
                mirrored=a.mirrored,
                inverted=a.inverted,
            )
            for a in settings.aliases
        )
        if aliases != self._aliases:
            self._aliases = aliases
            if self._open:
                self.open()

    def _ready(self, info: ReaderInfo) -> None:
        self.reader_name = info.name

    def _fill_menu(self) -> None:
        self._menu.clear()
        for source in self._equipment.reader_sources():
            action = self._menu.addAction(source.name, partial(self._use, source))
            assert action is not None
            action.setCheckable(True)
            action.setChecked(self._source is not None and source.key == self._source.key)
        self._menu.addSeparator()
        if self._source is not None and self._source.port:
            self._menu.addAction(tr("Password of the serial module…"), self._ask_password)
        self._menu.addAction(tr("Diagnose readers…"), self._examine)
        self._menu.addAction(tr("Rebranded readers…"), self._settings_dialog)

    def _use(self, source: ReaderSource) -> None:
        self.leaving.emit()
        self._source = source
        self.open()

    def _ask_password(self) -> None:
        if self._source is None:
            return
        dialog = ModulePasswordDialog(self._source.name, self)
        dialog.entered.connect(partial(self._use_password, self._source))
        dialog.open()

    def _use_password(self, source: ReaderSource, password: bytes) -> None:
        """Opens the module again with it."""
        if not self._equipment.module_passwords.set(source.port, password):
            MessageBox(
                QMessageBox.Icon.Information,
                tr("Password of the serial module"),
                tr(
                    "This computer has no keyring. Muster keeps the password only until it is "
                    "closed. After that, enter it again."
                ),
                parent=self,
            ).open()
        self._use(source)

    def _examine(self) -> None:
        """The doctor opens the readers itself: ours steps aside meanwhile."""
        self.leaving.emit()
        self.close_reader()
        dialog = ReaderDoctorDialog(self._aliases, self)
        dialog.finished.connect(lambda _: self.open())
        QTimer.singleShot(0, dialog.open)

    def _settings_dialog(self) -> None:
        dialog = ReaderSettingsDialog(self.client, self._settings, self)
        dialog.saved.connect(self.set_readers)
        dialog.open()

    def _choose_files(self) -> None:
        kinds = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        names, _ = QFileDialog.getOpenFileNames(
            self,
            tr("Pictures of the finger, one per scan"),
            "",
            tr("Pictures ({patterns})", patterns=kinds),
        )
        self._equipment.offer_files([Path(name) for name in names])
