"""AC10: the audit log is read, searched, exported, and what was done to it is found."""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from console.api import audit, employees
from console.api import employee_lists as lists
from console.api import site as api_site
from console.api.client import Client
from console.api.operation import Nothing, ServiceError
from console.api.tasks import TaskResult
from console.cli import main
from console.domain.operators import Role
from console.service.backups.checkpoints import (
    AT_MOST,
    Checkpoints,
    load_file,
    read_kept,
    set_folder,
)
from console.service.people.list_files import workbook_rows
from console.store.database import Store, connect
from console.store.schema import Audit
from tests.conftest import Databases, RunningSite, start_site
from tests.service.gates import with_face
from tests.support.operators import add_operator, signed_in


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    for running in start_site(tmp_path_factory.mktemp("audit")):
        with_face(running, number="4711", first_name="Zoë", last_name="Quist")
        with_face(running, number="4712", first_name="Ada", last_name="Byron")
        yield running


def entries(client: Client, about: str = "", limit: int = 100, **more: str) -> list[audit.AuditRow]:
    wanted = audit.ListAudit(filter=audit.AuditFilter(about=about, **more), limit=limit)  # type: ignore[arg-type]
    return client.call(audit.list_audit, wanted).rows


def exported(about: str, kind: str = "csv") -> audit.ExportAudit:
    return audit.ExportAudit(filter=audit.AuditFilter(about=about), kind=kind)


def verify(client: Client) -> TaskResult:
    return client.finish(client.call(audit.verify_audit, Nothing()))


def operator(site: RunningSite, role: Role) -> Client:
    add_operator(site, f"one {role}", role)
    return signed_in(site.demo, f"one {role}")


def test_a_person_is_found_with_all_that_was_done_to_them_and_their_photos(
    site: RunningSite,
) -> None:
    found = entries(site.client, "quist")
    acts = [row.act for row in reversed(found)]
    for act in ("Added the employee", "Consent given", "Approved the photos"):
        assert act in acts
    assert {row.about for row in found} == {"Zoë Quist (4711)"}
    assert entries(site.client, "4711") == found


def test_acts_and_operators_are_chosen(site: RunningSite) -> None:
    approved = entries(site.client, act="review.approved")
    assert {row.act for row in approved} == {"Approved the photos"}
    actors = site.client.call(audit.list_actors, Nothing()).rows
    assert (actors[0].id, actors[0].name) == ("muster", "Muster")
    farid = next(one for one in actors if one.name.startswith("H. Farid"))
    found = entries(site.client, operator=farid.id, limit=500)
    assert {row.by for row in found} == {"H. Farid"}
    both = entries(site.client, operator=farid.id, act="review.approved")
    assert [row.seq for row in both] == [row.seq for row in approved]
    assert entries(site.client, operator="nobody") == entries(site.client, "no such name") == []


def test_words_that_fit_nearly_everybody_are_sent_back(site: RunningSite) -> None:
    rows = (f"9{n:04},Crowd,Member{n},,\n" for n in range(201))
    data = ("number,first name,last name,email,department\n" + "".join(rows)).encode()
    request = lists.ImportEmployees(data=data, apply=True)
    site.client.finish(site.client.call(lists.import_employees, request))
    with pytest.raises(ServiceError, match="More than 200") as refused:
        entries(site.client, "crowd")
    assert refused.value.error.field == "about"
    assert entries(site.client, "crowd member7") == []


