"""A second factor of one's own: an app on the phone that shows codes."""

from collections.abc import Callable

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QFontDatabase
from PyQt6.QtWidgets import QApplication, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from console.api import operators as api
from console.api.operation import ApiError
from console.domain.language import labelled, paragraph, tr
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.qr_code import qr_picture
from console.qt.sizes import sized
from console.qt.widgets import Field, button, label, row

WIDTH_PX, PICTURE_PX = 560, 147
WHAT = tr(
    "An app on your phone shows a code that changes every 30 seconds. From then on, you enter this "
    "code as well as your password each time you sign in."
)
NEEDED = tr("You need a second factor to sign in here.")
SCAN = tr("Scan this QR code with an app for one-time codes, or type the key into the app:")
KEEP = tr(
    "Each of these recovery codes signs you in once without the phone. Keep them as safe as you "
    "would keep a key. You will not see them again."
)


class SecondFactorDialog(Dialog):
    """Asks for the password, shows the picture for the app, and takes a code of it back.

    ended: whether it counts now. Whoever leaves before the recovery codes has changed nothing.
    """

    ended = pyqtSignal(bool)

    def __init__(self, client: ServiceClient, parent: QWidget, password: str = "") -> None:
        """password: of whoever has just signed in with it; else it is asked for."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Second factor"))
        sized(self, width=WIDTH_PX)
        self._client, self._needed = client, bool(password)
        self._codes = ""
        self.text = label(WHAT, wrap=True)
        self.current = Field(tr("Current password"), password=True)
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.picture.setAccessibleName(tr("QR code for the app; the key below says the same"))
        self.secret = self._to_copy()
        self.code = Field(tr("Code shown by the app"), hint="123 456")
        self.codes = self._to_copy()
        self.problem = label("", "error", wrap=True)
        self.copy = button(tr("Copy"), self._copy)
        self.cancel = button(tr("Cancel"), self.reject)
        self.go = button(tr("Next"), self._begin, "primary")
        self.go.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        for part in (self.text, self.current, self._offer(), self.codes, self.problem):
            layout.addWidget(part)
        layout.addWidget(row(self.copy, None, self.cancel, self.go))
        for later in (self.offered, self.codes, self.problem, self.copy):
            later.hide()
        self.finished.connect(lambda _result: self._end())
        if password:
            self.current.edit.setText(password)
            self.current.hide()
            self._begin()

    def _offer(self) -> QWidget:
        """The picture beside the key and the code: low enough for a laptop at 200 %."""
        self.offered = QWidget()
        beside = QVBoxLayout()
        beside.setSpacing(12)
        beside.addWidget(self.secret)
        beside.addWidget(self.code)
        beside.addStretch(1)
        across = QHBoxLayout(self.offered)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(16)
        across.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        across.addLayout(beside, 1)
        return self.offered

    def _to_copy(self) -> QLabel:
        shown = label("", wrap=True)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSize(11)
        shown.setFont(font)
        shown.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        shown.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        return shown

    def _begin(self) -> None:
        self._clear()
        request = api.BeginSecondFactor(password=self.current.text())
        self._client.call(api.begin_second_factor, request, self._show_offer, self._failed, self)

    def _show_offer(self, offer: api.SecondFactorOffer) -> None:
        self.current.edit.clear()
        self.current.hide()
        self.text.setText(paragraph(NEEDED if self._needed else "", SCAN))
        self.picture.setPixmap(qr_picture(offer.link, PICTURE_PX))
        self.secret.setText(offer.secret)
        self.offered.show()
        self._then(tr("Confirm"), self._confirm)
        self.code.edit.setFocus()

    def _confirm(self) -> None:
        self._clear()
        request = api.SecondFactorCode(code=self.code.text())
        self._client.call(api.confirm_second_factor, request, self._show_codes, self._failed, self)

    def _show_codes(self, made: api.RecoveryCodes) -> None:
        self._codes = "\n".join(made.codes)
        pairs = zip(made.codes[::2], made.codes[1::2], strict=True)
        self.codes.setText("\n".join("    ".join(pair) for pair in pairs))
        self.codes.setAccessibleName(labelled(tr("Recovery codes"), ", ".join(made.codes)))
        self.text.setText(KEEP)
        for hidden in (self.offered, self.cancel):
            hidden.hide()
        for shown in (self.codes, self.copy):
            shown.show()
        self._then(tr("I have saved them"), self.accept)
        self.adjustSize()

    def _then(self, text: str, follow: Callable[[], object]) -> None:
        self.go.clicked.disconnect()
        self.go.clicked.connect(lambda _checked: follow())
        self.go.setText(text)
        self.go.setAccessibleName(text)
        self.go.setEnabled(True)

    def _copy(self) -> None:
        clipboard = QApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(self._codes)

    def _end(self) -> None:
        """What was copied is forgotten."""
        self.ended.emit(bool(self._codes))
        clipboard = QApplication.clipboard()
        if self._codes and clipboard is not None and clipboard.text() == self._codes:
            clipboard.clear()

    def _clear(self) -> None:
        self.go.setEnabled(False)
        self.problem.hide()
        for field in (self.current, self.code):
            field.set_problem("")

    def _failed(self, error: ApiError) -> None:
        self.go.setEnabled(True)
        field = {"current": self.current, "code": self.code}.get(error.field)
        if field is not None and not field.isHidden():
            field.set_problem(error.message)
            return
        self.problem.setText(error.message)
        self.problem.show()
