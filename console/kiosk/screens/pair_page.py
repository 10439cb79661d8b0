"""The page where the code from the console makes this computer a kiosk of the site."""

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLineEdit, QVBoxLayout

from console.domain.language import tr
from console.domain.login_events import Cancel
from console.kiosk.flow.service_connection import ServiceConnection
from console.kiosk.screens.page import KioskPage, push
from console.qt.widgets import label


class PairPage(KioskPage):
    """Asks for the pairing code, and says what is wrong with it."""

    def __init__(self, connection: ServiceConnection) -> None:
        super().__init__()
        self._connection = connection
        self.code, self.problem = QLineEdit(), label("", "wrong", wrap=True)
        self.code.setPlaceholderText("ABCDE-FGHJK")
        self.code.setAccessibleName(tr("Pairing code"))
        self.code.setMaximumWidth(420)
        self.go = push(tr("Pair"), self.pair_now, "primary")
        self.code.returnPressed.connect(self.pair_now)
        connection.paired.connect(self._show_result)
        advice = tr(
            "In the console, under Kiosks, choose Add a kiosk. Type the code that is shown there."
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(120, 24, 120, 48)
        layout.setSpacing(16)
        layout.addStretch(2)
        for part in (
            label(tr("Pair this kiosk"), "title"),
            label(advice, "soft", wrap=True),
            self.code,
            self.problem,
        ):
            layout.addWidget(part)
        layout.addWidget(self.go, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addStretch(3)

    def pair_now(self) -> None:
        """Asks the service, without waiting for it."""
        self.go.setEnabled(False)
        self.problem.setText("")
        self._connection.pair_soon(self.code.text())

    def _show_result(self, problem: str) -> None:
        self.go.setEnabled(True)
        self.problem.setText(tr(problem) if problem else "")
        if not problem:
            self.code.clear()
            self.happened.emit(Cancel())
