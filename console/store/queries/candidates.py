"""What is known of people who may be invited: some statements, however many people there are."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime

from sqlalchemy import Select, and_, case, func, select

from console.domain.campaigns import Candidate, works
from console.domain.enrolment_health import FAILED_LEAST, FAILED_SHARE, TREND
from console.domain.invitations import Status
from console.domain.login_events import LoginOutcome, Reason
from console.domain.login_policy import Method
from console.store.queries.access_rules import groups_of
from console.store.queries.people import join_name
from console.store.schema import Employee, Enrolment, Invitation, Kiosk, Login
from console.store.unit_of_work import ReadTx


def candidates(
    tx: ReadTx, today: date, employee_ids: Collection[str] | None = None, *, whole: bool = False
) -> dict[str, Candidate]:
    """Employee id -> facts, of these people or of everybody who is listed.

    today: by the site's zone; whole: also groups and failed logins, which only a choice asks for.
    """
    people = select(
        Employee.id,
        Employee.number,
        Employee.first_name,
        Employee.last_name,
        Employee.email,
        Employee.department,
        Employee.active,
        Employee.valid_until,
        Employee.opted_out_at,
    ).where(Employee.merged_into.is_(None), ~Employee.erased)
    if employee_ids is not None:
        people = people.where(Employee.id.in_(employee_ids))
    sent = _Sent(tx, employee_ids)
    faces = dict(tx.execute(_faces(employee_ids)).all())
    groups = groups_of(tx, employee_ids) if whole else defaultdict(frozenset[str])
    failing = set(tx.scalars(often_fails(tx.now))) if whole else set[str | None]()
    return {
        row_id: Candidate(
            id=row_id,
            number=number,
            name=join_name(first, last),
            email=email,
            department=department,
            groups=groups[row_id],
            active=active,
            last_day_over=until is not None and until < today,
            opted_out=opted_out is not None,
            statuses=frozenset(sent.statuses[row_id]),
            newest=sent.newest.get(row_id),
            has_link=row_id in sent.with_link,
            enrolled_at=faces.get(row_id),
            often_fails=row_id in failing and row_id in faces,
        )
        for row_id, number, first, last, email, department, active, until, opted_out in tx.execute(
            people.order_by(Employee.sort_name, Employee.id)
        )
    }


@contextmanager
def held_people(tx: ReadTx, employee_ids: Collection[str]) -> Iterator[None]:
    """Reads these people at once; meanwhile, nobody who asks for one of them reads again."""
    held = list(tx.scalars(select(Employee).where(Employee.id.in_(employee_ids))))
    yield
    del held


class _Sent:
    """The invitations of people: their statuses, the newest, and whose link still works."""

    def __init__(self, tx: ReadTx, employee_ids: Collection[str] | None) -> None:
        self.statuses: defaultdict[str, set[Status]] = defaultdict(set)
        self.newest: dict[str, Status] = {}
        self.with_link: set[str] = set()
        query = select(Invitation.employee_id, Invitation.status, Invitation.expires_at)
        if employee_ids is not None:
            query = query.where(Invitation.employee_id.in_(employee_ids))
        for owner, status, expires_at in tx.execute(query.order_by(Invitation.created_at)):
            self.statuses[owner].add(status)
            self.newest[owner] = status
            if works(status, expires_at, tx.now):
                self.with_link.add(owner)


def _faces(employee_ids: Collection[str] | None) -> Select[str, datetime]:
    query = select(Enrolment.employee_id, Enrolment.approved_at).where(Enrolment.live)
    return query if employee_ids is None else query.where(Enrolment.employee_id.in_(employee_ids))


def often_fails(now: datetime) -> Select[str | None]:
    """Ids of those whose face often did not match at kiosks lately, by `Tries.often_fails`."""
    failed = func.sum(case((Login.reason == Reason.FACE.value, 1), else_=0))
    tried = (
        Login.kiosk_id.in_(select(Kiosk.id)),
        Login.at >= now - TREND,
        Login.employee_id.is_not(None),
        Login.outcome != LoginOutcome.ABANDONED.value,
        Login.method.contains(Method.FACE.value),
    )
    query = select(Login.employee_id).where(*tried).group_by(Login.employee_id)
    return query.having(and_(failed >= FAILED_LEAST, failed >= FAILED_SHARE * func.count()))
