"""By what the list of employees is narrowed, besides the search."""

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QSizePolicy, QWidget

from console.api.departments import Departments
from console.domain.language import tr
from console.domain.people_states import PEOPLE_STATE_WORDS, PeopleState
from console.qt.sizes import sized
from console.qt.widgets import button

LEAST_PX, MOST_PX = 130, 220
"""Of a box: beside the form of an employee there is less room."""
ROOM_PX = 24
"""Beside the longest name in an open list."""


class PeopleFilter(QWidget):
    """Department, state, and who is to enrol again. changed: something else is chosen."""

    changed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.department, self.state = QComboBox(), QComboBox()
        self.department.setAccessibleName(tr("Department"))
        self.state.setAccessibleName(tr("Enrolment"))
        for box in (self.department, self.state):
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            sized(box, least_width=LEAST_PX, most_width=MOST_PX)
        self.department.addItem(tr("All departments"), "")
        self.state.addItem(tr("Everyone"), None)
        for state, words in PEOPLE_STATE_WORDS.items():
            self.state.addItem(tr(words), state)
        self.re_enrol = QCheckBox(tr("Due for re-enrolment"))
        self.re_enrol.setToolTip(
            tr(
                "People whose photo is old or often does not match, or whose template was made by "
                "another recogniser"
            )
        )
        self.everyone = button(tr("Clear filters"), self._clear, icon_name="x")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.department, 1)
        layout.addWidget(self.state, 1)
        layout.addWidget(self.re_enrol)
        layout.addStretch()
        layout.addWidget(self.everyone)
        for box in (self.department, self.state):
            box.activated.connect(lambda _place: self._choose())
        self.re_enrol.toggled.connect(lambda _on: self._choose())
        self.everyone.setEnabled(False)

    @property
    def narrows(self) -> bool:
        """Whether anything is chosen."""
        return bool(self.path or self.people or self.re_enrol.isChecked())

    @property
    def path(self) -> str:
        """Of the department that is chosen, with all below it; "" for all."""
        return str(self.department.currentData() or "")

    @property
    def people(self) -> PeopleState | None:
        """The state that is chosen, None for everyone."""
        chosen = self.state.currentData()
        return PeopleState(chosen) if chosen else None

    def offer(self, found: Departments) -> None:
        """Offers these departments; what is chosen stays chosen, if it is still there."""
        chosen = self.path
        self.department.clear()
        self.department.addItem(tr("All departments"), "")
        for one in found.rows:
            self.department.addItem(one.path, one.path)
        self.department.setCurrentIndex(max(0, self.department.findData(chosen)))
        view = self.department.view()
        assert view is not None
        view.setMinimumWidth(view.sizeHintForColumn(0) + ROOM_PX)
        if self.path != chosen:
            self._choose()

    def clear(self) -> None:
        """Takes all choices back, and tells nobody."""
        self.department.setCurrentIndex(0)
        self.state.setCurrentIndex(0)
        blocked = self.re_enrol.blockSignals(True)
        self.re_enrol.setChecked(False)
        self.re_enrol.blockSignals(blocked)
        self.everyone.setEnabled(False)

    def _clear(self) -> None:
        self.clear()
        self.changed.emit()

    def _choose(self) -> None:
        self.everyone.setEnabled(self.narrows)
        self.changed.emit()
