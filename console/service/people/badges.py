"""Badges: what stands for an employee's number at a kiosk. Only a mark of it is kept."""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import replace

from sqlalchemy import select

from console.domain.badges import badge_mark, checked_badge
from console.domain.employee_lists import ListRow, Values
from console.domain.errors import Conflict
from console.domain.list_cells import Value
from console.domain.list_headings import Field
from console.service.settings import BADGE_KEY, load_badge_key
from console.store.database import Store
from console.store.queries.people import full_name
from console.store.schema import Employee, Setting
from console.store.unit_of_work import ReadTx, Tx

KEY_BYTES = 32


def set_badge(tx: Tx, person: Employee, text: str) -> None:
    """Gives somebody the badge that says this, or takes theirs where the text is empty.

    Raises Invalid, and Conflict for the badge of somebody else.
    """
    mark = badge_mark(_made_key(tx), checked_badge(text)) if text.strip() else None
    if mark is not None:
        query = select(Employee).where(Employee.badge_mark == mark, Employee.id != person.id)
        other = tx.scalar(query)
        if other is not None:
            raise Conflict(f"This is the badge of {full_name(other)}, {other.number}.")
    person.badge_mark, person.updated_at = mark, tx.now
    tx.audit("employee.badge_set" if mark else "employee.badge_removed", person.id)
    tx.changed("employees", person.id)


def move_badge(tx: Tx, gone: Employee, keep: Employee) -> None:
    """A badge goes with the person to the row that stays, unless that one has its own."""
    mark, gone.badge_mark = gone.badge_mark, None
    tx.flush()
    keep.badge_mark = keep.badge_mark or mark


class FreeBadges:
    """Of some people in one transaction: nobody gets a badge that is somebody else's by now."""

    def __init__(self, tx: ReadTx, wanted: Iterable[Values]) -> None:
        """wanted: what these people are to have; some hundred at most."""
        marks = {str(values[Field.BADGE]) for values in wanted if values.get(Field.BADGE)}
        query = select(Employee.badge_mark, Employee.id).where(Employee.badge_mark.in_(marks))
        self._owners: dict[Value, str] = dict(tx.execute(query).all()) if marks else {}

    def of(self, values: Values, employee_id: str = "", own: Value = None) -> Values:
        """The values, with their own badge in place of one that is not free."""
        badge = values.get(Field.BADGE)
        free = not badge or self._owners.get(badge, employee_id) == employee_id
        return values if free else values | {Field.BADGE: own}


def with_marks(rows: Iterable[ListRow], store: Store) -> Iterator[ListRow]:
    """The rows of a list with the marks of their badges in place of what these say."""
    with store.write() as tx:
        key = _made_key(tx)
    for row in rows:
        badge = (row.values or {}).get(Field.BADGE)
        if row.values is None or not badge:
            yield row
        else:
            yield replace(row, values=row.values | {Field.BADGE: badge_mark(key, str(badge))})


def _made_key(tx: Tx) -> bytes:
    """The key of the site's marks, made at first use. Paired kiosks get it."""
    key = load_badge_key(tx)
    if not key:
        key = secrets.token_bytes(KEY_BYTES)
        tx.add(Setting(key=BADGE_KEY, value={"sealed": tx.vault.seal_site(BADGE_KEY, key).hex()}))
        tx.flush()
    return key
