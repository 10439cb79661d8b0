"""The login log."""

from datetime import datetime

import msgspec

from console.api.operation import WATCH, operation


class LoginRow(msgspec.Struct, frozen=True, kw_only=True):
    """A login as the log shows it.

    employee: empty if nobody has the number; terminal: its name, or that of the kiosk;
    corrected_at: the time without the known error of the terminal's clock; outcome: accepted,
    refused or abandoned; reason: in words; explained: `logins.why` tells more.
    """

    id: int
    at: datetime
    local_time: str
    employee: str
    number: str
    terminal: str
    method: str
    direction: str
    remark: str
    corrected_at: datetime | None = None
    outcome: str = "accepted"
    reason: str = ""
    stamp: str = ""
    explained: bool = False


class ListLogins(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for one page, newest first. cursor: from the page before, empty for the first."""

    search: str = ""
    cursor: str = ""
    limit: int = 100


class LoginPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the log. cursor: for the next page, empty on the last one."""

    rows: list[LoginRow]
    cursor: str


class WhyStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a decision path in words."""

    ok: bool
    title: str
    detail: str


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """Why somebody was let in or refused. helps: what would help, empty if nothing is known."""

    title: str
    summary: str
    steps: list[WhyStep]
    helps: str
    employee_id: str
    enrol_again: bool


class AskWhy(msgspec.Struct, frozen=True, kw_only=True):
    """Asks about one login."""

    id: int


class HourlyLogins(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for counts by hour. since: the start of the first hour (UTC)."""

    since: datetime
    hours: int = 24


class HourlyCounts(msgspec.Struct, frozen=True, kw_only=True):
    """One count for each hour.

    known: logins of known people; unknown: refused attempts, and numbers that nobody has.
    """

    known: list[int]
    unknown: list[int]


list_logins = operation("logins.list", ListLogins, LoginPage, WATCH)
why = operation("logins.why", AskWhy, Why, WATCH)
hourly_logins = operation("logins.hourly", HourlyLogins, HourlyCounts, WATCH)
