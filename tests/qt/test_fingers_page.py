"""The enrolment desk in the console: a real service, the real driver, a simulated reader."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from PIL import Image
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from bridge.simulator.fingers import Condition, impression
from console.api import employees
from console.api import fingers as api
from console.api.operation import ById
from console.demo.reader import DemoReader, FingerControls
from console.desktop.dialogs.finger_dialogs import AtTerminalDialog, DuplicateDialog
from console.desktop.dialogs.reader_dialogs import ReaderDoctorDialog, ReaderSettingsDialog
from console.desktop.pages.fingers import FingersPage
from console.desktop.pages.operators import OperatorsPage
from console.desktop.shell import Shell
from console.desktop.words import finger_search_text
from console.domain.desk_events import DeskActivity
from console.domain.fingers import FingerPosition
from console.domain.operators import Role
from console.qt.client import ConnectionState, ServiceClient
from console.qt.equipment import FILES
from tests.conftest import PASSWORD, RunningSite
from tests.qt.conftest import open_page
from tests.service.test_dialled import Dialled, ready
from tests.support.operators import add_operator

INDEX, MIDDLE, LEFT = (
    FingerPosition.RIGHT_INDEX,
    FingerPosition.RIGHT_MIDDLE,
    FingerPosition.LEFT_INDEX,
)
AnyDialog = TypeVar("AnyDialog", bound=QDialog)


@dataclass
class AtDesk:
    """The page with somebody at it."""

    shell: Shell
    page: FingersPage
    reader: DemoReader
    site: RunningSite
    qtbot: QtBot

    def until(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()))

    def bring(self, person: employees.EmployeeRow, agree: bool = True) -> None:
        """The person sits down; when asked, they agree."""
        self.page.open_person(person.id)
        self.until(lambda: self.person is not None and self.person.employee_id == person.id)
        if agree and not self.has_agreed:
            self.page.answer(True)
            self.until(lambda: self.has_agreed)

    @property
    def person(self) -> api.Hands | None:
        return self.page.person

    @property
    def has_agreed(self) -> bool:
        return self.person is not None and self.person.consent_at is not None

    def begin(self, position: FingerPosition) -> None:
        self.page.hands.fingers[position].click()
        self.page.enrol.click()
        self.until(lambda: self.page.flow.activity is DeskActivity.ENROLLING)

    def lay(
        self, owner: int, position: FingerPosition, condition: Condition = Condition.GOOD
    ) -> None:
        """A finger is laid down, judged, and lifted."""
        told: list[object] = []
        self.page.flow.progressed.connect(told.append)
        self.page.flow.tested.connect(told.append)
        self.reader.touch(owner, position, condition)
        self.until(lambda: told)
        self.page.flow.progressed.disconnect(told.append)
        self.page.flow.tested.disconnect(told.append)
        self.reader.lift()
        self.until(lambda: not self.page.flow.scanning)

    def enrol(self, owner: int, position: FingerPosition) -> None:
        self.begin(position)
        for _ in range(3):
            self.lay(owner, position)

    def dialog(self, kind: type[AnyDialog]) -> AnyDialog | None:
        windows = QApplication.topLevelWidgets()
        shown = (one for one in windows if isinstance(one, kind) and one.isVisible())
        return next(shown, None)


def sign_in(shell: Shell, client: ServiceClient, qtbot, username: str = "h.farid") -> None:
    client.connect_service()
    qtbot.waitUntil(lambda: client.state is ConnectionState.SIGNED_OUT)
    shell.sign_in.username.edit.setText(username)
    shell.sign_in.password.edit.setText(PASSWORD)
    shell.sign_in.go.click()
    qtbot.waitUntil(lambda: client.state is ConnectionState.READY)


@pytest.fixture
def desk(running: RunningSite, client: ServiceClient, qtbot) -> Iterator[AtDesk]:
    reader = DemoReader()
    shell = Shell(client, equipment=reader.equipment())
    qtbot.addWidget(shell)
    shell.show()
    sign_in(shell, client, qtbot)
    page = open_page(shell, FingersPage)
    qtbot.waitUntil(lambda: "ready" in page.panel.reader.text())
    yield AtDesk(shell, page, reader, running, qtbot)
    page.hide()


def test_two_fingers_are_enrolled_and_shown_on_the_hands(desk: AtDesk) -> None:
    desk.bring(desk.site.add_employee())
    desk.enrol(1, INDEX)
    desk.until(lambda: desk.page.hands.fingers[INDEX].row is not None)
    assert desk.page.panel.now.text() == "Saved"
    marks = [box._mark for box in desk.page.panel.boxes]
    assert [mark is not None and mark.chosen for mark in marks] == [True] * 3
    assert "of the left hand" in desk.page.advice.text()
    desk.enrol(1, LEFT)
    desk.until(lambda: desk.page.hands.fingers[LEFT].row is not None)
    assert "Two fingers of different hands are enrolled" in desk.page.advice.text()
    assert desk.shell.top.state.whole == "2 fingers enrolled"
    assert "Muster: 3 scans" in desk.page.forms.text()
    assert "ISO 19794-2" in desk.page.forms.text()


def test_the_consent_stands_before_the_hands_and_saying_no_is_an_end(desk: AtDesk) -> None:
    person = desk.site.add_employee()
    desk.bring(person, agree=False)
    assert desk.page.centre.shown is desk.page.consent
    assert "You may say no" in desk.page.consent.body.text()
    assert not desk.page.enrol.isEnabled()
    desk.page.decline.click()
    desk.until(lambda: "use their employee number" in desk.shell.banner.text())
    desk.page.agree.click()
    desk.until(lambda: desk.page.centre.shown is desk.page._body)


def test_P13_a_poor_scan_is_explained_and_does_not_count(desk: AtDesk) -> None:
    desk.bring(desk.site.add_employee())
    desk.begin(INDEX)
    desk.lay(2, INDEX, Condition.PARTIAL)
    assert "flat" in desk.page.panel.hint.text()
    assert desk.page.panel.meter.value is not None
    assert desk.page.panel.meter.value < 30
    assert desk.page.panel.boxes[0]._mark is None
    for _ in range(3):
        desk.lay(2, INDEX)
    desk.until(lambda: desk.page.panel.now.text() == "Saved")


def test_a_finger_that_stays_on_the_glass_is_one_scan(desk: AtDesk) -> None:
    desk.bring(desk.site.add_employee())
    desk.begin(INDEX)
    desk.reader.touch(3, INDEX)
    desk.until(lambda: desk.page.panel.boxes[0]._mark is not None)
    desk.qtbot.wait(800)
    assert desk.page.panel.boxes[1]._mark is None
    assert "Lift" in desk.page.panel.now.text()
    desk.reader.lift()


def test_three_levels_of_cancelling(desk: AtDesk) -> None:
    person = desk.site.add_employee()
    desk.bring(person)
    desk.begin(INDEX)
    desk.lay(3, INDEX)
    desk.lay(3, INDEX)
    desk.page.drop_scan.click()
    desk.until(lambda: desk.page.panel.boxes[1]._mark is None)
    assert desk.page.panel.boxes[0]._mark is not None
    desk.page.cancel_finger.click()
    desk.until(lambda: desk.page.flow.activity is DeskActivity.NOTHING)
    assert desk.page.person is not None
    desk.begin(MIDDLE)
    desk.page.stop_all.click()
    desk.until(lambda: desk.page.person is None)
    assert desk.page.desk.shown is desk.page.desk.parts[0]
    assert not desk.site.client.call(api.hands, ById(id=person.id)).fingers


def test_a_finger_can_be_tested_against_everybody(desk: AtDesk) -> None:
    person = desk.site.add_employee()
    desk.bring(person)
    desk.enrol(4, INDEX)
    desk.until(lambda: desk.page.panel.now.text() == "Saved")
    desk.page.test.click()
    desk.until(lambda: desk.page.flow.activity is DeskActivity.TESTING)
    desk.lay(4, INDEX)
    assert desk.page.panel.now.text() == f"{person.full_name}: right index finger"
    assert "fewer than 1 in 1,000,000" in desk.page.panel.hint.text()
    assert " ms" in desk.page.panel.hint.text()
    desk.lay(4, MIDDLE)
    assert desk.page.panel.now.text() == "No match"
    desk.page.test.click()
    assert desk.page.flow.activity is DeskActivity.NOTHING


def test_somebody_elses_finger_is_not_saved_unless_a_supervisor_signs(desk: AtDesk) -> None:
    first, second = desk.site.add_employee(), desk.site.add_employee()
    add_operator(desk.site, "sue", Role.SUPERVISOR)
    desk.bring(first)
    desk.enrol(5, INDEX)
    desk.until(lambda: desk.page.panel.now.text() == "Saved")
    desk.bring(second)
    desk.enrol(5, INDEX)
    desk.until(lambda: desk.dialog(DuplicateDialog))
    dialog = desk.dialog(DuplicateDialog)
    assert isinstance(dialog, DuplicateDialog)
    dialog.username.edit.setText("sue")
    dialog.password.edit.setText(PASSWORD)
    dialog.allow.click()
    desk.until(dialog.reason.problem.text)
    dialog.reason.edit.setText("twins")
    dialog.allow.click()
    desk.until(lambda: desk.page.panel.now.text() == "Saved")
    desk.until(lambda: desk.page.hands.fingers[INDEX].row is not None)


def test_a_duplicate_that_is_not_allowed_leaves_nothing(desk: AtDesk) -> None:
    person = desk.site.add_employee()
    desk.bring(person)
    desk.enrol(6, INDEX)
    desk.until(lambda: desk.page.hands.fingers[INDEX].row is not None)
    desk.begin(MIDDLE)
    for _ in range(3):
        desk.lay(6, INDEX)
    desk.until(lambda: desk.dialog(DuplicateDialog))
    dialog = desk.dialog(DuplicateDialog)
    assert isinstance(dialog, DuplicateDialog)
    assert not dialog.allow.isVisible(), (
        "another finger of the same person is a mistake, not a case for a supervisor"
    )
    dialog.close_button.click()
    desk.until(lambda: desk.page.flow.activity is DeskActivity.NOTHING)
    assert [
        row.position for row in desk.site.client.call(api.hands, ById(id=person.id)).fingers
    ] == [INDEX]


def test_deleting_and_enrolling_again(desk: AtDesk) -> None:
    desk.bring(desk.site.add_employee())
    desk.enrol(7, INDEX)
    desk.until(lambda: desk.page.enrol.text() == "Enrol again" and desk.page.enrol.isEnabled())
    desk.page.enrol.click()
    desk.until(lambda: desk.page.flow.activity is DeskActivity.ENROLLING)
    for _ in range(3):
        desk.lay(7, INDEX)
    desk.until(lambda: desk.page.panel.now.text() == "Saved" and desk.page.delete.isEnabled())
    desk.page.delete_now()
    desk.until(lambda: desk.page.hands.fingers[INDEX].row is None)
    assert not desk.page.delete.isEnabled()


@pytest.mark.parametrize("lying", [True, False])
def test_an_unplugged_reader_says_so_and_goes_on_by_itself(desk: AtDesk, lying: bool) -> None:
    desk.bring(desk.site.add_employee())
    desk.begin(INDEX)
    owner = 80 + lying
    desk.lay(owner, INDEX)
    if lying:
        desk.page.flow.progressed.connect(lambda _: desk.reader.device.unplug())
        desk.reader.touch(owner, INDEX)
    else:
        desk.reader.device.unplug()
    desk.until(
        lambda: (
            "plugged in" in desk.page.panel.reader.text()
            or "no longer answers" in desk.page.panel.reader.text()
        )
    )
    if lying:
        desk.page.flow.progressed.disconnect()
        desk.page.flow.progressed.connect(desk.page.panel.show_scans)
    desk.reader.device.plug_in()
    desk.until(lambda: "ready" in desk.page.panel.reader.text())
    while desk.page.panel.now.text() != "Saved":
        desk.lay(owner, INDEX)
        desk.until(lambda: desk.page.panel.now.text() != "Reading…")


def test_the_reader_is_let_go_when_the_page_is_left(desk: AtDesk) -> None:
    desk.shell.open_page(OperatorsPage)
    desk.until(lambda: desk.page.reader._session is None)
    desk.shell.open_page(FingersPage)
    desk.until(lambda: "ready" in desk.page.panel.reader.text())


def test_the_service_goes_away_in_the_middle_and_the_finger_begins_anew(desk: AtDesk) -> None:
    desk.bring(desk.site.add_employee())
    desk.begin(INDEX)
    desk.lay(9, INDEX)
    desk.site.demo.kill_service()
    desk.reader.touch(9, INDEX)
    desk.until(lambda: desk.page.flow.activity is DeskActivity.NOTHING)
    desk.reader.lift()
    desk.site.demo.start_service()
    desk.until(lambda: desk.shell.client.state is ConnectionState.READY)
    desk.site.client = desk.site.demo.client()
    desk.site.client.sign_in("h.farid", PASSWORD)
    desk.until(desk.page.enrol.isEnabled)
    desk.enrol(9, INDEX)
    desk.until(lambda: desk.page.panel.now.text() == "Saved")


def test_pictures_from_files_are_scans_too(desk: AtDesk, tmp_path: Path) -> None:
    source = next(one for one in desk.page.readers._equipment.reader_sources() if one.key == FILES)
    desk.page.readers._use(source)
    desk.until(
        lambda: (
            "Picture files" in desk.page.panel.reader.text()
            and "ready" in desk.page.panel.reader.text()
        )
    )
    desk.bring(desk.site.add_employee())
    desk.begin(INDEX)
    for number in (1, 2, 3):
        path = tmp_path / f"{number}.png"
        Image.fromarray(impression(900, number, (320, 300))).save(path)
        desk.page.readers._equipment.offer_files([path])
    desk.until(lambda: desk.page.panel.now.text() == "Saved")


def test_everything_can_be_reached_by_keyboard_and_is_named(desk: AtDesk) -> None:
    desk.bring(desk.site.add_employee())
    fingers = desk.page.hands.fingers
    desk.shell.activateWindow()
    fingers[INDEX].setFocus()
    desk.until(fingers[INDEX].hasFocus)
    desk.qtbot.keyClick(fingers[INDEX], Qt.Key.Key_Right)
    assert fingers[MIDDLE].hasFocus()
    desk.qtbot.keyClick(fingers[MIDDLE], Qt.Key.Key_Return)
    desk.until(lambda: desk.page.flow.activity is DeskActivity.ENROLLING)
    assert desk.page.hands.position == MIDDLE
    desk.page._escape()
    desk.until(lambda: desk.page.flow.activity is DeskActivity.NOTHING)
    assert fingers[MIDDLE].accessibleName() == "Right middle finger: not enrolled"
    assert {finger.accessibleName().partition(":")[0] for finger in fingers.values()} == {
        f"{hand} {finger}"
        for hand in ("Left", "Right")
        for finger in ("thumb", "index finger", "middle finger", "ring finger", "little finger")
    }
    for widget in (
        desk.page.panel.picture,
        desk.page.panel.meter,
        *desk.page.panel.boxes,
        desk.page.table,
    ):
        assert widget.accessibleName()


def test_who_may_not_enrol_others_sees_why(
    running: RunningSite, client: ServiceClient, qtbot
) -> None:
    add_operator(running, "tina", Role.TECHNICIAN)
    person = running.add_employee()
    shell = Shell(client, equipment=DemoReader().equipment())
    qtbot.addWidget(shell)
    shell.show()
    sign_in(shell, client, qtbot, "tina")
    page = open_page(shell, FingersPage)
    page.open_person(person.id)
    qtbot.waitUntil(lambda: page.person is not None)
    assert "Can Enroll Others" in page.forms.text()
    assert not page.agree.isEnabled()
    assert not page.enrol.isEnabled()
    page.hide()


def test_a_finger_is_enrolled_at_a_terminal_from_here(desk: AtDesk) -> None:
    door: Dialled = ready(desk.site)
    person = desk.site.add_employee()
    desk.bring(person)
    desk.page.hands.fingers[LEFT].click()
    desk.page.at_terminal.click()
    desk.until(lambda: desk.dialog(AtTerminalDialog))
    dialog = desk.dialog(AtTerminalDialog)
    assert dialog is not None
    desk.until(dialog.start.isEnabled)
    dialog.terminal.setCurrentIndex(dialog.terminal.findData(door.id))
    ended: list[object] = []
    dialog.watch.ended.connect(ended.append)
    dialog.start.click()
    desk.until(lambda: ended)
    dialog.reject()
    desk.until(lambda: desk.page.hands.fingers[LEFT].row is not None)
    assert "on terminals only" in desk.page.hands.fingers[LEFT].accessibleName()
    assert "Terminals with" in desk.page.forms.text()
    desk.page.delete_now()
    desk.until(lambda: "Removed from" in desk.shell.banner.text())
    assert not door.unit.people[person.number].fingers


def test_TE13_one_act_enrols_a_finger_here_and_at_a_terminal(desk: AtDesk) -> None:
    """So that it opens kiosks and terminals: neither can read the other's template."""
    door: Dialled = ready(desk.site)
    person = desk.site.add_employee()
    desk.bring(person)
    desk.page.both.setChecked(True)
    desk.enrol(77, INDEX)
    desk.until(lambda: desk.dialog(AtTerminalDialog))
    dialog = desk.dialog(AtTerminalDialog)
    assert dialog is not None
    desk.until(lambda: bool(dialog.terminal.count()))
    if dialog.terminal.count() > 1:  # terminals of other tests
        desk.until(dialog.start.isEnabled)
        dialog.terminal.setCurrentIndex(dialog.terminal.findData(door.id))
        dialog.start.click()
    desk.until(lambda: person.number in door.unit.people)
    desk.until(lambda: door.unit.people[person.number].fingers)
    dialog.reject()
    desk.page.both.setChecked(False)
    desk.until(lambda: "Terminals with" in desk.page.forms.text())
    row = desk.page.hands.fingers[INDEX].row
    assert row is not None and row.quality is not None, "the reader's is there, too"


