"""From rows to terminals: what belongs on each is brought there, and what must go is removed.

A row stays due until its terminal has shown that it is so. Terminals that are off are asked as
soon as they are back. People who leave go first.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import select

from bridge.terminals.errors import BridgeError
from console.domain.errors import Conflict, NotFound
from console.domain.language import msgid
from console.domain.placements import PlacementState
from console.domain.terminals import ONLINE_WITHIN, SERVED, Dialect
from console.service.pools import Pool, Pools
from console.service.portions import in_batches
from console.service.terminals.placement_notes import (
    NOTED_AT_ONCE,
    due_on,
    note_leavers,
    note_people,
    note_receipts,
    open_face,
    still_due,
)
from console.service.terminals.placement_round import Due, Round, bring, failed_round
from console.service.terminals.placements import Placements
from console.service.terminals.sessions import TerminalSessions
from console.store.database import Store
from console.store.queries.placements import DEMAND
from console.store.schema import Placement, Terminal
from console.store.unit_of_work import Commit

log = structlog.get_logger()
LOOK_EVERY_S = 2.0
DIALLED_AT_ONCE, DIALLING_IN_AT_ONCE = 8, 100
"""A dialled terminal hands out everybody it holds, twice, which costs this computer's time. To wait
for one that dials in costs nothing."""
_UnderWay = dict[str, asyncio.Task[None]]
"""Terminal id -> what brings it there."""


class Alignment:
    """Lays out what belongs where, and brings it there. It lives on the service's loop."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Callable[[], datetime],
        pools: Pools,
        sessions: TerminalSessions,
    ) -> None:
        self._store, self._clock, self._pools, self._sessions = store, clock, pools, sessions
        self._placements = Placements(store, pools)
        self._dialled: _UnderWay = {}
        self._dialling_in: _UnderWay = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wanted = asyncio.Event()
        store.subscribe(self._hear)

    def _hear(self, commit: Commit) -> None:
        """Called after each commit, on any thread."""
        if DEMAND in commit.demands and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wanted.set)

    async def align_forever(self) -> None:
        """Looks for work again and again. The supervisor keeps it running."""
        self._loop = asyncio.get_running_loop()
        try:
            while True:
                more = await self._pools.run(Pool.TASK, self._placements.lay_out)
                await self._begin_due()
                if not more:
                    await self._pause()
        finally:
            under_way = [*self._dialled.values(), *self._dialling_in.values()]
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _pause(self) -> None:
        """Until somebody has made work, or for a while: terminals come back, waits end."""
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await self._wanted.wait()
        except TimeoutError:
            return
        self._wanted.clear()

    async def _begin_due(self) -> None:
        """Begins with terminals that are online and have something due."""
        for terminal_id, dialect in await self._pools.run(Pool.TASK, self._due):
            some = self._dialling_in if dialect.dials_in else self._dialled
            most = DIALLING_IN_AT_ONCE if dialect.dials_in else DIALLED_AT_ONCE
            if terminal_id not in some and len(some) < most:
                some[terminal_id] = asyncio.create_task(self._align(terminal_id))
                some[terminal_id].add_done_callback(partial(self._end, some, terminal_id))

    def _end(self, some: _UnderWay, terminal_id: str, _task: asyncio.Task[None]) -> None:
        del some[terminal_id]
        self._wanted.set()

    def _due(self) -> list[tuple[str, Dialect]]:
        with self._store.read() as tx:
            due = select(Placement.terminal_id).where(
                Placement.terminal_id == Terminal.id,
                Placement.state == PlacementState.WAITING,
                Placement.run_at <= tx.now,
            )
            query = select(Terminal.id, Terminal.dialect).where(
                Terminal.status.in_(SERVED),
                Terminal.contact_problem == "",
                Terminal.last_seen >= tx.now - ONLINE_WITHIN,
                due.exists(),
            )
            return [
                (row_id, dialect) for row_id, dialect in tx.execute(query.order_by(Terminal.id))
            ]

    async def _align(self, terminal_id: str) -> None:
        """Brings some of what is due to one terminal, and notes what it then shows."""
        try:
            due = await self._pools.run(Pool.TASK, self._read, terminal_id)
            seen = await self._bring(terminal_id, due)
            await self._pools.run(Pool.TASK, self._note, terminal_id, due, seen)
        except (NotFound, Conflict):
            return  # it is not approved any more
        except Exception as error:  # the rows are still there: the next look tries again
            log.exception("alignment_failed", terminal=terminal_id, error=type(error).__name__)

    async def _bring(self, terminal_id: str, due: Due) -> Round:
        async def face(employee_id: str, face_id: str) -> bytes | None:
            return await self._pools.run(Pool.TASK, self._open_face, employee_id, face_id)

        try:
            async with self._sessions.session(terminal_id) as unit:
                return await bring(unit, due, face)
        except BridgeError as error:
            return failed_round(due, f"{error} {error.remedy}".strip())
        except (NotFound, Conflict):
            raise
        except Exception as error:  # a defect of ours: it waits like any other failure
            log.exception("alignment_failed", terminal=terminal_id, error=type(error).__name__)
            return failed_round(due, msgid("Something went wrong; see the service log."))

    def _read(self, terminal_id: str) -> Due:
        with self._store.read() as tx:
            due = due_on(tx, terminal_id)
        if due.people:
            with self._store.write() as tx:
                due = still_due(tx, terminal_id, due)
        return due

    def _open_face(self, employee_id: str, face_id: str) -> bytes | None:
        with self._store.read() as tx:
            return open_face(tx, employee_id, face_id)

    def _note(self, terminal_id: str, due: Due, seen: Round) -> None:
        """In short transactions; the receipts come first."""
        with self._store.write() as tx:
            note_receipts(tx, terminal_id, seen)
            note_leavers(tx, terminal_id, due.leaving, seen)
        for people in in_batches(due.people, NOTED_AT_ONCE):
            with self._store.write() as tx:
                note_people(tx, terminal_id, people, seen)
            self._pools.give_way()
        log.info(
            "aligned",
            terminal=terminal_id,
            there=len(seen.there),
            gone=len(seen.gone),
            failed=len(seen.errors),
        )
