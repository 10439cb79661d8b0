"""CO19: a supervisor's questions to the login log, each answered within three clicks.

By mouse and keys, on the real service; the rows are those that a terminal and a kiosk reported.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QAbstractItemView, QComboBox, QPushButton, QWidget

from bridge.simulator.unit import SimPunch
from console.api import kiosk_link
from console.desktop.pages.logins import LoginsPage
from console.desktop.shell import Shell
from console.domain.day_spans import SpanName, last_weekday
from console.domain.login_charts import Chart
from console.domain.login_events import Reason
from console.domain.logins import LoginMethod, LoginResult
from tests.conftest import RunningSite
from tests.qt.conftest import open_page
from tests.service.gates import push_terminal
from tests.service.test_kiosks import as_kiosk, attempt, paired

MOST_CLICKS = 3
STRANGER, NIGHT = "990077", "Supervised > Night"


class Hand:
    """Clicks as a person does, and counts."""

    def __init__(self, qtbot) -> None:
        self.qtbot, self.clicks = qtbot, 0

    def click(self, part: QWidget | None, pos: QPoint | None = None) -> None:
        assert part is not None
        self.clicks += 1
        at = part.rect().center() if pos is None else pos
        self.qtbot.mouseClick(part, Qt.MouseButton.LeftButton, pos=at)

    def pick(self, box: QComboBox, data: object) -> None:
        """Opens the box with the mouse, and chooses by Return what a second click would."""
        self.click(box)
        view = box.view()
        assert isinstance(view, QAbstractItemView)
        self.qtbot.waitUntil(view.isVisible)
        place = next(at for at in range(box.count()) if box.itemData(at) == data)
        model = box.model()
        assert model is not None
        index = model.index(place, 0)
        view.scrollTo(index)
        self.clicks += 1
        view.setCurrentIndex(index)
        self.qtbot.keyClick(view, Qt.Key.Key_Return)
        self.qtbot.waitUntil(lambda: not view.isVisible())

    def view(self, button: QPushButton, name: str) -> None:
        """Opens the menu as its button does, which would wait here, and clicks a view."""
        menu = button.menu()
        assert menu is not None
        self.clicks += 1
        menu.popup(button.mapToGlobal(QPoint(0, button.height())))
        (found,) = [one for one in menu.actions() if one.text() == name]
        self.click(menu, menu.actionGeometry(found).center())


class Day(NamedTuple):
    page: LoginsPage
    hand: Hand
    person: str
    place: str

    def shown(self) -> list[tuple[str, str]]:
        """Number and result of each row."""
        model = self.page.model
        rows = [model.row(number) for number in range(model.rowCount())]
        return sorted((row.number, row.outcome) for row in rows)


@pytest.fixture
def day(shell: Shell, running: RunningSite, qtbot) -> Iterator[Day]:
    """Somebody is refused at a kiosk last Tuesday and yesterday, and logs in at a gate today."""
    person = running.add_employee(department=NIGHT)
    gate = push_terminal(running, person)
    _, token = paired(running)
    tuesday = datetime.combine(last_weekday(1, datetime.now().date()), time(9)).astimezone(UTC)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    refused = [
        attempt(person.number, f"{person.number} {at}", at=at) for at in (tuesday, yesterday)
    ]
    as_kiosk(running, token, kiosk_link.upload, kiosk_link.Upload(logins=refused))
    now = datetime.now().replace(microsecond=0)
    gate.unit.punch(SimPunch(person.number, now, 0, 15))
    gate.unit.punch(SimPunch(STRANGER, now - timedelta(seconds=1), 0, 1))
    page = open_page(shell, LoginsPage)
    mine = {person.number, STRANGER}
    made = Day(page, Hand(qtbot), person.number, gate.serial)
    qtbot.waitUntil(lambda: mine <= {number for number, _ in made.shown()})
    qtbot.waitUntil(lambda: page.filter.department.findData(NIGHT) > 0)
    yield made
    page.filter.everything.click()
    shell.search.clear()


def refused_tuesday(day: Day) -> None:
    day.hand.pick(day.page.filter.span, SpanName.TUESDAY)


Ask = Callable[[Day], None]
QUESTIONS: dict[str, tuple[Ask, list[str]]] = {
    "who logged in last Tuesday": (refused_tuesday, ["refused"]),
    "who was refused": (
        lambda day: day.hand.pick(day.page.filter.result, LoginResult.REFUSED),
        ["refused"],
    ),
    "who was refused in the last 7 days": (
        lambda day: day.hand.view(day.page.views, "Refused, last 7 days"),
        ["refused"],
    ),
    "whose face or finger did not match": (
        lambda day: day.hand.pick(day.page.filter.reason, Reason.FINGER),
        ["refused"],
    ),
    "which numbers does nobody have": (
        lambda day: day.hand.view(day.page.views, "Unknown numbers, last 7 days"),
        ["unknown"],
    ),
    "who came today": (
        lambda day: day.hand.pick(day.page.filter.span, SpanName.TODAY),
        ["accepted", "unknown"],
    ),
    "who came by face": (
        lambda day: day.hand.pick(day.page.filter.method, LoginMethod.FACE),
        ["accepted"],
    ),
    "what did the night shift do": (
        lambda day: day.hand.pick(day.page.filter.department, NIGHT),
        ["accepted", "refused"],
    ),
    "what happened at all": (
        lambda day: day.hand.pick(day.page.filter.span, SpanName.ALL),
        ["accepted", "refused", "unknown"],
    ),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_CO19_a_question_takes_three_clicks(day: Day, qtbot, question: str) -> None:
    ask, answers = QUESTIONS[question]
    rows = {
        "accepted": (day.person, "accepted"),
        "refused": (day.person, "refused"),
        "unknown": (STRANGER, "accepted"),
    }
    right = {rows[answer] for answer in answers}
    ask(day)
    others = set(rows.values()) - right
    qtbot.waitUntil(lambda: right <= set(day.shown()) and not others & set(day.shown()))
    assert day.hand.clicks <= MOST_CLICKS


def test_CO19_where_and_why_somebody_was_refused_last_tuesday(day: Day, qtbot) -> None:
    """Two clicks for the day; a third, on the row, says where and why."""
    refused_tuesday(day)
    refused = (day.person, "refused")
    qtbot.waitUntil(lambda: {one for one in day.shown() if one[0] == day.person} == {refused})
    model, table = day.page.model, day.page.table
    row = next(at for at in range(model.rowCount()) if model.row(at).number == day.person)
    place = model.row(row).terminal  # the list goes on while it is looked at
    day.hand.click(table.viewport(), table.visualRect(model.index(row, 0)).center())
    qtbot.waitUntil(day.page.why.isVisible)
    assert "refused" in day.page.why.title.text()
    assert day.page.why.place.text().splitlines()[0] == place != ""
    assert day.page.why.summary.text()
    assert day.hand.clicks <= MOST_CLICKS


def test_CO19_when_most_are_refused_is_seen_in_two_clicks(day: Day, qtbot) -> None:
    day.hand.pick(day.page.charts.choice, Chart.REASON)
    qtbot.waitUntil(lambda: any(part.tally.refused for part in day.page.charts.parts))
    assert day.hand.clicks <= MOST_CLICKS
