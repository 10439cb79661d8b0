"""What can be begun from anywhere: the page where it is done, and what it begins with. CO19."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from console.api import (
    audit,
    backups,
    campaigns,
    consents,
    departments,
    employees,
    erasure,
    invitations,
    kiosks,
    logins,
    operators,
    retention,
    tasks,
    terminal_life,
)
from console.api import employee_lists as lists
from console.api import site as site_api
from console.api import terminals as terminals_api
from console.api.operation import Operation
from console.desktop.page import Page
from console.desktop.pages.audit import AuditPage
from console.desktop.pages.backups import BackupsPage
from console.desktop.pages.employees import EmployeesPage
from console.desktop.pages.invitations import InvitationsPage
from console.desktop.pages.kiosks import KiosksPage
from console.desktop.pages.logins import LoginsPage
from console.desktop.pages.operators import OperatorsPage
from console.desktop.pages.settings import SettingsPage
from console.desktop.pages.terminals import TerminalsPage
from console.desktop.palette.hits import HitKind
from console.domain.language import tr

AnyPage = TypeVar("AnyPage", bound=Page)


@dataclass(frozen=True, kw_only=True)
class Act(Generic[AnyPage]):
    """needs: who may not call it is not offered the act; other: words that find it, too."""

    title: str
    page: type[AnyPage]
    needs: Operation[Any, Any]
    begin: Callable[[AnyPage], object]
    other: tuple[str, ...] = ()
    kind: HitKind = HitKind.ACT


def _setting(title: str, begin: Callable[[SettingsPage], object], *other: str) -> Act[SettingsPage]:
    return Act(
        title=title,
        page=SettingsPage,
        needs=site_api.save_settings,
        begin=begin,
        other=other,
        kind=HitKind.SETTING,
    )


ACTS: tuple[Act[Any], ...] = (
    Act(
        title=tr("Invite people…"),
        page=InvitationsPage,
        needs=campaigns.start_campaign,
        begin=lambda page: page.open_campaign(),
        other=(tr("New campaign"), tr("Send links")),
    ),
    Act(
        title=tr("Add an employee…"),
        page=EmployeesPage,
        needs=employees.save_employee,
        begin=lambda page: page.panel.show_employee(None),
        other=(tr("New person"),),
    ),
    Act(
        title=tr("Import a list of employees…"),
        page=EmployeesPage,
        needs=lists.import_employees,
        begin=lambda page: page.ask_for_list(),
        other=("CSV", "Excel"),
    ),
    Act(
        title=tr("Undo an import…"),
        page=EmployeesPage,
        needs=lists.undo_import,
        begin=lambda page: page.open_imports(),
    ),
    Act(
        title=tr("Export employees…"),
        page=EmployeesPage,
        needs=lists.export_employees,
        begin=lambda page: page.ask_export(),
    ),
    Act(
        title=tr("Departments…"),
        page=EmployeesPage,
        needs=departments.add_department,
        begin=lambda page: page.open_departments(),
    ),
    Act(
        title=tr("Erasures and receipts…"),
        page=EmployeesPage,
        needs=erasure.list_erasures,
        begin=lambda page: page.privacy.open_erasures(),
    ),
    Act(
        title=tr("Consent…"),
        page=EmployeesPage,
        needs=consents.get_consents,
        begin=lambda page: page.privacy.open_consent(),
    ),
    Act(
        title=tr("How long data is kept…"),
        page=EmployeesPage,
        needs=retention.get_retention,
        begin=lambda page: page.privacy.open_retention(),
        other=(tr("Retention"),),
    ),
    Act(
        title=tr("Rules of invitation links…"),
        page=InvitationsPage,
        needs=invitations.save_rules,
        begin=lambda page: page.open_rules(),
    ),
    Act(
        title=tr("Add a terminal by address…"),
        page=TerminalsPage,
        needs=terminals_api.dial_terminal,
        begin=lambda page: page.add_by_address(),
        other=(tr("New terminal"),),
    ),
    Act(
        title=tr("Find terminals in a subnet…"),
        page=TerminalsPage,
        needs=tasks.discover,
        begin=lambda page: page.find_units(),
        other=(tr("Add a terminal"),),
    ),
    Act(
        title=tr("Approve terminals from a list…"),
        page=TerminalsPage,
        needs=terminal_life.approve_many,
        begin=lambda page: page.open_roll_out(),
    ),
    Act(
        title=tr("Add a kiosk…"),
        page=KiosksPage,
        needs=kiosks.add_kiosk,
        begin=lambda page: page.ask_add(),
        other=(tr("New kiosk"),),
    ),
    Act(
        title=tr("Export the logins shown…"),
        page=LoginsPage,
        needs=logins.begin_list,
        begin=lambda page: page.ask_file(),
    ),
    Act(
        title=tr("Export logins for auditors…"),
        page=LoginsPage,
        needs=logins.export_logins,
        begin=lambda page: page.open_export(),
    ),
    Act(
        title=tr("Add an operator…"),
        page=OperatorsPage,
        needs=operators.save_operator,
        begin=lambda page: page.panel.show_operator(None),
        other=(tr("New operator"),),
    ),
    Act(
        title=tr("Verify the audit log"),
        page=AuditPage,
        needs=audit.verify_audit,
        begin=lambda page: page.verify_now(),
    ),
    Act(
        title=tr("Export the audit log…"),
        page=AuditPage,
        needs=audit.export_audit,
        begin=lambda page: page.ask_file(),
    ),
    Act(
        title=tr("Make a backup"),
        page=BackupsPage,
        needs=backups.back_up,
        begin=lambda page: page.back_up_now(),
        other=(tr("Back up now"),),
    ),
    Act(
        title=tr("Recovery key…"),
        page=BackupsPage,
        needs=backups.new_key,
        begin=lambda page: page.ask_key(),
    ),
    _setting(tr("Name of the site"), lambda page: page.turn_to(page.site)),
    _setting(tr("Address of the portal"), lambda page: page.turn_to(page.portal_url), "URL"),
    _setting(tr("Email server"), lambda page: page.turn_to(page.host), "SMTP"),
)
