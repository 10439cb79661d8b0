"""The report for support, shown before it is saved. Nothing is sent anywhere."""

from pathlib import Path

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QFileDialog, QPlainTextEdit, QVBoxLayout, QWidget

from console.api import site as api
from console.api.operation import ApiError, Nothing
from console.desktop.files import write_secret
from console.domain.language import tr
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.widgets import button, label, row

SIZE = QSize(980, 600)
EXPLAINED = tr(
    "This is what support needs to know about the service: versions, the names and sizes of its "
    "files, and the last lines of its logs. Email addresses and secrets are removed. It may name "
    "people, so read it before you save it. Nothing is sent anywhere."
)


class SupportDialog(Dialog):
    """For administrators."""

    def __init__(self, client: ServiceClient, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Report for support"))
        self.open_at(SIZE)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(tr("Report for support"))
        self.text.setPlaceholderText(tr("Reading…"))
        self.said = label("", "soft", wrap=True)
        self.save = button(tr("Save…"), self._ask_file, "primary")
        self.save.setEnabled(False)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(label(EXPLAINED, "soft", wrap=True))
        layout.addWidget(self.text, 1)
        layout.addWidget(self.said)
        layout.addWidget(row(self.save, None, button(tr("Close"), self.reject)))
        client.call(api.support_report, Nothing(), self._show, self._failed, self)

    def _show(self, report: api.SupportReport) -> None:
        self.text.setPlainText(report.text)
        self.save.setEnabled(True)

    def _failed(self, error: ApiError) -> None:
        self.text.setPlaceholderText("")
        self.said.setText(error.message)

    def _ask_file(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, tr("Save the report"), "muster-support.txt", tr("Text (*.txt)")
        )
        if name:
            self.save_file(Path(name))

    def save_file(self, path: Path) -> None:
        """Writes what is shown, word for word."""
        try:
            write_secret(path, self.text.toPlainText().encode())
        except OSError as error:
            self.said.setText(error.strerror or str(error))
        else:
            self.said.setText(tr("Saved as {path}.", path=path))
