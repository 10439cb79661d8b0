"""What operators do to a unit itself: its door, its operation log, its settings, a lock. TE20.

Nothing is said to be done that was only acknowledged.
"""

import asyncio
from collections.abc import Awaitable, Callable

from bridge.terminals.errors import BridgeError, Cancelled, NotConfirmed, Unsupported
from bridge.terminals.terminal import Capability, OperationRecord, TerminalDevice
from console.api import tasks as api
from console.domain.counting import counted
from console.domain.errors import Conflict
from console.service.pools import Pool, Pools
from console.service.tasks import RunningTask, TaskBody
from console.service.terminals.registry import learn, note_receipt
from console.service.terminals.sessions import TerminalSessions
from console.store.database import Store
from console.store.schema import Terminal

UNLOCK_S = 5
SHOWN_OPERATIONS = 5_000
"""The newest lines of an operation log that are shown."""
LOOK_S = 15.0
"""How often a locked terminal is asked whether it is still there, well before it counts as gone."""
LOCK_MARGIN_S = 30
"""A lock ends by itself so long after its time, should the service not end it."""
OPERATIONS = {
    0: "Started",
    1: "Switched off",
    2: "Somebody was refused",
    3: "Alarm: the terminal was opened or taken off the wall",
    4: "Menu opened",
    5: "Settings changed",
    6: "Finger enrolled",
    7: "Password enrolled",
    8: "Card enrolled",
    9: "Person deleted",
    10: "Finger deleted",
    11: "Password deleted",
    12: "Card deleted",
    13: "Data deleted",
    14: "Memory card made",
    15: "Memory card enrolled",
    16: "Memory card registered",
    17: "Memory card's registration deleted",
    18: "Memory card emptied",
    19: "Data moved to a memory card",
    20: "Data copied from a memory card",
    21: "Clock set",
    22: "Factory settings restored",
    23: "Logins deleted",
    24: "Administrators' rights removed",
    25: "Access settings changed",
    26: "Access of a person changed",
    27: "Time zone changed",
    28: "Unlock combination changed",
    29: "Door opened",
    30: "Person added",
    31: "Finger changed",
    32: "Alarm: a finger that signals duress",
}
"""Codes of the operation log.

0 to 30 as in the maker's "Communication protocol manual" of 2006 (structure TOPLog); 31 and 32 as
in several open readers (among them TAD-PHP), which contradict each other from 33 on.
"""


