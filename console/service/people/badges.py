"""Badges: what stands for an employee's number at a kiosk. Only a mark of it is kept."""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from sqlalchemy import func, select

from console.domain.badges import badge_mark, checked_badge
from console.domain.employee_lists import Known, ListRow, Values
from console.domain.errors import Conflict, Invalid
from console.domain.language import tr
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

    Raises Invalid, and Conflict for the badge or the number of somebody else.
    """
    mark = badge_mark(_made_key(tx), checked_badge(text)) if text.strip() else None
    if mark is not None:
        same = func.lower(Employee.number) == text.strip().lower()
        others = Employee.id != person.id, Employee.merged_into.is_distinct_from(person.id)
        numbered = tx.scalar(select(Employee).where(same, *others).limit(1))
        if numbered is not None:
            raise Conflict(
                tr(
                    "This is the number of {person} ({number}).",
                    person=full_name(numbered),
                    number=numbered.number,
                )
            )
        query = select(Employee).where(Employee.badge_mark == mark, Employee.id != person.id)
        other = tx.scalar(query)
        if other is not None:
            raise Conflict(
                tr(
                    "This is the badge of {person} ({number}).",
                    person=full_name(other),
                    number=other.number,
                )
            )
    person.badge_mark, person.updated_at = mark, tx.now
    tx.audit("employee.badge_set" if mark else "employee.badge_removed", person.id)
    tx.changed("employees", person.id)


def check_number(tx: ReadTx, employee_id: str, number: str) -> None:
    """Whoever gets a number must be found by it. Raises Invalid where another's badge says it."""
    mark = badge_mark(load_badge_key(tx), number)
    query = select(Employee).where(Employee.badge_mark == mark, Employee.id != employee_id)
    other = tx.scalar(query.limit(1)) if mark else None
    if other is not None:
        said = tr(
            "The badge of {person} ({number}) has this number.",
            person=full_name(other),
            number=other.number,
        )
        raise Invalid("number", said)


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


def with_marks(
    rows: Iterable[ListRow], store: Store, known: Mapping[str, Known], *, badges: bool
) -> Iterator[ListRow]:
    """The rows of a list with the marks of their badges in place of what these say.

    A badge that says the number of somebody else is an error, whichever of the two comes first:
    a card with that number would find the wrong one. known: number -> who is here; badges: whether
    the list has any.
    """
    with store.write() if badges else store.read() as tx:
        key = _made_key(tx) if isinstance(tx, Tx) else load_badge_key(tx)
    numbers = {number.casefold(): number for number in known}
    owners = {str(one.values[Field.BADGE] or ""): number for number, one in known.items()}
    owners.pop("", None)
    for row in rows:
        number, values = row.number, row.values
        if values is None:
            yield row
            continue
        numbers[number.casefold()] = number
        said = str(values.get(Field.BADGE) or "")
        mark = badge_mark(key, said)
        whose = owners.get(badge_mark(key, number), number)
        numbered = numbers.get(said.strip().casefold(), number)
        if whose != number:
            error = tr(
                "The badge of number {whose} has number {number}.", number=number, whose=whose
            )
            yield replace(row, values=None, error=error)
        elif numbered != number:
            error = tr("This badge has number {number}, which is somebody else’s.", number=numbered)
            yield replace(row, values=None, error=error)
        elif not mark:
            yield row
        else:
            owners.setdefault(mark, number)
            yield replace(row, values=values | {Field.BADGE: mark})


def _made_key(tx: Tx) -> bytes:
    """The key of the site's marks, made at first use. Paired kiosks get it."""
    key = load_badge_key(tx)
    if not key:
        key = secrets.token_bytes(KEY_BYTES)
        tx.add(Setting(key=BADGE_KEY, value={"sealed": tx.vault.seal_site(BADGE_KEY, key).hex()}))
        tx.flush()
    return key
