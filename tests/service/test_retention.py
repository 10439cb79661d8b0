"""What is old is deleted and reported; what is said about it is made from the settings. EN2."""

from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa

from console.api import faces, retention
from console.api.operation import ById, Nothing, ServiceError
from console.demo.photos import good_photos
from console.demo.site import wait_until
from console.domain.fingers import FingerPosition
from console.domain.invitations import Status
from console.domain.log_coverage import Span
from console.domain.retention import Kept
from console.service.people.retention import Retention, last_report
from console.store.database import Store, connect, sqlite_url
from console.store.queries.aged_logins import remove_logins, removed_of, removed_span
from console.store.schema import (
    Audit,
    Consent,
    Employee,
    Enrolment,
    EnrolmentPicture,
    Finger,
    Invitation,
    LegalHold,
    Login,
    Outbox,
    Photo,
    Placement,
    Terminal,
)
from tests.conftest import RunningSite
from tests.service.test_dialled import Dialled
from tests.service.test_terminals import approve
from tests.store.made import NOW, add_terminal
from tests.store.test_erasure import add_login, with_everything
from tests.support.clock import FakeClock

YEARS = timedelta(days=365 * 4)


class Forgotten(list[object]):
    """What the workers were told to forget."""

    def retention(self, store: Store) -> Retention:
        return Retention(
            store,
            forget_face=self.append,
            forget_finger=lambda owner, finger: self.append((owner, finger)),
        )


def count(
    store: Store, table: type[Photo] | type[Finger] | type[Login] | type[Consent], owner: str
) -> int:
    with store.read() as tx:
        query = sa.select(sa.func.count()).select_from(table).where(table.employee_id == owner)
        return tx.scalar(query) or 0


def test_EN2_after_years_nothing_of_somebody_who_left_is_kept_but_the_row_and_the_proof(
    store: Store, clock: FakeClock
) -> None:
    with store.write() as tx:
        tx.audit("old")
        person = with_everything(tx)
        tx.execute(sa.delete(LegalHold))
        row = tx.get_one(Employee, person.id)
        row.active = row.in_force = False
    clock.now = NOW + YEARS
    forgotten = Forgotten()
    report = forgotten.retention(store).run()
    assert report.removed["left"] == 1
    assert report.removed["logins"] == 1
    assert set(forgotten) == {person.id, (person.id, FingerPosition.RIGHT_INDEX)}
    assert [count(store, one, person.id) for one in (Photo, Finger, Login)] == [0, 0, 0]
    assert count(store, Consent, person.id) == 2, "the proof that they agreed"
    with store.read() as tx:
        (left,) = tx.scalars(sa.select(Enrolment).where(Enrolment.employee_id == person.id))
        assert (left.live, left.version) == (False, "")
        assert tx.get(EnrolmentPicture, left.id) is None
        (link,) = tx.scalars(sa.select(Invitation).where(Invitation.employee_id == person.id))
        assert link.status is Status.SUPERSEDED
        assert last_report(tx) == report
        said = tx.scalars(sa.select(Audit.detail).where(Audit.action == "retention.pass")).one()
        assert said["removed"] == report.removed
        (place,) = tx.scalars(sa.select(Placement).where(Placement.employee_id == person.id))
        assert place.face_held, "until the terminal has shown otherwise"
    assert forgotten.retention(store).run().removed == {}


def test_EN2_a_legal_hold_keeps_all_of_somebody(store: Store, clock: FakeClock) -> None:
    with store.write() as tx:
        person = with_everything(tx)
        row = tx.get_one(Employee, person.id)
        row.active = row.in_force = False
    clock.now = NOW + YEARS
    Forgotten().retention(store).run()
    assert [count(store, one, person.id) for one in (Photo, Finger, Login)] == [1, 1, 1]


def test_EN2_a_pass_is_made_once_an_hour(store: Store, clock: FakeClock) -> None:
    upkeep = Forgotten().retention(store)
    passes = []
    for minutes in (0, 59, 61):
        clock.now = NOW + timedelta(minutes=minutes)
        upkeep.run_when_due()
        with store.read() as tx:
            report = last_report(tx)
            assert report is not None
            passes.append(report.at - NOW)
    assert passes == [timedelta(), timedelta(), timedelta(minutes=61)]


