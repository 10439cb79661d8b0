"""Taking over the people that a terminal already has, with their fingers. P8, P9."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.terminals.plan import fingerprint_of
from bridge.terminals.terminal import Finger, Person
from console.api import tasks as api
from console.domain.errors import Conflict, NotFound
from console.service.terminals import plans as reconcile
from console.service.terminals.log_book import people_by_pin
from console.service.tools import Service
from console.store import schema
from console.store.columns import new_id
from console.store.database import changed
from console.store.schema import Employee, FingerBlob, PinMap


def candidates(
    session: Session, terminal_id: str, people: list[Person], fingers: list[Finger]
) -> list[api.Candidate]:
    """Who the people on a terminal may be: by number, then by a name that only one employee has. P9."""
    everybody = {employee.id: employee for employee in session.scalars(select(Employee))}
    known = people_by_pin(session, terminal_id, {person.pin for person in people})
    by_name: dict[str, list[Employee]] = {}
    for employee in everybody.values():
        by_name.setdefault(reconcile.full_name(employee).casefold(), []).append(employee)
    count: dict[str, int] = {}
    for finger in fingers:
        count[finger.pin] = count.get(finger.pin, 0) + 1
    rows = []
    for person in people:
        same_name = by_name.get(person.name.casefold(), [])
        found, how = everybody.get(known.get(person.pin, "")), "number"
        if found is None and len(same_name) == 1:
            found, how = same_name[0], "name"
        name = reconcile.full_name(found) if found else ""
        rows.append(
            api.Candidate(
                pin=person.pin,
                name=person.name,
                fingers=count.get(person.pin, 0),
                employee_id=found.id if found else "",
                employee=name,
                how=how if found else "nobody",
            )
        )
    return rows


def adopt(
    service: Service,
    terminal_id: str,
    people: list[Person],
    fingers: list[Finger],
    pairs: list[tuple[str, str]],
    actor: str,
) -> tuple[int, int]:
    """Takes people and their fingers over from a terminal; (new employees, fingers). Raises NotFound, Conflict."""
    held = {person.pin: person for person in people}
    made = taken = 0
    with service.store.write() as session:
        row = session.get_one(schema.Terminal, terminal_id)
        for pin, employee_id in pairs:
            person = held.get(pin)
            if person is None:
                raise NotFound(f"Number {pin} is not on the terminal any more. Read it again.")
            employee = session.get(Employee, employee_id) if employee_id else None
            if employee_id and employee is None:
                raise NotFound("One of the employees does not exist any more.")
            if employee is None:
                employee = _new_employee(service, session, person)
                made += 1
            _map_pin(session, terminal_id, pin, employee)
            taken += _keep_fingers(
                service, session, row, employee, [f for f in fingers if f.pin == pin], actor
            )
        reconcile.note_receipt(
            service,
            session,
            terminal_id,
            actor,
            "adopt",
            {"people": len(pairs), "new": made, "fingers": taken},
        )
        changed(session, "employees")
    return made, taken


def _map_pin(session: Session, terminal_id: str, pin: str, employee: Employee) -> None:
    """Remembers that the terminal knows the person by another number."""
    before = session.get(PinMap, (terminal_id, pin))
    if before is not None:
        session.delete(before)
        session.flush()
    if pin != employee.number:
        session.add(PinMap(terminal_id=terminal_id, pin=pin, employee_id=employee.id))


def _new_employee(service: Service, session: Session, person: Person) -> Employee:
    if (
        session.scalars(select(Employee.id).where(Employee.number == person.pin)).first()
        is not None
    ):
        raise Conflict(f"Number {person.pin} belongs to somebody already.")
    first, _, last = person.name.strip().rpartition(" ")
    now = service.clock()
    employee = Employee(
        id=new_id(),
        number=person.pin,
        first_name=first,
        last_name=last or person.pin,
        email="",
        department="",
        active=True,
        sort_name=f"{last or person.pin} {first}".strip().lower(),
        created_at=now,
        updated_at=now,
    )
    session.add(employee)
    session.flush()
    return employee


def _keep_fingers(
    service: Service,
    session: Session,
    row: schema.Terminal,
    employee: Employee,
    fingers: list[Finger],
    actor: str,
) -> int:
    algorithm = reconcile.algorithm_of(row)
    for finger in fingers:
        query = select(FingerBlob).where(
            FingerBlob.employee_id == employee.id,
            FingerBlob.finger == finger.finger,
            FingerBlob.algorithm == algorithm,
        )
        blob = session.scalars(query).first()
        row_id = blob.id if blob else new_id()
        sealed = service.vault.seal(
            session, employee.id, "finger_blob", row_id, "template", finger.template
        )
        if blob is None:
            blob = FingerBlob(
                id=row_id, employee_id=employee.id, finger=finger.finger, algorithm=algorithm
            )
            session.add(blob)
        blob.valid, blob.template, blob.identity, blob.terminal_id = (
            finger.valid,
            sealed,
            fingerprint_of(finger.template),
            row.id,
        )
        blob.taken_by, blob.taken_at, blob.removed_at = actor, service.clock(), None
    session.flush()
    return len(fingers)
