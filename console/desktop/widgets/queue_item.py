"""One line of the review queue."""

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.api.review import QueueItem
from console.domain.invitations import Status
from console.qt.language import tr
from console.qt.widgets import chip, label


class QueueItemView(QWidget):
    """Name, number and department; how many photos passed, or that help is needed."""

    def __init__(self, item: QueueItem) -> None:
        super().__init__()
        self.setObjectName("clear")
        if item.status is Status.NEEDS_HELP:
            mark = chip(tr("help"), "warn")
        else:
            mark = chip(
                f"{item.passed}/{item.photos}", "pass" if item.passed == item.photos else "warn"
            )
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(label(item.employee))
        words.addWidget(label(f"{item.number} · {item.department}", "small"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 8, 6)
        layout.addLayout(words, 1)
        layout.addWidget(mark, 0, Qt.AlignmentFlag.AlignVCenter)
