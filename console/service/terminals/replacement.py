"""Replaces a terminal: its people, their fingers and its settings are planned for another one.

TE12: a finger goes along only on a basis, as everywhere.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from bridge.terminals.errors import Unsupported
from bridge.terminals.plan import WantedPerson
from bridge.terminals.terminal import FingerTemplate, TerminalDevice
from console.api import tasks as api
from console.domain.language import msgid, paragraph, tr_count
from console.service.pools import Pool, Pools
from console.service.tasks import RunningTask, TaskBody
from console.service.terminals.inventory import Inventory, deleted_fingers, read_all
from console.service.terminals.plans import PlanRequest, Plans
from console.service.terminals.registry import algorithm_of, approved_terminal
from console.service.terminals.sessions import TerminalSessions
from console.service.terminals.site_people import SitePeople
from console.store.database import Store
from console.store.queries.fingers import bases_of
from console.store.schema import Terminal
from console.store.unit_of_work import ReadTx


@dataclass(frozen=True)
class Moved:
    """What goes to the new terminal beside those who belong on it anyhow.

    unfit, baseless: how many fingers stay behind, for another algorithm or for want of a basis.
    """

    people: tuple[WantedPerson, ...]
    unfit: int = 0
    baseless: int = 0

    def words(self) -> str:
        """What stays behind, in words."""
        unfit = tr_count(
            "{count:,} finger does not fit the new terminal's algorithm and is left behind.",
            "{count:,} fingers do not fit the new terminal's algorithm and are left behind.",
            self.unfit,
        )
        baseless = tr_count(
            "{count:,} finger is left behind: nobody has agreed to its use. Import the people "
            "from the old terminal first, and state on what basis.",
            "{count:,} fingers are left behind: nobody has agreed to their use. Import the people "
            "from the old terminal first, and state on what basis.",
            self.baseless,
        )
        return paragraph(unfit if self.unfit else "", baseless if self.baseless else "")


class Replacement:
    """Makes the body of the task."""

    def __init__(
        self, store: Store, pools: Pools, sessions: TerminalSessions, plans: Plans
    ) -> None:
        self._store, self._pools, self._sessions, self._plans = store, pools, sessions, plans

    def body(self, old_id: str, new_id: str) -> TaskBody:
        """Plans the people and settings of the old terminal for the new one."""

        async def run(task: RunningTask) -> api.TaskResult:
            task.say(msgid("Reading the old terminal"))
            async with self._sessions.session(old_id) as unit:
                held = await read_all(unit, task.progress)
                settings = await _settings_of(unit)
            task.say(msgid("Reading the new terminal"))
            async with self._sessions.session(new_id) as unit:
                there = await read_all(unit, task.progress)
                takes_settings = await _settings_of(unit) is not None
                pace = unit.time_for
            task.say(msgid("Comparing"))
            options = tuple((settings or {}).items()) if takes_settings else ()
            moved = await self._pools.run(Pool.TASK, self._moved, old_id, new_id, held)
            request = PlanRequest(settings=options, more=moved.people)
            made = await self._plans.lay_out(new_id, there, request, pace)
            planned = paragraph(
                tr_count("{count:,} change.", "{count:,} changes.", len(made.steps)),
                tr_count("{count:,} setting.", "{count:,} settings.", len(options)),
            )
            return api.TaskResult(text=paragraph(planned, moved.words()), plan=made)

        return run

    def _moved(self, old_id: str, new_id: str, held: Inventory) -> Moved:
        with self._store.read() as tx:
            old, new = approved_terminal(tx, old_id), approved_terminal(tx, new_id)
            return moved(tx, old, new, held, self._pools.give_way)


def moved(
    tx: ReadTx, old: Terminal, new: Terminal, held: Inventory, give_way: Callable[[], None]
) -> Moved:
    """Who goes along: whom the new terminal's rules take, and whom this site does not know.

    Of the unknown no finger does, and nobody goes under the number of somebody else there.
    """
    people, fingers = SitePeople(tx, give_way), _fingers_by_pin(held)
    known = people.known_by_pin(old.id, [person.pin for person in held.people])
    there = people.numbers_on(new)
    taken = set(there.values())
    based = bases_of(tx, [person.id for person in known.values()])
    deleted = deleted_fingers(tx, old)
    fits = algorithm_of(old) == algorithm_of(new)
    wanted, unfit, baseless = [], 0, 0
    for person in held.people:
        own, who = fingers[person.pin], known.get(person.pin)
        pin = person.pin if who is None else there.get(who.id)
        if pin is None or (who is None and pin in taken):
            continue
        if not fits:
            unfit, own = unfit + len(own), []
        if who is None or who.id not in based:
            baseless, own = baseless + len(own), []
        gone = deleted.get(who.id, ()) if who else ()
        kept = [FingerTemplate(pin, f.finger, f.template, f.valid) for f in own]
        name = who.name if who else person.name
        wanted.append(WantedPerson(pin, name, tuple(f for f in kept if f.finger not in gone)))
    return Moved(tuple(wanted), unfit, baseless)


def _fingers_by_pin(held: Inventory) -> dict[str, list[FingerTemplate]]:
    fingers: dict[str, list[FingerTemplate]] = defaultdict(list)
    for finger in held.fingers:
        fingers[finger.pin].append(finger)
    return fingers


async def _settings_of(unit: TerminalDevice) -> dict[str, str] | None:
    """The settings to copy when a unit is replaced; None if the unit has none to read."""
    try:
        return await unit.copied_options()
    except Unsupported:
        return None
