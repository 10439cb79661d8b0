"""The login log."""

from datetime import datetime

import msgspec

from console.api.operation import WATCH, operation


class Login(msgspec.Struct, frozen=True):
    """employee is empty when nobody has the number; corrected_at: the time without the known error of the terminal's clock."""

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


class ListLogins(msgspec.Struct, frozen=True):
    """Newest first; before: the cursor of the page before."""

    search: str = ""
    cursor: str = ""
    limit: int = 100


class LoginPage(msgspec.Struct, frozen=True):
    rows: list[Login]
    cursor: str


class HourlyLogins(msgspec.Struct, frozen=True):
    """since: the start of the first hour (UTC)."""

    since: datetime
    hours: int = 24


class HourlyCounts(msgspec.Struct, frozen=True):
    """One count an hour: known people, and numbers that nobody has."""

    known: list[int]
    unknown: list[int]


list_logins = operation("logins.list", ListLogins, LoginPage, WATCH)
hourly_logins = operation("logins.hourly", HourlyLogins, HourlyCounts, WATCH)
