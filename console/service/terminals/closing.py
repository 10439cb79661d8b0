"""Terminals that are emptied: when nothing is left to remove, they are read as a whole. TE14.

People are removed as those who left are: by their rows, by `alignment`. A terminal counts as empty
only when it was read once more and showed nobody whom this site has put there.
"""

import asyncio
from datetime import datetime

import structlog
from sqlalchemy import select

from bridge.terminals.errors import BridgeError
from bridge.terminals.terminal import no_progress
from console.domain.errors import Conflict, NotFound
from console.domain.placements import PlacementState, may_be_the_same
from console.domain.terminal_life import Act, after
from console.domain.terminals import CLOSING, ONLINE_WITHIN, retry_delay
from console.service.pools import Pool, Pools
from console.service.terminals.inventory import Inventories, Inventory, read_all
from console.service.terminals.registry import note_receipt
from console.service.terminals.sessions import TerminalSessions
from console.service.terminals.site_people import SitePeople
from console.store.database import Store
from console.store.queries.placements import must_go
from console.store.schema import Placement, Terminal
from console.store.unit_of_work import ReadTx

log = structlog.get_logger()
LOOK_EVERY_S = 2.0


class Closing:
    """Reads terminals that are emptied, one after the other. It lives on the service's loop."""

    def __init__(
        self, store: Store, pools: Pools, sessions: TerminalSessions, inventories: Inventories
    ) -> None:
        self._store, self._pools = store, pools
        self._sessions, self._inventories = sessions, inventories
        self._tries: dict[str, tuple[int, datetime]] = {}
        """Terminals that could not be read -> how often, and when they are asked again."""

    async def close_forever(self) -> None:
        """Looks for terminals that may be empty. The supervisor keeps it running."""
        while True:
            for terminal_id in await self._pools.run(Pool.TASK, self._due):
                await self._close(terminal_id)
            await asyncio.sleep(LOOK_EVERY_S)

    def _due(self) -> list[str]:
        """Terminals that are online and have nobody left to remove."""
        left = select(Placement.terminal_id).where(
            Placement.terminal_id == Terminal.id, Placement.state != PlacementState.CONFIRMED
        )
        with self._store.read() as tx:
            query = select(Terminal.id).where(
                Terminal.status.in_(CLOSING),
                Terminal.unsettled == 0,
                Terminal.contact_problem == "",
                Terminal.last_seen >= tx.now - ONLINE_WITHIN,
                ~left.exists(),
            )
            found = list(tx.scalars(query.order_by(Terminal.id)))
            return [one for one in found if self._tries.get(one, (0, tx.now))[1] <= tx.now]

    async def _close(self, terminal_id: str) -> None:
        try:
            async with self._sessions.session(terminal_id) as unit:
                found = await read_all(unit, no_progress)
            await self._pools.run(Pool.TASK, self._inventories.record, terminal_id, found)
            await self._pools.run(Pool.TASK, self._conclude, terminal_id, found)
            self._tries.pop(terminal_id, None)
        except (NotFound, Conflict):
            self._tries.pop(terminal_id, None)  # it is not emptied any more
        except BridgeError as error:
            self._wait(terminal_id)
            log.warning("closing_failed", terminal=terminal_id, reason=error.reason)

    def _wait(self, terminal_id: str) -> None:
        attempt = self._tries.get(terminal_id, (0, None))[0] + 1
        self._tries[terminal_id] = (attempt, self._store.clock() + retry_delay(attempt))

    def _conclude(self, terminal_id: str, found: Inventory) -> None:
        with self._store.read() as tx:
            still = still_there(tx, terminal_id, found)
        with self._store.write() as tx:
            row = tx.get_one(Terminal, terminal_id)
            if row.status not in CLOSING:
                return
            if still:
                must_go(tx, terminal_id, still)
                return
            row.status = after(row.status, Act.SHOWN_EMPTY)
            row.follows = False
            note_receipt(tx, terminal_id, "emptied", {"unknown_people": len(found.people)})


def still_there(tx: ReadTx, terminal_id: str, found: Inventory) -> dict[str, str]:
    """Employee id -> number of the people here whom the terminal still shows.

    Somebody under another name, or one that cannot be read, may be a stranger with their number.
    """
    by_pin = {person.pin: person for person in found.people}
    known = SitePeople(tx).known_by_pin(terminal_id, by_pin)
    return {
        person.id: pin
        for pin, person in known.items()
        if not by_pin[pin].unread and may_be_the_same(by_pin[pin].name, person.name)
    }
