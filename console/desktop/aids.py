"""What is at hand wherever one is: the look of the console."""

from functools import partial

from PyQt6.QtWidgets import QWidget

from console.desktop.dialogs.appearance_dialog import AppearanceDialog
from console.desktop.looks import Looks
from console.desktop.pages.sign_in import SignInForm
from console.desktop.widgets.status_bar import StatusBar
from console.domain.appearance import Appearance
from console.qt.language import tr
from console.qt.shortcuts import shortcut


class Aids:
    """Opens them by keys, from the menu under the operator's name, and before anybody signs in."""

    def __init__(
        self, window: QWidget, looks: Looks, status: StatusBar, sign_in: SignInForm
    ) -> None:
        self._window, self.looks = window, looks
        for place in (status, sign_in):
            place.appearance.connect(self.open_appearance)
        for key, steps in (("Ctrl++", 1), ("Ctrl+=", 1), ("Ctrl+-", -1)):
            does = tr("Larger text") if steps > 0 else tr("Smaller text")
            shortcut(key, window, does, partial(self._step, steps))

    def open_appearance(self) -> None:
        """Offers the themes and the sizes of the text."""
        AppearanceDialog(self.looks, self._window).open()

    def _step(self, steps: int) -> None:
        now = self.looks.appearance
        self.looks.choose(Appearance(theme=now.theme, text=now.text.stepped(steps)))
