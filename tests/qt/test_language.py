"""T21: the console speaks the language of this computer, and another one when it is chosen."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PyQt6.QtWidgets import QWidget

from console.demo.site import wait_until
from console.desktop.dialogs.appearance_dialog import AppearanceDialog
from console.desktop.looks import Looks
from console.desktop.view_memory import FILE, ViewMemory
from console.domain.language import CHINESE, MALAY, tr
from console.qt.language import current_language, use_language
from console.runtime import APART

CONSOLE = """
import sys
from pathlib import Path
from PyQt6.QtCore import QTimer
from console.desktop import start

folder = Path(sys.argv[1])
use_language = start.use_language

def use(wanted):
    use_language(wanted)
    from console.desktop.shell import Shell
    show_fitting = Shell.show_fitting
    def show(shell):
        show_fitting(shell)
        QTimer.singleShot(0, lambda: act(shell))
    Shell.show_fitting = show

def act(shell):
    from console.desktop.dialogs.appearance_dialog import AppearanceDialog
    shell.aids.open_appearance()
    dialog = shell.findChild(AppearanceDialog)
    with (folder / "said.txt").open("a", encoding="utf-8") as said:
        said.write(dialog.windowTitle() + "\\n")
    if shell.aids.looks.language:
        dialog.reject()
        shell.close()
    else:
        dialog.languages["ms"].click()
        dialog.go.click()

start.use_language = use
sys.exit(start.run_console(folder))
"""
"""A console whose user chooses Malay, and closes it when it is there in Malay."""


def test_the_console_is_there_again_in_the_language_that_was_chosen(tmp_path: Path) -> None:
    script = tmp_path / "starts.py"
    script.write_text(CONSOLE, "utf-8")
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / APART).touch()
    done = subprocess.run([sys.executable, str(script), str(folder)], check=False)
    assert done.returncode == 0
    said = folder / "said.txt"
    wait_until(lambda: said.read_text("utf-8").splitlines() == ["Appearance", "Penampilan"])


def test_it_is_chosen_for_the_computer_and_said_that_the_console_starts_again(
    themed, qtbot, tmp_path: Path
) -> None:
    memory, owner = ViewMemory(tmp_path), QWidget()
    qtbot.addWidget(owner)
    looks = Looks(memory)
    dialog = AppearanceDialog(looks, owner)
    dialog.open()
    assert dialog.languages[""].isChecked()
    assert not dialog.restarts.isVisible()
    dialog.languages[MALAY].click()
    assert dialog.restarts.isVisible()
    assert dialog.go.text() == "Restart Muster"
    with qtbot.waitSignal(looks.language_chosen):
        dialog.go.click()
    assert ViewMemory(tmp_path).language == MALAY


def test_whoever_cancels_or_keeps_the_language_starts_nothing_again(
    themed, qtbot, tmp_path: Path
) -> None:
    memory, owner = ViewMemory(tmp_path), QWidget()
    qtbot.addWidget(owner)
    memory.keep_language(CHINESE)
    looks = Looks(memory)
    for end, language in (("reject", MALAY), ("accept", CHINESE)):
        dialog = AppearanceDialog(looks, owner)
        dialog.open()
        with qtbot.assertNotEmitted(looks.language_chosen):
            dialog.languages[language].click()
            getattr(dialog, end)()
    assert memory.language == CHINESE


@pytest.mark.parametrize("kept", ["xx", "", "de"])
def test_a_language_that_there_is_not_is_as_none(themed, tmp_path: Path, kept: str) -> None:
    (tmp_path / FILE).write_text(json.dumps({"language": kept}))
    assert Looks(ViewMemory(tmp_path)).language == ""


@pytest.mark.parametrize(
    ("wanted", "language", "said"),
    [
        ("ms_MY", MALAY, "Selesai"),
        ("zh_CN", CHINESE, "完成"),
        ("de_DE", "en", "Done"),
        ("C", "en", "Done"),
    ],
)
def test_the_language_of_the_system_is_understood(wanted: str, language: str, said: str) -> None:
    assert use_language(wanted) == current_language() == language
    assert tr("Done") == said
