"""Tasks are found again: after the window was closed, from the status bar, by keys. CO19."""

import socket
from collections.abc import Iterator

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication

from console.api import tasks as api
from console.api.tasks import TaskResult, TaskState
from console.desktop.pages.tasks import STATES, TasksPage, outcome
from console.desktop.shell import Shell
from console.domain.operators import Role
from console.qt.client import ConnectionState, ServiceClient
from tests.conftest import PASSWORD, RunningSite
from tests.store.made import NOW
from tests.support.delayed_client import DelayedClient
from tests.support.operators import add_operator, signed_in


@pytest.fixture
def silent() -> Iterator[api.ExamineAddress]:
    """An address that accepts and never answers: its examination takes a while."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        yield api.ExamineAddress(host="127.0.0.1", port=port, transport="tcp")


@pytest.fixture
def second_window(running: RunningSite, themed: QApplication, qtbot) -> Iterator[Shell]:
    """The console, started another time by the same operator."""
    client = ServiceClient(running.demo.locate)
    shell = Shell(client)
    qtbot.addWidget(shell)
    shell.show()
    client.connect_service()
    qtbot.waitUntil(lambda: client.state is ConnectionState.SIGNED_OUT)
    shell.sign_in.username.edit.setText("h.farid")
    shell.sign_in.password.edit.setText(PASSWORD)
    shell.sign_in.go.click()
    qtbot.waitUntil(lambda: shell.page is not None)
    yield shell
    client.close()


def test_CO19_what_was_begun_before_is_found_from_the_status_bar_and_cancelled_by_keys(
    second_window: Shell, running: RunningSite, silent: api.ExamineAddress, qtbot
) -> None:
    add_operator(running, "other tech", Role.TECHNICIAN)
    other = signed_in(running.demo, "other tech")
    not_mine = other.call(api.discover, api.Discover(subnet="127.0.0.1/32", port=1)).task_id
    mine = running.client.call(api.examine_address, silent).task_id
    shell = second_window
    shell._ask_overview()
    qtbot.waitUntil(lambda: shell.status.jobs_state.text() == " 1 task running")
    shell.status.jobs_state.click()
    page = shell.page
    assert isinstance(page, TasksPage)
    qtbot.waitUntil(lambda: mine in page.model.keys())  # noqa: SIM118 - a list
    assert not_mine not in page.model.keys()  # noqa: SIM118 - a list
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_Down)
    page.table.selectRow(page.model.keys().index(mine))
    assert page.chosen is not None and page.chosen.state is TaskState.RUNNING
    page.cancel.setFocus()
    qtbot.keyClick(page.cancel, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: state(page, mine) is not TaskState.RUNNING)
    page.everybody.setChecked(True)
    row = page.model.row(page.model.keys().index(not_mine))
    assert row.by and not row.own


def state(page: TasksPage, task_id: str) -> TaskState:
    return page.model.row(page.model.keys().index(task_id)).state


def a_task(state: TaskState, **more) -> api.Task:
    usual = {
        "id": state,
        "terminal_id": "",
        "title": "Importing employees",
        "done": 12,
        "total": 40,
        "step": "Writing",
        "started_at": NOW,
        "error": "",
        "remedy": "",
        "result": TaskResult(),
        "own": True,
    }
    return api.Task(state=state, **{**usual, **more})


def test_CO19_each_end_is_told_in_words(themed, qtbot) -> None:
    client = DelayedClient()
    page = TasksPage(client)
    qtbot.addWidget(page)
    page.show()
    page.refresh()
    why = "The service was restarted while this was running."
    rows = [
        a_task(TaskState.RUNNING),
        a_task(TaskState.DONE, result=TaskResult(text="40 people were added."), ended_at=NOW),
        a_task(TaskState.INTERRUPTED, error=why, remedy="Look at it.", ended_at=NOW),
    ]
    client.waiting(api.list_tasks).answer(api.TaskList(rows=rows))
    said = []
    for number in range(3):
        page.table.selectRow(number)
        said.append(page.outcome.text())
    assert said == ["12 of 40 · Writing", "40 people were added.", f"{why} Look at it."]
    assert outcome(a_task(TaskState.FAILED, error="No.", remedy="Try.")) == "No. Try."
    assert STATES.keys() == set(TaskState)


def test_CO19_an_empty_list_says_what_will_be_there(themed, qtbot) -> None:
    client = DelayedClient()
    page = TasksPage(client)
    qtbot.addWidget(page)
    page.refresh()
    client.waiting(api.list_tasks).answer(api.TaskList(rows=[a_task(TaskState.DONE, own=False)]))
    assert page.list.shown is page.list.parts[1] and not page.cancel.isEnabled()
    page.everybody.setChecked(True)
    assert page.list.shown is page.table


def test_CO7_progress_is_read_twice_a_second_at_most_and_leaves_the_chosen_task_chosen(
    themed, qtbot
) -> None:
    client = DelayedClient()
    page = TasksPage(client)
    qtbot.addWidget(page)
    page.refresh()
    done, running = a_task(TaskState.DONE, ended_at=NOW), a_task(TaskState.RUNNING)
    client.waiting(api.list_tasks).answer(api.TaskList(rows=[done, running]))
    page.table.selectRow(1)
    for _ in range(20):
        page.refresh()
    assert client.pending == [], "not before the pause is over"
    qtbot.waitUntil(lambda: len(client.pending) == 1)
    further = a_task(TaskState.RUNNING, done=30)
    newer = a_task(TaskState.FAILED, error="No.", ended_at=NOW)
    client.waiting(api.list_tasks).answer(api.TaskList(rows=[newer, done, further]))
    assert page.chosen == further and page.outcome.text() == "30 of 40 · Writing"
