"""What an operator is told first: what waits, who is stuck, what is broken, what ends soon. CO19.

Pure. The service counts; here stand the words, who may know of it, and where each line leads.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from console.domain.language import tr, tr_count
from console.domain.operators import AT_THE_DESK, Role

LINKS_WITHIN = timedelta(days=2)
"""Links that run out within this time are told."""
DAYS_AHEAD = 7
"""Last days and answers that are due within so many days are told."""
WARN_BEFORE = timedelta(days=30)
"""Time to make a certificate anew, before the one in use ends."""
EVERYBODY, ADMIN = frozenset(Role), frozenset({Role.ADMIN})
READERS = frozenset({Role.ADMIN, Role.AUDITOR})


class Group(StrEnum):
    """What kind of attention a line asks for, in the order of the page."""

    WAITS = "waits"
    STUCK = "stuck"
    BROKEN = "broken"
    ENDS = "ends"


GROUP_WORDS = {
    Group.WAITS: "Awaiting a decision",
    Group.STUCK: "People who are stuck",
    Group.BROKEN: "Problems",
    Group.ENDS: "Ending soon",
}


class Place(StrEnum):
    """Where something is done about a line."""

    REVIEW = "review"
    INVITATIONS = "invitations"
    EMPLOYEES = "employees"
    ERASURES = "erasures"
    CONSENT = "consent"
    TERMINALS = "terminals"
    KIOSKS = "kiosks"
    BACKUPS = "backups"
    AUDIT = "audit"
    SETTINGS = "settings"
    UPDATES = "updates"


class Source(StrEnum):
    """What is read for the page. One that cannot be read hides no other."""

    INVITATIONS = "invitations"
    EMPLOYEES = "employees"
    CONSENTS = "consents"
    ERASURES = "erasures"
    TERMINALS = "terminals"
    PLACEMENTS = "placements"
    KIOSKS = "kiosks"
    EMAIL = "email"
    JOBS = "jobs"
    BACKUPS = "backups"
    AUDIT = "audit"
    CERTIFICATES = "certificates"
    UPDATES = "updates"


SOURCE_WORDS = {
    Source.INVITATIONS: "invitations",
    Source.EMPLOYEES: "employees",
    Source.CONSENTS: "questions about consent",
    Source.ERASURES: "erasures",
    Source.TERMINALS: "terminals",
    Source.PLACEMENTS: "people on terminals",
    Source.KIOSKS: "kiosks",
    Source.EMAIL: "emails",
    Source.JOBS: "background work",
    Source.BACKUPS: "backups",
    Source.AUDIT: "checkpoints of the audit log",
    Source.CERTIFICATES: "certificates",
    Source.UPDATES: "updates",
}


class Concern(StrEnum):
    """What a line is about, in the order of the page."""

    REVIEW = "review"
    OWN_PHOTOS = "own_photos"
    ERASURE = "erasure"
    NEW_TERMINAL = "new_terminal"
    CALLER = "caller"
    PLAN = "plan"
    UPDATE = "update"
    NEEDS_HELP = "needs_help"
    EMAIL_FAILED = "email_failed"
    LOCKED = "locked"
    TERMINAL_OFFLINE = "terminal_offline"
    TERMINAL_PROBLEM = "terminal_problem"
    NOT_BROUGHT = "not_brought"
    CLOCK = "clock"
    KIOSK_OFFLINE = "kiosk_offline"
    EMAIL_PAUSES = "email_pauses"
    SCREENING_FAILS = "screening_fails"
    ID_PHOTO_FAILS = "id_photo_fails"
    ERASING_FAILS = "erasing_fails"
    BACKUPS = "backups"
    CHECKPOINTS = "checkpoints"
    UPDATE_FAILS = "update_fails"
    LINKS = "links"
    LAST_DAYS = "last_days"
    ANSWERS = "answers"
    CERTIFICATE = "certificate"


@dataclass(frozen=True)
class Kind:
    """How a concern is told. one, many: whole sentences; roles: who may know, and open the place.

    {count} stands in `many` for how many there are.
    """

    group: Group
    source: Source
    place: Place
    roles: frozenset[Role]
    one: str
    many: str


W, T, B, E = Group.WAITS, Group.STUCK, Group.BROKEN, Group.ENDS
S, P, C = Source, Place, Concern
KINDS: dict[Concern, Kind] = {
    C.REVIEW: Kind(
        W, S.INVITATIONS, P.REVIEW, ADMIN,
        "One submission is awaiting your review.",
        "{count} submissions are awaiting your review.",
    ),
    C.OWN_PHOTOS: Kind(
        W, S.INVITATIONS, P.REVIEW, ADMIN,
        "Your own photos are waiting for another administrator.",
        "{count} submissions of your own are waiting for another administrator.",
    ),
    C.ERASURE: Kind(
        W, S.ERASURES, P.ERASURES, ADMIN,
        "The erasure of one person is waiting for your agreement.",
        "The erasure of {count} people is waiting for your agreement.",
    ),
    C.NEW_TERMINAL: Kind(
        W, S.TERMINALS, P.TERMINALS, AT_THE_DESK,
        "One terminal is awaiting approval.",
        "{count} terminals are awaiting approval.",
    ),
    C.CALLER: Kind(
        W, S.TERMINALS, P.TERMINALS, AT_THE_DESK,
        "An unknown caller is using the name of one terminal.",
        "Unknown callers are using the names of {count} terminals.",
    ),
    C.PLAN: Kind(
        W, S.TERMINALS, P.TERMINALS, AT_THE_DESK,
        "One terminal is out of sync. Preview its changes.",
        "{count} terminals are out of sync. Preview their changes.",
    ),
    C.UPDATE: Kind(
        W, S.UPDATES, P.UPDATES, ADMIN,
        "A new version of Muster is available.",
        "A new version of Muster is available.",
    ),
    C.NEEDS_HELP: Kind(
        T, S.INVITATIONS, P.INVITATIONS, frozenset({Role.TECHNICIAN, Role.SUPERVISOR}),
        "One person needs help. None of their photos could be used.",
        "{count} people need help. None of their photos could be used.",
    ),
    C.EMAIL_FAILED: Kind(
        T, S.INVITATIONS, P.INVITATIONS, EVERYBODY,
        "One person did not get a link, because the email could not be sent.",
        "{count} people did not get a link, because the email could not be sent.",
    ),
    C.LOCKED: Kind(
        T, S.INVITATIONS, P.INVITATIONS, EVERYBODY,
        "The link of one person is locked after wrong answers.",
        "The links of {count} people are locked after wrong answers.",
    ),
    C.TERMINAL_OFFLINE: Kind(
        B, S.TERMINALS, P.TERMINALS, EVERYBODY,
        "One terminal is offline.",
        "{count} terminals are offline.",
    ),
    C.TERMINAL_PROBLEM: Kind(
        B, S.TERMINALS, P.TERMINALS, EVERYBODY,
        "One terminal has a problem.",
        "{count} terminals have a problem.",
    ),
    C.NOT_BROUGHT: Kind(
        B, S.PLACEMENTS, P.TERMINALS, EVERYBODY,
        "One terminal could not receive all changes to people.",
        "{count} terminals could not receive all changes to people.",
    ),
    C.CLOCK: Kind(
        B, S.TERMINALS, P.TERMINALS, EVERYBODY,
        "The clock of one terminal is wrong.",
        "The clocks of {count} terminals are wrong.",
    ),
    C.KIOSK_OFFLINE: Kind(
        B, S.KIOSKS, P.KIOSKS, ADMIN,
        "One kiosk is offline.",
        "{count} kiosks are offline.",
    ),
    C.EMAIL_PAUSES: Kind(
        B, S.EMAIL, P.SETTINGS, ADMIN,
        "The email server does not accept emails. One is waiting.",
        "The email server does not accept emails. {count} are waiting.",
    ),
    C.SCREENING_FAILS: Kind(
        B, S.JOBS, P.INVITATIONS, ADMIN,
        "The photos of one person could not be checked. Muster is trying again.",
        "The photos of {count} people could not be checked. Muster is trying again.",
    ),
    C.ID_PHOTO_FAILS: Kind(
        B, S.JOBS, P.EMPLOYEES, ADMIN,
        "One ID photo could not be checked. Muster is trying again.",
        "{count} ID photos could not be checked. Muster is trying again.",
    ),
    C.ERASING_FAILS: Kind(
        B, S.JOBS, P.ERASURES, ADMIN,
        "The erasure of one person failed. Muster is trying again.",
        "The erasure of {count} people failed. Muster is trying again.",
    ),
    C.BACKUPS: Kind(
        B, S.BACKUPS, P.BACKUPS, READERS,
        "The backups need attention.",
        "The backups need attention.",
    ),
    C.CHECKPOINTS: Kind(
        B, S.AUDIT, P.AUDIT, READERS,
        "The checkpoints of the audit log need attention.",
        "The checkpoints of the audit log need attention.",
    ),
    C.UPDATE_FAILS: Kind(
        B, S.UPDATES, P.UPDATES, ADMIN,
        "The last update, or the last check for updates, failed.",
        "The last update, or the last check for updates, failed.",
    ),
    C.LINKS: Kind(
        E, S.INVITATIONS, P.INVITATIONS, EVERYBODY,
        "One link expires within two days.",
        "{count} links expire within two days.",
    ),
    C.LAST_DAYS: Kind(
        E, S.EMPLOYEES, P.EMPLOYEES, EVERYBODY,
        "One employee has their last day within a week.",
        "{count} employees have their last day within a week.",
    ),
    C.ANSWERS: Kind(
        E, S.CONSENTS, P.CONSENT, READERS,
        "One person must answer about consent within a week.",
        "{count} people must answer about consent within a week.",
    ),
    C.CERTIFICATE: Kind(
        E, S.CERTIFICATES, P.SETTINGS, ADMIN,
        "One certificate of this service expires within a month.",
        "{count} certificates of this service expire within a month.",
    ),
}  # fmt: skip


LISTED: dict[Concern, str] = {
    C.REVIEW: "Submissions awaiting your review",
    C.OWN_PHOTOS: "Your own photos",
    C.ERASURE: "Erasures awaiting your agreement",
    C.NEW_TERMINAL: "Terminals awaiting approval",
    C.CALLER: "Terminals with an unknown caller",
    C.PLAN: "Terminals out of sync",
    C.NEEDS_HELP: "People who need help",
    C.EMAIL_FAILED: "People whose email could not be sent",
    C.LOCKED: "Locked links",
    C.TERMINAL_OFFLINE: "Offline terminals",
    C.TERMINAL_PROBLEM: "Terminals with a problem",
    C.NOT_BROUGHT: "Terminals that could not receive all changes",
    C.CLOCK: "Terminals whose clock is wrong",
    C.KIOSK_OFFLINE: "Offline kiosks",
    C.SCREENING_FAILS: "People whose photos could not be checked",
    C.ID_PHOTO_FAILS: "People whose ID photo could not be checked",
    C.ERASING_FAILS: "Failed erasures",
    C.LINKS: "Links that expire within two days",
    C.LAST_DAYS: "Employees with their last day within a week",
    C.ANSWERS: "People who must answer within a week",
}
"""What the list says that a line opens: it shows exactly what the line counts.

The other concerns count no rows of a list; their place shows the cause.
"""


def sources_for(role: Role) -> list[Source]:
    """What is read for this role: nothing that it may not know of."""
    mine = {kind.source for kind in KINDS.values() if role in kind.roles}
    return [source for source in Source if source in mine]


def time_in_words(at: datetime, now: datetime) -> str:
    """How long something has lasted, or when it will be: "for 3 days", "in 2 hours"."""
    if at > now:
        return tr("in {time}", time=_span(at - now))
    return tr("for {time}", time=_span(now - at))


def _span(span: timedelta) -> str:
    """In the largest unit of which there is more than one, so that it is never far off."""
    minutes = span // timedelta(minutes=1)
    hours, days = minutes // 60, span.days
    if days > 1:
        return tr_count("{count:,} day", "{count:,} days", days)
    if hours > 1:
        return tr_count("{count:,} hour", "{count:,} hours", hours)
    return tr_count("{count:,} minute", "{count:,} minutes", max(minutes, 1))