def test_pages_follow_each_other_without_a_gap(site: RunningSite) -> None:
    whole = entries(site.client, limit=500)
    first = site.client.call(audit.list_audit, audit.ListAudit(limit=5))
    second = site.client.call(audit.list_audit, audit.ListAudit(limit=5, cursor=first.cursor))
    assert [row.seq for row in [*first.rows, *second.rows]] == [row.seq for row in whole[:10]]
    assert first.total == len(whole)


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.SUPERVISOR])
def test_only_admins_and_auditors_read_it(site: RunningSite, role: Role) -> None:
    client = operator(site, role)
    asked: list[Callable[[], object]] = [
        lambda: client.call(audit.list_audit, audit.ListAudit()),
        lambda: client.call(audit.list_actors, Nothing()),
        lambda: client.call(audit.verify_audit, Nothing()),
        lambda: client.call(audit.export_audit, audit.ExportAudit()),
    ]
    for ask in asked:
        with pytest.raises(ServiceError) as refused:
            ask()
        assert refused.value.error.code == "forbidden"


def test_an_auditor_verifies_and_exports_and_both_can_be_read(site: RunningSite) -> None:
    client = operator(site, Role.AUDITOR)
    count = len(entries(client, limit=500))
    assert verify(client).text == (
        f"All {count:,} entries of the audit log fit together. "
        "Entries that were cut off at the end are not found by this."
    )
    file = client.call(audit.export_audit, exported("quist"))
    rows = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"))))
    assert rows[0][:5] == ["entry", "time (UTC)", "by", "act", "about"]
    assert file.rows == len(rows) - 1 == len(entries(client, "quist"))
    assert entries(client)[0].act == "Exported the audit log"


def test_a_workbook_holds_the_same_as_the_csv_file(site: RunningSite) -> None:
    """Exactly what is filtered, whoever it is about and by whom."""
    shown = entries(site.client, "quist", limit=500)
    book = site.client.call(audit.export_audit, exported("quist", "xlsx"))
    cells = [row for _, row in workbook_rows(book.data, "")]
    assert [row[0] for row in cells][1:] == [str(row.seq) for row in reversed(shown)]
    text = site.client.call(audit.export_audit, exported("quist")).data.decode("utf-8-sig")
    assert [[cell for cell in row if cell] for row in cells] == [
        [cell for cell in row if cell] for row in csv.reader(io.StringIO(text))
    ]
    with pytest.raises(ServiceError, match="CSV or XLSX"):
        site.client.call(audit.export_audit, exported("quist", "pdf"))


def test_names_that_a_spreadsheet_would_run_are_guarded(site: RunningSite) -> None:
    person = site.add_employee(first_name="=HYPERLINK(1)", last_name="X")
    file = site.client.call(audit.export_audit, exported("hyperlink"))
    assert b"\n=" not in file.data
    assert b",=" not in file.data
    assert person.number.encode() in file.data


HARM = {
    "changed": lambda seq: sa.update(Audit).where(Audit.seq == seq).values(actor="somebody"),
    "removed": lambda seq: sa.delete(Audit).where(Audit.seq == seq - 1),
    "moved": lambda seq: sa.update(Audit).where(Audit.seq == seq).values(seq=10_000),
}


@pytest.mark.parametrize("harm", HARM)
def test_what_was_done_to_an_entry_past_muster_is_found(databases: Databases, harm: str) -> None:
    from console.store.audit import anchor, check_chain, verify
    from console.store.audit import entries as all_entries

    store = Store(connect(databases.migrated()))
    for number in range(9):
        with store.write("admin") as tx:
            tx.audit("settings.saved", detail=number)
    with store.read() as tx:
        assert check_chain(all_entries(tx.session), anchor(tx.session)).count == 9
    with store.engine.begin() as connection:
        connection.execute(HARM[harm](5))
    with store.read() as tx:
        assert verify(tx.session) == (6 if harm == "moved" else 5)
    store.close()


def test_a_changed_log_is_told_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def command() -> tuple[int, str]:
        code = main(["--data", str(tmp_path / "site"), "verify"])
        return code, capsys.readouterr().out

    assert command() == (1, "")
    for running in start_site(tmp_path / "site"):
        running.add_employee()
        code, said = command()
        assert code == 0
        assert "fit together. Entries that were cut off at the end are not found" in said
        with running.store().engine.begin() as connection:
            connection.execute(HARM["changed"](2))
        with pytest.raises(ServiceError, match="Entry 2 has been changed"):
            verify(running.client)
        code, said = command()
        assert code == 2
        assert said.startswith("Entry 2 is not as it was written")


