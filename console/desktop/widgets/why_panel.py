"""The decision path of one login in words, beside the login log."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from console.api.logins import LoginRow, Why
from console.domain.language import labelled, tr, tr_second
from console.qt.sizes import sized
from console.qt.widgets import IconLabel, button, card, clear, label, scrolled

WIDTH = 300


class WhyPanel(QWidget):
    """enrol_again: the id of the person to enrol again; closed: the panel is not needed."""

    enrol_again = pyqtSignal(str)
    closed = pyqtSignal()

    def __init__(self, *, may_enrol: bool) -> None:
        """may_enrol: whoever is signed in may enrol people again."""
        super().__init__()
        self._may_enrol = may_enrol
        sized(self, width=WIDTH)
        self.login: LoginRow | None = None
        self._employee = ""
        self.place, self.title, self.summary = (
            label("", "soft", wrap=True),
            label("", "big", wrap=True),
            label("", "", wrap=True),
        )
        self.helps = label("", "", wrap=True)
        self.again = button(
            tr("Enrol again…"), lambda: self.enrol_again.emit(self._employee), "primary"
        )
        self.help_card = card([label(tr("What helps"), "heading"), self.helps, self.again])
        self.steps = QWidget()
        self._grid = QGridLayout(self.steps)
        self._grid.setContentsMargins(0, 4, 0, 4)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        inside = card(
            [
                self.place,
                self.title,
                self.summary,
                self.steps,
                self.help_card,
                button(tr("Close"), self.closed.emit),
            ],
        )
        layout = inside.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled(inside))

    def show_times(self, login: LoginRow) -> None:
        """Shows what is known of a login at a terminal, which does not tell how it decided."""
        told = tr("Terminals do not report how they decided.")
        title = tr("Login at a terminal")
        nothing = Why(
            title=title, summary=told, steps=[], helps="", employee_id="", enrol_again=False
        )
        self.show_why(login, nothing)

    def show_why(self, login: LoginRow, why: Why) -> None:
        """Shows why this login ended as it did."""
        self.login, self._employee = login, why.employee_id
        self.place.setText("\n".join([login.terminal, *_times(login)]))
        self.title.setText(why.title)
        self.summary.setText(why.summary)
        clear(self._grid)
        for number, step in enumerate(why.steps):
            mark = IconLabel("check", "pass") if step.ok else IconLabel("x", "bad")
            mark.setAccessibleName(tr("done") if step.ok else tr("failed"))
            self._grid.addWidget(mark, 2 * number, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(label(step.title, "", wrap=True), 2 * number, 1)
            if step.detail:
                self._grid.addWidget(label(step.detail, "small", wrap=True), 2 * number + 1, 1)
        self.helps.setText(why.helps)
        self.again.setVisible(why.enrol_again and self._may_enrol)
        self.help_card.setVisible(bool(why.helps))


def _times(login: LoginRow) -> list[str]:
    """The time as it was reported and, if the clock was wrong, the right one beside it."""
    if login.corrected_at is None:
        return [labelled(tr("Time"), tr_second(login.at.astimezone()))]
    return [
        labelled(tr("Reported time"), login.local_time),
        labelled(tr("Corrected time"), tr_second(login.corrected_at.astimezone())),
        tr("The clock of this terminal was wrong."),
    ]
