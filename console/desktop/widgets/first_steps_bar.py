"""How far the first steps of a new site are, and what comes next; beside every page's title."""

from collections.abc import Callable, Mapping

from PyQt6.QtCore import QSize
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout

from console.desktop.words import FIRST_STEPS
from console.domain.first_steps import FirstStep, StepState
from console.domain.language import tr
from console.qt.widgets import ElidedLabel, button

INDENT_PX, GAP_PX = 12, 8


class FirstStepsBar(QFrame):
    """Hidden while no step is open."""

    def __init__(self, go_on: Callable[[], object], show_all: Callable[[], object]) -> None:
        super().__init__()
        self.setObjectName("steps")
        self.text = ElidedLabel("state")
        self.go_on = button(tr("Continue"), go_on, "primary")
        self.all = button(tr("All steps…"), show_all)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(INDENT_PX, 0, 0, 0)
        layout.setSpacing(GAP_PX)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.all)
        layout.addWidget(self.go_on)
        self.hide()

    def minimumSizeHint(self) -> QSize:
        """Where there is little room, only Continue stays."""
        size = super().minimumSizeHint()
        return QSize(INDENT_PX + self.go_on.sizeHint().width(), size.height())

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Shows what there is room for."""
        super().resizeEvent(event)
        room = self.width() - INDENT_PX - self.go_on.sizeHint().width()
        for part, least in (
            (self.text, self.text.minimumSizeHint().width()),
            (self.all, self.all.sizeHint().width()),
        ):
            room -= GAP_PX + least
            part.setVisible(room >= 0)

    def show_states(self, states: Mapping[FirstStep, StepState]) -> None:
        """Says what comes next."""
        waiting = [step for step, state in states.items() if state is StepState.OPEN]
        done = sum(state is StepState.DONE for state in states.values())
        if waiting:
            words = FIRST_STEPS[waiting[0]]
            said = tr(
                "First steps: {done} of {all} done. Next: {step}",
                done=done,
                all=len(states),
                step=tr(words.title),
            )
            self.text.show_text(said)
            self.text.setToolTip(tr(words.hint))
        self.setVisible(bool(waiting))
