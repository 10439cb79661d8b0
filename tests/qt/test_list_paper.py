"""CO19: the login log on paper: every page names the site, the filter and its number."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QImage, QPainter, QPdfWriter
from PyQt6.QtPrintSupport import QPrinter
from PyQt6.QtWidgets import QApplication, QFileDialog

from console.desktop import list_paper
from console.desktop.list_paper import PAPER, PaperHead, PaperList
from console.desktop.pages.logins import LoginsPage
from console.desktop.shell import Shell
from console.domain.day_spans import SpanName
from console.domain.logins import LoginMethod
from tests.conftest import RunningSite
from tests.qt.test_login_filter import choose
from tests.qt.test_login_list import page

__all__ = ["page"]

HEADINGS = ("Time", "Reason")
HEAD = PaperHead(title="Login log", site="Hilltop", chosen="Result: Refused", made="today")


def pages_in(path: Path) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", path.read_bytes()))


def drawn(paper: PaperList, path: Path) -> int:
    writer = QPdfWriter(str(path))
    writer.setPageLayout(PAPER)
    return paper.draw(writer)


def filled(rows: int, reason: str = "Face did not match") -> PaperList:
    paper = PaperList(HEADINGS, (1, 3))
    paper.head = HEAD
    paper.add([("07:00", reason)] * rows)
    return paper


def test_CO19_as_many_pages_as_the_rows_need(themed: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "list.pdf"
    assert drawn(filled(0), path) == pages_in(path) == 1, "that there is nothing is said, too"
    few, many = drawn(filled(200), path), drawn(filled(400), path)
    assert 1 < few < many == pages_in(path)
    assert drawn(filled(200, "long " * 120), path) > 2 * few, "nothing of a row is cut off"


def test_CO19_no_row_stands_on_the_foot_of_its_page(themed: QApplication) -> None:
    image = QImage(2200, 1500, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    pages = list_paper._Pages(painter, HEAD, HEADINGS, (1, 3))
    rows = [("07:00", "word " * (n % 90)) for n in range(300)]
    starts = [*pages.starts(rows), len(rows)]
    assert starts[0] == 0 and starts == sorted(set(starts))
    for begin, end in pairwise(starts):
        height = sum(pages._height(row) for row in rows[begin:end])
        assert pages._top + height <= pages._bottom or end == begin + 1
    painter.end()


def test_CO19_paper_is_bounded_and_says_what_to_do(
    themed: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_paper, "MOST_ON_PAPER", 3)
    filled(3)
    with pytest.raises(OSError, match="limited to 3 rows"):
        filled(4)


def heads(monkeypatch: pytest.MonkeyPatch) -> list[PaperHead]:
    """What stood on the pages that were drawn."""
    seen: list[PaperHead] = []
    draw = PaperList.draw

    def draw_and_note(self: PaperList, device: QPdfWriter) -> int:
        seen.append(self.head)
        return draw(self, device)

    monkeypatch.setattr(PaperList, "draw", draw_and_note)
    return seen


def test_CO19_what_is_filtered_becomes_a_pdf(
    page: LoginsPage,
    shell: Shell,
    running: RunningSite,
    qtbot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen, path = heads(monkeypatch), tmp_path / "logins.pdf"
    choose(page.filter.method, LoginMethod.FINGER)
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    qtbot.keyClick(shell, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: "1 login was exported to logins.pdf" in shell.banner.text())
    assert pages_in(path) == 1
    (head,) = seen
    assert head.site and head.site in shell.windowTitle()
    assert head.chosen.startswith("Time: All times · Method: Finger · Search: ")
    assert "H. Farid" in head.made or "Farid" in head.made


def test_CO19_what_is_filtered_is_printed(
    page: LoginsPage, shell: Shell, qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a printer that prints to a file."""
    seen = heads(monkeypatch)
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "printed.pdf"))
    page.filter.span.choose(SpanName.LAST_7_DAYS)
    page.print_list(printer, "Office")
    qtbot.waitUntil(lambda: "2 logins were exported to Office" in shell.banner.text())
    assert pages_in(tmp_path / "printed.pdf") == 1
    assert [head.chosen.split(" · ")[0] for head in seen] == ["Time: Last 7 days"]
