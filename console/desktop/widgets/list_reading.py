"""How a list of employees is read: encoding with proof, sheet, and what each column holds."""

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QVBoxLayout, QWidget

from console.api import employee_lists as api
from console.desktop.words import LIST_FIELDS
from console.domain.language import labelled, tr
from console.domain.list_headings import HEADER_WITHIN, Field
from console.qt.number_box import NumberBox
from console.qt.widgets import card, clear, label, row, scrolled

SHOWN_CELLS = 3
EXAMPLES = 6


class ListReading(QWidget):
    """What was found, to be corrected. changed: the file is to be looked at again."""

    changed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self._fields: list[QComboBox] = []
        self.encoding, self.sheet = QComboBox(), QComboBox()
        self.encoding.setAccessibleName(tr("Text encoding"))
        self.sheet.setAccessibleName(tr("Sheet"))
        self.header = NumberBox(tr("Heading line"), 1, HEADER_WITHIN)
        self.proof = label("", "soft", wrap=True)
        self.clear_empty = QCheckBox(tr("Empty cells clear the email address, department and days"))
        self.everybody = QCheckBox(tr("This list is complete: people who are not in it have left"))
        self._encoding_row = row(label(tr("Text encoding"), "soft"), self.encoding, None)
        self._sheet_row = row(label(tr("Sheet"), "soft"), self.sheet, None)
        self._grid = QGridLayout()
        self._grid.setColumnStretch(1, 1)
        self._grid.setVerticalSpacing(6)
        self._grid.setHorizontalSpacing(16)
        columns = QWidget()
        columns.setLayout(self._grid)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._encoding_row)
        layout.addWidget(self.proof)
        layout.addWidget(self._sheet_row)
        layout.addWidget(row(label(tr("Heading line"), "soft"), self.header, None))
        layout.addWidget(card([scrolled(columns)], margin=8), 1)
        layout.addWidget(self.clear_empty)
        layout.addWidget(self.everybody)
        self.encoding.activated.connect(lambda _index: self._look_again())
        self.sheet.activated.connect(lambda _index: self._look_again())
        self.header.editingFinished.connect(self._header_set)
        self._header_line = 0

    def reading(self) -> api.FileReading:
        """How the file is to be read, by what is chosen."""
        return api.FileReading(
            encoding=str(self.encoding.currentData() or ""),
            sheet=str(self.sheet.currentData() or ""),
            header_line=self._header_line,
            fields=[box.currentData() for box in self._fields],
        )

    def show_look(self, look: api.ListLook) -> None:
        """Shows what was found."""
        self._show_encoding(look)
        self.sheet.clear()
        for name in look.sheets:
            self.sheet.addItem(name, name)
        self.sheet.setCurrentIndex(max(0, self.sheet.findData(look.sheet)))
        self._sheet_row.setVisible(len(look.sheets) > 1)
        self._header_line = look.header_line
        self.header.setValue(look.header_line)
        clear(self._grid)
        self._fields = [self._add_column(at, one) for at, one in enumerate(look.columns)]
        self._grid.setRowStretch(len(look.columns), 1)

    def _show_encoding(self, look: api.ListLook) -> None:
        self.encoding.clear()
        if not look.encoding:
            self.encoding.addItem(tr("Choose…"), "")
        for offer in look.offers:
            self.encoding.addItem(offer.label, offer.encoding)
        self.encoding.setCurrentIndex(max(0, self.encoding.findData(look.encoding)))
        self._encoding_row.setVisible(bool(look.offers))
        self.proof.setVisible(bool(look.offers))
        shown = next((one for one in look.offers if one.encoding == look.encoding), None)
        if shown is not None:
            self.proof.setText(labelled(tr("Read as"), " · ".join(shown.examples[:EXAMPLES])))
        elif look.offers:
            said = "\n".join(
                f"{one.label}: {' · '.join(one.examples[:EXAMPLES])}" for one in look.offers[:4]
            )
            asked = tr(
                "The file does not prove its encoding. Choose the one in which names are correct."
            )
            self.proof.setText(f"{asked}\n{said}")

    def _add_column(self, at: int, column: api.ListColumn) -> QComboBox:
        cells = " · ".join(cell for cell in column.cells if cell) or "–"
        box = QComboBox()
        for field, text in LIST_FIELDS.items():
            box.addItem(text, field)
        box.setCurrentIndex(box.findData(column.field))
        box.setAccessibleName(labelled(tr("What this column holds"), column.heading))
        self._grid.addWidget(label(column.heading or "–", "heading"), at, 0)
        self._grid.addWidget(label(cells[:80], "soft"), at, 1)
        self._grid.addWidget(box, at, 2)
        return box

    def _look_again(self) -> None:
        """Other bytes are other headings: what the columns hold is found anew."""
        self._fields = []
        self.changed.emit()

    def _header_set(self) -> None:
        if self.header.value() != self._header_line:
            self._header_line = self.header.value()
            self._look_again()


def is_certain(look: api.ListLook) -> bool:
    """Whether nothing about the reading needs to be asked."""
    fields = {column.field for column in look.columns}
    named = bool(fields & {Field.FIRST_NAME, Field.LAST_NAME, Field.FULL_NAME})
    read = look.proven or (look.remembered and bool(look.encoding))
    return read and Field.NUMBER in fields and (named or look.remembered)
