"""N12: the export of the login log in the console: which days, and what the statement says."""

from pathlib import Path

import pytest
from PyQt6.QtWidgets import QFileDialog

from console.desktop.pages.logins import LoginsPage
from console.desktop.shell import Shell
from console.login_statement import check_export
from tests.qt.conftest import open_page


def test_N12_the_log_is_exported_and_what_it_shows_is_said(
    shell: Shell, qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page(shell, LoginsPage)
    dialog = page.open_export()
    dialog.first.edit.setText("2026-13-01")
    dialog.export.click()
    assert "2026-12-31" in dialog.first.problem.text()
    dialog.first.edit.setText("2026-12-31")
    dialog.last.edit.setText("2026-12-01")
    dialog.export.click()
    assert "before the first" in dialog.last.problem.text()
    dialog.first.edit.setText("2026-11-01")
    path = tmp_path / "logins.zip"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    dialog.export.click()
    qtbot.waitUntil(lambda: "logins.zip" in dialog.said.text())
    assert "No stored login is missing or was changed." in dialog.said.text()
    assert check_export(path).problems == []
