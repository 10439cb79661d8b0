"""Which logins are shown: when, how they ended and why, where, of which department, by what."""

from collections.abc import Iterable
from typing import Any

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from console.api import logins as api
from console.desktop.view_memory import State
from console.desktop.widgets.span_choice import SpanChoice, place_of
from console.domain.day_spans import SpanName
from console.domain.language import labelled, tr
from console.domain.login_events import Reason
from console.domain.logins import LoginMethod, LoginResult
from console.domain.why import REASONS
from console.qt.flow_row import FlowRow
from console.qt.sizes import sized
from console.qt.widgets import button

RESULTS = {
    LoginResult.ACCEPTED: tr("Accepted"),
    LoginResult.UNKNOWN: tr("Unknown number"),
    LoginResult.REFUSED: tr("Refused"),
    LoginResult.ABANDONED: tr("Abandoned"),
}
METHODS = {
    LoginMethod.FACE: tr("Face"),
    LoginMethod.FINGER: tr("Finger"),
    LoginMethod.CARD: tr("Card"),
    LoginMethod.NUMBER: tr("Number"),
    LoginMethod.PALM: tr("Palm"),
}
SPAN_PX, RESULT_PX, REASON_PX = 220, 180, 175
PLACE_PX, DEPARTMENT_PX, METHOD_PX = 165, 165, 160


class LoginFilterBar(QWidget):
    """Choices in a row; days, where days are chosen, below them."""

    changed = pyqtSignal()

    def __init__(self, views: QWidget, repeats: QWidget) -> None:
        """views: stands before the choices; repeats: behind them."""
        super().__init__()
        self.span = SpanChoice()
        sized(self.span, width=SPAN_PX)
        self.result = self._box(tr("Result"), tr("Any result"), RESULT_PX, RESULTS.items())
        reasons = sorted(REASONS.items(), key=lambda one: one[1])
        words = [(reason, tr(words)) for reason, words in reasons]
        self.reason = self._box(tr("Reason"), tr("Any reason"), REASON_PX, words)
        self.place = self._box(tr("Place"), tr("Any place"), PLACE_PX, [])
        self.department = self._box(tr("Department"), tr("Any department"), DEPARTMENT_PX, [])
        self.method = self._box(tr("Method"), tr("Any method"), METHOD_PX, METHODS.items())
        self.everything = button(tr("Show all"), self.clear, "ghost")
        self.everything.setToolTip(tr("Clears all these filters"))
        self.span.changed.connect(self._chosen)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(FlowRow(views, self.span, *self.boxes, repeats, self.everything))
        layout.addWidget(self.span.days)
        self._show_whether_narrow()

    @property
    def _by_name(self) -> dict[str, QComboBox]:
        """As saved views name them."""
        return {
            "result": self.result,
            "reason": self.reason,
            "place": self.place,
            "department": self.department,
            "method": self.method,
        }

    def state(self) -> State:
        """What is chosen."""
        boxes = {name: box.currentData() for name, box in self._by_name.items()}
        return self.span.state() | {name: str(data) for name, data in boxes.items() if data}

    def words(self) -> list[str]:
        """What is chosen, as it is said: Result: Refused."""
        time = self.span.currentText()
        if self.span.name is SpanName.DAYS:
            ends = self.span.first.text(), self.span.last.text()
            time = tr("{begin} to {end}", begin=ends[0] or "…", end=ends[1] or "…")
        chosen = [box for box in self.boxes if box.currentIndex() > 0]
        return [
            labelled(self.span.accessibleName(), time),
            *(labelled(box.accessibleName(), box.currentText()) for box in chosen),
        ]

    def show_state(self, state: State) -> None:
        """Chooses what `state` said, and nothing where it cannot have said so."""
        for name, box in self._by_name.items():
            choose_data(box, state.get(name, ""), may_be_gone=box in (self.place, self.department))
        self.span.show_state(state)

    @property
    def boxes(self) -> tuple[QComboBox, ...]:
        """What the log can be narrowed by, besides the time."""
        return self.result, self.reason, self.place, self.department, self.method

    def _box(
        self, name: str, any_of_them: str, width: int, choices: Iterable[tuple[str, str]]
    ) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        sized(box, width=width)
        _offer(box, any_of_them, choices)
        box.activated.connect(lambda _place: self._chosen())
        return box

    def show_choices(self, choices: api.LoginChoices) -> None:
        """Offers places and departments; what is chosen stays chosen."""
        places = [(place.id, place.name) for place in choices.places]
        _offer(self.place, tr("Any place"), places)
        departments = [(path, path) for path in choices.departments]
        _offer(self.department, tr("Any department"), departments)
        self._show_whether_narrow()

    def places(self) -> dict[str, str]:
        """The names of terminals and kiosks by their ids."""
        box = self.place
        return {box.itemData(at): box.itemText(at) for at in range(1, box.count())}

    def choose_key(self, key: str, *, at_place: bool) -> None:
        """Chooses a place, or the reason of a refusal, without saying so yet."""
        choose_data(self.place if at_place else self.reason, key, may_be_gone=at_place)

    def clear(self) -> None:
        """Takes all choices back."""
        for box in self.boxes:
            box.setCurrentIndex(0)
        self.span.choose(SpanName.ALL)

    @property
    def narrow(self) -> bool:
        """Whether anything is chosen."""
        return self.span.currentIndex() > 0 or any(box.currentIndex() > 0 for box in self.boxes)

    def wanted(self) -> api.LoginFilter | None:
        """The filter; None while what was typed is no day."""
        try:
            since, until = self.span.times()
        except ValueError:
            return None
        return api.LoginFilter(
            result=self.result.currentData() or None,
            reason=self.reason.currentData() or Reason.NONE,
            method=self.method.currentData() or None,
            place=self.place.currentData(),
            department=self.department.currentData(),
            since=since,
            until=until,
            during=self.span.hours,
        )

    def _chosen(self) -> None:
        self._show_whether_narrow()
        self.changed.emit()

    def _show_whether_narrow(self) -> None:
        self.everything.setEnabled(self.narrow)


def _offer(box: QComboBox, any_of_them: str, choices: Iterable[tuple[Any, str]]) -> None:
    chosen = box.currentData()
    box.clear()
    box.addItem(any_of_them, "")
    for data, words in choices:
        box.addItem(words, data)
    choose_data(box, chosen or "", may_be_gone=True)
    view = box.view()
    if view is not None:  # names may be longer than the box
        view.setMinimumWidth(view.sizeHintForColumn(0) + 24)


def choose_data(box: QComboBox, data: str, *, may_be_gone: bool) -> None:
    """Chooses what stands for this.

    may_be_gone: what is not offered any more is shown as such: a list is not silently wider than
    what was asked for. Else it is no choice.
    """
    place = place_of(box, data)
    if place < 0 and may_be_gone:
        box.addItem(tr("No longer there"), data)
        place = box.count() - 1
    box.setCurrentIndex(max(0, place))
