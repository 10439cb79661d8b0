"""The warning that somebody used the recovery key to sign in; it stays until it was read."""

from collections.abc import Callable, Sequence

from PyQt6.QtWidgets import QFrame, QHBoxLayout

from console.api.site import Recovery
from console.desktop.words import local_text
from console.domain.language import paragraph, tr
from console.qt.widgets import button, label

ADVICE = tr(
    "If none of you did this, somebody else has the key: make a new one under Backups, and check "
    "the audit log."
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
        said = [_in_words(one) for one in recoveries]
        self.text.setText(paragraph(*said, ADVICE) if said else "")
        self.setVisible(bool(said))


def _in_words(one: Recovery) -> str:
    values = {"time": local_text(one.at), "name": one.name}
    if one.at_console:
        return tr(
            "On {time}, the recovery key was used at a console to give {name} a new password.",
            **values,
        )
    return tr(
        "On {time}, the recovery key was used on the computer of the service to give {name} a new "
        "password.",
        **values,
    )
