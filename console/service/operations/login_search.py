"""What the login log is searched for: a part of a person's name, a number, a terminal, a kiosk.

A million logins are not looked through: whom and what each word means is found first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, false, func, or_, select

from console.service.operations.login_numbers import login_numbers
from console.service.operations.paging import contains
from console.store.schema import Employee, Kiosk, Login, Terminal
from console.store.unit_of_work import ReadTx

MOST_WORDS = 8
FEW = 200
"""The logins of so many people are found by person. Those of more are soon met along the time."""


@dataclass(frozen=True)
class _Meaning:
    """What a word may mean. people, numbers: None if they are more than FEW."""

    people: Sequence[str] | None
    numbers: Sequence[str] | None
    terminals: Sequence[str]
    kiosks: Sequence[str]
    named: Select[str]
    pattern: str

    @property
    def nothing(self) -> bool:
        """Whether no login can be meant."""
        found = (self.people, self.numbers, self.terminals, self.kiosks)
        return all(some is not None and not some for some in found)

    @property
    def few(self) -> bool:
        """Whether it means a few people only."""
        known = self.people is not None and self.numbers is not None
        return known and not self.terminals and not self.kiosks

    def by_person(self) -> ColumnElement[bool]:
        """A condition that the indexes of people and numbers answer."""
        return or_(Login.employee_id.in_(self.people or []), Login.pin.in_(self.numbers or []))

    def along_the_time(self) -> ColumnElement[bool]:
        """A condition that is asked of one login after the other: an index would sort them all."""
        number = func.lower(Login.pin)
        return or_(
            func.coalesce(Login.employee_id, "").in_(self.named),
            number.in_([one.lower() for one in self.numbers])
            if self.numbers is not None
            else number.like(self.pattern, escape="\\"),
            func.coalesce(Login.terminal_id, "").in_(self.terminals),
            func.coalesce(Login.kiosk_id, "").in_(self.kiosks),
        )


def searched(tx: ReadTx, search: str) -> list[ColumnElement[bool]]:
    """Conditions for logins that have each word in a name, a number, a terminal or a kiosk."""
    words = search.split()[:MOST_WORDS]
    meanings = [_meaning(tx, word) for word in words]
    if any(meaning.nothing for meaning in meanings):
        return [false()]
    few = next((meaning for meaning in meanings if meaning.few), None)
    rest = [meaning.along_the_time() for meaning in meanings if meaning is not few]
    return [few.by_person(), *rest] if few is not None else rest


def _meaning(tx: ReadTx, word: str) -> _Meaning:
    pattern = contains(word)
    named = select(Employee.id).where(Employee.sort_name.like(pattern, escape="\\"))
    terminals = select(Terminal.id).where(func.lower(Terminal.name).like(pattern, escape="\\"))
    kiosks = select(Kiosk.id).where(func.lower(Kiosk.name).like(pattern, escape="\\"))
    people = tx.scalars(named.limit(FEW + 1)).all()
    fitting = login_numbers(tx).containing(tx, word, FEW + 1)
    return _Meaning(
        people=people if len(people) <= FEW else None,
        numbers=fitting if len(fitting) <= FEW else None,
        terminals=tx.scalars(terminals).all(),
        kiosks=tx.scalars(kiosks).all(),
        named=named,
        pattern=pattern,
    )
