"""Decisions that are held for a time of grace, in which they can be undone. CO5."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Select, select

from console.domain.decisions import GRACE, HeldDecision, digest_of
from console.domain.errors import Conflict, DomainError, Forbidden
from console.domain.language import msgid, tr
from console.domain.operators import Role
from console.service.enrolment.photo_sets import current_photos
from console.service.enrolment.review import (
    PHOTOS_CHANGED,
    OverrideReason,
    Reviewer,
    Reviews,
    find_submission,
    find_waiting,
    seen_photos,
)
from console.service.jobs import Pace, one_by_one
from console.store.database import Store
from console.store.schema import Invitation, Operator
from console.store.unit_of_work import Tx

JOB = "decision"
FAILED = msgid("Something went wrong. Decide again, or see the service log.")
NO_RIGHT = msgid("The operator who decided may not decide any more.")


def held_of(invitation: Invitation) -> HeldDecision:
    """The decision that is held about this submission."""
    return msgspec.convert(invitation.held, HeldDecision)


class HeldDecisions:
    """Holds decisions, and takes them back. Blocking, like `Reviews`."""

    def __init__(self, store: Store, reviews: Reviews) -> None:
        self._store, self._reviews = store, reviews

    def approve(self, invitation_id: str, reviewer: Reviewer, reason: OverrideReason) -> None:
        """Approves when the time of grace is over. Raises what `Reviews.approve` would now."""
        self._reviews.check_approval(invitation_id, reviewer, reason)
        self._hold(invitation_id, reviewer, reason.text, reason=reason)

    def reject(self, invitation_id: str, reviewer: Reviewer, remark: str) -> None:
        """Rejects when the time of grace is over. Raises NotFound, Conflict."""
        self._hold(invitation_id, reviewer, remark, reason=None)

    def _hold(
        self, invitation_id: str, reviewer: Reviewer, words: str, *, reason: OverrideReason | None
    ) -> None:
        """reason: of an approval, None for a rejection."""
        with self._store.write(reviewer.id) as tx:
            invitation = find_waiting(tx, invitation_id)
            held = HeldDecision(
                by=reviewer.id,
                approve=reason is not None,
                words=words,
                known_lookalike=reason is not None and reason.known_lookalike,
                seen=digest_of(seen_photos(current_photos(tx, invitation))),
            )
            invitation.held_until, invitation.held = tx.now + GRACE, held.stored()
            invitation.not_decided, invitation.attempt = "", 1
            tx.changed("review", invitation.id)

    def undo(self, invitation_id: str, reviewer: Reviewer) -> None:
        """The submission waits again. Raises NotFound, Conflict."""
        with self._store.write(reviewer.id) as tx:
            invitation = find_submission(tx, invitation_id)
            if invitation.held_until is None:
                raise Conflict(tr("This decision cannot be undone any more."))
            held = held_of(invitation)
            if held.by != reviewer.id:
                raise Conflict(tr("Only the operator who made this decision can undo it."))
            _let_go(tx, invitation, "")
            tx.audit("review.undone", invitation.id, approve=held.approve)


class DecisionJob:
    """Carries out held decisions when their time of grace is over, in the order of deciding."""

    pace = Pace(batch=20, parallel=1)
    subjects: frozenset[str] = frozenset()

    def __init__(self, store: Store, reviews: Reviews) -> None:
        self._store, self._reviews = store, reviews

    def pending(self) -> Select[str, int]:
        """Submissions whose decision is due."""
        query = select(Invitation.id, Invitation.attempt)
        query = query.where(Invitation.held_until <= self._store.clock())
        return query.order_by(Invitation.held_until)

    def run(self, row_ids: Sequence[str]) -> None:
        """Carries these out, each in a transaction of its own."""
        one_by_one(JOB, self._take_effect, row_ids)

    def retry(self, tx: Tx, row_id: str, given_up: bool) -> None:
        """After a defect of ours."""
        invitation = tx.get_one(Invitation, row_id)
        invitation.attempt += 1
        if given_up:
            _let_go(tx, invitation, FAILED)

    def _take_effect(self, row_id: str) -> None:
        with self._store.read() as tx:
            invitation = tx.get(Invitation, row_id)
            if invitation is None or invitation.held_until is None:
                return
            due, held = invitation.held_until, held_of(invitation)
            operator = tx.get(Operator, held.by)
            photos = digest_of(seen_photos(current_photos(tx, invitation)))
        try:
            if operator is None or not operator.active or operator.role is not Role.ADMIN:
                raise Forbidden(tr(NO_RIGHT))
            if photos != held.seen:
                raise Conflict(tr(PHOTOS_CHANGED))
            reviewer = Reviewer(id=operator.id, employee_id=operator.employee_id or "")
            self._carry_out(row_id, reviewer, held, due)
        except DomainError as refused:
            with self._store.write(held.by) as writing:
                row = writing.get(Invitation, row_id)
                if row is not None and row.held_until == due:  # else it was undone meanwhile
                    _let_go(writing, row, refused.message)

    def _carry_out(
        self, row_id: str, reviewer: Reviewer, held: HeldDecision, due: datetime
    ) -> None:
        if held.approve:
            reason = OverrideReason(text=held.words, known_lookalike=held.known_lookalike)
            self._reviews.approve(row_id, reviewer, reason, due=due)
        else:
            self._reviews.reject(row_id, reviewer, held.words, due)


def _let_go(tx: Tx, invitation: Invitation, why: str) -> None:
    invitation.held_until, invitation.held, invitation.not_decided = None, None, why[:500]
    tx.changed("review", invitation.id)
