"""Whom a search of employees finds, and who fits best: one rule for lists and bulk acts."""

from typing import TypeVar

from sqlalchemy import ColumnElement, Select, and_, case, func, or_

from console.domain.closeness import Closeness
from console.service.operations.paging import begins, contains, lowered
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
            lowered(Employee.number),
            lowered(Employee.department),
        ]
        if by_email:
            columns.append(lowered(Employee.email))
        query = query.where(or_(*(column.like(pattern, escape="\\") for column in columns)))
    return query


def fit(search: str) -> ColumnElement[int]:
    """How well an employee who is found fits the search, by name and number; 0 is the best.

    The rule of `domain.closeness`, as far as the kept names tell: the last name comes first.
    """
    name, number = Employee.sort_name, func.lower(Employee.number)
    words = search.lower().split()[:8]
    starts = and_(
        *(
            or_(
                name.like(begins(word), escape="\\"),
                name.like(f"% {begins(word)}", escape="\\"),
                number.like(begins(word), escape="\\"),
            )
            for word in words
        )
    )
    whole = " ".join(words)
    exact = or_(number == whole, name == whole)
    prefix = or_(number.like(begins(whole), escape="\\"), name.like(begins(whole), escape="\\"))
    return case(
        (exact, Closeness.EXACT.value),
        (prefix, Closeness.PREFIX.value),
        (starts, Closeness.WORD_STARTS.value),
        else_=Closeness.INSIDE.value,
    )
