"""Updates are found, verified, planned and handed to the set-up, and never go back. P19.

Releases are made by the maker's own command, and read from a folder on loopback or a file.
"""

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from console import __version__
from console.api import updates
from console.api.tasks import TaskResult, TaskState
from console.computer_zone import computer_zone
from console.demo.site import wait_until
from console.domain.errors import Conflict, Invalid, NotFound
from console.domain.operators import Role
from console.domain.updates import QUIET, TAKEN_WITHIN, Stage, When
from console.domain.zones import zone_of
from console.service.backups.schedule import BackupSchedule
from console.service.tasks import RunningTask, Tasks
from console.service.tools import Tools
from console.service.updates.book import KeptUpdates, load_updates, save_updates
from console.service.updates.incoming import LEFT_AFTER_S
from console.service.updates.updating import Updates
from console.store.migrate import HEAD
from console.store.recovery import set_recovery_key
from console.store.schema import Audit, Operator, OperatorSession
from console.updates import handover
from console.updates.release import Release
from tests.conftest import Databases
from tests.store.made import NOW
from tests.support.clock import FakeClock
from tests.support.filled import filled
from tests.support.maker import Folder, Maker, served

ADMIN = "0" * 32


@pytest.fixture
def databases(tmp_path: Path) -> Databases:
    """Nothing here depends on the kind of database."""
    return Databases("sqlite", tmp_path)


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path / "maker")


class Site:
    """Updates of one site, with tasks that really run. Backups are noted, or fail."""

    def __init__(self, tools: Tools, root: Path, loop: asyncio.AbstractEventLoop) -> None:
        self.store, self.folder = tools.store, tools.data_dir / handover.FOLDER
        self.tasks = Tasks(tools.clock, lambda _: None, tools.pools)
        self.tasks.bind(loop)
        self.backed_up_by: list[str] = []
        self.backup_problem = ""
        self.tools, self.root = tools, root
        self.updates = self.restarted()

    def restarted(self, *, installs: bool = True) -> Updates:
        made = Updates(self.tools, self.tasks, self._back_up, root=self.root, installs=installs)
        self.updates = made
        return made

    def _back_up(self, _task: RunningTask, actor: str) -> str:
        self.backed_up_by.append(actor)
        if self.backup_problem:
            raise Conflict(self.backup_problem)
        return "It is backed up."

    def finish(self, task_id: str) -> RunningTask:
        return wait_until(lambda: self._ended(task_id))

    def _ended(self, task_id: str) -> RunningTask | None:
        task = self.tasks.get(task_id)
        return task if task.state is not TaskState.RUNNING else None

    def text(self, task_id: str) -> str:
        """What a task that went well says."""
        task = self.finish(task_id)
        assert task.state is TaskState.DONE, task.error
        return task.result.text

    def problem(self, task_id: str) -> str:
        """What a task that failed says."""
        task = self.finish(task_id)
        assert task.state is TaskState.FAILED
        return task.error

    def run_by_clock(self) -> None:
        """The step of the upkeep, and the end of what it started."""
        before = {task.id for task in self.tasks.all()}
        self.updates.run_when_due()
        for task in self.tasks.all():
            if task.id not in before:
                self.finish(task.id)

    @property
    def kept(self) -> KeptUpdates:
        with self.store.read() as tx:
            return load_updates(tx)

    def stage(self) -> Stage:
        return self.kept.stage

    def keep(self, **changes: Any) -> None:
        with self.store.write() as tx:
            save_updates(tx, replace(load_updates(tx), **changes))

    def send(self, file: Path, portion: int = 1000) -> None:
        data = file.read_bytes()
        for start in range(0, len(data), portion):
            self.updates.finding.incoming.add(ADMIN, start, data[start : start + portion])

    def take(self, file: Path) -> str:
        self.send(file)
        return self.updates.finding.start_take_file(ADMIN)

    def audited(self) -> list[tuple[str, str]]:
        with self.store.read() as tx:
            rows = tx.scalars(select(Audit).order_by(Audit.seq))
            return [(row.action, row.actor) for row in rows if row.action.startswith("update.")]


@pytest.fixture
def site(tools: Tools, maker: Maker) -> Iterator[Site]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield Site(tools, maker.root, loop)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        tools.pools.close()


@pytest.fixture
def ready(site: Site, maker: Maker) -> Site:
    """A site whose administrator has taken an update from a file."""
    maker.release("9.1")
    site.text(site.take(maker.file()))
    assert site.stage() is Stage.READY
    return site


def test_nobody_looks_until_an_address_is_set(site: Site) -> None:
    site.run_by_clock()
    assert site.tasks.all() == []
    with pytest.raises(Conflict, match="Enter the address"):
        site.updates.finding.start_check(ADMIN)


