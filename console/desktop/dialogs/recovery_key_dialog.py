"""A new recovery key: shown, written down, and typed back before it counts."""

from pathlib import Path

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QFontDatabase
from PyQt6.QtWidgets import QApplication, QFileDialog, QVBoxLayout, QWidget

from console.api import backups as api
from console.api.operation import ApiError
from console.desktop.files import write_secret
from console.domain.language import labelled, tr
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.sizes import sized
from console.qt.widgets import Field, Switch, button, label, row

WIDTH_PX = 520
GROUPS_A_LINE = 7
WRITE_IT_DOWN = tr(
    "Print this key or write it down, and keep it in a safe place away from this computer. You "
    "will not see it again. Anyone who has it can open every backup; without it, nobody can."
)
TYPE_BACK = tr("Type these two groups from your paper. The key is not in force until then.")


class RecoveryKeyDialog(Dialog):
    """Two steps: the key, then two of its groups. confirmed: the fingerprint, once it counts."""

    confirmed = pyqtSignal(str)

    def __init__(self, client: ServiceClient, made: api.NewKey, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Recovery key"))
        sized(self, width=WIDTH_PX)
        self._client = client
        lines = range(0, len(made.groups), GROUPS_A_LINE)
        self._text = "\n".join(" ".join(made.groups[at : at + GROUPS_A_LINE]) for at in lines)
        self.key = label(self._text, "big")
        self.fields = {number: Field(tr("Group {number}", number=number)) for number in made.asked}
        self.problem = label("", "error", wrap=True)
        self.showing, self.asking = self._key_part(), self._asking_part()
        self.step = Switch(self.showing, self.asking)
        self.back = button(tr("Back"), self._show_key)
        self.next = button(tr("I have it on paper"), self._ask_back, "primary")
        self.go = button(tr("Use this key"), self._confirm, "primary")
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(self.step)
        layout.addWidget(self.problem)
        cancel = button(tr("Cancel"), self.reject)
        layout.addWidget(row(self.back, None, cancel, self.next, self.go))
        self.finished.connect(lambda _result: self._forget_copy())
        self._show_key()

    def _key_part(self) -> QWidget:
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSize(13)
        self.key.setFont(font)
        self.key.setAccessibleName(labelled(tr("Recovery key"), self._text))
        self.key.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.key.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        part = QWidget()
        layout = QVBoxLayout(part)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(label(WRITE_IT_DOWN, wrap=True))
        layout.addWidget(self.key)
        copy, save = button(tr("Copy"), self._copy), button(tr("Save…"), self._ask_file)
        layout.addWidget(row(copy, save, None))
        return part

    def _asking_part(self) -> QWidget:
        part = QWidget()
        layout = QVBoxLayout(part)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(label(TYPE_BACK, wrap=True))
        for field in self.fields.values():
            field.edit.textChanged.connect(lambda _text: self._enable())
            layout.addWidget(field)
        layout.addStretch(1)
        return part

    def _show_key(self) -> None:
        self._turn_to(self.showing)
        self.key.setFocus()

    def _ask_back(self) -> None:
        self._turn_to(self.asking)
        self._enable()
        next(iter(self.fields.values())).edit.setFocus()

    def _turn_to(self, part: QWidget) -> None:
        asks = part is self.asking
        self.step.show_part(part)
        self._say("")
        self.next.setVisible(not asks)
        self.next.setDefault(not asks)
        for one in (self.back, self.go):
            one.setVisible(asks)
        self.go.setDefault(asks)

    def _enable(self) -> None:
        self.go.setEnabled(all(field.text().strip() for field in self.fields.values()))

    def _confirm(self) -> None:
        for field in self.fields.values():
            field.set_problem("")
        typed = {number: field.text() for number, field in self.fields.items()}
        request = api.TypedBack(groups=typed)
        self._client.call(api.confirm_key, request, self._done, self._failed, self)

    def _done(self, found: api.KeyInForce) -> None:
        self.confirmed.emit(found.fingerprint)
        self.accept()

    def _failed(self, error: ApiError) -> None:
        wrong = {f"group_{number}": field for number, field in self.fields.items()}
        if error.field in wrong:
            wrong[error.field].set_problem(error.message)
        else:
            self._say(error.message)

    def _copy(self) -> None:
        clipboard = QApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(self._text)

    def _forget_copy(self) -> None:
        """Nobody who pastes later gets the key."""
        clipboard = QApplication.clipboard()
        if clipboard is not None and clipboard.text() == self._text:
            clipboard.clear()

    def _ask_file(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, tr("Save the recovery key"), "muster-recovery-key.txt", tr("Text (*.txt)")
        )
        if path:
            self.save_file(Path(path))

    def save_file(self, path: Path) -> None:
        """Writes the key to a file that only this account can read."""
        try:
            write_secret(path, f"{self._text}\n".encode())
        except OSError as error:
            reason = error.strerror or error
            self._say(tr("The file could not be written: {reason}", reason=reason))
            return
        self._say("")

    def _say(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
