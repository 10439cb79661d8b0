"""The check list of a new site: every step can be done now, skipped, and taken up again."""

from collections.abc import Callable, Mapping

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QGridLayout, QPushButton, QVBoxLayout, QWidget

from console.api import first_steps as api
from console.api.operation import ApiError, Nothing
from console.desktop.words import FIRST_STEPS
from console.domain.first_steps import FirstStep, StepState
from console.domain.language import labelled, tr
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.sizes import sized
from console.qt.widgets import IconLabel, button, card, label, repolish, row

WIDTH_PX, SIGN_PX = 760, 20
_STATES = {
    StepState.OPEN: tr("To do"),
    StepState.SKIPPED: tr("Skipped"),
    StepState.DONE: tr("Done"),
}
EXPLAINED = tr(
    "Ten minutes to the first login. Do the steps in any order; you can skip each one and do it "
    "later. A step counts as done whoever did it."
)
PUT_AWAY = tr("“Skip all” skips the remaining steps. You can bring them back under Settings.")


class _Line:
    """One step: a sign, two lines of text, and what can be done."""

    def __init__(self, start: QPushButton, skip: QPushButton) -> None:
        self.sign, self.state = IconLabel("clock", "ink3", SIGN_PX), label("", "soft")
        self.start, self.skip = start, skip

    def show_state(self, state: StepState, is_next: bool) -> None:
        """is_next: this step is offered first."""
        done = state is StepState.DONE
        name = "circle-check" if done else "clock"
        self.sign.show_icon(name, "pass" if done else "ink3")
        self.state.setText(_STATES[state])
        self.start.setVisible(not done)
        self.skip.setVisible(not done)
        self.skip.setText(tr("Skip") if state is StepState.OPEN else tr("Do after all"))
        self.start.setObjectName("primary" if is_next else "")
        repolish(self.start)


class FirstStepsDialog(Dialog):
    """chosen: the step that the operator wants to do now."""

    chosen = pyqtSignal(object)

    def __init__(self, client: ServiceClient, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("First steps"))
        sized(self, width=WIDTH_PX)
        self._client = client
        self._states: Mapping[FirstStep, StepState] = {}
        self.lines = {step: self._line(step) for step in FirstStep}
        self.put_away = button(tr("Skip all"), self._put_away)
        self.put_away.setEnabled(False)
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        close = button(tr("Close"), self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(label(EXPLAINED, "soft", wrap=True))
        layout.addWidget(card([self._table()], margin=12))
        layout.addWidget(label(PUT_AWAY, "small", wrap=True))
        layout.addWidget(self.problem)
        layout.addWidget(row(self.put_away, None, close))
        client.call(api.get_steps, Nothing(), self.show_steps, self._failed, self)

    def _line(self, step: FirstStep) -> _Line:
        title = tr(FIRST_STEPS[step].title)
        start = button(tr("Start"), lambda: self._start(step))
        start.setAccessibleName(labelled(tr("Start"), title))
        skip = button(tr("Skip"), lambda: self._skip(step))
        skip.setAccessibleName(labelled(tr("Skip, or do after all"), title))
        return _Line(start, skip)

    def _table(self) -> QWidget:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        for place, (step, line) in enumerate(self.lines.items()):
            words = FIRST_STEPS[step]
            texts = QVBoxLayout()
            texts.setSpacing(0)
            texts.addWidget(label(tr(words.title), "heading"))
            texts.addWidget(label(tr(words.hint), "soft", wrap=True))
            grid.addWidget(line.sign, place, 0)
            grid.addLayout(texts, place, 1)
            grid.addWidget(line.state, place, 2)
            grid.addWidget(line.skip, place, 3)
            grid.addWidget(line.start, place, 4)
            for part in (line.start, line.skip):
                part.hide()
        return holder

    def show_steps(self, found: api.FirstSteps) -> None:
        """Shows every step; the next one has the focus."""
        self._states = found.states
        waiting = [step for step, state in found.states.items() if state is StepState.OPEN]
        for step, line in self.lines.items():
            line.show_state(found.states[step], waiting[:1] == [step])
        self.put_away.setEnabled(bool(waiting))
        if waiting:
            self.lines[waiting[0]].start.setFocus()

    def _start(self, step: FirstStep) -> None:
        self.accept()
        self.chosen.emit(step)

    def _skip(self, step: FirstStep) -> None:
        self._change([step], self._states[step] is StepState.OPEN, self.show_steps)

    def _put_away(self) -> None:
        waiting = [step for step, state in self._states.items() if state is StepState.OPEN]
        self._change(waiting, True, lambda _found: self.accept())

    def _change(
        self, steps: list[FirstStep], skip: bool, done: Callable[[api.FirstSteps], object]
    ) -> None:
        request = api.SkipSteps(steps=steps, skip=skip)
        self._client.call(api.skip_steps, request, done, self._failed, self)

    def _failed(self, error: ApiError) -> None:
        self.problem.setText(error.message)
        self.problem.show()
