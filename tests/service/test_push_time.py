"""TE10: a terminal that dials in is told its offset anew when the clocks change."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bridge.terminals.push.listener import Admission, Hello
from bridge.terminals.push.records import CommandResult
from console.domain.log_coverage import Span
from console.domain.zones import zone_of
from console.service.pools import Pools
from console.service.terminals.held_lines import HeldLines
from console.service.terminals.log_book import LogBook
from console.service.terminals.log_gaps import wall_span
from console.service.terminals.push_site import PushSite
from console.service.terminals.set_aside import SetAside
from console.store.database import Store, connect
from console.store.vault import Vault
from tests.conftest import Databases
from tests.store.made import add_terminal

WINTER = datetime(2026, 3, 28, 12, tzinfo=UTC)
SUMMER = datetime(2026, 3, 29, 12, tzinfo=UTC)


class Berlin:
    """A terminal in Berlin and the site that it dials, at a time that the test sets."""

    def __init__(self, databases: Databases) -> None:
        self.now = WINTER
        self.store = Store(connect(databases.migrated()), Vault(bytes(32)), lambda: self.now)
        with self.store.write() as tx:
            row = add_terminal(tx, "Gate")
            row.zone, row.log_wanted, self.serial = "Europe/Berlin", False, row.serial
            row.capabilities = {"read_log": {"can": False, "firmware": ""}}

    def run(self, *, code: int) -> tuple[Admission, list[str], list[str]]:
        """What the terminal is told in winter; what it is asked for in summer, and once more.

        code: its answer to that.
        """
        return asyncio.run(self._spring(code))

    async def _spring(self, code: int) -> tuple[Admission, list[str], list[str]]:
        pools = Pools()
        lines = SetAside(self.store, Vault(bytes(32)))
        log_book = LogBook(self.store, lines)
        held = HeldLines(self.store, lines, log_book)
        push = PushSite(self.store, lambda: self.now, pools, log_book, held)
        told = await push.admit(Hello(self.serial, "192.0.2.1", handshake=True))
        assert await self._asked(push) == []
        self.now = SUMMER
        first = await self._asked(push)
        for line in first:
            answer = CommandResult(line.split(":")[1], code)
            await push.store_results(self.serial, [answer])
        again = await self._asked(push)
        await push.close()
        pools.close()
        return told, first, again

    async def _asked(self, push: PushSite) -> list[str]:
        """The commands that wait after polls were noted."""
        await push.admit(Hello(self.serial, "192.0.2.1"))
        await push.note_polls()
        for _ in range(5):
            await asyncio.sleep(0)
        return push.queue(self.serial).fetch_lines()


@pytest.fixture
def berlin(databases: Databases) -> Iterator[Berlin]:
    made = Berlin(databases)
    yield made
    made.store.close()


def test_TE10_when_the_clocks_change_a_terminal_is_made_to_ask_for_the_time(
    berlin: Berlin,
) -> None:
    told, asked, again = berlin.run(code=0)
    assert told.utc_offset_min == 60
    assert [line.rpartition(":")[2] for line in asked] == ["CHECK"]
    assert len(again) == 1, "it has not shaken hands yet"


def test_TE10_a_terminal_that_does_not_know_the_question_is_not_asked_for_ever(
    berlin: Berlin,
) -> None:
    _, asked, again = berlin.run(code=-1002)
    assert (len(asked), again) == (1, [])


def test_TE10_a_gap_over_the_change_of_the_clocks_is_asked_for_whole() -> None:
    """At 03:00 the clocks show 02:00 again: the wall times of the gap run backwards."""
    start = datetime(2026, 10, 25, 0, 40, tzinfo=UTC)
    gap = Span(start, start + timedelta(minutes=40))
    asked = wall_span(gap, zone_of("Europe/Berlin"))
    for moment in (gap.start, gap.start + timedelta(minutes=19), gap.end):
        shown = moment.astimezone(zone_of("Europe/Berlin")).replace(tzinfo=None)
        assert asked[0] <= shown <= asked[1]
