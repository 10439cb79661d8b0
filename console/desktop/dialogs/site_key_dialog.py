"""The site's key is changed: what that does is said, and confirmed by the site's name."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from console.api import site_key as api
from console.api.operation import ApiError, Nothing
from console.desktop.words import local_text
from console.domain.language import paragraph, tr
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.sizes import sized
from console.qt.widgets import Field, button, label, row

WIDTH_PX = 560
WHAT_IT_DOES = tr(
    "Change the site key if somebody may have copied it: for example, if a computer was stolen, or "
    "if somebody who had the account of the service has left. Everybody can keep working. The "
    "recovery key on paper stays the same and still opens earlier backups. Anyone who has the old "
    "key and a copy of the data can still read that copy."
)
SECOND = tr("Another administrator must agree before anything happens.")
WAITS_FOR_OTHER = tr("You have asked for a change. Another administrator must agree.")


class SiteKeyDialog(Dialog):
    """started: the id of the task that changes the key; said: what else came of it."""

    started = pyqtSignal(str)
    said = pyqtSignal(str)

    def __init__(self, client: ServiceClient, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Change the site key"))
        sized(self, width=WIDTH_PX)
        self._client, self._agrees = client, False
        self.state = label("", wrap=True)
        self.typed = Field(tr("Type the name of the site"))
        self.problem = label("", "error", wrap=True)
        self.drop = button(tr("Withdraw request"), self._drop)
        self.go = button(tr("Change the key"), self._go, "danger")
        self.cancel = button(tr("Cancel"), self.reject)
        self.cancel.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(label(WHAT_IT_DOES, "soft", wrap=True))
        for part in (self.state, self.typed, self.problem):
            layout.addWidget(part)
        layout.addWidget(row(self.drop, None, self.cancel, self.go))
        for unknown in (self.state, self.typed, self.problem, self.drop, self.go):
            unknown.hide()
        client.call(api.look, Nothing(), self._show, self._failed, self)

    def _show(self, found: api.SiteKeyState) -> None:
        self._agrees = bool(found.asked_by) and not found.asked_by_me
        self.state.setText(_in_words(found))
        self.state.setVisible(bool(self.state.text()))
        self.typed.edit.setPlaceholderText(found.site)
        self.drop.setVisible(bool(found.asked_by))
        self.go.setText(tr("Agree and change the key") if self._agrees else tr("Change the key"))
        for part in (self.typed, self.go):
            part.setVisible(not found.asked_by_me)
        (self.cancel if found.asked_by_me else self.typed.edit).setFocus()
        self.adjustSize()

    def _go(self) -> None:
        self._wait()
        operation = api.agree if self._agrees else api.change
        confirmed = api.Confirmed(confirm=self.typed.text())
        self._client.call(operation, confirmed, self._asked, self._failed, self)

    def _asked(self, asked: api.Asked) -> None:
        if asked.task_id:
            self.started.emit(asked.task_id)
        else:
            self.said.emit(tr("Another administrator must agree under Backups › Site key…."))
        self.accept()

    def _drop(self) -> None:
        self._wait()
        self._client.call(api.drop, Nothing(), self._dropped, self._failed, self)

    def _dropped(self, _done: Nothing) -> None:
        self.said.emit(tr("The site key was not changed."))
        self.accept()

    def _wait(self) -> None:
        self.typed.set_problem("")
        self.problem.hide()
        for part in (self.go, self.drop):
            part.setEnabled(False)

    def _failed(self, error: ApiError) -> None:
        for part in (self.go, self.drop):
            part.setEnabled(True)
        if error.field == "confirm":
            self.typed.set_problem(error.message)
        else:
            self.problem.setText(error.message)
            self.problem.show()
        self.adjustSize()


def _in_words(found: api.SiteKeyState) -> str:
    parts = []
    if found.changed_at is not None:
        parts.append(tr("Last changed on {time}.", time=local_text(found.changed_at)))
    if found.asked_by_me:
        parts.append(WAITS_FOR_OTHER)
    elif found.asked_by:
        time = local_text(found.asked_at)
        parts.append(tr("{name} asked for a change on {time}.", name=found.asked_by, time=time))
    elif found.second:
        parts.append(SECOND)
    return paragraph(*parts)
