"""Updates of Muster: what is there, what it changes, where it comes from, when it is installed."""

from pathlib import Path
from typing import Any

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFileDialog, QPlainTextEdit, QVBoxLayout, QWidget

from console.api import updates as api
from console.api.operation import ApiError, Nothing, Operation, Started
from console.api.tasks import Task
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.flows.update_file import UpdateFile
from console.desktop.widgets.task_strip import TaskStrip
from console.desktop.words import local_text
from console.domain.language import paragraph, tr
from console.domain.updates import FILE_ENDING, Stage, When
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.questions import is_sure
from console.qt.sizes import sized
from console.qt.widgets import Field, button, label, row

WIDTH_PX, CHANGES_PX = 660, 130
NOW = tr(
    "Muster makes a backup and then installs the update. The consoles on this computer close; open "
    "them again after a few minutes. Before you start, close all other Muster windows on this "
    "computer, such as kiosks. Terminals keep letting people in. If the new version does not "
    "start, the previous version and its data are restored."
)
IDLE = tr(
    "“When nobody uses it” means between 22:00 and 05:00, when no task is running and nobody has "
    "worked in a console for half an hour."
)
TELLS_ONLY = tr(
    "This service was not installed by the Muster set-up. Install the new version the way this one "
    "was installed."
)
NO_KEYS = tr(
    "This copy of Muster was built without the keys of its maker, so it cannot verify updates. "
    "Install new versions with their set-up."
)
ABOUT_ADDRESS = tr(
    "The service checks this address once a day and sends nothing about this site. Without an "
    "address it never checks."
)


