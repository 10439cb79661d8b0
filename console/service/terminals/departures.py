"""Who left goes from every terminal, by itself.

What a change of a person means for terminals is laid out as rows. A row stays until its terminal
has shown that it does not hold the person any more. Terminals that are off are asked as soon as
they are back.
"""

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime

import structlog
from sqlalchemy import delete, select, update

from bridge.terminals.errors import BridgeError, NotConfirmed
from bridge.terminals.terminal import TerminalDevice
from console.domain.errors import Conflict, NotFound
from console.domain.terminals import ONLINE_WITHIN, TerminalStatus, retry_delay
from console.service.pools import Pool, Pools
from console.service.terminals.registry import note_receipt
from console.service.terminals.sessions import TerminalSessions
from console.store.database import Store
from console.store.schema import (
    Command,
    Departure,
    Employee,
    Enrolment,
    InventoryEntry,
    PinMap,
    Provision,
    Terminal,
)
from console.store.unit_of_work import ReadTx, Tx

log = structlog.get_logger()
LOOK_EVERY_S = 2.0
PEOPLE_LAID_OUT = 50
"""People of one transaction, so that nobody waits long for a turn."""
PEOPLE_AT_ONCE = 100
"""People who are removed in one session with a terminal."""
TERMINALS_AT_ONCE = 8
"""Some hand out everybody they hold, twice."""
STILL_HELD = "It says that it removed this person, but still holds them."
Left = dict[str, str]
"""The number on a terminal -> the id of the employee who left."""


