"""The names behind the row ids of the audit log, and the ids behind a name."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import Select, func, or_, select

from console.service.operations.employee_search import searched
from console.service.operations.paging import contains
from console.store.schema import (
    Campaign,
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
_OWNED = (Invitation, Photo, IdPhoto, Enrolment, Finger)
"""Rows of a person, which entries name by their own ids."""


def name_objects(tx: ReadTx, ids: Collection[str]) -> dict[str, str]:
    """Row id -> the name of the operator, person, terminal, kiosk or campaign that it is of."""
    names = {SYSTEM: SYSTEM_NAME}
    for kind in (Operator, Terminal, Kiosk, Campaign):
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


@dataclass(frozen=True)
class Named:
    """What words may name.

    busy: ids of what many entries are about; quiet: of people and what is theirs, with few each.
    """

    MOST: ClassVar[int] = 200
    busy: Sequence[str]
    quiet: Sequence[str]


def objects_named(tx: ReadTx, search: str) -> Named | None:
    """People, operators, terminals and kiosks by names and numbers; None if they are too many."""
    people = list(
        tx.scalars(searched(select(Employee.id), search, by_email=False).limit(Named.MOST + 1))
    )
    busy: list[str] = []
    for query in (
        _by_name(Operator, search, Operator.username),
        _by_name(Terminal, search, Terminal.serial),
        _by_name(Kiosk, search),
    ):
        busy += tx.scalars(query.limit(Named.MOST + 1))
    if len(people) + len(busy) > Named.MOST:
        return None
    quiet = list(people)
    for owned in _OWNED:
        quiet += tx.scalars(select(owned.id).where(owned.employee_id.in_(people)))
    return Named(busy, quiet)


def operator_names(tx: ReadTx) -> list[tuple[str, str]]:
    """Id and name of everybody who may have done something, Muster itself first."""
    query = select(Operator.id, Operator.name, Operator.username).order_by(Operator.name)
    people = [(row_id, f"{name} ({username})") for row_id, name, username in tx.execute(query)]
    return [(SYSTEM, SYSTEM_NAME), *people]


def _by_name(kind: Any, search: str, *also: Any) -> Select[str]:
    pattern = contains(search)
    columns = [func.lower(kind.name), *(func.lower(column) for column in also)]
    return select(kind.id).where(or_(*(one.like(pattern, escape="\\") for one in columns)))
