"""Whom a search of employees finds: one rule for lists, exports and bulk acts."""

from typing import TypeVar

from sqlalchemy import Select, func, or_

from console.service.operations.paging import contains
from console.store.schema import Employee

T = TypeVar("T")


def searched(query: Select[T], search: str, *, by_email: bool = True) -> Select[T]:
    """The query, of those in whose name, number, department or email each word occurs.

    Rows that were merged into another one, or stand for somebody erased, are not found.
    """
    query = query.where(Employee.merged_into.is_(None), ~Employee.erased)
    for word in search.split()[:8]:
        pattern = contains(word)
        columns = [
            Employee.sort_name,
            func.lower(Employee.number),
            func.lower(Employee.department),
        ]
        if by_email:
            columns.append(func.lower(Employee.email))
        query = query.where(or_(*(column.like(pattern, escape="\\") for column in columns)))
    return query
