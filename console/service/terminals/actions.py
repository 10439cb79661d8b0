"""What operators do with a terminal, one task each.

Read, audit, set the clock, clear the log, find and adopt.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from contextlib import aclosing, suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from bridge.terminals.discovery import BadSubnet, discover
from bridge.terminals.errors import ODD_ANSWERS, Incomplete, Unsupported
from bridge.terminals.terminal import (
    LOG_END,
    LOG_START,
    AttendanceLog,
    Capability,
    Punch,
)
from console.api import tasks as api
from console.domain.counting import counted, fingers, people
from console.domain.errors import Invalid, NotFound
from console.domain.terminals import TerminalStatus
from console.domain.zones import wall_time
from console.service.pools import Pool, Pools
from console.service.tasks import RunningTask, TaskBody
from console.service.terminals.adoption import Adoption, Statement
from console.service.terminals.examination import Examinations
from console.service.terminals.inventory import Inventories, Inventory, read_all
from console.service.terminals.log_book import (
    ClockReading,
    LogBook,
    count_all_stored,
    note_clock,
    note_clock_set,
)
from console.service.terminals.plans import PlanRequest, Plans, ShownPlan
from console.service.terminals.reading_again import SetAsideReader
from console.service.terminals.registry import learn, note_receipt
from console.service.terminals.sessions import TerminalSessions
from console.service.terminals.unit_acts import UnitActs
from console.store import schema
from console.store.database import Store
from console.store.queries.aged_logins import REMOVED, removed_of


class TerminalActions:
    """Each public method makes the body of one task."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Callable[[], datetime],
        pools: Pools,
        backups: Path,
        sessions: TerminalSessions,
        examinations: Examinations,
        acts: UnitActs,
        log_book: LogBook,
        plans: Plans,
        inventories: Inventories,
        adoption: Adoption,
        reader: SetAsideReader,
    ) -> None:
        """backups: the folder of logs that were cleared; it is made when it is needed."""
        self._store, self._clock, self._pools, self._backups = store, clock, pools, backups
        self._sessions, self._log_book, self._plans = sessions, log_book, plans
        self._inventories, self._adoption, self._reader = inventories, adoption, reader
        self._examinations, self._acts = examinations, acts

    def simple(self, terminal_id: str, action: str, actor: str) -> tuple[str, TaskBody]:
        """(title, body) of an action by its name. Raises NotFound."""
        found = {
            "refresh": ("Reading what it holds", self._refresh),
            "read_log": ("Downloading the log", self._read_log),
            "audit": ("Auditing the log", self._audit),
            "set_clock": ("Setting the clock", self._set_clock),
            "unlock": ("Opening the door", self._acts.unlock),
            "restart": ("Restarting", self._acts.restart),
            "test_voice": ("Testing the voice", self._acts.test_voice),
            "operations": ("Reading its operation log", self._acts.operations),
            "settings": ("Reading its settings", self._acts.settings),
            "doctor": ("Examining the connection", self._examinations.of_terminal),
            "adopt": ("Reading who is on it", self._list_candidates),
            "read_lines": ("Reading set-aside lines again", self._read_lines),
        }.get(action)
        if found is None:
            raise NotFound(f"There is no action “{action}”.")
        title, body = found

        async def run(task: RunningTask) -> api.TaskResult:
            return await body(task, terminal_id, actor)

        return title, run

    async def _read(self, task: RunningTask, terminal_id: str) -> Inventory:
        task.say("Reading its people and fingers")
        async with self._sessions.session(terminal_id) as unit:
            return await read_all(unit, task.progress)

    async def _refresh(self, task: RunningTask, terminal_id: str, _actor: str) -> api.TaskResult:
        task.say("Asking what it holds and can do")
        async with self._sessions.session(terminal_id) as unit:
            await self._sessions.refresh(terminal_id, unit)
            task.say("Reading its people")
            found = await read_all(unit, task.progress)
        await self._pools.run(Pool.TASK, self._inventories.record, terminal_id, found)
        return api.TaskResult(text=f"{people(len(found.people))}, {fingers(len(found.fingers))}.")

    # the log

    async def _read_log(self, task: RunningTask, terminal_id: str, _actor: str) -> api.TaskResult:
        task.say("Reading the log")
        async with self._sessions.session(terminal_id) as unit:
            found = await unit.log(task.progress)
        fresh = await self._store_log(terminal_id, found)
        says = (
            f"The terminal says {found.says:,}, received {found.received:,}"
            if found.counted
            else f"Received {found.received:,}, of a log that the terminal does not count"
        )
        text = f"{says}; {fresh:,} of them new."
        if found.quarantined:
            lines = len(found.quarantined)
            text += f" {lines} could not be understood and were set aside."
        return api.TaskResult(text=text)

    async def _store_log(self, terminal_id: str, found: AttendanceLog) -> int:
        return await self._pools.run(Pool.TASK, self._log_book.store_log, terminal_id, found)

    async def _audit(self, task: RunningTask, terminal_id: str, _actor: str) -> api.TaskResult:
        """Counts the logins on both sides. Fewer here than there is an error. P2.

        More here than there means that some were deleted there: then the numbers show nothing.
        """
        task.say("Counting on both sides")
        before = await self._pools.run(Pool.TASK, self._count_logins, terminal_id)
        async with self._sessions.session(terminal_id) as unit:
            try:
                says = await unit.count_between(LOG_START, LOG_END)
            except Unsupported:
                await self._learn(terminal_id, Capability.LOG_SUM, can=False)
                says = await unit.count_logins()
        have = await self._pools.run(Pool.TASK, self._count_logins, terminal_id)
        if says > have:
            raise Incomplete("records", says, have)
        if says < before:
            return api.TaskResult(
                text=f"The terminal says {says:,}, Muster has {before:,}. Logins were deleted on "
                "the terminal, so these numbers cannot show whether one is missing."
            )
        text = f"The terminal says {says:,}, Muster has {have:,}: nothing is missing."
        removed = await self._pools.run(Pool.TASK, self._removed, terminal_id)
        if removed:
            text += f" {removed:,} of them were deleted here by their age."
        return api.TaskResult(text=text)

    def _removed(self, terminal_id: str) -> int:
        with self._store.read() as tx:
            return removed_of(tx.get_one(schema.Terminal, terminal_id).counts)

    def _count_logins(self, terminal_id: str) -> int:
        with self._store.read() as tx:
            return count_all_stored(tx, terminal_id)

    async def _read_lines(self, task: RunningTask, terminal_id: str, _actor: str) -> api.TaskResult:
        found = await self._pools.run(
            Pool.TASK, self._reader.read_again, terminal_id, task.progress
        )
        return api.TaskResult(text=found.text())

    def clear_log(self, terminal_id: str, actor: str) -> TaskBody:
        """Downloads once more, writes a backup, and clears only when both sides agree. P7."""

        async def run(task: RunningTask) -> api.TaskResult:
            task.say("Downloading the log once more")
            async with self._sessions.session(terminal_id) as unit:
                found = await unit.log(task.progress)
                fresh = await self._store_log(terminal_id, found)
                task.say("Writing the backup")
                file, digest = await self._pools.run(
                    Pool.DEVICE, self._back_up, terminal_id, found.punches
                )
                task.say("Clearing")
                await unit.clear_log(found.received)

            def note() -> None:
                detail: dict[str, object] = {
                    "records": found.received,
                    "new": fresh,
                    "backup": file,
                    "sha256": digest,
                }
                with self._store.write(actor) as tx:
                    row = tx.get_one(schema.Terminal, terminal_id)
                    row.counts = {**row.counts, "read": 0, "records": 0, REMOVED: 0}
                    learn(tx, row, {Capability.CLEAR_LOG: True})
                    note_receipt(tx, terminal_id, "clear_log", detail)

            await self._pools.run(Pool.TASK, note)
            return api.TaskResult(
                text=f"{found.received:,} records were saved and cleared. Backup: {file}"
            )

        return run

    def _back_up(self, terminal_id: str, punches: Iterable[Punch]) -> tuple[str, str]:
        """Writes a backup, and reads it back. Its name and SHA-256; raises OSError."""
        row = self._sessions.find(terminal_id)
        self._backups.mkdir(exist_ok=True)
        path = self._backups / f"{row.serial}-{self._clock():%Y%m%d-%H%M%S}.jsonl"
        rows = ([punch.pin, punch.local_time, punch.status, punch.verify] for punch in punches)
        content = "".join(json.dumps(values) + "\n" for values in rows).encode()
        with path.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        if path.read_bytes() != content:
            raise OSError(f"{path.name} cannot be read back as it was written")
        return path.name, hashlib.sha256(content).hexdigest()

    # the unit

    async def _set_clock(self, task: RunningTask, terminal_id: str, actor: str) -> api.TaskResult:
        task.say("Setting the clock")
        zone = await self._pools.run(Pool.TASK, self._sessions.zone, terminal_id)
        async with self._sessions.session(terminal_id) as unit:
            before: ClockReading | None = None
            after: ClockReading | None = None
            with suppress(*ODD_ANSWERS):  # it can be told all the same
                before = await self._sessions.read_clock(unit)
            await unit.set_clock(wall_time(zone, self._clock()))
            with suppress(Unsupported):
                after = await self._sessions.read_clock(unit)
        offset = before.offset_s(zone) if before is not None else 0.0

        def note() -> None:
            with self._store.write(actor) as tx:
                terminal = tx.get_one(schema.Terminal, terminal_id)
                if after is None:
                    note_receipt(tx, terminal_id, "clock_told", {})
                    return
                if before is None:
                    note_clock(tx, terminal, after)
                else:
                    note_clock_set(tx, terminal, before, after)
                learn(tx, terminal, {Capability.SET_CLOCK: True})
                note_receipt(tx, terminal_id, "clock", {"offset_s": offset})

        await self._pools.run(Pool.TASK, note)
        if after is None:
            return api.TaskResult(
                text="The terminal was told the time. It does not show its clock, "
                "so whether it took the time cannot be checked."
            )
        if before is None:
            return api.TaskResult(text="The clock could not be read before, and is right now.")
        way = "ahead" if offset > 0 else "behind"
        return api.TaskResult(text=f"The clock was {abs(offset):.0f} s {way} and is right now.")

    async def _learn(self, terminal_id: str, what: Capability, *, can: bool) -> None:
        def note() -> None:
            with self._store.write() as tx:
                learn(tx, tx.get_one(schema.Terminal, terminal_id), {what: can})

        await self._pools.run(Pool.TASK, note)

    # people

    async def _list_candidates(
        self, task: RunningTask, terminal_id: str, _actor: str
    ) -> api.TaskResult:
        """Lists the people on the terminal, and which employees they may be."""
        found = await self._read(task, terminal_id)
        await self._pools.run(Pool.TASK, self._inventories.record, terminal_id, found)
        rows = await self._pools.run(Pool.TASK, self._adoption.candidates, terminal_id, found)
        known = sum(bool(row.employee_id) for row in rows)
        return api.TaskResult(
            text=f"{people(len(rows))}, {known:,} of them known here.", candidates=rows
        )

    def adopt(
        self, terminal_id: str, pairs: list[tuple[str, str]], statement: Statement
    ) -> TaskBody:
        """Adopts people by (number on the terminal, employee id; empty: a new one)."""

        async def run(task: RunningTask) -> api.TaskResult:
            found = await self._read(task, terminal_id)
            done = await self._pools.run(
                Pool.TASK, self._adoption.adopt, terminal_id, found, pairs, statement
            )
            # what is withdrawn later goes from where it was seen
            await self._pools.run(Pool.TASK, self._inventories.record, terminal_id, found)
            text = (
                f"{people(done.people)} taken over, {done.new:,} of them new, "
                f"with {fingers(done.fingers)}."
            )
            if done.held_back:
                text += (
                    f" The fingers of {done.held_back:,} of them are not used: they have not "
                    "agreed, and no other basis was stated."
                )
            return api.TaskResult(text=text)

        return run

    # plans

    def plan(self, terminal_id: str, *, remove_unknown: bool) -> TaskBody:
        """Makes a plan and shows what would change on the terminal."""

        async def run(task: RunningTask) -> api.TaskResult:
            request = PlanRequest(remove_unknown=remove_unknown)
            made = await self._plans.make(task, terminal_id, request)
            text = (
                f"{counted(len(made.steps), 'change', 'changes')}."
                if made.steps
                else "The terminal holds exactly what it should."
            )
            return api.TaskResult(text=text, plan=made)

        return run

    def apply(self, plan: ShownPlan, actor: str) -> TaskBody:
        """Applies a plan."""

        async def run(task: RunningTask) -> api.TaskResult:
            receipt = await self._plans.apply(task, plan, actor)
            text = (
                f"Done and read back: {receipt.added} added, {receipt.renamed} renamed, "
                f"{receipt.removed} removed, {fingers(receipt.fingers)}. "
                f"{people(receipt.people_on_unit)} on the terminal."
            )
            if receipt.left_out:
                text += f" It takes no fingers: {receipt.left_out:,} were left out."
            return api.TaskResult(text=text)

        return run

    # finding terminals

    def discover(self, subnet: str, port: int) -> TaskBody:
        """Looks for terminals in one subnet. The task fails with Invalid for a bad subnet."""

        async def run(task: RunningTask) -> api.TaskResult:
            task.say(f"Looking in {subnet}")
            serials = await self._pools.run(Pool.TASK, self._serials)
            rows: list[api.FoundUnit] = []
            units = discover(subnet, port, task.progress)
            try:
                async with aclosing(units) as found:  # type: ignore[type-var]  # a generator, declared as an iterator
                    async for unit in found:
                        known = unit.serial in serials
                        rows.append(
                            api.FoundUnit(
                                host=unit.host, serial=unit.serial, what=unit.what, known=known
                            )
                        )
                        task.result = api.TaskResult(found=list(rows))
            except BadSubnet as error:
                raise Invalid("subnet", str(error)) from error
            return api.TaskResult(text=f"{len(rows)} found.", found=rows)

        return run

    def _serials(self) -> set[str]:
        with self._store.read() as tx:
            listed = schema.Terminal.status != TerminalStatus.REMOVED
            return set(tx.scalars(select(schema.Terminal.serial).where(listed)))
