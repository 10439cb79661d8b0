"""Which invitations a search and a filter of the board find: one rule for lists and for acts."""

from typing import Any, TypeVar

from sqlalchemy import Select, func, or_

from console.api.invitations import Those
from console.service.operations.paging import contains
from console.store.queries.board import counted, stands_for
from console.store.schema import Employee, Invitation

Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])


def named(query: Query, search: str) -> Query:
    """The query, joined with employees, of those in whose name or number each word occurs."""
    query = query.join(Employee, Employee.id == Invitation.employee_id)
    for word in search.split()[:8]:
        pattern = contains(word)
        names = Employee.sort_name, func.lower(Employee.number)
        query = query.where(or_(*(column.like(pattern, escape="\\") for column in names)))
    return query


def on_board(query: Query, those: Those) -> Query:
    """The query, of what the board counts there."""
    query = query.where(counted(those.campaign_id))
    if those.stage is not None:
        query = query.where(Invitation.stage == those.stage.value)
    return query if those.why is None else query.where(stands_for(those.why))
