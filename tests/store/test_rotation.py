"""The site's key is changed while the site runs, and a kill at any step loses nothing. 11, N17."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from console.domain.errors import Conflict
from console.domain.operators import Role
from console.key_holder import FileHolder
from console.recovery_pair import key_pair
from console.store import site_seals
from console.store.audit import verify
from console.store.columns import Base, new_id
from console.store.database import Store, connect, sqlite_url
from console.store.keys import KeyMissing, SiteKeys, kek_number
from console.store.recovery import load_recovery, set_recovery_key, unwrap_keys
from console.store.rotation import ROTATED, is_under_way, rotate
from console.store.schema import (
    Audit,
    Operator,
    PersonKey,
    Quarantine,
    SecondFactor,
    Setting,
    Terminal,
)
from console.store.unit_of_work import ReadTx, Tx
from console.store.vault import HPKE_SUITE, Unsealable, Vault, upload_info
from tests.conftest import Databases, migrated_sqlite
from tests.store.made import NOW, add_employee, add_terminal

PAPER = bytes(range(1, 33))
BEFORE = SiteKeys(kek=bytes(range(32)), marks=bytes(range(3, 35)))
PEOPLE = 7
UPLOAD = upload_info("a" * 64, 1)


class Killed(BaseException):
    """The process ends here."""


class Held:
    """A keyring that remembers everything it was given."""

    def __init__(self, secret: bytes) -> None:
        self.held = [secret]

    def get(self) -> bytes:
        return self.held[-1]

    def set(self, secret: bytes) -> None:
        self.held.append(secret)

    replace = set


class Site:
    """A database with something of every kind that the KEK seals."""

    def __init__(self, url: str, keys: SiteKeys = BEFORE) -> None:
        self.url, self.keyring = url, Held(keys.encode())
        self.store = Store(connect(url), Vault(keys.encode()))
        with self.store.write() as tx:
            set_recovery_key(tx, PAPER)
            self.people = {
                one.id: tx.seal(one.id, "finger", one.id, "templates", one.id.encode())
                for one in (add_employee(tx) for _ in range(PEOPLE))
            }
            self._add_secrets(tx)

    def _add_secrets(self, tx: Tx) -> None:
        seal = tx.vault.seal_site
        pair = tx.vault.current_site_key(tx.session, tx.now)
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), pair.public)
        self.upload = HPKE_SUITE.encrypt(b"photo", public, info=UPLOAD)
        unit = add_terminal(tx, "Gate")
        unit.key_sealed = seal(site_seals.terminal_key_kind(unit.id), b"comm key")
        unit.names_sealed = seal(site_seals.names_kind(unit.id), b"names")
        mark = tx.vault.mark_site("line", b"1001")
        line = seal(site_seals.line_kind(unit.id, mark), b"line")
        aside = {"table": "log", "reason": "", "received_at": NOW}
        tx.add(Quarantine(terminal_id=unit.id, key=mark, sealed=line, **aside))
        operator = Operator(
            id=new_id(),
            username="aisha",
            name="Aisha",
            role=Role.ADMIN,
            password_hash="",
            created_at=NOW,
        )
        tx.add(operator)
        tx.flush()
        kind = site_seals.second_factor_kind(operator.id)
        factor = {"sealed": seal(kind, b"secret"), "offered": seal(kind, b"offered")}
        tx.add(SecondFactor(operator_id=operator.id, last_step=0, recovery=[], **factor))
        signs = seal("receipt_key", b"signs").hex()
        tx.add(Setting(key="receipt_key", value={"sealed": signs}))
        password = msgspec.to_builtins(seal(site_seals.EMAIL_KIND, b"password"))
        tx.add(Setting(key="site", value={"email": {"password_sealed": password}}))

    def start(self, keys: bytes = b"") -> None:
        """As a service that starts does; keys: those that the computer has by other means."""
        self.store.close()
        keys = keys or self.keyring.get()
        self.store = Store(connect(self.url), Vault(keys))

    def rotate(self, step: Callable[[int, int], None] = lambda _done, _total: None) -> None:
        rotate(self.store, self.keyring, step, "an admin")

    def by_paper(self) -> bytes:
        """The keys that the recovery key on paper opens."""
        with self.store.read() as tx:
            recovery = load_recovery(tx)
        assert recovery is not None
        return unwrap_keys(recovery, key_pair(PAPER))

    def check_opens(self, keys: bytes) -> None:
        """With these keys alone, everything opens."""
        engine = connect(self.url)
        with Store(engine, Vault(keys)).read() as tx:
            for who, sealed in self.people.items():
                assert tx.open(who, "finger", who, "templates", sealed) == who.encode()
            assert self._secrets(tx) == [
                b"comm key",
                b"line",
                b"names",
                b"offered",
                b"password",
                b"photo",
                b"secret",
                b"signs",
            ]
        engine.dispose()

    def _secrets(self, tx: ReadTx) -> list[bytes]:
        vault, opened = tx.vault, tx.vault.open_site
        unit, line = tx.scalars(select(Terminal)).one(), tx.scalars(select(Quarantine)).one()
        assert line.key == vault.mark_site("line", b"1001"), "what is known is known again"
        factor = tx.scalars(select(SecondFactor)).one()
        kind = site_seals.second_factor_kind(factor.operator_id)
        signs = tx.get_one(Setting, "receipt_key").value["sealed"]
        password = tx.get_one(Setting, "site").value["email"]["password_sealed"]
        return [
            opened(site_seals.terminal_key_kind(unit.id), unit.key_sealed or b""),
            opened(site_seals.line_kind(unit.id, line.key), line.sealed or b""),
            opened(site_seals.names_kind(unit.id), unit.names_sealed or b""),
            opened(kind, factor.offered or b""),
            opened(site_seals.EMAIL_KIND, msgspec.convert(password, bytes)),
            vault.open_upload(tx.session, 1, UPLOAD, self.upload),
            opened(kind, factor.sealed or b""),
            opened("receipt_key", bytes.fromhex(signs)),
        ]

    def check_rotated(self) -> None:
        """The new key opens everything, the old one nothing, and it was noted once."""
        last = SiteKeys.decode(self.keyring.get())
        assert last.next == b""
        assert last.kek != BEFORE.kek
        self.check_opens(last.encode())
        assert self.by_paper() == last.encode()
        with Store(self.store.engine, Vault(BEFORE.encode())).read() as tx:
            with pytest.raises(Unsealable):
                self._secrets(tx)
            for who, sealed in self.people.items():
                with pytest.raises(Unsealable):
                    tx.open(who, "finger", who, "templates", sealed)
        with self.store.read() as tx:
            assert set(tx.scalars(select(PersonKey.kek_version))) == {kek_number(last.kek)}
            noted = tx.scalars(select(Audit).where(Audit.action == ROTATED)).all()
            assert [(one.actor, one.detail) for one in noted] == [("an admin", {"people": PEOPLE})]
            assert verify(tx.session) is None


@pytest.fixture
def site(databases: Databases) -> Iterator[Site]:
    made = Site(databases.migrated())
    yield made
    made.store.close()


def test_everything_opens_with_the_new_key_and_nothing_with_the_old(site: Site) -> None:
    site.rotate()
    first, both, last = map(SiteKeys.decode, site.keyring.held)
    assert (first, both.kek, both.marks) == (BEFORE, BEFORE.kek, BEFORE.marks)
    assert (last.kek, last.marks, last.next) == (both.next, BEFORE.marks, b"")
    site.check_rotated()


def test_a_kill_at_any_step_loses_nothing_and_the_next_start_goes_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Portions of two keys, so that a kill comes between them, too."""
    monkeypatch.setattr("console.store.rotation.AT_ONCE", 2)
    for kill_at in range(1, 100):
        steps = 0

        def step(_done: int, _total: int) -> None:
            nonlocal steps
            steps += 1
            if steps == kill_at:
                raise Killed

        try:
            site.rotate(step)
        except Killed:
            assert is_under_way(site.keyring)
            site.check_opens(site.keyring.get())
            if kill_at > 1:  # at the first one, nothing is wrapped by the new key yet
                assert site.by_paper() in (
                    site.keyring.get(),
                    SiteKeys.decode(site.keyring.get()).end_rotation().encode(),
                )
            site.check_opens(site.by_paper())
            site.start()
        else:
            break
    assert kill_at > 15, "each step was a place to kill it"
    site.check_rotated()
    assert len(site.keyring.held) > kill_at, "it began with what the keyring had"


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
@pytest.mark.parametrize("kill_at", [1, 2, 3, 8])
def test_a_process_that_is_killed_leaves_what_the_next_one_ends(
    tmp_path: Path, kill_at: int
) -> None:
    (tmp_path / "muster.db").write_bytes(migrated_sqlite())
    site, holder = Site(sqlite_url(tmp_path / "muster.db")), FileHolder(tmp_path / "site.key")
    holder.set(BEFORE.encode())
    site.store.close()
    child = os.fork()
    if not child:
        left = iter(range(kill_at - 1))
        store = Store(connect(site.url), Vault(BEFORE.encode()))
        try:
            rotate(store, holder, lambda _done, _total: _kill_unless(left), "an admin")
        finally:
            os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert is_under_way(holder)
    site.check_opens(holder.get() or b"")
    site.start(holder.get() or b"")
    rotate(site.store, holder, lambda _done, _total: None, "an admin")
    site.keyring.set(holder.get() or b"")
    site.check_rotated()
    site.store.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["muster.db", "site.key"]


