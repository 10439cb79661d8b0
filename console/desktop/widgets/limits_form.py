"""The limits of all gates in a grid, from too low to too high; an empty field is no limit."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QDoubleValidator
from PyQt6.QtWidgets import QGridLayout, QLineEdit, QWidget

from console.api.faces import GateLimits, NewLimits
from console.domain.language import labelled, tr
from console.qt.sizes import sized
from console.qt.widgets import clear, label

COLUMNS = (
    ("reject_below", tr("Reject below"), True),
    ("warn_below", tr("Warn below"), True),
    ("warn_above", tr("Warn above"), False),
    ("reject_above", tr("Reject above"), False),
)
EDIT_WIDTH = 92


class LimitsForm(QWidget):
    """changed: somebody edited a limit."""

    changed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self._gates: list[GateLimits] = []
        self.edits: dict[tuple[str, str], QLineEdit] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 8, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)

    def show_limits(self, gates: list[GateLimits]) -> None:
        """Builds the rows once; later only the values change."""
        if [gate.gate for gate in gates] != [gate.gate for gate in self._gates]:
            self._build(gates)
        self._gates = gates
        for gate in gates:
            for name, _, _ in COLUMNS:
                edit = self.edits.get((gate.gate, name))
                if edit is not None:
                    edit.setText(_text(gate, getattr(gate, name)))
        self.mark("")

    def _build(self, gates: list[GateLimits]) -> None:
        clear(self._grid)
        self.edits = {}
        for column, (_, text, _) in enumerate(COLUMNS, 1):
            heading = label(text, "small", wrap=True)
            sized(heading, width=EDIT_WIDTH)
            self._grid.addWidget(heading, 0, column)
        for number, gate in enumerate(gates, 1):
            title = gate.label
            if gate.unit:
                title = f"{title} · {tr(gate.unit)}"
            self._grid.addWidget(label(title), number, 0)
            for column, (name, text, low) in enumerate(COLUMNS, 1):
                if (gate.warns_only and name.startswith("reject")) or not (
                    gate.lower if low else gate.upper
                ):
                    continue
                self._grid.addWidget(self._edit(gate, name, text), number, column)
        self._grid.setRowStretch(len(gates) + 1, 1)

    def _edit(self, gate: GateLimits, name: str, text: str) -> QLineEdit:
        edit = QLineEdit()
        sized(edit, width=EDIT_WIDTH)
        edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        edit.setValidator(QDoubleValidator(-10_000, 10_000, 3, edit))
        edit.setPlaceholderText("–")
        edit.setAccessibleName(labelled(gate.label, text))
        edit.setReadOnly(gate.fixed)
        edit.setEnabled(not gate.fixed)
        edit.textEdited.connect(lambda _: self.changed.emit())
        self.edits[(gate.gate, name)] = edit
        return edit

    @property
    def edited(self) -> bool:
        """Something was changed since the limits were shown."""
        return any(
            self.edits[(gate.gate, name)].text() != _text(gate, getattr(gate, name))
            for gate in self._gates
            for name, _, _ in COLUMNS
            if (gate.gate, name) in self.edits
        )

    def limits(self) -> list[NewLimits]:
        """As they stand in the form. What was not touched keeps its full precision."""
        return [
            NewLimits(
                gate=gate.gate,
                reject_below=self._value(gate, "reject_below"),
                warn_below=self._value(gate, "warn_below"),
                warn_above=self._value(gate, "warn_above"),
                reject_above=self._value(gate, "reject_above"),
            )
            for gate in self._gates
        ]

    def _value(self, gate: GateLimits, name: str) -> float | None:
        before: float | None = getattr(gate, name)
        edit = self.edits.get((gate.gate, name))
        if edit is None or edit.text() == _text(gate, before):
            return before
        number, good = edit.locale().toDouble(edit.text())
        return (number / 100 if gate.percent else number) if good else None

    def mark(self, wrong: str) -> None:
        """Shows which gate a problem speaks of, or none."""
        for (gate, _), edit in self.edits.items():
            edit.setProperty("wrong", gate == wrong)
            style = edit.style()
            if style is not None:
                style.polish(edit)


def _text(gate: GateLimits, value: float | None) -> str:
    """The value in the gate's unit, with its usual digits, or one more where the value has it."""
    if value is None:
        return ""
    shown = value * 100 if gate.percent else value
    return f"{shown:.{gate.digits + 2}f}".rstrip("0").rstrip(".")
