"""TE10, TE22: stored times and lines, against a store alone: what a crash left, what is old."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bridge.terminals.errors import Cancelled
from bridge.terminals.terminal import Punch, Quarantined
from console.domain.zones import TimeMark
from console.service.settings import fix_zone, load_settings, save_settings, site_zone
from console.service.terminals import set_aside as set_aside_module
from console.service.terminals.log_book import (
    ClockReading,
    LogBook,
    note_clock,
    note_clock_set,
)
from console.service.terminals.login_times import LoginTimes
from console.service.terminals.reading_again import SetAsideReader
from console.service.terminals.set_aside import LOG, SetAside, open_line
from console.store.database import Store, connect
from console.store.schema import ClockOffset, Login, Quarantine, Terminal
from console.store.vault import Vault
from tests.conftest import Databases
from tests.store.made import add_terminal

VAULT = Vault(bytes(32))
SUMMER = "2026-07-15 08:00:00"


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    store = Store(connect(databases.migrated()), VAULT)
    yield store
    store.close()


@pytest.fixture
def gate(store: Store) -> str:
    with store.write() as tx:
        fix_zone(tx)
        row = add_terminal(tx, "Gate")
        row.zone = "Etc/GMT-1"
        return row.id


@pytest.fixture
def book(store: Store) -> LogBook:
    return LogBook(store, SetAside(store, VAULT))


def set_zone(store: Store, terminal_id: str, zone: str) -> None:
    with store.write() as tx:
        tx.get_one(Terminal, terminal_id).zone = zone


def moments(store: Store) -> list[str]:
    with store.read() as tx:
        return [f"{at:%d %H:%M}" for at in tx.scalars(select(Login.at).order_by(Login.id))]


def punches(count: int) -> list[Punch]:
    start = datetime(2026, 7, 15, 8)
    return [Punch("1", (start + timedelta(seconds=n)).isoformat(" "), 0, 1) for n in range(count)]


def test_TE10_times_that_were_derived_in_part_are_derived_to_the_end(
    store: Store, gate: str, book: LogBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.service.terminals.login_times.READ_AT_ONCE", 4)
    for some in range(0, 9, 3):
        book.store_punches(gate, punches(9)[some : some + 3])
    set_zone(store, gate, "Europe/Berlin")

    def stop() -> None:
        raise RuntimeError("the service was killed")

    with pytest.raises(RuntimeError):
        LoginTimes(store, stop).run()
    assert set(moments(store)) == {"15 06:00", "15 07:00"}
    assert LoginTimes(store).run() == 6
    assert set(moments(store)) == {"15 06:00"}
    assert LoginTimes(store).run() == 0


def test_TE10_a_cancelled_pass_is_due_again(store: Store, gate: str, book: LogBook) -> None:
    book.store_punches(gate, punches(2))
    set_zone(store, gate, "Europe/Berlin")

    def cancel(_done: int, _total: int) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        LoginTimes(store).run(cancel)
    assert LoginTimes(store).run() == 2


def test_TE10_a_login_that_is_stored_while_its_zone_is_corrected_is_right(
    store: Store, gate: str, book: LogBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    import console.service.terminals.login_reports as module

    def correct_meanwhile(tx: object, rows: object) -> list[str]:
        set_zone(Store(store.engine, VAULT), gate, "Europe/Berlin")
        return []

    monkeypatch.setattr(module, "_first_users", correct_meanwhile)
    book.store_punches(gate, [Punch("1", SUMMER, 0, 1)])
    assert moments(store) == ["15 06:00"]


def test_TE10_the_doubtful_hour_stays_marked_when_it_is_derived_anew(
    store: Store, gate: str, book: LogBook
) -> None:
    book.store_punches(gate, [Punch("1", "2025-10-26 02:30:00", 0, 1)])
    set_zone(store, gate, "Europe/Berlin")
    LoginTimes(store).run()
    with store.read() as tx:
        assert tx.scalars(select(Login.time_mark)).all() == [TimeMark.TWICE]


def test_TE10_a_clock_that_was_right_all_the_time_is_not_accused(
    store: Store, gate: str, book: LogBook
) -> None:
    """An hour ahead in the wrong zone; set, and so made wrong, in that zone; then corrected."""
    with store.write() as tx:
        row = tx.get_one(Terminal, gate)
        at = datetime(2026, 7, 15, 6, tzinfo=UTC)
        shows = at.replace(tzinfo=None) + timedelta(hours=2)
        note_clock(tx, row, ClockReading(at, shows))
        assert row.clock_offset_s == 3600
    book.store_punches(gate, [Punch("1", SUMMER, 0, 1)])
    with store.write() as tx:
        row = tx.get_one(Terminal, gate)
        wrong = ClockReading(at, shows - timedelta(hours=1))
        note_clock_set(tx, row, ClockReading(at, shows), wrong)
        assert row.clock_offset_s == 0
    set_zone(store, gate, "Europe/Berlin")
    LoginTimes(store).run()
    with store.read() as tx:
        history = tx.scalars(select(ClockOffset.offset_s).order_by(ClockOffset.id)).all()
        assert history == [0, 0, -3600]
        assert tx.get_one(Terminal, gate).clock_offset_s == -3600


def test_TE10_the_site_keeps_the_zone_that_it_began_with(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    with store.write() as tx:
        fix_zone(tx)
    monkeypatch.setenv("TZ", "Europe/Berlin")
    with store.write() as tx:
        fix_zone(tx)
        assert site_zone(tx) == "Asia/Tokyo"


# lines


def lines(count: int) -> list[Quarantined]:
    return [Quarantined(f"line {number}", "not a time") for number in range(count)]


def texts(store: Store) -> list[bytes]:
    with store.read() as tx:
        return [
            open_line(VAULT, row).raw
            for row in tx.scalars(select(Quarantine).order_by(Quarantine.id))
        ]


def dropped(store: Store, terminal_id: str) -> int:
    with store.read() as tx:
        return tx.get_one(Terminal, terminal_id).lines_dropped


def test_TE22_lines_are_deleted_when_they_are_old_and_that_is_counted(
    store: Store, gate: str
) -> None:
    kept = SetAside(store, VAULT)
    kept.store(gate, "ATTLOG", lines(3))
    with store.write() as tx:
        save_settings(tx, load_settings(tx))
        old = tx.now - timedelta(days=load_settings(tx).lines_kept_days + 1)
        oldest = select(Quarantine.id).order_by(Quarantine.id).limit(2)
        ids = tx.scalars(oldest).all()
        tx.execute(update(Quarantine).where(Quarantine.id.in_(ids)).values(received_at=old))
    kept.run_once()
    assert texts(store) == [b"line 2"]
    assert dropped(store, gate) == 2


def test_TE22_a_terminal_that_has_too_many_loses_its_oldest(
    store: Store, gate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_aside_module, "share", lambda _terminals: 3)
    kept = SetAside(store, VAULT)
    kept.store(gate, "ATTLOG", lines(2))
    kept.store(gate, "ATTLOG", [*lines(6)[1:]])
    assert texts(store) == [b"line 3", b"line 4", b"line 5"]
    assert dropped(store, gate) == 2 + 2


def test_AC9_lines_of_earlier_versions_are_sealed(store: Store, gate: str) -> None:
    with store.write() as tx:
        for _ in range(2):
            tx.add(
                Quarantine(
                    terminal_id=gate,
                    table="OPERLOG",
                    raw="BIOPHOTO PIN=1",
                    reason="old",
                    received_at=tx.now,
                )
            )
    SetAside(store, VAULT).run_once()
    with store.read() as tx:
        rows = tx.scalars(select(Quarantine)).all()
        assert [row.raw for row in rows] == [None, None]
        assert all(b"BIOPHOTO" not in (row.sealed or b"BIOPHOTO") for row in rows)
    assert texts(store) == [b"BIOPHOTO PIN=1"] * 2


def test_TE7_what_can_be_read_after_an_update_goes_to_the_log_once(
    store: Store, gate: str, book: LogBook
) -> None:
    """The lines stand for those that an earlier version could not read."""
    now_readable = [
        Quarantined("1\t2026-07-15 08:00:00\t\t", "not enough fields"),
        Quarantined("1\t2026-07-15 08:00:00\t\t", "not enough fields"),
        Quarantined("2\t2026-07-15T8:00:07", "not a time"),
        Quarantined("rubbish", "not a time"),
        Quarantined("x" * 4000, "not a time"),
    ]
    kept = SetAside(store, VAULT)
    kept.store(gate, "ATTLOG", now_readable)
    kept.store(gate, LOG, [Quarantined("00" * 40, "no"), Quarantined("zz", "no")])
    kept.store(gate, "BROKEN", [Quarantined("USER PIN=7", "unknown kind of line")])
    reader = SetAsideReader(store, book)
    found = reader.run_due()
    assert (found.lines, found.logins) == (4, 3)
    assert texts(store) == [b"rubbish", b"x" * 2000, b"00" * 40, b"zz"]
    assert reader.run_due().lines == 0, "nothing is due any more"
    book.store_punches(gate, [Punch("2", "2026-07-15 08:00:07", -1, -1)])
    assert len(moments(store)) == 3
    kept.store(gate, "ATTLOG", [Quarantined("3\t2026-07-15 09:00:00", "no")])
    reader.want(gate)
    assert "1 line could be read" in reader.run_due().text()


def test_TE7_a_record_of_a_whole_log_is_read_again(store: Store, gate: str, book: LogBook) -> None:
    from bridge.terminals.zk.attendance import pack_attendance
    from bridge.terminals.zk.clock import encode_time

    record = pack_attendance(40, 1, "7", encode_time(datetime.fromisoformat(SUMMER)), 0, 1)
    SetAside(store, VAULT).store(gate, LOG, [Quarantined(record.hex(), "by mistake")])
    assert SetAsideReader(store, book).run_due().logins == 1
    assert texts(store) == []
