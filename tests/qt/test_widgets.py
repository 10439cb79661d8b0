"""Parts that all pages are made of."""

from PyQt6.QtWidgets import QLabel, QVBoxLayout, QWidget

from console.qt.widgets import clear


def test_CO14_what_is_taken_out_of_a_layout_is_not_painted_any_more(themed, qtbot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    before = QLabel("The clearest of your photos")
    layout.addWidget(before)
    layout.addStretch()
    window.show()
    clear(layout)
    assert layout.count() == 0
    assert before.isHidden(), "it lives until Qt comes round to deleting it"
