"""What a restored site may not bring back, and must bring back. 2.5, 2.6, 10, N7, N8."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import delete, select

from console.cli import main
from console.domain.consent import FINGER, FINGER_VERSION, finger_consent
from console.domain.erasure import ErasureState
from console.domain.invitations import Status, token_hash
from console.domain.recovery_key import in_groups
from console.domain.retention import SHIPPED
from console.key_holder import FileHolder
from console.service.asking_again import AskingAgain
from console.service.backups.making import BackupMaker
from console.service.enrolment.face_gallery import FaceGallery, seal_template
from console.service.fingers.consent import FingerConsents
from console.service.fingers.records import FingerRecords
from console.service.people.erasure import ask_to_erase
from console.store.backup.erasures import gather, write_list
from console.store.database import Store, connect, sqlite_url
from console.store.queries.asked_again import note_told, time_to_answer
from console.store.queries.emails import add_email
from console.store.queries.fingers import EXTRACTOR, templates_of
from console.store.queries.person_links import made_token, own_token
from console.store.recovery import load_recovery, set_recovery_key
from console.store.rotation import rotate
from console.store.schema import (
    AskedAgain,
    Employee,
    Enrolment,
    Erasure,
    Finger,
    Outbox,
    PersonLink,
)
from console.store.unit_of_work import Tx
from console.store.vault import Vault
from tests.conftest import migrated_sqlite
from tests.store.made import add_consent, add_employee, add_enrolment, add_finger, add_invitation

KEK, PAPER = bytes(range(32)), bytes(range(1, 33))
DAY = timedelta(days=1)


class Quiet:
    def say(self, step: str) -> None: ...

    def progress(self, done: int, total: int) -> None: ...


class Site:
    """A site on SQLite with a recovery key, whose clock can be set.

    `test_backups` restores on both databases; what is done to the rows is the same.
    """

    def __init__(self, data: Path) -> None:
        data.mkdir()
        (data / "muster.db").write_bytes(migrated_sqlite())
        (data / "certificates").mkdir()
        (data / "certificates" / "authority.pem").write_text("a certificate")
        self.data, self.place, self.now = data, data / "site-backups", datetime.now(UTC)
        url = sqlite_url(data / "muster.db")
        self.store = Store(connect(url), Vault(KEK), clock=lambda: self.now)
        self.gallery = FaceGallery(self.store)
        self.gallery.load()
        with self.store.write() as tx:
            set_recovery_key(tx, PAPER)

    def back_up(self) -> Path:
        """The new backup's file."""
        BackupMaker(self.store, self.data).make(Quiet())
        return max(self.place.glob("*.backup"), key=lambda file: file.stat().st_mtime_ns)

    def enrol(self) -> str:
        """Somebody with a face, a finger, a link of their own and an email that waits."""
        with self.store.write() as tx:
            person = add_employee(tx)
            person.email = "nur@example.com"
            tx.make_keys([person.id])
            face = add_enrolment(tx, add_invitation(tx, person, Status.APPROVED))
            face.model = self.gallery.model
            vector = np.ones(self.gallery.dimension, np.float32)
            face.template = seal_template(tx, person.id, face.id, vector / np.linalg.norm(vector))
            _add_finger(tx, person)
            made_token(tx, person.id)
            add_email(tx, person.id, "consent", {})
            return person.id

    def erase(self, employee_id: str) -> None:
        with self.store.write() as tx:
            ask_to_erase(tx, [employee_id], tx.get_one(Employee, employee_id).number)

    def remove_keys(self) -> None:
        for file in self.place.glob("*.keys"):
            file.unlink()

    def list_erasures(self) -> None:
        with self.store.read() as tx:
            recovery = load_recovery(tx)
            assert recovery is not None
            write_list(self.place, gather(tx, recovery.site), tx.vault)


def _add_finger(tx: Tx, person: Employee) -> None:
    row = add_finger(tx, person, 1, b"")
    row.templates = tx.seal(person.id, "finger", row.id, "templates", b"\x91\xc4\x01t")
    tx.flush()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "site")
    yield made
    made.store.close()


Restore = Callable[..., int]


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """The data folder on the bare computer."""
    return tmp_path / "new"


@pytest.fixture
def restore(new: Path, monkeypatch: pytest.MonkeyPatch) -> Restore:
    def run(file: Path, *more: str) -> int:
        monkeypatch.setattr("builtins.input", lambda _asks: " ".join(in_groups(PAPER)))
        return main(["--data", str(new), "restore", str(file), "--key-file", *more])

    return run


