"""CO11: no dialog is larger than its screen; it scrolls inside, with its buttons in sight.

In a program of its own: the screen of 1366 x 768 where all is drawn at 200 %.
"""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QLineEdit, QMessageBox, QScrollArea, QVBoxLayout, QWidget

from console.qt.dialog import Dialog, MessageBox
from console.qt.widgets import button, label, row
from tests.conftest import ROOT

SMALL = (683, 340)
SCREEN = {
    "screens": [
        {"name": "small", "x": 0, "y": 0, "width": SMALL[0], "height": SMALL[1], "dpr": 1}
        | {"logicalDpi": 96, "logicalBaseDpi": 96}
    ]
}
PROGRAM = """
import json, sys
from PyQt6.QtCore import QPoint, QRect
from PyQt6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
app = QApplication(["test", "-platform", f"offscreen:configfile={sys.argv[1]}"])
from console.api.invitations import InviteLook
from console.desktop.dialogs.about_dialog import AboutDialog
from console.desktop.dialogs.campaign_dialog import CampaignDialog
from console.desktop.dialogs.consent_dialog import ConsentDialog
from console.desktop.dialogs.departments_dialog import DepartmentsDialog
from console.desktop.dialogs.erasures_dialog import ErasuresDialog
from console.desktop.dialogs.first_steps_dialog import FirstStepsDialog
from console.desktop.dialogs.groups_dialog import GroupsDialog
from console.desktop.dialogs.import_dialog import ImportDialog
from console.desktop.dialogs.invite_question import InviteQuestion
from console.desktop.dialogs.link_rules_dialog import LinkRulesDialog
from console.desktop.dialogs.password_dialog import PasswordDialog
from console.desktop.dialogs.recover_dialog import RecoverDialog
from console.desktop.dialogs.retention_dialog import RetentionDialog
from console.desktop.dialogs.second_factor_dialog import SecondFactorDialog
from console.desktop.dialogs.site_key_dialog import SiteKeyDialog
from console.desktop.dialogs.support_dialog import SupportDialog
from console.desktop.dialogs.terminal_forms import DiscoverDialog, TerminalForm
from console.desktop.dialogs.updates_dialog import UpdatesDialog
from console.qt.client import ServiceClient
from console.qt.theme import apply_theme
from console.qt.themes import LIGHT

apply_theme(app, LIGHT, float(sys.argv[2]))
client, owner = ServiceClient(lambda: None), QWidget()
made = [
    AboutDialog(client, None, owner),
    CampaignDialog(client, owner),
    ConsentDialog(client, owner),
    DepartmentsDialog(client, owner),
    DiscoverDialog(client, owner),
    ErasuresDialog(client, owner),
    FirstStepsDialog(client, owner),
    GroupsDialog(client, [], owner),
    ImportDialog(client, b"number;first name", owner),
    LinkRulesDialog(client, owner),
    PasswordDialog(client, print, owner),
    RecoverDialog(client, "h.farid", owner),
    RetentionDialog(client, owner),
    SecondFactorDialog(client, owner),
    SiteKeyDialog(client, owner),
    SupportDialog(client, owner),
    UpdatesDialog(client, owner),
    TerminalForm(client, parent=owner),
]
left_out = {f"Reason {number} to be left out.": number for number in range(9)}
asking = InviteQuestion(InviteLook(invited=300, left_out=left_out), owner)
found = {}
for dialog in made:
    dialog.open()
    for _ in range(6):
        app.processEvents()
    inside = QRect(QPoint(), dialog.size())
    foot = dialog.layout().itemAt(dialog.layout().count() - 1).widget()
    outside = [
        one.text()
        for one in (*foot.findChildren(QPushButton), *dialog.findChildren(QLabel, "error"))
        if one.isVisible() and not inside.contains(QRect(one.mapTo(dialog, QPoint()), one.size()))
    ]
    found[type(dialog).__name__] = [dialog.width(), dialog.height(), outside]
    dialog.close()
asking.open()
for _ in range(6):
    app.processEvents()
seen = asking.send.visibleRegion().boundingRect().size() == asking.send.size()
bottom = asking.send.mapTo(asking, QPoint(0, asking.send.height())).y()
found["InviteQuestion"] = [asking.width(), bottom, [] if seen else ["Send"]]
print(json.dumps(found))
"""


