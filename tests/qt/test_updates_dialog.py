"""What administrators see of updates, and what they can do about each. P19."""

from pathlib import Path
from typing import Any

import pytest
from PyQt6.QtWidgets import QPushButton

from console import __version__
from console.api import updates as api
from console.api.operation import Nothing
from console.api.today import Line
from console.desktop.dialogs import updates_dialog
from console.desktop.dialogs.updates_dialog import UpdatesDialog, state_of, title_of
from console.desktop.pages.settings import SettingsPage
from console.desktop.shell import Shell
from console.domain.today import Concern
from console.domain.updates import Stage
from console.qt.client import ConnectionState, ServiceClient
from console.service.updates.book import KeptUpdates, save_updates
from tests.conftest import RunningSite
from tests.qt.conftest import open_page
from tests.support.filled import filled


def state(**facts: Any) -> api.UpdatesState:
    known = {"installed": "1.3", "installs": True, "trusts": True, "stage": Stage.NONE}
    return filled(api.UpdatesState, **(known | facts))


@pytest.fixture
def dialog(shell: Shell, qtbot) -> UpdatesDialog:
    page = open_page(shell, SettingsPage)
    page.updates.click()
    found = page.findChild(UpdatesDialog)
    assert found is not None
    qtbot.waitUntil(lambda: found.known is not None)
    return found


def offered(dialog: UpdatesDialog, **facts: Any) -> list[QPushButton]:
    """What can be done in this state."""
    dialog._show(state(**facts))
    return [act for act in dialog.acts if act.isVisible()]


def test_each_stage_offers_what_can_be_done_then(dialog: UpdatesDialog) -> None:
    address, there = "https://it.example.com", "1.4"
    assert offered(dialog) == []
    assert offered(dialog, stage=Stage.FOUND, version=there, address=address) == [dialog.download]
    assert offered(dialog, stage=Stage.FOUND, version=there) == [], "there is nowhere to load from"
    assert offered(dialog, stage=Stage.READY, version=there) == [dialog.now, dialog.plan]
    assert dialog.idle.isVisible()
    planned = offered(dialog, stage=Stage.PLANNED, version=there, by="Mei")
    assert planned == [dialog.now, dialog.postpone]
    assert offered(dialog, stage=Stage.ORDERED, version=there) == []
    assert not dialog.from_file.isEnabled()
    for lacking in ("installs", "trusts"):
        assert offered(dialog, stage=Stage.READY, version=there, **{lacking: False}) == []


def test_what_is_there_is_said_with_its_changes(dialog: UpdatesDialog) -> None:
    dialog._show(state(version="1.4", changes="Faster.", stage=Stage.READY))
    assert dialog.title.text() == "Muster 1.4 is available."
    said = "Installed now: Muster 1.3. The update has been downloaded and verified."
    assert dialog.state.text() == said
    assert dialog.changes.toPlainText() == "Faster." and dialog.changes.isVisible()
    dialog._show(state(outcome="The update was not installed.", problem="Other."))
    assert dialog.problem.text() == "The update was not installed."
    assert title_of(state()) == "Muster 1.3 is installed."
    assert "the way this one was installed" in state_of(state(version="1.4", installs=False))
    assert "without the keys" in state_of(state(trusts=False))
    assert "Planned by Mei." in state_of(state(version="1.4", stage=Stage.PLANNED, by="Mei"))


def test_an_address_is_set_refused_and_taken_away(
    dialog: UpdatesDialog, running: RunningSite, qtbot
) -> None:
    assert f"Muster {__version__} is installed." == dialog.title.text()
    dialog.address.edit.setText("http://it.example.com")
    dialog.save.click()
    qtbot.waitUntil(lambda: "https://" in dialog.address.problem.text())
    dialog.address.edit.setText(" https://it.example.com/muster/ ")
    dialog.save.click()
    qtbot.waitUntil(lambda: dialog.address.text() == "https://it.example.com/muster")
    assert not dialog.address.problem.isVisible()
    dialog.address.edit.clear()
    dialog.save.click()
    qtbot.waitUntil(lambda: not running.client.call(api.look, Nothing()).address)


def test_a_file_is_sent_in_portions_and_what_is_wrong_with_it_is_said(
    dialog: UpdatesDialog, tmp_path: Path, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "PORTION", 1000)
    file = tmp_path / "x.mstrup"
    dialog.take_file(file)
    assert "No such file" in dialog.problem.text()
    file.write_bytes(b"")
    dialog.take_file(file)
    assert "not an update of Muster" in dialog.problem.text()
    file.write_bytes(bytes(2500))
    dialog.take_file(file)
    assert dialog.file.under_way
    qtbot.waitUntil(lambda: "without the keys of its maker" in dialog.strip.text.text())
    assert not dialog.file.under_way


def test_it_is_installed_at_once_only_by_whoever_is_sure(
    dialog: UpdatesDialog, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter((False, True))
    monkeypatch.setattr(updates_dialog, "is_sure", lambda *_: next(answers))
    dialog._show(state(version="1.4", stage=Stage.READY))
    dialog.now.click()
    assert not dialog.working.running and not dialog.strip.isVisible()
    dialog.now.click()
    qtbot.waitUntil(lambda: "not installed with the Muster set-up" in dialog.strip.text.text())


def test_a_line_of_the_first_page_leads_to_it(shell: Shell, qtbot) -> None:
    shell._open_line(Line(concern=Concern.UPDATE, count=1))
    assert isinstance(shell.page, SettingsPage)
    assert shell.page.findChild(UpdatesDialog) is not None
    shell._open_line(Line(concern=Concern.EMAIL_PAUSES, count=1))


def test_the_console_closes_when_the_set_up_begins(shell: Shell, qtbot) -> None:
    shell.client.changed.emit("updates", "")
    assert shell.isVisible()
    shell.client.changed.emit("updates", api.CONSOLES_CLOSE)
    assert not shell.isVisible()


def test_a_console_where_nobody_is_signed_in_closes_too(
    running: RunningSite, client: ServiceClient, qtbot
) -> None:
    shell = Shell(client)
    qtbot.addWidget(shell)
    shell.show()
    client.connect_service()
    qtbot.waitUntil(lambda: client.state is ConnectionState.SIGNED_OUT)
    shell.sign_in.username.edit.setText("half a na")
    shell.sign_in.username.edit.setFocus()
    shown: list[object] = []
    client.health_known.connect(shown.append)
    client._look.timeout.emit()
    qtbot.waitUntil(lambda: len(shown) == 1)
    assert shell.isVisible()
    assert shell.sign_in.username.edit.text() == "half a na"
    with running.store().write() as tx:
        save_updates(tx, KeptUpdates(stage=Stage.ORDERED))
    client._look.timeout.emit()
    qtbot.waitUntil(lambda: not shell.isVisible())
    with running.store().write() as tx:
        save_updates(tx, KeptUpdates())
