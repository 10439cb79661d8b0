"""N12: an export of the login log says what it holds, and what may be missing in it."""

import csv
import hashlib
import io
import json
import sqlite3
import zipfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from console.api import logins as api
from console.api.operation import ServiceError
from console.cli import main
from console.demo.site import wait_until
from console.domain.erasure import ErasureState
from console.domain.operators import Role
from console.login_statement import SIGNATURE, STATEMENT, check_export
from console.service.operations import login_export
from console.service.operations.dispatch import Call
from console.service.operations.login_export import LoginExportOperations
from console.service.terminals.login_seals import LoginSeals
from console.store.columns import new_id
from console.store.database import Store, connect
from console.store.queries.aged_logins import SINCE, UNTIL
from console.store.schema import Kiosk, Terminal
from console.store.vault import Vault
from console.waiting import is_inside_transaction
from tests.conftest import Databases, RunningSite
from tests.service.test_dialled import Dialled
from tests.service.test_person import as_role
from tests.store.made import NOW, add_employee
from tests.store.test_erasure import add_erasure, add_login

PUNCHES = 30


def export(site: RunningSite) -> api.LoginFile:
    now = datetime.now(UTC)
    request = api.ExportLogins(since=now - timedelta(days=1), until=now + timedelta(days=1))
    with as_role(site, Role.AUDITOR) as client:
        return client.call(api.export_logins, request)


def kept(file: api.LoginFile, folder: Path) -> Path:
    path = folder / file.name
    path.write_bytes(file.data)
    return path


def by_hand(site: RunningSite, statement: str) -> None:
    with closing(sqlite3.connect(site.demo.data_dir / "muster.db")) as database, database:
        assert database.execute(statement).rowcount == 1


def test_N12_an_export_holds_every_login_and_the_site_signs_that_none_is_missing(
    running: RunningSite, tmp_path: Path
) -> None:
    door = Dialled(running, people=2, punches=PUNCHES, first=6701)
    wait_until(lambda: len(door.logins()) == PUNCHES)
    file = export(running)
    assert file.whole
    with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("logins.csv").decode("utf-8-sig"))))
    mine = [row for row in rows if row["place"] == door.row.name]
    assert len(mine) == PUNCHES
    assert {row["number"] for row in mine} == {"6701", "6702"}
    checked = check_export(kept(file, tmp_path))
    assert checked.problems == []
    assert checked.statement["logins"] == len(rows) == file.rows
    assert checked.statement["stored log"]["nothing is missing or changed"]
    (said,) = [
        one for one in checked.statement["terminals"] if one["serial number"] == door.unit.serial
    ]
    assert said["every login is here"]


def test_N12_a_login_that_was_changed_or_deleted_by_hand_is_told(running: RunningSite) -> None:
    door = Dialled(running, people=1, punches=3, first=6801)
    wait_until(lambda: len(door.logins()) == 3)
    assert export(running).whole
    row = door.logins()[0]
    by_hand(running, f"UPDATE login SET pin = '6899' WHERE id = {row.id}")
    assert not export(running).whole
    by_hand(running, f"UPDATE login SET pin = '6801' WHERE id = {row.id}")
    assert export(running).whole


def test_N12_a_terminal_whose_log_may_miss_logins_is_named_with_the_time(
    running: RunningSite, tmp_path: Path
) -> None:
    door = Dialled(running, people=1, punches=3, first=6901, gentle=True)
    wait_until(lambda: len(door.logins()) == 3)
    before = export(running).open_places
    by_hand(
        running,
        "UPDATE log_coverage SET problem = 'It hides its records.' WHERE id ="
        f" (SELECT min(id) FROM log_coverage WHERE terminal_id = '{door.id}')",
    )
    file = export(running)
    assert file.open_places == before + 1
    with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
        assert door.unit.serial in archive.read("coverage.csv").decode()
    assert "It hides its records." in zipfile.Path(kept(file, tmp_path), "coverage.csv").read_text(
        "utf-8-sig"
    )


