"""The warning that somebody used the recovery key to sign in; it stays until it was read."""

from collections.abc import Callable, Sequence

from PyQt6.QtWidgets import QFrame, QHBoxLayout

from console.api.site import Recovery
from console.desktop.words import local_text
from console.domain.language import tr
from console.qt.widgets import button, label

ADVICE = tr(
    "If none of you did this, somebody else has the key: make another one under Backups, and look "
    "into the audit log."
)


class RecoveryBar(QFrame):
    """Shown to every operator; hidden while there is nothing to warn of."""

    def __init__(self, read: Callable[[], None]) -> None:
        """read: called when the operator says that they have read it."""
        super().__init__()
        self.setObjectName("warning")
        self.newest = 0
        """The newest entry of the audit log that is shown."""
        self.text = label("", "error", wrap=True)
        self.read = button(tr("I have read this"), read)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(24, 8, 24, 8)
        layout.setSpacing(16)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.read)
        self.hide()

    def show_recoveries(self, recoveries: Sequence[Recovery]) -> None:
        """Says what was done with the recovery key, and what to do about it."""
        self.newest = max((one.entry for one in recoveries), default=0)
        said = " ".join(_in_words(one) for one in recoveries)
        self.text.setText(f"{said} {ADVICE}" if said else "")
        self.setVisible(bool(said))


def _in_words(one: Recovery) -> str:
    where = tr("at a console") if one.at_console else tr("on the service's computer")
    used = f"{tr('The recovery key was used')} {where} {tr('on')} {local_text(one.at)}"
    return f"{used} {tr('to give')} {one.name} {tr('a new password.')}"