@pytest.fixture
def restored(new: Path, site: Site) -> Iterator[Callable[[], Store]]:
    opened: list[Store] = []

    def get() -> Store:
        opened.append(
            Store(connect(sqlite_url(new / "muster.db")), Vault(KEK), clock=lambda: site.now)
        )
        return opened[-1]

    yield get
    for store in opened:
        store.close()


def assert_starts(store: Store, faces: int, fingers: int) -> None:
    """As the service does at its start: it opens everybody's templates."""
    gallery = FaceGallery(store)
    gallery.load()
    gallery.renew("Mei")
    assert len(gallery) == faces
    with store.read() as tx:
        rows = list(tx.scalars(select(Finger).where(Finger.extractor == EXTRACTOR)))
        assert [templates_of(tx, row) for row in rows] == [[b"t"]] * fingers


def test_N7_a_site_starts_whose_people_were_erased_after_the_backup(
    site: Site, restore: Restore, restored: Callable[[], Store]
) -> None:
    erased, _ = site.enrol(), site.enrol()
    file = site.back_up()
    site.erase(erased)
    site.list_erasures()
    assert restore(file) == 0
    store = restored()
    assert_starts(store, faces=1, fingers=1)
    with store.read() as tx:
        mine = select(Enrolment.template).where(Enrolment.employee_id == erased)
        assert list(tx.scalars(mine)) == [b""]
        assert list(tx.scalars(select(Erasure.state))) == [ErasureState.ASKED]


def test_N7_a_site_starts_that_was_backed_up_while_people_were_erased(
    site: Site, restore: Restore, restored: Callable[[], Store], capsys: pytest.CaptureFixture[str]
) -> None:
    site.erase(site.enrol())
    file = site.back_up()
    site.remove_keys()
    assert restore(file) == 0
    assert_starts(restored(), faces=0, fingers=0)
    assert "enrol their faces" not in capsys.readouterr().out, "nobody is there to enrol"


def test_N8_whoever_agreed_after_the_backup_is_asked_again_and_keeps_the_fingers(
    site: Site, restore: Restore, restored: Callable[[], Store]
) -> None:
    """The answer is lost with the site; the time that runs out is not to count it as silence."""
    person = site.enrol()
    with site.store.write() as tx:
        given = add_consent(tx, tx.get_one(Employee, person), FINGER, site.now - 90 * DAY)
        given.text_version = FINGER_VERSION - 1
    consents = FingerConsents(FingerRecords(site.store))
    AskingAgain(site.store, [consents]).run_once()
    with site.store.write() as tx:
        tx.session.execute(delete(Outbox))
        until = time_to_answer(tx, person, FINGER)
        assert until is not None
        note_told(tx, person, FINGER, until)
    file = site.back_up()
    with site.store.write() as tx:
        consents.renew(tx, person, finger_consent(SHIPPED), channel="link", user_agent="")
    assert restore(file) == 0
    site.now = until + DAY
    store = restored()
    asking = AskingAgain(store, [FingerConsents(FingerRecords(store))])
    for _ in range(2):
        asking.run_once()
    with store.read() as tx:
        assert len(list(tx.scalars(select(Finger.id)))) == 1
        (row,) = tx.scalars(select(AskedAgain))
        assert (row.told_at, row.answer_by, row.reminded) == (None, None, 0)
        assert list(tx.scalars(select(Outbox.kind))) == ["asked_again_finger"], "they are told"


def test_N8_a_withdrawal_that_is_done_again_ends_the_question(
    site: Site, restore: Restore, restored: Callable[[], Store]
) -> None:
    person = site.enrol()
    with site.store.write() as tx:
        given = add_consent(tx, tx.get_one(Employee, person), FINGER, site.now - 90 * DAY)
        given.text_version = FINGER_VERSION - 1
    consents = FingerConsents(FingerRecords(site.store))
    AskingAgain(site.store, [consents]).run_once()
    file = site.back_up()
    with site.store.write() as tx:
        consents.withdraw(tx, person, channel="link")
    site.list_erasures()
    assert restore(file) == 0
    with restored().read() as tx:
        assert list(tx.scalars(select(AskedAgain.employee_id))) == []
        assert list(tx.scalars(select(Finger.id))) == []


