"""How long each kind of data is kept, and what that would delete now. EN2."""

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from console.api import retention as api
from console.api.operation import ApiError, Nothing
from console.desktop.words import local_text
from console.domain.language import paragraph, tr, tr_count
from console.domain.operators import Role
from console.domain.retention import RULES, Kept
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.number_box import NumberBox
from console.qt.widgets import button, label, row, scrolled

WHAT_IT_DOES = tr(
    "Older data is deleted within the hour. The privacy page, the consent texts and the review "
    "state the same times. People who have agreed to an earlier text have agreed to its times."
)


class RetentionDialog(Dialog):
    """Days for each kind of data. Auditors see them, administrators set them."""

    done_text = pyqtSignal(str)

    def __init__(self, client: ServiceClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("How long data is kept"))
        self.open_at(QSize(760, 600))
        self._client = client
        self.days: dict[Kept, NumberBox] = {}
        self.due = {kind: label("", "soft") for kind in Kept}
        self._kinds = QWidget()
        self._grid = QGridLayout(self._kinds)
        self._grid.setColumnStretch(0, 1)
        self.last = label("", "soft", wrap=True)
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self.try_out = button(tr("What would this delete?"), self._try)
        self.save = button(tr("Save"), self._save, "primary")
        session = client.session
        self.save.setVisible(session is not None and session.role == Role.ADMIN)
        layout = QVBoxLayout(self)
        layout.addWidget(label(WHAT_IT_DOES, "soft", wrap=True))
        layout.addWidget(scrolled(self._kinds), 1)
        for part in (self.last, self.problem):
            layout.addWidget(part)
        layout.addWidget(
            row(self.try_out, None, button(tr("Close"), self.reject), self.save),
        )
        client.call(api.get_retention, Nothing(), self._show, self._failed, self)

    def _show(self, state: api.RetentionState) -> None:
        for place, kind in enumerate(state.kinds):
            if kind.kind not in self.days:
                self._add_row(place, kind)
            self.days[kind.kind].setValue(kind.days)
            due = tr_count("{count:,} older", "{count:,} older", kind.due) if kind.due else ""
            self.due[kind.kind].setText(due)
        self.last.setText(_last_text(state))

    def _add_row(self, place: int, kind: api.KindRow) -> None:
        rule = RULES[kind.kind]
        spin = NumberBox(tr(rule.what), kind.least, kind.most)
        spin.count_days()
        spin.setGroupSeparatorShown(True)
        self.days[kind.kind] = spin
        self._grid.addWidget(label(tr(rule.what), wrap=True), place, 0)
        self._grid.addWidget(spin, place, 1)
        self._grid.addWidget(label(tr(rule.since), "soft"), place, 2)
        self._grid.addWidget(self.due[kind.kind], place, 3)

    def _chosen(self) -> api.ChosenDays:
        return api.ChosenDays(days={kind.value: spin.value() for kind, spin in self.days.items()})

    def _try(self) -> None:
        self.problem.hide()
        self._client.call(api.look_at_retention, self._chosen(), self._show, self._failed, self)

    def _save(self) -> None:
        self.problem.hide()
        self._client.call(api.save_retention, self._chosen(), self._saved, self._failed, self)

    def _saved(self, _state: api.RetentionState) -> None:
        self.done_text.emit(tr("Saved how long data is kept."))
        self.accept()

    def _failed(self, error: ApiError) -> None:
        self.problem.setText(error.message)
        self.problem.show()


def _last_text(state: api.RetentionState) -> str:
    if state.last_at is None:
        return tr("Nothing has been checked yet.")
    checked = tr_count(
        "Last checked {when}: {count:,} record deleted.",
        "Last checked {when}: {count:,} records deleted.",
        sum(state.last_removed.values()),
        when=local_text(state.last_at),
    )
    held = tr_count(
        "{count:,} person is on legal hold and was left out.",
        "{count:,} people are on legal hold and were left out.",
        state.held,
    )
    return paragraph(checked, held if state.held else "")
