"""The site's key is changed while the service runs, by two administrators. N17, 2.1, 11."""

from collections.abc import Callable, Iterator
from pathlib import Path

import filelock
import pytest
from sqlalchemy import select

from console import runtime
from console.api import backups, site_key
from console.api.client import Client
from console.api.operation import Nothing, ServiceError, Started
from console.cli import main
from console.demo.people import OPERATOR_NAME, SITE
from console.domain.errors import Conflict
from console.domain.operators import Role
from console.key_holder import FileHolder, key_holder
from console.service.backups import site_key as subject
from console.service.backups.making import only_one
from console.store.database import Store, connect, sqlite_url
from console.store.keys import SiteKeys
from console.store.recovery import set_recovery_key
from console.store.rotation import ROTATED, is_under_way, rotate
from console.store.schema import Audit, PersonKey, Setting
from console.store.vault import Vault
from tests.conftest import RunningSite, migrated_sqlite
from tests.service.test_backup_operations import make_key
from tests.store.made import add_employee
from tests.support.operators import add_operator, signed_in

CONFIRMED = site_key.Confirmed(confirm=f" {SITE} ")
PAPER, KEK = bytes(range(1, 33)), bytes(range(32))


@pytest.fixture(scope="module")
def second(running: RunningSite) -> Iterator[Client]:
    """Another administrator of a site with a recovery key."""
    if not running.client.call(backups.list_backups, Nothing()).key:
        make_key(running)
    add_operator(running, "rosmah", Role.ADMIN)
    with signed_in(running.demo, "rosmah") as client:
        yield client


def look(client: Client) -> site_key.SiteKeyState:
    return client.call(site_key.look, Nothing())


def held(site: RunningSite) -> SiteKeys:
    return SiteKeys.decode(key_holder(site.demo.data_dir, "site", True).get() or b"")


def test_a_second_administrator_agrees_and_everything_goes_on(
    running: RunningSite, second: Client
) -> None:
    person = running.add_employee()
    running.invite(person)
    before = held(running)
    assert running.client.call(site_key.change, CONFIRMED).task_id == ""
    assert held(running) == before, "nothing has happened yet"
    seen = look(second)
    assert (seen.asked_by, seen.asked_by_me, seen.second) == (OPERATOR_NAME, False, True)
    assert look(running.client).asked_by_me
    with pytest.raises(ServiceError, match="waiting for a second"):
        second.call(site_key.change, CONFIRMED)
    with pytest.raises(ServiceError, match="Another administrator must agree"):
        running.client.call(site_key.agree, CONFIRMED)
    started = second.call(site_key.agree, CONFIRMED)
    assert "has been changed" in second.finish(Started(task_id=started.task_id)).text
    after = held(running)
    assert (after.next, after.marks) == (b"", before.marks)
    assert after.kek != before.kek
    seen = look(second)
    assert (seen.asked_by, seen.under_way) == ("", False)
    assert seen.changed_at is not None
    running.invite(person)
    with running.store().read() as tx:
        vault = Vault(after.encode())
        assert all(vault.renew_wrap(one.wrapped) for one in tx.scalars(select(PersonKey)))
        written = select(Audit.action).where(Audit.action.startswith("site_key."))
        acts = list(tx.scalars(written.order_by(Audit.seq)))
        assert acts[-3:] == ["site_key.asked", "site_key.agreed", ROTATED]


def test_what_was_asked_for_is_taken_back(running: RunningSite, second: Client) -> None:
    before = held(running)
    second.call(site_key.change, CONFIRMED)
    running.client.call(site_key.drop, Nothing())
    for call in (
        lambda: running.client.call(site_key.agree, CONFIRMED),
        lambda: running.client.call(site_key.drop, Nothing()),
    ):
        with pytest.raises(ServiceError, match="no open request"):
            call()
    assert held(running) == before


