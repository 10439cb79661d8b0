"""Questions before an act: what goes on, and what leaves things alone. CO5."""

from collections.abc import Callable

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from console.qt.number_box import NumberBox
from console.qt.questions import (
    QUESTION_PX,
    Asking,
    ask_choice,
    ask_name,
    ask_number,
    ask_text,
    ask_words,
)
from tests.qt.answering import choose_and_go, type_and_go, when_asked

LONG = "Everybody whom Muster has put on this terminal is removed from it. " * 4


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


def test_a_text_a_choice_and_a_number_are_given_back(window: QWidget) -> None:
    type_and_go("Night shift")
    assert ask_text(window, "New group", "Name:", "Add", text="Group") == "Night shift"
    type_and_go("Too dark.")
    assert ask_words(window, "Reject", "What should be better?", "Reject") == "Too dark."
    choose_and_go("Yard")
    assert ask_choice(window, "Move", "Below:", ["Dock", "Yard"], "Move") == "Yard"
    box = NumberBox("Minutes", 1, 60)
    box.setValue(5)
    when_asked(lambda asking: asking.go.click())
    assert ask_number(window, "Lock", "For how long?", box, "Lock") == 5


@pytest.mark.parametrize("leave", [Asking.reject, Asking.close])
def test_nothing_is_given_back_when_things_are_left_alone(
    window: QWidget, leave: Callable[[Asking], object]
) -> None:
    when_asked(leave)
    assert ask_text(window, "Rename", "Name:", "Rename", text="Dock") is None
    when_asked(leave)
    assert ask_choice(window, "Move", "Below:", ["Dock"], "Move") is None


def test_an_act_that_asks_for_the_name_goes_on_with_no_other(window: QWidget) -> None:
    seen: list[bool] = []

    def answer(asking: Asking) -> None:
        line = asking.findChild(QLineEdit)
        assert line is not None
        seen.append(asking.go.isEnabled())
        QtBot.keyClicks(line, "Dock")
        QtBot.keyClick(line, Qt.Key.Key_Return)
        seen.append(asking.isVisible() and not asking.go.isEnabled())
        QtBot.keyClicks(line, " 2 ")
        seen.append(asking.go.isEnabled())
        QtBot.keyClick(line, Qt.Key.Key_Return)

    when_asked(answer)
    assert ask_name(window, "Retire", f"{LONG}\n\nType the name:", "Dock 2", "Retire") == "Dock 2 "
    assert seen == [False, True, True]


def test_CO14_a_long_question_wraps(window: QWidget) -> None:
    widths: list[int] = []

    def answer(asking: Asking) -> None:
        widths.append(asking.width())
        asking.reject()

    when_asked(answer)
    ask_text(window, "Retire", LONG, "Retire")
    assert widths[0] < QUESTION_PX + 60


def test_what_answers_has_the_focus_and_a_name_for_screen_readers(window: QWidget) -> None:
    names: list[str] = []

    def answer(asking: Asking) -> None:
        box = asking.findChild(QComboBox)
        assert box is not None
        assert asking.focusWidget() is box
        names.append(box.accessibleName())
        asking.reject()

    when_asked(answer)
    ask_choice(window, "Move", "Move it below:", ["Dock"], "Move")
    assert names == ["Move it below:"]
