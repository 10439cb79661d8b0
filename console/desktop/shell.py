"""The console's window: the navigation, the page, and the status bar."""

from collections.abc import Callable
from functools import partial

from PyQt6.QtCore import QEvent, QObject, QSize
from PyQt6.QtGui import QCloseEvent, QInputEvent
from PyQt6.QtWidgets import (
    QApplication,
    QDialog,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from console.api import operators
from console.api import site as api
from console.api.first_steps import get_steps
from console.api.operation import Health, Nothing
from console.api.today import Line
from console.api.updates import CONSOLES_CLOSE
from console.desktop.aids import Aids
from console.desktop.arrangement import Arrangement
from console.desktop.changes import EVERYTHING, Changes
from console.desktop.dialogs.password_dialog import PasswordDialog
from console.desktop.dialogs.second_factor_dialog import SecondFactorDialog
from console.desktop.dialogs.sessions_dialog import SessionsDialog
from console.desktop.first_steps import FirstSteps
from console.desktop.looks import Looks
from console.desktop.navigation import PALETTE_KEY, Navigation
from console.desktop.page import Page
from console.desktop.pages.audit import AuditPage
from console.desktop.pages.backups import BackupsPage
from console.desktop.pages.desk_photos import DeskPhotosPage
from console.desktop.pages.employees import EmployeesPage
from console.desktop.pages.fingers import FingersPage
from console.desktop.pages.invitations import InvitationsPage
from console.desktop.pages.logins import LoginsPage
from console.desktop.pages.review import ReviewPage
from console.desktop.pages.sign_in import SignInForm
from console.desktop.pages.tasks import TasksPage
from console.desktop.pages.terminals import TerminalsPage
from console.desktop.pages.today import TodayPage
from console.desktop.palette.dialog import PaletteDialog
from console.desktop.places import PAGES, show_line
from console.desktop.sections import ENTRIES, FIRST_PAGES, key_of, pages_of
from console.desktop.view_memory import ViewMemory
from console.desktop.widgets.page_stack import PageStack
from console.desktop.widgets.recovery_bar import RecoveryBar
from console.desktop.widgets.status_bar import StatusBar
from console.desktop.widgets.title_bar import FIND_KEY, TitleBar
from console.domain.language import paragraph, tr
from console.domain.operators import IDLE_LOCK
from console.domain.today import KINDS
from console.qt.client import GONE, ConnectionState, ServiceClient
from console.qt.equipment import Equipment
from console.qt.shortcuts import shortcut
from console.qt.timers import timer
from console.qt.widgets import label, scrolled, set_tone

SIZE = QSize(1440, 900)
"""At first, where the screen is large enough; every page fits 1366 x 768, and scrolls on less."""
SIGN_OUT_KEY, REFRESH_KEY = "Ctrl+L", "F5"
MESSAGE_MS = 8000
OVERVIEW_MS = 20_000
_SIGNS_OF_LIFE = frozenset({QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel})


class Shell(QMainWindow):
    """Owns the pages; they are built when they are first shown."""

    def __init__(
        self,
        client: ServiceClient,
        explain: Callable[[], str] = str,
        equipment: Equipment | None = None,
        memory: ViewMemory | None = None,
        looks: Looks | None = None,
    ) -> None:
        """Builds the window without any page.

        explain: why there is no service, when that is known; equipment: what is plugged into this
        computer; memory: what operators left the last time; looks: how the windows look.
        """
        super().__init__()
        memory = memory or ViewMemory()
        self._arrangement = Arrangement(self, memory)
        self._equipment = equipment or Equipment()
        self.client = client
        self._explain = explain
        self.setWindowTitle("Muster")
        self._arrangement.size_window(SIZE)
        self.pages: dict[type[Page], Page] = {}
        self._allowed: set[type[Page]] = set()
        self._health: Health | None = None
        self.navigation = Navigation(self.open_page, self.open_palette)
        self._changes = Changes(self)
        self.sign_in = SignInForm(client)
        self.sign_in.signed_in.connect(self._signed_in)
        self.status = StatusBar()
        self.banner = label("", "banner", wrap=True)
        self.banner.hide()
        self.recoveries = RecoveryBar(self._read_warnings)
        self.first_steps = FirstSteps(client, self)
        self.top = TitleBar(self.first_steps)
        self.search = self.top.search
        self.stack = PageStack()
        self.aids = Aids(self, client, self.stack, memory, looks or Looks(memory))
        self.aids.serve(self.sign_in)
        self.aids.serve(self.status)
        self._frame = QWidget()
        self._root = QStackedWidget()
        self._root.addWidget(scrolled(self.sign_in))
        self._root.addWidget(self._frame)
        self.setCentralWidget(self._root)
        self._timers()
        self._lay_out()
        self._connect()

    def show_fitting(self) -> None:
        """Shows the window; on a screen without room for it and its frame it fills the screen."""
        style = self.style()
        assert style is not None
        bar = style.pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight)
        screen = self.screen()
        room = screen.availableSize() if screen is not None else SIZE
        has_room = room.width() > SIZE.width() and room.height() > SIZE.height() + bar
        if has_room and not self._arrangement.fills_screen:
            self.show()
        else:
            self.showMaximized()

    def _timers(self) -> None:
        self._overview = timer(self, OVERVIEW_MS, self._ask_overview)
        self._hide_message = timer(self, MESSAGE_MS, self.banner.hide, once=True)
        self._idle = timer(
            self, int(IDLE_LOCK.total_seconds() * 1000), self._end_session, once=True
        )

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.top)
        right.addWidget(self.recoveries)
        right.addWidget(self.banner)
        right.addWidget(self.stack, 1)
        right.addWidget(self.status)
        layout = QHBoxLayout(self._frame)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.navigation)
        layout.addLayout(right, 1)

    def _connect(self) -> None:
        self.client.changed.connect(self._on_change)
        self._changes.due.connect(self._refresh)
        self.client.state_changed.connect(self._on_connection)
        self.client.health_known.connect(self._on_health)
        self.search.textChanged.connect(self._on_search)
        self.status.terminals.connect(lambda: self.open_page(TerminalsPage))
        self.status.email.connect(lambda: self.open_page(InvitationsPage))
        self.status.tasks.connect(lambda: self.open_page(TasksPage))
        self.status.backups.connect(lambda: self.open_page(BackupsPage))
        self.status.audit.connect(lambda: self.open_page(AuditPage))
        self.status.sign_out.connect(self._sign_out)
        self.status.password.connect(self._change_password)
        self.status.factor.connect(self._set_up_factor)
        self.status.keys.connect(self.aids.open_keys)
        self.status.sessions.connect(self._show_sessions)
        shortcut(SIGN_OUT_KEY, self, tr("Sign out"), self._sign_out)
        shortcut(FIND_KEY, self, tr("Search this page"), self.search.setFocus)
        shortcut(PALETTE_KEY, self, tr("Go to anything"), self.open_palette)
        everything = partial(self._changes.note, EVERYTHING)
        shortcut(REFRESH_KEY, self, tr("Refresh"), everything)
        for page in [entry.page for entry in ENTRIES if key_of(entry.page)]:
            shortcut(key_of(page), self, "", partial(self.open_page, page))
        self._listen_to_person(True)
        self._on_connection(self.client.state)

    def _listen_to_person(self, listen: bool) -> None:
        """Listens while the window is open; a filter must not outlive its window."""
        app = QApplication.instance()
        if app is not None:
            (app.installEventFilter if listen else app.removeEventFilter)(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Counts keys and mouse presses: only a person keeps the session open, no polling does."""
        if (
            isinstance(event, QInputEvent)  # seen faster than the type, of thousands for each page
            and event.type() in _SIGNS_OF_LIFE
            and self.client.session is not None
        ):
            self._idle.start()
        return super().eventFilter(watched, event)

    @property
    def page(self) -> Page | None:
        """The page shown now."""
        return self.stack.page

    @property
    def kinds(self) -> list[type[Page]]:
        """The pages of this role, as the navigation lists them."""
        return [entry.page for entry in ENTRIES if entry.page in self._allowed]

    def open_page(self, kind: type[Page]) -> Page | None:
        """Shows a page, building it first when needed; None for one that the role may not see."""
        if kind not in self._allowed:
            return None
        page = self.pages.get(kind)
        if page is None:
            page = self.pages[kind] = kind(self.client)
            page.equip(self._equipment)
            page.state_text.connect(lambda text, page=page: self._on_state(page, text))
            page.message.connect(self.show_message)
            page.searched.connect(self.top.show_search)
            if isinstance(page, LoginsPage | EmployeesPage):
                page.enrol_again.connect(self._enrol_again)
            if isinstance(page, TodayPage):
                page.opens.connect(self._open_line)
            if isinstance(page, EmployeesPage):
                page.review.connect(lambda: self.open_page(ReviewPage))
                page.whole_log.connect(lambda number: self.open_found(LoginsPage, number))
            self.stack.add_page(page)
            self._arrangement.arrange(page)
        self.navigation.mark(kind)
        self.stack.show_page(page)
        self.top.show_page(page)
        page.show_concern(None)
        return page

    def _open_line(self, line: Line) -> None:
        """Opens what a line of the first page counts, which no search may narrow."""
        kind = PAGES[KINDS[line.concern].place]
        if kind in self.pages:
            self.pages[kind].search_text = ""
        page = self.open_page(kind)
        if page is not None:
            show_line(page, line)

    def _enrol_again(self, employee_id: str, method: str) -> None:
        """Brings the person to the desk for what did not match."""
        kind: type[FingersPage] | type[DeskPhotosPage] = (
            FingersPage if "finger" in method.lower() else DeskPhotosPage
        )
        if kind not in self._allowed:
            self.show_message(
                tr("Your role cannot enrol people. Ask a technician or an administrator."), True
            )
            return
        self.open_page(kind)
        page = self.pages[kind]
        assert isinstance(page, FingersPage | DeskPhotosPage)
        page.open_person(employee_id)

    def open_found(self, kind: type[Page], text: str) -> None:
        """Shows what the search of a page finds."""
        if self.open_page(kind) is not None:
            self.search.setText(text)

    def may_open(self, kind: type[Page]) -> bool:
        """Whether the role of whoever is signed in may see this page."""
        return kind in self._allowed

    def open_palette(self) -> PaletteDialog | None:
        """Opens the field that finds everything; None while nobody is signed in."""
        if self.client.session is None:
            return None
        dialog = PaletteDialog(self, self)
        dialog.show()
        dialog.activateWindow()
        dialog.field.setFocus()
        return dialog

    def open_help(self, name: str) -> None:
        """Shows a page of the help."""
        self.aids.open_help_page(name)

    def own_acts(self) -> list[tuple[str, str, Callable[[], object]]]:
        """What the palette offers of the window itself: title, shortcut, act."""
        first_steps = [(tr("Show the first steps"), "", self.first_steps.show_all)]
        return [
            *(first_steps if self.client.may(get_steps) else []),
            (tr("Change password…"), "", self._change_password),
            (tr("Second factor…"), "", self._set_up_factor),
            (tr("Sessions…"), "", self._show_sessions),
            (tr("Appearance…"), "", self.aids.open_appearance),
            (tr("Help for this page"), "F1", self.aids.open_help),
            (tr("Keyboard shortcuts"), "?", self.aids.open_keys),
            (tr("About Muster…"), "", self.aids.open_about),
            (tr("Refresh"), REFRESH_KEY, lambda: self._changes.note(EVERYTHING)),
            (tr("Sign out"), SIGN_OUT_KEY, self._sign_out),
        ]

    def _show_sessions(self) -> None:
        SessionsDialog(self.client, self).open()

    def _on_state(self, page: Page, text: str) -> None:
        if page is self.page:
            self.top.state.show_text(text)

    def _on_search(self, text: str) -> None:
        if self.page is not None:
            self.page.search(text)

    def show_message(self, text: str, bad: bool) -> None:
        """A line under the title: what was done, or what went wrong. It stays for a while."""
        set_tone(self.banner, "bad" if bad else "")
        self.banner.setText(text)
        self.banner.show()
        self._hide_message.start()

    def _on_change(self, subject: str, row_id: str) -> None:
        if (subject, row_id) == ("updates", CONSOLES_CLOSE):
            self.close()
        else:
            self._changes.note(subject, row_id)

    def _refresh(self, subjects: frozenset[str]) -> None:
        if self.page is not None and (EVERYTHING in subjects or subjects & self.page.subjects):
            self.page.refresh()
        self._ask_overview()

    def _ask_overview(self) -> None:
        if self.client.state is ConnectionState.READY:
            self.client.call(api.overview, Nothing(), self._show_overview, owner=self)

    def _show_overview(self, overview: api.Overview) -> None:
        self.setWindowTitle(f"Muster · {overview.site}")
        self.navigation.count(InvitationsPage, overview.invitations_open)
        self.navigation.count(ReviewPage, overview.review_waiting)
        self.navigation.count(TerminalsPage, overview.terminals_pending)
        self.status.show_overview(overview)
        self.recoveries.show_recoveries(overview.recoveries)

    def _on_connection(self, state: ConnectionState) -> None:
        self.status.show_connection(state)
        if state is ConnectionState.GONE and self.client.session is not None:
            self._hide_message.stop()
            self.show_message(
                paragraph(
                    tr("The service cannot be reached."),
                    tr("What you see may be out of date. Reconnecting…"),
                ),
                True,
            )
            self._hide_message.stop()
        elif state is ConnectionState.GONE:
            self._health = None  # the form begins anew when the service is back
            self.sign_in.problem.setText(self._explain() or tr(GONE.message))
        elif state is ConnectionState.READY:
            self.banner.hide()
            self._changes.note(EVERYTHING)
        elif state is ConnectionState.SIGNED_OUT:
            self.sign_in.problem.setText("")
            self._empty()

    def _on_health(self, health: Health) -> None:
        if health.consoles_close:
            self.close()
        elif self.client.session is None and health != self._health:
            self._health = health  # what is being typed stays when nothing has changed
            self.sign_in.show_for(health)

    def _signed_in(self, session: operators.SignedIn) -> None:
        self._allowed = pages_of(session.role)
        self.navigation.show_for(self._allowed)
        self.status.show_operator(session.name, session.role)
        self.client.signed_in(session)
        self._root.setCurrentWidget(self._frame)
        self._arrangement.begin(session.username)
        self.aids.looks.begin(session.username)
        self.open_page(self._arrangement.first_page(self._allowed, FIRST_PAGES[session.role]))
        self._overview.start()
        self._idle.start()

    def _read_warnings(self) -> None:
        request = operators.ReadWarnings(until=self.recoveries.newest)
        self.client.call(
            operators.read_warnings, request, lambda _: self._ask_overview(), owner=self
        )

    def _change_password(self) -> None:
        said = tr("Your password was changed.")
        PasswordDialog(self.client, lambda: self.show_message(said, bad=False), self).open()

    def _set_up_factor(self) -> None:
        said = tr("From now on you also need a code to sign in.")
        dialog = SecondFactorDialog(self.client, self)
        dialog.ended.connect(lambda done: self.show_message(said, bad=False) if done else None)
        dialog.open()

    def _sign_out(self) -> None:
        """Ends the session, unless the operator should read first that something was refused."""
        if self._finish_pages():
            self._end_session()

    def _finish_pages(self) -> bool:
        finished = [page.finish() for page in list(self.pages.values())]
        return all(finished)

    def _end_session(self) -> None:
        """Empties the window at once; the service hears of it, or ends the session by itself."""
        if self.client.session is None:
            return
        self.client.call(operators.sign_out, Nothing(), lambda _: None, lambda _: None, self)
        self.client.sign_out_here()

    def _empty(self) -> None:
        """Whoever signs in next sees nothing of whoever was here before. CO2."""
        self._arrangement.end(self.page, self.pages.values())
        self.aids.looks.end()
        self._overview.stop()
        self._idle.stop()
        self._changes.forget()
        for dialog in self.findChildren(QDialog):
            dialog.done(QDialog.DialogCode.Rejected)
        self._root.setCurrentIndex(0)
        for page in self.pages.values():
            self.stack.remove_page(page)
        self.pages.clear()
        self._allowed.clear()
        self.top.clear()
        self.banner.hide()
        self.banner.clear()
        self.recoveries.show_recoveries([])
        self.navigation.clear()
        self.status.clear()
        self.setWindowTitle("Muster")

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Ends what is under way. Closed by hand, it stays if something was refused just now."""
        if not self._finish_pages() and event is not None and event.spontaneous():
            event.ignore()
            return
        self._arrangement.end(self.page, self.pages.values())
        for page in self.pages.values():
            page.close()  # lets go of cameras, readers and files
        self._listen_to_person(False)
        self.client.close()
        super().closeEvent(event)
