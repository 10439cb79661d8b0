"""A view of rich text that reads nothing: no file, no address, whatever the text names."""

from PyQt6.QtCore import QByteArray, QUrl
from PyQt6.QtWidgets import QTextBrowser


class OfflineBrowser(QTextBrowser):
    """Shows what it is given. Links only say that they were clicked (`anchorClicked`)."""

    def __init__(self) -> None:
        super().__init__()
        self.setOpenLinks(False)

    def loadResource(self, _kind: int, _name: QUrl) -> QByteArray:  # noqa: N802 - Qt's name
        """Something empty: where there is nothing, Qt would read the file itself."""
        return QByteArray()
