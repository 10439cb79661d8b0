"""Where the hits of the palette come from: what the window knows, and what the service is asked."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from PyQt6.QtCore import QObject, pyqtSignal

from console.api import employees, kiosks, terminals
from console.api.operation import ApiError, Nothing
from console.desktop.help_pages import help_pages, page_name
from console.desktop.page import Page
from console.desktop.pages.employees import EmployeesPage
from console.desktop.pages.kiosks import KiosksPage
from console.desktop.pages.terminals import TerminalsPage
from console.desktop.palette.acts import ACTS, Act
from console.desktop.palette.hits import Hit, HitKind
from console.desktop.sections import ENTRIES, key_of
from console.domain.language import labelled, tr
from console.qt.client import ServiceClient
from console.qt.requests import ViewRequests

MOST_PEOPLE = 20
"""People who are asked for: more fit on no screen, and the best ones come first."""


class Window(Protocol):
    """What the palette needs of the console's window."""

    client: ServiceClient

    def open_page(self, kind: type[Page]) -> Page | None:
        """Shows a page; None for one that the role may not see."""

    def may_open(self, kind: type[Page]) -> bool:
        """Whether the role may see this page."""

    def open_found(self, kind: type[Page], text: str) -> None:
        """Shows what the search of a page finds."""

    def open_help(self, name: str) -> None:
        """Shows a page of the help."""

    def own_acts(self) -> Sequence[tuple[str, str, Callable[[], object]]]:
        """What belongs to no page: title, shortcut, act."""


def local_hits(window: Window) -> list[Hit]:
    """Pages, acts, settings and their help, as far as this role may use them."""
    pages = [
        Hit(
            kind=HitKind.PAGE,
            title=entry.page.title,
            icon=entry.icon,
            shortcut=key_of(entry.page),
            go=partial(window.open_page, entry.page),
        )
        for entry in ENTRIES
        if window.may_open(entry.page)
    ]
    acts = [
        Hit(
            kind=act.kind,
            title=act.title,
            detail=act.page.title,
            other=act.other,
            go=partial(_begin, window, act),
        )
        for act in ACTS
        if window.may_open(act.page) and window.client.may(act.needs)
    ]
    own = [
        Hit(kind=HitKind.ACT, title=title, shortcut=shortcut, go=go)
        for title, shortcut, go in window.own_acts()
    ]
    return [*pages, *acts, *own, *_help_hits(window)]


def _help_hits(window: Window) -> list[Hit]:
    hidden = {page_name(one.page) for one in ENTRIES if not window.may_open(one.page)}
    return [
        Hit(
            kind=HitKind.HELP,
            title=labelled(tr("Help"), page.title),
            detail=" · ".join(page.headings[:2]),
            other=(page.title, *page.headings),
            go=partial(window.open_help, name),
        )
        for name, page in help_pages().items()
        if name not in hidden
    ]


def searches(window: Window, text: str) -> list[Hit]:
    """The searches of pages, for more than the palette shows."""
    if not text.strip():
        return []
    return [
        Hit(
            kind=HitKind.PAGE,
            title=labelled(entry.page.searches, text.strip()),
            icon="search",
            go=partial(window.open_found, entry.page, text.strip()),
        )
        for entry in ENTRIES
        if entry.page.searches and window.may_open(entry.page)
    ]


def _begin(window: Window, act: Act[Page]) -> None:
    page = window.open_page(act.page)
    if page is not None:
        act.begin(page)


class Asked(QObject):
    """Asks the service for people and devices. changed: there is something else to show."""

    changed = pyqtSignal()

    def __init__(self, window: Window, parent: QObject) -> None:
        super().__init__(parent)
        self._window = window
        self._requests = ViewRequests(window.client, self, self._failed)
        self._devices = ViewRequests(window.client, self, lambda _error: None)
        self.devices: list[Hit] = []
        self.people: list[Hit] = []
        """Those who fit `asked`, the best ones first."""
        self.asked = ""
        self.awaited = False
        """The answer for `asked` has not come yet."""
        self.problem = ""
        self._sent = False

    def read_devices(self) -> None:
        """Asks for terminals and kiosks, of which a site has few."""
        if self._window.may_open(TerminalsPage):
            self._devices.read(terminals.list_terminals, Nothing(), self._terminals)
        if self._window.may_open(KiosksPage):
            self._devices.read(kiosks.list_kiosks, Nothing(), self._kiosks)

    def forget_people(self, text: str) -> None:
        """Whatever comes now belongs to another text."""
        self._requests.show(text)
        self.asked, self.people, self.problem = text, [], ""
        self._sent = False
        self.awaited = bool(text.strip()) and self._window.may_open(EmployeesPage)

    def ask_people(self) -> None:
        """Asks who fits the text, once."""
        if self.awaited and not self._sent:
            self._sent = True
            request = employees.ListEmployees(search=self.asked, sort="fit", limit=MOST_PEOPLE)
            self._requests.read(employees.list_employees, request, self._people)

    def _people(self, page: employees.EmployeePage) -> None:
        self.awaited = False
        self.people = [
            Hit(
                kind=HitKind.PERSON,
                title=one.full_name,
                detail=" · ".join(part for part in (one.number, one.department) if part),
                other=(one.number, f"{one.last_name} {one.first_name}", one.email, one.department),
                go=partial(self._open_person, one),
            )
            for one in page.rows
        ]
        self.changed.emit()

    def _failed(self, error: ApiError) -> None:
        self.awaited, self.problem = False, error.message
        self.changed.emit()

    def _open_person(self, employee: employees.EmployeeRow) -> None:
        page = self._window.open_page(EmployeesPage)
        if isinstance(page, EmployeesPage):
            page.open_person(employee)

    def _terminals(self, found: terminals.Terminals) -> None:
        self._add(HitKind.TERMINAL, [self._terminal(one) for one in found.rows])

    def _terminal(self, one: terminals.TerminalRow) -> Hit:
        def show() -> None:
            page = self._window.open_page(TerminalsPage)
            if isinstance(page, TerminalsPage):
                page.show_terminal(one.id)

        return Hit(
            kind=HitKind.TERMINAL,
            title=one.name or one.serial,
            detail=one.serial,
            other=(one.serial, one.address, tr("Terminal")),
            go=show,
        )

    def _kiosks(self, found: kiosks.KioskList) -> None:
        self._add(HitKind.KIOSK, [self._kiosk(one) for one in found.kiosks])

    def _kiosk(self, one: kiosks.KioskRow) -> Hit:
        def show() -> None:
            page = self._window.open_page(KiosksPage)
            if isinstance(page, KiosksPage):
                page.select(one.id)

        return Hit(
            kind=HitKind.KIOSK,
            title=one.name,
            detail=one.location,
            other=(one.location, tr("Kiosk")),
            go=show,
        )

    def _add(self, kind: HitKind, hits: list[Hit]) -> None:
        self.devices = [one for one in self.devices if one.kind is not kind] + hits
        self.changed.emit()
