"""Approving despite the guard: who the photos look like, and why they are right anyway."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from console.api.review import Submission
from console.desktop.words import face_match_text
from console.domain.language import tr
from console.qt.dialog import Dialog
from console.qt.sizes import sized
from console.qt.widgets import Field, button, label, row


class InSpiteDialog(Dialog):
    """decided: the reason, and whether the duplicates become known look-alikes."""

    decided = pyqtSignal(str, bool)

    def __init__(
        self, submission: Submission, parent: QWidget | None = None, reason: str = ""
    ) -> None:
        """reason: to begin with."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Approve anyway?"))
        sized(self, least_width=520)
        duplicates = [other for other in submission.lookalikes if other.alert]
        self.reason = Field(
            tr("Reason for approving"),
            hint=tr("for example: both came to the desk, passports seen"),
        )
        self.known_lookalike = QCheckBox(
            tr("They are different people who look alike: do not ask again")
        )
        self.known_lookalike.setVisible(bool(duplicates))
        self.go = button(tr("Approve"), self._go, "primary", "check")
        self.go.setEnabled(False)
        self.reason.edit.textChanged.connect(lambda text: self.go.setEnabled(bool(text.strip())))
        self.reason.edit.setText(reason)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        for other in duplicates:
            text = tr(
                "{employee} looks like {other} ({number}): {similarity}.",
                employee=submission.employee,
                other=other.employee,
                number=other.number,
                similarity=face_match_text(other.fmr),
            )
            layout.addWidget(label(text, "heading", wrap=True))
        if submission.non_match:
            text = tr(
                "The photos do not match the face on file of {employee}.",
                employee=submission.employee,
            )
            layout.addWidget(label(text, "heading", wrap=True))
        yours = tr("The decision is yours; your reason is logged with your name.")
        layout.addWidget(label(yours, "soft", wrap=True))
        layout.addWidget(self.reason)
        layout.addWidget(self.known_lookalike)
        layout.addWidget(row(None, button(tr("Do not approve"), self.reject), self.go))

    def _go(self) -> None:
        self.decided.emit(self.reason.text().strip(), self.known_lookalike.isChecked())
        self.accept()
