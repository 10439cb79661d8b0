"""Which rows a line of the first page counts: one rule for the count and for the list. CO19."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import ColumnElement, or_, select

from console.domain.errors import Invalid
from console.domain.language import tr
from console.domain.today import DAYS_AHEAD, LINKS_WITHIN, Concern
from console.service.enrolment import id_photos
from console.service.enrolment.invitations import today_at_site
from console.service.people import erasure
from console.store.queries.today import has_last_day, link_ends, waits_for
from console.store.schema import Employee, Erasure, IdPhoto, Invitation, Photo
from console.store.unit_of_work import ReadTx

PHOTO_JOB, SETTLE_JOB = "photo", "settle"
"""Jobs without which nobody comes to the review."""


class Concerned:
    """Knows it of rows that lists read page by page."""

    def __init__(self, failing: Callable[[str], set[str]]) -> None:
        """failing: the rows of a kind of job that failed and are tried again."""
        self._failing = failing

    def invitations(self, tx: ReadTx, concern: Concern) -> ColumnElement[bool]:
        """Whether an invitation is counted. Raises Invalid."""
        if concern is Concern.LINKS:
            return link_ends(tx.now, tx.now + LINKS_WITHIN)
        if concern is not Concern.SCREENING_FAILS:
            raise _no_list(concern)
        photos = select(Photo.invitation_id).where(Photo.id.in_(self._failing(PHOTO_JOB)))
        return or_(Invitation.id.in_(self._failing(SETTLE_JOB)), Invitation.id.in_(photos))

    def employees(self, tx: ReadTx, concern: Concern) -> ColumnElement[bool]:
        """Whether an employee is counted. Raises Invalid."""
        if concern is Concern.LAST_DAYS:
            first = today_at_site(tx)
            return has_last_day(first, first + timedelta(days=DAYS_AHEAD))
        if concern is not Concern.ID_PHOTO_FAILS:
            raise _no_list(concern)
        failing = IdPhoto.id.in_(self._failing(id_photos.JOB))
        here = Employee.merged_into.is_(None) & ~Employee.erased
        return here & Employee.id.in_(select(IdPhoto.employee_id).where(failing))

    def erasures(self, concern: Concern, operator_id: str) -> ColumnElement[bool]:
        """Whether an erasure is counted for this operator. Raises Invalid."""
        if concern is Concern.ERASURE:
            return waits_for(operator_id)
        if concern is not Concern.ERASING_FAILS:
            raise _no_list(concern)
        return Erasure.id.in_(self._failing(erasure.JOB))


def _no_list(concern: Concern) -> Invalid:
    return Invalid("concern", tr("This list cannot be filtered by {concern}.", concern=concern))
