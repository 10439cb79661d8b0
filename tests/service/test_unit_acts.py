"""TE20: each ability has its act, and an act says what is known of it. TE16: who is acted on."""

import pytest

from console.api import tasks
from console.api.operation import ById, ServiceError
from console.demo.site import wait_until
from tests.conftest import RunningSite
from tests.service.test_dialled import Dialled, finish


def receipts(door: Dialled) -> list[str]:
    return [row.text for row in door.detail.receipts]


def test_TE20_the_operation_log_is_shown_in_words(running: RunningSite) -> None:
    door = Dialled(running)
    door.unit.note(30)
    door.unit.note(99)
    work = door.run_action("operations")
    newest, added = work.result.operations[:2]
    assert (newest.code, newest.text) == (99, "Something that this version has no word for")
    assert added.text == "Person added"
    assert work.result.text == f"{len(door.unit.operations)} lines."
    door.unit.faults.refuse = {34: 65535, 1503: 65535}
    assert door.run_action("operations").state == "failed"
    can = {row.name: row.can for row in door.detail.capabilities}
    assert can["operation_log"] is False


def test_TE20_settings_are_written_as_far_as_they_are_what_was_shown(
    running: RunningSite,
) -> None:
    door = Dialled(running)
    (lock_on, _) = door.run_action("settings").result.settings
    assert (lock_on.name, lock_on.value) == ("LockOn", "5")

    def write(name: str, was: str, value: str) -> tasks.Task:
        change = tasks.SettingChange(name=name, was=was, value=value)
        request = tasks.WriteSettings(terminal_id=door.id, changes=[change])
        return finish(running.client, running.client.call(tasks.write_settings, request))

    assert write("LockOn", "5", "9").result.text == "1 setting written and verified."
    assert door.unit.options["LockOn"] == "9"
    assert "Settings written: LockOn 5 → 9" in receipts(door)
    assert "changed meanwhile" in write("LockOn", "5", "7").error
    assert "that can be copied" in write("MAC", "", "00:00:00:00:00:00").error
    door.unit.faults.ignore_writes = True
    assert "did not keep LockOn" in write("LockOn", "9", "7").error
    assert len([text for text in receipts(door) if text.startswith("Settings")]) == 1
    with pytest.raises(ServiceError, match="cannot have this value"):
        write("LockOn", "9", "7\n")


def test_TE20_a_lock_lasts_until_it_is_cancelled(running: RunningSite) -> None:
    door = Dialled(running)
    request = tasks.LockUnit(terminal_id=door.id, minutes=5)
    started = running.client.call(tasks.lock_unit, request)
    wait_until(lambda: [one.disabled for one in door.server.sessions] == [True])
    with pytest.raises(ServiceError, match="still running"):
        door.run_action("refresh")
    running.client.call(tasks.cancel_task, ById(id=started.task_id))
    work = finish(running.client, started)
    assert "told to accept logins again before the time was up" in work.result.text
    wait_until(lambda: not any(one.disabled for one in door.server.sessions))
    assert any("Told to take no logins, which cannot be checked" in t for t in receipts(door))
    with pytest.raises(ServiceError, match="1 to 60 minutes"):
        running.client.call(tasks.lock_unit, tasks.LockUnit(terminal_id=door.id, minutes=61))


def test_TE25_what_was_only_acknowledged_is_not_said_to_be_done(running: RunningSite) -> None:
    door = Dialled(running)
    assert "does not tell whether the door opened" in door.run_action("unlock").result.text
    assert "Only somebody there can hear it" in door.run_action("test_voice").result.text
    door.unit.faults.refuse = {1004: 65535}
    assert door.run_action("restart").state == "failed"
    door.unit.faults.refuse = {}
    assert "was told to restart" in door.run_action("restart").result.text


def test_TE16_a_dialled_terminal_is_compared_at_each_session(running: RunningSite) -> None:
    door = Dialled(running, gentle=True)
    wait_until(lambda: any(row.can for row in door.detail.capabilities))
    door.unit.options["~Platform"] = "ANOTHER_TFT"
    assert "Accept or block it" in door.run_action("unlock").error
    assert "Its platform is “ANOTHER_TFT”" in door.row.question
    assert not any("open the door" in text for text in receipts(door))
