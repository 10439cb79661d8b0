"""Backups on their page: the recovery key, a backup, and who may do what. 2.4, 2.5."""

from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication

from console.api import backups as api
from console.desktop.dialogs.backup_places_dialog import BackupPlacesDialog
from console.desktop.dialogs.recovery_key_dialog import RecoveryKeyDialog
from console.desktop.pages import backups as page_module
from console.desktop.pages.backups import BackupsPage, details_in_words
from console.desktop.shell import Shell
from console.domain.operators import Role
from tests.conftest import PASSWORD, RunningSite
from tests.qt.conftest import open_page
from tests.store.made import NOW
from tests.support.operators import add_operator


def make_key(page: BackupsPage, qtbot) -> RecoveryKeyDialog:
    page.key.click()
    qtbot.waitUntil(lambda: page.findChild(RecoveryKeyDialog) is not None)
    dialog = page.findChild(RecoveryKeyDialog)
    assert dialog is not None
    return dialog


def type_back(dialog: RecoveryKeyDialog) -> None:
    groups = dialog.key.text().split()
    dialog.next.click()
    for number, field in dialog.fields.items():
        field.edit.setText(groups[number - 1])
    dialog.go.click()


def test_a_key_is_made_and_a_backup_made_and_verified(
    shell: Shell, tmp_path: Path, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page(shell, BackupsPage)
    qtbot.waitUntil(lambda: "No recovery key" in page.alarm.text())
    assert not page.back_up.isEnabled()
    dialog = make_key(page, qtbot)
    dialog.save_file(tmp_path / "key.txt")
    assert (tmp_path / "key.txt").read_text().split() == dialog.key.text().split()
    dialog.next.click()
    field = next(iter(dialog.fields.values()))
    for one in dialog.fields.values():
        one.edit.setText("AAAA")
    dialog.go.click()
    qtbot.waitUntil(lambda: "does not match the one shown" in field.problem.text())
    assert dialog.showing.isHidden(), "nobody types it from the screen"
    dialog.back.click()
    type_back(dialog)
    qtbot.waitUntil(lambda: "in force" in shell.banner.text())
    qtbot.waitUntil(page.back_up.isEnabled)
    page.back_up.click()
    qtbot.waitUntil(lambda: page.model.rowCount() == 1, timeout=20_000)
    qtbot.waitUntil(lambda: page.state.text().startswith("Up to date"))
    page.table.selectRow(0)
    qtbot.waitUntil(page.verify.isEnabled)
    page.verify.click()
    qtbot.waitUntil(lambda: "is intact" in page.strip.text.text(), timeout=20_000)
    monkeypatch.setattr(page_module, "is_sure", lambda *_: False)
    page.key.click()
    assert page.findChild(RecoveryKeyDialog) is None or not dialog.isVisible()


def test_a_copied_key_does_not_stay_in_the_clipboard(
    shell: Shell, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "is_sure", lambda *_: True)
    page = open_page(shell, BackupsPage)
    qtbot.waitUntil(lambda: page.known is not None)
    dialog = make_key(page, qtbot)
    dialog._copy()
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    assert clipboard.text().split() == dialog.key.text().split()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert clipboard.text() == ""


def test_places_are_added_and_what_is_wrong_is_said(shell: Shell, tmp_path: Path, qtbot) -> None:
    page = open_page(shell, BackupsPage)
    page.places.click()
    dialog = page.findChild(BackupPlacesDialog)
    assert dialog is not None
    qtbot.waitUntil(dialog.own.isVisible)
    assert not dialog.remove.isEnabled()
    dialog.add_folder(str(tmp_path / "none"))
    qtbot.waitUntil(lambda: "does not exist" in dialog.problem.text())
    dialog.add_folder(str(tmp_path))
    qtbot.waitUntil(lambda: dialog.chosen is not None and dialog.chosen.folder == str(tmp_path))
    assert dialog.remove.isEnabled()
    dialog.reject()


def test_an_auditor_looks_and_changes_nothing(shell: Shell, running: RunningSite, qtbot) -> None:
    add_operator(running, Role.AUDITOR.value, Role.AUDITOR)
    shell._sign_out()
    qtbot.waitUntil(lambda: not shell.pages)
    shell.sign_in.username.edit.setText(Role.AUDITOR.value)
    shell.sign_in.password.edit.setText(PASSWORD)
    shell.sign_in.go.click()
    qtbot.waitUntil(lambda: bool(shell.pages))
    page = open_page(shell, BackupsPage)
    qtbot.waitUntil(lambda: page.known is not None)
    acts = page.back_up, page.verify, page.key, page.site_key
    assert [part.isVisible() for part in acts] == [False] * 4
    assert page.places.isVisible()


@pytest.mark.parametrize(
    ("restored", "said"),
    [(True, "A restore was last tested on"), (False, "was read back, but not restored, on")],
)
def test_what_was_only_read_back_is_not_called_a_restore(restored: bool, said: str) -> None:
    state = api.BackupsState(
        problem="",
        newest=NOW,
        key="",
        key_made_at=None,
        rows=[],
        places=[],
        tried_out_at=NOW,
        tried_out_well=True,
        tried_out_restored=restored,
    )
    assert said in details_in_words(state)
