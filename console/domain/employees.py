"""Employees: their fields and bounds, and what is said of those who belong nowhere."""

import re
from dataclasses import dataclass, field

from console.domain.departments import checked_path
from console.domain.errors import Invalid
from console.domain.language import msgid, tr, tr_count
from console.domain.validity import Standing

NUMBER = re.compile(r"[0-9A-Za-z]{1,24}")
"""Terminals know people by this text; a terminal's record holds 24 characters."""
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
"""RFC 5322's dot-atoms, with the letters of all languages. No quotes and no comments: programs read
those in different ways, and the email must go to exactly what stands here."""
CONTROL = re.compile(r"[\x00-\x1f]")
NAME_LENGTH = 80
NO_NAME = msgid("Enter a first or last name.")


@dataclass(frozen=True)
class EmployeeFields:
    """What an operator enters about an employee."""

    number: str
    first_name: str
    last_name: str
    email: str
    department: str
    active: bool = field(default=True, kw_only=True)
    may_log_in: bool = field(default=True, kw_only=True)


def checked_employee(fields: EmployeeFields) -> EmployeeFields:
    """The fields without surrounding white space.

    Raises Invalid for the first field that is out of bounds.
    """
    names = ("number", "first_name", "last_name", "email", "department")
    texts = (checked_text(name, getattr(fields, name)) for name in names)
    clean = EmployeeFields(*texts, active=fields.active, may_log_in=fields.may_log_in)
    if not clean.first_name and not clean.last_name:
        raise Invalid("last_name", tr(NO_NAME))
    return clean


def checked_text(name: str, text: str) -> str:
    """One of the fields without surrounding white space. Raises Invalid."""
    text = text.strip()
    if name == "number":
        if not NUMBER.fullmatch(text):
            raise Invalid(
                name, tr("The employee number needs 1 to 24 letters or digits, without spaces.")
            )
    elif name == "email":
        if text and (len(text) > 254 or not EMAIL.fullmatch(text)):
            raise Invalid(
                name,
                tr("“{text}” is not an email address. Example: nur@example.com", text=text[:60]),
            )
    elif name == "department":
        return checked_path(text)
    elif len(text) > NAME_LENGTH or CONTROL.search(text):
        raise Invalid(
            name,
            tr("Use at most {most} characters, without line breaks or tabs.", most=NAME_LENGTH),
        )
    return text


STANDING_WORDS = {
    Standing.LEFT: "Left",
    Standing.BARRED: "May not log in",
    Standing.NOT_YET: "Not valid yet",
    Standing.NO_LONGER: "No longer valid",
}
"""What somebody is who belongs nowhere."""


def describe_absent(standing: Standing, terminals: int, *, settled: bool) -> str:
    """The status of somebody who belongs nowhere.

    terminals: how many may still hold them; settled: whether that is known yet.
    """
    words = tr(STANDING_WORDS[standing])
    if not settled:
        return tr("{standing}, terminals are updated next", standing=words)
    if not terminals:
        return words
    return tr_count(
        "{standing}, still on {count:,} terminal",
        "{standing}, still on {count:,} terminals",
        terminals,
        standing=words,
    )


def describe_still_on(terminals: int) -> str:
    """How many terminals may still hold somebody who does not belong on them."""
    return tr_count(
        "Still on {count:,} terminal that must not have them",
        "Still on {count:,} terminals that must not have them",
        terminals,
    )
