"""Questions that an act asks first: to be sure, or for a text, a number or a choice. CO5."""

from collections.abc import Sequence

from PyQt6.QtWidgets import (
    QComboBox,
    QDialog,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from console.domain.language import paragraph, tr
from console.qt.dialog import Dialog, MessageBox
from console.qt.number_box import NumberBox
from console.qt.sizes import sized
from console.qt.widgets import button, label, row

QUESTION_PX = 440
"""As wide as two lines of a question are read well."""


def is_sure(parent: QWidget, action: str, question: str, explained: str) -> bool:
    """Asks before an act of this name; explained: what it does. Return leaves things alone. CO5."""
    box = MessageBox(QMessageBox.Icon.Question, action, question, parent=parent)
    box.setInformativeText(explained)
    go = box.addButton(action, QMessageBox.ButtonRole.DestructiveRole)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    assert cancel is not None
    cancel.setText(tr("Cancel"))
    box.setDefaultButton(cancel)
    box.exec()
    return box.clickedButton() is go


class Asking(Dialog):
    """A question over what answers it. action: what the button says that goes on."""

    def __init__(
        self, parent: QWidget, title: str, question: str, answer: QWidget, action: str
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        answer.setAccessibleName(question)
        self.go = button(action, self.accept, "primary")
        self.go.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        asked = label(question, wrap=True)
        sized(asked, width=QUESTION_PX)
        layout.addWidget(asked)
        layout.addWidget(answer)
        layout.addWidget(row(None, button(tr("Cancel"), self.reject), self.go))
        answer.setFocus()

    def answered(self) -> bool:
        """Asks, and says whether to go on."""
        accepted = self.exec() == QDialog.DialogCode.Accepted
        self.deleteLater()
        return accepted


def ask_text(
    parent: QWidget, title: str, question: str, action: str, *, text: str = ""
) -> str | None:
    """A line that the operator types, None to leave things alone. text: to begin with."""
    line = QLineEdit(text)
    return line.text() if Asking(parent, title, question, line, action).answered() else None


def ask_words(
    parent: QWidget, title: str, question: str, action: str, *, text: str = ""
) -> str | None:
    """Some lines that the operator types, None to leave things alone. text: to begin with."""
    lines = QPlainTextEdit(text)
    lines.setTabChangesFocus(True)
    sized(lines, height=120)
    asking = Asking(parent, title, question, lines, action)
    return lines.toPlainText() if asking.answered() else None


def ask_name(parent: QWidget, title: str, question: str, name: str, action: str) -> str | None:
    """What the operator typed to confirm an act on whatever has this name, None to leave it alone.

    It goes on only with the name; spaces round it do not count.
    """
    line = QLineEdit()
    asking = Asking(parent, title, paragraph(question, name), line, action)
    asking.go.setEnabled(False)
    line.textChanged.connect(lambda typed: asking.go.setEnabled(typed.strip() == name.strip()))
    return line.text() if asking.answered() else None


def ask_choice(
    parent: QWidget, title: str, question: str, choices: Sequence[str], action: str
) -> str | None:
    """One of these, None to leave things alone."""
    box = QComboBox()
    box.addItems(choices)
    return box.currentText() if Asking(parent, title, question, box, action).answered() else None


def ask_number(
    parent: QWidget, title: str, question: str, box: NumberBox, action: str
) -> int | None:
    """The number that the operator leaves in the box, None to leave things alone."""
    return box.value() if Asking(parent, title, question, box, action).answered() else None
