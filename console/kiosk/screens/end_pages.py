"""The pages of the kiosk where a login ends: the person is in, or nobody can be."""

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QLabel,
    QVBoxLayout,
)

from console.domain import texts
from console.domain.language import msgid, tr
from console.domain.login_events import Cancel, Stamp
from console.domain.login_session import LoginSession
from console.kiosk.screens.page import KioskPage, push, translated_error
from console.qt.theme import pixmap, theme
from console.qt.widgets import label

STAMP_TEXTS = {
    Stamp.NUMBER_ONLY: msgid(
        "The number alone was taken: the employee database cannot be reached."
    ),
    Stamp.UNVERIFIED: msgid("Not verified: the employee database cannot be reached."),
    Stamp.NO_MATCH_POSSIBLE: msgid("The number alone was taken: no match could be made."),
}


class HomePage(KioskPage):
    """The person is in: their name, and a way out."""

    def __init__(self) -> None:
        super().__init__()
        self.mark = QLabel()
        self.hello, self.name = label(tr(texts.GREETING), "soft"), label("", "name", wrap=True)
        self.stamp, self.at = label("", "stamp", wrap=True), label("", "soft")
        self.done = push(texts.DONE, lambda: self.tell(Cancel()), "primary")
        self.done.setMinimumWidth(320)
        layout = QVBoxLayout(self)
        layout.setSpacing(16)
        layout.setContentsMargins(48, 24, 48, 48)
        layout.addStretch(2)
        for part in (self.mark, self.hello, self.name, self.at, self.stamp):
            layout.addWidget(part)
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addStretch(1)
        layout.addWidget(self.done, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addStretch(2)

    def retranslate(self) -> None:
        """Sets the texts that stand there whatever the session is."""
        self.hello.setText(tr(texts.GREETING))
        self.done.setText(tr(texts.DONE))

    def show_session(self, session: LoginSession) -> None:
        """Shows what the page says about this session."""
        self.mark.setPixmap(pixmap("circle-check", theme().pass_, 96))
        person = session.person
        self.name.setText((person.name or person.number) if person else "")
        if session.stamp is Stamp.OFFLINE:
            when = (
                f"{session.as_of.astimezone():%Y-%m-%d %H:%M}"
                if session.as_of
                else tr("an unknown time")
            )
            self.stamp.setText(tr(texts.OFFLINE_STAMP).format(time=when))
        else:
            self.stamp.setText(
                tr(STAMP_TEXTS[session.stamp]) if session.stamp in STAMP_TEXTS else ""
            )
        self.stamp.setVisible(bool(session.stamp))


class StopPage(KioskPage):
    """Nobody can log in now."""

    def __init__(self) -> None:
        super().__init__()
        self.mark = QLabel()
        self.words = label("", "now", wrap=True)
        self.back = push(texts.CANCEL, lambda: self.tell(Cancel()))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(160, 24, 160, 48)
        layout.setSpacing(24)
        layout.addStretch(2)
        for part in (self.mark, self.words):
            layout.addWidget(part)
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(self.back, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addStretch(3)

    def retranslate(self) -> None:
        """Sets the texts that stand there whatever the session is."""
        self.back.setText(tr(texts.CANCEL))

    def show_words(self, words: str, can_go_back: bool) -> None:
        """Says why nobody can log in, in words that are not translated yet."""
        self.mark.setPixmap(pixmap("alert-triangle", theme().warn, 96))
        self.words.setText(translated_error(words))
        self.back.setVisible(can_go_back)

    def show_session(self, session: LoginSession) -> None:
        """Shows what the page says about this session."""
        self.show_words(session.error, can_go_back=True)
