"""Fingers at terminals: enrolled at one, copied to others of its kind, removed from all. P14."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from sqlalchemy import Select, select

from bridge.terminals.errors import BridgeError, NotConfirmed
from bridge.terminals.terminal import Capability, FingerTemplate, Person, TerminalDevice
from console.api import tasks as api
from console.domain.errors import Conflict, DomainError, NotFound
from console.domain.fingers import ON_TERMINALS
from console.domain.kept_texts import said
from console.domain.language import labelled, msgid, paragraph, tr
from console.domain.terminals import TerminalStatus
from console.service.pools import Pool, Pools
from console.service.tasks import RunningTask, TaskBody
from console.service.terminals.adoption import Adoption, Statement
from console.service.terminals.inventory import Inventory
from console.service.terminals.registry import algorithm_of, known_capabilities, note_receipt
from console.service.terminals.sessions import TerminalSessions
from console.service.terminals.unit_numbers import give_number, number_on
from console.store import schema
from console.store.database import Store
from console.store.queries.access_rules import access_map, claimant
from console.store.queries.people import full_name
from console.store.queries.placements import forget_faces, note_written, unsettle
from console.store.schema import Employee, FingerBlob

TouchUnit = Callable[[TerminalDevice, Person, str], Awaitable[None]]
"""Does something on the terminal with this id for a person, as it knows them."""


@dataclass(frozen=True, kw_only=True)
class _Round:
    """The same action on several terminals. doing, did: texts; kind: of the receipts."""

    doing: str
    did: str
    kind: str
    employee_id: str
    fingers: list[int]
    actor: str
    touch: TouchUnit


class FingerCopies:
    """Each method makes the body of one task."""

    def __init__(
        self, *, store: Store, pools: Pools, sessions: TerminalSessions, adoption: Adoption
    ) -> None:
        self._store, self._pools = store, pools
        self._sessions, self._adoption = sessions, adoption

    def enrol(self, terminal_id: str, employee_id: str, finger: int, actor: str) -> TaskBody:
        """Enrols at the terminal, stores the template, and copies it to terminals of the same kind.

        finger: 0 to 9, as terminals number them.
        """

        async def run(task: RunningTask) -> api.TaskResult:
            await self._pools.run(Pool.TERMINAL, self._check_taken, terminal_id, employee_id)
            person = await self._pools.run(Pool.TERMINAL, self._person, terminal_id, employee_id)
            await self._pools.run(Pool.TERMINAL, self._note_begin, terminal_id, person.pin)
            try:
                async with self._sessions.session(terminal_id) as unit:
                    await self._add_if_missing(unit, person, terminal_id)
                    found = await _enrol(task, unit, person, finger)
            finally:
                await self._pools.run(Pool.TERMINAL, self._decide_anew, employee_id)
            pairs = [(person.pin, employee_id)]
            nothing_stated = Statement("", actor)
            await self._pools.run(
                Pool.TASK, self._adoption.adopt, terminal_id, found, pairs, nothing_stated
            )
            text = ""
            for made in found.fingers:
                text = await self._copy(task, terminal_id, employee_id, made, actor)
            enrolled = tr("Enrolled and stored: {finger}.", finger=tr(ON_TERMINALS[finger].words))
            return api.TaskResult(text=paragraph(enrolled, text))

        return run

    async def _copy(
        self, task: RunningTask, source_id: str, employee_id: str, made: FingerTemplate, actor: str
    ) -> str:
        """Copies to the others of its kind. Its next plan serves one that cannot be reached."""

        async def write(unit: TerminalDevice, person: Person, terminal_id: str) -> None:
            await self._pools.run(Pool.TERMINAL, self._note_begin, terminal_id, person.pin)
            try:
                await self._add_if_missing(unit, person, terminal_id)
                copy = FingerTemplate(person.pin, made.finger, made.template, made.valid)
                await unit.write_fingers([copy])
            finally:
                await self._pools.run(Pool.TERMINAL, self._decide_anew, employee_id)

        others = await self._pools.run(
            Pool.TERMINAL, self._others_of_its_kind, source_id, employee_id
        )
        copying = _Round(
            doing=msgid("Copying to {terminal}"),
            did=msgid("Copied to {done} of {all} terminals."),
            kind="copy_finger",
            employee_id=employee_id,
            fingers=[made.finger],
            actor=actor,
            touch=write,
        )
        return await self._on_each(task, others, copying)

    def remove(self, employee_id: str, fingers: list[int], actor: str) -> TaskBody:
        """Removes fingers from every terminal that may hold one.

        A terminal that cannot be reached loses them by its next plan.

        fingers: 0 to 9, as terminals number them.
        """

        async def erase(unit: TerminalDevice, person: Person, _terminal_id: str) -> None:
            if person.pin in {held.pin for held in await unit.people()}:
                await unit.remove_fingers([(person.pin, finger) for finger in fingers])

        removal = _Round(
            doing=msgid("Asking {terminal}"),
            did=msgid("Removed from {done} of {all} terminals."),
            kind="remove_finger",
            employee_id=employee_id,
            fingers=fingers,
            actor=actor,
            touch=erase,
        )

        async def run(task: RunningTask) -> api.TaskResult:
            holders = await self._pools.run(Pool.TERMINAL, self._holders, employee_id, fingers)
            text = await self._on_each(task, holders, removal)
            return api.TaskResult(text=text or tr("No terminal holds it."))

        return run

    async def _on_each(
        self, task: RunningTask, rows: Sequence[schema.Terminal], what: _Round
    ) -> str:
        """Runs it on one terminal after the other. Returns the result in words."""
        problems = []
        for done, row in enumerate(rows):
            task.progress(done, len(rows))
            task.say(tr(what.doing, terminal=row.name))
            try:
                person = await self._pools.run(
                    Pool.TERMINAL, self._person, row.id, what.employee_id
                )
                async with self._sessions.session(row.id) as unit:
                    await what.touch(unit, person, row.id)
                await self._pools.run(Pool.TERMINAL, self._note, row.id, what)
            except (BridgeError, DomainError) as error:
                problems.append(labelled(row.name, said(str(error))))
        if not rows:
            return ""
        text = tr(what.did, done=len(rows) - len(problems), all=len(rows))
        later = tr("The next plan of a terminal makes up for it.") if problems else ""
        return paragraph(text, *problems, later)

    def _note_begin(self, terminal_id: str, pin: str) -> None:
        """The person may be there from now on, with the finger, also if it fails half way."""
        with self._store.write() as tx:
            note_written(tx, terminal_id, [pin])

    async def _add_if_missing(self, unit: TerminalDevice, person: Person, terminal_id: str) -> None:
        """Whoever is not on a terminal has no face there either, whatever it had shown before."""
        if person.pin not in {held.pin for held in await unit.people()}:
            await self._pools.run(Pool.TERMINAL, self._forget_face, terminal_id, person.pin)
            await unit.write_people([person])

    def _forget_face(self, terminal_id: str, pin: str) -> None:
        with self._store.write() as tx:
            forget_faces(tx, terminal_id, [pin])

    def _decide_anew(self, employee_id: str) -> None:
        with self._store.write() as tx:
            unsettle(tx, [employee_id])

    def _note(self, terminal_id: str, what: _Round) -> None:
        words = ", ".join(ON_TERMINALS[finger].words for finger in what.fingers)
        with self._store.write(what.actor) as tx:
            note_receipt(tx, terminal_id, what.kind, {"fingers": words})

    def _check_taken(self, terminal_id: str, employee_id: str) -> None:
        """Raises Conflict where the rules of a terminal do not take the person."""
        with self._store.read() as tx:
            if not access_map(tx).allows(claimant(tx, employee_id), terminal_id):
                name = tx.get_one(schema.Terminal, terminal_id).name
                raise Conflict(
                    tr(
                        "The rules of {name} do not take this person. "
                        "Enrol at another terminal, or change its rules.",
                        name=name,
                    )
                )

    def _others_of_its_kind(self, source_id: str, employee_id: str) -> list[schema.Terminal]:
        """Those that take the person."""
        with self._store.read() as tx:
            access, person = access_map(tx), claimant(tx, employee_id)
            algorithm = algorithm_of(tx.get_one(schema.Terminal, source_id))
            rows = tx.scalars(_approved().where(schema.Terminal.id != source_id))
            return [
                row
                for row in rows
                if algorithm
                and algorithm_of(row) == algorithm
                and _takes_fingers(row)
                and access.allows(person, row.id)
            ]

    def _holders(self, employee_id: str, fingers: list[int]) -> list[schema.Terminal]:
        query = select(FingerBlob.algorithm).where(
            FingerBlob.employee_id == employee_id,
            FingerBlob.finger.in_(fingers),
            FingerBlob.removed_at.is_not(None),
        )
        with self._store.read() as tx:
            algorithms = set(tx.scalars(query))
            return [
                row
                for row in tx.scalars(_approved())
                if algorithm_of(row) in algorithms and _takes_fingers(row)
            ]

    def _person(self, terminal_id: str, employee_id: str) -> Person:
        """An employee as a terminal knows them. Raises NotFound, Conflict."""
        with self._store.read() as tx:
            employee = tx.get(Employee, employee_id)
            if employee is None:
                raise NotFound(tr("This employee does not exist any more."))
            name = full_name(employee)
            pin = number_on(tx, tx.get_one(schema.Terminal, terminal_id), employee)
        if pin is None:
            with self._store.write() as tx:
                row = tx.get_one(schema.Terminal, terminal_id)
                pin = give_number(tx, row, tx.get_one(Employee, employee_id))
        return Person(pin=pin, name=name)


async def _enrol(task: RunningTask, unit: TerminalDevice, person: Person, finger: int) -> Inventory:
    """Lets the unit scan the finger. Returns the person and the finger as the unit holds them."""
    async with aclosing(unit.enrol_finger(person.pin, finger)) as said:  # type: ignore[type-var]  # the interface promises an iterator, dialects give generators
        async for text in said:
            task.say(text)
    people = [held for held in await unit.people() if held.pin == person.pin]
    made = [
        held for held in await unit.fingers() if (held.pin, held.finger) == (person.pin, finger)
    ]
    if not made:
        raise NotConfirmed(
            msgid("The terminal says that it enrolled the finger, but hands out none.")
        )
    return Inventory(people, made, unit.name_bytes)


def _approved() -> Select[schema.Terminal]:
    return (
        select(schema.Terminal)
        .where(schema.Terminal.status == TerminalStatus.APPROVED)
        .order_by(schema.Terminal.name)
    )


def _takes_fingers(row: schema.Terminal) -> bool:
    return known_capabilities(row).get(Capability.WRITE_FINGERS, False)
