"""Which employees a list shows: one rule for what is listed, exported and invited."""

from typing import TypeVar

from sqlalchemy import ColumnElement, Select, exists

from console.api.employees import WhichEmployees
from console.domain.invitations import OPEN
from console.domain.people_states import PeopleState
from console.service.operations.concerns import Concerned
from console.service.operations.employee_search import searched
from console.service.operations.person_health import needs_new_face
from console.store.queries.departments import within
from console.store.schema import Employee, Enrolment, Invitation
from console.store.unit_of_work import ReadTx

T = TypeVar("T")


def narrowed(
    tx: ReadTx,
    query: Select[T],
    which: WhichEmployees,
    *,
    model: str,
    concerned: Concerned,
    by_email: bool = True,
) -> Select[T]:
    """The query, of these employees.

    model: the recogniser in use; by_email: the search looks at addresses, too. Raises Invalid for a
    concern of another list.
    """
    query = searched(query, which.search, by_email=by_email)
    if which.department:
        query = query.where(within(Employee.department, which.department))
    if which.state is not None:
        query = query.where(*_in_state(which.state))
    if which.re_enrol:
        query = query.where(needs_new_face(tx.now, model))
    if which.concern is not None:
        query = query.where(concerned.employees(tx, which.concern))
    return query


def _in_state(state: PeopleState) -> list[ColumnElement[bool]]:
    if state is PeopleState.AWAY:
        return [~Employee.in_force]
    face = exists().where(Enrolment.live, Enrolment.employee_id == Employee.id)
    invited = exists().where(
        Invitation.employee_id == Employee.id, Invitation.status.in_(sorted(OPEN))
    )
    besides: dict[PeopleState, list[ColumnElement[bool]]] = {
        PeopleState.ACTIVE: [],
        PeopleState.WITH_FACE: [face],
        PeopleState.WITHOUT_FACE: [~face],
        PeopleState.INVITED: [invited],
    }
    return [Employee.in_force.is_(True), *besides[state]]
