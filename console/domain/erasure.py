"""Erasing a person: its states, what is kept of a login, and who has to agree. N7, N17.

Pure. What lies where is read by `store/queries/erasure.py`; what a receipt says, `receipts.py`.
"""

import secrets
from enum import StrEnum

from console.domain.errors import Invalid
from console.domain.language import tr

PSEUDONYM = "erased-"
"""What logins of somebody erased show instead of a number. No employee number has a hyphen."""
STUB_NUMBER = "~"
"""With what the number of a row begins that stands for somebody erased. Nobody can type it."""
STUB_NAME = "Erased person"
MOST_AT_ONCE = 5000
"""People of one act; more would be another site's."""


class ErasureState(StrEnum):
    """How far an erasure is.

    PROPOSED: a second administrator has to agree; nothing has happened yet. ASKED: agreed, and
    about to be done. EMPTYING: gone from this database; some places may still hold the person.
    CLEANING: all places are done; the database's journal is being emptied. DONE: all is over.
    """

    PROPOSED = "proposed"
    ASKED = "asked"
    EMPTYING = "emptying"
    CLEANING = "cleaning"
    DONE = "done"


def new_pseudonym() -> str:
    """By chance, so that it leads to nobody: logins of one person stay those of one person."""
    return PSEUDONYM + secrets.token_hex(6)


def needs_second(people: int, admins: int) -> bool:
    """Whether a second administrator has to agree. N17: to many at once, where there are two."""
    return people > 1 and admins > 1


def check_confirmed(typed: str, people: int, number: str) -> None:
    """Raises Invalid unless the number was typed: the person's own, or how many they are."""
    wanted = number if people == 1 else str(people)
    if typed.strip().replace(",", "") == wanted:
        return
    if people == 1:
        raise Invalid(
            "confirm", tr("Type the employee number, {number}, to confirm.", number=number)
        )
    raise Invalid(
        "confirm", tr("Type the number of people to erase, {people:,}, to confirm.", people=people)
    )
