"""The console's window: the navigation, the page, and the status bar."""

from collections.abc import Callable
from functools import partial

from PyQt6.QtCore import QEvent, QObject, QSize
from PyQt6.QtGui import QCloseEvent
from PyQt6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMainWindow,
    QPushButton,
    QStackedWidget,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from console.api import operators
from console.api import site as api
from console.api.audit import READERS
from console.api.operation import Health, Nothing
from console.api.today import Line
from console.desktop.aids import Aids
from console.desktop.arrangement import Arrangement
from console.desktop.dialogs.password_dialog import PasswordDialog
from console.desktop.dialogs.second_factor_dialog import SecondFactorDialog
from console.desktop.dialogs.sessions_dialog import SessionsDialog
from console.desktop.first_steps import FirstSteps
from console.desktop.looks import Looks
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
from console.desktop.pages.sign_in import SignInForm
from console.desktop.pages.terminals import TerminalsPage
from console.desktop.pages.today import TodayPage
from console.desktop.places import PAGES, show_line
from console.desktop.view_memory import ViewMemory
from console.desktop.widgets.page_stack import PageStack
from console.desktop.widgets.recovery_bar import RecoveryBar
from console.desktop.widgets.status_bar import StatusBar
from console.domain.operators import AT_THE_DESK, IDLE_LOCK, Role
from console.domain.today import KINDS
from console.qt.client import ConnectionState, ServiceClient
from console.qt.equipment import Equipment
from console.qt.language import tr
from console.qt.shortcuts import shortcut
from console.qt.sizes import sized
from console.qt.theme import icon
from console.qt.timers import timer
from console.qt.widgets import ElidedLabel, IconLabel, label, scrolled, set_tone