def test_a_look_by_the_clock_finds_a_release_once_a_day(
    site: Site, maker: Maker, clock: FakeClock
) -> None:
    maker.release("9.1")
    with served(Folder, maker.folder) as address:
        site.keep(address=address)
        site.run_by_clock()
        assert (site.kept.stage, site.kept.looked_at) == (Stage.FOUND, clock.now)
        assert site.kept.found is not None and site.kept.found.version == "9.1"
        maker.release("9.2")
        site.run_by_clock()
        assert site.kept.found.version == "9.1", "a day has not passed"
        clock.now += timedelta(days=1)
        site.run_by_clock()
        assert site.kept.found is not None and site.kept.found.version == "9.2"
    assert site.audited() == [("update.found", "muster"), ("update.found", "muster")]


def test_a_release_that_is_not_newer_is_no_update(site: Site, maker: Maker) -> None:
    maker.release(__version__)
    with served(Folder, maker.folder) as address:
        site.keep(address=address)
        said = site.text(site.updates.finding.start_check(ADMIN))
        assert said == f"Muster {__version__} is the newest version."
        assert site.kept.found is None
        site.keep(found=filled(Release, version="9.1"), stage=Stage.FOUND)
        assert "is the newest" in site.problem(site.updates.finding.start_download(ADMIN))
    assert site.stage() is Stage.NONE


def test_what_is_wrong_with_a_look_is_kept_and_it_is_tried_again(
    site: Site, maker: Maker, clock: FakeClock
) -> None:
    maker.release("9.1")
    site.keep(address="http://127.0.0.1:9")
    site.run_by_clock()
    assert "cannot be reached" in site.kept.problem
    with served(Folder, maker.folder) as address:
        site.keep(address=address)
        site.run_by_clock()
        assert site.kept.problem, "not yet"
        clock.now += timedelta(hours=1)
        site.run_by_clock()
    assert (site.kept.problem, site.kept.stage) == ("", Stage.FOUND)


def test_a_release_that_does_not_know_the_data_is_said_once_and_not_offered(
    site: Site, maker: Maker
) -> None:
    maker.release("9.1", f"{int(HEAD) - 1:04}")
    with served(Folder, maker.folder) as address:
        site.keep(address=address)
        site.run_by_clock()
        assert "can open databases up to" in site.kept.problem
        assert site.stage() is Stage.NONE
        site.run_by_clock()
    assert len(site.tasks.all()) == 1, "it is not tried again at once"


def test_a_disk_that_takes_no_more_is_said(site: Site, maker: Maker) -> None:
    maker.release("9.1")
    (site.folder / handover.SET_UP).mkdir(parents=True)
    assert "cannot be saved on this computer" in site.problem(site.take(maker.file()))


def test_a_look_that_was_cancelled_is_no_failure(site: Site, maker: Maker) -> None:
    maker.release("9.1")
    begun, go_on = threading.Event(), threading.Event()

    class Waiting(Folder):
        def do_GET(self) -> None:
            begun.set()
            go_on.wait(30)
            super().do_GET()

    with served(Waiting, maker.folder) as address:
        site.keep(address=address)
        task_id = site.updates.finding.start_check(ADMIN)
        assert begun.wait(30)
        site.tasks.cancel(task_id)
        go_on.set()
        assert site.finish(task_id).state is TaskState.CANCELLED
    assert site.kept.problem == ""
    assert site.kept.looked_at is not None


def test_a_download_is_verified_before_it_is_ready(site: Site, maker: Maker) -> None:
    maker.release("9.1", content=bytes(3_000_000))
    with served(Folder, maker.folder) as address:
        site.keep(address=address)
        site.text(site.updates.finding.start_check(ADMIN))
        said = site.text(site.updates.finding.start_download(ADMIN))
        assert said == "Muster 9.1 is downloaded and verified: 3.0 MB."
        site.text(site.updates.finding.start_check(ADMIN))
        assert site.stage() is Stage.READY, "it is still the newest"
        maker.release("9.2")
        site.text(site.updates.finding.start_check(ADMIN))
        assert site.stage() is Stage.FOUND
        assert not (site.folder / handover.SET_UP).exists()
        (bad,) = (maker.folder / "targets").glob("*9.2.exe")
        bad.write_bytes(b"MZ SET-up")
        assert "altered" in site.problem(site.updates.finding.start_download(ADMIN))
    assert site.stage() is Stage.FOUND


def test_a_file_with_an_update_needs_no_address(ready: Site) -> None:
    assert (ready.folder / handover.SET_UP).read_bytes() == b"MZ set-up"
    assert ("update.file_taken", ADMIN) in ready.audited()
    assert not list(ready.folder.glob("*.mstrup")), "nothing is left of it"


