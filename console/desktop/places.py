"""Where a line of the first page leads: a page, filtered as far as the page can be."""

from console.api.today import Line
from console.desktop.page import Page
from console.desktop.pages.audit import AuditPage
from console.desktop.pages.backups import BackupsPage
from console.desktop.pages.employees import EmployeesPage
from console.desktop.pages.invitations import InvitationsPage
from console.desktop.pages.kiosks import KiosksPage
from console.desktop.pages.review import ReviewPage
from console.desktop.pages.settings import SettingsPage
from console.desktop.pages.terminals import TerminalsPage
from console.domain.funnel import Why
from console.domain.today import KINDS, Concern, Place

PAGES: dict[Place, type[Page]] = {
    Place.REVIEW: ReviewPage,
    Place.INVITATIONS: InvitationsPage,
    Place.EMPLOYEES: EmployeesPage,
    Place.ERASURES: EmployeesPage,
    Place.CONSENT: EmployeesPage,
    Place.TERMINALS: TerminalsPage,
    Place.KIOSKS: KiosksPage,
    Place.BACKUPS: BackupsPage,
    Place.AUDIT: AuditPage,
    Place.SETTINGS: SettingsPage,
    Place.UPDATES: SettingsPage,
}
REASONS = {
    Concern.NEEDS_HELP: Why.NEEDS_HELP,
    Concern.EMAIL_FAILED: Why.EMAIL_FAILED,
    Concern.LOCKED: Why.LOCKED,
    Concern.SCREENING_FAILS: Why.CHECKING,
}
"""What the list of invitations is to show."""


def show_line(page: Page, line: Line) -> None:
    """Shows on its page what a line is about."""
    place = KINDS[line.concern].place
    if isinstance(page, InvitationsPage):
        page.show_reason(REASONS.get(line.concern))
    elif isinstance(page, SettingsPage) and place is Place.UPDATES:
        page.open_updates()
    elif isinstance(page, TerminalsPage):
        page.show_terminal(line.id)
    elif isinstance(page, EmployeesPage):
        if page.shown.shown is page.person:
            page.close_person()
        if place is Place.ERASURES:
            page.privacy.open_erasures()
        elif place is Place.CONSENT:
            page.privacy.open_consent()
