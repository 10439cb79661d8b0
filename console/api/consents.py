"""On what the use of faces rests, and who still has to answer about another text."""

from datetime import datetime

import msgspec

from console.api.erasure import READERS
from console.api.operation import ADMIN, Nothing, operation
from console.domain.consent import LawfulBasis


class AskedRow(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was asked. email: what became of the newest email about it, in words."""

    employee_id: str
    name: str
    number: str
    department: str
    asked_at: datetime
    answer_by: datetime
    email: str


class ConsentState(msgspec.Struct, frozen=True, kw_only=True):
    """version: of the text in force; asked: who has not answered yet, the most urgent first.

    total: how many they are; asked holds the first thousand.
    """

    basis: LawfulBasis
    answer_days: int
    version: int
    asked: list[AskedRow]
    total: int


class ConsentRules(msgspec.Struct, frozen=True, kw_only=True):
    """The lawful basis, and how many days people have to answer about another text."""

    basis: LawfulBasis
    answer_days: int


get_consents = operation("consents.get", Nothing, ConsentState, READERS)
save_consents = operation("consents.save", ConsentRules, ConsentState, ADMIN)
