"""CO19: each operator chooses colours and text size; all that is open follows at once."""

from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from console.desktop.dialogs.appearance_dialog import AppearanceDialog
from console.desktop.looks import Looks
from console.desktop.pages.employees import EmployeesPage
from console.desktop.shell import Shell
from console.desktop.view_memory import FILE, ViewMemory
from console.domain.appearance import Appearance, TextSize, ThemeChoice
from console.qt.charts import BarChart
from console.qt.client import ConnectionState, ServiceClient
from console.qt.sizes import sized
from console.qt.table_view import show_view, view_of
from console.qt.tables import Column, PagedModel, Table
from console.qt.theme import apply_theme, text_scale, theme, theme_for
from console.qt.themes import DARK, HIGH_CONTRAST, LIGHT
from console.qt.widgets import EmptyState, IconLabel, button, chip
from tests.conftest import PASSWORD, RunningSite
from tests.qt.conftest import open_page

ADMIN = "h.farid"
HIGH = Appearance(theme=ThemeChoice.HIGH_CONTRAST, text=TextSize.LARGEST)


@pytest.fixture(autouse=True)
def back_to_light(themed: QApplication):
    yield
    apply_theme(themed, LIGHT)


@pytest.fixture
def looks(themed: QApplication) -> Looks:
    return Looks(ViewMemory())


def colours(part: QWidget) -> set[str]:
    image = part.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    places = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return {image.pixelColor(x, y).name().upper() for x, y in places}


def test_everything_that_is_open_takes_the_colours_at_once(looks: Looks, qtbot) -> None:
    go = button("Save", lambda: None, icon_name="download")
    parts = [IconLabel("fingerprint", "accent", 40), chip("in use", "bad"), go]
    for part in parts:
        qtbot.addWidget(part)
        part.show()
    looks.choose(HIGH)
    assert HIGH_CONTRAST.accent in colours(parts[0])
    assert {HIGH_CONTRAST.bad, HIGH_CONTRAST.bad_soft} <= colours(parts[1])
    assert HIGH_CONTRAST.surface in colours(go)
    looks.choose(Appearance(theme=ThemeChoice.DARK))
    assert DARK.accent in colours(parts[0])
    assert DARK.ink2 in colours(go), "its icon"
    assert {DARK.bad, DARK.bad_soft} <= colours(parts[1])


def test_a_chart_follows_and_its_parts_differ_by_pattern(looks: Looks, qtbot) -> None:
    chart = BarChart("Logins", "")
    qtbot.addWidget(chart)
    chart.resize(400, 160)
    chart.show_bars([[4, 9], [1, 2], [3, 3]], [(0, "08"), (1, "09")])
    chart.show()
    for chosen, meant in ((ThemeChoice.DARK, DARK), (ThemeChoice.HIGH_CONTRAST, HIGH_CONTRAST)):
        looks.choose(Appearance(theme=chosen))
        qtbot.waitUntil(lambda meant=meant: {meant.surface, meant.accent} <= colours(chart))
        assert chart.grab().toImage().pixelColor(8, 8).name().upper() == meant.surface
    brushes = [bar.opts["brush"].style() for bar in chart._plot.getPlotItem().items]
    assert len(set(brushes)) == len(brushes) == 3


def test_sizes_and_rows_follow_the_text_and_come_back(looks: Looks, qtbot) -> None:
    part = QLabel("Main gate")
    qtbot.addWidget(part)
    sized(part, width=200, least_height=40)
    part.show()
    columns: list[Column[int]] = [Column("Number", str, 90), Column("Rest", str)]
    table = Table(PagedModel(columns, int), "Numbers")
    qtbot.addWidget(table)
    rows, header = table.verticalHeader(), table.horizontalHeader()
    assert rows is not None and header is not None
    table.resize(600, 200)
    table.show()
    before = part.fontMetrics().height()
    looks.choose(Appearance(text=TextSize.LARGEST))
    assert text_scale() == 1.5
    assert (part.width(), part.minimumHeight()) == (300, 60)
    assert part.fontMetrics().height() > 1.4 * before
    assert (rows.defaultSectionSize(), header.sectionSize(0)) == (60, 135)
    assert view_of(table).widths == {"Number": 90}, "remembered for text of 100 %"
    show_view(table, view_of(table))
    assert header.sectionSize(0) == 135
    looks.choose(Appearance())
    assert (part.width(), part.minimumHeight()) == (200, 40)
    assert (rows.defaultSectionSize(), header.sectionSize(0)) == (40, 90)


def test_a_column_that_takes_the_rest_is_never_squeezed_away(looks: Looks, qtbot) -> None:
    columns: list[Column[int]] = [Column("Number", str, 300), Column("Email", str)]
    table = Table(PagedModel(columns, int), "Numbers")
    qtbot.addWidget(table)
    header = table.horizontalHeader()
    assert header is not None
    table.resize(800, 200)
    table.show()
    qtbot.waitUntil(lambda: header.sectionSize(1) > 450)
    table.resize(380, 200)
    qtbot.waitUntil(lambda: header.sectionSize(1) == 140)
    table.resize(800, 200)
    qtbot.waitUntil(lambda: header.sectionSize(1) > 450)
    looks.choose(Appearance(text=TextSize.LARGEST))
    assert header.sectionSize(0) == 450
    table.resize(500, 200)
    qtbot.waitUntil(lambda: header.sectionSize(1) == 210)
    assert view_of(table).widths == {"Number": 300}


