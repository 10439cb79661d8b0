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
from console.domain.counting import fingers, people
from console.domain.errors import Invalid, NotFound
from console.domain.kept_texts import said
from console.domain.language import msgid, paragraph, tr, tr_count
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
        """(title in English, body) of an action by its name. Raises NotFound."""
        found = {
            "refresh": (msgid("Reading what it holds"), self._refresh),
            "read_log": (msgid("Downloading the log"), self._read_log),
            "audit": (msgid("Auditing the log"), self._audit),
            "set_clock": (msgid("Setting the clock"), self._set_clock),
            "unlock": (msgid("Opening the door"), self._acts.unlock),
            "restart": (msgid("Restarting"), self._acts.restart),
            "test_voice": (msgid("Testing the voice"), self._acts.test_voice),
            "operations": (msgid("Reading its operation log"), self._acts.operations),
            "settings": (msgid("Reading its settings"), self._acts.settings),
            "doctor": (msgid("Examining the connection"), self._examinations.of_terminal),
            "adopt": (msgid("Reading who is on it"), self._list_candidates),
            "read_lines": (msgid("Reading set-aside lines again"), self._read_lines),
        }.get(action)
        if found is None:
            raise NotFound(tr("There is no action “{action}”.", action=action))
        title, body = found

        async def run(task: RunningTask) -> api.TaskResult:
            return await body(task, terminal_id, actor)

        return title, run

    async def _read(self, task: RunningTask, terminal_id: str) -> Inventory:
        task.say(msgid("Reading its people and fingers"))
        async with self._sessions.session(terminal_id) as unit:
            return await read_all(unit, task.progress)

    async def _refresh(self, task: RunningTask, terminal_id: str, _actor: str) -> api.TaskResult:
        task.say(msgid("Asking what it holds and can do"))
        async with self._sessions.session(terminal_id) as unit:
            await self._sessions.refresh(terminal_id, unit)
            task.say(msgid("Reading its people"))
            found = await read_all(unit, task.progress)
        await self._pools.run(Pool.TASK, self._inventories.record, terminal_id, found)
        text = tr(
            "{people}, {fingers}.",
            people=people(len(found.people)),
            fingers=fingers(len(found.fingers)),
        )
        return api.TaskResult(text=text)

    # the log

    async def _read_log(self, task: RunningTask, terminal_id: str, _actor: str) -> api.TaskResult:
        task.say(msgid("Reading the log"))
        async with self._sessions.session(terminal_id) as unit:
            found = await unit.log(task.progress)
        fresh = await self._store_log(terminal_id, found)
        return api.TaskResult(text=_read_in_words(found, fresh))

    async def _store_log(self, terminal_id: str, found: AttendanceLog) -> int:
        return await self._pools.run(Pool.TASK, self._log_book.store_log, terminal_id, found)

    async def _audit(self, task: RunningTask, terminal_id: str, _actor: str) -> api.TaskResult:
        """Counts the logins on both sides. Fewer here than there is an error. P2.

        More here than there means that some were deleted there: then the numbers show nothing.
        """
        task.say(msgid("Counting on both sides"))
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
            text = tr(
                "The terminal says {says:,}, Muster has {have:,}. Logins were deleted on the "
                "terminal, so these numbers cannot show whether one is missing.",
                says=says,
                have=before,
            )
            return api.TaskResult(text=text)
        text = tr(
            "The terminal says {says:,}, Muster has {have:,}: nothing is missing.",
            says=says,
            have=have,
        )
        removed = await self._pools.run(Pool.TASK, self._removed, terminal_id)
        by_age = tr_count(
            "{count:,} of them was deleted here because of its age.",
            "{count:,} of them were deleted here because of their age.",
            removed,
        )
        return api.TaskResult(text=paragraph(text, by_age if removed else ""))

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
            task.say(msgid("Downloading the log once more"))
            async with self._sessions.session(terminal_id) as unit:
                found = await unit.log(task.progress)
                fresh = await self._store_log(terminal_id, found)
                task.say(msgid("Writing the backup"))
                file, digest = await self._pools.run(
                    Pool.DEVICE, self._back_up, terminal_id, found.punches
                )
                task.say(msgid("Clearing"))
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
            text = tr_count(
                "{count:,} record was saved and cleared. Backup: {file}",
                "{count:,} records were saved and cleared. Backup: {file}",
                found.received,
                file=file,
            )
            return api.TaskResult(text=text)

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
        task.say(msgid("Setting the clock"))
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
                text=tr(
                    "The terminal was told the time. It does not show its clock, "
                    "so whether it took the time cannot be checked."
                )
            )
        return api.TaskResult(text=_clock_in_words(None if before is None else offset))

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
        text = tr("{people}, {known:,} of them known here.", people=people(len(rows)), known=known)
        return api.TaskResult(text=text, candidates=rows)

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
            text = tr(
                "Imported {people}, {new:,} of them new, with {fingers}.",
                people=people(done.people),
                new=done.new,
                fingers=fingers(done.fingers),
            )
            held_back = tr(
                "The fingers of {people} are not used: they have not agreed, and no other basis "
                "was stated.",
                people=people(done.held_back),
            )
            return api.TaskResult(text=paragraph(text, held_back if done.held_back else ""))

        return run

    # plans

    def plan(self, terminal_id: str, *, remove_unknown: bool) -> TaskBody:
        """Makes a plan and shows what would change on the terminal."""

        async def run(task: RunningTask) -> api.TaskResult:
            request = PlanRequest(remove_unknown=remove_unknown)
            made = await self._plans.make(task, terminal_id, request)
            text = (
                tr_count("{count:,} change.", "{count:,} changes.", len(made.steps))
                if made.steps
                else tr("The terminal holds exactly what it should.")
            )
            return api.TaskResult(text=text, plan=made)

        return run

    def apply(self, plan: ShownPlan, actor: str) -> TaskBody:
        """Applies a plan."""

        async def run(task: RunningTask) -> api.TaskResult:
            receipt = await self._plans.apply(task, plan, actor)
            text = tr(
                "Done and verified: {added:,} added, {renamed:,} renamed, {removed:,} removed, "
                "{fingers}. On the terminal: {people}.",
                added=receipt.added,
                renamed=receipt.renamed,
                removed=receipt.removed,
                fingers=fingers(receipt.fingers),
                people=people(receipt.people_on_unit),
            )
            left_out = tr(
                "The terminal takes no fingerprints; left out: {fingers}.",
                fingers=fingers(receipt.left_out),
            )
            return api.TaskResult(text=paragraph(text, left_out if receipt.left_out else ""))

        return run

    # finding terminals

    def discover(self, subnet: str, port: int) -> TaskBody:
        """Looks for terminals in one subnet. The task fails with Invalid for a bad subnet."""

        async def run(task: RunningTask) -> api.TaskResult:
            task.say(tr("Searching {subnet}", subnet=subnet))
            serials = await self._pools.run(Pool.TASK, self._serials)
            rows: list[api.FoundUnit] = []
            units = discover(subnet, port, task.progress)
            try:
                async with aclosing(units) as found:  # type: ignore[type-var]  # a generator, declared as an iterator
                    async for unit in found:
                        known = unit.serial in serials
                        rows.append(
                            api.FoundUnit(
                                host=unit.host,
                                serial=unit.serial,
                                what=said(unit.what),
                                known=known,
                            )
                        )
                        task.result = api.TaskResult(found=list(rows))
            except BadSubnet as error:
                raise Invalid("subnet", said(str(error))) from error
            text = tr_count("{count:,} device found.", "{count:,} devices found.", len(rows))
            return api.TaskResult(text=text, found=rows)

        return run

    def _serials(self) -> set[str]:
        with self._store.read() as tx:
            listed = schema.Terminal.status != TerminalStatus.REMOVED
            return set(tx.scalars(select(schema.Terminal.serial).where(listed)))


def _read_in_words(found: AttendanceLog, fresh: int) -> str:
    if found.counted:
        text = tr(
            "The terminal says {says:,}, received {received:,}; {fresh:,} of them new.",
            says=found.says,
            received=found.received,
            fresh=fresh,
        )
    else:
        text = tr(
            "Received {received:,}, {fresh:,} of them new. The terminal does not count its log.",
            received=found.received,
            fresh=fresh,
        )
    set_aside = tr_count(
        "{count:,} line could not be understood and was set aside.",
        "{count:,} lines could not be understood and were set aside.",
        len(found.quarantined),
    )
    return paragraph(text, set_aside if found.quarantined else "")


def _clock_in_words(offset_s: float | None) -> str:
    """offset_s: how far the clock was off; None if that is not known."""
    if offset_s is None:
        return tr("The clock could not be read before, and is correct now.")
    if offset_s > 0:
        return tr("The clock was {seconds:.0f} s ahead and is correct now.", seconds=offset_s)
    return tr("The clock was {seconds:.0f} s behind and is correct now.", seconds=-offset_s)
