"""CO19: each operator finds the console as they left it: window, page, tables."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QHeaderView

from console.desktop.pages.employees import EmployeesPage
from console.desktop.pages.logins import LoginsPage
from console.desktop.pages.operators import OperatorsPage
from console.desktop.shell import Shell
from console.desktop.view_memory import FILE, MOST_OPERATORS, OperatorView, ViewMemory
from console.domain.operators import Role
from console.qt.tables import Table
from tests.conftest import RunningSite
from tests.qt.conftest import ADMIN, open_page, sign_in
from tests.support.operators import add_operator

Start = Callable[[str], Shell]


def header_of(table: Table) -> QHeaderView:
    header = table.horizontalHeader()
    assert header is not None
    return header


def drag(qtbot, header: QHeaderView, start: int, end: int) -> None:
    """With the mouse, along the header."""
    along, port = header.height() // 2, header.viewport()
    qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=QPoint(start, along))
    for step in range(1, 5):
        qtbot.mouseMove(port, QPoint(start + (end - start) * step // 4, along))
    qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=QPoint(end, along))


def edge(header: QHeaderView, column: int) -> int:
    return header.sectionViewportPosition(column) + header.sectionSize(column) - 1


def test_CO19_tables_are_shown_as_they_were_left(start: Start, running: RunningSite, qtbot) -> None:
    for name in ("Ann", "Ben", "Cem"):
        running.add_employee(last_name=name)
    shell = start(ADMIN)
    table = open_page(shell, EmployeesPage).table
    header = header_of(table)
    was = header.sectionSize(0)
    drag(qtbot, header, edge(header, 0), edge(header, 0) + 60)
    width = header.sectionSize(0)
    assert width > was
    department = edge(header, 2) - 30
    drag(qtbot, header, department, 5)
    assert header.visualIndex(2) == 0
    spot = QPoint(edge(header, 1) - 30, 5)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert table.sorted_by == ("number", False)
    shell.close()
    page = open_page(start(ADMIN), EmployeesPage)
    header = header_of(page.table)
    assert header.sectionSize(0) == width
    assert header.visualIndex(2) == 0
    assert page.table.sorted_by == ("number", False)
    qtbot.waitUntil(lambda: page.model.rowCount() >= 3)
    numbers = [page.model.row(place).number for place in range(page.model.rowCount())]
    assert numbers == sorted(numbers), "the service sorts so"


def test_CO19_window_and_page_are_those_of_the_operator(
    start: Start, running: RunningSite, qtbot
) -> None:
    add_operator(running, "sup of views", Role.SUPERVISOR)
    shell = start(ADMIN)
    shell.resize(780, 700)
    size = shell.size()
    open_page(shell, OperatorsPage)
    qtbot.keyClick(shell, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    sign_in(shell, qtbot, "sup of views")
    assert isinstance(shell.page, LoginsPage), "nothing is remembered of them yet"
    shell.resize(690, 500)
    open_page(shell, LoginsPage)
    shell.close()
    shell = start(ADMIN)
    assert isinstance(shell.page, OperatorsPage)
    assert shell.size() == size


def test_CO19_a_page_that_the_role_lost_is_not_opened(
    start: Start, running: RunningSite, tmp_path: Path
) -> None:
    add_operator(running, "demoted", Role.AUDITOR)
    ViewMemory(tmp_path).keep("demoted", OperatorView(page="OperatorsPage"))
    assert isinstance(start("demoted").page, LoginsPage)


def test_CO19_a_smaller_screen_gets_a_window_that_fits(start: Start, tmp_path: Path) -> None:
    ViewMemory(tmp_path).keep(ADMIN, OperatorView(size=(9000, -5)))
    shell = start(ADMIN)
    screen = shell.screen()
    assert screen is not None
    assert shell.width() <= max(screen.availableSize().width(), shell.minimumSizeHint().width())
    assert shell.height() >= shell.minimumSizeHint().height()


@pytest.mark.parametrize(
    "table",
    [
        '{"widths": {"Full name": 900000, "Number": -4, "Gone": 70}}',
        '{"order": ["Gone", "Full name"], "sort": "secret", "descending": true}',
        '{"order": ["Full name", "Full name", "Full name", "Full name", "Full name"]}',
    ],
)
def test_CO19_what_does_not_fit_any_more_is_left_out(
    start: Start, tmp_path: Path, table: str
) -> None:
    views = f'{{"page": "Gone", "tables": {{"EmployeesPage: Employees": {table}}}}}'
    (tmp_path / FILE).write_text(f'{{"operators": {{"{ADMIN}": {views}}}}}')
    page = open_page(start(ADMIN), EmployeesPage)
    header = header_of(page.table)
    assert [header.visualIndex(number) for number in range(5)] == [0, 1, 2, 3, 4]
    assert all(40 <= header.sectionSize(number) <= 1000 for number in (0, 1, 2, 4))
    assert page.table.sorted_by == ("name", False)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"\xff\xfe", b'{"operators": {"a": {"size": "big"}}}', b"{" * 2_000_000]
)
def test_CO19_a_file_that_is_none_of_ours_is_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    assert ViewMemory(tmp_path).of(ADMIN) == ViewMemory(tmp_path).newest == OperatorView()


def test_CO19_the_file_does_not_grow_for_ever(tmp_path: Path) -> None:
    memory = ViewMemory(tmp_path)
    for number in range(MOST_OPERATORS + 1):
        memory.keep(str(number), OperatorView(size=(800 + number, 600)))
    memory = ViewMemory(tmp_path)
    assert memory.of("0") == OperatorView()
    assert memory.of("1").size == (801, 600)
    assert memory.newest == memory.of(str(MOST_OPERATORS))
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_CO19_where_nothing_can_be_written_it_is_remembered_until_the_end(tmp_path: Path) -> None:
    memory = ViewMemory(tmp_path / "gone")
    memory.keep(ADMIN, OperatorView(page="LoginsPage"))
    assert memory.of(ADMIN).page == "LoginsPage"
