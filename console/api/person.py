"""One person as a whole: everything that an operator may know of them, in one answer."""

from datetime import datetime

import msgspec

from console.api.employees import EmployeeRow
from console.api.logins import LoginRow
from console.api.operation import ANYONE, ById, operation
from console.domain.enrolment_health import Health
from console.domain.invitations import Status


class TemplateRow(msgspec.Struct, frozen=True, kw_only=True):
    """Something by which the person is recognised. what: in words; by: who approved or took it."""

    what: str
    detail: str
    at: datetime
    by: str


class PlaceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A terminal, a kiosk or a folder of backups, and what lies there.

    tone: how good that is; at: when it was seen, or made last.
    """

    name: str
    kind: str
    holds: str
    state: str
    tone: str
    at: datetime | None


class ConsentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A consent. what: face or fingers, in words; how: where it was given, and before whom.

    language: of the text, by its name; "" for what an operator stated.
    """

    what: str
    how: str
    version: int
    language: str
    given_at: datetime
    withdrawn_at: datetime | None


class OptedOut(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody invites or reminds them. by: who noted it, "" for the person."""

    at: datetime
    by: str


class PersonInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation. email: what became of its newest email, in words."""

    id: str
    channel: str
    status: Status
    status_text: str
    email: str
    by: str
    created_at: datetime
    expires_at: datetime


class ChangeRow(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody did that concerns the person. by: who, "" for Muster itself."""

    at: datetime
    by: str
    what: str


class PersonIdPhoto(msgspec.Struct, frozen=True, kw_only=True):
    """The photo to compare a first enrolment with. problem: why nothing is compared, in words."""

    added_at: datetime
    problem: str


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person. What the operator's role does not permit is None, and an email address empty.

    groups: their names; photo_id: names the photo on file, for `review.picture`; earlier_numbers:
    of rows that were merged into this one; answer_by: until when they have to answer about another
    text.
    """

    employee: EmployeeRow
    groups: list[str]
    earlier_numbers: list[str]
    health: Health
    templates: list[TemplateRow]
    places: list[PlaceRow]
    consents: list[ConsentRow]
    opted_out: OptedOut | None
    answer_by: datetime | None
    has_badge: bool
    id_photo: PersonIdPhoto | None
    invitations: list[PersonInvitation]
    photo_id: str | None = None
    logins: list[LoginRow] | None = None
    changes: list[ChangeRow] | None = None


read_person = operation("person.read", ById, Person, ANYONE)
