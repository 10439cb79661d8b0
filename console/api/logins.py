"""The login log."""

from datetime import datetime

import msgspec

from console.api.operation import WATCH, operation


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """employee is empty when nobody has the number; terminal: or the kiosk; corrected_at: the time without the known error of the
    terminal's clock; outcome: accepted, refused or abandoned; reason: in words; explained: `logins.why` has more to say."""

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
    """Newest first; before: the cursor of the page before."""

    search: str = ""
    cursor: str = ""
    limit: int = 100


class LoginPage(msgspec.Struct, frozen=True, kw_only=True):
    rows: list[Login]
    cursor: str


class WhyStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a decision path in words."""

    ok: bool
    title: str
    detail: str


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """Why somebody was let in or refused. helps: what would help, empty when nothing is known."""

    title: str
    summary: str
    steps: list[WhyStep]
    helps: str
    employee_id: str
    enrol_again: bool


class AskWhy(msgspec.Struct, frozen=True, kw_only=True):
    id: int


class HourlyLogins(msgspec.Struct, frozen=True, kw_only=True):
    """since: the start of the first hour (UTC)."""

    since: datetime
    hours: int = 24


class HourlyCounts(msgspec.Struct, frozen=True, kw_only=True):
    """One count an hour: known people who came in; those who were refused, and numbers that nobody has."""

    known: list[int]
    unknown: list[int]


list_logins = operation("logins.list", ListLogins, LoginPage, WATCH)
why = operation("logins.why", AskWhy, Why, WATCH)
hourly_logins = operation("logins.hourly", HourlyLogins, HourlyCounts, WATCH)
