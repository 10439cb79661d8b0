"""CO19: About says what runs here, where its data lies, and whose work it contains."""

from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from PyQt6.QtWidgets import QApplication, QWidget

from console import __version__
from console.desktop import licences
from console.desktop.dialogs.about_dialog import AboutDialog, data_place
from console.desktop.shell import Shell
from console.installation import DATA
from console.qt.client import ServiceClient


@pytest.fixture
def owner(themed, qtbot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


def test_it_tells_version_data_service_and_copies_them(
    shell: Shell, themed: QApplication, tmp_path: Path
) -> None:
    dialog = AboutDialog(shell.client, tmp_path, shell)
    dialog.open()
    facts = dialog.facts()
    assert facts["Version"] == f"{__version__} · GPL-3.0-or-later"
    assert facts["Service"] == "Connected"
    assert facts["Address of the service"] == shell.client.address
    assert facts["Version of the service"] == __version__
    assert facts["Data"] == str(tmp_path)
    dialog.copy.click()
    clipboard = themed.clipboard()
    assert clipboard is not None
    copied = clipboard.text()
    assert all(f"{name}: {value}" in copied for name, value in facts.items())
    session = shell.client.session
    assert session is not None
    assert session.token not in copied and session.name not in copied
    dialog.accept()


def test_it_says_so_when_the_service_goes_away(owner: QWidget, qtbot) -> None:
    client = ServiceClient(lambda: None)
    dialog = AboutDialog(client, None, owner)
    dialog.open()
    assert dialog.facts()["Service"] == "Looking for the service"
    client.connect_service()
    client.connect_service()
    assert dialog._values["Service"].text() == "Unreachable"
    assert dialog.facts()["Address of the service"] == dialog.facts()["Data"] == "Not known"
    client.close()


def test_the_data_of_an_installed_service_lies_with_the_computer(
    tmp_path: Path, monkeypatch
) -> None:
    site = tmp_path / "computer"
    monkeypatch.setattr("console.installation.user_folder", lambda: tmp_path)
    for module in ("console.installation", "console.desktop.dialogs.about_dialog"):
        monkeypatch.setattr(f"{module}.computer_folder", lambda: site)
    assert data_place(tmp_path) == str(tmp_path)
    (site / "announced").mkdir(parents=True)
    assert data_place(tmp_path) == str(site / DATA)
    assert data_place(tmp_path / "named") == str(tmp_path / "named")


def test_every_part_has_a_licence_and_what_developers_need_is_none_of_them(monkeypatch) -> None:
    parts = licences.parts()
    told = {part.name: part.licence for part in parts}
    assert parts[0].name == "Muster"
    assert told["PyQt6"] == "GPL-3.0-only"
    assert told["fonts/, portal/static/inter.woff2"].startswith("SIL Open Font License")
    assert "mypy" not in told and "pytest" not in told
    assert all(part.licence for part in parts)

    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(licences, "distribution", missing)  # as in the tree of the set-up
    assert {part.name for part in licences.parts()} >= set(told) - {"Muster"}
