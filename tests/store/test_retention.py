"""What is due of each kind, and the audit log that is cut from its old end. EN2."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from console.domain.invitations import Status
from console.domain.log_coverage import Span
from console.domain.retention import RULES, Kept
from console.store import audit
from console.store.columns import new_id
from console.store.database import Store, connect, sqlite_url
from console.store.queries.aged_logins import remove_logins, removed_span
from console.store.queries.retention import DUE
from console.store.schema import (
    Audit,
    Employee,
    LegalHold,
    Login,
    Outbox,
    Photo,
    Quarantine,
    Receipt,
    Terminal,
)
from console.store.unit_of_work import Tx
from tests.conftest import migrated_sqlite
from tests.store.made import (
    NOW,
    add_employee,
    add_enrolment,
    add_finger,
    add_invitation,
    add_terminal,
)
from tests.store.test_erasure import add_login

LATER = NOW + timedelta(days=1)
BEFORE = NOW - timedelta(days=1)
DAY = timedelta(days=1)


def due(tx: Tx, kind: Kept, moment: datetime) -> set[Any]:
    tx.flush()
    return set(tx.scalars(DUE[kind](moment)))


def add_photo(tx: Tx, person: Employee, invitation: Any, try_no: int = 1) -> str:
    row = Photo(
        id=new_id(),
        invitation_id=invitation.id,
        employee_id=person.id,
        slot=1,
        try_no=try_no,
        state="screened",
        created_at=NOW,
    )
    tx.add(row)
    tx.flush()
    return row.id


def test_EN2_every_kind_is_looked_for() -> None:
    assert set(DUE) == set(RULES)


@pytest.mark.parametrize(
    ("kind", "status", "tries"),
    [
        (Kept.DRAFTS, Status.CONSENTED, 0),
        (Kept.REJECTED, Status.REJECTED, 1),
        (Kept.REJECTED, Status.EXPIRED, 1),
        (Kept.REJECTED, Status.WITHDRAWN, 1),
    ],
)
def test_EN2_photos_are_due_by_what_became_of_them(
    shared_store: Store, kind: Kept, status: Status, tries: int
) -> None:
    with shared_store.write() as tx:
        person = add_employee(tx)
        photo = add_photo(tx, person, add_invitation(tx, person, status, tries=tries))
        assert photo in due(tx, kind, LATER)
        assert photo not in due(tx, kind, BEFORE)
        tx.add(LegalHold(employee_id=person.id, reason="x", placed_by="", placed_at=NOW))
        assert photo not in due(tx, kind, LATER), "on legal hold"


def test_EN2_approved_photos_and_superseded_templates_are_due(shared_store: Store) -> None:
    with shared_store.write() as tx:
        person = add_employee(tx)
        invitation = add_invitation(tx, person, Status.SUPERSEDED, tries=1)
        enrolment, photo = add_enrolment(tx, invitation, live=False), None
        photo = add_photo(tx, person, invitation)
        assert photo in due(tx, Kept.APPROVED, LATER)
        assert photo not in due(tx, Kept.REJECTED, LATER)
        assert enrolment.id in due(tx, Kept.SUPERSEDED, LATER)
        assert invitation.id not in due(tx, Kept.LINKS, LATER), "a face was made of it"


def test_EN2_what_nobody_decided_about_and_what_has_ended_is_due(shared_store: Store) -> None:
    with shared_store.write() as tx:
        person = add_employee(tx)
        waiting = add_invitation(tx, person, Status.PENDING_APPROVAL)
        ended = add_invitation(tx, person, Status.DECLINED)
        email = Outbox(
            id=new_id(),
            kind="invitation",
            employee_id=person.id,
            invitation_id=ended.id,
            state="sent",
            run_at=NOW,
            created_at=NOW,
            sent_at=NOW,
        )
        tx.add(email)
        assert waiting.id in due(tx, Kept.WAITING, LATER)
        assert waiting.id not in due(tx, Kept.WAITING, BEFORE)
        assert ended.id in due(tx, Kept.LINKS, LATER)
        assert waiting.id not in due(tx, Kept.LINKS, LATER)
        assert email.id in due(tx, Kept.EMAILS, LATER)


def test_EN2_biometrics_of_whoever_left_or_never_logs_in_are_due(shared_store: Store) -> None:
    with shared_store.write() as tx:
        gone, ended, here, bare = (add_employee(tx) for _ in range(4))
        gone.active = gone.in_force = ended.in_force = False
        ended.valid_until = BEFORE.date()
        for person in (gone, ended, here):
            add_finger(tx, person, 2, b"sealed")
        add_login(tx, here.number, employee_id=here.id)
        found = due(tx, Kept.LEFT, LATER)
        assert {gone.id, ended.id} <= found
        assert not found & {here.id, bare.id}
        assert gone.id not in due(tx, Kept.LEFT, BEFORE - timedelta(days=1))
        unused = due(tx, Kept.UNUSED, LATER)
        assert here.id in unused
        assert here.id not in due(tx, Kept.UNUSED, BEFORE), "enrolled and logged in since"
        assert bare.id not in unused


def test_EN2_logins_lines_and_records_are_due_by_their_time(shared_store: Store) -> None:
    with shared_store.write() as tx:
        person, terminal = add_employee(tx), add_terminal(tx, "Gate")
        login = add_login(tx, person.number, employee_id=person.id)
        line = Quarantine(
            terminal_id=terminal.id, table="log", key=new_id(), reason="", received_at=NOW
        )
        record = Receipt(
            id=new_id(), terminal_id=terminal.id, at=NOW, actor="", kind="clock", detail={}
        )
        tx.add(line)
        tx.add(record)
        for kind, row_id in ((Kept.LOGINS, login), (Kept.LINES, line)):
            assert row_id.id in due(tx, kind, LATER)
            assert row_id.id not in due(tx, kind, BEFORE)
        assert record.id in due(tx, Kept.TERMINAL_RECORDS, LATER)
        tx.add(LegalHold(employee_id=person.id, reason="x", placed_by="", placed_at=NOW))
        assert login.id not in due(tx, Kept.LOGINS, LATER)


def test_EN2_the_audit_log_is_cut_at_its_old_end_and_verifies_still(shared_store: Store) -> None:
    with shared_store.write(now=NOW - timedelta(days=4000)) as tx:
        tx.execute(sa.delete(Audit))
        for _ in range(3):
            tx.audit("old")
    with shared_store.write() as tx:
        tx.audit("new")
    with shared_store.write() as tx:
        assert audit.verify(tx.session) is None
        assert len(due(tx, Kept.AUDIT, BEFORE)) == 3
        assert audit.cut(tx.session, BEFORE) == 3
        assert audit.cut(tx.session, BEFORE) == 0
        assert audit.verify(tx.session) is None
        assert audit.cut(tx.session, tx.now + timedelta(days=1)) == 0, "never the newest"
        tx.audit("next")
        assert audit.verify(tx.session) is None
        tx.execute(sa.update(Audit).where(Audit.action == "new").values(object_id="forged"))
        tx.session.expire_all()
        assert audit.verify(tx.session) == 4


def test_EN2_a_login_of_a_wrong_clock_is_as_old_as_its_report(shared_store: Store) -> None:
    with shared_store.write() as tx:
        gate = add_terminal(tx, "Gate")
        cases: dict[str, dict[str, Any]] = {
            "old": {"at": NOW - 3 * DAY},
            "came late": {"at": NOW - 3 * DAY, "received_at": NOW},
            "new": {"at": NOW},
            "ahead": {"at": datetime(2099, 1, 1, tzinfo=UTC), "received_at": NOW - 3 * DAY},
            "ahead and new": {"at": datetime(2099, 1, 1, tzinfo=UTC), "received_at": NOW},
            "power lost": {"at": datetime(2000, 1, 1, tzinfo=UTC)},
            "measured": {"at": NOW - 3 * DAY, "clock_offset_s": -365 * DAY.total_seconds()},
        }
        made = {
            name: add_login(tx, "1042", terminal_id=gate.id, **values).id
            for name, values in cases.items()
        }

        def names_due(before: datetime) -> set[str]:
            ids = due(tx, Kept.LOGINS, before)
            return {name for name, row_id in made.items() if row_id in ids}

        assert names_due(NOW - DAY) == {"old", "came late", "ahead"}
        assert names_due(NOW) == set(made)
        remove_logins(tx, [made[name] for name in ("old", "power lost", "measured")])
        span = removed_span(tx.get_one(Terminal, gate.id).counts)
        assert span == Span(NOW - 3 * DAY, NOW - 3 * DAY), (
            "the time of the fallen clock says nothing"
        )
        assert tx.scalar(sa.select(sa.func.count()).where(Login.terminal_id == gate.id)) == 4


def test_EN2_what_is_due_of_millions_of_logins_is_found_without_reading_them_all(
    tmp_path: Path,
) -> None:
    """Looked for inside a write transaction: everybody else waits meanwhile."""
    (tmp_path / "site.db").write_bytes(migrated_sqlite())
    engine = connect(sqlite_url(tmp_path / "site.db"))
    query = DUE[Kept.LOGINS](NOW).limit(10)
    compiled = query.compile(engine, compile_kwargs={"literal_binds": True})
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}").all()
    read = [row[3] for row in plan if " login" in row[3]]
    assert len(read) == 2
    assert all(one.startswith("SEARCH login USING") for one in read), read