def _kill_unless(left: Iterator[int]) -> None:
    if next(left, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)


def test_what_is_sealed_meanwhile_is_sealed_by_the_new_key(site: Site) -> None:
    def step(_done: int, _total: int) -> None:
        if len(site.people) < PEOPLE + 3:
            with site.store.write() as tx:
                who = add_employee(tx).id
                site.people[who] = tx.seal(who, "finger", who, "templates", who.encode())

    site.rotate(step)
    assert len(site.people) == PEOPLE + 3
    site.check_opens(site.keyring.get())


def test_whoever_still_reads_what_was_before_opens_it(site: Site) -> None:
    with site.store.read() as tx:
        tx.load_keys()
        site.rotate()
        for who, sealed in site.people.items():
            assert tx.open(who, "finger", who, "templates", sealed) == who.encode()


def test_it_goes_on_in_the_same_process_where_the_keyring_failed(site: Site) -> None:
    class Broken(Held):
        writes = 0

        def replace(self, secret: bytes) -> None:
            self.writes += 1
            if self.writes == 2:
                raise OSError("the keyring is locked")
            super().replace(secret)

    site.keyring = Broken(BEFORE.encode())
    with pytest.raises(OSError, match="locked"):
        site.rotate()
    site.check_opens(site.keyring.get())
    site.rotate()
    site.check_rotated()