NAV_WIDTH, TOP_HEIGHT, SEARCH_PX = 208, 48, 320
SIZE = QSize(1440, 900)
"""At first, where the screen is large enough; every page fits 1366 x 768, and scrolls on less."""
REFRESH_PAUSE_MS = 80
"""Changes that come in a burst lead to one refresh."""
MESSAGE_MS = 8000
OVERVIEW_MS = 20_000
_SIGNS_OF_LIFE = frozenset({QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel})
SECTIONS: tuple[tuple[str, tuple[tuple[type[Page], str, frozenset[Role]], ...]], ...] = (
    ("", ((TodayPage, "home", frozenset(Role)),)),
    (
        tr("Enrolment"),
        (
            (EmployeesPage, "users", frozenset(Role)),
            (InvitationsPage, "mail", frozenset(Role)),
            (ReviewPage, "eye", frozenset({Role.ADMIN})),
            (LookalikesPage, "users", frozenset({Role.ADMIN})),
            (DeskPhotosPage, "user", AT_THE_DESK),
            (FingersPage, "fingerprint", AT_THE_DESK),
        ),
    ),
    (
        tr("Access"),
        (
            (TerminalsPage, "device-tablet", frozenset(Role)),
            (KiosksPage, "login", frozenset({Role.ADMIN})),
            (LoginsPage, "list", frozenset({Role.ADMIN, Role.SUPERVISOR, Role.AUDITOR})),
        ),
    ),
    (
        tr("Site"),
        (
            (OperatorsPage, "shield", frozenset({Role.ADMIN})),
            (ScreeningPage, "check", frozenset({Role.ADMIN})),
            (AuditPage, "list", READERS),
            (BackupsPage, "download", READERS),
            (SettingsPage, "settings", frozenset({Role.ADMIN})),
        ),
    ),
)


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
        self._stale: set[str] = set()
        self._navigation: dict[type[Page], QPushButton] = {}
        self._sections: dict[QLabel, list[type[Page]]] = {}
        self._group = QButtonGroup(self)
        self.sign_in = SignInForm(client)
        self.sign_in.signed_in.connect(self._signed_in)
        self.status = StatusBar()
        self.title, self.state = label("", "title"), ElidedLabel("state")
        self.search = QLineEdit()
        sized(self.search, least_width=SEARCH_PX // 2)
        sized(self.search, most_width=SEARCH_PX)
        self.search.setClearButtonEnabled(True)
        self.banner = label("", "banner", wrap=True)
        self.banner.hide()
        self.recoveries = RecoveryBar(self._read_warnings)
        self.first_steps = FirstSteps(client, self)
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
        self._refresh = timer(self, REFRESH_PAUSE_MS, self._refresh_now, once=True)
        self._overview = timer(self, OVERVIEW_MS, self._ask_overview)
        self._hide_message = timer(self, MESSAGE_MS, self.banner.hide, once=True)
        self._idle = timer(self, int(IDLE_LOCK.total_seconds() * 1000), self._sign_out, once=True)

    def _lay_out(self) -> None:
        top = QFrame()
        top.setObjectName("top")
        sized(top, height=TOP_HEIGHT)
        across = QHBoxLayout(top)
        across.setContentsMargins(24, 0, 16, 0)
        across.setSpacing(8)
        for part in (self.title, self.state):
            across.addWidget(part)
        across.addStretch(1)
        across.addWidget(self.first_steps)
        across.addWidget(self.search, 2)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(top)
        right.addWidget(self.recoveries)
        right.addWidget(self.banner)
        right.addWidget(self.stack, 1)
        right.addWidget(self.status)
        layout = QHBoxLayout(self._frame)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._nav_area = scrolled(self._nav())
        self._nav_area.setObjectName("navigation")
        sized(self._nav_area, width=NAV_WIDTH)
        layout.addWidget(self._nav_area)
        layout.addLayout(right, 1)

    def _nav(self) -> QWidget:
        nav = QFrame()
        nav.setObjectName("nav")
        column = QVBoxLayout(nav)
        column.setContentsMargins(8, 16, 8, 16)
        column.setSpacing(2)
        brand = label("Muster", "brand")
        mark = IconLabel("fingerprint", "nav_mark", 20)
        mark.setObjectName("mark")
        head = QHBoxLayout()
        head.setSpacing(0)
        head.addWidget(mark)
        head.addWidget(brand, 1)
        column.addLayout(head)
        column.addSpacing(16)
        for section, entries in SECTIONS:
            if section:
                heading = label(section)
                self._sections[heading] = [page for page, _, _ in entries]
                column.addWidget(heading)
            for page, icon_name, _ in entries:
                entry = QPushButton(icon(icon_name, "nav_ink"), f"  {page.title}")
                entry.setCheckable(True)
                entry.setAccessibleName(page.title)
                entry.clicked.connect(lambda _, page=page: self.open_page(page))
                self._group.addButton(entry)
                self._navigation[page] = entry
                column.addWidget(entry)
        column.addStretch(1)
        return nav

    def _connect(self) -> None:
        self.client.changed.connect(self._on_change)
        self.client.state_changed.connect(self._on_connection)
        self.client.health_known.connect(self._on_health)
        self.search.textChanged.connect(self._on_search)
        self.status.terminals.connect(lambda: self.open_page(TerminalsPage))
        self.status.email.connect(lambda: self.open_page(InvitationsPage))
        self.status.backups.connect(lambda: self.open_page(BackupsPage))
        self.status.audit.connect(lambda: self.open_page(AuditPage))
        self.status.sign_out.connect(self._sign_out)
        self.status.password.connect(self._change_password)
        self.status.factor.connect(self._set_up_factor)
        self.status.keys.connect(self.aids.open_keys)
        self.status.sessions.connect(lambda: SessionsDialog(self.client, self).open())
        shortcut("Ctrl+L", self, tr("Sign out"), self._sign_out)
        shortcut("Ctrl+K", self, tr("Search"), self.search.setFocus)
        shortcut("F5", self, tr("Read everything again"), lambda: self._on_change("*", ""))
        for number, page in enumerate(self._navigation, start=1):
            shortcut(f"Ctrl+{number}", self, "", partial(self.open_page, page))
        self._listen_to_person(True)
        self._on_connection(self.client.state)

    def _listen_to_person(self, listen: bool) -> None:
        """Listens while the window is open; a filter must not outlive its window."""
        app = QApplication.instance()
        if app is not None:
            (app.installEventFilter if listen else app.removeEventFilter)(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Counts keys and mouse presses: only a person keeps the session open, no polling does."""
        if event is not None and event.type() in _SIGNS_OF_LIFE and self.client.session is not None:
            self._idle.start()
        return super().eventFilter(watched, event)

    @property
    def page(self) -> Page | None:
        """The page shown now."""
        return self.stack.page

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
            if isinstance(page, LoginsPage | EmployeesPage):
                page.enrol_again.connect(self._enrol_again)
            if isinstance(page, TodayPage):
                page.opens.connect(self._open_line)
            if isinstance(page, EmployeesPage):
                page.review.connect(lambda: self.open_page(ReviewPage))
                page.whole_log.connect(self._open_log)
            self.stack.add_page(page)
            self._arrangement.arrange(page)
        self._navigation[kind].setChecked(True)
        self._nav_area.ensureWidgetVisible(self._navigation[kind])
        self.stack.show_page(page)
        self.title.setText(page.title)
        self.state.show_text("")
        self.search.setVisible(bool(page.searches))
        self.search.setPlaceholderText(f"{page.searches}   Ctrl+K")
        self.search.setAccessibleName(page.searches)
        self.search.blockSignals(True)
        self.search.setText(page.search_text)
        self.search.blockSignals(False)
        page.refresh()
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

    def _open_log(self, number: str) -> None:
        """The login log of one person."""
        self.open_page(LoginsPage)
        self.search.setText(number)

    def _on_state(self, page: Page, text: str) -> None:
        if page is self.page:
            self.state.show_text(text)

    def _on_search(self, text: str) -> None:
        if self.page is not None:
            self.page.search(text)

    def show_message(self, text: str, bad: bool) -> None:
        """A line under the title: what was done, or what went wrong. It stays for a while."""
        set_tone(self.banner, "bad" if bad else "")
        self.banner.setText(text)
        self.banner.show()
        self._hide_message.start()

    def _on_change(self, subject: str, _row_id: str) -> None:
        self._stale.add(subject)
        self._refresh.start()

    def _refresh_now(self) -> None:
        stale, self._stale = self._stale, set()
        if self.page is not None and ("*" in stale or stale & self.page.subjects):
            self.page.refresh()
        self._ask_overview()

    def _ask_overview(self) -> None:
        if self.client.state is ConnectionState.READY:
            self.client.call(api.overview, Nothing(), self._show_overview, owner=self)

    def _show_overview(self, overview: api.Overview) -> None:
        self.setWindowTitle(f"Muster · {overview.site}")
        self._count(InvitationsPage, overview.invitations_open)
        self._count(ReviewPage, overview.review_waiting)
        self._count(TerminalsPage, overview.terminals_pending)
        self.status.show_overview(overview)
        self.recoveries.show_recoveries(overview.recoveries)

    def _count(self, page: type[Page], count: int) -> None:
        self._navigation[page].setText(f"  {page.title}" + (f"   {count}" if count else ""))

    def _on_connection(self, state: ConnectionState) -> None:
        self.status.show_connection(state)
        if state is ConnectionState.GONE and self.client.session is not None:
            self._hide_message.stop()
            self.show_message(
                tr(
                    "The service cannot be reached. What you see may be old; the console tries "
                    "again by itself."
                ),
                True,
            )
            self._hide_message.stop()
        elif state is ConnectionState.GONE:
            self.sign_in.problem.setText(
                self._explain()
                or tr("The service cannot be reached. The console tries again by itself.")
            )
        elif state is ConnectionState.READY:
            self.banner.hide()
            self._on_change("*", "")
        elif state is ConnectionState.SIGNED_OUT:
            self.sign_in.problem.setText("")
            self._empty()

    def _on_health(self, health: Health) -> None:
        if self.client.session is None:
            self.sign_in.show_for(health)

    def _signed_in(self, session: operators.SignedIn) -> None:
        entries = (entry for _, section in SECTIONS for entry in section)
        self._allowed = {page for page, _, roles in entries if session.role in roles}
        for page, entry in self._navigation.items():
            entry.setVisible(page in self._allowed)
        for heading, inside in self._sections.items():
            heading.setVisible(not self._allowed.isdisjoint(inside))
        self.status.signed_in_as.setText(f"{tr('Signed in')}: {session.name} · {session.role}")
        self.client.signed_in(session)
        self._root.setCurrentWidget(self._frame)
        self._arrangement.begin(session.username)
        self.aids.looks.begin(session.username)
        self.open_page(self._arrangement.first_page(self._allowed, TodayPage))
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
        said = tr("From now on you sign in with a code, too.")
        dialog = SecondFactorDialog(self.client, self)
        dialog.ended.connect(lambda done: self.show_message(said, bad=False) if done else None)
        dialog.open()

    def _sign_out(self) -> None:
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
        self._refresh.stop()
        self._stale.clear()
        for dialog in self.findChildren(QDialog):
            dialog.done(QDialog.DialogCode.Rejected)
        self._root.setCurrentIndex(0)
        for page in self.pages.values():
            self.stack.remove_page(page)
        self.pages.clear()
        self._allowed.clear()
        self.search.clear()
        self.banner.hide()
        self.recoveries.show_recoveries([])
        for part in (self.title, self.banner):
            part.clear()
        self.state.show_text("")
        for kind in self._navigation:
            self._count(kind, 0)
        self.status.clear()
        self.setWindowTitle("Muster")

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Ends what is under way."""
        self._arrangement.end(self.page, self.pages.values())
        for page in self.pages.values():
            page.close()  # lets go of cameras, readers and files
        self._listen_to_person(False)
        self.client.close()
        super().closeEvent(event)
