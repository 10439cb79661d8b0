"""Every status of an employee meets every event of their life. PE1, PE4, N7, N17.

Each pair is refused with a typed reason, or leads to a named status; there is nothing else.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

import pytest
from sqlalchemy import select, update

from console.api.employee_lists import ImportEmployees
from console.domain.employee_lists import Effect
from console.domain.employees import EmployeeFields
from console.domain.erasure import ErasureState
from console.domain.errors import Conflict, DomainError, Invalid, NotFound
from console.domain.operators import Role
from console.domain.placements import PlacementState
from console.domain.validity import ValidDays
from console.service.callers import OperatorCaller
from console.service.people import erasure
from console.service.people.employees import fields_of, find_employee, save_employee
from console.service.people.holds import set_hold
from console.service.people.imports import ListImport
from console.service.people.merging import merge
from console.service.people.validity import ValidityUpkeep, in_force_now
from console.service.tasks import RunningTask
from console.store.database import Store
from console.store.queries.erasure import due_erasures, hold_again
from console.store.schema import Employee, Erasure, LegalHold, Operator, Placement
from console.store.unit_of_work import ReadTx, Tx
from tests.store.made import NOW, add_employee, add_terminal
from tests.support.clock import FakeClock

DAY = timedelta(days=1)
FIRST, SECOND = "a" * 32, "b" * 32
"""Two administrators."""


class Status(StrEnum):
    """What an employee is. Of those who are held or proposed, whatever they are besides."""

    IN_FORCE = "in force"
    LEFT = "has left"
    BARRED = "may not log in"
    NOT_YET = "begins tomorrow"
    NO_LONGER = "ended yesterday"
    HELD = "on legal hold"
    MERGED = "is one with another row"
    PROPOSED = "is to be erased, if a second administrator agrees"
    GOING = "is about to be erased"
    EMPTYING = "erased here, and a terminal may hold them"
    ERASED = "erased everywhere"


Outcome = Status | Effect | type[DomainError]
"""Effect.ERROR: what a list says of a line that it does not take."""


class Life:
    """People of one store, and what happens to each of them."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store, self.clock = store, clock
        with store.write() as tx:
            for one in (FIRST, SECOND):
                tx.add(an_admin(one))
            self.terminal = add_terminal(tx, "North gate").id
        self.job = erasure.ErasureJob(
            store,
            forget_lines=lambda numbers, names: 0,
            forget_face=lambda employee_id: None,
            forget_finger=lambda employee_id, position: None,
        )

    def hired(self) -> Employee:
        """Somebody in force."""
        with self.store.write() as tx:
            return add_employee(tx)

    def status_of(self, employee_id: str) -> Status:
        with self.store.read() as tx:
            row = tx.get(Employee, employee_id)
            mine = Erasure.employee_id == employee_id
            asked = tx.scalar(select(Erasure.state).where(mine))
            if row is None:
                assert asked is ErasureState.DONE
                return Status.ERASED
            assert row.erased is (asked is ErasureState.EMPTYING)
            if asked is not None:
                return OF_ERASURES[asked]
            if row.merged_into is not None:
                return Status.MERGED
            if tx.get(LegalHold, employee_id) is not None:
                return Status.HELD
            return standing_of(tx, row)

    def save(self, who: Employee, days: ValidDays | None = None, **changes: bool | str) -> None:
        with self.store.write(FIRST) as tx:
            row = find_employee(tx, who.id)
            kept = ValidDays(row.valid_from, row.valid_until)
            fields = replace(fields_of(row), **changes)  # type: ignore[arg-type]
            save_employee(tx, row.id, fields, days or kept)

    def add_again(self, who: Employee) -> None:
        with self.store.write(FIRST) as tx:
            save_employee(tx, "", EmployeeFields(who.number, "Tan", "Wei", "", ""), ValidDays())

    def list_says(self, who: Employee, active: str) -> Effect | None:
        """An import in which everything that surprises is agreed to."""
        request = ImportEmployees(
            data=f"number,active\n{who.number},{active}\n".encode(),
            apply=True,
            returns=True,
            leavers=True,
            duplicates=True,
        )
        actor = OperatorCaller(FIRST, "mei", "Mei Ling", Role.ADMIN, can_enrol=True)
        task = RunningTask(
            id="1",
            terminal_id="",
            title="",
            started_at=NOW,
            announce=lambda: None,
            give_way=lambda: None,
        )
        report = ListImport(self.store).body(request, actor)(task).imported
        assert report is not None
        assert report.written == report.counts.get(Effect.RETURNS, 0) + report.counts.get(
            Effect.LEAVES, 0
        )
        refused = [line for line in report.lines if line.effect is Effect.ERROR]
        assert all(line.note for line in refused)
        return Effect.ERROR if refused else None

    def hold(self, who: Employee, reason: str) -> None:
        with self.store.write(FIRST) as tx:
            set_hold(tx, find_employee(tx, who.id), reason)

    def merge(self, gone: Employee, keep: Employee) -> None:
        with self.store.write(FIRST) as tx:
            fields = EmployeeFields(keep.number, "Nur", "Aisyah", "", "")
            merge(tx, gone.id, keep.id, fields, ValidDays(), "")

    def erase(self, *people: Employee) -> str:
        with self.store.write(FIRST) as tx:
            typed = people[0].number if len(people) == 1 else str(len(people))
            return erasure.ask_to_erase(tx, [one.id for one in people], typed)

    def decide(self, who: Employee, act: Callable[[Tx, str], None]) -> None:
        """The second administrator decides about the erasure that was proposed."""
        with self.store.write(SECOND) as tx:
            batch = tx.scalar(select(Erasure.batch).where(Erasure.employee_id == who.id))
            act(tx, batch or "")

    def run_job(self) -> None:
        with self.store.read() as tx:
            due = [row_id for row_id, _ in tx.execute(due_erasures())]
        self.job.run(due)

    def terminals_show_it(self, who: Employee) -> None:
        self.run_job()
        with self.store.write() as tx:
            theirs = update(Placement).where(Placement.employee_id == who.id)
            tx.execute(theirs.values(state=PlacementState.CONFIRMED))
        self.run_job()

    def terminal_shows(self, who: Employee) -> None:
        with self.store.write() as tx:
            hold_again(tx, self.terminal, [who.number])

    def time_goes_by(self) -> None:
        self.clock.now += 365 * DAY
        ValidityUpkeep(self.store).run_once()

    def in_status(self) -> dict[Status, Employee]:
        """A person in each."""
        people = {one: self.hired() for one in Status}
        self.save(people[Status.LEFT], active=False)
        self.save(people[Status.BARRED], may_log_in=False)
        self.save(people[Status.NOT_YET], TO_COME)
        self.save(people[Status.NO_LONGER], OVER)
        self.hold(people[Status.HELD], "A lawsuit")
        self.merge(people[Status.MERGED], self.hired())
        for one in (Status.EMPTYING, Status.ERASED):
            self.erase(people[one])
        self.run_job()
        self.terminals_show_it(people[Status.ERASED])
        self.erase(people[Status.GOING])
        self.erase(people[Status.PROPOSED], self.hired())
        return people