def test_without_keys_the_next_email_reaches_people_and_their_old_link_works_on(
    site: Site, restore: Restore, restored: Callable[[], Store]
) -> None:
    """A8"""
    person = site.enrol()
    with site.store.read() as tx:
        before = own_token(tx, person)
    file = site.back_up()
    site.remove_keys()
    assert restore(file) == 0
    store = restored()
    with store.read() as tx:
        assert list(tx.scalars(select(Outbox.id))) == [], "no key opens what waited"
        assert own_token(tx, person) is None
    with store.write() as tx:
        after = made_token(tx, person)
    with store.read() as tx:
        assert before is not None
        assert own_token(tx, person) == after != before
        links = set(tx.scalars(select(PersonLink.token_hash)))
        assert links == {token_hash(before), token_hash(after)}


def test_a_list_of_erasures_that_is_old_is_refused_unless_that_is_wanted(
    site: Site, restore: Restore, new: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """N7: at a place that was away, or is not used any more."""
    site.enrol()
    site.now -= 8 * DAY
    file = site.back_up()
    assert restore(file) == 1
    assert "erased after that would come back" in capsys.readouterr().err
    assert list(new.iterdir()) == []
    assert restore(file, "--with-old-erasures") == 0


def test_a_list_that_is_older_than_the_newest_backup_beside_it_is_refused(
    site: Site, restore: Restore, capsys: pytest.CaptureFixture[str]
) -> None:
    """N7"""
    site.now -= 2 * DAY
    file = site.back_up()
    (listed,) = site.place.glob("*-erasures.json")
    old = listed.read_bytes()
    site.now += DAY
    site.back_up()
    new_list = listed.read_bytes()
    listed.write_bytes(old)
    assert restore(file) == 1
    assert "Whoever was erased" in capsys.readouterr().err
    listed.write_bytes(new_list)
    assert restore(file) == 0


def test_a_clock_that_was_ahead_costs_nobody_their_face(
    site: Site, restore: Restore, restored: Callable[[], Store]
) -> None:
    """The keys that look newest are of before people were enrolled; who was erased stays so."""
    erased = site.enrol()
    site.now += 365 * DAY
    site.back_up()
    site.now -= 365 * DAY
    site.enrol()
    file = site.back_up()
    site.erase(erased)
    site.list_erasures()
    assert restore(file) == 0
    assert_starts(restored(), faces=1, fingers=1)


def test_a_site_comes_back_in_a_folder_on_another_disk(
    site: Site, restore: Restore, restored: Callable[[], Store], new: Path
) -> None:
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == site.data.stat().st_dev:
        pytest.skip("this computer has no second disk to try it on")
    site.enrol()
    file = site.back_up()
    with tempfile.TemporaryDirectory(dir=memory) as other:
        new.symlink_to(other)
        assert restore(file) == 0
        store = restored()
        assert_starts(store, faces=1, fingers=1)
        store.close()
        assert (new / "certificates" / "authority.pem").is_file()


def test_where_a_step_fails_the_folder_is_empty_and_can_be_tried_again(
    site: Site, restore: Restore, new: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = site.back_up()

    def full(_holder: FileHolder, _secret: bytes) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(FileHolder, "set", full)
        assert restore(file) == 1
    assert list(new.iterdir()) == []
    (new / "restoring-killed").mkdir()
    (new / "restoring-killed" / "muster.db").write_bytes(b"half")
    assert restore(file) == 0
    assert sorted(path.name for path in new.iterdir()) == ["certificates", "muster.db", "site.key"]


def test_an_old_backup_comes_back_after_the_key_of_the_site_was_changed(
    site: Site, restore: Restore, new: Path, tmp_path: Path
) -> None:
    """With the newest keys of people, which the new key has wrapped: 11."""
    site.enrol()
    old = site.back_up()
    holder = FileHolder(tmp_path / "site.key")
    holder.set(KEK)
    backups: list[Path] = []

    def step(done: int, _total: int) -> None:
        if done and not backups:  # one is made in the middle, too
            site.now += DAY
            backups.append(site.back_up())

    rotate(site.store, holder, step)
    site.now += DAY
    newest = site.back_up()
    for file in (old, *backups, newest):
        assert restore(file) == 0, file
        held = FileHolder(new / "site.key").get() or b""
        store = Store(connect(sqlite_url(new / "muster.db")), Vault(held), clock=lambda: site.now)
        assert_starts(store, faces=1, fingers=1)
        store.close()
        shutil.rmtree(new)
    assert len(backups) == 1
