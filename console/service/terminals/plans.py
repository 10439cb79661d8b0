"""What a terminal should hold against what it holds: plans, receipts, adoption of people it already has. N6, P8 to P11."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.orm import Session

from bridge.terminals.plan import (
    Plan,
    Receipt,
    StepKind,
    Wanted,
    apply,
    digest,
    fingerprint_of,
    make_plan,
)
from bridge.terminals.terminal import Capability, Finger, Person, Terminal
from console.api import tasks as api
from console.domain.errors import Conflict, Invalid
from console.domain.fingers import ON_TERMINALS
from console.domain.terminals import ProvisionState
from console.service.tasks import Task
from console.service.terminals.log_book import people_by_pin
from console.service.terminals.sessions import known_capabilities, learn
from console.service.tools import Service
from console.store import audit, schema
from console.store.columns import new_id
from console.store.database import changed
from console.store.schema import Employee, Enrolment, FingerBlob, InventoryEntry, PinMap, Provision

PLAN_KEPT = timedelta(minutes=30)
"""A plan is what a terminal held when it was made; older ones are made again."""
_WORDS = {
    StepKind.ADD: "Add {becomes}",
    StepKind.RENAME: "Rename “{was}” to “{becomes}”",
    StepKind.REMOVE: "Remove “{was}” and all that belongs to them",
    StepKind.ADD_FINGER: "Add the {finger}",
    StepKind.REPLACE_FINGER: "Replace the {finger}",
    StepKind.REMOVE_FINGER: "Remove the {finger}, deleted here",
}


@dataclass(frozen=True)
class KeptPlan:
    """A plan that was shown. settings: options that go along when a unit is replaced."""

    id: str
    terminal_id: str
    plan: Plan
    made_at: object
    confirm: str
    settings: tuple[tuple[str, str], ...] = ()


class Reconciler:
    """Plans lie here between being shown and being applied."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._plans: dict[str, KeptPlan] = {}

    async def plan(self, task: Task, terminal_id: str, remove_unknown: bool) -> api.Plan:
        """Reads the terminal and says what would be done to it."""
        task.say("Reading the terminal")
        async with self._service.units.talk(terminal_id) as unit:
            people, fingers = await read_all(unit, task)
        return self.lay_out(terminal_id, people, fingers, remove_unknown)

    def lay_out(
        self,
        terminal_id: str,
        people: list[Person],
        fingers: list[Finger],
        remove_unknown: bool,
        settings: tuple[tuple[str, str], ...] = (),
        more: Iterable[Wanted] = (),
    ) -> api.Plan:
        """Compares, notes what was seen, and keeps the plan for `apply`."""
        with self._service.store.write() as session:
            row = session.get_one(schema.Terminal, terminal_id)
            wanted = {
                want.pin: want
                for want in [
                    *more,
                    *_known(session, row, people),
                    *wanted_on(self._service, session, row),
                ]
            }
            record_inventory(session, row, people, fingers, self._service)
            left = departed(session, terminal_id, [person.pin for person in people])
            plan = make_plan(
                wanted.values(), people, fingers, remove_unknown, known_capabilities(row), left
            )
            confirm = row.name if plan.destructive else ""
        kept = KeptPlan(
            uuid.uuid4().hex, terminal_id, plan, self._service.clock(), confirm, settings
        )
        self._plans[kept.id] = kept
        return as_struct(kept)

    def take(self, plan_id: str, confirm: str) -> KeptPlan:
        """The plan, once. Raises Conflict when it is too old, Invalid when a destructive one is not confirmed."""
        kept = self._plans.get(plan_id)
        if kept is None or self._service.clock() - kept.made_at > PLAN_KEPT:  # type: ignore[operator]
            raise Conflict(
                "This plan is too old. Make it again: it starts from what the terminal holds now."
            )
        if kept.confirm and confirm.strip() != kept.confirm:
            raise Invalid(
                "confirm",
                f"This plan removes people. Type the terminal's name, “{kept.confirm}”, to confirm.",
            )
        del self._plans[plan_id]
        return kept

    async def apply(self, task: Task, kept: KeptPlan, actor: str) -> Receipt:
        """Does it, reads it back, and writes the receipt."""
        task.say("Writing to the terminal")
        async with self._service.units.talk(kept.terminal_id) as unit:
            receipt = await apply(unit, kept.plan, task.progress)
            for name, value in kept.settings:
                task.say(f"Setting {name}")
                await unit.set_option(name, value)  # type: ignore[attr-defined]
            task.say("Reading back")
            people, fingers = await read_all(unit, task)
        self._note(kept, receipt, people, fingers, actor)
        return receipt

    def _note(
        self,
        kept: KeptPlan,
        receipt: Receipt,
        people: list[Person],
        fingers: list[Finger],
        actor: str,
    ) -> None:
        detail = {
            "added": receipt.added,
            "renamed": receipt.renamed,
            "removed": receipt.removed,
            "fingers": receipt.fingers,
            "people_on_unit": receipt.people_on_unit,
            "settings": len(kept.settings),
        }
        with self._service.store.write() as session:
            row = session.get_one(schema.Terminal, kept.terminal_id)
            note_receipt(self._service, session, row.id, actor, "plan", {**detail})
            learn(session, row, {Capability.WRITE_PEOPLE: True}, self._service.clock())
            record_inventory(session, row, people, fingers, self._service)
            added = {step.pin for step in kept.plan.steps if step.kind is StepKind.ADD}
            _send_faces_again(self._service, session, row.id, added)


