"""CO4: whatever raises in a window is told and written down, and the window lives on.

In a program of its own: Qt ends the one in which it goes wrong.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from console.qt.unexpected import words_for

PROGRAM = """
import json, sys, threading
from pathlib import Path
from PyQt6.QtCore import QEvent, QObject, QTimer, pyqtSignal
from PyQt6.QtGui import QKeySequence, QShortcut
from PyQt6.QtWidgets import QApplication, QPushButton
from console.qt.unexpected import UnexpectedErrors

app = QApplication(["test", "-platform", "offscreen"])
said = []
errors = UnexpectedErrors(Path(sys.argv[1]))
errors.happened.connect(said.append)

class Emitter(QObject):
    happened = pyqtSignal(int)

class Button(QPushButton):
    def event(self, event):
        if event.type() == QEvent.Type.User:
            raise LookupError("in an event handler")
        return super().event(event)

    def paintEvent(self, event):
        super().paintEvent(event)
        raise ArithmeticError("while painting")

def slot(*_):
    raise ValueError("in a slot")

def saved():
    Path("/no/such/folder/file.csv").write_text("x")

emitter, button = Emitter(), Button("x")
emitter.happened.connect(slot)
button.clicked.connect(lambda: 1 / 0)
steps = [
    lambda: emitter.happened.emit(1),
    lambda: emitter.happened.emit(2),
    button.click,
    lambda: app.sendEvent(button, QEvent(QEvent.Type.User)),
    button.show,
    saved,
    lambda: threading.Thread(target=slot).start(),
]
for at, step in enumerate(steps):
    QTimer.singleShot(20 * at, step)
QTimer.singleShot(20 * len(steps) + 200, app.quit)
app.exec()
print(json.dumps(said))
"""


def test_CO4_every_kind_of_handler_may_raise(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout)
    assert len(said) >= 7, "each is told"
    assert any("/no/such/folder/file.csv: No such file" in text for text in said)
    written = (tmp_path / "windows.log").read_text()
    for kind in ("ValueError", "ZeroDivisionError", "LookupError", "ArithmeticError"):
        assert f"unexpected: {kind}" in written
    assert written.count("unexpected: ValueError") == 1, "the same is written down once"


def test_CO4_where_the_process_itself_crashed_is_written_down(tmp_path: Path) -> None:
    crash = "import sys, faulthandler; from pathlib import Path; "
    crash += "from console.qt.unexpected import UnexpectedErrors; "
    crash += "errors = UnexpectedErrors(Path(sys.argv[1])); faulthandler._sigabrt()"
    subprocess.run([sys.executable, "-c", crash, str(tmp_path)], capture_output=True, check=False)
    assert "Fatal Python error" in (tmp_path / "windows-crash.log").read_text()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(13, "Permission denied", "/srv/out.csv"), "/srv/out.csv: Permission"),
        (OSError(28, "No space left on device", b"/srv/out.csv"), "/srv/out.csv: No space"),
        (MemoryError(), "not have enough memory"),
        (KeyError("secret"), "Something went wrong in this window"),
    ],
)
def test_CO4_an_error_is_told_in_words(error: Exception, words: str) -> None:
    assert words in words_for(error)
    assert "secret" not in words_for(error)
