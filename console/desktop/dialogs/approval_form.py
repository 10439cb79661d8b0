"""Letting a terminal in; or, for those who may not, preparing it and asking for that. TE17."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from console.api import terminal_life, terminals
from console.api.operation import ApiError
from console.domain.language import paragraph, tr
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.sizes import sized
from console.qt.widgets import Field, button, label, row


class ApprovalForm(Dialog):
    """Approves a terminal, or asks an administrator to. done: what was done, in words."""

    done_text = pyqtSignal(str)

    def __init__(
        self,
        client: ServiceClient,
        terminal: terminals.TerminalRow,
        *,
        may_approve: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Approve terminal") if may_approve else tr("Ask for approval"))
        sized(self, least_width=460)
        self._client, self._terminal, self._may_approve = client, terminal, may_approve
        self.name = Field(tr("Name"))
        self.note = Field(tr("Note for the administrator"), hint=tr("optional"))
        self.note.setVisible(not may_approve)
        self.name.edit.setText(terminal.name)
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        text = tr("Approve") if may_approve else tr("Ask for approval")
        self.save = button(text, self._save, "primary")
        self.save.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addWidget(label(f"{terminal.serial} · {terminal.address}", "heading"))
        layout.addWidget(label(self._explained(), "soft", wrap=True))
        for part in (self.name, self.note, self.problem):
            layout.addWidget(part)
        layout.addWidget(row(None, button(tr("Cancel"), self.reject), self.save))

    def _explained(self) -> str:
        terminal = self._terminal
        who, note = terminal.asked_by, terminal.asked_note
        asked = tr("Prepared by {operator}.", operator=who) if who else ""
        if who and note:
            asked = tr("Prepared by {operator}: “{note}”.", operator=who, note=note)
        biometric = tr("Faces or fingerprints are sent to this terminal.")
        approved_by = tr("An administrator must approve it.")
        return paragraph(
            asked,
            biometric if terminal.biometric else "",
            "" if self._may_approve else approved_by,
        )

    def _save(self) -> None:
        self.name.set_problem("")
        self.problem.hide()
        self.save.setEnabled(False)
        terminal_id, name = self._terminal.id, self.name.text()
        if self._may_approve:
            approval = terminals.ApproveTerminal(id=terminal_id, name=name)
            self._client.call(
                terminals.approve_terminal, approval, self._finish, self._failed, self
            )
        else:
            asked = terminal_life.PrepareTerminal(id=terminal_id, name=name, note=self.note.text())
            self._client.call(
                terminal_life.prepare_terminal, asked, self._finish, self._failed, self
            )

    def _finish(self, terminal: terminals.TerminalRow) -> None:
        if self._may_approve:
            text = tr("{terminal} is approved and can connect.", terminal=terminal.name)
        else:
            text = tr("{terminal} is waiting for approval.", terminal=terminal.name)
        self.done_text.emit(text)
        self.accept()

    def _failed(self, error: ApiError) -> None:
        self.save.setEnabled(True)
        if error.field == "name":
            self.name.set_problem(error.message)
        else:
            self.problem.setText(error.message)
            self.problem.show()