async def read_all(unit: Terminal, task: Task) -> tuple[list[Person], list[Finger]]:
    """People and fingers, the latter only where the unit gives them."""
    people = await unit.people(task.progress)
    can = await unit.capabilities()
    fingers = await unit.fingers(task.progress) if can.get(Capability.READ_FINGERS) else []
    return people, fingers


def note_receipt(
    service: Service,
    session: Session,
    terminal_id: str,
    actor: str,
    kind: str,
    detail: dict[str, object],
) -> None:
    """Something was done to a terminal and seen to be done."""
    session.add(
        schema.Receipt(
            id=new_id(),
            terminal_id=terminal_id,
            at=service.clock(),
            actor=actor,
            kind=kind,
            detail=detail,
        )
    )
    audit.record(session, service.clock(), actor, f"terminal.{kind}", terminal_id, **detail)
    changed(session, "terminals", terminal_id)


def algorithm_of(row: schema.Terminal) -> str:
    """Blobs move only between units of the same; "" where the unit has not said."""
    info = row.info
    return str(
        info.get("algorithm") or (f"finger {info['fpversion']}" if info.get("fpversion") else "")
    )


def wanted_on(service: Service, session: Session, row: schema.Terminal) -> list[Wanted]:
    """Who belongs on a terminal: active people who are enrolled, with their fingers as far as they fit it."""
    wanted = []
    deleted = _deleted(session, row)
    for pin, employee, blobs in _belonging(session, row):
        fingers = tuple(_open(service, session, employee.id, pin, blob) for blob in blobs)
        wanted.append(Wanted(pin, full_name(employee), fingers, deleted.get(employee.id, ())))
    return wanted


def _deleted(session: Session, row: schema.Terminal) -> dict[str, tuple[int, ...]]:
    """Fingers that were deleted here and may still be on such terminals, by employee."""
    query = select(FingerBlob.employee_id, FingerBlob.finger).where(
        FingerBlob.removed_at.is_not(None)
    )
    found: dict[str, tuple[int, ...]] = {}
    for employee_id, finger in session.execute(
        query.where(FingerBlob.algorithm == algorithm_of(row))
    ).tuples():
        found[employee_id] = (*found.get(employee_id, ()), finger)
    return found


def _belonging(
    session: Session, row: schema.Terminal
) -> Iterator[tuple[str, Employee, list[FingerBlob]]]:
    """(number on this terminal, employee, fingers that fit it)."""
    algorithm = algorithm_of(row)
    blobs: dict[str, list[FingerBlob]] = {}
    kept = select(FingerBlob).where(
        FingerBlob.algorithm == algorithm, FingerBlob.removed_at.is_(None)
    )
    for blob in session.scalars(kept) if algorithm else ():
        blobs.setdefault(blob.employee_id, []).append(blob)
    mapped = dict(
        session.execute(select(PinMap.employee_id, PinMap.pin).where(PinMap.terminal_id == row.id))
        .tuples()
        .all()
    )
    with_face, with_finger = (
        select(Enrolment.employee_id).where(Enrolment.live),
        select(FingerBlob.employee_id).where(FingerBlob.removed_at.is_(None)),
    )
    enrolled = select(Employee).where(
        Employee.active, or_(Employee.id.in_(with_face), Employee.id.in_(with_finger))
    )
    for employee in session.scalars(enrolled):
        yield mapped.get(employee.id, employee.number), employee, blobs.get(employee.id, [])


def full_name(employee: Employee) -> str:
    return f"{employee.first_name} {employee.last_name}".strip()


def _known(session: Session, row: schema.Terminal, people: list[Person]) -> list[Wanted]:
    """Active employees whom the terminal knows already: they stay, under the name they have here."""
    found = people_by_pin(session, row.id, {person.pin for person in people})
    active = {
        employee.id: employee
        for employee in session.scalars(select(Employee).where(Employee.active))
    }
    deleted = _deleted(session, row)
    return [
        Wanted(pin, full_name(active[employee_id]), deleted=deleted.get(employee_id, ()))
        for pin, employee_id in found.items()
        if employee_id in active
    ]