def an_admin(operator_id: str) -> Operator:
    return Operator(
        id=operator_id,
        username=operator_id[:4],
        name="Mei Ling",
        role=Role.ADMIN,
        password_hash="",
        active=True,
        created_at=NOW,
    )


def standing_of(tx: ReadTx, row: Employee) -> Status:
    in_force = in_force_now(tx)(
        row.active, row.may_log_in, ValidDays(row.valid_from, row.valid_until)
    )
    assert row.in_force is in_force
    if in_force:
        return Status.IN_FORCE
    if not row.active:
        return Status.LEFT
    if not row.may_log_in:
        return Status.BARRED
    return Status.NOT_YET if row.valid_from is not None else Status.NO_LONGER


OF_ERASURES = {
    ErasureState.PROPOSED: Status.PROPOSED,
    ErasureState.ASKED: Status.GOING,
    ErasureState.EMPTYING: Status.EMPTYING,
}
TO_COME, OVER = ValidDays((NOW + DAY).date()), ValidDays(None, (NOW - DAY).date())
STAYS: dict[Status, Outcome] = {one: one for one in Status}
GONE = (Status.MERGED, Status.GOING, Status.EMPTYING, Status.ERASED)
NOT_FOUND: dict[Status, Outcome] = dict.fromkeys(GONE, NotFound)
NOT_LISTED: dict[Status, Outcome] = dict.fromkeys(GONE, Effect.ERROR)
WORKING = (Status.IN_FORCE, Status.BARRED, Status.NOT_YET, Status.NO_LONGER)
LEAVING: dict[Status, Outcome] = dict.fromkeys(WORKING, Status.LEFT)
NOTHING_PROPOSED: dict[Status, Outcome] = dict.fromkeys(Status, NotFound)
NUMBER_TAKEN: dict[Status, Outcome] = dict.fromkeys(Status, Invalid)
Happens = Callable[[Life, Employee], object]
EVENTS: dict[str, tuple[Happens, dict[Status, Outcome]]] = {
    "their name is changed": (
        lambda life, who: life.save(who, first_name="Siti"),
        STAYS | NOT_FOUND,
    ),
    "they leave": (
        lambda life, who: life.save(who, active=False),
        STAYS | LEAVING | NOT_FOUND,
    ),
    "they return": (
        lambda life, who: life.save(who, active=True),
        STAYS | {Status.LEFT: Status.IN_FORCE} | NOT_FOUND,
    ),
    "they may not log in any more": (
        lambda life, who: life.save(who, may_log_in=False),
        STAYS | dict.fromkeys(WORKING, Status.BARRED) | NOT_FOUND,
    ),
    "they may log in": (
        lambda life, who: life.save(who, may_log_in=True),
        STAYS | {Status.BARRED: Status.IN_FORCE} | NOT_FOUND,
    ),
    "their first day is tomorrow": (
        lambda life, who: life.save(who, TO_COME),
        STAYS | {Status.IN_FORCE: Status.NOT_YET, Status.NO_LONGER: Status.NOT_YET} | NOT_FOUND,
    ),
    "their last day was yesterday": (
        lambda life, who: life.save(who, OVER),
        STAYS | {Status.IN_FORCE: Status.NO_LONGER, Status.NOT_YET: Status.NO_LONGER} | NOT_FOUND,
    ),
    "their days have no limits": (
        lambda life, who: life.save(who, ValidDays()),
        STAYS | {Status.NOT_YET: Status.IN_FORCE, Status.NO_LONGER: Status.IN_FORCE} | NOT_FOUND,
    ),
    "a year goes by": (
        lambda life, who: life.time_goes_by(),
        STAYS | {Status.NOT_YET: Status.IN_FORCE},
    ),
    "somebody is added under their number": (
        Life.add_again,
        NUMBER_TAKEN | {Status.ERASED: Status.ERASED},
    ),
    "a list says that they are active": (
        lambda life, who: life.list_says(who, "yes"),
        STAYS | {Status.LEFT: Status.IN_FORCE} | NOT_LISTED,
    ),
    "a list says that they have left": (
        lambda life, who: life.list_says(who, "no"),
        STAYS | LEAVING | NOT_LISTED,
    ),
    "they are put on hold": (
        lambda life, who: life.hold(who, "Another lawsuit"),
        STAYS | dict.fromkeys((*WORKING, Status.LEFT), Status.HELD) | NOT_FOUND,
    ),
    "the hold ends": (
        lambda life, who: life.hold(who, ""),
        STAYS | {Status.HELD: Status.IN_FORCE} | NOT_FOUND,
    ),
    "they are merged into another row": (
        lambda life, who: life.merge(who, life.hired()),
        dict.fromkeys(Status, Status.MERGED) | {Status.PROPOSED: Conflict} | NOT_FOUND,
    ),
    "another row is merged into theirs": (
        lambda life, who: life.merge(life.hired(), who),
        STAYS
        | dict.fromkeys((*WORKING, Status.LEFT), Status.IN_FORCE)
        | {Status.PROPOSED: Conflict}
        | NOT_FOUND,
    ),
    "an administrator erases them": (
        Life.erase,
        dict.fromkeys(Status, Status.GOING)
        | {Status.HELD: Conflict, Status.PROPOSED: Conflict}
        | NOT_FOUND,
    ),
    "a second administrator agrees": (
        lambda life, who: life.decide(who, lambda tx, batch: erasure.agree(tx, batch, "2")),
        NOTHING_PROPOSED | {Status.PROPOSED: Status.GOING},
    ),
    "a second administrator does not agree": (
        lambda life, who: life.decide(who, erasure.drop),
        NOTHING_PROPOSED | {Status.PROPOSED: Status.IN_FORCE},
    ),
    "the erasure is done": (
        lambda life, who: life.run_job(),
        STAYS | {Status.GOING: Status.EMPTYING},
    ),
    "all terminals have shown that they are gone": (
        Life.terminals_show_it,
        STAYS | {Status.GOING: Status.ERASED, Status.EMPTYING: Status.ERASED},
    ),
    "a terminal shows their number": (
        Life.terminal_shows,
        STAYS | {Status.ERASED: Status.EMPTYING},
    ),
}


@pytest.mark.parametrize("event", EVENTS)
def test_PE4_what_becomes_of_an_employee_in_every_status(
    store: Store, clock: FakeClock, event: str
) -> None:
    life = Life(store, clock)
    people = life.in_status()
    assert {one: life.status_of(who.id) for one, who in people.items()} == STAYS
    happens, expected = EVENTS[event]
    found: dict[Status, Outcome] = {}
    for status, who in people.items():
        try:
            said = happens(life, who)
            refused: Outcome | None = said if said is Effect.ERROR else None
        except DomainError as error:
            assert error.message.endswith(".")
            refused = type(error)
        if refused is not None:
            assert life.status_of(who.id) is status, "what is refused changes nothing"
        found[status] = refused or life.status_of(who.id)
    assert found == expected
