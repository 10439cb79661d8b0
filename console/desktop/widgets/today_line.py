"""One line of the first page: what there is, how long, and a button that opens its place."""

from datetime import datetime

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.api.today import Line
from console.domain.language import tr
from console.domain.today import KINDS, Group, Kind, Place, time_in_words
from console.qt.sizes import sized
from console.qt.widgets import IconLabel, button, label

ICONS = {
    Group.WAITS: ("eye", "info"),
    Group.STUCK: ("users", "warn"),
    Group.BROKEN: ("alert-triangle", "bad"),
    Group.ENDS: ("clock", "warn"),
}
"""Of each group: icon and tone."""
OPENS = {
    Place.REVIEW: tr("Review"),
    Place.INVITATIONS: tr("Invitations"),
    Place.EMPLOYEES: tr("Employees"),
    Place.ERASURES: tr("Erasures…"),
    Place.CONSENT: tr("Consent…"),
    Place.TERMINALS: tr("Terminals"),
    Place.KIOSKS: tr("Kiosks"),
    Place.BACKUPS: tr("Backups"),
    Place.AUDIT: tr("Audit log"),
    Place.SETTINGS: tr("Settings"),
    Place.UPDATES: tr("Updates…"),
}
BUTTON_PX, TIME_PX = 124, 110


def sentence(line: Line) -> str:
    """The line in words, with its count."""
    kind: Kind = KINDS[line.concern]
    count = f"{line.count:,}"
    return tr(kind.one) if line.count == 1 else tr(kind.many, count=count)


class TodayLine(QWidget):
    """opens: its button was pressed; carries the line as it is then."""

    opens = pyqtSignal(object)

    def __init__(self, line: Line, now: datetime) -> None:
        super().__init__()
        self.line = line
        kind = KINDS[line.concern]
        icon_name, tone = ICONS[kind.group]
        mark = IconLabel(icon_name, tone)
        self.text, self.detail = label("", "", wrap=True), label("", "small", wrap=True)
        self.time = label("", "soft", wrap=True)
        sized(self.time, width=TIME_PX)
        self.time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.go = button(OPENS[kind.place], lambda: self.opens.emit(self.line))
        sized(self.go, least_width=BUTTON_PX)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.text)
        words.addWidget(self.detail)
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 4, 0, 4)
        across.setSpacing(12)
        across.addWidget(mark)
        across.addLayout(words, 1)
        across.addWidget(self.time)
        across.addWidget(self.go)
        self.show_line(line, now)

    def show_line(self, line: Line, now: datetime) -> None:
        """Shows the line as it is now; the focus stays where it is."""
        self.line = line
        said = sentence(line)
        time = time_in_words(line.at, now) if line.at is not None else ""
        self.text.setText(said)
        self.detail.setText(line.detail)
        self.detail.setVisible(bool(line.detail))
        self.time.setText(time)
        parts = (said, line.detail, time, tr("Opens {place}", place=self.go.text().rstrip("…")))
        self.go.setAccessibleName(" ".join(part for part in parts if part))