class UpdatesDialog(Dialog):
    """For administrators. It reads again whatever it shows when that changes."""

    def __init__(self, client: ServiceClient, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Updates"))
        sized(self, width=WIDTH_PX)
        self._client = client
        self.known: api.UpdatesState | None = None
        self.working = TaskWatch(client, self)
        self.strip = TaskStrip(self.working)
        self.file = UpdateFile(client, self._file_sent, self._say, self)
        self.title, self.state = label("", "heading", wrap=True), label("", "soft", wrap=True)
        self.changes = QPlainTextEdit()
        self.changes.setReadOnly(True)
        self.changes.setTabChangesFocus(True)
        self.changes.setAccessibleName(tr("What changes"))
        sized(self.changes, height=CHANGES_PX)
        self.problem = label("", "error", wrap=True)
        self.idle = label(IDLE, "soft", wrap=True)
        self.address = Field(tr("Where updates come from"), hint="https://it.example.com/muster")
        self._make_buttons()
        self._lay_out()
        client.changed.connect(self._on_change)
        self.working.ended.connect(self._ended)
        self.working.refused.connect(lambda _error: self._show_buttons())
        self._first = True
        self._read()

    def _make_buttons(self) -> None:
        self.download = button(tr("Download"), self._download, "primary")
        self.now = button(tr("Install now…"), self._install_now, "primary")
        self.plan = button(tr("Install when nobody uses it"), self._plan)
        self.postpone = button(tr("Do not install yet"), self._postpone)
        self.look = button(tr("Check now"), self._look)
        self.save = button(tr("Save"), self._save)
        self.from_file = button(tr("From a file…"), self._ask_file, icon_name="upload")
        self.acts = (self.download, self.now, self.plan, self.postpone)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        shown = (self.title, self.state, self.changes, self.problem, self.strip, self.idle)
        for part in (*shown, row(*self.acts, None)):
            layout.addWidget(part)
        layout.addSpacing(8)
        layout.addWidget(self.address)
        layout.addWidget(label(ABOUT_ADDRESS, "soft", wrap=True))
        layout.addWidget(row(self.save, self.look, None, self.from_file))
        layout.addSpacing(8)
        layout.addWidget(row(None, button(tr("Close"), self.reject)))
        for part in (self.changes, self.problem, self.idle, *self.acts):
            part.hide()

    def _read(self) -> None:
        self._client.call(api.look, Nothing(), self._show, self._failed, self)

    def _on_change(self, subject: str, _row_id: str) -> None:
        if subject in ("updates", "*"):
            self._read()

    def _show(self, found: api.UpdatesState) -> None:
        self.known = found
        self.title.setText(title_of(found))
        self.state.setText(state_of(found))
        self.changes.setPlainText(found.changes)
        self.changes.setVisible(bool(found.changes))
        self._say(found.outcome or found.problem)
        if self._first:
            self.address.edit.setText(found.address)
            self._first = False
        self._show_buttons()

    def _show_buttons(self) -> None:
        found = self.known
        if found is None:
            return
        free = not self.working.running and not self.file.under_way
        stage, can = found.stage, found.installs and found.trusts
        self.download.setVisible(can and stage is Stage.FOUND and bool(found.address))
        self.now.setVisible(can and stage in (Stage.READY, Stage.PLANNED))
        self.plan.setVisible(can and stage is Stage.READY)
        self.postpone.setVisible(can and stage is Stage.PLANNED)
        self.idle.setVisible(self.plan.isVisibleTo(self) or self.postpone.isVisibleTo(self))
        for act in (*self.acts, self.save):
            act.setEnabled(free)
        self.look.setEnabled(free and found.trusts and bool(found.address))
        self.from_file.setEnabled(free and found.trusts and stage is not Stage.ORDERED)
        layout = self.layout()
        assert layout is not None
        layout.activate()  # else the height is that of the parts of before
        self.adjustSize()

    def _save(self) -> None:
        self.address.set_problem("")
        request = api.Address(address=self.address.text())
        self._client.call(api.save_address, request, self._saved, self._failed, self)

    def _saved(self, _answer: Nothing) -> None:
        self._first = True  # shows the address as it was kept
        self._read()

    def _look(self) -> None:
        self._start(api.check, Nothing())

    def _download(self) -> None:
        self._start(api.download, Nothing())

    def _plan(self) -> None:
        self._start(api.install, api.Install(when=When.IDLE))

    def _install_now(self) -> None:
        version = self.known.version if self.known is not None else ""
        question = tr("Install Muster {version} now?", version=version)
        if is_sure(self, tr("Install now"), question, NOW):
            self._start(api.install, api.Install(when=When.NOW))

    def _postpone(self) -> None:
        self._client.call(api.postpone, Nothing(), lambda _: self._read(), self._failed, self)

    def _start(self, operation: Operation[Any, Started], request: object) -> None:
        self._say("")
        self.working.start(operation, request)
        for act in (*self.acts, self.look, self.save, self.from_file):
            act.setEnabled(False)

    def _ended(self, _task: Task) -> None:
        self._read()

    def _ask_file(self) -> None:
        files = f"*{FILE_ENDING}"
        kinds = tr("Updates of Muster ({files})", files=files)
        name, _ = QFileDialog.getOpenFileName(self, tr("Choose an update file"), "", kinds)
        if name:
            self.take_file(Path(name))

    def take_file(self, path: Path) -> None:
        """Sends the file; the service verifies it."""
        self._say("")
        self.file.send(path)
        self._show_buttons()

    def _file_sent(self) -> None:
        self._start(api.take_file, Nothing())

    def _failed(self, error: ApiError) -> None:
        if error.field == "address":
            self.address.set_problem(error.message)
        else:
            self._say(error.message)

    def _say(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self._show_buttons()


def title_of(found: api.UpdatesState) -> str:
    """What is there, in a line."""
    if found.version:
        return tr("Muster {version} is available.", version=found.version)
    return tr("Muster {version} is installed.", version=found.installed)


def state_of(found: api.UpdatesState) -> str:
    """How far it has come, and when somebody looked last."""
    if not found.trusts:
        return NO_KEYS
    steps = {
        Stage.NONE: "",
        Stage.FOUND: tr("The update has not been downloaded yet."),
        Stage.READY: tr("The update has been downloaded and verified."),
        Stage.PLANNED: tr(
            "The update will be installed when nobody uses Muster. Planned by {name}.",
            name=found.by,
        ),
        Stage.ORDERED: tr("The update is being installed."),
    }
    parts = []
    if found.version:
        parts.append(tr("Installed now: Muster {version}.", version=found.installed))
    parts.append(steps[found.stage] if found.installs else TELLS_ONLY if found.version else "")
    if found.looked_at is not None:
        parts.append(tr("Last checked on {time}.", time=local_text(found.looked_at)))
    return paragraph(*parts)
