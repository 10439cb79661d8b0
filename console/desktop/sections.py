"""The pages of the console by section, who may see each, and where each role starts."""

from typing import NamedTuple

from console.api.audit import READERS
from console.desktop.page import Page
from console.desktop.pages.audit import AuditPage
from console.desktop.pages.backups import BackupsPage
from console.desktop.pages.desk_photos import DeskPhotosPage
from console.desktop.pages.employees import EmployeesPage
from console.desktop.pages.fingers import FingersPage
from console.desktop.pages.invitations import InvitationsPage
from console.desktop.pages.kiosks import KiosksPage
from console.desktop.pages.logins import LoginsPage
from console.desktop.pages.lookalikes import LookalikesPage
from console.desktop.pages.operators import OperatorsPage
from console.desktop.pages.review import ReviewPage
from console.desktop.pages.screening import ScreeningPage
from console.desktop.pages.settings import SettingsPage
from console.desktop.pages.tasks import TasksPage
from console.desktop.pages.terminals import TerminalsPage
from console.desktop.pages.today import TodayPage
from console.domain.language import tr
from console.domain.operators import AT_THE_DESK, Role

NUMBER_KEYS = 9
"""So many pages, from the first on, have a key: Ctrl and their number."""


class Entry(NamedTuple):
    """A page in the navigation. roles: who may see it."""

    page: type[Page]
    icon: str
    roles: frozenset[Role]


SECTIONS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    ("", (Entry(TodayPage, "home", frozenset(Role)),)),
    (
        tr("Enrolment"),
        (
            Entry(EmployeesPage, "users", frozenset(Role)),
            Entry(InvitationsPage, "mail", frozenset(Role)),
            Entry(ReviewPage, "eye", frozenset({Role.ADMIN})),
            Entry(LookalikesPage, "users", frozenset({Role.ADMIN})),
            Entry(DeskPhotosPage, "user", AT_THE_DESK),
            Entry(FingersPage, "fingerprint", AT_THE_DESK),
        ),
    ),
    (
        tr("Access"),
        (
            Entry(TerminalsPage, "device-tablet", frozenset(Role)),
            Entry(KiosksPage, "login", frozenset({Role.ADMIN})),
            Entry(LoginsPage, "list", frozenset({Role.ADMIN, Role.SUPERVISOR, Role.AUDITOR})),
        ),
    ),
    (
        tr("Site"),
        (
            Entry(OperatorsPage, "shield", frozenset({Role.ADMIN})),
            Entry(ScreeningPage, "check", frozenset({Role.ADMIN})),
            Entry(AuditPage, "list", READERS),
            Entry(BackupsPage, "download", READERS),
            Entry(SettingsPage, "settings", frozenset({Role.ADMIN})),
        ),
    ),
    ("", (Entry(TasksPage, "clock", frozenset(Role)),)),
)
ENTRIES: tuple[Entry, ...] = tuple(entry for _, entries in SECTIONS for entry in entries)
FIRST_PAGES: dict[Role, type[Page]] = {
    Role.ADMIN: TodayPage,
    Role.TECHNICIAN: TerminalsPage,
    Role.SUPERVISOR: LoginsPage,
    Role.AUDITOR: LoginsPage,
}
"""Where somebody starts who has not left the console on another page."""


def pages_of(role: Role) -> set[type[Page]]:
    """The pages that this role may see."""
    return {entry.page for entry in ENTRIES if role in entry.roles}


def key_of(page: type[Page]) -> str:
    """The shortcut that opens the page from anywhere; "" for none."""
    number = [entry.page for entry in ENTRIES].index(page) + 1
    return f"Ctrl+{number}" if number <= NUMBER_KEYS else ""