class Departures:
    """Lays departures out, and carries them out. It lives on the service's loop."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Callable[[], datetime],
        pools: Pools,
        sessions: TerminalSessions,
    ) -> None:
        self._store, self._clock, self._pools, self._sessions = store, clock, pools, sessions
        self._under_way: dict[str, asyncio.Task[None]] = {}

    async def watch_forever(self) -> None:
        """Looks for work again and again. The supervisor keeps it running."""
        try:
            while True:
                await self._pools.run(Pool.TASK, self.lay_out)
                await self._begin_due()
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            under_way = list(self._under_way.values())
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    # from people to rows

    def lay_out(self) -> None:
        """Makes the rows for everybody who was changed, in short transactions. Blocking."""
        with self._store.read() as tx:
            ids = list(tx.scalars(select(Employee.id).where(~Employee.settled)))
        for start in range(0, len(ids), PEOPLE_LAID_OUT):
            with self._store.write() as tx:
                _lay_out(tx, ids[start : start + PEOPLE_LAID_OUT])
            self._pools.give_way()

    # from rows to terminals

    async def _begin_due(self) -> None:
        """Begins with terminals that are online and have somebody to remove."""
        due = await self._pools.run(Pool.TASK, self._due)
        free = TERMINALS_AT_ONCE - len(self._under_way)
        for terminal_id in [one for one in due if one not in self._under_way][: max(0, free)]:
            self._under_way[terminal_id] = asyncio.create_task(self._remove(terminal_id))

    def _due(self) -> list[str]:
        with self._store.read() as tx:
            query = (
                select(Departure.terminal_id)
                .join(Terminal, Terminal.id == Departure.terminal_id)
                .where(
                    Departure.gone_at.is_(None),
                    Departure.run_at <= tx.now,
                    Terminal.status == TerminalStatus.APPROVED,
                    Terminal.contact_problem == "",
                    Terminal.last_seen >= tx.now - ONLINE_WITHIN,
                )
                .group_by(Departure.terminal_id)
                .order_by(Departure.terminal_id)
            )
            return list(tx.scalars(query))

    async def _remove(self, terminal_id: str) -> None:
        """Removes some of those who left from one terminal, and notes what it then shows."""
        try:
            left = await self._pools.run(Pool.TASK, self._left, terminal_id)
            held, error = await self._ask(terminal_id, list(left))
            await self._pools.run(Pool.TASK, self._note, terminal_id, left, held, error)
        except (NotFound, Conflict):
            return  # it is not approved any more
        except Exception as error:  # the rows are still there: the next look tries again
            log.exception("departure_failed", terminal=terminal_id, error=type(error).__name__)
        finally:
            self._under_way.pop(terminal_id, None)

    async def _ask(self, terminal_id: str, pins: list[str]) -> tuple[set[str], str]:
        """(the numbers that the terminal may still hold, why)."""
        try:
            async with self._sessions.session(terminal_id) as unit:
                return await _removed(unit, pins)
        except BridgeError as error:
            return set(pins), f"{error} {error.remedy}".strip()
        except (NotFound, Conflict):
            raise
        except Exception as error:  # a defect of ours: it waits like any other failure
            log.exception("departure_failed", terminal=terminal_id, error=type(error).__name__)
            return set(pins), "The service failed at this; details are in its log."

    def _left(self, terminal_id: str) -> Left:
        query = select(Departure.pin, Departure.employee_id).where(
            Departure.terminal_id == terminal_id,
            Departure.gone_at.is_(None),
            Departure.run_at <= self._clock(),
        )
        with self._store.read() as tx:
            rows = tx.execute(query.order_by(Departure.run_at).limit(PEOPLE_AT_ONCE)).all()
            return dict(rows)

    def _note(self, terminal_id: str, left: Left, held: Collection[str], error: str) -> None:
        with self._store.write() as tx:
            gone = [pin for pin in left if pin not in held]
            query = select(Departure).where(
                Departure.terminal_id == terminal_id,
                Departure.employee_id.in_(left.values()),
                Departure.gone_at.is_(None),
            )
            for row in tx.scalars(query):
                if row.pin in gone:
                    row.gone_at, row.error = tx.now, ""
                else:
                    row.error = error[:300]
                    row.run_at = tx.now + retry_delay(row.attempt)
                    row.attempt += 1
                tx.changed("employees", row.employee_id)
            if gone:
                _forget_held(tx, terminal_id, gone, [left[pin] for pin in gone])
                note_receipt(tx, terminal_id, "departure", {"removed": len(gone)})
                tx.demand("assign")  # somebody may have come back in the meantime
            tx.changed("terminals", terminal_id)
        log.info("departed", terminal=terminal_id, gone=len(gone), held=len(held))


async def _removed(unit: TerminalDevice, pins: list[str]) -> tuple[set[str], str]:
    """Removes people from a unit: (the numbers that it still holds, why). Raises BridgeError."""
    try:
        await unit.remove_people(pins)
    except NotConfirmed:
        return {person.pin for person in await unit.people()} & set(pins), STILL_HELD
    return set(), ""


def _lay_out(tx: Tx, employee_ids: list[str]) -> None:
    """Who left goes from every terminal that was ever approved; who is back waits for none."""
    query = select(Employee).where(Employee.id.in_(employee_ids), ~Employee.settled)
    people = list(tx.scalars(query))
    back = [person.id for person in people if person.active]
    tx.execute(delete(Departure).where(Departure.employee_id.in_(back)))
    rows = _rows(tx, [person for person in people if not person.active])
    tx.add_many(Departure, rows)
    changed = [person.id for person in people]
    tx.execute(update(Employee).where(Employee.id.in_(changed)).values(settled=True))
    if back:
        tx.demand("assign")
    for terminal_id in {str(row["terminal_id"]) for row in rows}:
        tx.changed("terminals", terminal_id)
    for person in people:
        tx.changed("employees", person.id)


def _rows(tx: ReadTx, left: list[Employee]) -> list[dict[str, object]]:
    """The departures of these people that are not there yet."""
    ids = [person.id for person in left]
    terminals = tx.scalars(select(Terminal.id).where(Terminal.status != TerminalStatus.PENDING))
    there = select(Departure.terminal_id, Departure.employee_id)
    known = {tuple(row) for row in tx.execute(there.where(Departure.employee_id.in_(ids)))}
    numbers = [person.number for person in left]
    mapped = select(PinMap.terminal_id, PinMap.pin, PinMap.employee_id)
    mapped = mapped.where(PinMap.employee_id.in_(ids) | PinMap.pin.in_(numbers))
    owner, own = {}, {}
    for terminal_id, pin, employee_id in tx.execute(mapped):
        owner[terminal_id, pin] = employee_id
        own[terminal_id, employee_id] = pin
    rows = []
    for terminal_id in terminals:
        for person in left:
            pin = own.get((terminal_id, person.id), person.number)
            if (terminal_id, person.id) in known:
                continue
            if owner.get((terminal_id, pin), person.id) != person.id:
                continue  # on this terminal the number is somebody else's
            rows.append(_row(tx.now, terminal_id, person.id, pin))
    return rows


def _row(now: datetime, terminal_id: str, employee_id: str, pin: str) -> dict[str, object]:
    return {
        "terminal_id": terminal_id,
        "employee_id": employee_id,
        "pin": pin,
        "since": now,
        "attempt": 1,
        "run_at": now,
        "error": "",
        "gone_at": None,
    }


def _forget_held(tx: Tx, terminal_id: str, pins: list[str], employee_ids: list[str]) -> None:
    """What the terminal was known to hold of them. A face is sent anew when they come back."""
    faces = select(Enrolment.id).where(Enrolment.employee_id.in_(employee_ids))
    provisions = list(
        tx.scalars(
            select(Provision.id).where(
                Provision.terminal_id == terminal_id, Provision.enrolment_id.in_(faces)
            )
        )
    )
    tx.flush()
    tx.execute(delete(Command).where(Command.provision_id.in_(provisions)))
    tx.execute(delete(Provision).where(Provision.id.in_(provisions)))
    tx.execute(
        delete(InventoryEntry).where(
            InventoryEntry.terminal_id == terminal_id, InventoryEntry.pin.in_(pins)
        )
    )
