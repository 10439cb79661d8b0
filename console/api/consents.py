"""On what the use of faces rests, and who still has to answer about another text."""

from datetime import datetime

import msgspec

from console.api.erasure import READERS
from console.api.operation import ADMIN, operation
from console.domain.consent import LawfulBasis


class ShownText(msgspec.Struct, frozen=True, kw_only=True):
    """A text that is agreed to, in one language, with the name of the site in it.

    language: its tag (BCP 47); name: what its speakers call it; digest: goes back with the answer;
    agree, start, decline: what the portal's buttons say; why, purposes: what it shows with a text
    about the face.
    """

    language: str
    name: str
    version: int
    digest: str
    intro: str
    paragraphs: list[tuple[str, str]]
    agree: str
    start: str
    decline: str
    why: str
    purposes: tuple[str, ...]


class AskedRow(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who still has to answer about a text.

    modality: face or finger; version: of the text; language: of the text that they agreed to, by
    its name; told_at: since when they know of it; answer_by: when the time is over; None: they were
    not told yet, and their silence says nothing. email: what became of the newest email about it,
    in words.
    """

    employee_id: str
    modality: str
    version: int
    language: str
    name: str
    number: str
    department: str
    asked_at: datetime
    told_at: datetime | None
    answer_by: datetime | None
    email: str


class AskConsents(msgspec.Struct, frozen=True, kw_only=True):
    """due: of those who have not answered, only those whose time is over within a week."""

    due: bool = False


class ConsentState(msgspec.Struct, frozen=True, kw_only=True):
    """asked: who has not answered yet.

    Those who were not told yet come first, then the most urgent ones. total: how many they are;
    asked holds the first thousand.
    """

    basis: LawfulBasis
    answer_days: int
    asked: list[AskedRow]
    total: int


class ConsentRules(msgspec.Struct, frozen=True, kw_only=True):
    """The lawful basis, and how many days people have to answer about another text."""

    basis: LawfulBasis
    answer_days: int


class AskedOf(msgspec.Struct, frozen=True, kw_only=True):
    """One question: to whom, and about which modality."""

    employee_id: str
    modality: str


class ToldInPerson(msgspec.Struct, frozen=True, kw_only=True):
    """An operator has told these people of the other text, with their time to answer."""

    asked: list[AskedOf]


get_consents = operation("consents.get", AskConsents, ConsentState, READERS)
save_consents = operation("consents.save", ConsentRules, ConsentState, ADMIN)
note_told = operation("consents.note_told", ToldInPerson, ConsentState, ADMIN)
