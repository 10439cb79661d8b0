"""Leads administrators of a new site from step to step, on the pages where each is done."""

from collections.abc import Mapping
from typing import Protocol

from PyQt6.QtWidgets import QApplication

from console.api import first_steps as api
from console.api.operation import Nothing
from console.desktop.dialogs.first_steps_dialog import FirstStepsDialog
from console.desktop.page import Page
from console.desktop.pages.backups import BackupsPage
from console.desktop.pages.employees import EmployeesPage
from console.desktop.pages.invitations import InvitationsPage
from console.desktop.pages.logins import LoginsPage
from console.desktop.pages.review import ReviewPage
from console.desktop.pages.settings import SettingsPage
from console.desktop.pages.terminals import TerminalsPage
from console.desktop.widgets.first_steps_bar import FirstStepsBar
from console.domain.first_steps import FirstStep, StepState
from console.domain.language import tr
from console.qt.client import ConnectionState, ServiceClient
from console.qt.timers import timer

PAGES: dict[FirstStep, type[Page]] = {
    FirstStep.SITE: SettingsPage,
    FirstStep.RECOVERY_KEY: BackupsPage,
    FirstStep.EMAIL: SettingsPage,
    FirstStep.PORTAL: SettingsPage,
    FirstStep.TERMINAL: TerminalsPage,
    FirstStep.EMPLOYEES: EmployeesPage,
    FirstStep.INVITATION: InvitationsPage,
    FirstStep.ENROLMENT: ReviewPage,
    FirstStep.LOGIN: LoginsPage,
}
READ_PAUSE_MS = 500
"""Changes come in bursts, on a busy site without end: at most two questions a second."""
NEXT_PAUSE_MS = 300
"""Before the next step begins, and between two looks whether a dialog is still open."""


class Window(Protocol):
    """What the steps need of the console's window."""

    pages: dict[type[Page], Page]

    @property
    def page(self) -> Page | None:
        """The page shown now."""

    def open_page(self, kind: type[Page]) -> object:
        """Shows a page."""

    def show_message(self, text: str, bad: bool) -> None:
        """A line under the title."""


class FirstSteps(FirstStepsBar):
    """In the title bar while a step is open. A step that ends leads on to the next one."""

    def __init__(self, client: ServiceClient, window: Window) -> None:
        super().__init__(self.go_on_now, self.show_all)
        self._client, self._window = client, window
        self._states: Mapping[FirstStep, StepState] = {}
        self._doing: FirstStep | None = None
        self._is_offered = False
        self._read = timer(self, READ_PAUSE_MS, self._ask, once=True)
        self._next = timer(self, NEXT_PAUSE_MS, self._lead_on, once=True)
        client.state_changed.connect(self._on_connection)
        client.changed.connect(self._on_change)

    @property
    def _waiting(self) -> list[FirstStep]:
        return [step for step, state in self._states.items() if state is StepState.OPEN]

    def _on_connection(self, state: ConnectionState) -> None:
        if state is ConnectionState.READY:
            self._ask()
        elif state is ConnectionState.SIGNED_OUT:
            self._states, self._doing, self._is_offered = {}, None, False
            self._read.stop()
            self._next.stop()
            self.hide()

    def _on_change(self, subject: str, _row_id: str) -> None:
        if (self._waiting or subject in ("first_steps", "*")) and not self._read.isActive():
            self._read.start()

    def _ask(self) -> None:
        if self._client.may(api.get_steps):
            self._client.call(api.get_steps, Nothing(), self._show, owner=self)

    def _show(self, found: api.FirstSteps) -> None:
        if self._client.session is None:
            return
        before, self._states = self._states, found.states
        self.show_states(found.states)
        if found.untouched and not self._is_offered:
            self.show_all()
        self._is_offered = True
        done = StepState.DONE
        if before.get(FirstStep.LOGIN, done) is not done and found.states[FirstStep.LOGIN] is done:
            self._window.show_message(tr("The first login has arrived. Well done."), bad=False)
        if self._doing is not None and found.states[self._doing] is done:
            self._next.start()

    def show_all(self) -> None:
        """Opens the check list."""
        dialog = FirstStepsDialog(self._client, self)
        dialog.chosen.connect(self.begin)
        dialog.open()

    def go_on_now(self) -> None:
        """Begins the next step."""
        if self._waiting:
            self.begin(self._waiting[0])

    def _lead_on(self) -> None:
        """From a step that ended on to the next, unless the operator went elsewhere."""
        if QApplication.activeModalWidget() is not None:
            self._next.start()
            return
        ended, self._doing = self._doing, None
        if ended is not None and isinstance(self._window.page, PAGES[ended]):
            self.go_on_now()

    def begin(self, step: FirstStep) -> None:
        """Opens the page where the step is done, and there what it begins with."""
        self._doing = step
        self._window.open_page(PAGES[step])
        page = self._window.pages.get(PAGES[step])
        match page:
            case BackupsPage():
                page.make_first_key()
            case SettingsPage():
                page.turn_to(page.portal_url if step is FirstStep.PORTAL else page.host)
            case TerminalsPage():
                page.add_first()
            case EmployeesPage():
                page.ask_for_list()
            case InvitationsPage():
                page.open_campaign().name.edit.setText(tr("First invitation"))
            case _:
                pass  # what has come is shown there by itself
