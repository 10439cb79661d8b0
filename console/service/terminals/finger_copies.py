"""Fingers at terminals: enrolled at one, fetched, copied to the others of its kind, and taken off all of them. P14."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from sqlalchemy import Select, select

from bridge.terminals.errors import BridgeError
from bridge.terminals.terminal import Capability, Finger, Person, Terminal
from console.api import tasks as api
from console.domain.errors import DomainError, NotFound
from console.domain.fingers import ON_TERMINALS
from console.domain.terminals import TerminalStatus
from console.service.tasks import Task, TaskBody
from console.service.terminals import adoption
from console.service.terminals import plans as reconcile
from console.service.terminals.sessions import known_capabilities
from console.service.tools import Service
from console.store import schema
from console.store.schema import Employee, FingerBlob

TouchUnit = Callable[[Terminal, str, str], Awaitable[None]]
"""Does something on one terminal, where the person has this number and this name."""


class FingerCopies:
    """Each method makes the act of one work."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def enrol(self, terminal_id: str, employee_id: str, finger: int, actor: str) -> TaskBody:
        """At the terminal, then fetched, kept, and written to the other terminals of its kind."""

        async def run(task: Task) -> api.TaskResult:
            pin, name = await asyncio.to_thread(self._pin_of, terminal_id, employee_id)
            async with self._service.units.talk(terminal_id) as unit:
                if pin not in {person.pin for person in await unit.people()}:
                    await unit.write_people([Person(pin=pin, name=name)])
                async with aclosing(unit.enrol_finger(pin, finger)) as said:  # type: ignore[type-var]
                    async for text in said:
                        task.say(text)
                people = [person for person in await unit.people() if person.pin == pin]
                made = [
                    found
                    for found in await unit.fingers()
                    if (found.pin, found.finger) == (pin, finger)
                ]
            await asyncio.to_thread(
                adoption.adopt,
                self._service,
                terminal_id,
                people,
                made,
                [(pin, employee_id)],
                actor,
            )
            text = await self._copy(task, terminal_id, employee_id, made[0], actor) if made else ""
            return api.TaskResult(
                text=f"The {ON_TERMINALS[finger].words} is enrolled and kept. {text}".strip()
            )

        return run

    async def _copy(
        self, task: Task, source_id: str, employee_id: str, made: Finger, actor: str
    ) -> str:
        """To the others that can read it. A terminal that cannot be reached gets it by its next plan."""
        others = await asyncio.to_thread(self._of_its_kind, source_id)

        async def write(unit: Terminal, pin: str, name: str) -> None:
            if pin not in {person.pin for person in await unit.people()}:
                await unit.write_people([Person(pin=pin, name=name)])
            await unit.write_fingers([Finger(pin, made.finger, made.template, made.valid)])

        return await self._on_each(
            task,
            others,
            employee_id,
            "Copying to",
            "Copied to",
            write,
            ("copy_finger", [made.finger], actor),
        )

    def remove(self, employee_id: str, fingers: list[int], actor: str) -> TaskBody:
        """Off every terminal that may hold one. Those that cannot be reached lose them by their next plan."""

        async def run(task: Task) -> api.TaskResult:
            holders = await asyncio.to_thread(self._holders, employee_id, fingers)

            async def erase(unit: Terminal, pin: str, name: str) -> None:
                if pin in {person.pin for person in await unit.people()}:
                    await unit.remove_fingers([(pin, finger) for finger in fingers])

            text = await self._on_each(
                task,
                holders,
                employee_id,
                "Asking",
                "Taken off",
                erase,
                ("remove_finger", fingers, actor),
            )
            return api.TaskResult(text=text or "No terminal holds it.")

        return run

    async def _on_each(
        self,
        task: Task,
        rows: list[schema.Terminal],
        employee_id: str,
        doing: str,
        did: str,
        act: TouchUnit,
        note: tuple[str, list[int], str],
    ) -> str:
        """Does it on each terminal, one after the other; what came of it, in words."""
        kind, fingers, actor = note
        problems = []
        for done, row in enumerate(rows):
            task.progress(done, len(rows))
            task.say(f"{doing} {row.name}")
            try:
                pin, name = await asyncio.to_thread(self._pin_of, row.id, employee_id)
                async with self._service.units.talk(row.id) as unit:
                    await act(unit, pin, name)
                await asyncio.to_thread(self._note, row.id, kind, fingers, actor)
            except (BridgeError, DomainError) as error:
                problems.append(f"{row.name}: {error}")
        if not rows:
            return ""
        text = f"{did} {len(rows) - len(problems)} of {len(rows)} terminals."
        return (
            text
            if not problems
            else f"{text} {' '.join(problems)} The next plan of a terminal makes up for it."
        )

    def _note(self, terminal_id: str, kind: str, fingers: list[int], actor: str) -> None:
        with self._service.store.write() as session:
            reconcile.note_receipt(
                self._service,
                session,
                terminal_id,
                actor,
                kind,
                {"fingers": ", ".join(ON_TERMINALS[finger].words for finger in fingers)},
            )

    def _of_its_kind(self, source_id: str) -> list[schema.Terminal]:
        with self._service.store.read() as session:
            algorithm = reconcile.algorithm_of(session.get_one(schema.Terminal, source_id))
            rows = session.scalars(_approved().where(schema.Terminal.id != source_id))
            return [
                row
                for row in rows
                if algorithm and reconcile.algorithm_of(row) == algorithm and _takes_fingers(row)
            ]

    def _holders(self, employee_id: str, fingers: list[int]) -> list[schema.Terminal]:
        with self._service.store.read() as session:
            query = select(FingerBlob.algorithm).where(
                FingerBlob.employee_id == employee_id, FingerBlob.finger.in_(fingers)
            )
            algorithms = set(session.scalars(query.where(FingerBlob.removed_at.is_not(None))))
            return [
                row
                for row in session.scalars(_approved())
                if reconcile.algorithm_of(row) in algorithms and _takes_fingers(row)
            ]

    def _pin_of(self, terminal_id: str, employee_id: str) -> tuple[str, str]:
        with self._service.store.read() as session:
            employee = session.get(Employee, employee_id)
            if employee is None:
                raise NotFound("This employee does not exist any more.")
            query = select(schema.PinMap.pin).where(
                schema.PinMap.terminal_id == terminal_id, schema.PinMap.employee_id == employee_id
            )
            return session.scalars(query).first() or employee.number, reconcile.full_name(employee)


def _approved() -> Select[schema.Terminal]:
    return (
        select(schema.Terminal)
        .where(schema.Terminal.status == TerminalStatus.APPROVED)
        .order_by(schema.Terminal.name)
    )


def _takes_fingers(row: schema.Terminal) -> bool:
    return known_capabilities(row).get(Capability.WRITE_FINGERS, False)