def test_an_advice_that_wraps_is_not_cut_after_the_text_has_grown(looks: Looks, qtbot) -> None:
    state = EmptyState("users", "Whose fingers?", "Choose a person on the left. " * 8)
    qtbot.addWidget(state)
    state.resize(900, 700)
    state.show()
    looks.choose(Appearance(text=TextSize.LARGEST))
    advice = next(part for part in state.findChildren(QLabel) if part.wordWrap())
    qtbot.waitUntil(lambda: advice.height() >= advice.heightForWidth(advice.width()))
    assert advice.width() == 630


def test_the_dialog_shows_each_choice_at_once_and_cancel_goes_back(looks: Looks, qtbot) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    dialog = AppearanceDialog(looks, owner)
    dialog.open()
    assert dialog.themes[ThemeChoice.SYSTEM].isChecked()
    dialog.themes[ThemeChoice.DARK].click()
    assert theme() is DARK
    dialog.sizes[TextSize.LARGER].click()
    assert looks.appearance == Appearance(theme=ThemeChoice.DARK, text=TextSize.LARGER)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert looks.appearance == Appearance()
    assert theme() is LIGHT


@pytest.mark.parametrize(
    ("scheme", "contrast", "meant"),
    [
        (Qt.ColorScheme.Unknown, Qt.ContrastPreference.NoPreference, LIGHT),
        (Qt.ColorScheme.Light, Qt.ContrastPreference.NoPreference, LIGHT),
        (Qt.ColorScheme.Dark, Qt.ContrastPreference.NoPreference, DARK),
        (Qt.ColorScheme.Light, Qt.ContrastPreference.HighContrast, HIGH_CONTRAST),
        (Qt.ColorScheme.Dark, Qt.ContrastPreference.HighContrast, HIGH_CONTRAST),
    ],
)
def test_as_the_system_means_what_the_system_shows(scheme, contrast, meant) -> None:
    assert theme_for(scheme, contrast) is meant


def test_it_is_remembered_by_operator_and_the_last_choice_for_the_computer(tmp_path: Path) -> None:
    memory = ViewMemory(tmp_path)
    memory.keep_appearance("ann", HIGH)
    memory.keep_appearance("", Appearance(theme=ThemeChoice.DARK))
    memory = ViewMemory(tmp_path)
    assert memory.appearance == Appearance(theme=ThemeChoice.DARK)
    assert memory.appearance_of("ann") == HIGH
    assert memory.appearance_of("somebody new") == memory.appearance


@pytest.mark.parametrize("value", ['"theme": "pink"', '"text": 4000', '"text": "large"'])
def test_a_choice_that_does_not_exist_is_as_none(tmp_path: Path, value: str) -> None:
    (tmp_path / FILE).write_text(f'{{"appearance": {{{value}}}}}')
    assert ViewMemory(tmp_path).appearance == Appearance()


def test_CO19_an_operator_finds_their_look_again_and_it_is_chosen_before_signing_in_too(
    running: RunningSite, themed: QApplication, qtbot, tmp_path: Path
) -> None:
    client = ServiceClient(running.demo.locate)
    memory = ViewMemory(tmp_path)
    memory.keep_appearance(ADMIN, HIGH)
    memory.keep_appearance("", Appearance())
    shell = Shell(client, memory=memory)
    qtbot.addWidget(shell)
    shell.show()
    client.connect_service()
    qtbot.waitUntil(lambda: client.state is ConnectionState.SIGNED_OUT)
    choose = next(
        one for one in shell.sign_in.findChildren(QPushButton) if one.text() == "Appearance…"
    )
    choose.click()
    dialog = shell.findChild(AppearanceDialog)
    assert dialog is not None
    dialog.themes[ThemeChoice.DARK].click()
    dialog.accept()
    assert theme() is DARK
    shell.sign_in.username.edit.setText(ADMIN)
    shell.sign_in.password.edit.setText(PASSWORD)
    shell.sign_in.go.click()
    qtbot.waitUntil(lambda: bool(shell.pages))
    assert shell.aids.looks.appearance == HIGH
    assert theme() is HIGH_CONTRAST
    page = open_page(shell, EmployeesPage)
    rows = page.table.verticalHeader()
    assert rows is not None and rows.defaultSectionSize() == 60
    shell.activateWindow()
    qtbot.waitUntil(shell.isActiveWindow)
    qtbot.keyClick(shell, Qt.Key.Key_Minus, Qt.KeyboardModifier.ControlModifier)
    assert rows.defaultSectionSize() == 52
    shell.close()
    client.close()
    assert ViewMemory(tmp_path).appearance_of(ADMIN).text is TextSize.LARGER
