"""The names behind the row ids of the audit log, and the ids behind a name."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, func, or_, select

from console.service.operations.employee_search import searched
from console.service.operations.paging import contains
from console.store.schema import (
    Employee,
    Enrolment,
    Finger,
    IdPhoto,
    Invitation,
    Kiosk,
    Operator,
    Photo,
    Terminal,
)
from console.store.unit_of_work import SYSTEM, ReadTx

SYSTEM_NAME = "Muster"
MOST_PEOPLE = 200
"""Whoever searches for a letter means no person: so many are looked for at most."""
_OWNED = (Invitation, Photo, IdPhoto, Enrolment, Finger)
"""Rows of a person, which entries name by their own ids."""


def name_objects(tx: ReadTx, ids: Collection[str]) -> dict[str, str]:
    """Row id -> the name of the operator, person, terminal or kiosk it is or belongs to."""
    names = {SYSTEM: SYSTEM_NAME}
    for kind in (Operator, Terminal, Kiosk):
        names |= dict(tx.execute(select(kind.id, kind.name).where(kind.id.in_(ids))).all())
    owners: dict[str, str] = {}
    for owned in _OWNED:
        query = select(owned.id, owned.employee_id).where(owned.id.in_(ids))
        owners |= dict(tx.execute(query).all())
    wanted = {*ids, *owners.values()}
    people = select(Employee.id, Employee.first_name, Employee.last_name, Employee.number)
    for row_id, first, last, number in tx.execute(people.where(Employee.id.in_(wanted))):
        names[row_id] = f"{first} {last}".strip() + f" ({number})"
    return names | {row_id: names[owner] for row_id, owner in owners.items() if owner in names}


def operators_named(tx: ReadTx, search: str) -> list[str]:
    """The ids of operators by a part of their name; Muster itself by its own."""
    found = list(tx.scalars(_by_name(Operator, search, Operator.username)))
    return [*found, SYSTEM] if search.strip().casefold() == SYSTEM_NAME.casefold() else found


def objects_named(tx: ReadTx, search: str) -> list[str]:
    """The ids of people and what is theirs, operators, terminals and kiosks by their names."""
    people = list(
        tx.scalars(searched(select(Employee.id), search, by_email=False).limit(MOST_PEOPLE))
    )
    found = list(people)
    for owned in _OWNED:
        found += tx.scalars(select(owned.id).where(owned.employee_id.in_(people)))
    found += tx.scalars(_by_name(Operator, search, Operator.username))
    found += tx.scalars(_by_name(Terminal, search, Terminal.serial))
    found += tx.scalars(_by_name(Kiosk, search))
    return found


def _by_name(kind: Any, search: str, *also: Any) -> Select[str]:
    pattern = contains(search)
    columns = [func.lower(kind.name), *(func.lower(column) for column in also)]
    return select(kind.id).where(or_(*(one.like(pattern, escape="\\") for one in columns)))
