"""The text that a person at the desk reads before they agree, in the language they choose."""

from collections.abc import Sequence
from html import escape

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QComboBox, QPushButton, QVBoxLayout, QWidget

from console.api.consents import ShownText
from console.domain.language import tr
from console.qt.widgets import label, row, scrolled


class ConsentText(QWidget):
    """The text with its language, over the buttons of the answers, which stay in sight. CO11.

    The next person is shown the language that was chosen last.
    """

    def __init__(self, agree: QPushButton, decline: QPushButton) -> None:
        super().__init__()
        self._texts: dict[str, ShownText] = {}
        self._whose, self._read = "", ("", "")  # who reads, in which language
        self.languages = QComboBox()
        self.languages.setAccessibleName(tr("Language of the text"))
        self.languages.currentIndexChanged.connect(lambda _: self._show())
        self.intro, self.body = label("", "", wrap=True), label("", "soft", wrap=True)
        self.body.setTextFormat(Qt.TextFormat.RichText)
        words = QWidget()
        inside = QVBoxLayout(words)
        inside.setContentsMargins(10, 6, 10, 0)
        inside.setSpacing(8)
        inside.addWidget(self.intro)
        inside.addWidget(self.body)
        inside.addStretch(1)
        self.area = scrolled(words)
        self.area.setObjectName("reading")
        self.area.setAccessibleName(tr("Text to agree to"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(8)
        for part in (
            label(tr("Consent comes first"), "heading"),
            label(tr("Turn the screen to the person, or read the text to them."), "soft"),
            row(label(tr("Language of the text")), self.languages, None),
            self.area,
            row(agree, decline, None),
        ):
            layout.addWidget(part)
        layout.setStretchFactor(self.area, 1)

    def show_texts(self, texts: Sequence[ShownText], whose: str) -> None:
        """The same text in every language. whose: who is to read it, from its beginning."""
        self._whose = whose
        self._texts = {text.language: text for text in texts}
        offered = [self.languages.itemData(place) for place in range(self.languages.count())]
        if offered != list(self._texts):
            self.languages.clear()
            for text in texts:
                self.languages.addItem(text.name, text.language)
        self._show()

    @property
    def digest(self) -> str:
        """Names the text that is shown, in its language; empty before there is one."""
        shown = self._texts.get(self.languages.currentData())
        return shown.digest if shown is not None else ""

    def _show(self) -> None:
        shown = self._texts.get(self.languages.currentData())
        if shown is None:
            return
        self.intro.setText(shown.intro)
        self.body.setText("".join(_section(*one) for one in shown.paragraphs))
        if self._read != (self._whose, shown.language):
            self._read = (self._whose, shown.language)
            bar = self.area.verticalScrollBar()
            assert bar is not None
            bar.setValue(0)


def _section(heading: str, body: str) -> str:
    return f"<p style='margin: 0 0 6px'><b>{escape(heading)}</b><br>{escape(body)}</p>"
