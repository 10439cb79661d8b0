"""Backups over the wire: made, verified, their places, and the recovery key. 2.4, 2.5."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from console.api import audit, backups, tasks
from console.api.operation import ById, Nothing, ServiceError
from console.api.tasks import Task, TaskState
from console.demo.people import OPERATOR_NAME
from console.demo.site import wait_until
from console.domain.operators import Role
from tests.conftest import PASSWORD, RunningSite
from tests.support.operators import add_operator


def state(site: RunningSite) -> backups.BackupsState:
    return site.client.call(backups.list_backups, Nothing())


def make_key(site: RunningSite) -> str:
    made = site.client.call(backups.new_key, Nothing())
    typed = {number: made.groups[number - 1] for number in made.asked}
    return site.client.call(backups.confirm_key, backups.TypedBack(groups=typed)).fingerprint


@pytest.fixture
def place(running: RunningSite, tmp_path: Path) -> Iterator[Path]:
    """A place of backups; the site has a recovery key, and today's backup by itself is made."""
    if not state(running).key:
        make_key(running)
    wait_until(lambda: _is_backed_up(running))
    folder = tmp_path / "share"
    folder.mkdir()
    named = backups.Place(folder=str(folder))
    running.client.call(backups.add_place, named)
    yield folder
    running.client.call(backups.remove_place, named)


def _is_backed_up(site: RunningSite) -> bool:
    """Makes a backup where Muster keeps its own, unless one is there: none is due before tomorrow.

    The service may just be making one.
    """
    if any(not one.problem for one in state(site).rows):
        return True
    with suppress(ServiceError):
        site.client.finish(site.client.call(backups.back_up, Nothing()))
    return False


def back_up(site: RunningSite, place: Path) -> backups.BackupRow:
    site.client.finish(site.client.call(backups.back_up, Nothing()))
    return next(one for one in state(site).rows if one.place == str(place))


def test_a_recovery_key_counts_once_two_groups_are_typed_back(running: RunningSite) -> None:
    before = state(running).key
    made = running.client.call(backups.new_key, Nothing())
    wrong = backups.TypedBack(groups=dict.fromkeys(made.asked, "AAAA"))
    with pytest.raises(ServiceError) as refused:
        running.client.call(backups.confirm_key, wrong)
    assert refused.value.error.field == f"group_{made.asked[0]}"
    with pytest.raises(ServiceError, match="Type the requested groups"):
        running.client.call(backups.confirm_key, backups.TypedBack(groups={}))
    assert state(running).key == before
    typed = {number: made.groups[number - 1].lower() for number in made.asked}
    counted = running.client.call(backups.confirm_key, backups.TypedBack(groups=typed))
    assert state(running).key == counted.fingerprint != before
    with pytest.raises(ServiceError, match="no longer known"):
        running.client.call(backups.confirm_key, backups.TypedBack(groups=typed))


def test_a_key_that_somebody_else_made_in_between_is_not_replaced(running: RunningSite) -> None:
    first = running.client.call(backups.new_key, Nothing())
    other = running.demo.client()
    add_operator(running, "second", Role.ADMIN)
    other.sign_in("second", PASSWORD)
    made = other.call(backups.new_key, Nothing())
    typed = {number: made.groups[number - 1] for number in made.asked}
    other.call(backups.confirm_key, backups.TypedBack(groups=typed))
    mine = {number: first.groups[number - 1] for number in first.asked}
    with pytest.raises(ServiceError, match="Somebody else"):
        running.client.call(backups.confirm_key, backups.TypedBack(groups=mine))


def test_a_backup_is_made_and_verified_and_both_are_audited(
    running: RunningSite, place: Path
) -> None:
    made = back_up(running, place)
    assert (made.place, made.made_by, made.problem) == (str(place), OPERATOR_NAME, "")
    assert made.keys_until is not None
    assert state(running).problem == ""
    which = backups.WhichBackup(place=made.place, name=made.name)
    running.client.finish(running.client.call(backups.verify_backup, which))
    (again,) = [one for one in state(running).rows if one.place == made.place]
    assert again.verified_at > made.verified_at
    assert again.verified_by == OPERATOR_NAME
    acts = {row.act for row in running.client.call(audit.list_audit, audit.ListAudit()).rows}
    assert {"Made a backup", "Verified a backup", "Changed where backups are kept"} <= acts


@pytest.mark.parametrize("harm", ["altered", "cut", "gone"])
def test_a_backup_that_is_not_whole_is_found_and_counts_for_none(
    running: RunningSite, place: Path, harm: str
) -> None:
    made = back_up(running, place)
    file = place / made.name
    data = bytearray(file.read_bytes())
    if harm == "gone":
        file.unlink()
    else:
        data[-100] ^= 1
        file.write_bytes(data if harm == "altered" else data[:-1])
    which = backups.WhichBackup(place=made.place, name=made.name)
    started = running.client.call(backups.verify_backup, which)
    ended = _ended(running, started.task_id)
    assert ended.state is TaskState.FAILED
    found = next(one for one in state(running).rows if one.place == made.place)
    assert found.problem == ended.error
    assert ("cannot be read" if harm == "gone" else "is damaged") in found.problem
    assert found.verified_at == made.verified_at


def _ended(site: RunningSite, task_id: str) -> Task:
    def ended() -> Task | None:
        task = site.client.call(tasks.get_task, ById(id=task_id))
        return task if task.state is not TaskState.RUNNING else None

    found = wait_until(ended)
    assert found is not None
    return found


def test_a_place_must_be_a_folder_outside_the_data_that_can_be_written_to(
    running: RunningSite, place: Path, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    data = running.demo.data_dir
    for folder, said in {
        "relative": "full path",
        f"{place}\0": "character U\\+0000",
        str(tmp_path / "none"): "does not exist",
        str(file): "not a folder",
        str(data / "logs"): "inside the data folder",
        str(place): "already",
    }.items():
        with pytest.raises(ServiceError, match=said):
            running.client.call(backups.add_place, backups.Place(folder=folder))
    with pytest.raises(ServiceError, match="no longer"):
        running.client.call(backups.remove_place, backups.Place(folder="/nowhere"))


def test_a_place_that_is_away_is_named(running: RunningSite, place: Path) -> None:
    back_up(running, place)
    aside = place.with_name("unplugged")
    place.rename(aside)
    try:
        found = state(running)
        assert str(place) in found.problem
        assert [bool(one.problem) for one in found.places] == [True]
    finally:
        aside.rename(place)
