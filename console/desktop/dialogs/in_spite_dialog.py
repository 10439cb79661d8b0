"""Approving in spite of what the guard says: who it looks like, and why it is right all the same."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QDialog, QVBoxLayout, QWidget

from console.api.review import Submission
from console.desktop.widgets.gates import chance_text
from console.qt.language import tr
from console.qt.widgets import Field, button, label, row


class InSpiteDialog(QDialog):
    """decided: the reason, and whether the duplicates are to be known as others who look alike."""

    decided = pyqtSignal(str, bool)

    def __init__(self, submission: Submission, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Approve all the same?"))
        self.setMinimumWidth(520)
        duplicates = [other for other in submission.lookalikes if other.alert]
        self.reason = Field(
            tr("Why it is right all the same"), hint=tr("both came to the desk, passports seen")
        )
        self.known_lookalike = QCheckBox(tr("They are two people who look alike: do not ask again"))
        self.known_lookalike.setVisible(bool(duplicates))
        self.go = button(tr("Approve"), self._go, "primary", "check")
        self.go.setEnabled(False)
        self.reason.edit.textChanged.connect(lambda text: self.go.setEnabled(bool(text.strip())))
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        for other in duplicates:
            text = f"{submission.employee} {tr('looks like')} {other.employee} ({other.number}): {chance_text(other.chance)}."
            layout.addWidget(label(text, "heading", wrap=True))
        if submission.unlike:
            layout.addWidget(
                label(
                    f"{tr('The photos do not look like the face on file of')} {submission.employee}.",
                    "heading",
                    wrap=True,
                )
            )
        layout.addWidget(
            label(
                tr("A person decides; your reason is written down with your name."),
                "soft",
                wrap=True,
            )
        )
        layout.addWidget(self.reason)
        layout.addWidget(self.known_lookalike)
        layout.addWidget(row(None, button(tr("Do not approve"), self.reject), self.go))

    def _go(self) -> None:
        self.decided.emit(self.reason.text().strip(), self.known_lookalike.isChecked())
        self.accept()
