"""What operators have done to a terminal, one work each: read, audit, set, open, clear, examine, find, adopt, replace, enrol."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing
from datetime import datetime

from sqlalchemy import func, select

from bridge.terminals.discovery import BadSubnet, discover
from bridge.terminals.doctor import Doctor
from bridge.terminals.errors import Incomplete, Unsupported
from bridge.terminals.plan import Wanted
from bridge.terminals.push.terminal import LOG_END, LOG_START, PushTerminal
from bridge.terminals.terminal import Capability, Punch, Terminal
from bridge.terminals.zk.terminal import ZkTerminal
from console.api import tasks as api
from console.domain.errors import Conflict, Invalid, NotFound
from console.domain.terminals import Dialect
from console.service.tasks import Task, TaskBody
from console.service.terminals import adoption
from console.service.terminals import plans as reconcile
from console.service.terminals.log_book import Logbook
from console.service.terminals.sessions import address_of, learn, local_now
from console.service.tools import Service
from console.store import schema
from console.store.schema import Login

UNLOCK_S = 5


class TerminalActions:
    """Each method makes the act of one work."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.reconciler = reconcile.Reconciler(service)

    def simple(self, terminal_id: str, act: str, actor: str) -> tuple[str, TaskBody]:
        """(title, act) of an act by its name. Raises NotFound."""
        found = _SIMPLE.get(act)
        if found is None:
            raise NotFound(f"There is no act “{act}”.")
        title, work = found

        async def run(task: Task) -> api.TaskResult:
            return await work(self, task, terminal_id, actor)

        return title, run

    async def _refresh(self, task: Task, terminal_id: str, actor: str) -> api.TaskResult:
        task.say("Asking what it holds and can do")
        async with self._service.units.talk(terminal_id) as unit:
            await self._service.units.refresh(terminal_id, unit)
            task.say("Reading its people")
            people, fingers = await reconcile.read_all(unit, task)

        def note() -> None:
            with self._service.store.write() as session:
                row = session.get_one(schema.Terminal, terminal_id)
                reconcile.record_inventory(session, row, people, fingers, self._service)

        await asyncio.to_thread(note)
        return api.TaskResult(text=f"{len(people):,} people, {len(fingers):,} fingers.")

    async def _read_log(self, task: Task, terminal_id: str, actor: str) -> api.TaskResult:
        task.say("Reading the log")
        async with self._service.units.talk(terminal_id) as unit:
            found = await unit.log(task.progress)
        fresh = await asyncio.to_thread(self._service.units.keep_log, terminal_id, found)
        aside = (
            f" {len(found.quarantined)} could not be understood and were set aside."
            if found.quarantined
            else ""
        )
        return api.TaskResult(
            text=f"The terminal says {found.says:,}, received {found.received:,}; {fresh:,} of them new.{aside}"
        )

    async def _audit(self, task: Task, terminal_id: str, actor: str) -> api.TaskResult:
        """Counts on both sides. P2: a shortfall is an error."""
        task.say("Counting on both sides")
        async with self._service.units.talk(terminal_id) as unit:
            says = (
                await unit.sum_of(LOG_START, LOG_END)
                if isinstance(unit, PushTerminal)
                else (await unit.counts()).records
            )
            if says is None:
                await self._learn(terminal_id, Capability.LOG_SUM, can=False)
                says = (await unit.counts()).records
        have = await asyncio.to_thread(self._count_logins, terminal_id)
        if says > have:
            raise Incomplete("records", says, have)
        return api.TaskResult(
            text=f"The terminal says {says:,}, Muster has {have:,}: nothing is missing."
        )

    def _count_logins(self, terminal_id: str) -> int:
        with self._service.store.read() as session:
            aside = select(func.count()).where(
                schema.Quarantine.terminal_id == terminal_id, schema.Quarantine.table == "log"
            )
            kept = session.scalar(select(func.count()).where(Login.terminal_id == terminal_id)) or 0
            return kept + (session.scalar(aside) or 0)

    async def _set_clock(self, task: Task, terminal_id: str, actor: str) -> api.TaskResult:
        task.say("Setting the clock")
        row = await asyncio.to_thread(self._service.units.row, terminal_id)
        async with self._service.units.talk(terminal_id) as unit:
            try:
                offset = (
                    await unit.clock() - local_now(self._service, row.utc_offset_min)
                ).total_seconds()
            except Unsupported:
                offset = None
            await unit.set_clock(local_now(self._service, row.utc_offset_min))

        def note() -> None:
            with self._service.store.write() as session:
                terminal = session.get_one(schema.Terminal, terminal_id)
                if offset is not None:
                    Logbook(self._service).note_clock(session, terminal, offset, corrected=True)
                learn(session, terminal, {Capability.SET_CLOCK: True}, self._service.clock())
                reconcile.note_receipt(
                    self._service, session, terminal_id, actor, "clock", {"offset_s": offset}
                )

        await asyncio.to_thread(note)
        if offset is None:
            return api.TaskResult(text="The terminal took the time with our answer.")
        way = "ahead" if offset > 0 else "behind"
        return api.TaskResult(text=f"The clock was {abs(offset):.0f} s {way} and is right now.")

    async def _try(
        self,
        task: Task,
        terminal_id: str,
        actor: str,
        what: Capability,
        act: Callable[[Terminal], Awaitable[None]],
    ) -> None:
        """One act that not every unit can do: what comes of it is evidence."""
        try:
            async with self._service.units.talk(terminal_id) as unit:
                await act(unit)
        except Unsupported:
            await self._learn(terminal_id, what, can=False)
            raise
        await self._learn(terminal_id, what, can=True)

        def note() -> None:
            with self._service.store.write() as session:
                reconcile.note_receipt(self._service, session, terminal_id, actor, what.value, {})

        await asyncio.to_thread(note)

    async def _learn(self, terminal_id: str, what: Capability, can: bool) -> None:
        def note() -> None:
            with self._service.store.write() as session:
                learn(
                    session,
                    session.get_one(schema.Terminal, terminal_id),
                    {what: can},
                    self._service.clock(),
                )

        await asyncio.to_thread(note)

    async def _unlock(self, task: Task, terminal_id: str, actor: str) -> api.TaskResult:
        await self._try(
            task, terminal_id, actor, Capability.UNLOCK, lambda unit: unit.unlock(UNLOCK_S)
        )
        return api.TaskResult(text=f"The door was opened for {UNLOCK_S} s.")

    async def _restart(self, task: Task, terminal_id: str, actor: str) -> api.TaskResult:
        await self._try(task, terminal_id, actor, Capability.RESTART, lambda unit: unit.restart())
        return api.TaskResult(text="The terminal restarts; it is back in about a minute.")

    async def _test_voice(self, task: Task, terminal_id: str, actor: str) -> api.TaskResult:
        async def speak(unit: Terminal) -> None:
            if not isinstance(unit, ZkTerminal):
                raise Unsupported("Terminals that dial in cannot be made to speak.")
            await unit.test_voice()

        await self._try(task, terminal_id, actor, Capability.TEST_VOICE, speak)
        return api.TaskResult(text="The terminal spoke.")

    async def _adopt(self, task: Task, terminal_id: str, actor: str) -> api.TaskResult:
        """Who is on the terminal, and who they may be."""
        task.say("Reading its people")
        async with self._service.units.talk(terminal_id) as unit:
            people, fingers = await reconcile.read_all(unit, task)

        def propose() -> list[api.Candidate]:
            with self._service.store.write() as session:
                row = session.get_one(schema.Terminal, terminal_id)
                reconcile.record_inventory(session, row, people, fingers, self._service)
                return adoption.candidates(session, terminal_id, people, fingers)

        rows = await asyncio.to_thread(propose)
        known = sum(bool(row.employee_id) for row in rows)
        return api.TaskResult(
            text=f"{len(rows):,} people, {known:,} of them known here.", candidates=rows
        )

    async def _doctor(self, task: Task, terminal_id: str, actor: str) -> api.TaskResult:
        row = await asyncio.to_thread(self._service.units.row, terminal_id)
        if row.dialect is Dialect.PUSH:
            raise Conflict(
                "This terminal dials in by itself; the doctor examines terminals that are dialled."
            )
        await self._service.units.forget(terminal_id)
        doctor = Doctor(
            address_of(self._service, row),
            lambda: local_now(self._service, row.utc_offset_min),
            row.serial,
        )
        findings = []
        seen = row.info.get("push_seen")
        async with aclosing(
            doctor.examine(datetime.fromisoformat(seen) if seen else None)
        ) as steps:  # type: ignore[type-var]
            async for found in steps:
                findings.append(
                    api.Finding(
                        step=found.step,
                        outcome=found.outcome,
                        cause=found.cause,
                        remedy=found.remedy,
                        seconds=round(found.seconds, 3),
                    )
                )
                task.result = api.TaskResult(findings=list(findings))
                task.say(found.step)
        bad = [found for found in findings if found.outcome in ("warn", "fail")]
        text = "Everything is in order." if not bad else f"{len(bad)} findings need a look."
        return api.TaskResult(text=text, findings=findings, recording=doctor.recorder.text())

    # works with arguments

    def plan(self, terminal_id: str, remove_unknown: bool) -> TaskBody:
        async def run(task: Task) -> api.TaskResult:
            made = await self.reconciler.plan(task, terminal_id, remove_unknown)
            text = (
                f"{len(made.steps):,} changes."
                if made.steps
                else "The terminal holds exactly what it should."
            )
            return api.TaskResult(text=text, plan=made)

        return run

    def apply(self, kept: reconcile.KeptPlan, actor: str) -> TaskBody:
        async def run(task: Task) -> api.TaskResult:
            receipt = await self.reconciler.apply(task, kept, actor)
            done = f"{receipt.added} added, {receipt.renamed} renamed, {receipt.removed} removed, {receipt.fingers} fingers"
            return api.TaskResult(
                text=f"Done and read back: {done}. {receipt.people_on_unit:,} people on the terminal."
            )

        return run

    def replace(self, old_id: str, new_id: str) -> TaskBody:
        """A plan that makes the new terminal hold what the old one held, with the settings that go along."""

        async def run(task: Task) -> api.TaskResult:
            task.say("Reading the old terminal")
            settings: dict[str, str] = {}
            async with self._service.units.talk(old_id) as unit:
                people, fingers = await reconcile.read_all(unit, task)
                if isinstance(unit, ZkTerminal):
                    settings = await unit.copy_settings()
            task.say("Reading the new terminal")
            async with self._service.units.talk(new_id) as unit:
                there, held = await reconcile.read_all(unit, task)
                takes = isinstance(unit, ZkTerminal)
            old, new = await asyncio.to_thread(self._two, old_id, new_id)
            fits = reconcile.algorithm_of(old) == reconcile.algorithm_of(new)
            more = [
                Wanted(
                    person.pin,
                    person.name,
                    tuple(f for f in fingers if f.pin == person.pin and fits),
                )
                for person in people
            ]
            options = tuple(settings.items()) if takes else ()
            made = await asyncio.to_thread(
                self.reconciler.lay_out, new_id, there, held, False, options, more
            )
            lost = (
                ""
                if fits or not fingers
                else f" {len(fingers)} fingers do not fit the new terminal's algorithm and stay behind."
            )
            return api.TaskResult(
                text=f"{len(made.steps):,} changes and {len(options)} settings.{lost}", plan=made
            )

        return run

    def _two(self, old_id: str, new_id: str) -> tuple[schema.Terminal, schema.Terminal]:
        return self._service.units.row(old_id), self._service.units.row(new_id)

    def adopt(self, terminal_id: str, pairs: list[tuple[str, str]], actor: str) -> TaskBody:
        async def run(task: Task) -> api.TaskResult:
            task.say("Reading its people and fingers")
            async with self._service.units.talk(terminal_id) as unit:
                people, fingers = await reconcile.read_all(unit, task)
            made, taken = await asyncio.to_thread(
                adoption.adopt, self._service, terminal_id, people, fingers, pairs, actor
            )
            return api.TaskResult(
                text=f"{len(pairs):,} people taken over, {made:,} of them new, with {taken:,} fingers."
            )

        return run

    def clear_log(self, terminal_id: str, actor: str) -> TaskBody:
        """Downloads once more, writes a backup file, and clears only when both sides agree. P7."""

        async def run(task: Task) -> api.TaskResult:
            task.say("Downloading the log once more")
            async with self._service.units.talk(terminal_id) as unit:
                found = await unit.log(task.progress)
                fresh = await asyncio.to_thread(self._service.units.keep_log, terminal_id, found)
                task.say("Writing the backup")
                file = await asyncio.to_thread(self._back_up, terminal_id, found.punches)
                task.say("Clearing")
                await unit.clear_log(found.received)

            def note() -> None:
                with self._service.store.write() as session:
                    row = session.get_one(schema.Terminal, terminal_id)
                    row.counts = {**row.counts, "read": 0, "records": 0}
                    learn(session, row, {Capability.CLEAR_LOG: True}, self._service.clock())
                    reconcile.note_receipt(
                        self._service,
                        session,
                        terminal_id,
                        actor,
                        "clear_log",
                        {"records": found.received, "new": fresh, "backup": file},
                    )

            await asyncio.to_thread(note)
            return api.TaskResult(
                text=f"{found.received:,} records were saved and cleared. Backup: {file}"
            )

        return run

    def _back_up(self, terminal_id: str, punches: Iterable[Punch]) -> str:
        row = self._service.units.row(terminal_id)
        folder = self._service.data_dir / "backups"
        folder.mkdir(exist_ok=True)
        path = folder / f"{row.serial}-{self._service.clock():%Y%m%d-%H%M%S}.jsonl"
        with path.open("w", encoding="utf-8") as out:
            for punch in punches:
                out.write(
                    json.dumps([punch.pin, punch.local_time, punch.status, punch.verify]) + "\n"
                )
        return path.name

    def discover(self, subnet: str, port: int) -> TaskBody:
        async def run(task: Task) -> api.TaskResult:
            task.say(f"Looking in {subnet}")
            serials = await asyncio.to_thread(self._serials)
            rows: list[api.FoundUnit] = []
            try:
                async with aclosing(discover(subnet, port, task.progress)) as found:  # type: ignore[type-var]
                    async for unit in found:
                        rows.append(
                            api.FoundUnit(
                                host=unit.host,
                                serial=unit.serial,
                                what=unit.what,
                                known=unit.serial in serials,
                            )
                        )
                        task.result = api.TaskResult(found=list(rows))
            except BadSubnet as error:
                raise Invalid("subnet", str(error)) from error
            return api.TaskResult(text=f"{len(rows)} found.", found=rows)

        return run

    def _serials(self) -> set[str]:
        with self._service.store.read() as session:
            return set(session.scalars(select(schema.Terminal.serial)))


_SIMPLE = {
    "refresh": ("Reading what it holds", TerminalActions._refresh),
    "read_log": ("Downloading the log", TerminalActions._read_log),
    "audit": ("Auditing the log", TerminalActions._audit),
    "set_clock": ("Setting the clock", TerminalActions._set_clock),
    "unlock": ("Opening the door", TerminalActions._unlock),
    "restart": ("Restarting", TerminalActions._restart),
    "test_voice": ("Testing the voice", TerminalActions._test_voice),
    "doctor": ("Examining the connection", TerminalActions._doctor),
    "adopt": ("Reading who is on it", TerminalActions._adopt),
}
