"""The report for support: read first, saved word for word, and never sent. Issue 16."""

from pathlib import Path

import pytest
from sqlalchemy import select

from console import __version__
from console.desktop.dialogs.support_dialog import SupportDialog
from console.desktop.pages.settings import SettingsPage
from console.desktop.shell import Shell
from console.store.schema import Audit
from tests.conftest import RunningSite
from tests.qt.conftest import open_page


@pytest.fixture
def dialog(shell: Shell, qtbot) -> SupportDialog:
    page = open_page(shell, SettingsPage)
    page.support.click()
    found = page.findChild(SupportDialog)
    assert found is not None
    assert not found.save.isEnabled(), "there is nothing to save yet"
    qtbot.waitUntil(found.save.isEnabled)
    return found


def test_what_is_saved_is_what_was_read(
    dialog: SupportDialog, running: RunningSite, tmp_path: Path
) -> None:
    shown = dialog.text.toPlainText()
    assert shown.startswith(f"Muster {__version__}, Python ")
    assert "service_ready" in shown, "the log of the service"
    dialog.save_file(tmp_path / "report.txt")
    assert (tmp_path / "report.txt").read_text("utf-8") == shown
    assert dialog.said.text().startswith("Saved as")
    with running.store().read() as tx:
        newest = tx.scalar(select(Audit.action).order_by(Audit.seq.desc()))
    assert newest == "support.report_read"


def test_a_file_that_cannot_be_written_is_said(dialog: SupportDialog, tmp_path: Path) -> None:
    dialog.save_file(tmp_path)
    assert "directory" in dialog.said.text()
