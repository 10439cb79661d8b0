"""Where a line of the first page leads: to the list of exactly what it counts."""

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
from console.domain.today import KINDS, LISTED, Concern, Place

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
}
"""The list of invitations shows these as it shows who is stuck at any time."""


def show_line(page: Page, line: Line) -> None:
    """Shows on its page what a line is about."""
    place = KINDS[line.concern].place
    listed = line.concern if line.concern in LISTED else None
    if isinstance(page, InvitationsPage):
        page.show_reason(REASONS.get(line.concern))
        page.show_concern(None if line.concern in REASONS else listed)
    elif isinstance(page, SettingsPage) and place is Place.UPDATES:
        page.open_updates()
    elif isinstance(page, TerminalsPage):
        page.show_terminal(line.id, listed)
    elif isinstance(page, EmployeesPage):
        if page.shown.shown is page.person:
            page.close_person()
        page.re_enrol.setChecked(False)
        if place is Place.ERASURES:
            page.privacy.open_erasures(concern=listed)
        elif place is Place.CONSENT:
            page.privacy.open_consent(due=True)
        else:
            page.show_concern(listed)
    else:
        page.show_concern(listed)
