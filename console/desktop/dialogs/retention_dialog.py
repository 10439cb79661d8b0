"""How long each kind of data is kept, and what that would delete now. EN2."""

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from console.api import retention as api
from console.api.operation import ApiError, Nothing
from console.desktop.words import local_text
from console.domain.language import tr
from console.domain.operators import Role
from console.domain.retention import Kept
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.number_box import NumberBox
from console.qt.widgets import button, label, row, scrolled

WHAT_IT_DOES = tr(
    "What is older is deleted within the hour. The privacy page, the consent texts and the review "
    "say the same times. Who has agreed to an earlier text has agreed to that one."
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
        self.try_out = button(tr("What would that delete?"), self._try)
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
            text = f"{kind.due:,} {tr('older than that')}" if kind.due else ""
            self.due[kind.kind].setText(text)
        self.last.setText(_last_text(state))

    def _add_row(self, place: int, kind: api.KindRow) -> None:
        spin = NumberBox(tr(kind.what), kind.least, kind.most)
        spin.count(f" {tr('day')}", f" {tr('days')}")
        spin.setGroupSeparatorShown(True)
        self.days[kind.kind] = spin
        self._grid.addWidget(label(tr(kind.what), wrap=True), place, 0)
        self._grid.addWidget(spin, place, 1)
        self._grid.addWidget(label(f"{tr('after')} {tr(kind.after)}", "soft"), place, 2)
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
        self.done_text.emit(tr("The times for which data is kept are saved."))
        self.accept()

    def _failed(self, error: ApiError) -> None:
        self.problem.setText(error.message)
        self.problem.show()


def _last_text(state: api.RetentionState) -> str:
    if state.last_at is None:
        return tr("Nothing was looked through yet.")
    removed = sum(state.last_removed.values())
    text = f"{tr('Last looked through')} {local_text(state.last_at)}: {removed:,} {tr('deleted')}."
    if state.held:
        text += f" {state.held:,} {tr('people are on legal hold, and left out.')}"
    return text