def test_EN2_what_nobody_decided_about_and_old_links_go(store: Store, clock: FakeClock) -> None:
    with store.write() as tx:
        person = with_everything(tx)
        tx.execute(sa.delete(LegalHold))
        link = tx.scalars(sa.select(Invitation).where(Invitation.employee_id == person.id)).one()
        tx.execute(sa.update(Placement).values(face_id=None))
        tx.execute(sa.delete(Enrolment))
        tx.execute(sa.update(Outbox).values(state="sent"))
        link.status = Status.PENDING_APPROVAL
    clock.now = NOW + timedelta(days=31)
    assert Forgotten().retention(store).run().removed == {"waiting": 1}
    with store.read() as tx:
        assert tx.get_one(Invitation, link.id).status is Status.REVOKED
    clock.now += timedelta(days=91)
    assert Forgotten().retention(store).run().removed["links"] == 1
    with store.read() as tx:
        assert tx.get(Invitation, link.id) is None
    assert count(store, Consent, person.id) == 2


def test_EN2_texts_follow_the_settings_and_a_trial_changes_nothing(running: RunningSite) -> None:
    state = running.client.call(retention.get_retention, Nothing())
    assert {row.kind for row in state.kinds} == set(Kept)
    assert state.last_at is not None, "a pass is made soon after the start"
    days = {"approved": 5, "left": 60, "lines": 40}
    tried = running.client.call(retention.look_at_retention, retention.ChosenDays(days=days))
    assert {row.kind: row.days for row in tried.kinds}[Kept.APPROVED] == 5
    page = httpx.get(running.demo.running.portal + "/privacy").text
    assert "30 days after the approval" in page
    person = running.add_employee()
    old = running.client.call(faces.capture, ById(id=person.id)).texts[0]
    running.client.call(retention.save_retention, retention.ChosenDays(days=days))
    page = httpx.get(running.demo.running.portal + "/privacy").text
    assert "5 days after the approval" in page
    assert "40 days after they came" in page
    new = running.client.call(faces.capture, ById(id=person.id)).texts[0]
    assert "60 days after you leave" in new.paragraphs[2][1]
    assert "5 days after approval" in new.paragraphs[0][1]
    stale = faces.BeginCapture(employee_id=person.id, digest=old.digest, agreed=True)
    with pytest.raises(ServiceError, match="text has changed"):
        running.client.call(faces.begin_capture, stale)
    running.demo.add_unit("KEEPER", poll_s=0.2)
    approve(running, "KEEPER")
    running.visit(person).enrol(person.number, good_photos())
    waiting = running.wait_submission(person)
    assert "kept for 5 days" in waiting.after_approval
    with pytest.raises(ServiceError, match="no kind"):
        bad = retention.ChosenDays(days={"nothing": 1})
        running.client.call(retention.save_retention, bad)
    running.client.call(retention.save_retention, retention.ChosenDays(days={}))


def test_EN2_P2_logins_that_were_deleted_by_their_age_are_not_missing_and_do_not_come_back(
    running: RunningSite,
) -> None:
    door = Dialled(running, punches=30)
    wait_until(lambda: len(door.logins()) == 30)
    with Store(connect(sqlite_url(running.demo.data_dir / "muster.db"))).write() as tx:
        mine = sa.select(Login.id).where(Login.terminal_id == door.id).order_by(Login.at)
        remove_logins(tx, list(tx.scalars(mine.limit(10))))
    counted = door.run_action("audit")
    said = "The terminal says 30, Muster has 30: nothing is missing. 10 of them were deleted here"
    assert said in counted.result.text
    assert "0 of them new" in door.run_action("read_log").result.text
    assert len(door.logins()) == 20
    assert said in door.run_action("audit").result.text


def test_EN2_retention_notes_how_many_logins_of_a_terminal_it_deleted(
    store: Store, clock: FakeClock
) -> None:
    with store.write() as tx:
        gate = add_terminal(tx, "Gate")
        for _ in range(3):
            add_login(tx, "1001", terminal_id=gate.id)
        add_login(tx, "1001")
    clock.now = NOW + YEARS
    for _ in range(2):
        Forgotten().retention(store).run()
    with store.read() as tx:
        counts = tx.get_one(Terminal, gate.id).counts
        assert tx.scalars(sa.select(Login.id)).all() == []
    assert removed_of(counts) == 3
    assert removed_span(counts) == Span(NOW, NOW)