def test_N12_whoever_gets_an_export_can_check_it_alone(
    running: RunningSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = kept(export(running), tmp_path)
    assert main(["check-logins", str(path)]) == 0
    assert "This is what" in capsys.readouterr().out
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    said = json.loads(files[STATEMENT])
    said["logins"] += 1
    forged = {
        "logins.csv": {"logins.csv": files["logins.csv"] + b"x"},
        "statement": {STATEMENT: json.dumps(said).encode()},
        "more.csv": {"more.csv": b"x"},
    }
    for word, changes in forged.items():
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in (files | changes).items():
                archive.writestr(name, data)
        assert main(["check-logins", str(path)]) == 1
        assert word in capsys.readouterr().out
    path.write_bytes(b"no zip")
    assert main(["check-logins", str(path)]) == 1


def test_N12_a_check_of_an_export_prints_what_the_statement_itself_says_is_not_whole(
    running: RunningSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    door = Dialled(running, people=1, punches=3, first=7001)
    wait_until(lambda: len(door.logins()) == 3)
    store = running.store()
    with store.write() as tx:
        kiosk = Kiosk(id=new_id(), name="Yard\x1b[2J", added_by="", added_at=tx.now)
        kiosk.last_seen = tx.now - timedelta(hours=1)
        tx.add(kiosk)
        erasure = add_erasure(tx, add_employee(tx), ErasureState.DONE)
        add_login(tx, erasure.pseudonym, at=tx.now, terminal_id=door.id)
        row, old = tx.get_one(Terminal, door.id), int(tx.now.timestamp()) - 3600
        row.counts = {**row.counts, SINCE: old, UNTIL: old}
    path = kept(export(running), tmp_path)
    assert main(["check-logins", str(path)]) == 0
    said = capsys.readouterr().out
    assert "It says: Logins were deleted by their age up to" in said
    assert "It says: Logins of people who were erased, without name and number: 1." in said
    assert (
        f"It says: Logins of terminal {door.row.name} ({door.unit.serial}) may be missing" in said
    )
    assert "It says: Logins of kiosk Yard?[2J may be missing" in said


@pytest.mark.parametrize("garbage", ["[]", '{"sha256": {}}', '{"sha256": {}, "terminals": [1]}'])
def test_N12_a_statement_that_is_none_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], garbage: str
) -> None:
    path = tmp_path / "made.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(STATEMENT, garbage)
        archive.writestr(SIGNATURE, '{"signature": "AA==", "key": "AA=="}')
    assert main(["check-logins", str(path)]) == 1
    assert "no export of the login log" in capsys.readouterr().err


def test_N12_nobody_waits_while_an_export_is_hashed(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside: list[bool] = []

    def sha256(data: bytes) -> object:
        inside.append(is_inside_transaction())
        return hashlib.sha256(data)

    monkeypatch.setattr(login_export, "hashlib", SimpleNamespace(sha256=sha256))
    store = Store(connect(databases.migrated()), Vault(bytes(32)), clock=lambda: NOW)
    operations = LoginExportOperations(LoginSeals(store), lambda: None)
    request = api.ExportLogins(since=NOW - timedelta(days=1), until=NOW)
    operations.export(Call(store=store, now=NOW, caller=None), request)
    store.close()
    assert inside == [False, False]


def test_N12_AC2_an_export_without_a_time_zone_is_refused(running: RunningSite) -> None:
    naive = datetime.now(UTC).replace(tzinfo=None)
    request = api.ExportLogins(since=naive, until=naive + timedelta(days=1))
    with pytest.raises(ServiceError) as refused:
        running.client.call(api.export_logins, request)
    assert refused.value.error.code == "invalid"


def test_N12_only_those_who_see_the_log_export_it_and_a_time_is_asked_for(
    running: RunningSite,
) -> None:
    now = datetime.now(UTC)
    with as_role(running, Role.TECHNICIAN) as client, pytest.raises(ServiceError, match="role"):
        client.call(api.export_logins, api.ExportLogins(since=now, until=now + timedelta(1)))
    with pytest.raises(ServiceError, match="before the first"):
        running.client.call(api.export_logins, api.ExportLogins(since=now, until=now))
