"""CO19: the charts beside the login log, clicked and read as a table; N12: what they may miss."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import httpx
import pyqtgraph
import pytest
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtWidgets import QLabel

from bridge.simulator.unit import SimPunch
from console.desktop.dialogs.log_coverage_dialog import LogCoverageDialog
from console.desktop.pages.logins import LoginsPage
from console.desktop.shell import Shell
from console.domain.day_spans import SpanName
from console.domain.login_charts import Chart
from console.qt import charts
from tests.conftest import RunningSite
from tests.qt.conftest import open_page
from tests.service.gates import push_terminal
from tests.service.test_terminals import approve

STRANGER = "990088"


class Log(NamedTuple):
    """The page, narrowed to a gate with three logins, two of them within an hour."""

    page: LoginsPage
    times: list[datetime]
    numbers: list[str]


@pytest.fixture
def log(shell: Shell, running: RunningSite, qtbot) -> Log:
    person = running.add_employee()
    gate = push_terminal(running, person)
    hour = datetime.now().replace(minute=0, second=0, microsecond=0)
    times = [hour - timedelta(hours=3, minutes=-n) for n in (5, 6)] + [hour - timedelta(days=2)]
    numbers = [person.number, STRANGER, person.number]
    for number, at in zip(numbers, times, strict=True):
        gate.unit.punch(SimPunch(number, at, 0, 15))
    page = open_page(shell, LoginsPage)
    page._repeat_s = 0
    shell.search.setText(gate.serial)
    qtbot.waitUntil(lambda: page.model.rowCount() == 3)
    return Log(page, times, numbers)


def show(log: Log, chart: Chart, qtbot) -> None:
    log.page.charts.choose(chart)
    qtbot.waitUntil(lambda: sum(part.tally.total for part in log.page.charts.parts) > 1)


def click(chart: charts.Chart, x: float, y: float, qtbot) -> None:
    """With the mouse, where this point is drawn."""
    plot = chart.findChild(pyqtgraph.PlotWidget)
    assert plot is not None
    place = plot.mapFromScene(plot.getPlotItem().vb.mapViewToScene(QPointF(x, y)))
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=place)


def shown(log: Log) -> list[str]:
    return [log.page.model.row(n).number for n in range(log.page.model.rowCount())]


def test_CO19_a_bar_of_an_hour_shows_exactly_its_logins(log: Log, qtbot) -> None:
    show(log, Chart.HOUR, qtbot)
    parts = log.page.charts.parts
    (number,) = [at for at, part in enumerate(parts) if part.tally.total]
    assert (parts[number].tally.accepted, parts[number].tally.unknown) == (1, 1)
    click(log.page.charts.bars, number, 0.1, qtbot)
    qtbot.waitUntil(lambda: shown(log) == [STRANGER, log.numbers[0]])
    assert log.page.filter.span.name is SpanName.PART
    assert log.page.filter.span.currentText() == parts[number].words


def test_N9_a_login_at_a_terminal_says_when_it_was(log: Log, qtbot) -> None:
    log.page.table.selectRow(0)
    assert log.page.why.isVisible()
    assert log.page.why.title.text() == "Login at a terminal"
    log.page.table.clearSelection()
    assert not log.page.why.isVisible()


def test_CO19_a_bar_of_a_day_shows_exactly_its_logins(log: Log, qtbot) -> None:
    show(log, Chart.DAY, qtbot)
    parts = log.page.charts.parts
    number = next(at for at, part in enumerate(parts) if part.tally.total)
    click(log.page.charts.bars, number, 0.1, qtbot)
    qtbot.waitUntil(lambda: shown(log) == [log.numbers[2]])


def test_CO19_a_cell_of_the_week_shows_this_hour_of_every_week(log: Log, qtbot) -> None:
    show(log, Chart.WEEK, qtbot)
    at = log.times[0]
    click(log.page.charts.week, at.hour + 0.5, 6.5 - at.weekday(), qtbot)
    qtbot.waitUntil(lambda: shown(log) == [STRANGER, log.numbers[0]])
    wanted = log.page.filter.wanted()
    assert wanted is not None and len(wanted.during) in (4, 5), "each of four weeks has this hour"
    assert all(since.astimezone().hour == at.hour for since, _ in wanted.during)


def test_CO19_the_table_has_the_numbers_and_is_used_by_the_keyboard(log: Log, qtbot) -> None:
    show(log, Chart.PLACE, qtbot)
    page = log.page
    qtbot.keyClick(page.charts.as_table, Qt.Key.Key_Space)
    assert page.charts.table.isVisible()
    qtbot.waitUntil(lambda: page.charts.model.rowCount() == 1)  # those of before are replaced
    row = page.charts.model.row(0)
    assert (row.tally.accepted, row.tally.unknown, row.tally.refused) == (2, 1, 0)
    page.charts.table.selectRow(0)
    qtbot.keyClick(page.charts.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.filter.place.currentText() == row.words)
    qtbot.waitUntil(lambda: len(shown(log)) == 3)


def test_CO19_the_counts_follow_the_filter_and_what_has_no_login_is_empty(log: Log, qtbot) -> None:
    log.page.charts.choose(Chart.REASON)
    qtbot.waitUntil(lambda: log.page.charts.counted is not None)
    assert log.page.charts.parts == [], "nobody was refused"
    show(log, Chart.DAY, qtbot)
    log.page.filter.span.choose(SpanName.YESTERDAY)
    qtbot.waitUntil(lambda: len(log.page.charts.parts) == 1)
    assert log.page.charts.parts[0].tally.total == len(
        [at for at in log.times if at.date() == datetime.now().date() - timedelta(days=1)]
    )


def test_N12_times_that_may_miss_logins_are_marked_and_listed(
    log: Log, running: RunningSite, qtbot
) -> None:
    """Of a terminal that was approved and has not handed out its log yet."""
    httpx.get(running.demo.running.push + "/iclock/cdata", params={"SN": "SILENT"})
    approve(running, "SILENT")
    log.page.charts.choose(Chart.HOUR)
    qtbot.waitUntil(lambda: bool(log.page._gaps))
    assert not log.page.coverage.icon().isNull()
    plot = log.page.charts.bars._plot.getPlotItem()
    qtbot.waitUntil(  # the bars that they lie behind are counted meanwhile
        lambda: any(isinstance(item, pyqtgraph.LinearRegionItem) for item in plot.items)
    )
    qtbot.mouseClick(log.page.coverage, Qt.MouseButton.LeftButton)
    dialog = log.page.findChild(LogCoverageDialog)
    assert dialog is not None
    gap = dialog.model.row(0)
    assert gap.place and gap.why and gap.since < gap.until <= datetime.now(UTC)
    assert "may be missing" in dialog.findChildren(QLabel)[0].text()
    dialog.reject()
