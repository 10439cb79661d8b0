"""The plan of changes to a terminal; then the changes themselves, read back. N6."""

from typing import Any

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from console.api import tasks as api
from console.api import terminals as terminals_api
from console.api.operation import Operation, Started
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.widgets.task_strip import TaskStrip
from console.domain.language import paragraph, tr, tr_count
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Field, Switch, button, card, label, row

_KINDS = {
    "add": (tr("Add"), "pass"),
    "rename": (tr("Change"), "info"),
    "remove": (tr("Remove"), "bad"),
    "add_finger": (tr("Add finger"), "pass"),
    "replace_finger": (tr("Change finger"), "info"),
    "remove_finger": (tr("Remove finger"), "bad"),
    "recognise": (tr("Recognise"), "info"),
    "unknown": (tr("Left untouched"), "mut"),
}
"""What a step does, in words, and their tone."""


def size_text(size: int) -> str:
    """A number of bytes with a readable unit."""
    return (
        f"{size} B"
        if size < 1000
        else f"{size / 1000:.1f} kB"
        if size < 1_000_000
        else f"{size / 1_000_000:.1f} MB"
    )


def cost_text(plan: api.Plan) -> str:
    """How much is sent, and how long that takes as far as the terminal's pace is known."""
    size, seconds = size_text(plan.bytes), round(plan.seconds)
    if plan.pace_known:
        return tr("About {size}, {seconds:,} s.", size=size, seconds=seconds)
    return tr(
        "About {size}. The terminal’s speed is not known yet: at most about {seconds:,} s.",
        size=size,
        seconds=seconds,
    )


class PlanDialog(Dialog):
    """Asks for the plan at once.

    ask: the operation and request that make the plan; None: the usual one, which may remove
    unknown people.
    """

    def __init__(
        self,
        client: ServiceClient,
        terminal: terminals_api.TerminalRow,
        ask: tuple[Operation[Any, Started], Any] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Plan for {terminal}", terminal=terminal.name))
        self.open_at(QSize(820, 600))
        self._terminal, self._ask = terminal, ask
        self._plan: api.Plan | None = None
        self.watch = TaskWatch(client, self)
        columns: list[Column[api.PlanRow]] = [
            Column(
                tr("Action"), lambda s: _KINDS[s.kind][0], 130, tone=lambda s: _KINDS[s.kind][1]
            ),
            Column(tr("Number"), lambda s: s.pin, 120),
            Column(tr("What"), lambda s: s.text),
        ]
        self.model: PagedModel[api.PlanRow] = PagedModel(
            columns, lambda s: (s.kind, s.pin, s.text), self
        )
        self.table = Table(self.model, tr("Changes"))
        self.nothing = EmptyState(
            "circle-check",
            tr("Nothing to change"),
            tr("The terminal holds exactly what it should."),
        )
        self.list = Switch(self.table, self.nothing)
        self.summary = label(tr("Reading the terminal…"), "heading", wrap=True)
        self.estimate = label("", "soft", wrap=True)
        self.unknown = QCheckBox(tr("Also remove people who are not in Muster"))
        self.unknown.setVisible(ask is None)
        self.unknown.setEnabled(False)
        self.confirm = Field(tr("Confirmation"))
        self.confirm.hide()
        self.apply = button(tr("Apply"), self._apply, "primary")
        self.apply.setEnabled(False)
        self.close_button = button(tr("Close"), self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        for part in (self.summary, self.estimate):
            layout.addWidget(part)
        layout.addWidget(card([self.list], margin=1), 1)
        layout.addWidget(self.unknown)
        layout.addWidget(self.confirm)
        self.strip = TaskStrip(self.watch)
        layout.addWidget(self.strip)
        layout.addWidget(row(None, self.close_button, self.apply))
        self.watch.ended.connect(self._ended)
        self.unknown.toggled.connect(lambda _: self._make())
        self._make()

    def _make(self) -> None:
        self._plan = None
        self.apply.setEnabled(False)
        operation, request = self._ask or (
            api.make_plan,
            api.MakePlan(terminal_id=self._terminal.id, remove_unknown=self.unknown.isChecked()),
        )
        self.watch.start(operation, request)

    def _ended(self, task: api.Task) -> None:
        if task.state == "done" and task.result.plan is not None:
            self._show(task.result.plan)
        elif task.state == "done":
            self.summary.setText(tr("Done and verified."))
            self.apply.hide()
            self.confirm.hide()
            self.unknown.hide()

    def _show(self, plan: api.Plan) -> None:
        self._plan = plan
        self.strip.hide()
        rows = [*plan.steps, *plan.unknown] if not self.unknown.isChecked() else plan.steps
        self.model.show_rows(rows)
        self.list.show_part(self.table if rows else self.nothing)
        changes = len(plan.steps)
        self.summary.setText(
            paragraph(
                tr_count("{count:,} change.", "{count:,} changes.", changes),
                tr_count(
                    "{count:,} person is already up to date.",
                    "{count:,} people are already up to date.",
                    plan.same,
                ),
            )
        )
        gone = (
            tr("People are removed.")
            if plan.destructive
            else tr("Nothing on the terminal is removed.")
        )
        self.estimate.setText(paragraph(cost_text(plan), gone) if changes else "")
        self.unknown.setEnabled(bool(plan.unknown))
        self.unknown.setText(
            tr_count(
                "Also remove {count:,} person who is not in Muster",
                "Also remove {count:,} people who are not in Muster",
                len(plan.unknown),
            )
        )
        self.confirm.setVisible(plan.destructive)
        self.confirm.edit.setPlaceholderText(tr("Type “{name}”", name=plan.confirm))
        self.apply.setText(tr_count("Apply {count:,}", "Apply {count:,}", changes))
        self.apply.setEnabled(changes > 0)

    def _apply(self) -> None:
        if self._plan is None:
            return
        if self._plan.destructive and self.confirm.text().strip() != self._plan.confirm:
            self.confirm.set_problem(
                tr("Type the name of the terminal to confirm: {name}", name=self._plan.confirm)
            )
            return
        self.confirm.set_problem("")
        self.apply.setEnabled(False)
        self.watch.start(
            api.apply_plan, api.ApplyPlan(plan_id=self._plan.id, confirm=self.confirm.text())
        )
