"""Values on their way into the database and back."""

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from console.domain.invitations import Status
from console.store import columns
from console.store.columns import EnumText, UtcDateTime, new_id
from console.store.database import Store
from console.store.schema import Audit, Invitation, Photo
from tests.store.made import NOW, add_employee, add_invitation


def test_a_moment_that_has_not_come_is_kept_as_none(shared_store: Store) -> None:
    later = datetime(2026, 11, 23, 1, 30, tzinfo=timezone(timedelta(hours=8)))
    with shared_store.write() as tx:
        row = add_invitation(tx, add_employee(tx), Status.INVITED)
    with shared_store.read() as seen:
        assert seen.get_one(Invitation, row.id).submitted_at is None
    with shared_store.write() as tx:
        tx.get_one(Invitation, row.id).submitted_at = later
    with shared_store.read() as seen:
        kept = seen.get_one(Invitation, row.id).submitted_at
        mine = sa.select(Invitation.id).where(Invitation.id == row.id)
        assert seen.scalar(mine.where(Invitation.submitted_at <= later)) == row.id
        assert seen.scalar(mine.where(Invitation.submitted_at < later)) is None
    assert kept == later and kept.tzinfo is UTC


@pytest.mark.parametrize("bad", ["unheard of", "", 5])
def test_a_status_that_does_not_exist_is_never_stored(shared_store: Store, bad: Any) -> None:
    with pytest.raises(sa.exc.StatementError), shared_store.write() as tx:
        tx.execute(sa.update(Invitation).values(status=bad))


def test_a_status_that_a_newer_program_wrote_is_not_taken_for_another(shared_store: Store) -> None:
    with pytest.raises(ValueError, match="newer"), shared_store.write() as tx:
        row = add_invitation(tx, add_employee(tx), Status.INVITED)
        table = sa.table("invitation", sa.column("id"), sa.column("status"))
        tx.execute(sa.update(table).where(table.c.id == row.id).values(status="newer"))
        tx.scalar(sa.select(Invitation.status).where(Invitation.id == row.id))


def test_a_column_without_a_value_stays_without_one(shared_store: Store) -> None:
    dialect = shared_store.engine.dialect
    for kind in (EnumText(Status), UtcDateTime()):
        assert kind.process_bind_param(None, dialect) is None
        assert kind.process_result_value(None, dialect) is None
    assert EnumText(Status).process_bind_param("invited", dialect) == "invited"
    assert EnumText(Status).process_result_value("invited", dialect) is Status.INVITED


def test_ids_are_random_uuids_that_begin_with_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(time_ns=lambda: 0x0123456789AB * 1_000_000 + 999_999)
    monkeypatch.setattr(columns, "time", clock)
    one, other = new_id(), new_id()
    assert one[:12] == other[:12] == "0123456789ab", "milliseconds"
    assert one[12] == "7" and one[16] in "89ab"
    assert len(one) == 32 and one[13:16] + one[17:] != other[13:16] + other[17:]


def test_a_photo_has_a_vector_when_a_recogniser_made_one() -> None:
    assert Photo(model="dlib").has_vector is True
    assert Photo(model="").has_vector is False


def test_audit_keeps_the_moment_to_the_microsecond(shared_store: Store) -> None:
    moment = NOW.replace(microsecond=123456)
    with shared_store.write(now=moment) as tx:
        tx.audit("site.test")
    with shared_store.read() as seen:
        assert seen.scalar(sa.select(Audit.at).order_by(Audit.seq.desc())) == moment
