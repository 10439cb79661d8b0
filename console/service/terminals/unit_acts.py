"""What operators do to a unit itself: its door, its operation log, its settings, a lock. TE20.

Nothing is said to be done that was only acknowledged.
"""

import asyncio
from collections.abc import Awaitable, Callable

from bridge.terminals.errors import BridgeError, Cancelled, NotConfirmed, Unsupported
from bridge.terminals.terminal import Capability, OperationRecord, TerminalDevice
from console.api import tasks as api
from console.domain.errors import Conflict
from console.domain.kept_texts import said
from console.domain.language import msgid, paragraph, tr, tr_count
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
UNKNOWN_OPERATION = msgid("Something that this version has no word for")
OPERATIONS = {
    0: msgid("Started"),
    1: msgid("Switched off"),
    2: msgid("Somebody was refused"),
    3: msgid("Alarm: the terminal was opened or taken off the wall"),
    4: msgid("Menu opened"),
    5: msgid("Settings changed"),
    6: msgid("Finger enrolled"),
    7: msgid("Password enrolled"),
    8: msgid("Card enrolled"),
    9: msgid("Person deleted"),
    10: msgid("Finger deleted"),
    11: msgid("Password deleted"),
    12: msgid("Card deleted"),
    13: msgid("Data deleted"),
    14: msgid("Memory card made"),
    15: msgid("Memory card enrolled"),
    16: msgid("Memory card registered"),
    17: msgid("Memory card's registration deleted"),
    18: msgid("Memory card emptied"),
    19: msgid("Data moved to a memory card"),
    20: msgid("Data copied from a memory card"),
    21: msgid("Clock set"),
    22: msgid("Factory settings restored"),
    23: msgid("Logins deleted"),
    24: msgid("Administrators' rights removed"),
    25: msgid("Access settings changed"),
    26: msgid("Access of a person changed"),
    27: msgid("Time zone changed"),
    28: msgid("Unlock combination changed"),
    29: msgid("Door opened"),
    30: msgid("Person added"),
    31: msgid("Finger changed"),
    32: msgid("Alarm: a finger that signals duress"),
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
        text = tr(
            "The terminal was told to open the door for {seconds} s, and says yes. It does not "
            "tell whether the door opened.",
            seconds=UNLOCK_S,
        )
        return api.TaskResult(text=text)

    async def restart(self, _task: RunningTask, terminal_id: str, actor: str) -> api.TaskResult:
        """Restarts the unit."""
        await self._try(terminal_id, actor, Capability.RESTART, lambda unit: unit.restart())
        text = tr(
            "The terminal was told to restart. The list shows when it is back, in about a minute."
        )
        return api.TaskResult(text=text)

    async def test_voice(self, _task: RunningTask, terminal_id: str, actor: str) -> api.TaskResult:
        """Makes the unit speak."""
        await self._try(terminal_id, actor, Capability.TEST_VOICE, lambda unit: unit.test_voice())
        text = tr("The terminal was told to speak, and says yes. Only somebody there can hear it.")
        return api.TaskResult(text=text)

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
            unlocked = (
                tr("The terminal was told to accept logins again before the time was up.")
                if early
                else tr(
                    "The terminal was told to accept logins again after {minutes} min.",
                    minutes=minutes,
                )
            )
            unsure = tr("It does not tell whether it is locked; try it with somebody there.")
            return api.TaskResult(text=paragraph(unlocked, unsure))

        return run

    async def _hold(
        self, task: RunningTask, terminal_id: str, unit: TerminalDevice, seconds: int
    ) -> bool:
        """Waits, and looks whether the unit is still there. Returns whether it was ended early."""
        loop = asyncio.get_running_loop()
        begun, looked = loop.time(), loop.time()
        while (gone := loop.time() - begun) < seconds:
            try:
                task.say(msgid("It was told to accept no logins, and says yes"))
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
        task.say(msgid("Reading its operation log"))
        try:
            async with self._sessions.session(terminal_id) as unit:
                found = await unit.operations(task.progress)
        except Unsupported:
            await self._learn(terminal_id, Capability.OPERATION_LOG, can=False)
            raise
        await self._learn(terminal_id, Capability.OPERATION_LOG, can=True)
        newest = found.rows[::-1]  # in the unit's own order: its clock may have been set back
        rows = [_operation(row) for row in newest[:SHOWN_OPERATIONS]]
        text = tr_count("{count:,} line.", "{count:,} lines.", len(found.rows))
        if len(found.rows) > len(rows):
            text = paragraph(text, tr("The newest {shown:,} are shown.", shown=len(rows)))
        if found.quarantined:
            unread = tr("{unread:,} could not be read.", unread=len(found.quarantined))
            text = paragraph(text, unread)
        return api.TaskResult(text=text, operations=rows)

    # its settings

    async def settings(self, task: RunningTask, terminal_id: str, _actor: str) -> api.TaskResult:
        """Reads the settings that may be copied between units."""
        task.say(msgid("Reading its settings"))
        async with self._sessions.session(terminal_id) as unit:
            found = await unit.copied_options()
        rows = [api.UnitSetting(name=name, value=value) for name, value in found.items()]
        text = tr_count("{count:,} setting.", "{count:,} settings.", len(rows))
        return api.TaskResult(text=text, settings=rows)

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
                        task.say(tr("Setting {name}", name=change.name))
                        task.progress(done, len(changes))
                        await unit.set_option(change.name, change.value)
                        written[change.name] = f"{change.was} → {change.value}"
            except (BridgeError, Cancelled) as error:
                await self._note_settings(terminal_id, actor, written)
                if not written or isinstance(error, Cancelled):
                    raise
                done_text = tr(
                    "Before that, these had been set: {names}.", names=", ".join(written)
                )
                raise NotConfirmed(paragraph(said(str(error)), done_text)) from error
            await self._note_settings(terminal_id, actor, written)
            text = tr_count(
                "{count:,} setting written and verified.",
                "{count:,} settings written and verified.",
                len(written),
            )
            return api.TaskResult(text=text)

        return run

    async def _note_settings(
        self, terminal_id: str, actor: str, written: dict[str, object]
    ) -> None:
        if written:
            await self._note(terminal_id, actor, Capability.SETTINGS, written)


def _operation(row: OperationRecord) -> api.OperationRow:
    params = ", ".join(str(one) for one in row.params if one)
    text = tr(OPERATIONS.get(row.code, UNKNOWN_OPERATION))
    return api.OperationRow(local_time=row.local_time, code=row.code, text=text, params=params)


def _check_shown(held: dict[str, str], changes: list[api.SettingChange]) -> None:
    """Raises Conflict for a change of something else than was shown, or of what a unit is."""
    for change in changes:
        if change.name not in held:
            raise Conflict(
                tr("{name} is not a setting of this terminal that can be copied.", name=change.name)
            )
        if held[change.name] != change.was:
            raise Conflict(
                tr("{name} was changed meanwhile. Read the settings again.", name=change.name)
            )