@pytest.mark.parametrize(
    ("version", "revision", "why"),
    [
        (__version__, "9000", "An older version is never installed"),
        ("0.0.9", "9000", "An older version is never installed"),
        ("9.1", f"{int(HEAD) - 1:04}", "can open databases up to"),
    ],
)
def test_a_file_that_would_take_program_or_data_back_is_refused(
    site: Site, maker: Maker, version: str, revision: str, why: str
) -> None:
    maker.release(version, revision)
    assert why in site.problem(site.take(maker.file()))
    assert (site.kept.stage, site.kept.found) == (Stage.NONE, None)
    assert not (site.folder / handover.SET_UP).exists()


def test_a_file_of_strangers_is_refused(site: Site, tmp_path: Path) -> None:
    strangers = Maker(tmp_path / "strangers")
    strangers.release("9.9")
    assert "not signed by the maker" in site.problem(site.take(strangers.file()))
    assert not list(site.folder.glob("*.mstrup"))


def test_a_file_that_did_not_arrive_whole_is_not_taken(site: Site, maker: Maker) -> None:
    incoming = site.updates.finding.incoming
    with pytest.raises(NotFound, match="No file was sent"):
        site.updates.finding.start_take_file(ADMIN)
    incoming.add(ADMIN, 0, b"abc")
    for start in (2, 4):
        with pytest.raises(Conflict, match="did not arrive"):
            incoming.add(ADMIN, start, b"d")
    for start, data in ((updates.MOST_FILE, b"d"), (-1, b"d"), (0, bytes(updates.PORTION + 1))):
        with pytest.raises(Invalid, match="too large"):
            incoming.add(ADMIN, start, data)
    with pytest.raises(Conflict, match="did not arrive"):
        incoming.add("1" * 32, 3, b"d")
    incoming.add(ADMIN, 0, b"anew")
    assert "damaged" in site.problem(site.updates.finding.start_take_file(ADMIN))


def test_what_a_closed_console_has_left_is_deleted(site: Site) -> None:
    site.updates.finding.incoming.add(ADMIN, 0, b"abc")
    site.run_by_clock()
    (left,) = site.folder.glob("*.mstrup")
    os.utime(left, (0, time.time() - LEFT_AFTER_S))
    site.run_by_clock()
    assert not left.exists()


def test_now_means_a_backup_and_then_the_set_up(ready: Site, clock: FakeClock) -> None:
    said = ready.text(ready.updates.installing.start(When.NOW, ADMIN))
    assert said == "It is backed up. Muster 9.1 is being installed."
    assert ready.backed_up_by == [ADMIN]
    assert (ready.kept.stage, ready.kept.ordered_at) == (Stage.ORDERED, clock.now)
    assert handover.is_ordered(ready.folder)
    for start in (ready.updates.finding.start_check, ready.updates.finding.start_download):
        ready.keep(address="http://127.0.0.1:9")
        with pytest.raises(Conflict, match="is being installed"):
            start(ADMIN)
    with pytest.raises(Conflict, match="is being installed"):
        ready.updates.installing.start(When.NOW, ADMIN)


def test_consoles_are_told_to_close(ready: Site) -> None:
    heard: list[tuple[str, str]] = []
    ready.store.subscribe(lambda commit: heard.extend(commit.changes))
    ready.text(ready.updates.installing.start(When.IDLE, ADMIN))
    assert ("updates", updates.CONSOLES_CLOSE) not in heard
    ready.text(ready.updates.installing.start(When.NOW, ADMIN))
    assert ("updates", updates.CONSOLES_CLOSE) in heard


def test_without_a_backup_nothing_is_installed(ready: Site) -> None:
    ready.backup_problem = "The disk is full."
    assert ready.problem(ready.updates.installing.start(When.NOW, ADMIN)) == "The disk is full."
    assert ready.stage() is Stage.READY
    assert ready.kept.outcome == "The update was not installed. The disk is full."
    assert not handover.is_ordered(ready.folder)


def test_when_nobody_uses_it_means_at_night_with_nobody_at_work(
    ready: Site, clock: FakeClock
) -> None:
    with ready.store.write() as tx:
        tx.add(
            Operator(
                id=ADMIN,
                username="mei",
                name="Mei",
                role=Role.ADMIN,
                password_hash="",
                created_at=NOW,
            )
        )
        tx.flush()
        session = OperatorSession(
            token_hash="t", id="s", operator_id=ADMIN, computer="", created_at=NOW, seen_at=NOW
        )
        tx.add(session)
    ready.text(ready.updates.installing.start(When.IDLE, ADMIN))
    zone = zone_of(computer_zone())
    for hour, idle, stage in (
        (12, QUIET, Stage.PLANNED),
        (23, QUIET - timedelta(seconds=1), Stage.PLANNED),
        (23, QUIET, Stage.ORDERED),
    ):
        clock.now = NOW.astimezone(zone).replace(hour=hour)
        with ready.store.write() as tx:
            tx.get_one(OperatorSession, "t").seen_at = clock.now - idle
        ready.run_by_clock()
        assert ready.stage() is stage
    assert ready.backed_up_by == [ADMIN]


