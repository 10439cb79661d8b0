"""A terminal's own operation log, and its settings: saved, loaded and written with a diff. TE20."""

import json
from pathlib import Path

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from console.api import tasks as api
from console.api import terminals as terminals_api
from console.desktop.files import not_read, not_written
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.widgets.task_strip import TaskStrip
from console.domain.language import tr, tr_count
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Switch, button, card, label, row

MOST_FILE_BYTES = 64 * 1024
"""A file of settings is a few lines; a larger one is none."""


class OperationsDialog(Dialog):
    """What was done at the terminal itself, newest first. It is read as the dialog opens."""

    def __init__(
        self,
        client: ServiceClient,
        terminal: terminals_api.TerminalRow,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Operation log of {terminal}", terminal=terminal.name))
        self.open_at(QSize(760, 520))
        self.watch = TaskWatch(client, self)
        columns: list[Column[api.OperationRow]] = [
            Column(tr("Terminal time"), lambda r: r.local_time, 175),
            Column(tr("Operation"), lambda r: tr(r.text)),
            Column(tr("Code"), lambda r: str(r.code), 70),
            Column(tr("Parameters"), lambda r: r.params, 160),
        ]
        self.model: PagedModel[api.OperationRow] = PagedModel(columns, id, self)
        self.table = Table(self.model, tr("Operation log"))
        self.empty = EmptyState("history", tr("Not read yet"), "")
        self.list = Switch(self.table, self.empty)
        self.list.show_part(self.empty)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(card([self.list], margin=1), 1)
        layout.addWidget(TaskStrip(self.watch))
        layout.addWidget(row(None, button(tr("Close"), self.reject)))
        self.watch.ended.connect(self._ended)
        self.watch.start(api.on_unit, api.OnUnit(terminal_id=terminal.id, action="operations"))

    def _ended(self, task: api.Task) -> None:
        self.model.show_rows(task.result.operations)
        if task.result.operations:
            self.list.show_part(self.table)
        elif task.state == "done":
            self.empty.set_text(
                tr("No operations"), tr("The terminal has not recorded any operation.")
            )


class BadSettingsFile(ValueError):
    """The file holds no settings of a terminal."""


def read_settings_file(path: Path) -> dict[str, str]:
    """Name -> value. Raises BadSettingsFile, OSError."""
    with path.open("rb") as file:
        data = file.read(MOST_FILE_BYTES + 1)
    try:
        found = json.loads(data)["settings"] if len(data) <= MOST_FILE_BYTES else None
    except (ValueError, KeyError, TypeError) as error:
        raise BadSettingsFile(
            tr("This file does not contain the settings of a terminal.")
        ) from error
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        raise BadSettingsFile(tr("This file does not contain the settings of a terminal."))
    return found


class _Line:
    """A setting on the terminal and in the file; None where it is not there."""

    def __init__(self, name: str, held: str | None, loaded: str | None) -> None:
        self.name, self.held, self.loaded = name, held, loaded

    @property
    def differs(self) -> bool:
        """Whether the file would change it. The terminal must have it."""
        return self.held is not None and self.loaded is not None and self.held != self.loaded


class SettingsDialog(Dialog):
    """The settings of the terminal beside those of a file, and what would change."""

    def __init__(
        self,
        client: ServiceClient,
        terminal: terminals_api.TerminalRow,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Settings of {terminal}", terminal=terminal.name))
        self.open_at(QSize(760, 460))
        self._terminal = terminal
        self._held: dict[str, str] = {}
        self._writing = False
        self._loaded: dict[str, str] = {}
        self._writing = False
        self.watch = TaskWatch(client, self)
        columns: list[Column[_Line]] = [
            Column(tr("Setting"), lambda s: s.name, 150),
            Column(tr("On the terminal"), lambda s: s.held or "", 150),
            Column(tr("In the file"), lambda s: s.loaded or "", 150),
            Column(tr("Result"), self._outcome, tone=lambda s: "warn" if s.differs else "mut"),
        ]
        self.model: PagedModel[_Line] = PagedModel(columns, lambda s: s.name, self)
        self.table = Table(self.model, tr("Settings"))
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self.save = button(tr("Save to file…"), self._ask_save, icon_name="download")
        self.load = button(tr("Load from file…"), self._ask_load, icon_name="upload")
        self.write = button("", self._write, "primary")
        text = tr(
            "These settings can be copied between terminals. Settings that belong to one terminal, "
            "such as its address and keys, are not included."
        )
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(label(text, "soft", wrap=True))
        layout.addWidget(card([self.table], margin=1), 1)
        layout.addWidget(self.problem)
        layout.addWidget(TaskStrip(self.watch))
        close = button(tr("Close"), self.reject)
        layout.addWidget(row(self.save, self.load, None, close, self.write))
        self.watch.ended.connect(self._ended)
        self._show()
        self._read()

    def _read(self) -> None:
        self._writing = False
        request = api.OnUnit(terminal_id=self._terminal.id, action="settings")
        self.watch.start(api.on_unit, request)

    def _outcome(self, line: _Line) -> str:
        if line.held is None:
            return tr("Not available on this terminal")
        return tr("Will be changed") if line.differs else ""

    def _ended(self, task: api.Task) -> None:
        if task.result.settings:
            self._held = {one.name: one.value for one in task.result.settings}
            self._show()
        elif self._writing:
            self._read()

    def _show(self) -> None:
        names = [*self._held, *(name for name in self._loaded if name not in self._held)]
        lines = [_Line(name, self._held.get(name), self._loaded.get(name)) for name in names]
        self.model.show_rows(lines)
        changes = sum(line.differs for line in lines)
        self.write.setText(tr_count("Write {count}", "Write {count}", changes))
        self.write.setEnabled(bool(changes))
        self.save.setEnabled(bool(self._held))

    def _ask_save(self) -> None:
        suggested = f"{self._terminal.name}.settings.json"
        name, _ = QFileDialog.getSaveFileName(self, tr("Save settings"), suggested)
        if name:
            self.save_to(Path(name))

    def save_to(self, path: Path) -> None:
        """Writes what the terminal has told."""
        content = {"serial": self._terminal.serial, "settings": self._held}
        try:
            path.write_text(json.dumps(content, indent=1, ensure_ascii=False), "utf-8")
        except OSError as error:
            self._fail(not_written(error))

    def _ask_load(self) -> None:
        kinds = tr("Settings (*.json)")
        name, _ = QFileDialog.getOpenFileName(self, tr("Load settings"), "", kinds)
        if name:
            self.load_from(Path(name))

    def load_from(self, path: Path) -> None:
        """Shows what the file would change."""
        self.problem.hide()
        try:
            self._loaded = read_settings_file(path)
        except BadSettingsFile as error:
            self._fail(str(error))
            return
        except OSError as error:
            self._fail(not_read(error))
            return
        self._show()

    def _fail(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.show()

    def _write(self) -> None:
        changes = [
            api.SettingChange(name=name, was=self._held[name], value=value)
            for name, value in self._loaded.items()
            if name in self._held and self._held[name] != value
        ]
        self._writing = True
        request = api.WriteSettings(terminal_id=self._terminal.id, changes=changes)
        self._writing = True
        self.watch.start(api.write_settings, request)
