"""Who is let in of all that dial in, and what strangers can make the service keep. TE5, 15, 16."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bridge.terminals.push.listener import Admission, Hello
from bridge.terminals.push.records import UploadBatch
from bridge.terminals.terminal import Punch, Quarantined
from console.domain.errors import Conflict
from console.domain.set_aside import MOST_OF_A_TERMINAL
from console.domain.terminals import Dialect, TerminalStatus
from console.service.settings import load_settings, save_settings
from console.service.terminals import callers, pending
from console.service.terminals.admission import decide
from console.service.terminals.held_lines import HELD, HeldLines
from console.service.terminals.log_book import LogBook
from console.service.terminals.registry import served_terminal, terminal_by_serial
from console.service.terminals.set_aside import SetAside
from console.store.database import Store, connect
from console.store.schema import Audit, Login, Quarantine, Terminal
from console.store.vault import Vault
from tests.conftest import Databases
from tests.store.made import NOW, add_terminal

HOME, ELSEWHERE = "192.0.2.1", "192.0.2.77"
MAC = "00:17:61:aa:bb:01"
SUBNET = "192.0.2.0/24"


class Listening:
    """The admission of a site at a time that the test sets."""

    def __init__(self, databases: Databases) -> None:
        self.now = NOW + timedelta(days=1)
        self.vault = Vault(bytes(32))
        self.store = Store(connect(databases.migrated()), self.vault, lambda: self.now)
        lines = SetAside(self.store, self.vault)
        self.held = HeldLines(self.store, lines, LogBook(self.store, lines))

    def add(self, **values: object) -> str:
        """The serial of an approved terminal at its home address."""
        with self.store.write() as tx:
            row = add_terminal(tx, "Gate")
            row.info = {"mac": MAC, "devicename": "SpeedFace", "pushver": "2.4.1"}
            for name, value in values.items():
                setattr(row, name, value)
            return row.serial

    def call(self, serial: str, address: str = HOME, **info: str) -> Admission:
        return decide(self.store, Hello(serial, address, info))

    def row(self, serial: str) -> Terminal:
        with self.store.read() as tx:
            row = terminal_by_serial(tx, serial)
        assert row is not None
        return row

    def audited(self, action: str) -> int:
        query = select(func.count()).select_from(Audit).where(Audit.action == action)
        with self.store.read() as tx:
            return tx.scalar(query) or 0

    def logins(self) -> list[str]:
        with self.store.read() as tx:
            return list(tx.scalars(select(Login.pin).order_by(Login.pin)))


@pytest.fixture
def site(databases: Databases) -> Iterator[Listening]:
    made = Listening(databases)
    yield made
    made.store.close()


def test_TE16_the_terminal_that_was_approved_is_served(site: Listening) -> None:
    serial = site.add()
    assert site.call(serial, mac=MAC, usercount="7").approved
    assert site.row(serial).info["usercount"] == "7"
    assert not site.row(serial).callers


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (ELSEWHERE, {}),
        (HOME, {"mac": "66:66"}),
        (HOME, {"devicename": "Box"}),
        (HOME, {"devicetype": "acc"}),
    ],
    ids=["address", "mac", "model", "dialect"],
)
def test_TE16_whoever_differs_gets_nothing_and_an_operator_is_asked(
    site: Listening, address: str, said: dict[str, str]
) -> None:
    serial = site.add()
    before = site.row(serial)
    for _ in range(3):
        answer = site.call(serial, address, **said)
        assert not answer.approved
        assert answer.held
    now = site.row(serial)
    assert (now.address, now.info, now.dialect) == (before.address, before.info, Dialect.PUSH)
    assert list(callers.open_questions(now)) == [address]
    assert site.audited("terminal.questioned") == 1


def test_TE16_the_terminal_itself_is_served_while_somebody_else_calls_in_its_name(
    site: Listening,
) -> None:
    serial = site.add()
    site.call(serial, ELSEWHERE)
    assert site.call(serial).approved
    with site.store.read() as tx:
        assert served_terminal(tx, site.row(serial).id)


def test_TE16_nothing_is_sent_where_the_terminal_itself_has_changed(site: Listening) -> None:
    serial = site.add()
    site.call(serial, mac="66:66")
    assert site.call(serial).held, "also if it says no more of itself"
    assert site.row(serial).contact_problem == callers.STOPPED
    with site.store.read() as tx, pytest.raises(Conflict, match="Accept or block it"):
        served_terminal(tx, site.row(serial).id)


def test_TE16_who_is_accepted_is_the_terminal_from_then_on(site: Listening) -> None:
    serial = site.add()
    site.call(serial, ELSEWHERE, mac="66:66", devicetype="acc")
    with site.store.write() as tx:
        callers.accept(tx, tx.get_one(Terminal, site.row(serial).id), ELSEWHERE)
    now = site.row(serial)
    assert (now.address, now.info["mac"], now.dialect) == (ELSEWHERE, "66:66", Dialect.ACCESS)
    assert site.call(serial, ELSEWHERE).approved
    assert site.call(serial, HOME).held
    with site.store.write() as tx, pytest.raises(Conflict, match="Nobody calls from this address"):
        callers.accept(tx, tx.get_one(Terminal, now.id), "192.0.2.99")


def test_TE16_who_is_refused_is_not_asked_about_again(site: Listening) -> None:
    serial = site.add()
    site.call(serial, ELSEWHERE)
    with site.store.write() as tx:
        callers.refuse(tx, tx.get_one(Terminal, site.row(serial).id), ELSEWHERE)
    answer = site.call(serial, ELSEWHERE)
    assert (answer.approved, answer.held) == (False, False)
    assert not callers.open_questions(site.row(serial))
    site.call(serial, mac="66:66")
    with site.store.write() as tx, pytest.raises(Conflict, match="the terminal itself"):
        callers.refuse(tx, tx.get_one(Terminal, site.row(serial).id), HOME)


def test_TE16_a_known_mac_may_move_where_the_site_allows_it(site: Listening) -> None:
    serial = site.add()
    with site.store.write() as tx:
        settings = load_settings(tx)
        settings.moving_subnets.append(SUBNET)
        save_settings(tx, settings)
    assert site.call(serial, ELSEWHERE).held, "it has not told its MAC address yet"
    assert site.call(serial, ELSEWHERE, mac=MAC).approved
    assert site.row(serial).address == ELSEWHERE
    assert not site.row(serial).callers
    assert site.audited("terminal.moved") == 1


def test_TE16_only_a_few_callers_are_noted_and_the_newest_are_among_them(site: Listening) -> None:
    serial = site.add()
    for number in range(20):
        site.now += timedelta(seconds=1)
        site.call(serial, f"198.51.100.{number}")
    noted = callers.open_questions(site.row(serial))
    assert len(noted) == callers.MOST_CALLERS
    assert "198.51.100.19" in noted


def test_TE16_nobody_dials_in_as_a_terminal_that_is_dialled(site: Listening) -> None:
    serial = site.add(dialect=Dialect.ZK, last_seen=NOW)
    answer = site.call(serial, HOME, mac="66:66")
    assert (answer.approved, answer.held) == (False, False)
    row = site.row(serial)
    assert (row.last_seen, row.info["mac"]) == (NOW, MAC)
    assert row.info["push_seen"]


@pytest.mark.parametrize("status", [TerminalStatus.BLOCKED, TerminalStatus.RETIRED])
def test_TE16_a_terminal_that_is_not_served_changes_nothing(
    site: Listening, status: TerminalStatus
) -> None:
    serial = site.add(status=status)
    answer = site.call(serial, ELSEWHERE, mac="66:66")
    assert (answer.approved, answer.held) == (False, False)
    assert (site.row(serial).address, site.row(serial).info["mac"]) == (HOME, MAC)


def test_TE14_a_terminal_that_was_removed_and_dials_in_waits_for_approval(site: Listening) -> None:
    serial = site.add(status=TerminalStatus.REMOVED)
    assert not site.call(serial, ELSEWHERE).approved
    assert site.row(serial).status is TerminalStatus.PENDING


# what they report meanwhile


def batch(*pins: str, unread: tuple[str, ...] = ()) -> UploadBatch:
    punches = [Punch(pin, "2026-11-23 08:00:00", 0, 15, event=0) for pin in pins]
    lines = [Quarantined(line, "no time") for line in unread]
    return UploadBatch(len(punches), punches, quarantined=lines)


def test_TE16_logins_of_somebody_unknown_are_kept_aside_until_they_are_accepted(
    site: Listening,
) -> None:
    serial = site.add()
    for _ in range(2):
        assert site.held.keep(serial, ELSEWHERE, batch("1", "2", unread=("rubbish",)))
    assert site.held.keep(serial, "192.0.2.99", batch("3"))
    site.call(serial, ELSEWHERE)
    assert site.held.release_accepted() == 0
    assert site.logins() == []
    with site.store.write() as tx:
        callers.accept(tx, tx.get_one(Terminal, site.row(serial).id), ELSEWHERE)
    assert site.held.release_accepted() == 2
    assert site.logins() == ["1", "2"]
    with site.store.read() as tx:
        left = {row.table: row.reason for row in tx.scalars(select(Quarantine))}
    assert left == {
        HELD: "Sent from 192.0.2.99, which nobody has accepted.",
        "ATTLOG": f"Sent from {ELSEWHERE}, which nobody has accepted.",
    }


def test_TE16_what_finds_no_room_is_refused_and_stays_with_its_sender(site: Listening) -> None:
    serial = site.add()
    room = MOST_OF_A_TERMINAL // 2
    assert not site.held.keep(serial, ELSEWHERE, batch(*map(str, range(room + 1))))
    assert not site.held.keep("nobody", ELSEWHERE, batch("1"))
    with site.store.read() as tx:
        assert not list(tx.scalars(select(Quarantine)))


# terminals that wait


def test_TE15_a_waiting_terminal_is_noted_once_a_day_wherever_it_calls_from(
    site: Listening,
) -> None:
    for number in range(30):
        site.call("NEW", f"198.51.100.{number}")
    assert site.audited("terminal.address_changed") == 1
    assert site.row("NEW").address == "198.51.100.29"
    site.now += timedelta(days=1)
    site.call("NEW", HOME)
    assert site.audited("terminal.address_changed") == 2


def test_TE15_what_a_waiting_terminal_says_of_itself_is_bounded(site: Listening) -> None:
    for number in range(40):
        site.call("NEW", **{f"key{number}_{n}": "x" * 200 for n in range(64)})
    assert len(str(site.row("NEW").info)) < 20_000


def test_TE15_a_real_terminal_can_always_announce_itself(
    site: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending, "MOST_PENDING", 6)
    monkeypatch.setattr(pending, "MOST_FROM_ONE_ADDRESS", 4)
    for number in range(3):
        site.now += timedelta(seconds=1)
        site.call(f"OTHER{number}", HOME)
    with site.store.write() as tx:
        row = terminal_by_serial(tx, "OTHER0")
        assert row is not None
        row.asked_by = "Mei"
    for number in range(9):
        site.now += timedelta(seconds=1)
        site.call(f"FLOOD{number}", ELSEWHERE)
    waiting = select(Terminal.serial).where(Terminal.status == TerminalStatus.PENDING)
    with site.store.read() as tx:
        found = set(tx.scalars(waiting))
    flood = {f"FLOOD{number}" for number in range(5, 9)}
    assert found == {"OTHER0", "OTHER1", "OTHER2", *flood}
    site.now += timedelta(seconds=1)
    site.call("REAL", "203.0.113.5")
    with site.store.read() as tx:
        found = set(tx.scalars(waiting))
    assert found == {"OTHER0", "OTHER2", "REAL", *flood}, "a prepared one never makes room"
