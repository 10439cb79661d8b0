"""The login log."""

from datetime import datetime

import msgspec

from console.api.operation import WATCH, Moment, Nothing, operation
from console.domain.login_events import Reason
from console.domain.logins import CountBy, LoginMethod, LoginResult


class LoginRow(msgspec.Struct, frozen=True, kw_only=True):
    """A login as the log shows it.

    employee: empty if nobody has the number; terminal: its name, or that of the kiosk;
    corrected_at: the time without the known error of the terminal's clock; outcome: accepted,
    refused or abandoned; reason: in words; explained: `logins.why` tells more; repeats: how many
    logins that follow it are folded into it.
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
    repeats: int = 0


class LoginFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which logins; "" for any.

    place: the id of a terminal or a kiosk; department: its path, with those below it; since, until:
    moments, the second one not included; during: only in these times between them, each up to a
    moment that is not included; () for all of it.
    """

    result: LoginResult | None = None
    reason: Reason = Reason.NONE
    method: LoginMethod | None = None
    place: str = ""
    department: str = ""
    since: Moment | None = None
    until: Moment | None = None
    during: tuple[tuple[Moment, Moment], ...] = ()


class ListLogins(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for one page, newest first. cursor: from the page before, empty for the first.

    repeat_s: a login within so many seconds after one of the same person at the same terminal is
    folded into that one; 0 folds nothing, None is as the site is set.
    """

    search: str = ""
    filter: LoginFilter = LoginFilter()
    cursor: str = ""
    limit: int = 100
    repeat_s: int | None = None


class ExportLogins(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for the logins from one moment up to another, with what shows that they are all here."""

    since: Moment
    until: Moment


class LoginFile(msgspec.Struct, frozen=True, kw_only=True):
    """A ZIP: the logins, the times of which some may be missing, and a signed statement on both.

    whole: none of the logins that were stored is missing or changed; open_places: terminals and
    kiosks of which logins of that time may be missing.
    """

    name: str
    data: bytes
    rows: int
    whole: bool
    open_places: int


class BeginList(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for a list of the logins that a view shows; its parts are those of `ListLogins`.

    kind: csv, xlsx, pdf or paper, for the audit log.
    """

    kind: str
    search: str = ""
    filter: LoginFilter = LoginFilter()
    repeat_s: int | None = None


class LoginList(msgspec.Struct, frozen=True, kw_only=True):
    """A list that was begun. first, last: the moments that it may reach from and to."""

    id: str
    site: str
    first: datetime
    last: datetime


class NextOfList(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for the next rows of a list, newest first. cursor: empty for the first."""

    id: str
    cursor: str = ""


class LoginListPart(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a list. cursor: empty at its end; reached: everything down to it was read.

    A part without rows may have a next one, as in `LoginPage`.
    """

    rows: list[LoginRow]
    cursor: str
    reached: datetime


class LoginPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the log. cursor: for the next page, empty on the last one; repeat_s: in force.

    A page with fewer rows than were asked for, or none, may have a next one: not to let anybody
    wait, a long time without a login that fits is looked through page by page.
    """

    rows: list[LoginRow]
    cursor: str
    repeat_s: int


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


class LoginPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A terminal or a kiosk of which there may be logins, also one that was removed."""

    id: str
    name: str


class LoginChoices(msgspec.Struct, frozen=True, kw_only=True):
    """What a filter can name. departments: their paths, as a tree."""

    places: list[LoginPlace]
    departments: list[str]


class CountLogins(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for counts of the logins that a list shows; its filter needs both times.

    start: where the first hour begins; repeat_s: as in the list; cursor: from the counts before,
    empty for the first.
    """

    by: CountBy
    start: Moment
    search: str = ""
    filter: LoginFilter
    repeat_s: int | None = None
    cursor: str = ""


class LoginCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many logins there are of one kind.

    key: the number of the hour since `start`, a reason, or the id of a place; accepted: logins of
    people here; unknown: logins under numbers that nobody has here; refused: attempts that were
    refused or given up.
    """

    key: str
    accepted: int
    unknown: int
    refused: int


class LoginCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Counts from where the ones before ended, newest first; those of one key add up.

    cursor: for the next counts, empty at the end; reached: everything down to it is counted.
    """

    counts: list[LoginCount]
    cursor: str
    reached: datetime


class AskGaps(msgspec.Struct, frozen=True, kw_only=True):
    """Asks of which times some logins may be missing."""

    since: Moment
    until: Moment


class LoginGap(msgspec.Struct, frozen=True, kw_only=True):
    """A time of which logins of a terminal or kiosk may be missing, and why, in words."""

    place: str
    since: datetime
    until: datetime
    why: str


class LoginGaps(msgspec.Struct, frozen=True, kw_only=True):
    """Place by place, in the order of time."""

    rows: list[LoginGap]


login_choices = operation("logins.choices", Nothing, LoginChoices, WATCH)
login_gaps = operation("logins.gaps", AskGaps, LoginGaps, WATCH)
list_logins = operation("logins.list", ListLogins, LoginPage, WATCH)
why = operation("logins.why", AskWhy, Why, WATCH)
count_logins = operation("logins.count", CountLogins, LoginCounts, WATCH)
export_logins = operation("logins.export", ExportLogins, LoginFile, WATCH)
begin_list = operation("logins.begin_list", BeginList, LoginList, WATCH)
next_of_list = operation("logins.next_of_list", NextOfList, LoginListPart, WATCH)
