"""Whom a campaign invites: people chosen as a set, and why somebody of it gets no link. PE5, N22.

Pure: facts about each person go in, a reason or none comes out.
"""

import re
from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from console.domain.departments import is_within
from console.domain.errors import Invalid
from console.domain.invitations import IN_FORCE, LINK_USABLE, WITH_US, Status
from console.domain.language import tr

MAX_AT_ONCE = 20_000
"""People of one campaign, and lines of one file."""
NAME_LENGTH = 80
"""Characters of a campaign's name, as the database keeps it."""
OLDEST_MONTHS = 120
_COLUMNS = re.compile("[,;\t]")
MONTH_DAYS = 30.44
"""Days of a month on average."""


class LeftOut(StrEnum):
    """Why somebody gets no link, in the words of the screens."""

    GONE = "This employee no longer exists."
    NOT_ACTIVE = "Not active."
    LAST_DAY_OVER = "The last day has passed."
    OPTED_OUT = "Has asked not to be invited or reminded (opt-out list)."
    NO_EMAIL = "No email address. Enter one first."
    WAITS = "Has submitted photos that are awaiting screening or review."
    ENROLLED = "Is already enrolled."
    HAS_LINK = "Has a link that still works."


class Delivery(StrEnum):
    """How people get their links."""

    EMAIL = "email"
    """Whoever has no email address gets no link."""
    PAPER_TOO = "paper_too"
    """By email, and on paper for whoever has no email address."""
    PAPER = "paper"
    """On paper for everybody: no email is sent."""

    def on_paper(self, email: str) -> bool:
        """Whether somebody with this email address ("": none) gets a link on paper."""
        return self is Delivery.PAPER or (self is Delivery.PAPER_TOO and not email)


class Need(StrEnum):
    """Why somebody should enrol."""

    NEVER_ENROLLED = "never_enrolled"
    OLD_TEMPLATE = "old_template"
    OFTEN_FAILS = "often_fails"


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What is known of a person who may be invited.

    last_day_over: by the site's zone; statuses: of all their invitations; newest: of the newest,
    None without one; has_link: one of their links still works; enrolled_at: when the face in force
    was approved; often_fails: by the rule of `enrolment_health`.
    """

    id: str
    number: str
    name: str
    email: str
    department: str = ""
    groups: frozenset[str] = frozenset()
    active: bool = True
    last_day_over: bool = False
    opted_out: bool = False
    statuses: frozenset[Status] = frozenset()
    newest: Status | None = None
    has_link: bool = False
    enrolled_at: datetime | None = None
    often_fails: bool = False


@dataclass(frozen=True, kw_only=True)
class Whom:
    """Who is meant: whoever fits every condition that is set.

    departments: with all below them; groups: ids; newest: statuses of the newest invitation, None
    stands for never invited; needs: at least one of them; months: how old a template is too old;
    listed: numbers and email addresses, as `list_keys` gives them; None where no list was given.
    """

    departments: tuple[str, ...] = ()
    groups: frozenset[str] = frozenset()
    newest: frozenset[Status | None] = frozenset()
    needs: frozenset[Need] = frozenset()
    months: int = 36
    listed: frozenset[str] | None = None

    def means(self, person: Candidate, now: datetime) -> bool:
        """Whether this person is meant."""
        return (
            (not self.departments or _in_one(person.department, self.departments))
            and (not self.groups or not self.groups.isdisjoint(person.groups))
            and (not self.newest or person.newest in self.newest)
            and (not self.needs or not self.needs.isdisjoint(self.needs_of(person, now)))
            and (self.listed is None or not self.listed.isdisjoint(keys_of(person)))
        )

    def needs_of(self, person: Candidate, now: datetime) -> set[Need]:
        """Why this person should enrol."""
        found = set()
        if person.enrolled_at is None:
            found.add(Need.NEVER_ENROLLED)
        elif (now - person.enrolled_at).days >= self.months * MONTH_DAYS:
            found.add(Need.OLD_TEMPLATE)
        if person.often_fails:
            found.add(Need.OFTEN_FAILS)
        return found


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """Who gets a link although something speaks against it.

    enrolled: a face is in force; with_link: an earlier link still works, and stops working then;
    no_email: there is no email address, so that the link is handed out on paper.
    """

    enrolled: bool = False
    with_link: bool = False
    no_email: bool = False


def left_out(person: Candidate, allowed: Allowed) -> LeftOut | None:
    """Why this person gets no link; None for whoever gets one."""
    if not person.active:
        return LeftOut.NOT_ACTIVE
    if person.last_day_over:
        return LeftOut.LAST_DAY_OVER
    if person.opted_out:
        return LeftOut.OPTED_OUT
    if not person.email and not allowed.no_email:
        return LeftOut.NO_EMAIL
    if person.statuses & WITH_US:
        return LeftOut.WAITS
    if person.statuses & IN_FORCE and not allowed.enrolled:
        return LeftOut.ENROLLED
    if person.has_link and not allowed.with_link:
        return LeftOut.HAS_LINK
    return None


def works(status: Status, expires_at: datetime, now: datetime) -> bool:
    """Whether a link with this status still works."""
    return status in LINK_USABLE and now < expires_at


def _in_one(department: str, tops: Iterable[str]) -> bool:
    return any(is_within(department, top) for top in tops)


# lists of people


def keys_of(person: Candidate) -> frozenset[str]:
    """By what a list may name this person."""
    return frozenset(key.casefold() for key in (person.number, person.email) if key)


def list_keys(text: str) -> list[frozenset[str]]:
    """Line by line what may be a number or an email address; empty lines are left out.

    A line may have several columns: one that names somebody is enough. Raises Invalid.
    """
    found = []
    for line in text.splitlines():
        cells = (cell.strip(" \ufeff\"'").casefold() for cell in _COLUMNS.split(line))
        keys = frozenset(cell for cell in cells if cell)
        if keys:
            found.append(keys)
        if len(found) > MAX_AT_ONCE:
            raise Invalid("listed", tr("A list can have at most {most:,} lines.", most=MAX_AT_ONCE))
    return found


def unknown_lines(lines: Iterable[frozenset[str]], known: Set[str]) -> list[str]:
    """The lines that name nobody, as text."""
    return [", ".join(sorted(keys)) for keys in lines if not keys & known]


def checked_name(name: str) -> str:
    """The name of a campaign as it is stored. Raises Invalid."""
    name = name.strip()
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        raise Invalid(
            "name", tr("Give the campaign a name of at most {most} characters.", most=NAME_LENGTH)
        )
    return name