def test_AC10_a_log_whose_end_was_cut_off_is_found_by_its_checkpoints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for running in start_site(tmp_path / "site"):
        with pytest.raises(ServiceError, match="on another disk"):
            into(running, tmp_path / "site")
        state = into(running, elsewhere)
        file = elsewhere / state.file
        assert (state.folder, state.problem) == (str(elsewhere), "")
        assert state.at is not None
        said = verify(running.client).text
        assert "They fit 1 checkpoint, the newest of" in said
        with running.store().engine.begin() as connection:
            newest = connection.execute(sa.select(sa.func.max(Audit.seq))).scalar_one()
            connection.execute(sa.delete(Audit).where(Audit.seq > newest - 2))
        with pytest.raises(ServiceError, match=r"Entry \d+ has been changed"):
            verify(running.client)
        options = ["--data", str(tmp_path / "site"), "verify"]
        assert main(options) == 2
        assert main([*options, "--checkpoints", str(file)]) == 2
        assert main([*options, "--checkpoints", str(elsewhere / "none")]) == 1
        again = into(running, elsewhere)
        assert again.file != state.file, "the old file stays as it is"
        assert "1 checkpoint" in verify(running.client).text
        assert into(running, "").folder == ""
        capsys.readouterr()


def test_checkpoints_are_not_written_on_behind_a_log_that_does_not_fit(
    databases: Databases, tmp_path: Path
) -> None:
    store = Store(connect(databases.migrated()))
    checkpoints = Checkpoints(store)
    checkpoints.run_once()
    assert (checkpoints.problem, checkpoints.newest) == ("", None)
    with store.write("admin") as tx:
        set_folder(tx, str(tmp_path))
    checkpoints.run_once()
    assert checkpoints.newest is not None and checkpoints.newest.seq == 1
    for _ in range(AT_MOST):
        with store.write("admin") as tx:
            tx.audit("settings.saved")
    checkpoints.run_once()
    assert checkpoints.newest.seq == 1 + AT_MOST
    with store.engine.begin() as connection:
        connection.execute(sa.delete(Audit).where(Audit.seq > 500))
    checkpoints.run_once()
    assert "It was cut" in checkpoints.problem
    (file,) = tmp_path.iterdir()
    assert len(file.read_bytes().splitlines()) == 2
    file.write_bytes(b"rubbish\n")
    checkpoints.run_once()
    assert "cannot be written" in checkpoints.problem
    with store.read() as tx:
        assert "cannot be read" in read_kept(tx).problem
    store.close()


@pytest.fixture
def written(databases: Databases, tmp_path: Path) -> Iterator[tuple[Store, Path]]:
    """A log with three checkpoints, and their file."""
    folder = tmp_path / "share"
    folder.mkdir()
    store = Store(connect(databases.migrated()))
    with store.write("admin") as tx:
        set_folder(tx, str(folder))
        file = load_file(tx).path
    assert file is not None
    for _ in range(3):
        Checkpoints(store).run_once()
        for _ in range(AT_MOST):
            with store.write("admin") as tx:
                tx.audit("settings.saved")
    yield store, file
    store.close()


def without_the_last(lines: bytes) -> bytes:
    return b"".join(lines.splitlines(keepends=True)[:-1])


def unmounted(file: Path) -> None:
    file.parent.rename(file.parent.with_name("elsewhere"))


def empty_folder(file: Path) -> None:
    unmounted(file)
    file.parent.mkdir()


HARM_TO_FILES: dict[str, Callable[[Path], object]] = {
    "removed": lambda file: file.unlink(),
    "emptied": lambda file: file.write_bytes(b""),
    "cut off": lambda file: file.write_bytes(without_the_last(file.read_bytes())),
    "folder not mounted": unmounted,
    "empty folder in its place": empty_folder,
}


