"""A user who starts the console again gets the one that is open."""

import subprocess
import sys
from pathlib import Path

import pytest
from PyQt6.QtWidgets import QWidget

from console.qt.single_instance import SingleInstance, bring_forward

CRASHES = """
import os, sys
from pathlib import Path
from PyQt6.QtCore import QCoreApplication
from console.qt.single_instance import SingleInstance
app = QCoreApplication(["test"])
first = SingleInstance(Path(sys.argv[1]))
print(first.is_first, flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.mark.windows
def test_a_second_start_shows_the_first_console(qtbot, tmp_path: Path) -> None:
    first, second = SingleInstance(tmp_path), SingleInstance(tmp_path)
    assert (first.is_first, second.is_first) == (True, False)
    with qtbot.waitSignal(first.asked_for):
        assert second.show_first()


@pytest.mark.windows
def test_each_folder_of_data_has_a_console_of_its_own(qtbot, tmp_path: Path) -> None:
    folders = (tmp_path / "one", tmp_path / "Łęcka 数据")
    consoles = [SingleInstance(folder) for folder in folders]
    assert all(console.is_first for console in consoles)


def test_after_a_crash_the_next_console_is_the_first(qtbot, tmp_path: Path) -> None:
    crashed = [sys.executable, "-c", CRASHES, str(tmp_path)]
    said = subprocess.run(crashed, capture_output=True, text=True, check=False).stdout
    assert said.strip() == "True"
    first = SingleInstance(tmp_path)
    assert first.is_first
    with qtbot.waitSignal(first.asked_for):
        assert SingleInstance(tmp_path).show_first()


@pytest.mark.qt_log_ignore("does not support raise")  # the offscreen platform
def test_a_minimised_window_comes_forward(qtbot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.showMinimized()
    bring_forward(window)
    assert window.isVisible()
    assert not window.isMinimized()
