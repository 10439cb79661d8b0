"""EN6: a serial module that is locked by a password is opened from the menu of readers."""

from collections.abc import Iterator

import keyring
import keyring.backends.fail
import pytest
from PyQt6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from bridge.readers.zfm import NO_PASSWORD
from bridge.simulator.zfm import SimulatedModule
from console.desktop.dialogs.module_password_dialog import ModulePasswordDialog
from console.desktop.pages.reader_choice import ReaderChoice
from console.qt.client import ServiceClient
from console.qt.equipment import Equipment, ReaderSource
from console.qt.module_passwords import ModulePasswords

PASSWORD = bytes.fromhex("0a1b2c3d")
OTHER = bytes.fromhex("0a1b2c3e")
ASK = "Password of the serial module…"


class ModuleOnPort(Equipment):
    """A computer whose one serial port leads to this module."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def reader_sources(self) -> list[ReaderSource]:
        return [self.serial_source(self._url)]


@pytest.fixture
def module() -> Iterator[SimulatedModule]:
    with SimulatedModule(PASSWORD) as module:
        yield module


@pytest.fixture
def readers(
    module: SimulatedModule, themed: QApplication, qtbot: QtBot
) -> Iterator[tuple[ReaderChoice, list[str]]]:
    """The menu, with the module chosen, and what is said about it."""
    readers = ReaderChoice(ServiceClient(lambda: None))
    said: list[str] = []
    readers.reader.trouble.connect(lambda error: said.append(f"{error} {error.remedy}"))
    readers.reader.ready.connect(lambda info: said.append(f"{info.name} is ready"))
    readers.equip(ModuleOnPort(module.url))
    readers.open()
    yield readers, said
    readers.close_reader()
    readers.client.close()


def entries(readers: ReaderChoice) -> list[str]:
    readers._fill_menu()
    return [action.text() for action in readers._menu.actions()]


def asked(readers: ReaderChoice) -> ModulePasswordDialog:
    readers._ask_password()
    dialog = readers.findChildren(ModulePasswordDialog)[-1]
    assert dialog.isVisible()
    return dialog


def test_EN6_a_locked_module_says_what_to_do_and_opens_with_its_password(
    readers: tuple[ReaderChoice, list[str]], module: SimulatedModule, qtbot: QtBot
) -> None:
    choice, said = readers
    qtbot.waitUntil(lambda: bool(said))
    assert said[0].startswith("The module is locked by a password.")
    assert ASK.rstrip("…") in said[0], "the remedy names the entry of the menu"
    assert ASK in entries(choice)
    dialog = asked(choice)
    dialog.password.edit.setText("0a1b2c")
    dialog._save()
    assert "eight digits" in dialog.password.problem.text()
    dialog.password.edit.setText(OTHER.hex())
    dialog._save()
    qtbot.waitUntil(lambda: "another password" in said[-1])
    dialog = asked(choice)
    assert not dialog.password.text(), "what was entered before is not shown"
    dialog.password.edit.setText(f" 0x{PASSWORD.hex().upper()} ")
    dialog._save()
    qtbot.waitUntil(lambda: any("is ready" in one for one in said))
    assert ModulePasswords().get(module.url) == PASSWORD, "known after a restart, too"
    assert PASSWORD.hex() not in " ".join(said).lower()


def test_EN6_without_a_keyring_the_password_lasts_until_the_program_ends(
    readers: tuple[ReaderChoice, list[str]], module: SimulatedModule, qtbot: QtBot
) -> None:
    choice, said = readers
    keyring.set_keyring(keyring.backends.fail.Keyring())
    dialog = asked(choice)
    dialog.password.edit.setText(PASSWORD.hex())
    dialog._save()
    box = choice.findChildren(QMessageBox)[-1]
    assert "no keyring" in box.text()
    box.close()
    qtbot.waitUntil(lambda: any("is ready" in one for one in said))
    assert ModulePasswords().get(module.url) == NO_PASSWORD


def test_EN6_an_empty_field_means_no_password() -> None:
    entered: list[bytes] = []
    dialog = ModulePasswordDialog("Serial module on COM3")
    dialog.entered.connect(entered.append)
    dialog._save()
    assert entered == [NO_PASSWORD]


@pytest.mark.parametrize("written", ["AAECAw", "not base64!", ""], ids=["long", "text", "empty"])
def test_EN6_a_foreign_entry_of_the_keyring_is_no_password(written: str) -> None:
    keyring.set_password("Muster", "fingerprint module:COM3", written)
    assert ModulePasswords().get("COM3") == NO_PASSWORD


def test_only_a_serial_module_has_a_password(
    readers: tuple[ReaderChoice, list[str]], module: SimulatedModule
) -> None:
    choice, _ = readers
    choice._source = Equipment().reader_sources()[0]
    assert ASK not in entries(choice)
