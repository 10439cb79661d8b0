"""TE24: a gap closes on counted logins only; until then it is marked and asked for again.

A simulated unit dials the real listener and the real site; only the clock is the test's.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from bridge.simulator.profiles import PROFILES
from bridge.simulator.push import FirmwareProfile, SimulatedTerminal
from bridge.simulator.unit import SimPunch, Unit
from bridge.terminals.push import command_queue
from bridge.terminals.push.listener import Hello
from bridge.terminals.push.records import UploadBatch
from bridge.terminals.terminal import AttendanceLog
from console.domain.log_coverage import Span
from console.domain.terminals import TerminalStatus
from console.service.pools import Pools
from console.service.terminals.held_lines import HeldLines
from console.service.terminals.log_book import LogBook, note_missed
from console.service.terminals.push_site import PushSite
from console.service.terminals.set_aside import SetAside
from console.store.database import Store, connect
from console.store.schema import LogCoverage, Login, Terminal
from console.store.vault import Vault
from tests.bridge.fakes import dialling, listening, run
from tests.conftest import Databases
from tests.store.made import NOW, add_terminal

LOGINS = 7
LOOPBACK = "127.0.0.1"
AWAY = timedelta(minutes=30)
PAUSE = timedelta(minutes=4)
"""More than the pause after the first question, less than that after the second."""


class Gate:
    """A terminal that was away for half an hour and is back, with the logins of that time."""

    def __init__(self, databases: Databases) -> None:
        self.now = NOW + AWAY
        self.store = Store(connect(databases.migrated()), Vault(bytes(32)), lambda: self.now)
        with self.store.write() as tx:
            row = add_terminal(tx, "Gate")
            row.zone, row.log_wanted, row.address = "Etc/UTC", False, LOOPBACK
            self.id, self.serial = row.id, row.serial
        self.unit = Unit(self.serial)
        self.log_read_until(NOW)
        self.unit.punches = [
            SimPunch("1001", self.wall(minutes=10, seconds=i), 0, 15) for i in range(LOGINS)
        ]

    def wall(self, **after: float) -> datetime:
        """A moment of the half hour, as the terminal's clock shows it."""
        return NOW.replace(tzinfo=None) + timedelta(**after)

    def log_read_until(self, end: datetime) -> None:
        with self.store.write() as tx:
            tx.add(LogCoverage(terminal_id=self.id, start=end, end=end, source="live"))

    def want_the_whole_log(self) -> None:
        """As a terminal is that was just approved."""
        with self.store.write() as tx:
            tx.get_one(Terminal, self.id).log_wanted = True
            for row in tx.scalars(select(LogCoverage)):
                tx.delete(row)

    def set_status(self, status: TerminalStatus) -> None:
        with self.store.write() as tx:
            tx.get_one(Terminal, self.id).status = status

    def spans(self, *sources: str) -> list[tuple[str, int, int, str]]:
        with self.store.read() as tx:
            rows = tx.scalars(select(LogCoverage).order_by(LogCoverage.id))
            kept = [row for row in rows if row.source in sources]
            return [(row.source, row.says, row.received, row.problem) for row in kept]

    def log_wanted(self) -> bool:
        with self.store.read() as tx:
            return tx.get_one(Terminal, self.id).log_wanted

    def stored(self) -> int:
        with self.store.read() as tx:
            return tx.scalar(select(func.count()).select_from(Login)) or 0

    def site(self, pools: Pools) -> PushSite:
        lines = SetAside(self.store, Vault(bytes(32)))
        book = LogBook(self.store, lines)
        held = HeldLines(self.store, lines, book)
        return PushSite(self.store, lambda: self.now, pools, book, held)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator["Working"]:
        pools = Pools()
        site = self.site(pools)
        async with (
            listening(site) as url,
            dialling(url, self.unit, FirmwareProfile.BIODATA) as unit,
        ):
            yield Working(self, site, unit)
        await site.close()
        pools.close()


