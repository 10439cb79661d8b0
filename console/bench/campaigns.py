"""Campaigns at 5,000 people: whom a choice means, the board, and 3,000 links while others write."""

import itertools
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from console.api import board, campaigns
from console.bench.people_pages import fill
from console.domain.campaigns import Allowed, Need
from console.domain.funnel import Stage
from console.domain.invitations import Status
from console.domain.link_terms import LinkTerms
from console.domain.operators import Role
from console.service.callers import OperatorCaller
from console.service.enrolment.invitations import Invitations, Order, Sender
from console.service.enrolment.link_acts import LinkActs
from console.service.operations.board import BoardOperations
from console.service.operations.campaigns import CampaignOperations
from console.service.operations.dispatch import Call
from console.service.pools import Pools
from console.service.tasks import RunningTask, Tasks
from console.store.database import Store, connect, sqlite_url
from console.store.migrate import upgrade
from console.store.schema import Invitation
from console.store.vault import Vault

INVITED, LOGINS, TIMES = 3_000, 200_000, 10
PORTAL = "https://bench.example"
REST_S = 0.02
"""Between two writes of the other writer."""
PLACES = (
    (Status.INVITED, Stage.SENT),
    (Status.OPENED, Stage.OPENED),
    (Status.EXPIRED, Stage.OPENED),
    (Status.PENDING_APPROVAL, Stage.SCREENED),
    (Status.IN_USE, Stage.IN_USE),
)
"""Where the invitations stand that there are before; those that wait for review get no link."""


def measure(_data: Path | None) -> dict[str, Any]:
    """Times in ms, of which the middle one counts, and in s."""
    with tempfile.TemporaryDirectory() as folder:
        engine = connect(sqlite_url(Path(folder) / "campaigns.db"))
        upgrade(engine)
        store, pools = Store(engine, Vault(bytes(range(32)))), Pools()
        fill(store, LOGINS)
        _spread(store)
        figures = _asked(store, pools)
        figures |= _sent(store)
        pools.close()
        store.close()
    return figures


def _spread(store: Store) -> None:
    """Everybody stands somewhere."""
    with store.write() as tx:
        places = itertools.cycle(PLACES)
        for row in tx.session.query(Invitation):
            row.status, row.stage = next(places)


def _asked(store: Store, pools: Pools) -> dict[str, Any]:
    tasks = Tasks(store.clock, lambda _id: None, pools)
    invitations = Invitations(store, PORTAL)
    boards = BoardOperations(LinkActs(store, invitations, PORTAL), tasks)
    chooser = CampaignOperations(invitations, tasks, PORTAL)
    caller = OperatorCaller("bench", "bench", "Bench", Role.ADMIN, can_enrol=True)
    call = Call(store, datetime.now(UTC), caller)
    needs = [Need.NEVER_ENROLLED, Need.OLD_TEMPLATE, Need.OFTEN_FAILS]
    choice = campaigns.Choice(whom=campaigns.Whom(needs=needs))
    return {
        "look_5000_ms": _middle_ms(lambda: chooser.look(call, choice)),
        "board_5000_ms": _middle_ms(lambda: boards.board(call, board.AskBoard())),
    }


def _middle_ms(act: Callable[[], object]) -> float:
    times = []
    for _ in range(TIMES):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return round(1000 * statistics.median(times), 1)


def _sent(store: Store) -> dict[str, Any]:
    """3,000 links are written while somebody else writes again and again."""
    writes: list[float] = []
    store.observe_write = writes.append
    other = _OtherWriter(store)
    order = Order(
        sender=Sender(id="bench", name="Bench"),
        allowed=Allowed(enrolled=True, with_link=True),
        terms=LinkTerms(per_minute=60),
        campaign="Bench",
    )
    people = [f"m{number}" for number in range(INVITED * len(PLACES) // (len(PLACES) - 1))]
    body = Invitations(store, PORTAL).body(people, order)
    other.start()
    began = time.perf_counter()
    result = body(_task(store))
    seconds = time.perf_counter() - began
    other.stop()
    assert result.invited is not None
    return {
        "sent": result.invited.sent,
        "written_s": round(seconds, 1),
        "longest_write_ms": round(1000 * max(writes), 1),
        "other_writer_p95_ms": round(1000 * statistics.quantiles(other.waits, n=20)[-1], 1),
    }


def _task(store: Store) -> RunningTask:
    return RunningTask(
        id="bench",
        terminal_id="",
        title="",
        started_at=store.clock(),
        announce=lambda: None,
        give_way=lambda: None,
    )


class _OtherWriter:
    """Writes a little, again and again, and notes how long each write took."""

    def __init__(self, store: Store) -> None:
        self.waits: list[float] = []
        self._store, self._stop = store, threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)

    def _write(self) -> None:
        while not self._stop.wait(REST_S):
            began = time.perf_counter()
            with self._store.write() as tx:
                tx.audit("settings.saved")
            self.waits.append(time.perf_counter() - began)

    def start(self) -> None:
        """Begins to write."""
        self._thread.start()

    def stop(self) -> None:
        """Ends after the write that is under way."""
        self._stop.set()
        self._thread.join()
