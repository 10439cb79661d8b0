"""AC10: the audit log on its page."""

from pathlib import Path

from console.desktop.pages.audit import AuditPage
from console.desktop.shell import Shell
from tests.conftest import RunningSite
from tests.qt.conftest import open_page


def test_entries_are_searched_verified_and_exported(
    shell: Shell, running: RunningSite, tmp_path: Path, qtbot
) -> None:
    person = running.add_employee(last_name="Quist")
    page = open_page(shell, AuditPage)
    qtbot.waitUntil(lambda: page.model.rowCount() > 0)
    page.search("quist")
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    entry = page.model.row(0)
    assert (entry.act, entry.about) == ("Added the employee", f"Nur Quist ({person.number})")
    page.save_file(tmp_path / "audit.csv")
    qtbot.waitUntil((tmp_path / "audit.csv").is_file)
    assert "Added the employee" in (tmp_path / "audit.csv").read_text("utf-8-sig")
    page.verify.click()
    qtbot.waitUntil(lambda: "are not found by this. Verified" in page.whole.text())
    page.search("no such thing at all")
    qtbot.waitUntil(lambda: page.list.shown is page.nothing)
    page.search("")


def test_a_file_that_cannot_be_written_is_said(shell: Shell, tmp_path: Path, qtbot) -> None:
    page = open_page(shell, AuditPage)
    with qtbot.waitSignal(page.message) as told:
        page.save_file(tmp_path / "no such folder" / "audit.csv")
    assert told.args[1]
    assert "could not be written" in told.args[0]
