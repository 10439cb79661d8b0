"""A new password for an administrator who forgot theirs, by the recovery key on paper."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from console.api import operators as api
from console.api.operation import ApiError, Nothing
from console.domain.errors import Invalid
from console.domain.language import tr
from console.domain.recovery_key import read_key
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.sizes import sized
from console.qt.widgets import Field, button, label, row

WIDTH_PX = 560
ANOTHER = tr("An administrator can give you a temporary password under Operators.")
BY_KEY = tr(
    "If there is no other administrator, you can get a new password for an administrator with the "
    "recovery key on paper. The key does not leave this computer, and every operator is told that "
    "it was used."
)
OTHER_KEY = tr("This is not the recovery key of this site.")


class RecoverDialog(Dialog):
    """Proves to the service that the key is here. recovered: a TemporaryPassword."""

    recovered = pyqtSignal(object)

    def __init__(self, client: ServiceClient, username: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Forgot your password?"))
        sized(self, width=WIDTH_PX)
        self._client = client
        self.username = Field(tr("User name of the administrator"))
        self.username.edit.setText(username)
        self.key = Field(tr("Recovery key: 14 groups"), hint="ABCD EFGH …")
        self.problem = label("", "error", wrap=True)
        self.go = button(tr("Get a new password"), self._ask, "primary")
        self.go.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        for text in (ANOTHER, BY_KEY):
            layout.addWidget(label(text, wrap=True))
        for part in (self.username, self.key, self.problem):
            layout.addWidget(part)
        layout.addWidget(row(None, button(tr("Cancel"), self.reject), self.go))
        self.problem.hide()
        (self.key if username else self.username).edit.setFocus()

    def _ask(self) -> None:
        for field in (self.username, self.key):
            field.set_problem("")
        self.problem.hide()
        try:
            key = read_key(self.key.text())
        except Invalid as wrong:
            self.key.set_problem(wrong.message)
            return
        self.go.setEnabled(False)
        self._client.call(
            api.ask_recovery,
            Nothing(),
            lambda question: self._answer(question, key),
            self._failed,
            self,
        )

    def _answer(self, question: api.RecoveryQuestion, key: bytes) -> None:
        from console.recovery_pair import (
            PROOF_CONTEXT,
            OtherRecoveryKey,
            key_pair,
            open_with,
            proof_of,
        )

        username = self.username.text()
        try:
            opened = open_with(key_pair(key), question.sealed, PROOF_CONTEXT)
        except OtherRecoveryKey:
            self.go.setEnabled(True)
            self.key.set_problem(OTHER_KEY)
            return
        answer = proof_of(opened, username, self._client.address)
        request = api.Recover(id=question.id, answer=answer, username=username)
        self._client.call(api.recover, request, self._done, self._failed, self)

    def _done(self, given: api.TemporaryPassword) -> None:
        self.recovered.emit(given)
        self.accept()

    def _failed(self, error: ApiError) -> None:
        self.go.setEnabled(True)
        field = {"username": self.username, "recovery_key": self.key}.get(error.field)
        if field is not None:
            field.set_problem(error.message)
            return
        self.problem.setText(error.message)
        self.problem.show()
