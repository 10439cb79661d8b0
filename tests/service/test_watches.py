"""The watch over one terminal that is dialled goes on after an error of the database. H5."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bridge.simulator.unit import Unit, made_up_people
from bridge.simulator.zk import ZkServer
from console.domain.terminals import Dialect, TerminalStatus
from console.service.pools import Pools
from console.service.terminals import sessions as module
from console.service.terminals.held_lines import HeldLines
from console.service.terminals.log_book import LogBook
from console.service.terminals.push_site import PushSite
from console.service.terminals.sessions import TerminalSessions
from console.service.terminals.set_aside import SetAside
from console.store.database import Store, connect, sqlite_url
from console.store.migrate import upgrade
from console.store.schema import Terminal
from console.store.vault import Vault


class FailingStore(Store):
    """A database that is locked as often as the test says."""

    failures = 0
    failed = 0

    def write(self, *args, **kwargs):
        if self.failures:
            self.failures -= 1
            self.failed += 1
            raise sa.exc.OperationalError("INSERT", {}, Exception("database is locked"))
        return super().write(*args, **kwargs)


@pytest.fixture
def store(tmp_path: Path):
    engine = connect(sqlite_url(tmp_path / "muster.db"))
    upgrade(engine)
    made = FailingStore(engine)
    yield made
    made.close()


def add_terminal(store: Store, port: int) -> None:
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    with store.write() as tx:
        tx.add(
            Terminal(
                id="door",
                serial="ZK1",
                name="Door",
                status=TerminalStatus.APPROVED,
                dialect=Dialect.ZK,
                address="127.0.0.1",
                port=port,
                info={},
                first_seen=long_ago,
                last_seen=long_ago,
            )
        )


def contact(store: Store) -> datetime | None:
    with store.read() as tx:
        return tx.get_one(Terminal, "door").last_seen


def test_h5_a_database_error_does_not_end_the_watch_over_a_terminal(
    store: FailingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H5: after one OperationalError nobody heard of the terminal until a restart."""
    monkeypatch.setattr(module, "BACK_OFF_S", (0.01,))
    unit = Unit("ZK1")
    made_up_people(unit, 3, 5001)

    async def scenario() -> None:
        async with ZkServer(unit) as server:
            add_terminal(store, server.port)
            before, pools = contact(store), Pools()
            log_book = LogBook(store, lines := SetAside(store, Vault(bytes(32))))
            watched = TerminalSessions(
                store=store,
                vault=Vault(bytes(32)),
                clock=store.clock,
                pools=pools,
                push_site=PushSite(
                    store, store.clock, pools, log_book, HeldLines(store, lines, log_book)
                ),
                log_book=log_book,
            )
            watched.bind(asyncio.get_running_loop())
            store.failures = 2
            watching = asyncio.create_task(watched.watch_forever())
            async with asyncio.timeout(30):
                while contact(store) == before:
                    await asyncio.sleep(0.02)
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            pools.close()

    asyncio.run(scenario())
    assert store.failed == 2
