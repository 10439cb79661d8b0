"""A line above the review: what was decided last, and a button that takes it back. CO5."""

from collections.abc import Callable, Sequence

from PyQt6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy

from console.api.review import Held
from console.domain.decisions import GRACE
from console.domain.language import paragraph, tr, tr_count
from console.qt.widgets import ElidedLabel, button


class UndoBar(QFrame):
    """Is there as long as a decision can be undone."""

    def __init__(self, undo: Callable[[], object]) -> None:
        super().__init__()
        self.setObjectName("card")
        self.text = ElidedLabel("soft")
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.undo = button(tr("Undo"), undo)
        self.undo.setToolTip(tr("Undo the last decision (Ctrl+Z)"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 4, 8, 4)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.undo)
        self.hide()

    def show_held(self, held: Sequence[Held]) -> None:
        """Shows the newest of these decisions, which is the last."""
        self.setVisible(bool(held))
        if held:
            self.text.show_text(_words(held[-1], len(held) - 1))


def _words(last: Held, earlier: int) -> str:
    who = last.employee
    approved, rejected = (
        tr("Approved: {employee}.", employee=who),
        tr("Rejected: {employee}.", employee=who),
    )
    more = tr_count(
        "{count} earlier decision can be undone, too.",
        "{count} earlier decisions can be undone, too.",
        earlier,
    )
    seconds = int(GRACE.total_seconds())
    return paragraph(
        approved if last.approve else rejected,
        tr("Nothing is sent for {seconds} seconds.", seconds=seconds),
        more if earlier else "",
    )