def test_the_readers_dialogs_examine_and_keep_other_names(desk: AtDesk, qtbot) -> None:
    doctor = ReaderDoctorDialog((), desk.page)
    doctor.open()
    qtbot.waitUntil(doctor.again.isEnabled)
    assert doctor.model.rowCount() >= 1
    doctor.reject()
    settings = ReaderSettingsDialog(desk.shell.client, api.ReaderSettings(aliases=[]), desk.page)
    settings.open()
    settings.name.edit.setText("OFIS-Y")
    settings.numbers.edit.setText("not numbers")
    settings._add()
    assert "hexadecimal" in settings.numbers.problem.text()
    settings.numbers.edit.setText("1B55:0841")
    settings.inverted.setChecked(True)
    saved: list[api.ReaderSettings] = []
    settings.saved.connect(saved.append)
    settings._add()
    qtbot.waitUntil(lambda: bool(saved))
    assert [(alias.vendor_id, alias.product_id, alias.inverted) for alias in saved[0].aliases] == [
        (0x1B55, 0x0841, True)
    ]
    settings.table.selectRow(0)
    settings._remove()
    qtbot.waitUntil(lambda: len(saved) == 2 and not saved[1].aliases)
    settings.reject()


def test_the_demos_reader_window_lays_lifts_and_unplugs(desk: AtDesk, qtbot) -> None:
    window = FingerControls(desk.reader)
    qtbot.addWidget(window)
    desk.bring(desk.site.add_employee())
    desk.begin(INDEX)
    window.touch.click()
    desk.until(lambda: desk.page.panel.boxes[0]._mark is not None)
    assert window.touch.text() == "Lift"
    window.touch.click()
    desk.until(lambda: not desk.page.flow.scanning)
    window.plug.click()
    desk.until(lambda: "ready" not in desk.page.panel.reader.text())
    window.plug.click()
    desk.until(lambda: "ready" in desk.page.panel.reader.text())


@pytest.mark.parametrize(
    ("log10", "words"),
    [(-0.5, "No closer"), (-3.0, "1 in 1,000 searches"), (-8.0, "fewer than 1 in 1,000,000")],
)
def test_chances_are_words_and_nothing_is_claimed_that_was_not_measured(
    log10: float, words: str
) -> None:
    assert words in finger_search_text(log10)
