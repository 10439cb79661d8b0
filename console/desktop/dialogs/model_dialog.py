"""Chooses the recogniser that makes the templates; a change makes all templates anew."""

from functools import partial

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from console.api import faces as api
from console.api.operation import ById, Nothing
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.widgets.task_strip import TaskStrip
from console.domain.language import labelled, tr
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.sizes import sized
from console.qt.widgets import button, card, chip, clear, label, row

ROW_HEIGHT = 92
ADVICE = tr(
    "Templates of different recognisers cannot be compared. A change creates every template again "
    "from the photos that are kept, and lists the people who must re-enrol. “muster models” adds a "
    "recogniser from a file; “muster calibrate” sets its thresholds."
)


class ModelDialog(Dialog):
    """Lists the recognisers with licence, source and digest; offers to use another."""

    def __init__(self, client: ServiceClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Recogniser"))
        sized(self, least_width=640)
        self._client = client
        self.watch = TaskWatch(client, self)
        self.watch.ended.connect(lambda _: self.refresh())
        self.uses: dict[str, QWidget] = {}
        self._rows = QWidget()
        self._column = QVBoxLayout(self._rows)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(12)
        self.again = label("", "error", wrap=True)
        self.again.hide()
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(label(ADVICE, "soft", wrap=True))
        layout.addWidget(self._rows)
        layout.addWidget(self.again)
        layout.addWidget(TaskStrip(self.watch))
        layout.addWidget(row(None, button(tr("Close"), self.reject)))
        self.refresh()

    def refresh(self) -> None:
        """Reads again what is shown."""
        self._client.call(api.models, Nothing(), self._show, owner=self)

    def _show(self, found: api.Models) -> None:
        clear(self._column)
        self.uses = {}
        for model in found.models:
            self._column.addWidget(self._row(model))
        sized(self._rows, least_height=len(found.models) * (ROW_HEIGHT + self._column.spacing()))
        self.again.setVisible(bool(found.come_again))
        self.again.setText(labelled(tr("Must re-enrol"), ", ".join(found.come_again)))
        QTimer.singleShot(0, self.adjustSize)

    def _row(self, model: api.Model) -> QWidget:
        facts = (
            f"{model.licence} · {model.source}\nsha256 {model.sha256}"
            if model.sha256
            else tr("Built in.")
        )
        state: QWidget
        if model.in_use:
            state = chip(tr("In use"), "pass")
        elif model.ready:
            state = button(tr("Use"), partial(self.use, model.id))
            state.setAccessibleName(tr("Use {recogniser}", recogniser=model.id))
        else:
            state = chip(tr("No thresholds"), "mut")
        self.uses[model.id] = state
        state.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        shown = card(
            [row(label(model.id, "heading"), None, state), label(facts, "small")],
            margin=12,
            spacing=4,
        )
        sized(shown, least_height=ROW_HEIGHT)
        return shown

    def use(self, model_id: str) -> None:
        """Starts making all templates anew with this recogniser."""
        for state in self.uses.values():
            state.setEnabled(False)
        self.watch.start(api.use_model, ById(id=model_id))
