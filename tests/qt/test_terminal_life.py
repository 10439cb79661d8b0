"""The life of a terminal in the console: what is offered, asked and said. TE14 to TE17, TE31."""

import itertools
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from console.api import terminal_life
from console.api.operation import ById
from console.desktop.dialogs.approval_form import ApprovalForm
from console.desktop.dialogs.roll_out_dialog import RollOutDialog
from console.desktop.pages.terminals import TerminalsPage
from console.desktop.shell import Shell
from console.domain.operators import Role
from console.domain.terminal_life import Act
from console.domain.terminals import TerminalStatus
from console.qt.client import ServiceClient
from tests.conftest import RunningSite
from tests.qt.answering import type_and_go
from tests.qt.conftest import open_page
from tests.service.gates import names
from tests.service.test_terminal_life import ELSEWHERE, dial_from
from tests.service.test_terminals import approve, dial

_serials = itertools.count(1)


def waiting(site: RunningSite) -> str:
    """The serial of a terminal that has dialled in."""
    serial = f"SHOWN{next(_serials):04}"
    dial(site, "GET", "/iclock/cdata", SN=serial, options="all")
    return serial


def approved(site: RunningSite) -> str:
    serial = waiting(site)
    approve(site, serial)
    return serial


def page_at(shell: Shell, site: RunningSite, serial: str, qtbot: QtBot) -> TerminalsPage:
    """The page with this terminal chosen, and shown in detail if it does not wait."""
    page, row = open_page(shell, TerminalsPage), names(site)[serial]
    page.refresh()
    qtbot.waitUntil(lambda: row.id in list(page.model.keys()))
    page.select(row.id)
    if row.status is not TerminalStatus.PENDING:
        qtbot.waitUntil(
            lambda: page.detail.shown is not None and page.detail.shown.terminal.id == row.id
        )
    return page


