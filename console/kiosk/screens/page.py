"""What the pages of the kiosk have in common."""

from collections.abc import Callable

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import (
    QPushButton,
    QWidget,
)

from console.domain import texts
from console.domain.language import paragraph, tr
from console.domain.login_events import (
    LoginEvent,
)
from console.domain.login_session import LoginSession


def push(text: str, on_tap: Callable[[], object], kind: str = "") -> QPushButton:
    """A button that is large enough to be tapped. kind: its name in the style sheet."""
    made = QPushButton(text)
    made.setObjectName(kind)
    made.setAutoDefault(False)
    made.clicked.connect(lambda _checked: on_tap())
    return made


class KioskPage(QWidget):
    """happened: an event for the conversation."""

    happened = pyqtSignal(object)

    def show_session(self, session: LoginSession) -> None:
        """Shows what the page says about this session."""

    def retranslate(self) -> None:
        """Sets the texts that stand there whatever the session is."""

    def tell(self, event: LoginEvent) -> None:
        """Passes an event to the conversation."""
        self.happened.emit(event)


def translated_error(text: str) -> str:
    """An error of the conversation in the person's language.

    What was wrong, and that the session was reset, are two texts of the catalogue.
    """
    first = text.removesuffix(texts.SESSION_RESET).strip()
    if not text or not first or first == text:
        return tr(text) if text else ""
    plain = first if first == texts.MATCH_NOT_FOUND else first.removesuffix(".")
    return paragraph(tr(plain).removesuffix(".") + ".", tr(texts.SESSION_RESET))
