"""Of which times in the chart logins may be missing, place by place, and why. N12."""

from collections.abc import Sequence

from PyQt6.QtWidgets import QVBoxLayout, QWidget

from console.api import logins as api
from console.desktop.words import MOMENT_PX, local_text
from console.domain.language import tr
from console.qt.dialog import Dialog
from console.qt.sizes import sized
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import button, label, row

NOTHING = tr("Every terminal and kiosk was monitored or counted in all of this time.")
SOME = tr("Logins may be missing in these times. They are hatched in the chart.")


class LogCoverageDialog(Dialog):
    """Shows what was known when it was opened."""

    def __init__(self, gaps: Sequence[api.LoginGap], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Log coverage"))
        columns: list[Column[api.LoginGap]] = [
            Column(tr("Place"), lambda gap: gap.place, 140),
            Column(tr("From"), lambda gap: local_text(gap.since), MOMENT_PX),
            Column(tr("Until"), lambda gap: local_text(gap.until), MOMENT_PX),
            Column(tr("Why"), lambda gap: gap.why),
        ]
        self.model: PagedModel[api.LoginGap] = PagedModel(columns, id, self)
        self.table = Table(self.model, tr("Times that may miss logins"))
        self.table.wrap()
        self.model.show_rows(gaps)
        sized(self.table, least_width=820, least_height=260)
        self.table.setVisible(bool(gaps))
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(label(SOME if gaps else NOTHING, wrap=True))
        layout.addWidget(self.table)
        layout.addWidget(row(None, button(tr("Close"), self.reject)))
