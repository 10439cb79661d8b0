"""After a full run nothing readable lies about: T14, T18; and the logs name nobody."""

import json
import traceback
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from console.api import review
from console.api.operation import Nothing
from console.biometrics.faces.recognition.vectors import fuse
from console.demo.employee import PortalVisit
from console.demo.photos import good_photos
from console.service.logs import BLOT, redact
from console.store.columns import Base
from console.store.database import connect
from console.store.schema import Employee
from tests.conftest import ONE_FACE, Databases, start_site

JPEGS = (b"\xff\xd8\xff\xe0", b"\xff\xd8\xff\xe1", b"\xff\xd8\xff\xdb", b"\xff\xd8\xff\xee")
"""How pictures begin. Four bytes: three turn up by chance in a few megabytes of sealed data."""


def test_T14_T18_a_stolen_folder_shows_no_photo_template_token_or_name_in_the_logs(
    tmp_path: Path,
) -> None:
    for site in start_site(tmp_path / "site"):
        unit = site.demo.add_unit("GATE", poll_s=0.2)
        from tests.service.test_terminals import approve

        approve(site, "GATE")
        person = site.add_employee(
            first_name="Zebulon", last_name="Quackenbush", email="zebulon@quack.example"
        )
        link = site.invite(person)
        PortalVisit(link).enrol(person.number, good_photos())
        site.wait_status(person, "pending_approval")
        item = site.client.call(review.queue, Nothing()).items[0]
        site.client.call(review.decide, review.Decide(id=item.id, approve=True, in_spite=ONE_FACE))
        site.wait_status(person, "pushed")
        sent = unit.people[person.number].photo
        exposed = [path for path in (tmp_path / "site").rglob("*") if path.stat().st_mode & 0o077]
        assert exposed == [], "AC7: no other account reads what the service made"
        token = link.rpartition("/")[2].encode()
        site.demo.kill_service()
        files = {
            path: path.read_bytes() for path in (tmp_path / "site").rglob("*") if path.is_file()
        }
        database = b"".join(data for path, data in files.items() if ".db" in path.name)
        logs = b"".join(
            data for path, data in files.items() if "log" in path.name or path.name == "service.out"
        )
        assert b"Quackenbush" in database
        for data in (database, logs):
            assert token not in data
            assert sent[200:260] not in data
            assert not any(beginning in data for beginning in JPEGS)
        template = template_of(tmp_path / "site")
        assert template[:64] not in database
        assert template[-64:] not in database
        for word in (b"Zebulon", b"Quackenbush", b"zebulon@quack.example", b"example.com"):
            assert word not in logs
        assert all(
            json.loads(line)["event"]
            for line in (tmp_path / "site" / "logs" / "service.log").read_text().splitlines()
        )


def template_of(folder: Path) -> bytes:
    """The template in the clear, as only the holder of the key can have it."""
    import sqlalchemy as sa

    from console.key_holder import FileHolder
    from console.store.database import Store, connect, sqlite_url
    from console.store.keys import load_keys
    from console.store.schema import Enrolment
    from console.store.vault import Vault

    vault = Vault(load_keys(FileHolder(folder / "site.key"), True))
    with Store(connect(sqlite_url(folder / "muster.db"))).read() as tx:
        row = tx.scalars(sa.select(Enrolment)).one()
        plain = vault.open(
            tx.session, row.employee_id, "enrolment", row.id, "template", row.template
        )
    assert np.allclose(
        fuse([np.frombuffer(plain, np.float32)]), np.frombuffer(plain, np.float32), atol=1e-6
    )
    return plain


@pytest.mark.parametrize("secret", ["nur@example.com", "A" * 43, "x_-9" * 12])
def test_what_looks_like_a_secret_is_blotted_out(secret: str) -> None:
    assert redact(None, "", {"event": f"failed for {secret}!", "n": 3}) == {
        "event": f"failed for {BLOT}!",
        "n": 3,
    }


def test_row_ids_stay_readable() -> None:
    assert redact(None, "", {"row": "a" * 32})["row"] == "a" * 32


def test_AC7_what_a_database_says_of_a_refused_row_is_blotted_out(databases: Databases) -> None:
    engine = connect(databases.migrated())
    row = {"id": "1" * 32, "number": "77001", "first_name": "Zebulon", "last_name": None}
    with engine.connect() as connection, pytest.raises(IntegrityError) as refused:
        connection.execute(sa.insert(Base.metadata.tables[Employee.__tablename__]), row)
    engine.dispose()
    told = "".join(traceback.format_exception(refused.value))
    logged = str(redact(None, "", {"exception": told})["exception"])
    assert "IntegrityError" in logged
    for word in ("Zebulon", "77001"):
        assert word not in logged