def _open(
    service: Service, session: Session, employee_id: str, pin: str, blob: FingerBlob
) -> Finger:
    plain = service.vault.open(
        session, employee_id, "finger_blob", blob.id, "template", blob.template
    )
    return Finger(pin, blob.finger, plain, blob.valid)


def departed(session: Session, terminal_id: str, pins: list[str]) -> set[str]:
    """Numbers on the terminal whose employees are not active any more."""
    gone = set()
    for start in range(0, len(pins), 1000):
        people = people_by_pin(session, terminal_id, set(pins[start : start + 1000]))
        left = set(
            session.scalars(
                select(Employee.id).where(
                    Employee.id.in_(people.values()), Employee.active.is_(False)
                )
            )
        )
        gone |= {pin for pin, employee_id in people.items() if employee_id in left}
    return gone


def record_inventory(
    session: Session,
    row: schema.Terminal,
    people: list[Person],
    fingers: list[Finger],
    service: Service,
) -> None:
    """What the terminal was seen to hold, by digest; and how far that is from what it should hold."""
    by_pin: dict[str, list[tuple[int, str]]] = {}
    for finger in fingers:
        by_pin.setdefault(finger.pin, []).append((finger.finger, fingerprint_of(finger.template)))
    now = service.clock()
    session.execute(delete(InventoryEntry).where(InventoryEntry.terminal_id == row.id))
    rows = [
        {
            "terminal_id": row.id,
            "pin": pin,
            "seen_at": now,
            "digest": digest(pin, person.name, by_pin.get(pin, [])),
        }
        for pin, person in {person.pin: person for person in people}.items()
    ]
    if rows:
        session.execute(insert(InventoryEntry), rows)
    row.counts = {**row.counts, "people": len(people), "fingers": len(fingers)}
    note_out_of_sync(session, row)


def note_out_of_sync(session: Session, row: schema.Terminal) -> None:
    """How many people differ between what the terminal was last seen to hold and what it should hold. P10."""
    held = dict(
        session.execute(
            select(InventoryEntry.pin, InventoryEntry.digest).where(
                InventoryEntry.terminal_id == row.id
            )
        )
        .tuples()
        .all()
    )
    if not held and "out_of_sync" not in row.counts:
        return
    takes_fingers = known_capabilities(row).get(Capability.WRITE_FINGERS, False)
    differs = len(departed(session, row.id, list(held)))
    for pin, employee, blobs in _belonging(session, row):
        fingers = [(blob.finger, blob.identity) for blob in blobs] if takes_fingers else []
        differs += held.get(pin) != digest(pin, full_name(employee), fingers)
    if row.counts.get("out_of_sync") != differs:
        row.counts = {**row.counts, "out_of_sync": differs}
        changed(session, "terminals", row.id)


def _send_faces_again(service: Service, session: Session, terminal_id: str, pins: set[str]) -> None:
    """People who were missing on a terminal lost their face with it."""
    query = (
        select(Provision)
        .join(Enrolment, Enrolment.id == Provision.enrolment_id)
        .join(Employee, Employee.id == Enrolment.employee_id)
        .where(Provision.terminal_id == terminal_id, Enrolment.live, Employee.number.in_(pins))
        .where(Provision.state.in_((ProvisionState.CONFIRMED, ProvisionState.FAILED)))
    )
    for provision in session.scalars(query):
        provision.state, provision.attempt, provision.run_at = (
            ProvisionState.WAITING,
            provision.attempt + 1,
            service.clock(),
        )
        provision.confirmed_at = None
        service.jobs.demand(session, "provision", provision.id, provision.attempt, terminal_id)


def as_struct(kept: KeptPlan) -> api.Plan:
    plan = kept.plan
    steps = [
        api.PlanStep(
            kind=step.kind,
            pin=step.pin,
            text=_WORDS[step.kind].format(
                was=step.was,
                becomes=step.becomes,
                finger=ON_TERMINALS[step.finger.finger].words if step.finger else "",
            ),
        )
        for step in plan.steps
    ]
    unknown = [
        api.PlanStep(kind="unknown", pin=person.pin, text=person.name or "without a name")
        for person in plan.unknown
    ]
    return api.Plan(
        id=kept.id,
        terminal_id=kept.terminal_id,
        steps=steps,
        unknown=unknown,
        same=plan.same,
        bytes=plan.bytes,
        seconds=round(plan.seconds, 1),
        destructive=plan.destructive,
        confirm=kept.confirm,
    )
