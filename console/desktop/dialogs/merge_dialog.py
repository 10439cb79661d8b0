"""Two rows that are one person, side by side: which value stays, and what follows."""

from datetime import date

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from console.api import merging as api
from console.api.employees import EmployeeRow, SaveEmployee
from console.api.operation import ApiError
from console.domain.language import labelled, tr, tr_short_day
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.sizes import sized
from console.qt.widgets import button, card, clear, label, row

NUMBER = "number"
FIELDS = {
    NUMBER: tr("Number"),
    "first_name": tr("First name"),
    "last_name": tr("Last name"),
    "email": tr("Email address"),
    "department": tr("Department"),
    "active": tr("Active"),
    "may_log_in": tr("May log in"),
    "valid_from": tr("Valid from"),
    "valid_until": tr("Valid until"),
}
"""The fields of which one of two values stays. The number decides which row does."""


def shown(value: object) -> str:
    """A value of a field in words."""
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if isinstance(value, date):
        return tr_short_day(value)
    return str(value) if value else "–"


class MergeDialog(Dialog):
    """merged: the row that is left."""

    merged = pyqtSignal(object)

    def __init__(
        self, client: ServiceClient, keep_id: str, gone_id: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Merge two rows of one person"))
        sized(self, least_width=760)
        self._client = client
        self._ids = (keep_id, gone_id)
        self._look: api.MergeLook | None = None
        self._groups: dict[str, QButtonGroup] = {}
        self.grid = QWidget()
        self._grid = QGridLayout(self.grid)
        self._grid.setHorizontalSpacing(24)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnStretch(2, 1)
        self.notes = label("", "", wrap=True)
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self.go = button(tr("Merge"), self._merge, "primary")
        self.go.setEnabled(False)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(card([self.grid]))
        layout.addWidget(self.notes)
        layout.addWidget(self.problem)
        layout.addWidget(row(None, button(tr("Cancel"), self.reject), self.go))
        self._ask()

    def _ask(self) -> None:
        keep_id, gone_id = self._ids
        request = api.TwoRows(keep_id=keep_id, gone_id=gone_id)
        self._client.call(api.look_at_merge, request, self.show_look, self._failed, self)

    def show_look(self, look: api.MergeLook) -> None:
        """Shows the two; the one that stays is on the left, and its values are chosen."""
        self._look = look
        clear(self._grid)
        self._groups = {}
        line = 0
        for name, title in FIELDS.items():
            self._add_field(line, name, title, look)
            line += 1
        for words, count in look.keep.owns.items():
            if count or look.gone.owns.get(words):
                self._grid.addWidget(label(words, "soft"), line, 0)
                self._grid.addWidget(label(f"{count:,}", "soft"), line, 1)
                self._grid.addWidget(label(f"{look.gone.owns[words]:,}", "soft"), line, 2)
                line += 1
        self.notes.setText("\n".join(f"• {note}" for note in look.notes))
        self.problem.setText(look.refusal)
        self.problem.setVisible(bool(look.refusal))
        self.go.setEnabled(not look.refusal)

    def _add_field(self, line: int, name: str, title: str, look: api.MergeLook) -> None:
        values = [getattr(side.employee, name) for side in (look.keep, look.gone)]
        self._grid.addWidget(label(title, "soft"), line, 0)
        if values[0] == values[1]:
            self._grid.addWidget(label(shown(values[0])), line, 1)
            return
        group = QButtonGroup(self.grid)
        for place, value in enumerate(values):
            choice = QRadioButton(shown(value))
            choice.setAccessibleName(labelled(title, shown(value)))
            group.addButton(choice, place)
            self._grid.addWidget(choice, line, place + 1)
        filled = next((place for place, value in enumerate(values) if value), 0)
        chosen = group.button(0 if name == NUMBER else filled)
        assert chosen is not None
        chosen.setChecked(True)
        self._groups[name] = group
        if name == NUMBER:
            group.idClicked.connect(self._swap)

    def _swap(self, place: int) -> None:
        """The other number stays, and so does the other row."""
        if place == 1:
            self._ids = (self._ids[1], self._ids[0])
            self._ask()

    def choose(self, name: str, place: int) -> None:
        """Chooses the value of the left (0) or the right row (1)."""
        choice = self._groups[name].button(place)
        assert choice is not None
        choice.click()

    def _value(self, name: str, look: api.MergeLook) -> object:
        group = self._groups.get(name)
        side = look.gone if group is not None and group.checkedId() == 1 else look.keep
        return getattr(side.employee, name)

    def _merge(self) -> None:
        look = self._look
        if look is None:
            return
        self.go.setEnabled(False)
        values = {name: self._value(name, look) for name in FIELDS}
        wanted = SaveEmployee(id=look.keep.employee.id, **values)  # type: ignore[arg-type]
        request = api.Merge(gone_id=look.gone.employee.id, employee=wanted)
        self._client.call(api.merge, request, self._done, self._failed, self)

    def _done(self, employee: EmployeeRow) -> None:
        self.merged.emit(employee)
        self.accept()

    def _failed(self, error: ApiError) -> None:
        self.problem.setText(error.message)
        self.problem.show()
        self.go.setEnabled(self._look is not None)