class UnitActs:
    """Each public method makes the body of one task, or is one."""

    def __init__(self, store: Store, pools: Pools, sessions: TerminalSessions) -> None:
        self._store, self._pools, self._sessions = store, pools, sessions

    async def _try(
        self,
        terminal_id: str,
        actor: str,
        what: Capability,
        touch: Callable[[TerminalDevice], Awaitable[None]],
    ) -> None:
        """Something that not every unit can do: the result is stored as evidence."""
        try:
            async with self._sessions.session(terminal_id) as unit:
                await touch(unit)
        except Unsupported:
            await self._learn(terminal_id, what, can=False)
            raise
        await self._note(terminal_id, actor, what, {})

    async def _note(
        self, terminal_id: str, actor: str, what: Capability, detail: dict[str, object]
    ) -> None:
        def note() -> None:
            with self._store.write(actor) as tx:
                learn(tx, tx.get_one(Terminal, terminal_id), {what: True})
                note_receipt(tx, terminal_id, what.value, detail)

        await self._pools.run(Pool.TASK, note)

    async def _learn(self, terminal_id: str, what: Capability, *, can: bool) -> None:
        def note() -> None:
            with self._store.write() as tx:
                learn(tx, tx.get_one(Terminal, terminal_id), {what: can})

        await self._pools.run(Pool.TASK, note)

    # acts that nothing can be read back of

    async def unlock(self, _task: RunningTask, terminal_id: str, actor: str) -> api.TaskResult:
        """Opens the door."""
        await self._try(terminal_id, actor, Capability.UNLOCK, lambda unit: unit.unlock(UNLOCK_S))
        return api.TaskResult(
            text=f"The terminal was told to open the door for {UNLOCK_S} s, and says yes. It does "
            "not tell whether the door opened."
        )

    async def restart(self, _task: RunningTask, terminal_id: str, actor: str) -> api.TaskResult:
        """Restarts the unit."""
        await self._try(terminal_id, actor, Capability.RESTART, lambda unit: unit.restart())
        return api.TaskResult(
            text="The terminal was told to restart. The list shows when it is back, in about a "
            "minute."
        )

    async def test_voice(self, _task: RunningTask, terminal_id: str, actor: str) -> api.TaskResult:
        """Makes the unit speak."""
        await self._try(terminal_id, actor, Capability.TEST_VOICE, lambda unit: unit.test_voice())
        return api.TaskResult(
            text="The terminal was told to speak, and says yes. Only somebody there can hear it."
        )

    def lock(self, terminal_id: str, minutes: int, actor: str) -> TaskBody:
        """Lets nobody log in for a while; whoever cancels the task ends it.

        The session stays open, so that nothing else wakes the unit up; its end does.
        """

        async def run(task: RunningTask) -> api.TaskResult:
            seconds = minutes * 60
            try:
                async with self._sessions.session(terminal_id) as unit:
                    await unit.lock(seconds + LOCK_MARGIN_S)
                    await self._note(terminal_id, actor, Capability.LOCK, {"minutes": minutes})
                    early = await self._hold(task, terminal_id, unit, seconds)
            except Unsupported:
                await self._learn(terminal_id, Capability.LOCK, can=False)
                raise
            when = "before the time was up" if early else f"after {minutes} min"
            return api.TaskResult(
                text=f"The terminal was told to take logins again {when}. It does not tell whether "
                "it is locked; try it with somebody there."
            )

        return run

    async def _hold(
        self, task: RunningTask, terminal_id: str, unit: TerminalDevice, seconds: int
    ) -> bool:
        """Waits, and looks whether the unit is still there. Returns whether it was ended early."""
        loop = asyncio.get_running_loop()
        begun, looked = loop.time(), loop.time()
        while (gone := loop.time() - begun) < seconds:
            try:
                task.say("It was told to take no logins, and says yes")
                task.progress(int(gone), seconds)
            except Cancelled:
                return True
            await asyncio.sleep(min(1.0, seconds - gone))
            if loop.time() - looked >= LOOK_S:
                looked = loop.time()
                await unit.counts()
                await self._pools.run(Pool.TASK, self._sessions.note_there, terminal_id)
        return False

    # its own operation log

    async def operations(self, task: RunningTask, terminal_id: str, _actor: str) -> api.TaskResult:
        """Reads what was done at the unit itself."""
        task.say("Reading its operation log")
        try:
            async with self._sessions.session(terminal_id) as unit:
                found = await unit.operations(task.progress)
        except Unsupported:
            await self._learn(terminal_id, Capability.OPERATION_LOG, can=False)
            raise
        await self._learn(terminal_id, Capability.OPERATION_LOG, can=True)
        newest = found.rows[::-1]  # in the unit's own order: its clock may have been set back
        rows = [_operation(row) for row in newest[:SHOWN_OPERATIONS]]
        text = f"{counted(len(found.rows), 'line', 'lines')}."
        if len(found.rows) > len(rows):
            text += f" The newest {len(rows):,} are shown."
        if found.quarantined:
            text += f" {len(found.quarantined):,} could not be read."
        return api.TaskResult(text=text, operations=rows)

    # its settings

    async def settings(self, task: RunningTask, terminal_id: str, _actor: str) -> api.TaskResult:
        """Reads the settings that may be copied between units."""
        task.say("Reading its settings")
        async with self._sessions.session(terminal_id) as unit:
            found = await unit.copied_options()
        rows = [api.UnitSetting(name=name, value=value) for name, value in found.items()]
        return api.TaskResult(text=f"{counted(len(rows), 'setting', 'settings')}.", settings=rows)

    def write_settings(
        self, terminal_id: str, changes: list[api.SettingChange], actor: str
    ) -> TaskBody:
        """Writes what was shown as a difference, and reads each setting back.

        The task fails with Conflict where the unit holds another value than was shown.
        """

        async def run(task: RunningTask) -> api.TaskResult:
            written: dict[str, object] = {}
            try:
                async with self._sessions.session(terminal_id) as unit:
                    _check_shown(await unit.copied_options(), changes)
                    for done, change in enumerate(changes):
                        task.say(f"Setting {change.name}")
                        task.progress(done, len(changes))
                        await unit.set_option(change.name, change.value)
                        written[change.name] = f"{change.was} → {change.value}"
            except (BridgeError, Cancelled) as error:
                await self._note_settings(terminal_id, actor, written)
                if not written or isinstance(error, Cancelled):
                    raise
                done_text = f"{error} Before that, {', '.join(written)} had been set."
                raise NotConfirmed(done_text) from error
            await self._note_settings(terminal_id, actor, written)
            settings = counted(len(written), "setting", "settings")
            return api.TaskResult(text=f"{settings} written and read back.")

        return run

    async def _note_settings(
        self, terminal_id: str, actor: str, written: dict[str, object]
    ) -> None:
        if written:
            await self._note(terminal_id, actor, Capability.SETTINGS, written)


def _operation(row: OperationRecord) -> api.OperationRow:
    params = ", ".join(str(one) for one in row.params if one)
    text = OPERATIONS.get(row.code, "Something that this version has no word for")
    return api.OperationRow(local_time=row.local_time, code=row.code, text=text, params=params)


def _check_shown(held: dict[str, str], changes: list[api.SettingChange]) -> None:
    """Raises Conflict for a change of something else than was shown, or of what a unit is."""
    for change in changes:
        if change.name not in held:
            raise Conflict(f"{change.name} is not a setting of this terminal that can be copied.")
        if held[change.name] != change.was:
            raise Conflict(f"{change.name} was changed meanwhile. Read the settings again.")