@pytest.fixture
def sure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether to do something is answered Yes."""
    monkeypatch.setattr("console.desktop.flows.terminal_life.is_sure", lambda *_: True)


def status(site: RunningSite, serial: str) -> TerminalStatus | None:
    row = names(site).get(serial)
    return row.status if row is not None else None


@pytest.mark.usefixtures("sure")
def test_TE14_only_what_is_possible_is_offered(
    shell: Shell, running: RunningSite, qtbot: QtBot
) -> None:
    serial = approved(running)
    page = page_at(shell, running, serial, qtbot)
    assert page.detail.shown is not None
    life, row = page.detail.life, page.detail.shown.terminal
    offered = [act for act, _ in life.offered(row)]
    assert offered == [Act.BLOCK, Act.EMPTY, Act.RETIRE, Act.REMOVE]
    with qtbot.waitSignal(page.message) as said:
        life.do(Act.BLOCK, row)
    assert said.args == ["Terminal blocked. Data on the terminal is not deleted.", False]
    assert status(running, serial) is TerminalStatus.BLOCKED
    blocked = names(running)[serial]
    assert Act.APPROVE in [act for act, _ in life.offered(blocked)]
    type_and_go("not its name")
    life.do(Act.EMPTY, blocked)
    assert status(running, serial) is TerminalStatus.BLOCKED, "nothing is begun by another name"
    type_and_go(blocked.name)
    life.do(Act.RETIRE, blocked)
    qtbot.waitUntil(lambda: status(running, serial) is TerminalStatus.RETIRING)
    life.do(Act.BRING_BACK, names(running)[serial])
    qtbot.waitUntil(lambda: status(running, serial) is TerminalStatus.APPROVED)
    type_and_go(blocked.name)
    life.do(Act.REMOVE, names(running)[serial])
    qtbot.waitUntil(lambda: status(running, serial) is None)


def test_TE17_a_technician_is_offered_to_ask(
    shell: Shell, client: ServiceClient, running: RunningSite, qtbot: QtBot
) -> None:
    serial = waiting(running)
    page = page_at(shell, running, serial, qtbot)
    assert page.approve.text() == "Approve…"
    assert client.session is not None
    session = client.session
    client.session = type(session)(
        **{**{f: getattr(session, f) for f in session.__struct_fields__}, "role": Role.TECHNICIAN}
    )
    page._selection_changed()
    assert page.approve.text() == "Ask for approval…"
    assert not page.roll_out.isVisible()
    assert Act.REMOVE not in [act for act, _ in page.detail.life.offered(names(running)[serial])]
    form = ApprovalForm(client, names(running)[serial], may_approve=False)
    form.name.edit.setText("West door")
    form.note.edit.setText("Mounted today")
    with qtbot.waitSignal(form.done_text) as said:
        form.save.click()
    assert said.args == ["West door is waiting for approval."]
    qtbot.waitUntil(lambda: names(running)[serial].asked_note == "Mounted today")
    page.refresh()
    shown = lambda: [page.model.row(n) for n in range(page.model.rowCount())]  # noqa: E731
    qtbot.waitUntil(lambda: any(row.asked_note == "Mounted today" for row in shown()))


def test_TE15_what_waits_is_dismissed_or_blocked_from_the_list(
    shell: Shell, running: RunningSite, qtbot: QtBot
) -> None:
    first, second = waiting(running), waiting(running)
    page = page_at(shell, running, first, qtbot)
    page.dismiss.click()
    qtbot.waitUntil(lambda: status(running, first) is None)
    page = page_at(shell, running, second, qtbot)
    page.block.click()
    qtbot.waitUntil(lambda: status(running, second) is TerminalStatus.BLOCKED)


@pytest.mark.usefixtures("sure")
def test_TE16_who_else_calls_is_shown_and_accepted(
    shell: Shell, running: RunningSite, qtbot: QtBot
) -> None:
    serial = approved(running)
    dial_from(running, ELSEWHERE, "GET", "getrequest", SN=serial)
    page = page_at(shell, running, serial, qtbot)
    bar = page.detail.callers
    qtbot.waitUntil(bar.isVisible)
    assert f"It calls from {ELSEWHERE}" in bar.text.text()
    bar.accept.click()
    qtbot.waitUntil(lambda: not bar.isVisible())
    assert names(running)[serial].address == ELSEWHERE
    dial(running, "GET", "/iclock/getrequest", SN=serial)
    page.detail.reload()
    qtbot.waitUntil(bar.isVisible)
    bar.refuse.click()
    qtbot.waitUntil(lambda: not bar.isVisible())


def test_TE14_former_terminals_are_a_list_of_their_own(
    shell: Shell, running: RunningSite, qtbot: QtBot
) -> None:
    serial = approved(running)
    row = names(running)[serial]
    act = terminal_life.ConfirmedAct(id=row.id, confirm=row.name)
    running.client.call(terminal_life.empty_terminal, act)
    running.client.call(terminal_life.block_terminal, ById(id=row.id))
    page = page_at(shell, running, serial, qtbot)
    page.former.setChecked(True)
    qtbot.waitUntil(lambda: row.id not in list(page.model.keys()))
    page.former.setChecked(False)
    qtbot.waitUntil(lambda: row.id in list(page.model.keys()))


def test_TE31_a_list_is_compared_and_approved(
    client: ServiceClient, shell: Shell, running: RunningSite, qtbot: QtBot, tmp_path: Path
) -> None:
    first, second = waiting(running), waiting(running)
    file = tmp_path / "serials.csv"
    file.write_text(f"serial,name\n{first},North gate\n{second},South gate\nMISSING1,\n", "utf-8")
    dialog = RollOutDialog(client)
    qtbot.addWidget(dialog)
    dialog.open_file(file)
    qtbot.waitUntil(lambda: dialog.approve.text() == "Approve 2")
    states = {dialog.model.row(n).serial: dialog.model.row(n).state for n in range(3)}
    assert states["MISSING1"] == "Has not connected yet"
    dialog.approve.click()
    qtbot.waitUntil(lambda: "2 terminals are approved." in dialog.summary.text())
    assert names(running)[first].name == "North gate"
    dialog.text.setPlainText("")
    dialog.compare.click()
    qtbot.waitUntil(lambda: "one per line" in dialog.summary.text())


def test_the_approval_says_what_is_wrong_with_a_name(
    client: ServiceClient, shell: Shell, running: RunningSite, qtbot: QtBot
) -> None:
    serial = waiting(running)
    form = ApprovalForm(client, names(running)[serial], may_approve=True)
    qtbot.addWidget(form)
    form.name.edit.clear()
    form.save.click()
    qtbot.waitUntil(lambda: "Give the terminal a name" in form.name.problem.text())
    running.client.call(terminal_life.dismiss_terminal, ById(id=names(running)[serial].id))
    form.name.edit.setText("Gate")
    form.save.click()
    qtbot.waitUntil(lambda: "does not exist" in form.problem.text())
