"""The question before invitations are sent: to whom, who is left out, and why."""

from PyQt6.QtWidgets import QCheckBox, QMessageBox, QWidget

from console.api.invitations import InviteLook
from console.domain.language import tr
from console.qt.dialog import MessageBox

ENROLLED = "Is already enrolled."
"""The only reason to be left out that can be overruled here."""


class InviteQuestion(MessageBox):
    """Asks once. sends: the answer; again: those who are enrolled already get a link too."""

    def __init__(self, look: InviteLook, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setIcon(QMessageBox.Icon.Question)
        self.setWindowTitle(tr("Send invitations"))
        self._look = look
        send = self.addButton(tr("Send"), QMessageBox.ButtonRole.AcceptRole)
        assert send is not None
        self.send = send
        self.addButton(QMessageBox.StandardButton.Cancel)
        self.enrolled = QCheckBox()
        count = look.left_out.get(ENROLLED, 0)
        if count:
            self.enrolled.setText(f"{tr('Also those who are enrolled already')} ({count:,})")
            self.enrolled.toggled.connect(lambda _on: self._say())
            self.setCheckBox(self.enrolled)
        self._say()

    @property
    def again(self) -> bool:
        """Whether those who are enrolled are invited too."""
        return self.enrolled.isChecked()

    @property
    def sends(self) -> bool:
        """Whether the answer was yes."""
        return self.clickedButton() is self.send

    def _say(self) -> None:
        left_out = dict(self._look.left_out)
        count = self._look.invited + (left_out.pop(ENROLLED, 0) if self.again else 0)
        self.setText(f"{tr('Invite')} {count:,} {tr('people')}?")
        lines = [
            tr(
                "Each gets an email with a personal link that works for 7 days. Links sent earlier "
                "stop working."
            )
        ]
        if left_out:
            lines.append(f"{sum(left_out.values()):,} {tr('are left out')}:")
            lines += [f"{count:,} · {tr(reason)}" for reason, count in left_out.items()]
        self.setInformativeText("\n".join(lines))
        self.send.setEnabled(count > 0)
