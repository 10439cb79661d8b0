"""Terminals in the console: found, added, examined, planned, taken over. N6, N13, N16."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLineEdit, QTabBar
from pytestqt.qtbot import QtBot

from bridge.simulator.unit import SimPerson, SimPunch, Unit
from bridge.terminals.terminal import Person
from bridge.terminals.zk.layouts import pack_user
from console.api import tasks, terminals
from console.api.operation import ById
from console.desktop.dialogs.adopt_dialog import AdoptDialog
from console.desktop.dialogs.doctor_dialog import DoctorDialog
from console.desktop.dialogs.plan_dialog import PlanDialog, size_text
from console.desktop.dialogs.set_aside_dialog import SetAsideDialog
from console.desktop.dialogs.terminal_forms import DiscoverDialog, TerminalForm
from console.desktop.dialogs.unit_dialogs import OperationsDialog, SettingsDialog
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.flows.usb_stick import Written, WrittenQuestion
from console.desktop.pages.terminals import TerminalsPage
from console.desktop.shell import Shell
from console.qt.client import ConnectionState, ServiceClient
from tests.conftest import RunningSite, start_site
from tests.qt.conftest import ADMIN, open_page, sign_in
from tests.service.test_dialled import Dialled, finish


def page_with(shell: Shell, door: Dialled, qtbot) -> TerminalsPage:
    page = open_page(shell, TerminalsPage)
    qtbot.waitUntil(lambda: door.id in list(page.model.keys()))
    page.select(door.id)
    qtbot.waitUntil(
        lambda: page.detail.shown is not None and page.detail.shown.terminal.id == door.id
    )
    return page


class EndedTasks:
    """The tasks that end in a dialog; made before the dialog starts one."""

    def __init__(self, watch: TaskWatch, qtbot: QtBot) -> None:
        self._qtbot = qtbot
        self._ended: list[tasks.Task] = []
        watch.ended.connect(self._ended.append)

    def wait(self, count: int = 1) -> None:
        """Waits until so many have ended."""
        self._qtbot.waitUntil(lambda: len(self._ended) >= count)


def detail_of(page: TerminalsPage) -> terminals.TerminalDetail:
    assert page.detail.shown is not None
    return page.detail.shown


def test_a_terminal_is_shown_in_detail_and_only_offered_what_it_can(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    door = Dialled(running, people=2, punches=5)
    page = page_with(shell, door, qtbot)
    qtbot.waitUntil(lambda: any(row.can for row in detail_of(page).capabilities))
    assert page.detail.name.text() == f"Door {door.unit.serial}"
    door.unit.faults.refuse = {31: 65535}
    page.detail._do("unlock")
    qtbot.waitUntil(lambda: not page.detail._menu_actions["unlock"].isEnabled())
    assert page.detail._menu_actions["set_clock"].isEnabled()


def test_an_act_shows_what_it_does_and_what_came_of_it(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    door = Dialled(running, people=2)
    door.unit.faults.clock_offset += timedelta(seconds=90)
    page = page_with(shell, door, qtbot)
    said: list[str] = []
    page.detail.watch.ended.connect(lambda work: said.append(work.result.text))
    page.detail._do("set_clock")
    qtbot.waitUntil(lambda: bool(said))
    assert "is correct now" in said[0]
    qtbot.waitUntil(lambda: page.detail.tabs.clock_offsets.rowCount() >= 1)
    qtbot.waitUntil(lambda: page.detail.tabs.receipts.rowCount() == 1)


@pytest.fixture
def alone(
    tmp_path: Path, themed: QApplication, qtbot: QtBot
) -> Iterator[tuple[RunningSite, Shell]]:
    """A site where nobody is missing on any terminal: that would be more pressing than a clock."""
    for running in start_site(tmp_path):
        client = ServiceClient(running.demo.locate)
        shell = Shell(client)
        qtbot.addWidget(shell)
        shell.show()
        client.connect_service()
        qtbot.waitUntil(lambda: client.state is ConnectionState.SIGNED_OUT)
        sign_in(shell, qtbot, ADMIN)
        yield running, shell
        client.close()


def test_CO19_what_is_wrong_is_first_and_its_next_step_is_one_key_away(
    alone: tuple[RunningSite, Shell], qtbot: QtBot
) -> None:
    running, shell = alone
    well, door = Dialled(running), Dialled(running)
    door.unit.faults.clock_offset += timedelta(seconds=90)
    for one in (well, door):
        one.run_action("refresh")
    page = page_with(shell, door, qtbot)
    qtbot.waitUntil(lambda: list(page.model.keys()) == [door.id, well.id])
    columns = {one.title: one for one in page.model.columns}
    assert columns["Storage"].text(page.model.row(0)) == "0 %"
    bar = page.detail.next_step
    qtbot.waitUntil(lambda: bar.text.text().startswith("Clock ") and bar.go.isVisible())
    assert bar.go.text() == "Set clock" and bar.go.height() >= 44
    qtbot.keyClick(bar.go, Qt.Key.Key_Space)
    qtbot.waitUntil(bar.isHidden)
    assert abs(door.unit.faults.clock_offset.total_seconds()) < 60


def test_N6_the_plan_is_shown_first_then_applied(
    client: ServiceClient, shell: Shell, running: RunningSite, qtbot
) -> None:
    source, door = Dialled(running, people=2, first=4001), Dialled(running, people=1, first=4501)
    finish(
        running.client,
        running.client.call(
            tasks.adopt_people,
            tasks.AdoptPeople(
                terminal_id=source.id,
                pairs=[("4001", ""), ("4002", "")],
                basis="Consent forms, signed in 2024",
            ),
        ),
    )
    dialog = PlanDialog(client, door.row)
    ended = EndedTasks(dialog.watch, qtbot)
    qtbot.addWidget(dialog)
    dialog.open()
    ended.wait()
    texts = {dialog.model.row(number).text for number in range(dialog.model.rowCount())}
    assert "Add: right index finger" in texts
    assert "4001" not in door.unit.people
    assert "speed is not known yet: at most about" in dialog.estimate.text()
    assert not dialog.confirm.isVisible()
    dialog.unknown.setChecked(True)
    ended.wait(2)
    assert dialog.confirm.isVisible()
    dialog.apply.click()
    assert "Type the name" in dialog.confirm.problem.text()
    dialog.confirm.edit.setText(door.row.name)
    dialog.apply.click()
    ended.wait(3)
    assert dialog.summary.text() == "Done and verified."
    assert set(door.unit.people) >= {"4001", "4002"}
    assert "4501" not in door.unit.people


def test_N13_the_doctor_shows_each_step(
    client: ServiceClient, shell: Shell, running: RunningSite, qtbot
) -> None:
    door = Dialled(running)
    examination = tasks.OnUnit(terminal_id=door.id, action="doctor")
    dialog = DoctorDialog(client, door.row.name, examination)
    ended = EndedTasks(dialog.watch, qtbot)
    qtbot.addWidget(dialog)
    dialog.open()
    ended.wait()
    steps = [dialog.model.row(number).step for number in range(dialog.model.rowCount())]
    assert steps[:3] == ["Name", "TCP port", "UDP port"]
    assert dialog.save.isEnabled()


def test_P9_people_on_a_terminal_are_taken_over(
    client: ServiceClient, shell: Shell, running: RunningSite, qtbot
) -> None:
    door = Dialled(running, people=3, first=4601)
    dialog = AdoptDialog(client, door.row)
    ended = EndedTasks(dialog.watch, qtbot)
    qtbot.addWidget(dialog)
    dialog.open()
    ended.wait()
    assert dialog.adopt.text() == "Import 3"
    dialog.basis.setText("Consent forms, signed in 2024")
    dialog.adopt.click()
    ended.wait(2)
    assert dialog.summary.text().startswith("Imported 3 people")
    assert dialog.summary.text().endswith("with 3 fingers.")


def test_a_terminal_is_found_in_a_subnet_and_added(
    client: ServiceClient, shell: Shell, running: RunningSite, qtbot, monkeypatch
) -> None:
    server = running.demo.add_dialled(Unit("FOUND1"), host="127.0.0.17")
    monkeypatch.setattr("console.desktop.dialogs.terminal_forms.PORT", server.port)
    dialog = DiscoverDialog(client)
    ended = EndedTasks(dialog.watch, qtbot)
    dialog.open()
    dialog.subnet.edit.setText("127.0.0.16/30")
    dialog.search.click()
    ended.wait()
    dialog.table.selectRow(0)
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog.add.click()
    form = TerminalForm(client, host=chosen.args[0])
    form.open()
    form.port.setValue(server.port)
    form.save.click()
    qtbot.waitUntil(lambda: form.name.problem.text() != "")
    form.name.edit.setText("Found door")
    with qtbot.waitSignal(form.saved) as saved:
        form.save.click()
    assert saved.args[0].name == "Found door"


def test_a_wrong_address_is_said_in_the_form(client: ServiceClient, shell: Shell, qtbot) -> None:
    form = TerminalForm(client, host="127.0.0.1")
    qtbot.addWidget(form)
    form.open()
    form.name.edit.setText("Nowhere")
    form.port.setValue(9)
    form.save.click()
    qtbot.waitUntil(form.problem.isVisible)
    assert "Check that the terminal is on" in form.problem.text()
    assert form.save.isEnabled()


def test_TE19_the_form_examines_an_address_and_adds_a_terminal_that_is_off(
    client: ServiceClient, shell: Shell, running: RunningSite, qtbot
) -> None:
    page = open_page(shell, TerminalsPage)
    form = TerminalForm(client, host="127.0.0.1")
    qtbot.addWidget(form)
    form.open()
    form.port.setValue(9)
    form.examine.click()
    (doctor,) = form.findChildren(DoctorDialog)
    EndedTasks(doctor.watch, qtbot).wait()
    found = {f.step: f for f in (doctor.model.row(n) for n in range(doctor.model.rowCount()))}
    assert found["UDP port"].outcome == "fail"
    assert "Is the terminal on?" in found["UDP port"].remedy
    doctor.reject()
    form.name.edit.setText("Still boxed")
    form.save.click()
    qtbot.waitUntil(form.problem.isVisible)
    assert "enter the serial number on its label" in form.problem.text()
    form.serial.edit.setText("BOXED 1")
    form.save.click()
    qtbot.waitUntil(lambda: form.serial.problem.text() != "")
    form.serial.edit.setText("BOXED1")
    with qtbot.waitSignal(form.saved) as saved:
        form.save.click()
    terminal = saved.args[0]
    qtbot.waitUntil(lambda: terminal.id in list(page.model.keys()))
    place = list(page.model.keys()).index(terminal.id)
    state = page.model.index(place, 1).data()
    assert (state, page.model.index(place, 6).data()) == ("Not reached yet", "")


def test_a_terminal_is_changed_and_blocked(shell: Shell, running: RunningSite, qtbot) -> None:
    door = Dialled(running)
    page = page_with(shell, door, qtbot)
    form = TerminalForm(page.client, detail_of(page))
    form.open()
    form.name.edit.setText("Warehouse")
    with qtbot.waitSignal(form.saved):
        form.save.click()
    assert door.row.name == "Warehouse"
    page._block(door.row)
    qtbot.waitUntil(lambda: door.row.status.value == "blocked")


def test_controls_of_the_detail_and_the_dialogs_have_names(
    client: ServiceClient, shell: Shell, running: RunningSite, qtbot
) -> None:
    door = Dialled(running)
    page = page_with(shell, door, qtbot)
    detail = running.client.call(terminals.get_terminal, ById(id=door.id))
    for widget in (page.detail, TerminalForm(client, detail), DiscoverDialog(client)):
        qtbot.addWidget(widget)
        for control in widget.findChildren(QAbstractButton) + widget.findChildren(QLineEdit):
            if (
                control.objectName().startswith("qt_")
                or not control.isVisibleTo(widget)
                or isinstance(control.parent(), QTabBar)
            ):
                continue
            assert control.accessibleName() or (
                isinstance(control, QAbstractButton) and control.text()
            ), control


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2_500_000, "2.5 MB")]
)
def test_sizes_are_said_in_words(size: int, text: str) -> None:
    assert size_text(size) == text


def test_TE10_TE11_zone_and_encoding_are_chosen_where_a_terminal_is_changed(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    door = Dialled(running)
    door.unit.faults.encoding = "windows-1251"
    door.unit.people["8801"] = SimPerson("Вера", 1)
    door.run_action("refresh")
    page = page_with(shell, door, qtbot)
    form = TerminalForm(page.client, detail_of(page))
    form.open()
    qtbot.waitUntil(lambda: form.encoding.model.rowCount() > 0)
    assert "do not prove an encoding" in form.encoding.said.text()
    place = form.encoding.model.keys().index("windows-1251")
    assert form.encoding.model.row(place).names == ["Вера"]
    form.encoding.proof.selectRow(place)
    form.encoding.proof.clicked.emit(form.encoding.model.index(place, 0))
    assert form.encoding.encoding() == "windows-1251"
    form.zone.setCurrentText("Asia/Nowhere")
    form.save.click()
    qtbot.waitUntil(lambda: "from the list" in form.problem.text())
    form.zone.setCurrentText("Asia/Kathmandu")
    with qtbot.waitSignal(form.saved):
        form.save.click()
    assert (door.detail.zone, door.detail.encoding) == ("Asia/Kathmandu", "windows-1251")


def test_TE7_lines_set_aside_are_seen_in_the_list_the_panel_and_a_dialog(
    client: ServiceClient, shell: Shell, running: RunningSite, qtbot
) -> None:
    door = Dialled(running, people=1, first=8901)
    door.unit.faults.impossible_dates = 2
    door.unit.punches = [SimPunch("8901", datetime(2026, 11, 2, 8, 0, n), 0, 1) for n in range(9)]
    door.run_action("read_log")
    page = page_with(shell, door, qtbot)
    qtbot.waitUntil(lambda: page.detail.set_aside.text() == "2 unreadable lines…")
    listed = page.model.row(page.model.keys().index(door.id))
    assert page.model.columns[-1].text(listed) == "2 unreadable lines"
    dialog = SetAsideDialog(client, detail_of(page))
    qtbot.addWidget(dialog)
    ended = EndedTasks(dialog.watch, qtbot)
    dialog.open()
    qtbot.waitUntil(lambda: dialog.model.rowCount() == 2)
    assert dialog.model.row(0).reason == "a day that does not exist"
    dialog.again.click()
    ended.wait()
    qtbot.waitUntil(lambda: dialog.model.rowCount() == 2)


def test_TE20_the_operation_log_opens_from_the_menu(
    client: ServiceClient, shell: Shell, running: RunningSite, qtbot
) -> None:
    door = Dialled(running)
    door.unit.note(30)
    page = page_with(shell, door, qtbot)
    page.detail._menu_actions["operation_log"].trigger()
    (dialog,) = page.detail.findChildren(OperationsDialog)
    EndedTasks(dialog.watch, qtbot).wait()
    assert dialog.model.row(0).text == "Person added"
    dialog.reject()


def test_a_log_from_a_usb_stick_is_handed_to_the_terminal(
    shell: Shell, running: RunningSite, qtbot, tmp_path: Path
) -> None:
    door = Dialled(running)
    page = page_with(shell, door, qtbot)
    ended = EndedTasks(page.detail.watch, qtbot)
    file = tmp_path / "1_attlog.dat"
    page.detail.load_log_file(file)
    file.write_text("5001\t2026-01-02 03:04:05\t1\t0\t1\t0\n", "ascii")
    page.detail.load_log_file(file)
    ended.wait()
    qtbot.waitUntil(lambda: len(door.logins()) == 1)


def test_P9_people_from_a_usb_stick_are_shown_taken_over_and_written(
    shell: Shell, running: RunningSite, qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = terminals.DialTerminal(name="Yard", host="", serial="YARD0001")
    terminal = running.client.call(terminals.dial_terminal, request)
    page = open_page(shell, TerminalsPage)
    qtbot.waitUntil(lambda: terminal.id in list(page.model.keys()))
    page.select(terminal.id)
    qtbot.waitUntil(
        lambda: page.detail.shown is not None and page.detail.shown.terminal.id == terminal.id
    )
    assert page.detail._menu_actions["people_file"].isEnabled()
    assert not (page.detail.plan.isEnabled() or page.detail._menu_actions["refresh"].isEnabled())
    file = tmp_path / "user.dat"
    page.detail.open_people_file(file)
    monkeypatch.setattr(WrittenQuestion, "answer", lambda question: Written(None))
    file.write_bytes(pack_user(Person(pin="88911", name="Ola Ek", uid=1), 72))
    page.detail.open_people_file(file)
    (dialog,) = page.detail.findChildren(AdoptDialog)
    ended = EndedTasks(dialog.watch, qtbot)
    ended.wait()
    assert dialog.model.row(0).name == "Ola Ek"
    assert dialog.basis.isHidden()
    dialog.adopt.click()
    ended.wait(2)
    assert dialog.summary.text() == "Imported 1 person, 1 of them new."
    before = file.read_bytes()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    dialog.write.click()
    ended.wait(3)
    assert file.read_bytes()[: len(before)] == before
    dialog.save_to(tmp_path / "nowhere" / "user.dat", b"")
    assert "No such file" in dialog.summary.text()
    dialog.reject()


def test_TE20_settings_go_to_a_file_and_come_back_with_a_diff(
    client: ServiceClient, shell: Shell, running: RunningSite, qtbot, tmp_path: Path
) -> None:
    door = Dialled(running)
    dialog = SettingsDialog(client, door.row)
    ended = EndedTasks(dialog.watch, qtbot)
    qtbot.addWidget(dialog)
    dialog.open()
    ended.wait()
    assert not dialog.write.isEnabled()
    file = tmp_path / "door.settings.json"
    dialog.save_to(file)
    dialog.load_from(file)
    assert not dialog.write.isEnabled(), "the file is what the terminal holds"
    file.write_text('{"settings": {"LockOn": "9", "MAC": "00:00"}}', "utf-8")
    dialog.load_from(file)
    shown = [
        [dialog.model.index(n, column).data() for column in range(4)]
        for n in range(dialog.model.rowCount())
    ]
    assert ["LockOn", "5", "9", "Will be changed"] in shown
    assert ["MAC", "", "00:00", "Not available on this terminal"] in shown
    assert dialog.write.text() == "Write 1"
    dialog.write.click()
    qtbot.waitUntil(lambda: door.unit.options.get("LockOn") == "9")
    qtbot.waitUntil(lambda: not dialog.write.isEnabled())
    for content in ("[]", "{}", '{"settings": {"a": 1}}', "x" * 70_000):
        file.write_text(content, "utf-8")
        dialog.load_from(file)
        assert "does not contain the settings" in dialog.problem.text()