@pytest.mark.parametrize("harm", HARM_TO_FILES)
def test_AC10_a_folder_that_has_lost_its_checkpoints_is_no_new_folder(
    written: tuple[Store, Path], harm: str
) -> None:
    store, file = written
    HARM_TO_FILES[harm](file)
    left = file.read_bytes() if file.exists() else None
    for checkpoints in (Checkpoints(store), Checkpoints(store)):  # also after a restart
        checkpoints.run_once()
        assert checkpoints.problem.startswith("Checkpoints of the audit log are lost")
        assert str(file) in checkpoints.problem
    assert (file.read_bytes() if file.exists() else None) == left, "nothing covers it up"
    with store.read() as tx:
        assert "are lost" in read_kept(tx).problem


def test_AC10_a_folder_that_comes_back_is_written_on(written: tuple[Store, Path]) -> None:
    store, file = written
    away = file.parent.with_name("elsewhere")
    file.parent.rename(away)
    checkpoints = Checkpoints(store)
    checkpoints.run_once()
    assert checkpoints.problem
    away.rename(file.parent)
    checkpoints.run_once()
    assert checkpoints.problem == ""
    assert len(file.read_bytes().splitlines()) == 4


def test_AC10_whoever_begins_a_new_file_leaves_a_trace_of_the_old_one(
    written: tuple[Store, Path],
) -> None:
    store, file = written
    file.unlink()
    with store.write("admin") as tx:
        set_folder(tx, str(file.parent))
    checkpoints = Checkpoints(store)
    checkpoints.run_once()
    assert checkpoints.problem == ""
    with store.read() as tx:
        query = sa.select(Audit).where(Audit.action == "audit.folder").order_by(Audit.seq.desc())
        entry = tx.scalar(query)
        assert entry is not None
        assert entry.detail == {"kept": True, "left": file.name, "until": 1 + 2 * AT_MOST}


def test_AC10_lost_checkpoints_are_said_wherever_somebody_looks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the page, in its verification, in the status bar, by the command: never an all-clear."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for running in start_site(tmp_path / "site"):
        file = elsewhere / into(running, elsewhere).file
        technician = operator(running, Role.TECHNICIAN)
        options = ["--data", str(tmp_path / "site"), "verify"]
        assert main(options) == 0
        assert "They fit 1 checkpoint" in capsys.readouterr().out
        file.unlink()
        with pytest.raises(ServiceError, match=r"are lost\. .* All \d+ entries"):
            verify(running.client)
        assert main(options) == 2
        said = capsys.readouterr().out
        assert said.startswith(f"Checkpoints of the audit log are lost. {file} had them until")
        running.client.call(audit.set_checkpoint_folder, audit.CheckpointFolder(folder=""))
        assert main(options) == 0
        again = elsewhere / into(running, elsewhere).file
        assert running.client.call(api_site.overview, Nothing()).audit_problem == ""
        again.unlink()
        with pytest.raises(ServiceError, match="are lost"):
            verify(running.client)
        assert "are lost" in running.client.call(api_site.overview, Nothing()).audit_problem
        assert technician.call(api_site.overview, Nothing()).audit_problem == ""
        assert "are lost" in running.client.call(audit.checkpoints, Nothing()).problem


def into(running: RunningSite, folder: Path | str) -> audit.CheckpointState:
    request = audit.CheckpointFolder(folder=str(folder))
    return running.client.call(audit.set_checkpoint_folder, request)


def test_an_employee_is_named_as_they_are_called_now(site: RunningSite) -> None:
    person = site.add_employee(first_name="Before", last_name="Name")
    renamed = employees.SaveEmployee(
        id=person.id,
        number=person.number,
        first_name="After",
        last_name="Name",
        email=person.email,
        department=person.department,
    )
    site.client.call(employees.save_employee, renamed)
    assert {row.about for row in entries(site.client, person.number)} == {
        f"After Name ({person.number})"
    }
