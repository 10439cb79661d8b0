"""CO19: the time of a log is chosen by usual spans, and days in a calendar, also by keyboard."""

from datetime import date, datetime, timedelta

import pytest
from PyQt6.QtCore import QDate, Qt
from PyQt6.QtWidgets import QApplication, QCalendarWidget, QTableView

from console.desktop.widgets.day_calendar import DayCalendar
from console.desktop.widgets.span_choice import Part, SpanChoice
from console.domain.day_spans import SpanName
from console.domain.language import tr_short_day


@pytest.fixture
def span(themed: QApplication, qtbot) -> SpanChoice:
    span = SpanChoice()
    qtbot.addWidget(span)
    qtbot.addWidget(span.days)
    span.show()
    return span


def day(moment: datetime | None) -> date:
    assert moment is not None
    local = moment.astimezone()
    assert (local.hour, local.minute) == (0, 0)
    return local.date()


def test_CO19_yesterday_is_one_key_away(span: SpanChoice, qtbot) -> None:
    qtbot.keyClicks(span, "Y")
    assert span.name is SpanName.YESTERDAY
    since, until = span.times()
    today = date.today()
    assert (day(since), day(until)) == (today - timedelta(days=1), today)


def test_CO19_last_tuesday_says_which_day_it_is(span: SpanChoice) -> None:
    with_changes: list[SpanName] = []
    span.changed.connect(lambda: with_changes.append(span.name))
    span.choose(SpanName.TUESDAY)
    since, until = span.times()
    assert day(since).weekday() == 1
    assert day(until) - day(since) == timedelta(days=1)
    assert timedelta(0) < date.today() - day(since) <= timedelta(days=7)
    assert span.currentText() == f"Last Tuesday: {tr_short_day(day(since))}"
    assert with_changes == [SpanName.TUESDAY]


def test_CO19_a_day_is_chosen_in_the_calendar_by_keys(span: SpanChoice, qtbot) -> None:
    span.choose(SpanName.DAYS)
    span.days.show()
    span.first.edit.setText("2026-11-30")
    calendar = span.first.open_calendar()
    view = calendar.findChild(QTableView)
    assert view is not None and calendar.days.selectedDate() == QDate(2026, 11, 30)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    with qtbot.waitSignal(span.changed):
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert span.first.text() == "2026-12-01"
    qtbot.waitUntil(lambda: not span.first.findChildren(DayCalendar))


def test_CO19_escape_leaves_the_day_alone(span: SpanChoice, qtbot) -> None:
    span.choose(SpanName.DAYS)
    span.days.show()
    calendar = span.last.open_calendar()
    view = calendar.findChild(QTableView)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not span.last.findChildren(QCalendarWidget))
    assert span.last.text() == ""


def test_CO19_what_is_chosen_can_be_kept_and_shown_on_another_day(span: SpanChoice) -> None:
    span.choose(SpanName.LAST_WEEK)
    assert span.state() == {"span": "last week"}
    span.choose_days(date(2026, 11, 2), None)
    kept = span.state()
    noon = datetime(2026, 11, 24, 12).astimezone()
    span.show_part(Part(words="an hour", since=noon, until=noon + timedelta(hours=1)))
    assert span.state() == {"span": "days", "first": "2026-11-24", "last": "2026-11-24"}
    span.show_state({name: str(value) for name, value in kept.items()})
    assert (span.name, day(span.times()[0]), span.times()[1]) == (
        SpanName.DAYS,
        date(2026, 11, 2),
        None,
    )


def test_CO19_a_span_that_nobody_knows_is_all_times(span: SpanChoice) -> None:
    for state in ({}, {"span": "next century"}, {"span": "part"}):
        span.show_state(state)
        assert span.name is SpanName.ALL
        assert span.times() == (None, None)
