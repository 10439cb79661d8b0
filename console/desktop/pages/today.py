"""Today: what waits for a decision, who is stuck, what is broken, what ends soon. CO19.

Nothing to do is said only when the service has read everything.
"""

from datetime import datetime
from itertools import pairwise

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QLabel, QVBoxLayout, QWidget

from console.api import today as api
from console.api.operation import ApiError, Nothing
from console.desktop.page import Page
from console.desktop.widgets.today_line import TodayLine
from console.domain.language import tr
from console.domain.today import GROUP_WORDS, KINDS, SOURCE_WORDS, Concern, Group
from console.qt.client import ConnectionState, ServiceClient
from console.qt.timers import timer
from console.qt.widgets import EmptyState, Switch, card, label, scrolled

AT_LEAST_MS = 1000
"""Between two readings: a campaign that is being sent changes something all the time."""
AGAIN_MS = 20_000
"""A terminal that falls silent changes no row, so it is also looked at by the clock."""
NOTHING = (tr("Nothing to do"), tr("Nothing is waiting, nobody is stuck, and nothing is broken."))
READING = (tr("Reading…"), "")
UNKNOWN = (
    tr("Not known"),
    tr("The service could not say what there is to do. The console keeps trying."),
)


class TodayPage(Page):
    """One line for each thing to do, by group. opens: the line whose place is to be shown."""

    subjects = frozenset(
        {
            "audit",
            "backups",
            "campaigns",
            "employees",
            "enrolments",
            "erasures",
            "invitations",
            "kiosks",
            "review",
            "site",
            "terminals",
            "updates",
        }
    )
    title = tr("Today")
    opens = pyqtSignal(object)

    def __init__(self, client: ServiceClient) -> None:
        super().__init__(client)
        self.lines: dict[Concern, TodayLine] = {}
        self._cards: dict[Group, tuple[QWidget, QVBoxLayout]] = {}
        self.unread = label("", "error", wrap=True)
        self.unread.hide()
        self.state = EmptyState("home", *READING)
        self._said = READING
        self.list = QWidget()
        self.shown = Switch(self.state, scrolled(self.list))
        self._pause = timer(self, AT_LEAST_MS, self._read_if_wanted, once=True)
        self._wanted = False
        self._again = timer(self, AGAIN_MS, self.refresh)
        self._again.start()
        self._lay_out()
        client.state_changed.connect(self._on_connection)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self.list)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(12)
        for group in Group:
            heading: QLabel = label(tr(GROUP_WORDS[group]), "heading")
            frame = card([heading], spacing=4)
            frame.hide()
            inside = frame.layout()
            assert isinstance(inside, QVBoxLayout)
            self._cards[group] = frame, inside
            column.addWidget(frame)
        column.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self.unread)
        layout.addWidget(self.shown, 1)

    def refresh(self) -> None:
        """Reads again, at most once in a while."""
        self._wanted = True
        if not self._pause.isActive():
            self._read_if_wanted()

    def _read_if_wanted(self) -> None:
        if not self._wanted or not self.isVisible():
            return
        self._wanted = False
        self._pause.start()
        self.read(api.today, Nothing(), self._show, self._failed_to_read)

    def _show(self, found: api.Today) -> None:
        unread = ", ".join(tr(SOURCE_WORDS[source]) for source in found.unread)
        self.unread.setText(tr("Could not be read: {what}.", what=unread))
        self.unread.setVisible(bool(unread))
        self._show_lines(found)
        self._say(UNKNOWN if found.unread else NOTHING)
        self.shown.show_part(self.shown.parts[1] if self.lines else self.state)
        self._say_when(found.now)

    def _show_lines(self, found: api.Today) -> None:
        """Changes only what is different, so that the focus stays on its line."""
        told = {line.concern: line for line in found.lines}
        had_focus = next((one for one, row in self.lines.items() if row.go.hasFocus()), None)
        for concern in [one for one in self.lines if one not in told]:
            row = self.lines.pop(concern)
            self._cards[KINDS[concern].group][1].removeWidget(row)
            row.hide()
            row.deleteLater()
        for concern, line in told.items():
            if concern in self.lines:
                self.lines[concern].show_line(line, found.now)
            else:
                self._add(line, found.now)
        for group, (frame, _) in self._cards.items():
            frame.setVisible(any(KINDS[one].group is group for one in told))
        self._put_in_order()
        if had_focus is not None and had_focus not in self.lines:
            self._focus_near(had_focus)

    def _add(self, line: api.Line, now: datetime) -> None:
        row = self.lines[line.concern] = TodayLine(line, now)
        row.opens.connect(self.opens.emit)
        inside = self._cards[KINDS[line.concern].group][1]
        before = [one for one in self._of_group(line.concern) if _rank(one) < _rank(line.concern)]
        inside.insertWidget(1 + len(before), row)  # below the heading

    def _of_group(self, concern: Concern) -> list[Concern]:
        group = KINDS[concern].group
        return [one for one in self.lines if KINDS[one].group is group]

    def _put_in_order(self) -> None:
        """Tab goes from line to line as they are read."""
        buttons = [self.lines[one].go for one in sorted(self.lines, key=_rank)]
        for first, second in pairwise(buttons):
            QWidget.setTabOrder(first, second)

    def _focus_near(self, gone: Concern) -> None:
        near = sorted(self.lines, key=lambda one: abs(_rank(one) - _rank(gone)))
        if near:
            self.lines[near[0]].go.setFocus()

    def _say(self, text: tuple[str, str]) -> None:
        self._said = text
        self.state.set_text(*text)

    def _say_when(self, now: datetime) -> None:
        time = f"{now.astimezone():%H:%M}"
        self.state_text.emit(tr("as of {time}", time=time))

    def _failed_to_read(self, error: ApiError) -> None:
        """Lines that are shown stay, with the time when they were read; "nothing" does not."""
        self._say(UNKNOWN)
        self.failed(error)

    def _on_connection(self, state: ConnectionState) -> None:
        if state is ConnectionState.GONE:
            self._say(UNKNOWN)

    def showEvent(self, event: object) -> None:
        """Looks again whenever the page comes to the front."""
        super().showEvent(event)  # type: ignore[arg-type]
        self.refresh()


def _rank(concern: Concern) -> int:
    return list(Concern).index(concern)
