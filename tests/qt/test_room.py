"""Every page on a laptop's screen: it fits, and no text is cut. CO11, CO14."""

from PyQt6.QtCore import QSize
from PyQt6.QtWidgets import QLabel, QWidget

from console.desktop.shell import SECTIONS, Shell
from console.qt.widgets import EmptyState, WrappedLabel
from tests.qt.conftest import open_page

LAPTOP = QSize(1366, 728)
"""px; what a screen of 1366 x 768 leaves beside title bar and task bar."""


def cut(whole: QWidget) -> list[str]:
    """The texts that are shown with less room than they need."""
    shown = [part for part in whole.findChildren(QLabel) if part.isVisible() and part.text()]
    return [
        part.text()
        for part in shown
        if part.wordWrap() and part.height() < part.heightForWidth(part.width())
    ]


def test_CO11_CO14_every_page_fits_a_laptop_and_cuts_no_text(shell: Shell, qtbot) -> None:
    shell.resize(LAPTOP)
    found = {}
    for kind in [page for _, group in SECTIONS for page, *_ in group]:
        open_page(shell, kind)
        qtbot.wait(100)  # a page asks for its rows and lays itself out
        least = shell.minimumSizeHint()
        room = least.width() <= LAPTOP.width() and least.height() <= LAPTOP.height()
        found[kind.__name__] = ([] if room else [f"{least.width()} x {least.height()}"]) + cut(
            shell
        )
    assert len(found) > 10
    assert not {name: texts for name, texts in found.items() if texts}


def test_CO14_a_text_that_wraps_gets_the_height_it_needs_wherever_it_stands(qtbot, themed) -> None:
    advice = "Choose a person on the left, or search by name or number. " * 4
    state = EmptyState("users", "Whose fingers?", advice)
    qtbot.addWidget(state)
    state.resize(500, 600)
    state.show()
    qtbot.waitUntil(lambda: cut(state) == [])
    state.set_text("Whose fingers?", advice * 2)
    qtbot.waitUntil(lambda: cut(state) == [])
    text = state.findChild(WrappedLabel)
    assert text is not None
    assert text.height() > 6 * text.fontMetrics().height()
