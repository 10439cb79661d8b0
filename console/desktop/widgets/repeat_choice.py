"""Chooses within how long repeated logins are folded into one in the login log. TE21."""

from PyQt6.QtWidgets import QComboBox

from console.domain.language import tr, tr_count

WINDOWS_S = (0, 10, 30, 60, 120, 300, 600, 3600)


class RepeatChoice(QComboBox):
    """A list of usual windows; another one that is set joins it."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Repeated logins"))
        self.setToolTip(tr("This only changes the list. All logins stay stored."))
        for seconds in WINDOWS_S:
            self.addItem(_text(seconds), seconds)

    def seconds(self) -> int:
        """The window; 0 shows every login."""
        return int(self.currentData())

    def choose(self, seconds: int) -> None:
        """Shows this window."""
        if self.findData(seconds) < 0:
            self.addItem(_text(seconds), seconds)
        self.setCurrentIndex(self.findData(seconds))


def _text(seconds: int) -> str:
    if not seconds:
        return tr("Show repeats")
    if seconds < 60 or seconds % 60:
        return tr_count(
            "Hide repeats within {count} second", "Hide repeats within {count} seconds", seconds
        )
    return tr_count(
        "Hide repeats within {count} minute", "Hide repeats within {count} minutes", seconds // 60
    )