def test_a_site_of_before_keeps_its_first_key_for_marks_alone(databases: Databases) -> None:
    held = BEFORE.kek
    assert SiteKeys.decode(held) == SiteKeys(kek=held, marks=held)
    site = Site(databases.migrated(), SiteKeys.decode(held))
    site.keyring = Held(held)
    site.start()
    site.rotate()
    last = SiteKeys.decode(site.keyring.get())
    assert (last.marks, last.next, len(site.keyring.get())) == (held, b"", 64)
    site.check_opens(last.encode())
    site.store.close()


def test_what_was_damaged_before_stops_nothing(site: Site) -> None:
    with site.store.write() as tx:
        damaged = tx.get_one(PersonKey, site.people.popitem()[0])
        damaged.wrapped = bytes(40)
        tx.scalars(select(Terminal)).one().names_sealed = bytes(40)
    site.rotate()
    last = SiteKeys.decode(site.keyring.get())
    with Store(site.store.engine, Vault(last.encode())).read() as tx:
        for who, sealed in site.people.items():
            assert tx.open(who, "finger", who, "templates", sealed) == who.encode()
        with pytest.raises(Unsealable):
            tx.open(damaged.employee_id, "finger", "x", "templates", b"")


def test_without_a_recovery_key_or_with_another_keyring_nothing_is_changed(site: Site) -> None:
    site.keyring = Held(SiteKeys.make().encode())
    with pytest.raises(Conflict, match="another key"):
        site.rotate()
    site.keyring = Held(BEFORE.encode())
    with site.store.write() as tx:
        tx.delete(tx.get_one(Setting, "recovery_key"))
    with pytest.raises(Conflict, match="recovery key first"):
        site.rotate()
    assert site.keyring.held == [BEFORE.encode()]


def test_a_process_with_the_old_key_makes_no_recovery_key(site: Site) -> None:
    """`muster recovery-key --replace` waits for what is typed back; the key changes meanwhile."""
    late = Store(site.store.engine, Vault(BEFORE.encode()))
    site.rotate()
    with pytest.raises(Conflict, match="changed meanwhile"), late.write() as tx:
        set_recovery_key(tx, bytes(32))
    site.check_rotated()


def test_every_sealed_column_of_the_site_is_known_to_the_rotation() -> None:
    """Those of people are under the people's own keys: listed here, so that a new one is seen."""
    of_people = {"outbox.sealed", "person_link.sealed"}
    names = ("sealed", "offered", "private_sealed")
    found = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name in names or column.name.endswith("_sealed")
    }
    known = {f"{one.column.class_.__tablename__}.{one.column.key}" for one in site_seals.COLUMNS}
    assert known <= found
    assert found - known <= of_people


@pytest.mark.parametrize("length", [0, 31, 33, 65, 128])
def test_keys_of_another_length_are_damaged(length: int) -> None:
    with pytest.raises(KeyMissing, match="damaged"):
        SiteKeys.decode(bytes(length))


def test_a_keyring_without_keys_has_no_rotation(tmp_path: Path) -> None:
    assert not is_under_way(FileHolder(tmp_path / "site.key"))
