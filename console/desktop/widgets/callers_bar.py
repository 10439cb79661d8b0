"""Who else calls in the name of a terminal, and what to do about it. TE16."""

from collections.abc import Callable

from PyQt6.QtWidgets import QVBoxLayout, QWidget

from console.api.terminals import TerminalDetail
from console.desktop.words import local_text
from console.domain.language import paragraph, tr
from console.qt.widgets import button, label, row

Decide = Callable[[str], None]
"""Called with the address of the caller."""


class CallersBar(QWidget):
    """Shows one caller at a time, the one who came first; hidden when there is none."""

    def __init__(self, accept: Decide, refuse: Decide) -> None:
        super().__init__()
        self._address = ""
        self.text = label("", "error", wrap=True)
        self.accept = button(tr("Accept…"), lambda: accept(self._address))
        self.refuse = button(tr("It is another device"), lambda: refuse(self._address))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.text)
        layout.addWidget(row(self.accept, self.refuse, None))
        self.hide()

    def show_callers(self, detail: TerminalDetail, *, may_accept: bool, may_refuse: bool) -> None:
        """Shows who calls in its name. may_accept, may_refuse: the operator may decide so."""
        first = min(detail.callers, key=lambda caller: caller.since, default=None)
        self.setVisible(first is not None)
        if first is None:
            return
        self._address = first.address
        advice = "" if may_accept else tr("An administrator can accept it.")
        since = tr(
            "Another device has been calling in this terminal's name since {time}.",
            time=local_text(first.since),
        )
        self.text.setText(paragraph(since, first.text, advice))
        self.accept.setVisible(may_accept)
        self.refuse.setVisible(may_refuse and first.address != detail.terminal.address)
