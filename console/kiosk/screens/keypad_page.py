"""The page of the kiosk that asks for the number."""

from functools import partial

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
)

from console.domain import texts
from console.domain.language import paragraph, tr, tr_count
from console.domain.login_events import Back, Cancel, Clear, Digit, LoginEvent, Submit
from console.domain.login_policy import Method
from console.domain.login_session import LoginSession, Tries
from console.kiosk.screens.page import KioskPage, push, translated_error
from console.kiosk.screens.places import place_texts
from console.qt.widgets import label

KEY_PX = 136
"""All keys are equally wide: the longest of their words fits."""


class KeypadPage(KioskPage):
    """The number: digits, BACK, CLEAR; Submit to their right. S46, S47."""

    def __init__(self) -> None:
        super().__init__()
        self.badges = False
        """Whether there are badges that stand for the number."""
        self.title, self.hint = (
            label(tr(texts.ENTER_NUMBER), "title", wrap=True),
            label("", "soft", wrap=True),
        )
        self.left, self.error, self.help = (
            label("", "left", wrap=True),
            label("", "wrong", wrap=True),
            label("", "soft", wrap=True),
        )
        self.digits = label("", "digits")
        self.digits.setAccessibleName(tr("Number"))
        self.digits.setMinimumHeight(84)
        words = QVBoxLayout()
        words.setSpacing(12)
        words.addStretch(1)
        for part in (self.left, self.title, self.hint, self.error, self.help):
            words.addWidget(part)
        words.addStretch(1)
        self.cancel = push(texts.CANCEL, lambda: self.tell(Cancel()), "quiet")
        words.addWidget(self.cancel, 0, Qt.AlignmentFlag.AlignLeft)
        self.grid = QGridLayout()
        self.grid.setSpacing(12)
        self.grid.addWidget(self.digits, 0, 0, 1, 4)
        self.keys: dict[str, QPushButton] = {}
        for number in range(1, 10):
            self._key(
                str(number), (number - 1) // 3 + 1, (number - 1) % 3, Digit(str(number)), "digit"
            )
        self._key(texts.KEY_BACK, 4, 0, Back())
        self._key("0", 4, 1, Digit("0"), "digit")
        self._key(texts.KEY_CLEAR, 4, 2, Clear())
        self.submit = push(texts.KEY_SUBMIT, lambda: self.tell(Submit()), "primary")
        self.submit.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.submit.setMinimumWidth(168)
        self.grid.addWidget(self.submit, 1, 3, 4, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(64, 24, 64, 48)
        layout.setSpacing(64)
        layout.addLayout(words, 4)
        layout.addLayout(self.grid, 6)

    def _key(self, text: str, line: int, column: int, event: LoginEvent, kind: str = "") -> None:
        key = push(text, partial(self.tell, event), kind)
        key.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        key.setMinimumWidth(KEY_PX)
        self.grid.setColumnStretch(column, 1)
        self.keys[text] = key
        self.grid.addWidget(key, line, column)

    def retranslate(self) -> None:
        """Sets the texts that stand there whatever the session is."""
        self.title.setText(tr(texts.ENTER_NUMBER))
        self.cancel.setText(tr(texts.CANCEL))
        self.submit.setText(tr(texts.KEY_SUBMIT))
        self.keys[texts.KEY_BACK].setText(tr(texts.KEY_BACK))
        self.keys[texts.KEY_CLEAR].setText(tr(texts.KEY_CLEAR))

    def show_session(self, session: LoginSession) -> None:
        """Shows what the page says about this session."""
        self.digits.setText(" ".join(session.digits))
        typed = tr_count("{count} digit", "{count} digits", len(session.digits))
        self.digits.setAccessibleDescription(typed)
        placed = place_texts(session)
        self.left.setText(tr(placed.left) if placed.left else "")
        self.left.setVisible(bool(placed.left))
        hint = placed.hint or (texts.OR_BADGE if self.badges else "")
        self.hint.setText(tr(hint) if hint else "")
        self.hint.setVisible(bool(hint) and not session.error)
        self.error.setText(translated_error(session.error))
        self.error.setVisible(bool(session.error))
        misses = session.misses.get(Tries.NUMBER, 0)
        which = tr(texts.TRY_OF).format(number=misses + 1, most=session.settings.number_attempts)
        self.help.setText(paragraph(tr(texts.ASK_AT_THE_DESK), which) if misses else "")
        self.help.setVisible(bool(misses))
        self.cancel.setVisible(
            bool(
                session.digits
                or session.path
                or session.error
                or session.settings.default_method is not Method.NUMBER
            )
        )
        self.submit.setEnabled(bool(session.digits))
