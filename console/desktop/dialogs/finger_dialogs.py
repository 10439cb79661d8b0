"""Decisions at the desk: a finger that is somebody's already, and enrolling at a terminal."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from console.api import fingers as api
from console.api import tasks, terminals
from console.api.operation import ApiError, Nothing
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.widgets.task_strip import TaskStrip
from console.desktop.words import finger_search_text
from console.domain.fingers import FingerPosition
from console.domain.language import labelled, paragraph, tr
from console.domain.terminals import TerminalStatus
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.sizes import sized
from console.qt.widgets import Field, button, label, row


class DuplicateDialog(Dialog):
    """The finger is not saved unless a supervisor allows it.

    allowed: an `api.Scanned`, of the finger that was saved.
    """

    allowed = pyqtSignal(object)

    def __init__(
        self,
        client: ServiceClient,
        enrolment_id: str,
        found: api.Duplicate,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("This finger is already enrolled"))
        sized(self, least_width=460)
        self._client, self._enrolment_id = client, enrolment_id
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        if found.own:
            layout.addWidget(
                label(
                    tr("It is enrolled as this person’s {finger}.", finger=tr(found.finger)),
                    "heading",
                    wrap=True,
                )
            )
            advice = tr(
                "Scan the finger that you tapped on the screen, or tap the finger that was scanned."
            )
        else:
            layout.addWidget(
                label(
                    tr(
                        "It looks like the {finger} of {employee} ({number}).",
                        finger=tr(found.finger),
                        employee=found.employee,
                        number=found.number,
                    ),
                    "heading",
                    wrap=True,
                )
            )
            advice = tr(
                "Is the right person at the desk? If both are right, a supervisor can allow it. "
                "The decision is logged."
            )
        similar = finger_search_text(found.log10_fmr)
        layout.addWidget(label(paragraph(similar, advice), "soft", wrap=True))
        self.username, self.password = (
            Field(tr("Supervisor’s user name")),
            Field(tr("Password"), password=True),
        )
        self.reason = Field(tr("Reason"), hint=tr("Twins; passports checked"))
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self.allow = button(tr("Allow and save"), self._allow)
        for field in (self.username, self.password, self.reason):
            field.setVisible(not found.own)
            layout.addWidget(field)
        layout.addWidget(self.problem)
        self.close_button = button(tr("Do not save"), self.reject, "primary")
        self.allow.setVisible(not found.own)
        layout.addWidget(row(self.allow, None, self.close_button))
        self.close_button.setFocus()

    def _allow(self) -> None:
        for field in (self.username, self.password, self.reason):
            field.set_problem("")
        self.problem.hide()
        request = api.Allow(
            id=self._enrolment_id,
            username=self.username.text(),
            password=self.password.text(),
            reason=self.reason.text(),
        )
        self._client.call(api.allow, request, self._done, self._failed, self)

    def _done(self, scanned: api.Scanned) -> None:
        self.allowed.emit(scanned)
        self.accept()

    def _failed(self, error: ApiError) -> None:
        if error.field == "reason":
            self.reason.set_problem(error.message)
        elif error.code == "sign_in_failed":
            self.password.set_problem(error.message)
        else:
            self.problem.setText(error.message)
            self.problem.show()


class AtTerminalDialog(Dialog):
    """Enrols a finger at a terminal; its template is copied to the terminals of its kind."""

    def __init__(
        self, client: ServiceClient, person: api.Hands, position: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        finger = tr(FingerPosition(position).words)
        self.setWindowTitle(labelled(tr("Enrol at a terminal"), finger))
        sized(self, least_width=520)
        self._person, self._position = person, position
        self.at_once = False
        """Whether it starts by itself where there is only one terminal to choose."""
        self.watch = TaskWatch(client, self)
        self.terminal = QComboBox()
        self.terminal.setAccessibleName(tr("Terminal"))
        sized(self.terminal, least_width=260)
        self.start = button(tr("Start"), self._start, "primary")
        self.start.setEnabled(False)
        text = tr(
            "The terminal stores the finger in its manufacturer’s own format, which only terminals "
            "of the same kind can read."
        )
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(label(f"{person.employee} · {person.number} · {finger}", "heading"))
        layout.addWidget(label(text, "soft", wrap=True))
        self.none = label(
            tr("No terminal that is online can enrol fingers."),
            "error",
            wrap=True,
        )
        self.none.hide()
        layout.addWidget(self.terminal)
        layout.addWidget(self.none)
        layout.addWidget(TaskStrip(self.watch))
        layout.addWidget(row(None, button(tr("Close"), self.reject), self.start))
        self.watch.ended.connect(lambda _task: self.start.setEnabled(True))
        self.watch.refused.connect(lambda _error: self.start.setEnabled(True))
        client.call(terminals.list_terminals, Nothing(), self._show_terminals, owner=self)

    def _show_terminals(self, found: terminals.Terminals) -> None:
        for terminal in found.rows:
            if terminal.status is TerminalStatus.APPROVED and terminal.online and terminal.enrols:
                self.terminal.addItem(terminal.name, terminal.id)
        self.none.setVisible(not self.terminal.count())
        self.terminal.setVisible(bool(self.terminal.count()))
        self.start.setEnabled(bool(self.terminal.count()))
        if self.at_once and self.terminal.count() == 1:
            self._start()

    def _start(self) -> None:
        self.start.setEnabled(False)
        request = tasks.EnrolFinger(
            terminal_id=self.terminal.currentData(),
            employee_id=self._person.employee_id,
            position=self._position,
        )
        self.watch.start(tasks.enrol_finger, request)
