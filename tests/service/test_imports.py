"""PE1 to PE3: lists of employees at a running site: looked at, imported, undone."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from console.api import employee_lists as api
from console.api import employees
from console.api.operation import ById, Nothing, ServiceError
from console.api.tasks import Task, TaskResult, TaskState, cancel_task, get_task
from console.demo.people import OPERATOR_NAME
from console.demo.site import wait_until
from console.domain.employee_lists import Effect
from console.domain.invitations import Status
from console.domain.list_headings import Field
from console.service.people.imports import IMPORT_BATCH
from console.service.people.undo_import import UNDO_WITHIN, ImportHistory
from console.store.database import Store, connect
from console.store.schema import Employee, EmployeeImport, ImportedEmployee
from tests.conftest import Databases, RunningSite
from tests.store.made import add_invitation

_hundreds = itertools.count(1)


@pytest.fixture
def first() -> int:
    """A number from which on nobody is here yet."""
    return 500_000 + 100 * next(_hundreds)


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    store = Store(connect(databases.migrated()))
    yield store
    store.close()


def run(site: RunningSite, data: bytes | str, **how: Any) -> api.ImportReport:
    data = data.encode() if isinstance(data, str) else data
    request = api.ImportEmployees(data=data, **{"apply": True, **how})
    result = site.client.finish(site.client.call(api.import_employees, request))
    assert result.imported is not None
    return result.imported


def undo(site: RunningSite, import_id: str) -> TaskResult:
    return site.client.finish(site.client.call(api.undo_import, ById(id=import_id)))


def newest_import(site: RunningSite) -> api.ImportRow:
    return site.client.call(api.list_imports, Nothing()).rows[0]


def found(site: RunningSite, number: int | str) -> employees.EmployeeRow | None:
    request = employees.ListEmployees(search=str(number))
    rows = site.client.call(employees.list_employees, request).rows
    return next((row for row in rows if row.number == str(number)), None)


def known(site: RunningSite, number: int | str) -> employees.EmployeeRow:
    row = found(site, number)
    assert row is not None
    return row


HEAD = "number,first name,last name,email,department,active\n"


def test_PE1_a_list_of_names_leaves_everything_else_alone(running: RunningSite, first: int) -> None:
    run(running, f"{HEAD}{first},Nur,Aisyah,nur{first}@example.com,Plant,no\n")
    report = run(running, f"number,first name,last name\n{first},Nur,Binti Aisyah\n")
    assert report.lines[0].changes == [
        api.FieldChange(field=Field.LAST_NAME, before="Aisyah", after="Binti Aisyah")
    ]
    row = known(running, first)
    assert (row.last_name, row.email, row.department, row.active) == (
        "Binti Aisyah",
        f"nur{first}@example.com",
        "Plant",
        False,
    )


def test_PE1_who_returns_or_leaves_needs_a_yes(running: RunningSite, first: int) -> None:
    people = f"{HEAD}{first},A,B{first},,X,no\n{first + 1},C,D{first},,X,yes\n"
    run(running, people)
    swapped = f"{HEAD}{first},A,B{first},,X,yes\n{first + 1},C,D{first},,X,no\n"
    report = run(running, swapped)
    assert report.counts == {Effect.RETURNS: 1, Effect.LEAVES: 1}
    assert report.written == 0
    assert "Bringing them back was not confirmed" in report.failed
    assert run(running, swapped, returns=True).written == 1
    assert known(running, first).active
    assert known(running, first + 1).active
    assert run(running, swapped, leavers=True).written == 1
    assert not known(running, first + 1).active


def test_PE2_who_is_most_likely_here_already_needs_a_yes(running: RunningSite, first: int) -> None:
    run(running, f"number,last name\n{first},Zero\n")
    again = f"number,last name\n000{first},Zero\n"
    report = run(running, again)
    assert report.counts == {Effect.DUPLICATE: 1}
    assert f"Zero, number {first}" in report.lines[0].note
    assert found(running, f"000{first}") is None
    assert run(running, again, duplicates=True).written == 1


def test_PE2_rows_that_were_left_out_are_mended_and_read_again(
    running: RunningSite, first: int
) -> None:
    report = run(running, f"{HEAD}{first},A,B{first},wrong,X,yes\n{first + 1},C,D{first},,X,yes\n")
    assert report.written == 1
    assert report.failed.splitlines()[0].endswith(",What is wrong")
    mended = run(running, report.failed.replace("wrong,X", f"b{first}@example.com,X"))
    assert mended.counts == {Effect.NEW: 1}
    assert known(running, first).email == f"b{first}@example.com"


def test_PE2_a_file_that_proves_no_encoding_is_asked_about(
    running: RunningSite, first: int
) -> None:
    data = f"number;last name;department\n{first};Соколова;Цех\n".encode("cp1251")
    look = running.client.call(api.look_at_list, api.LookAtList(data=data))
    assert (look.encoding, look.proven) == ("", False)
    assert "windows-1251" in {offer.encoding for offer in look.offers}
    with pytest.raises(ServiceError, match="Choose the encoding"):
        run(running, data)
    assert run(running, data, reading=api.FileReading(encoding="windows-1251")).written == 1
    assert known(running, first).last_name == "Соколова"


def test_PE2_how_a_list_was_read_is_remembered_for_its_source(
    running: RunningSite, first: int
) -> None:
    data = f"Kennung;Ruf;Haus\n{first};Aisyah;Plant\n".encode()
    look = running.client.call(api.look_at_list, api.LookAtList(data=data))
    assert [column.field for column in look.columns] == [Field.IGNORED] * 3
    assert look.columns[1].cells == ["Aisyah"]
    with pytest.raises(ServiceError, match="Choose the column"):
        run(running, data)
    chosen = api.FileReading(fields=[Field.NUMBER, Field.LAST_NAME, Field.DEPARTMENT])
    assert run(running, data, reading=chosen).written == 1
    again = running.client.call(api.look_at_list, api.LookAtList(data=data))
    assert again.remembered
    assert [column.field for column in again.columns] == chosen.fields
    next_one = data.replace(b"Plant", b"Store")
    assert run(running, next_one).counts == {Effect.CHANGED: 1}


@pytest.mark.parametrize(
    ("reading", "said"),
    [
        (api.FileReading(fields=[Field.NUMBER]), "State what each column"),
        (api.FileReading(fields=[Field.NUMBER, Field.EMAIL, Field.EMAIL]), "assigned to the same"),
        (api.FileReading(header_line=9), "Line 9 is empty"),
        (api.FileReading(encoding="rot13"), "Choose an encoding"),
    ],
)
def test_a_reading_that_cannot_be_meant_is_refused(
    running: RunningSite, reading: api.FileReading, said: str
) -> None:
    request = api.LookAtList(data=b"number,last name,email\n1,B,\n", reading=reading)
    with pytest.raises(ServiceError, match=said):
        running.client.call(api.look_at_list, request)


def test_the_line_of_the_headings_can_be_said(running: RunningSite) -> None:
    data = b"number,last name\nnumber,last name\n1,B\n"
    request = api.LookAtList(data=data, reading=api.FileReading(header_line=2))
    look = running.client.call(api.look_at_list, request)
    assert (look.header_line, look.columns[0].cells) == (2, ["1"])


def test_a_file_without_rows_is_refused(running: RunningSite) -> None:
    with pytest.raises(ServiceError, match="contains no rows"):
        running.client.call(api.look_at_list, api.LookAtList(data=b"\n \n"))


def test_who_is_not_in_a_list_of_everybody_leaves_only_with_their_number_typed(
    running: RunningSite, first: int
) -> None:
    run(running, "number,last name\n" + "".join(f"{first + n},P{n}\n" for n in range(5)))
    file = running.client.call(api.export_employees, api.ExportEmployees()).data.decode()
    gone = {str(first + n) for n in range(2, 5)}
    everybody = "".join(
        line for line in file.splitlines(keepends=True) if line.split(",")[0] not in gone
    )
    preview = run(running, everybody, apply=False, everybody=True)
    missing = {line.number for line in preview.lines if line.effect is Effect.MISSING}
    assert missing == gone
    with pytest.raises(ServiceError, match=r"3 of \d+ people are not in this list"):
        run(running, everybody, everybody=True, missing=2)
    assert known(running, first + 4).active
    assert run(running, everybody, everybody=True, missing=3).written == 3
    assert [known(running, first + n).active for n in range(5)] == [True, True, *[False] * 3]
    undo(running, newest_import(running).id)
    assert all(known(running, first + n).active for n in range(5))


def test_PE3_an_import_is_undone_as_a_whole(running: RunningSite, first: int) -> None:
    run(running, f"{HEAD}{first},A,Old{first},,X,yes\n{first + 1},C,Old{first},,X,yes\n")
    run(
        running,
        f"{HEAD}{first},A,New{first},,Y,yes\n{first + 1},C,New{first},,Y,yes\n"
        f"{first + 2},E,New{first},,Y,yes\n{first + 3},G,New{first},,Y,yes\n",
    )
    latest = newest_import(running)
    assert (latest.employees, latest.imported_by) == (4, OPERATOR_NAME)
    changed, invited = known(running, first + 1), known(running, first + 3)
    save = employees.SaveEmployee(
        id=changed.id,
        number=changed.number,
        first_name="C",
        last_name="By hand",
        email="",
        department="Z",
    )
    running.client.call(employees.save_employee, save)
    store = running.store()
    with store.write() as tx:
        add_invitation(tx, tx.get_one(Employee, invited.id), Status.EXPIRED)
    store.close()
    said = undo(running, latest.id).text
    assert said == (
        "1 restored, 1 removed, 1 now on record elsewhere and marked as left, "
        "1 changed since and not touched."
    )
    assert known(running, first).last_name == f"Old{first}"
    assert known(running, first + 1).last_name == "By hand"
    assert found(running, first + 2) is None
    assert not known(running, first + 3).active
    with pytest.raises(ServiceError, match="can no longer be undone"):
        undo(running, latest.id)


def test_PE3_an_import_that_is_cancelled_stops_between_batches_and_what_it_wrote_is_undone(
    running: RunningSite,
) -> None:
    number, rows = 900_000_000, 8000
    data = HEAD + "".join(f"{number + n},Can,Celled{n},,Z,yes\n" for n in range(rows))
    request = api.ImportEmployees(data=data.encode(), apply=True)
    started = running.client.call(api.import_employees, request)

    def task() -> Task:
        return running.client.call(get_task, ById(id=started.task_id))

    wait_until(lambda: task().step == "Saving" and task().done)
    running.client.call(cancel_task, ById(id=started.task_id))
    wait_until(lambda: task().state is not TaskState.RUNNING)
    assert task().state is TaskState.CANCELLED
    latest = newest_import(running)
    assert 0 < latest.employees < rows
    assert latest.employees % IMPORT_BATCH == 0
    undo(running, latest.id)
    assert found(running, number) is None


def test_PE3_what_people_were_is_forgotten_after_some_days(store: Store) -> None:
    with store.write() as tx:
        for name, age in (("old", UNDO_WITHIN * 2), ("new", UNDO_WITHIN / 2)):
            tx.add(EmployeeImport(id=name, imported_at=tx.now - age, imported_by="Hana", written=1))
            tx.flush()
            tx.add(ImportedEmployee(import_id=name, employee_id="p", before={}, at=tx.now))
    ImportHistory(store).forget_old()
    assert [row.id for row in ImportHistory(store).list().rows] == ["new"]
