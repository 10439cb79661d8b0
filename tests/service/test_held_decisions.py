"""A decision in review can be undone for a while; nothing of it leaves before. CO5."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from console.domain.decisions import GRACE
from console.domain.errors import Conflict, NotFound
from console.domain.invitations import Status
from console.domain.operators import Role
from console.service.enrolment.duplicate_guard import DuplicateGuard
from console.service.enrolment.face_gallery import FaceGallery
from console.service.enrolment.held_decisions import FAILED, DecisionJob, HeldDecisions
from console.service.enrolment.review import PHOTOS_CHANGED, Reviewer, Reviews
from console.store.columns import new_id
from console.store.database import Store
from console.store.queries.enrolments import to_review
from console.store.schema import Audit, Invitation, Operator, Outbox, Photo
from console.store.unit_of_work import Tx
from tests.store.made import NOW, add_employee, add_invitation
from tests.support.clock import FakeClock

SECOND = timedelta(seconds=1)


def add_reviewer(tx: Tx, name: str) -> Reviewer:
    row = Operator(
        id=new_id(),
        username=name,
        name=name,
        role=Role.ADMIN,
        password_hash="",
        password_until=None,
        missed_at=None,
        employee_id=None,
        created_at=NOW,
    )
    tx.add(row)
    return Reviewer(id=row.id, employee_id="")


class Desk:
    """One submission, two administrators, and what decides about it."""

    def __init__(self, store: Store) -> None:
        gallery = FaceGallery(store)
        # a rejection needs no worker
        reviews = Reviews(store, None, gallery, DuplicateGuard(gallery))  # type: ignore[arg-type]
        self.store, self.held = store, HeldDecisions(store, reviews)
        self.reviews, self.job = reviews, DecisionJob(store, reviews)
        with store.write() as tx:
            self.mei, self.farid = add_reviewer(tx, "Mei"), add_reviewer(tx, "Farid")
            employee = add_employee(tx)
            employee.email = "nur@example.com"
            self.id = add_invitation(tx, employee, Status.PENDING_APPROVAL, tries=1).id

    def row(self) -> Invitation:
        with self.store.read() as tx:
            return tx.get_one(Invitation, self.id)

    def change(self, **values: Any) -> None:
        with self.store.write() as tx:
            tx.execute(sa.update(Invitation).where(Invitation.id == self.id).values(**values))

    def work(self) -> list[str]:
        """Runs what is due, as the dispatcher does."""
        with self.store.read() as tx:
            due = [row_id for row_id, _ in tx.execute(self.job.pending())]
        self.job.run(due)
        return due

    def to_review(self) -> bool:
        with self.store.read() as tx:
            return tx.scalar(sa.select(Invitation.id).where(to_review())) == self.id

    def emails(self) -> int:
        with self.store.read() as tx:
            return tx.scalar(sa.select(sa.func.count()).select_from(Outbox)) or 0


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


def test_CO5_nothing_leaves_before_the_time_of_grace_is_over(desk: Desk, clock: FakeClock) -> None:
    desk.held.reject(desk.id, desk.mei, "Please take off the cap.")
    assert not desk.to_review(), "nobody is asked to decide it once more"
    clock.now += GRACE - SECOND
    assert desk.work() == []
    assert (desk.row().status, desk.emails()) == (Status.PENDING_APPROVAL, 0)
    clock.now += SECOND
    assert desk.work() == [desk.id]
    row = desk.row()
    assert (row.status, row.remark) == (Status.REJECTED, "Please take off the cap.")
    assert (row.decided_by, row.held_until, row.held) == (desk.mei.id, None, None)
    assert desk.emails() == 1
    assert desk.work() == []


def test_CO5_a_decision_that_is_undone_never_takes_effect(desk: Desk, clock: FakeClock) -> None:
    desk.held.reject(desk.id, desk.mei, "")
    desk.held.undo(desk.id, desk.mei)
    assert desk.to_review()
    clock.now += GRACE
    assert desk.work() == []
    assert (desk.row().status, desk.emails()) == (Status.PENDING_APPROVAL, 0)
    with desk.store.read() as tx:
        (entry,) = tx.scalars(sa.select(Audit).where(Audit.action == "review.undone")).all()
    assert entry.actor == desk.mei.id


def test_CO5_it_is_undone_although_it_is_being_carried_out(desk: Desk, clock: FakeClock) -> None:
    """The decision is read, then undone, then written: the writing finds that it is gone."""
    desk.held.reject(desk.id, desk.mei, "")
    due = desk.row().held_until
    clock.now += GRACE
    desk.held.undo(desk.id, desk.mei)
    with pytest.raises(Conflict):
        desk.reviews.reject(desk.id, desk.mei, "", due)
    desk.job.run([desk.id])
    assert (desk.row().status, desk.row().not_decided) == (Status.PENDING_APPROVAL, "")


def test_CO5_two_operators_meet_as_they_do_without_a_time_of_grace(desk: Desk) -> None:
    desk.held.reject(desk.id, desk.mei, "")
    for decides in (desk.held.reject, desk.reviews.reject):
        with pytest.raises(Conflict, match="Mei has already decided this"):
            decides(desk.id, desk.farid, "")
    with pytest.raises(Conflict, match="Only the operator who made"):
        desk.held.undo(desk.id, desk.farid)
    desk.held.undo(desk.id, desk.mei)
    desk.held.reject(desk.id, desk.farid, "")
    assert desk.row().held is not None


def test_CO5_what_is_decided_cannot_be_undone(desk: Desk, clock: FakeClock) -> None:
    desk.held.reject(desk.id, desk.mei, "")
    clock.now += GRACE
    desk.work()
    with pytest.raises(Conflict, match="cannot be undone any more"):
        desk.held.undo(desk.id, desk.mei)
    with pytest.raises(NotFound):
        desk.held.undo("nobody", desk.mei)


def test_CO5_photos_that_came_meanwhile_are_not_decided_unseen(
    desk: Desk, clock: FakeClock
) -> None:
    desk.held.reject(desk.id, desk.mei, "")
    with desk.store.write() as tx:
        invitation = tx.get_one(Invitation, desk.id)
        tx.add(
            Photo(
                id=new_id(),
                invitation_id=invitation.id,
                employee_id=invitation.employee_id,
                slot=1,
                try_no=1,
                state="screened",
                created_at=NOW,
            )
        )
    clock.now += GRACE
    desk.work()
    assert desk.to_review()
    assert (desk.row().not_decided, desk.row().status) == (PHOTOS_CHANGED, Status.PENDING_APPROVAL)
    desk.held.reject(desk.id, desk.mei, "")
    assert desk.row().not_decided == "", "it is decided anew"


def test_CO5_a_decision_about_what_waits_no_longer_comes_to_nothing(
    desk: Desk, clock: FakeClock
) -> None:
    desk.held.reject(desk.id, desk.mei, "")
    desk.change(status=Status.WITHDRAWN)
    clock.now += GRACE
    desk.work()
    assert (desk.row().status, desk.row().held, desk.emails()) == (Status.WITHDRAWN, None, 0)
    assert desk.work() == []


@pytest.mark.parametrize("lost", [{"active": False}, {"role": Role.AUDITOR}])
def test_CO5_whoever_may_not_decide_any_more_has_not_decided(
    desk: Desk, clock: FakeClock, lost: dict[str, Any]
) -> None:
    desk.held.reject(desk.id, desk.mei, "")
    with desk.store.write() as tx:
        tx.execute(sa.update(Operator).where(Operator.id == desk.mei.id).values(**lost))
    clock.now += GRACE
    desk.work()
    assert desk.to_review()
    assert "may not decide any more" in desk.row().not_decided


def test_CO5_a_decision_that_cannot_be_carried_out_is_given_up_with_a_word(desk: Desk) -> None:
    desk.held.reject(desk.id, desk.mei, "")
    with desk.store.write() as tx:
        desk.job.retry(tx, desk.id, False)
    assert (desk.row().attempt, desk.to_review()) == (2, False)
    with desk.store.write() as tx:
        desk.job.retry(tx, desk.id, True)
    assert (desk.row().not_decided, desk.to_review()) == (FAILED, True)
