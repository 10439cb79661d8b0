"""Badges in lists of employees, in merged rows, and with whoever is erased. N8, PE1."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from console.domain.employee_lists import Effect
from console.domain.employees import EmployeeFields
from console.domain.errors import Conflict, Invalid
from console.domain.validity import ValidDays
from console.service.people.badges import move_badge, set_badge
from console.service.people.employees import save_employee
from console.store.database import Store, connect
from console.store.queries.purge import purge
from console.store.schema import Employee
from console.store.vault import Vault
from tests.conftest import Databases, RunningSite
from tests.service.test_imports import newest_import, run, undo
from tests.store.made import add_employee
from tests.store.test_erasure import add_erasure


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    made = Store(connect(databases.migrated()), Vault(bytes(range(32))))
    yield made
    made.close()


def marks(site: RunningSite, *numbers: str) -> list[str | None]:
    with site.store().read() as tx:
        query = sa.select(Employee.number, Employee.badge_mark)
        found = dict(tx.execute(query.where(Employee.number.in_(numbers))).all())
    return [found.get(number) for number in numbers]


def test_PE1_badges_come_by_a_column_and_go_with_an_undo(running: RunningSite) -> None:
    head = "number,last name,card number\r\n"
    run(running, f'{head}B1,One,00417731\r\nB2,Two,="00417732"\r\n', apply=True)
    first, second = marks(running, "B1", "B2")
    assert first
    assert second
    assert first != second
    assert "0041773" not in first + second
    same = run(running, f"{head}B1,One,00417731\r\nB2,Two,\r\n")
    assert same.counts == {Effect.SAME: 2}, "an empty cell changes nothing"
    report = run(running, f"{head}B1,One,00417733\r\n", apply=True)
    (line,) = report.lines
    assert [(one.before, one.after) for one in line.changes] == [("yes", "yes")]
    assert marks(running, "B1")[0] not in (first, None)
    undo(running, newest_import(running).id)
    assert marks(running, "B1", "B2") == [first, second]


def test_PE1_a_badge_of_somebody_else_is_an_error_in_its_row(running: RunningSite) -> None:
    head = "number,last name,card number\r\n"
    report = run(
        running,
        f"{head}B3,Three,00517731\r\nB4,Four,00517731\r\nB5,Five,12\r\nB6,Six,1.00012E+11\r\n",
        apply=True,
    )
    notes = {line.number: line.note for line in report.lines if line.effect is Effect.ERROR}
    assert notes.keys() == {"B4", "B5", "B6"}
    assert notes["B4"] == "This is the badge of number B3."
    assert "rounded" in notes["B6"]
    assert marks(running, "B4", "B5") == [None, None]


def test_N8_a_badge_goes_with_its_person_when_rows_are_merged(store: Store) -> None:
    with store.write() as tx:
        gone, keep, other = (add_employee(tx) for _ in range(3))
        set_badge(tx, gone, "00417731")
        set_badge(tx, other, "00417732")
        mark, own = gone.badge_mark, other.badge_mark
        move_badge(tx, gone, keep)
        tx.flush()
        assert (gone.badge_mark, keep.badge_mark) == (None, mark)
        move_badge(tx, keep, other)
        assert (keep.badge_mark, other.badge_mark) == (None, own), "their own stays"


def test_N7_N8_the_badge_of_somebody_erased_is_free(store: Store) -> None:
    with store.write() as tx:
        person, heir = add_employee(tx), add_employee(tx)
        set_badge(tx, person, "00417731")
        purge(tx, [add_erasure(tx, person)])
        tx.session.expire_all()
        set_badge(tx, heir, "00417731")
        assert heir.badge_mark


def test_N8_a_badge_that_says_the_number_of_somebody_else_is_nobodys(store: Store) -> None:
    """A card with that number would find the wrong person."""
    with store.write() as tx:
        ann, bob = add_employee(tx), add_employee(tx, "Emp-0042")
        with pytest.raises(Conflict, match="the number of"):
            set_badge(tx, ann, " eMP-0042 ")
        set_badge(tx, bob, "Emp-0042")
        assert bob.badge_mark
        assert ann.badge_mark is None


def test_N8_nobody_gets_the_number_that_the_badge_of_somebody_else_says(store: Store) -> None:
    with store.write() as tx:
        ann = add_employee(tx)
        set_badge(tx, ann, "70000042")
        fields = EmployeeFields("70000042", "Bob", "Person", "", "")
        with pytest.raises(Invalid, match="has this number"):
            save_employee(tx, "", fields, ValidDays())
        assert save_employee(tx, ann.id, fields, ValidDays()).id == ann.id, "her own"


def test_PE1_a_list_that_gives_a_number_and_a_badge_which_say_the_same_is_refused_there(
    running: RunningSite,
) -> None:
    head = "number,last name,card number\r\n"
    run(running, f"{head}C101,One,00618001\r\n", apply=True)
    report = run(
        running,
        f"{head}C102,Two,c101\r\nC103,Three,C104\r\nC104,Four,\r\n00618001,Five,\r\n"
        "C106,Six,C106\r\n",
        apply=True,
    )
    notes = {line.number: line.note for line in report.lines if line.effect is Effect.ERROR}
    assert notes == {
        "C102": "This badge has number C101, which is somebody else’s.",
        "C104": "The badge of number C103 has number C104.",
        "00618001": "The badge of number C101 has number 00618001.",
    }
    later = run(running, "number,last name\r\n00618001,Five\r\n")
    assert later.counts == {Effect.ERROR: 1}, "also by a list without badges"
