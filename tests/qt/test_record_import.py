"""TE30: records of fingers are imported at the desk, of one person or from a folder."""

from pathlib import Path

from console.api import employees
from console.api import fingers as api
from console.api.operation import ById
from console.desktop.dialogs.record_import_dialog import RecordFile, files_of
from console.desktop.pages.fingers import FingersPage
from console.desktop.shell import Shell
from console.domain.fingers import FingerPosition
from tests.conftest import RunningSite
from tests.qt.conftest import open_page
from tests.service.desk import agree, enrol

INDEX = FingerPosition.RIGHT_INDEX


def with_record(site: RunningSite, finger: int, folder: Path) -> employees.EmployeeRow:
    """Somebody who has agreed, whose finger lies in a file and is not enrolled any more."""
    person = site.add_employee()
    enrol(site.client, person, finger)
    data = site.client.call(api.export, api.Export(employee_id=person.id, standard="ansi")).data
    (folder / f"{person.number}.ansi-fmr").write_bytes(data)
    site.client.call(api.delete, api.OneFinger(employee_id=person.id, position=INDEX))
    return person


def test_TE30_a_folder_is_imported_and_each_file_says_what_became_of_it(
    shell: Shell, running: RunningSite, qtbot, tmp_path: Path
) -> None:
    page = open_page(shell, FingersPage)
    people = [with_record(running, 311 + n, tmp_path) for n in range(2)]
    (tmp_path / "nobody_6.fmr").write_bytes(b"FMR")
    with (tmp_path / "system.iso").open("wb") as image:
        image.truncate(1 << 40)
    (tmp_path / "list.txt").write_bytes(b"no record")
    found = files_of(tmp_path)
    assert [(one.number, one.position) for one in found] == [
        *((person.number, 0) for person in people),
        ("nobody", 6),
        ("system", 0),
    ]
    dialog = page.records.open_import(found)
    assert dialog is not None
    qtbot.waitUntil(lambda: len(dialog.results) == 4)
    assert [one.tone for one in dialog.results] == ["pass", "pass", "bad", "bad"]
    assert "No employee has the number" in dialog.results[2].text
    assert "1 MiB" in dialog.results[3].text
    assert "2 fingers enrolled" in dialog.summary.text()
    for person in people:
        (row,) = running.client.call(api.hands, ById(id=person.id)).fingers
        assert row.position == INDEX


def test_TE30_files_of_the_person_at_the_desk_are_theirs(
    shell: Shell, running: RunningSite, qtbot, tmp_path: Path
) -> None:
    page = open_page(shell, FingersPage)
    person = running.add_employee()
    agree(running.client, person)
    page.open_person(person.id)
    qtbot.waitUntil(page.records.take.isEnabled)
    path = tmp_path / "any.fmr"
    path.write_bytes(b"no record")
    dialog = page.records.open_import([RecordFile(path, person.id)])
    assert dialog is not None
    qtbot.waitUntil(lambda: len(dialog.results) == 1)
    assert "not a finger minutiae record" in dialog.results[0].text