def test_a_planned_update_can_be_taken_back(ready: Site) -> None:
    with pytest.raises(Conflict, match="No update is planned"):
        ready.updates.installing.postpone(ADMIN)
    ready.text(ready.updates.installing.start(When.IDLE, ADMIN))
    ready.updates.installing.postpone(ADMIN)
    assert (ready.kept.stage, ready.kept.by) == (Stage.READY, "")
    assert ready.audited()[-2:] == [("update.planned", ADMIN), ("update.postponed", ADMIN)]


def test_the_version_that_runs_shows_that_the_update_is_installed(
    ready: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready.text(ready.updates.installing.start(When.NOW, ADMIN))
    monkeypatch.setattr("console.service.updates.installing.__version__", "9.1")
    ready.restarted()
    ready.run_by_clock()
    assert ready.kept == KeptUpdates()
    assert ready.audited()[-1] == ("update.installed", "muster")
    assert not handover.is_ordered(ready.folder)
    assert not (ready.folder / handover.SET_UP).exists()
    assert (ready.folder / handover.METADATA / "timestamp.json").exists(), "what is trusted stays"


def test_the_status_of_the_set_up_says_why_it_is_not(ready: Site) -> None:
    ready.text(ready.updates.installing.start(When.NOW, ADMIN))
    handover.take_order(ready.folder)
    ready.restarted()
    ready.run_by_clock()
    assert ready.stage() is Stage.ORDERED, "the set-up may be at work"
    (ready.folder / handover.RESULT).write_text("6 \r\n")
    ready.run_by_clock()
    assert "previous version and its data have been restored" in ready.kept.outcome
    assert ready.stage() is Stage.READY
    ready.text(ready.updates.installing.start(When.NOW, ADMIN))
    assert handover.result(ready.folder) is None, "a new try has no status yet"


def test_an_order_that_nobody_takes_ends(ready: Site, clock: FakeClock) -> None:
    ready.text(ready.updates.installing.start(When.NOW, ADMIN))
    clock.now += TAKEN_WITHIN
    ready.run_by_clock()
    assert "left no message" in ready.kept.outcome
    assert not handover.is_ordered(ready.folder), "it is not installed behind anybody's back"


def test_a_download_that_is_gone_is_said(ready: Site) -> None:
    ready.text(ready.updates.installing.start(When.IDLE, ADMIN))
    (ready.folder / handover.SET_UP).unlink()
    ready.run_by_clock()
    assert (ready.stage(), ready.kept.by) == (Stage.FOUND, "")
    assert ready.kept.outcome == "The download is no longer there. Download it again."


def test_before_an_update_there_is_a_backup_or_a_copy_by_the_set_up(
    tools: Tools, site: Site
) -> None:
    schedule = BackupSchedule(tools.store, tools.data_dir, site.tasks.start_blocking)

    def before(actor: str = ADMIN) -> str:
        def run(task: RunningTask) -> TaskResult:
            return TaskResult(text=schedule.before_update(task, actor))

        return site.text(site.tasks.start_blocking("Preparing", run))

    assert "only the set-up keeps a copy" in before()
    with tools.store.write() as tx:
        set_recovery_key(tx, bytes(range(32)))
    assert "has been verified" in before()
    assert list(tools.data_dir.rglob("*.backup"))


def test_a_service_without_the_set_up_only_tells(site: Site, maker: Maker) -> None:
    updates_here = site.restarted(installs=False)
    maker.release("9.1")
    assert "signed by its publisher" in site.text(site.take(maker.file()))
    assert site.stage() is Stage.FOUND
    assert not (site.folder / handover.SET_UP).exists()
    for act in (
        lambda: updates_here.finding.start_download(ADMIN),
        lambda: updates_here.installing.start(When.NOW, ADMIN),
    ):
        with pytest.raises(Conflict, match="was not installed with the Muster set-up"):
            act()


def test_a_build_without_the_maker_s_keys_looks_for_nothing(site: Site, maker: Maker) -> None:
    maker.release("9.1")
    maker.root.unlink()
    site.keep(address="http://127.0.0.1:9")
    site.run_by_clock()
    assert site.tasks.all() == []
    assert "without the keys of its maker" in site.problem(site.take(maker.file()))


def test_one_look_at_a_time(site: Site, maker: Maker) -> None:
    site.keep(address="http://127.0.0.1:9")
    with site.updates.finding.reading():
        assert "is running" in site.problem(site.updates.finding.start_check(ADMIN))
