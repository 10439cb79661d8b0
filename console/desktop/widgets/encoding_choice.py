"""Chooses the encoding of a terminal's names, with the names as each encoding reads them. TE11."""

from PyQt6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from console.api import terminals as api
from console.domain.language import tr
from console.qt.sizes import sized
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import label

AUTO = "auto"
PROOF_HEIGHT = 190
SHOWN_NAMES = 4


class EncodingChoice(QWidget):
    """A list of encodings; beneath it the proof, which chooses too."""

    def __init__(self) -> None:
        super().__init__()
        self.choice = QComboBox()
        self.choice.setAccessibleName(tr("Text encoding of names"))
        self.choice.addItem(tr("Automatic"), AUTO)
        self.said = label("", "soft", wrap=True)
        columns: list[Column[api.NameReading]] = [
            Column(tr("Encoding"), lambda r: r.label, 270),
            Column(tr("Names in this encoding"), lambda r: " · ".join(r.names[:SHOWN_NAMES])),
        ]
        self.model: PagedModel[api.NameReading] = PagedModel(columns, lambda r: r.encoding, self)
        self.proof = Table(self.model, tr("Names in each encoding"))
        self.proof.setSelectionMode(Table.SelectionMode.SingleSelection)
        sized(self.proof, height=PROOF_HEIGHT)
        self.proof.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(4)
        for part in (
            label(tr("Text encoding of names"), "soft"),
            self.choice,
            self.said,
            self.proof,
        ):
            layout.addWidget(part)
        self.said.hide()
        self.proof.clicked.connect(lambda _index: self._choose())

    def encoding(self) -> str:
        """The encoding that is chosen."""
        return str(self.choice.currentData())

    def begin(self, encoding: str) -> None:
        """Shows what is set, before it is known what else can be."""
        if encoding != AUTO:
            self.choice.addItem(encoding, encoding)
            self.choice.setCurrentIndex(1)

    def show_readings(self, found: api.NameReadings, detail: api.TerminalDetail) -> None:
        """Offers all encodings, and shows what those that can read the names make of them."""
        self.choice.clear()
        self.choice.addItem(tr("Automatic"), AUTO)
        for encoding, text in found.labels:
            self.choice.addItem(text, encoding)
        self.choice.setCurrentIndex(max(0, self.choice.findData(detail.encoding)))
        self.model.show_rows(found.rows)
        self.proof.setVisible(bool(found.rows))
        self.said.setVisible(bool(found.rows))
        seen = dict(found.labels).get(detail.encoding_seen)
        self.said.setText(
            tr("Judging by the names, automatic means {encoding}.", encoding=seen)
            if seen
            else tr("The names do not prove an encoding. Choose the one in which they are correct.")
        )

    def _choose(self) -> None:
        for reading in self.proof.selected():
            self.choice.setCurrentIndex(self.choice.findData(reading.encoding))
