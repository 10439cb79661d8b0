"""A password of one's own: changed, or chosen in place of a temporary one."""

from collections.abc import Callable

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from console.api import operators as api
from console.api.operation import ApiError, Nothing
from console.domain.language import tr
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.sizes import sized
from console.qt.widgets import Field, button, label, row

WIDTH_PX = 400
ADVICE = tr("At least 12 characters. Four random words are easy to remember.")
DIFFER = tr("The two passwords do not match.")


class PasswordDialog(Dialog):
    """Changes the password of whoever is signed in. changed: called once it is."""

    def __init__(
        self, client: ServiceClient, changed: Callable[[], object], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Change password"))
        sized(self, width=WIDTH_PX)
        self._client, self._changed = client, changed
        self.current = Field(tr("Current password"), password=True)
        self.new = Field(tr("New password"), password=True)
        self.again = Field(tr("New password again"), password=True)
        self.problem = label("", "error", wrap=True)
        self.go = button(tr("Change"), self._send, "primary")
        self.go.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        for part in (self.current, self.new, label(ADVICE, "small", wrap=True), self.again):
            layout.addWidget(part)
        elsewhere = tr("You will be signed out everywhere else.")
        layout.addWidget(label(elsewhere, "small", wrap=True))
        layout.addWidget(self.problem)
        layout.addWidget(row(None, button(tr("Cancel"), self.reject), self.go))
        self.problem.hide()

    def _send(self) -> None:
        self._say("")
        for field in (self.current, self.new, self.again):
            field.set_problem("")
        if self.new.text() != self.again.text():
            self.again.set_problem(DIFFER)
            return
        self.go.setEnabled(False)
        request = api.ChangePassword(current=self.current.text(), new=self.new.text())
        self._client.call(api.change_password, request, self._done, self._failed, self)

    def _done(self, _nothing: Nothing) -> None:
        self._changed()
        self.accept()

    def _failed(self, error: ApiError) -> None:
        self.go.setEnabled(True)
        field = {"current": self.current, "new": self.new}.get(error.field)
        if field is not None:
            field.set_problem(error.message)
        else:
            self._say(error.message)

    def _say(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