class Working:
    """The terminal while it polls."""

    def __init__(self, gate: Gate, site: PushSite, unit: SimulatedTerminal) -> None:
        self.gate, self._site, self.unit = gate, site, unit

    async def until(self, state: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not await asyncio.to_thread(state):
                await self._site.note_polls()
                await asyncio.sleep(0.02)

    async def later(self, pause: timedelta = PAUSE) -> None:
        """Time passes, with a terminal that polled all the while."""
        self.gate.now += pause
        with self.gate.store.write() as tx:
            for row in tx.scalars(select(LogCoverage).where(LogCoverage.source == "live")):
                row.end = self.gate.now if row.end > NOW else row.end


@pytest.fixture
def gate(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    monkeypatch.setattr(command_queue, "QUIET_S", 0.3)
    made = Gate(databases)
    yield made
    made.store.close()


def test_TE24_a_unit_that_counts_its_log_closes_a_gap_when_as_many_logins_are_here(
    gate: Gate,
) -> None:
    async def story() -> None:
        async with gate.at_work() as work:
            await work.until(lambda: bool(gate.spans("gap")))
            assert gate.spans("gap") == [("gap", LOGINS, LOGINS, "")]
            assert gate.stored() == LOGINS

    run(story())


def test_TE24_a_unit_that_counts_nothing_and_sends_nothing_is_not_checked_and_asked_again(
    gate: Gate,
) -> None:
    faults = gate.unit.faults
    faults.sum_name, faults.tells_counts, faults.lose_rows = "", False, 2

    async def story() -> None:
        async with gate.at_work() as work:
            await work.until(lambda: bool(gate.spans("gap")))
            ((source, says, received, problem),) = gate.spans("gap")
            assert (source, says, received) == ("gap", 0, 0)
            assert problem.startswith("not checked, because the terminal does not say how many")
            await work.later()
            await work.until(lambda: faults.lose_rows == 0)
            await work.later(PAUSE)
            asked = gate.unit.faults.lose_rows
            assert (asked, gate.stored()) == (0, 0), "the pauses grow"
            await work.later(timedelta(minutes=10))
            await work.until(lambda: gate.stored() == LOGINS)
            assert all(problem for *_, problem in gate.spans("gap")), "came, but not counted"

    run(story())


def test_TE24_rows_that_come_late_close_the_gap_once_they_are_counted(gate: Gate) -> None:
    gate.unit.faults.lose_rows = 1

    async def story() -> None:
        async with gate.at_work() as work:
            await work.until(lambda: bool(gate.spans("gap")))
            assert gate.spans("gap")[0][3] == f"The terminal says {LOGINS} records, received 0."
            for punch in gate.unit.punches[:]:
                for report in gate.unit.listeners:
                    report(punch)
            await work.until(lambda: gate.stored() == LOGINS)
            await work.later()
            await work.until(lambda: gate.spans("gap") == [("gap", LOGINS, LOGINS, "")])

    run(story())


@pytest.mark.parametrize("count_of_answers", [True, False])
def test_TE24_without_a_sum_the_code_of_the_answer_or_the_totals_on_both_sides_count(
    gate: Gate, count_of_answers: bool
) -> None:
    gate.unit.faults.sum_name, gate.unit.faults.query_counts = "", count_of_answers

    async def story() -> None:
        async with gate.at_work() as work:
            await work.until(lambda: bool(gate.spans("gap")))
            assert gate.spans("gap") == [("gap", LOGINS, LOGINS, "")]

    run(story())


def test_TE24_totals_that_differ_close_nothing(gate: Gate) -> None:
    gate.unit.faults.sum_name = ""
    gate.unit.punches.append(SimPunch("1001", gate.wall(days=-3), 0, 15))

    async def story() -> None:
        async with gate.at_work() as work:
            await work.until(lambda: bool(gate.spans("gap")))
            problem = f"The terminal says {LOGINS + 1} records, received {LOGINS}."
            assert gate.spans("gap") == [("gap", 0, 0, problem)]

    run(story())


def test_TE24_one_gap_that_stays_open_hides_no_other(gate: Gate) -> None:
    """Later the terminal is away once more; only then does it keep its rows."""
    gate.log_read_until(NOW + timedelta(minutes=20))
    gate.unit.punches.append(SimPunch("1001", gate.wall(minutes=25), 0, 15))
    gate.unit.faults.lose_rows = 1

    async def story() -> None:
        async with gate.at_work() as work:
            await work.until(lambda: len(gate.spans("gap")) == 2)
            first, second = gate.spans("gap")
            assert "received 0" in first[3]
            assert second == ("gap", 1, 1, "")

    run(story())


def test_TE24_the_whole_log_of_a_new_terminal_is_open_until_it_is_counted(gate: Gate) -> None:
    gate.want_the_whole_log()

    async def story() -> None:
        async with gate.at_work() as work:
            await work.until(lambda: gate.stored() == LOGINS)
            await work.later()
            await work.until(lambda: not gate.log_wanted())
            assert gate.spans("log") == [("log", LOGINS, LOGINS, "")]
            assert gate.spans("all") == []

    run(story())


def test_TE24_a_whole_log_that_does_not_come_is_asked_for_and_stays_marked(gate: Gate) -> None:
    gate.want_the_whole_log()
    gate.unit.faults.ignore_stamps, gate.unit.faults.lose_rows = True, 1
    short = f"The terminal says {LOGINS} records, received 0."

    async def story() -> None:
        async with gate.at_work() as work:
            await work.until(lambda: gate.spans("all") == [("all", 0, 0, short)])
            assert gate.unit.faults.lose_rows == 1, "first it is given time to send it by itself"
            await work.later()
            await work.until(lambda: gate.unit.faults.lose_rows == 0)
            assert gate.spans("all") == [("all", 0, 0, short)]
            assert gate.log_wanted()
            await work.later(timedelta(minutes=11))
            await work.until(lambda: gate.spans("log") == [("log", LOGINS, LOGINS, "")])
            assert gate.spans("all") == []

    run(story())


def test_TE24_a_counted_whole_log_ends_what_was_said_of_older_gaps(gate: Gate) -> None:
    gate.want_the_whole_log()
    early, late = NOW - timedelta(hours=2), NOW + timedelta(hours=2)
    with gate.store.write() as tx:
        row = tx.get_one(Terminal, gate.id)
        for start in (early, late):
            note_missed(tx, row, Span(start, start + timedelta(minutes=5)), "not checked")

    async def story() -> None:
        async with gate.at_work() as work:
            await work.until(lambda: gate.stored() == LOGINS)
            await work.later()
            await work.until(lambda: not gate.log_wanted())

    run(story())
    assert gate.spans("gap") == [("gap", 0, 0, "not checked")], "the later one is not counted yet"
    gate.now = late + timedelta(hours=1)
    book = LogBook(gate.store, SetAside(gate.store, Vault(bytes(32))))
    book.store_log(gate.id, AttendanceLog(says=LOGINS, punches=[], received=LOGINS))
    assert gate.spans("gap") == []


@pytest.mark.parametrize("counts", [True, False])
def test_TE5_a_log_that_cannot_be_queried_closes_when_its_number_is_here(
    gate: Gate, counts: bool
) -> None:
    gate.want_the_whole_log()
    faults = gate.unit.faults
    faults.ignore_stamps, faults.sum_name, faults.tells_counts = True, "", counts
    faults.returns["DATA QUERY ATTLOG"] = [faults.unknown_code]

    async def story() -> None:
        async with gate.at_work() as work:
            await work.until(lambda: bool(gate.spans("all")))
            await work.later()
            await work.until(lambda: not faults.returns["DATA QUERY ATTLOG"])
            for punch in gate.unit.punches[:]:
                for report in gate.unit.listeners:
                    report(punch)
            await work.until(lambda: gate.stored() == LOGINS)
            await work.later()
            if counts:
                await work.until(lambda: gate.spans("log") == [("log", LOGINS, LOGINS, "")])
            else:
                await work.until(lambda: "not checked" in gate.spans("all")[0][3])
            assert bool(gate.spans("all")) is not counts

    run(story())


def test_TE29_a_unit_that_takes_a_bare_OK_for_a_welcome_is_asked_for_all_after_its_approval(
    gate: Gate,
) -> None:
    PROFILES["push-bare-ok"].shape(gate.unit)
    gate.want_the_whole_log()
    gate.set_status(TerminalStatus.PENDING)

    async def story() -> None:
        async with gate.at_work() as work:
            gate.unit.listeners[0](gate.unit.punches[-1])
            await work.until(lambda: work.unit.approved)
            assert work.unit.unsent == 1, "it keeps what is refused before the approval"
            gate.set_status(TerminalStatus.APPROVED)
            await work.until(lambda: gate.spans("log") == [("log", LOGINS, LOGINS, "")])
            assert gate.stored() == LOGINS

    run(story())


def test_TE32_an_old_firmware_is_told_the_stamp_of_what_is_stored(gate: Gate) -> None:
    async def story() -> None:
        pools = Pools()
        site = gate.site(pools)

        async def shake_hands(version: str) -> str:
            hello = Hello(gate.serial, LOOPBACK, {"pushver": version}, handshake=True)
            return (await site.admit(hello)).log_stamp

        assert await shake_hands("2.2.14") == "0", "nothing is stored of it yet"
        await site.store_upload(gate.serial, "ATTLOG", UploadBatch(stamp="4711"))
        assert await shake_hands("2.2.14") == "4711"
        assert await shake_hands("2.4.1") == ""
        await site.close()
        pools.close()

    run(story())
