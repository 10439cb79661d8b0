"""What is at hand wherever one is: help, keys, the look of the console, and what runs here."""

from functools import partial

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QWidget

from console.desktop.dialogs.about_dialog import AboutDialog
from console.desktop.dialogs.appearance_dialog import AppearanceDialog
from console.desktop.dialogs.help_dialog import HelpDialog
from console.desktop.dialogs.keys_dialog import KeysDialog
from console.desktop.help_pages import help_name
from console.desktop.looks import Looks
from console.desktop.page import Page
from console.desktop.pages.sign_in import SignInForm
from console.desktop.view_memory import ViewMemory
from console.desktop.widgets.page_stack import PageStack
from console.desktop.widgets.status_bar import StatusBar
from console.domain.appearance import Appearance
from console.domain.language import tr
from console.qt.client import ServiceClient
from console.qt.shortcuts import Key, keys_of, shortcut

PAGES_KEY = Key("Ctrl+1 … Ctrl+9", tr("Open a page, counted from the top of the list on the left"))


class Aids:
    """Opens them by keys, from the menu under the operator's name, and before anybody signs in."""

    def __init__(
        self,
        window: QWidget,
        client: ServiceClient,
        stack: PageStack,
        memory: ViewMemory,
        looks: Looks,
    ) -> None:
        """stack: has the page that one is on; memory: of the folder that the console works in."""
        self._window, self._client, self._stack = window, client, stack
        self._memory, self.looks = memory, looks
        self._help: HelpDialog | None = None  # built when it is first needed: the start is fast
        shortcut("F1", window, tr("Help for this page"), self.open_help)
        shortcut("?", window, tr("Keyboard shortcuts"), self.open_keys)
        shortcut("Ctrl++", window, tr("Larger text"), partial(self._step, 1))
        shortcut("Ctrl+-", window, tr("Smaller text"), partial(self._step, -1))

    def serve(self, place: StatusBar | SignInForm) -> None:
        """Opens them when they are chosen there."""
        place.appearance.connect(self.open_appearance)
        place.help.connect(self.open_help)
        place.about.connect(self.open_about)

    def open_help(self) -> None:
        """The help of the page that one is on, or of the beginning before anybody signs in."""
        self.open_help_page(help_name(self._page))

    def open_help_page(self, name: str) -> None:
        """Shows one page of the help."""
        if self._help is None:
            self._help = HelpDialog(self._window)
        self._help.open_help(name)

    def open_keys(self) -> None:
        """The keys of the page that one is on."""
        page = self._page
        here = [*page.keys, *keys_of(page)] if page is not None else []
        title = page.title if page is not None else ""
        KeysDialog(title, here, self.everywhere(), self._window).open()

    def everywhere(self) -> list[Key]:
        """The keys that work on every page."""
        return [*keys_of(self._window, Qt.FindChildOption.FindDirectChildrenOnly), PAGES_KEY]

    def open_appearance(self) -> None:
        """Offers the themes and the sizes of the text."""
        AppearanceDialog(self.looks, self._window).open()

    def open_about(self) -> None:
        """What runs here."""
        AboutDialog(self._client, self._memory.folder, self._window).open()

    @property
    def _page(self) -> Page | None:
        return self._stack.page if self._client.session is not None else None

    def _step(self, steps: int) -> None:
        now = self.looks.appearance
        self.looks.choose(Appearance(theme=now.theme, text=now.text.stepped(steps)))