def test_the_name_of_the_site_is_typed(running: RunningSite, second: Client) -> None:
    wrong = site_key.Confirmed(confirm="another site")
    with pytest.raises(ServiceError) as refused:
        second.call(site_key.change, wrong)
    assert refused.value.error.field == "confirm"
    second.call(site_key.change, CONFIRMED)
    with pytest.raises(ServiceError, match="Type the name"):
        running.client.call(site_key.agree, wrong)
    running.client.call(site_key.drop, Nothing())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a site whose key lies in a file, one person and a recovery key."""
    (tmp_path / "muster.db").write_bytes(migrated_sqlite())
    FileHolder(tmp_path / "site.key").set(KEK)
    with opened(tmp_path).write() as tx:
        tx.add(Setting(key="site", value={"site": SITE}))
        tx.make_keys([add_employee(tx).id])
        set_recovery_key(tx, PAPER)
    return tmp_path


def opened(folder: Path) -> Store:
    return Store(connect(sqlite_url(folder / "muster.db")), Vault(holder(folder).get() or b""))


def holder(folder: Path) -> FileHolder:
    return FileHolder(folder / "site.key")


def wrapped_by_held(folder: Path) -> bool:
    """Whether the keyring has one KEK, and it alone wraps."""
    keys = SiteKeys.decode(holder(folder).get() or b"")
    with opened(folder).read() as tx:
        return not keys.next and all(
            Vault(keys.encode()).renew_wrap(one.wrapped) == one.wrapped
            for one in tx.scalars(select(PersonKey))
        )


def test_alone_an_administrator_changes_it_without_asking(folder: Path) -> None:
    with opened(folder).write("an admin") as tx:
        assert not subject.needs_second(tx)
        assert subject.ask(tx, SITE)
        assert subject.asked_change(tx) is None


def test_without_a_recovery_key_it_is_not_asked_for(folder: Path) -> None:
    with opened(folder).write("an admin") as tx:
        tx.delete(tx.get_one(Setting, "recovery_key"))
        with pytest.raises(Conflict, match="recovery key first"):
            subject.ask(tx, SITE)


def interrupt(folder: Path) -> None:
    """A change that ends in the middle."""

    def step(done: int, _total: int) -> None:
        if done:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        rotate(opened(folder), holder(folder), step)
    assert is_under_way(holder(folder))


def test_a_service_that_starts_ends_what_was_interrupted(folder: Path) -> None:
    interrupt(folder)
    with only_one(folder):  # a backup that was started by hand
        subject.go_on(opened(folder), folder, holder(folder))
        assert is_under_way(holder(folder)), "it starts all the same"
    subject.go_on(opened(folder), folder, holder(folder))
    assert wrapped_by_held(folder)
    before = holder(folder).get()
    subject.go_on(opened(folder), folder, holder(folder))
    assert holder(folder).get() == before


Command = Callable[[], int]


@pytest.fixture
def command(folder: Path) -> Command:
    return lambda: main(["--data", str(folder), "change-key", "--key-file"])


def test_the_command_changes_it_while_the_service_is_stopped(
    folder: Path, command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    with filelock.FileLock(folder / runtime.LOCK):
        assert command() == 1
    assert "The service runs" in capsys.readouterr().err
    assert holder(folder).get() == KEK
    assert command() == 0
    assert "is changed" in capsys.readouterr().out
    assert holder(folder).get() != KEK
    assert wrapped_by_held(folder)


def test_the_command_goes_on_with_what_was_interrupted(folder: Path, command: Command) -> None:
    interrupt(folder)
    assert command() == 0
    assert wrapped_by_held(folder)


def test_the_command_says_what_is_missing(
    tmp_path: Path, folder: Path, command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(folder).write() as tx:
        tx.delete(tx.get_one(Setting, "recovery_key"))
    assert command() == 1
    assert "recovery key first" in capsys.readouterr().err
    assert main(["--data", str(tmp_path / "nowhere"), "change-key", "--key-file"]) == 1
    assert "There is no site in" in capsys.readouterr().err