@pytest.mark.parametrize("scale", ["1.0", "1.5"])
def test_CO11_dialogs_fit_a_laptop_at_200_percent(scale: str, tmp_path: Path) -> None:
    screen = tmp_path / "screen.json"
    screen.write_text(json.dumps(SCREEN))
    command = [sys.executable, "-c", PROGRAM, str(screen), scale]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(found) > 12
    too_large = {name: it for name, it in found.items() if it[0] > SMALL[0] or it[1] > SMALL[1]}
    assert not too_large
    assert not {name: outside for name, (_, _, outside) in found.items() if outside}


@pytest.mark.parametrize(("base", "kind"), [("QDialog", Dialog), ("QMessageBox", MessageBox)])
def test_CO11_every_dialog_is_of_the_one_kind(base: str, kind: type) -> None:
    found = []
    for path in [*(ROOT / "console/desktop").rglob("*.py"), *(ROOT / "console/qt").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef) and base in {ast.unparse(one) for one in node.bases}:
                found.append(node.name)
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == base:
                found.append(path.name)
    assert found == [kind.__name__]


class Long(Dialog):
    """More lines than any screen has."""

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner)
        self.fields = [QLineEdit(f"line {number}") for number in range(120)]
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self.save = button("Save", self.accept, "primary")
        layout = QVBoxLayout(self)
        for part in (*self.fields, self.problem, row(None, self.save)):
            layout.addWidget(part)


@pytest.fixture
def long(themed, qtbot) -> Iterator[Long]:
    owner = QWidget()
    qtbot.addWidget(owner)
    dialog = Long(owner)
    dialog.open()
    qtbot.waitUntil(dialog.save.isVisible)
    yield dialog
    assert owner.parent() is None  # kept until here, and the dialog with it


def in_sight(part: QWidget) -> bool:
    return bool(part.visibleRegion().boundingRect().size() == part.size())


def test_CO12_tab_goes_from_the_first_field_to_the_last_and_then_to_the_buttons(
    long: Long, qtbot
) -> None:
    assert long.focusWidget() is long.fields[0]
    qtbot.keyClick(long.fields[0], Qt.Key.Key_Tab)
    assert long.fields[1].hasFocus()
    long.fields[-1].setFocus()
    qtbot.keyClick(long.fields[-1], Qt.Key.Key_Tab)
    assert long.save.hasFocus()


def test_CO12_the_field_with_the_focus_is_scrolled_into_sight(long: Long, qtbot) -> None:
    screen = long.screen()
    assert screen is not None
    assert long.height() <= screen.availableSize().height()
    assert in_sight(long.save) and not in_sight(long.fields[-1])
    long.fields[-2].setFocus()
    qtbot.keyClick(long.fields[-2], Qt.Key.Key_Tab)
    assert long.fields[-1].hasFocus()
    qtbot.waitUntil(lambda: in_sight(long.fields[-1]))
    assert in_sight(long.save)


def test_CO11_what_went_wrong_stays_in_sight_beside_the_buttons(long: Long, qtbot) -> None:
    long.problem.setText("The service cannot be reached. " * 6)
    long.problem.show()
    qtbot.waitUntil(lambda: in_sight(long.problem) and in_sight(long.save))
    screen = long.screen()
    assert screen is not None
    qtbot.waitUntil(lambda: long.height() <= screen.availableSize().height())


def test_CO14_a_dialog_grows_with_its_text_while_there_is_room(themed, qtbot) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    dialog = Dialog(owner)
    dialog.setFixedWidth(400)
    text = label("Short.", wrap=True)
    layout = QVBoxLayout(dialog)
    layout.addWidget(text)
    layout.addWidget(row(None, button("Close", dialog.reject)))
    dialog.open()
    before = dialog.height()
    text.setText("A text of some lines. " * 20)
    qtbot.waitUntil(lambda: text.height() >= text.heightForWidth(text.width()))
    qtbot.waitUntil(lambda: in_sight(text))
    assert dialog.height() > before
    assert isinstance(text, QLabel)


def test_CO12_a_long_explanation_is_scrolled_by_keys(themed, qtbot) -> None:
    box = MessageBox(QMessageBox.Icon.Warning, "Departments", "Merge?")
    qtbot.addWidget(box)
    box.setInformativeText("\n".join(f"Terminal {number}" for number in range(200)))
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.open()
    screen, body = box.screen(), box.findChild(QScrollArea, "words")
    assert screen is not None and body is not None
    bar = body.verticalScrollBar()
    assert bar is not None
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    assert box.height() <= screen.availableSize().height()
    assert body.focusPolicy() is Qt.FocusPolicy.StrongFocus
    qtbot.keyClick(body, Qt.Key.Key_Down)
    assert bar.value() > 0
